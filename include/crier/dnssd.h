/*
 * dnssd.h - DNS-Based Service Discovery (RFC 6763) on top of the engine
 *
 * Registers service instances, browses for them, resolves them and
 * enumerates types. Like the engine it does no I/O: the driver makes the
 * engine's five calls, except that events are pulled with dnssd_event(),
 * which digests the engine's events and yields its own.
 *
 * Memory: one block handed to dnssd_init(); tables with stated limits.
 */
#ifndef CRIER_DNSSD_H
#define CRIER_DNSSD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/addr.h"
#include "crier/engine.h"
#include "crier/name.h"

struct dnssd;
struct dnssd_service; /* one registered service instance */
struct dnssd_host;    /* one registered host name */
struct dnssd_browse;  /* one browse, resolve or enumeration */

enum {
    DNSSD_TXT_MAX = 8900,    /* bytes of TXT rdata, RFC 6763 section 6.1 */
    DNSSD_SUBTYPES_MAX = 64, /* of one service */
    DNSSD_ADDRS_MAX = 16,    /* addresses reported of one host and link */
};

struct dnssd_config {
    uint32_t services_max;  /* registered here; default 1024 */
    uint32_t browses_max;   /* default 64 */
    uint32_t instances_max; /* found and being tracked, over all browses and
                               links; default 4096; more are counted and left
                               out until there is room again */
};
void dnssd_config_default(struct dnssd_config *cfg);
size_t dnssd_memory(const struct dnssd_config *cfg);

/*
 * What engine_config.watches_max has to be so that all instances_max can be
 * resolved at once, each with a host of its own. With less, instances beyond
 * it are left out like those beyond instances_max.
 */
uint32_t dnssd_watches(const struct dnssd_config *cfg);

/* mem: zeroed, aligned, at least dnssd_memory(cfg) bytes. */
struct dnssd *dnssd_init(void *mem, size_t len, const struct dnssd_config *cfg,
                         struct engine *e);

/* --- names, types and TXT for people --------------------------------- */

/*
 * A service type as two labels, "_http._tcp" (RFC 6763 section 7), or one
 * with a subtype in front: "_printer._sub._http._tcp" (sub filled in), also
 * written "_http._tcp,_printer". A final dot is optional.
 */
struct dnssd_type {
    struct name base;  /* two labels and the root: _http._tcp */
    uint8_t sub_len;   /* 0: no subtype */
    uint8_t sub[NAME_LABEL_MAX];
};

enum dnssd_type_err {
    DNSSD_TYPE_OK,
    DNSSD_TYPE_FORM,     /* not _name._tcp or _name._udp */
    DNSSD_TYPE_LENGTH,   /* service name not 1..15 characters */
    DNSSD_TYPE_CHARS,    /* other than letters, digits, hyphens; hyphen at an
                            end or two in a row; no letter */
    DNSSD_TYPE_SUBTYPE,  /* subtype empty, over 63 bytes or badly escaped */
};

/* strict: the rules for publishing; else those for browsing (D25: any two
 * labels that begin with an underscore). */
enum dnssd_type_err dnssd_type_parse(const char *text, bool strict,
                                     struct dnssd_type *out);
const char *dnssd_type_error(enum dnssd_type_err err);

enum dnssd_instance_err {
    DNSSD_INSTANCE_OK,
    DNSSD_INSTANCE_EMPTY,
    DNSSD_INSTANCE_LONG,    /* over 63 bytes */
    DNSSD_INSTANCE_UTF8,    /* not well-formed UTF-8 */
    DNSSD_INSTANCE_CONTROL, /* a byte below 0x20, 0x7f, or U+FEFF
                               (RFC 6763 section 4.1.1, RFC 6762 16) */
    DNSSD_INSTANCE_NFC,     /* not precomposed (RFC 6762 section 16, D20) */
};
/* Rules for an instance or host label that we publish. Raw bytes. */
enum dnssd_instance_err dnssd_instance_check(const void *label, size_t len);
const char *dnssd_instance_error(enum dnssd_instance_err err);

/*
 * Split a full instance name (instance label, two type labels, domain) into
 * parts. False if there are fewer than four labels or the type labels do not
 * begin with underscores.
 */
bool dnssd_split(const struct name *full, const uint8_t **instance_label,
                 struct name *type, struct name *domain);

/*
 * Append one TXT string ("key=value", "key", raw bytes) to rdata being
 * built: *len grows, at most max. RFC 6763 section 6.
 */
enum dnssd_txt_err {
    DNSSD_TXT_OK,
    DNSSD_TXT_STRING_LONG, /* over 255 bytes */
    DNSSD_TXT_KEY_EMPTY,   /* begins with "=", or is empty */
    DNSSD_TXT_KEY_CHARS,   /* a key byte outside 0x20..0x7e */
    DNSSD_TXT_KEY_TWICE,   /* key already there (without ASCII case) */
    DNSSD_TXT_FULL,        /* the set passes max */
};
enum dnssd_txt_err dnssd_txt_add(uint8_t *rdata, size_t *len, size_t max,
                                 const void *string, size_t string_len);
