/*
 * pub.h - what this host publishes, for publish.c, entries.c and reload.c
 *
 * The engine holds all that there is to know of a service; here is only what
 * a later reading of the files is compared with. Name, type, subtypes and all
 * else that cannot change without a goodbye make the key. What may change
 * under the same key, port and TXT, is compared with the records themselves.
 * So ten thousand services cost 16 bytes each.
 */
#ifndef CRIER_DAEMON_PUB_H
#define CRIER_DAEMON_PUB_H

#include "check.h"
#include "crier/conf.h"

enum {
    KEY_BOUND = 1, /* what: a struct bound; else a struct dnssd_service */
    KEY_SEEN = 2,  /* the files that are read now have it */
    KEY_ADDED = 4, /* it is of no file */
    KEY_MARKS = 7,
};

struct entry {
    uint64_t key; /* a hash, and marks in its lowest bits */
    void *what;
};

/* An alias, the name of another host, or one that a service brought. */
struct pub_host {
    uint64_t key;
    struct dnssd_host *host;
    bool other; /* not with our addresses */
};

/* A service that is bound to interfaces, whose links change with them, or to
 * the outcome of a check. */
struct bound {
    struct dnssd_service *reg; /* NULL: on no link yet, or held */
    struct check *check;       /* NULL: none */
    bool held;
    struct dnssd_service_spec spec;
    unsigned glob_count;
    char (*globs)[SERVICE_GLOB_MAX + 1];
    struct dnssd_type *subtypes;
    uint8_t *txt;
    char instance[NAME_LABEL_MAX];
};

enum { TCP_PORTS_LEN = 65536 / 8 };

struct pub {
    struct loop *loop;
    struct conf *conf;
    struct dnssd_host *host; /* NULL: not published */
    struct name host_name;   /* as wished */
    char mac[7];             /* to rename with, for as long as claims live */
    struct pub_host *hosts;
    unsigned host_count;
    struct entry *entries;   /* room for max-services, in pages */
    uint32_t entry_count, entry_room;
    struct checks checks;
    uint8_t *tcp_ports;      /* a bit for each that the sandbox lets checks
                                connect to; NULL: none */
    bool boxed;              /* in the sandbox */
};

/* FNV-1a in 64 bits, over names without their case. */
uint64_t pub_hash(uint64_t h, const void *p, size_t len);
uint64_t pub_hash_name(uint64_t h, const struct name *n);
enum { PUB_HASH_START = 0 };

/* publish.c */
uint64_t pub_host_key(const struct name *name, const struct conf_host *fixed,
                      bool reverse);
struct pub_host *pub_host_find(const struct pub *p, uint64_t key);
/* All that the configuration names besides this host itself; again: some of
 * it may be there already. */
void pub_hosts_add(struct pub *p, bool again, struct report *r);
bool pub_cnames_add(struct pub *p, const struct service *s, struct report *r);
void pub_say_refused(struct report *r, const struct name *name,
                     enum engine_err err);

/* entries.c */
uint64_t entry_key(const struct pub *p, const struct service *s);
void entry_name(const struct service *s, struct name *out);
/* Register it; marks as above. NULL after a report. */
struct entry *entry_add(struct pub *p, const struct service *s,
                        unsigned marks, struct report *r);
/* Port and TXT as s has them; *changed: they were others. */
bool entry_update(struct pub *p, struct entry *e, const struct service *s,
                  bool *changed, struct report *r);
/* Its full name now; false while it is on no link. */
bool entry_full_name(const struct entry *e, struct name *out);
/* Whether it was given up, since another host has its name. */
bool entry_failed(const struct entry *e);
/* Goodbye; the entry is void and is to be taken out by the caller. */
void entry_withdraw(struct pub *p, struct entry *e);
void entries_init(struct pub *p);
void entries_free(struct pub *p);

/* bound.c */
void bound_free(struct bound *b);
/* NULL: no memory. Not registered yet. */
struct bound *bound_new(const struct service *s,
                        const struct dnssd_service_spec *spec);
/* What the link is called now may be in the set of links or not; true if that
 * changes the set. */
bool bound_link(const struct pub *p, struct bound *b, unsigned link);
/* Anew, with a goodbye, on the links that it is bound to. */
void bound_register(const struct pub *p, struct bound *b);
/* Port and TXT are others; false: no memory. */
bool bound_update(struct bound *b, const struct dnssd_service_spec *to,
                  bool *changed);
/* False after a report: the sandbox does not allow its check, or could not
 * read its version file. */
bool bound_may_be(struct pub *p, const struct service *s, struct report *r);
/* Take over the check that s has, or has not; up: it was announced without
 * one. False: no memory. */
bool bound_check(struct pub *p, struct bound *b, const struct service *s,
                 bool up);
void bound_changed(void *ctx, struct check *k); /* for struct checks */

#endif
