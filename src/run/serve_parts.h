/*
 * serve_parts.h - what the parts of serve.c share
 *
 *   serve      sockets, verbs, what there is to see    serve.c
 *   status     how it is                               serve_status.c
 *   add        services of clients                     serve_add.c
 *   guest      what a guest may publish                serve_guest.c
 *   ask        what clients look for and listen to     serve_ask.c
 */
#ifndef CRIER_RUN_SERVE_PARTS_H
#define CRIER_RUN_SERVE_PARTS_H

#include "crier/cli.h"
#include "crier/ctl.h"
#include "crier/log.h"
#include "serve.h"

struct added; /* a service that a client added */

struct serve {
    struct loop *loop;
    struct pub *pub;
    const struct conf *conf;
    struct serve_hooks hooks;
    struct ctl *ctl;
    struct added *added;
    uint64_t start_ms;
    uint64_t look_ms;  /* when to look again at what services hang on */
    bool reload_failed; /* the last one */
    bool reload_partly; /* some of it takes a restart */
    unsigned monitors; /* clients that are told all */
    unsigned publishers; /* clients that services go with */
    struct log_bucket news[CTL_GUESTS_MAX]; /* what each guest has added */
};

typedef void serve_verb(struct serve *s, struct ctl_client *c,
                        const struct tokens *words);

/* The begin of the last line of an answer. */
struct text *serve_end(struct ctl_client *c, bool ok);
void serve_refuse(struct ctl_client *c, const char *code, const char *error);
/* ... because of the value of a key. */
void serve_misread(struct ctl_client *c, const char *code, const char *key,
                   const char *value, const char *why);
/* The first message of a report: "FILE:LINE:COL: CODE: message\n". */
void serve_refuse_report(struct ctl_client *c, const char *message);
/* ,"ifaces":["eth0"] */
void serve_put_links(const struct serve *s, struct text *t, uint64_t links);
/* The value of a word key=value, or NULL; it has no zero byte in it. */
const char *serve_word(const struct tokens *words, const char *key);

/* --- serve_status.c ---------------------------------------------------- */

enum { STATUS_FIRST = 0x40000000 }; /* of its cursor; below is services' */

serve_verb status_verb;
void status_more(struct serve *s, struct ctl_client *c);

/* --- serve_add.c ------------------------------------------------------- */

serve_verb add_verb, publish_verb, rm_verb;
/* The ID of what pub knows as handle; NULL: none. */
const char *add_id(const struct serve *s, const void *handle);
/* What was added as that id (or NULL) is in a service file too: before the
 * files are read, and after it. */
enum saving { SAVING, SAVED, NOT_SAVED };
void add_saving(struct serve *s, const struct ctl_client *c, const char *id,
                enum saving what);
/* Leases that have ended; when the next one does, 0: none. */
uint64_t add_tick(struct serve *s, uint64_t now_ms);
/* Hosts follow the interfaces they are bound to. */
void add_link(struct serve *s);
unsigned add_count(const struct serve *s, unsigned rights);
void add_free(struct serve *s);

/* --- serve_guest.c ----------------------------------------------------- */

/* Whether the grant of the client has room for one more now, and those names,
 * types and addresses; others than guests have all. False after a refusal. */
bool guest_room(struct serve *s, struct ctl_client *c);
bool guest_service(const struct serve *s, struct ctl_client *c,
                   const struct service *service);
bool guest_host(const struct serve *s, struct ctl_client *c,
                const struct conf_host *host);

/* --- serve_ask.c ------------------------------------------------------- */

serve_verb ask_attach_verb, ask_monitor_verb;
serve_verb ask_verb; /* browse, types, resolve, lookup, query */
/* What happens to that service is told to the client, which it goes with. It
 * may be NULL: whether there is room for one. False after a refusal. */
bool ask_publish(struct serve *s, struct ctl_client *c, void *handle);
unsigned ask_published(const struct serve *s, unsigned rights);
void ask_event(struct serve *s, const struct dnssd_event *ev);
void ask_link(struct serve *s, unsigned link, bool up);
void ask_reloaded(struct serve *s, const struct pub_changes *done);
void ask_drained(void *ctx, struct ctl_client *c);
void ask_gone(void *ctx, struct ctl_client *c);

#endif