const char *dnssd_txt_error(enum dnssd_txt_err err);

/*
 * The next string of TXT rdata at *pos (start with 0): true and *s, *s_len,
 * borrowed. Strings that are empty or begin with "=" and repetitions of an
 * earlier key are skipped (RFC 6763 section 6.4).
 */
bool dnssd_txt_next(const uint8_t *rdata, size_t len, size_t *pos,
                    const uint8_t **s, uint8_t *s_len);

/* Look a key up: the four answers of RFC 6763 section 6.4. */
enum dnssd_txt_value {
    DNSSD_TXT_ABSENT,
    DNSSD_TXT_NO_VALUE,
    DNSSD_TXT_EMPTY,
    DNSSD_TXT_VALUE,
};
enum dnssd_txt_value dnssd_txt_get(const uint8_t *rdata, size_t len,
                                   const char *key, const uint8_t **value,
                                   uint8_t *value_len);

/* --- registering ----------------------------------------------------- */

struct dnssd_host_spec {
    struct name name;        /* fully qualified, usually two labels */
    bool addresses;          /* A and AAAA of this machine, kept current */
    bool reverse;            /* and reverse PTRs */
    const struct addr *fixed; /* or these addresses (proxy for another host) */
    size_t fixed_count;
    uint64_t links;
    enum claim_conflict on_conflict;
    const char *rename_suffix;
    void *cookie;
};

/*
 * ENGINE_OK and *out, which lives until dnssd_host_remove(). Services that
 * target it have to be unregistered before. ENGINE_FULL at services_max
 * (hosts and services are counted apart) and at the engine's limits.
 */
enum engine_err dnssd_host_add(struct dnssd *d, uint64_t now_ms,
                               const struct dnssd_host_spec *spec,
                               struct dnssd_host **out);
void dnssd_host_remove(struct dnssd *d, uint64_t now_ms, struct dnssd_host *h);
enum engine_err dnssd_host_rename(struct dnssd *d, uint64_t now_ms,
                                  struct dnssd_host *h,
                                  const struct name *name);
void dnssd_host_name(const struct dnssd_host *h, struct name *out);
/* What was told of its name last, but for CLAIM_PROBING. */
enum claim_state dnssd_host_state(const struct dnssd_host *h);

struct dnssd_service_spec {
    const void *instance;     /* raw bytes of the instance label */
    size_t instance_len;
    struct dnssd_type type;   /* sub ignored */
    struct name domain;       /* usually "local." */
    const struct dnssd_type *subtypes; /* only sub used */
    size_t subtype_count;
    uint16_t priority, weight, port;
    const uint8_t *txt;       /* TXT rdata; NULL or empty: one zero byte */
    size_t txt_len;
    uint32_t ttl_s;           /* of PTR and TXT; 0: default */
    struct dnssd_host *host;  /* SRV target, follows its renames; or */
    struct name target;       /* ... if host is NULL, this name */
    bool placeholder;         /* flagship placeholder: SRV with port 0, no
                                 PTR, no TXT beyond empty (RFC 6763 8) */
    uint64_t links;
    enum claim_conflict on_conflict;
    const char *rename_suffix;
    void *cookie;
};

/*
 * ENGINE_OK and *out, which lives until dnssd_unregister(). Names and types
 * are to be checked with the calls above, which say what is wrong; here a
 * bad instance label is ENGINE_BAD_RDATA, a full name over 255 bytes or a
 * TXT over DNSSD_TXT_MAX is ENGINE_TOO_BIG. Repeated subtypes count once.
 */
enum engine_err dnssd_register(struct dnssd *d, uint64_t now_ms,
                               const struct dnssd_service_spec *spec,
                               struct dnssd_service **out);
enum engine_err dnssd_update_txt(struct dnssd *d, uint64_t now_ms,
                                 struct dnssd_service *s, const uint8_t *txt,
                                 size_t len);
/* Take over priority, weight, port and TXT of spec: what differs is
 * announced (RFC 6762 section 8.4), what does not is left alone. *changed
 * tells whether anything did. */
enum engine_err dnssd_update(struct dnssd *d, uint64_t now_ms,
                             struct dnssd_service *s,
                             const struct dnssd_service_spec *spec,
                             bool *changed);
/* Goodbye; s is no longer valid. */
void dnssd_unregister(struct dnssd *d, uint64_t now_ms,
                      struct dnssd_service *s);
/* The full instance name now, its port, the links on which it is announced,
 * and what was told of its name last, but for CLAIM_PROBING. */
void dnssd_service_name(const struct dnssd_service *s, struct name *out);
uint16_t dnssd_service_port(const struct dnssd_service *s);
uint64_t dnssd_service_links(const struct dnssd_service *s);
enum claim_state dnssd_service_state(const struct dnssd_service *s);

/* --- finding --------------------------------------------------------- */

enum dnssd_browse_flags {
    DNSSD_RESOLVE = 1, /* FOUND only when SRV, TXT and an address are known;
                          CHANGED when they change */
};

