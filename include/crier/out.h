/*
 * out.h - the three forms of output: text for people, JSON Lines, and the
 * rows of avahi-browse -p
 */
#ifndef CRIER_OUT_H
#define CRIER_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "crier/dnssd.h"
#include "crier/text.h"

enum out_form { OUT_TEXT, OUT_JSON, OUT_AVAHI };
enum out_color { OUT_COLOR_AUTO, OUT_COLOR_ALWAYS, OUT_COLOR_NEVER };

struct out {
    struct text *to;
    enum out_form form;
    bool color;
    bool terminal;    /* header, cut lines, redraw */
    unsigned columns; /* of the terminal */
    bool names_only;  /* nothing is resolved: only name, type, interface */
};

/* Look at the terminal and the environment (NO_COLOR, TERM, COLUMNS). */
void out_init(struct out *o, struct text *to, enum out_form form,
              enum out_color color);

/* --- what was found --------------------------------------------------- */

/* An instance on one link, as last told. */
struct found {
    struct found *next; /* in its hash chain */
    uint32_t hash;
    uint8_t shown;      /* families whose avahi rows are printed */
    uint8_t resolved_shown;
    struct addr given[2]; /* the address in such a row: IPv6's, IPv4's */
    bool local;         /* published by this host */
    uint64_t since_ms;  /* when the verb first saw it, if it notes that */
    char iface[16];
    struct dnssd_event ev; /* ev.txt points to txt */
    size_t txt_cap;
    uint8_t *txt;
};

enum { FOUND_BUCKETS = 1024 };

struct found_set {
    struct found *bucket[FOUND_BUCKETS];
    size_t count;
};

/* FOUND_ADDRS: nothing but addresses came or went; FOUND_SAME: nothing that
 * is shown changed. */
enum found_news {
    FOUND_NEW, FOUND_CHANGED, FOUND_ADDRS, FOUND_SAME, FOUND_NO_MEMORY
};

/* Enter an event about an instance. */
enum found_news found_put(struct found_set *s, const struct dnssd_event *ev,
                          const char *iface, struct found **out);
/* The entry of that instance on that link, or NULL. */
struct found *found_get(struct found_set *s, const struct dnssd_event *ev);
void found_remove(struct found_set *s, struct found *f);
/* All of them by name, type and link; malloced, NULL if none or no memory. */
struct found **found_sorted(const struct found_set *s);

/* --- text ------------------------------------------------------------- */

/* "+ NAME TYPE HOST ADDRESS PORT IFACE TXT"; sign '+', '~' or '-'. */
void out_line(const struct out *o, char sign, const struct found *f);

/* All of them as one table, one row a service; header on a terminal. */
void out_table(const struct out *o, const struct found_set *s);

/* TXT rdata as key=value words, quoted where they need it. */
void out_txt(struct text *t, const uint8_t *txt, size_t len);

/* --- rows of avahi-browse -p (version 0.9: TXT in wire order) ---------- */

/* The address of such a row: of its family if there is one; NULL: none. */
const struct addr *out_avahi_addr(const struct dnssd_event *ev,
                                  uint8_t family);
void out_avahi_row(struct text *t, char sign, const char *iface,
                   uint8_t family, const struct dnssd_event *ev);

/* --- JSON Lines -------------------------------------------------------- */

/* A string alone, with its quotes. */
void out_json_string(struct text *t, const void *p, size_t len);

/* In UTC, as RFC 3339 has it. */
void out_time(struct text *t, const struct timespec *ts);
void out_json_open(struct text *t, const char *event);
void out_json_open_at(struct text *t, const char *event,
                      const struct timespec *ts);
void out_json_str(struct text *t, const char *key, const char *value);
void out_json_bytes(struct text *t, const char *key, const void *p,
                    size_t len);
void out_json_num(struct text *t, const char *key, uint64_t v);
void out_json_bool(struct text *t, const char *key, bool v);
void out_json_null(struct text *t, const char *key);
void out_json_name(struct text *t, const char *key, const struct name *n);
void out_json_addrs(struct text *t, const char *key, const struct addr *a,
                    unsigned count, const char *iface);
void out_json_base64(struct text *t, const char *key, const void *p,
                     size_t len);
void out_json_close(struct text *t);

/* "add", "update" or "remove" of an instance; subtype may be NULL. */
void out_json_found(struct text *t, const char *event, const struct found *f,
                    const struct dnssd_type *type);
/* A record of a DNSSD_RR_* event. */
void out_json_record(struct text *t, const char *event, const char *iface,
                     const struct dnssd_event *ev);
void out_json_end(struct text *t, const char *reason, uint64_t count);

/* --- records as zone-file text ------------------------------------------ */

/* "A", "TXT", "TYPE65280" (RFC 3597 section 5); mnemonics or TYPEnnn. */
void rrtext_type(struct text *t, uint16_t type);
bool rrtext_type_parse(const char *text, uint16_t *type);

/* Flat rdata in the form of its type; "\# LEN HEX" for types that are not
 * known here, or where the rdata has not the form of its type. */
void rrtext_rdata(struct text *t, uint16_t type, const uint8_t *rdata,
                  size_t len);

/* NAME TTL CLASS TYPE RDATA, without the end of the line. */
void rrtext_record(struct text *t, const struct dnssd_event *ev);

/* The type's mnemonics, for "did you mean"; *count of them. */
const char *const *rrtext_types(size_t *count);

#endif