/* All instances of a type (or subtype) in a domain. NULL at the limit. */
struct dnssd_browse *dnssd_browse(struct dnssd *d, uint64_t now_ms,
                                  const struct dnssd_type *type,
                                  const struct name *domain, uint64_t links,
                                  unsigned flags, void *cookie);

/*
 * All types: DNSSD_TYPE_FOUND / _LOST events (RFC 6763 section 9), each type
 * once over all links; `link` is where it was heard first or lost last. Of
 * what peers send, only the first two labels count; targets that are no type
 * are counted as malformed and left out.
 */
struct dnssd_browse *dnssd_enumerate(struct dnssd *d, uint64_t now_ms,
                                     const struct name *domain,
                                     uint64_t links, void *cookie);

/* One instance by its full name: FOUND / CHANGED / LOST, resolved. NULL also
 * if the name does not pass dnssd_split(). */
struct dnssd_browse *dnssd_resolve(struct dnssd *d, uint64_t now_ms,
                                   const struct name *full, uint64_t links,
                                   void *cookie);

/* A host name's addresses: DNSSD_ADDR_FOUND / _LOST, one event an address;
 * DNSSD_ADDR_NONE when a family, told in `families`, is denied. families:
 * ADDR_V4 | ADDR_V6. An alias (CNAME) is followed; events then have the name
 * that it stands for. */
struct dnssd_browse *dnssd_lookup(struct dnssd *d, uint64_t now_ms,
                                  const struct name *host, uint8_t families,
                                  uint64_t links, void *cookie);

/* Raw records: DNSSD_RR_ADDED / _REMOVED / _DENIED. */
struct dnssd_browse *dnssd_query(struct dnssd *d, uint64_t now_ms,
                                 const struct name *name, uint16_t type,
                                 uint64_t links, void *cookie);

/*
 * Keep back what is found, changes and goes of instances and types for now,
 * or no longer: then one event each tells what became of it meanwhile. The
 * events of dnssd_lookup() and dnssd_query() are not kept back.
 */
void dnssd_hold(struct dnssd *d, struct dnssd_browse *b, bool on);

/* End it; no more events with its cookie will come. */
void dnssd_stop(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b);

/* --- events ---------------------------------------------------------- */

enum dnssd_event_kind {
    DNSSD_FOUND,   /* an instance on one link */
    DNSSD_CHANGED, /* its SRV, TXT or addresses changed (DNSSD_RESOLVE), or a
                      browse hears its PTR over another family too */
    DNSSD_LOST,    /* its PTR went, or its SRV target became "." */
    DNSSD_TYPE_FOUND,
    DNSSD_TYPE_LOST,
    DNSSD_ADDR_FOUND,
    DNSSD_ADDR_LOST,
    DNSSD_ADDR_NONE,
    DNSSD_RR_ADDED,
    DNSSD_RR_REMOVED,
    DNSSD_RR_DENIED,
    DNSSD_HOST,    /* EVENT_CLAIM of a host: see claim_state */
    DNSSD_SERVICE, /* EVENT_CLAIM of a service */
};

struct dnssd_event {
    enum dnssd_event_kind kind;
    void *cookie;
    uint8_t link;
    uint8_t families;      /* over which the instance's PTR was heard */
    bool local;            /* published by this process */
    struct name name;      /* full instance name; type; owner; claim name */
    struct name type;      /* base type, two labels (instances, types) */
    struct name domain;
    bool resolved;         /* the fields below are filled in */
    struct name host;
    uint16_t priority, weight, port;
    const uint8_t *txt;    /* TXT rdata, borrowed until the next dnssd or
                              engine call; at least one byte */
    size_t txt_len;
    unsigned addr_count;
    struct addr addrs[DNSSD_ADDRS_MAX]; /* routable IPv4, other IPv6, then
                                           link-local ones; addrs[0] for
                                           DNSSD_ADDR_* */
    uint32_t ttl_s;
    struct addr source;    /* last sender of the PTR or record; the rival */
    /* DNSSD_RR_* */
    uint16_t rr_type;
    const uint8_t *rdata;  /* flat, borrowed */
    size_t rdata_len;
    /* DNSSD_HOST, DNSSD_SERVICE */
    enum claim_state state;
    struct name old_name;
};

/* Pull the next event; also moves engine events along. False: none now. */
bool dnssd_event(struct dnssd *d, uint64_t now_ms, struct dnssd_event *out);

struct dnssd_stats {
    uint64_t left_out;  /* instances, records and watches beyond a limit */
    uint64_t malformed; /* PTR records that name no instance or type */
    uint32_t services, hosts, browses;
    uint32_t tracked;   /* of instances_max */
    size_t memory_used; /* bytes of the block in use */
    size_t memory_size;
};
void dnssd_stats(const struct dnssd *d, struct dnssd_stats *out);

/*
 * Order SRV targets for use (RFC 2782 usage rules): fills idx[0..n) with the
 * indices 0..n-1 so that lower priority comes first and equal priority is
 * drawn by weight with the random numbers rnd[0..n). Arrays are the caller's.
 */
void dnssd_srv_order(const uint16_t *priority, const uint16_t *weight,
                     const uint32_t *rnd, unsigned *idx, unsigned n);

#endif
