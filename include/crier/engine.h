/*
 * engine.h - Multicast DNS (RFC 6762) as a machine without input or output
 *
 * The engine owns what this host publishes (zone, claims), what its clients
 * ask (questions) and what it has heard (cache), on up to 64 links. It makes
 * no system call: time is passed in, chance comes from the seed, packets and
 * events are handed in and pulled out:
 *
 *     engine_receive()      a datagram arrived
 *     engine_advance()      do what is due at now_ms
 *     engine_transmit()     the next datagram to send, until it says false
 *     engine_event()        the next thing a client should know
 *     engine_deadline_ms()  when engine_advance() wants to be called next
 *
 * The driver calls advance when the deadline has come, then pulls datagrams
 * and events until there are none. now_ms is monotonic milliseconds and must
 * not go backwards.
 *
 * Memory: one block handed to engine_init(), nothing else. Every table has
 * a limit; what happens at the limit is said with each call. Packets never
 * evict what local clients published.
 */
#ifndef CRIER_ENGINE_H
#define CRIER_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/addr.h"
#include "crier/name.h"
#include "crier/rr.h"

struct engine;
struct claim; /* a registration: a name of ours and its records */
struct watch; /* a client's interest in records of one name and type */

enum {
    ENGINE_LINKS_MAX = 64, /* links are numbered 0..63 by the caller */
    LINK_ADDRS_MAX = 24,   /* addresses of one link that are published */
    ENGINE_NO_LINK = 255,
};

#define LINKS_ALL UINT64_MAX /* mask with a bit for each link */

/* --- set up ---------------------------------------------------------- */

struct engine_config {
    uint64_t seed;          /* all randomness follows from it */
    uint32_t claims_max;    /* registrations; default 1024 */
    uint32_t records_max;   /* own records; default 8192 */
    uint32_t rdata_max;     /* bytes of own rdata; default 1 MiB */
    uint32_t cache_max;     /* cached records over all links; default 4096 */
    uint32_t cache_per_source; /* records one sender may occupy; 512 */
    uint32_t watches_max;   /* default 1024 */
    uint32_t tx_rate;       /* multicast packets per second, link and family;
                               bursts to five times that; default 200 */
};

/* Fill in the defaults (seed 1). */
void engine_config_default(struct engine_config *cfg);

/* Bytes of memory engine_init() needs for cfg. */
size_t engine_memory(const struct engine_config *cfg);

/*
 * Build an engine at mem, aligned for any type and zeroed, of at least
 * engine_memory(cfg) bytes. The engine never frees anything outside it; to
 * drop an engine, drop mem.
 */
struct engine *engine_init(void *mem, size_t len,
                           const struct engine_config *cfg, uint64_t now_ms);

/* --- the five calls -------------------------------------------------- */

struct datagram {
    uint8_t link;      /* 0..63 */
    uint8_t family;    /* ADDR_V4 or ADDR_V6: which socket */
    bool multicast;    /* in: it was sent to the group; out: send it there */
    bool oneshot;      /* out: from an ephemeral port (RFC 6762 5.1); in: it
                          arrived there */
    struct addr peer;  /* in: source; out: destination, if not multicast */
    uint16_t port;     /* in: source port; out: destination port */
    struct addr local; /* in: address it was sent to, if not multicast and
                          known; out: address to send from, or ADDR_NONE */
    const uint8_t *data;
    size_t len;
};

/* Take in one datagram. Malformed ones are counted and change nothing. */
void engine_receive(struct engine *e, uint64_t now_ms,
                    const struct datagram *in);

/* Run every timer due at now_ms. */
void engine_advance(struct engine *e, uint64_t now_ms);

/*
 * The next datagram to send, or false if there is none now. out->data is
 * borrowed until the next engine call. A driver whose send would block keeps
 * a copy and calls engine_link_blocked(): until that is taken back, the link
 * gives no unicast reply of this family and no multicast at all, since what
 * is multicast goes over all families.
 */
bool engine_transmit(struct engine *e, uint64_t now_ms, struct datagram *out);
void engine_link_blocked(struct engine *e, unsigned link, uint8_t family,
                         bool blocked);

/* Time of the next engine_advance(), UINT64_MAX if nothing is due, and now
 * or earlier if engine_transmit() has something. */
uint64_t engine_deadline_ms(const struct engine *e);

/* --- links ----------------------------------------------------------- */

struct link_addr {
    struct addr addr;
    uint8_t prefix_len; /* of the on-link prefix, 0..32 or 0..128 */
};

struct link_state {
    uint8_t families;  /* ADDR_V4 | ADDR_V6: where we can send and hear */
    uint8_t polite;    /* families in which another responder on this host
                          has the unicast port: no QU questions there
                          (RFC 6762 section 15.1) */
    bool oneshot;      /* port 5353 cannot be had: ask from an ephemeral port
                          and answer nothing (RFC 6762 section 5.1) */
    uint16_t mtu;      /* bytes, of IP packets; 576..65535 */
    uint8_t addr_count;
    struct link_addr addrs[LINK_ADDRS_MAX]; /* usable ones, not tentative */
};

/*
 * The link is up in this state. The first call for a number, or the first
 * after engine_link_down(), starts probing and announcing on it (RFC 6762
 * section 8) and asks active questions anew; later calls take over what
 * changed: new or removed addresses are announced, not probed.
 */
void engine_link_set(struct engine *e, uint64_t now_ms, unsigned link,
                     const struct link_state *st);

/*
 * The link is gone or lost its carrier: nothing more is sent there, what was
 * heard there is forgotten (with events), names stay ours.
 */
void engine_link_down(struct engine *e, uint64_t now_ms, unsigned link);

/*
 * Connectivity may have changed without the link saying so (wake from
 * sleep): probe and announce again, ask again, distrust the cache
 * (RFC 6762 sections 8 and 10.3). LINKS_ALL for all.
 */
void engine_links_refresh(struct engine *e, uint64_t now_ms, uint64_t links);

/* --- publishing ------------------------------------------------------ */

enum claim_kind {
    CLAIM_HOST,    /* rename as a host: name-2 */
    CLAIM_SERVICE, /* rename as a service instance: Name #2 */
};

enum claim_conflict {
    CONFLICT_RENAME,      /* take another name (RFC 6762 section 9) */
    CONFLICT_KEEP_TRYING, /* probe the same name again, at least 5 s apart */
    CONFLICT_FAIL,        /* withdraw and say so */
};

struct claim_spec {
    const struct name *name;      /* the unique name; NULL for a claim that
                                     holds shared records only */
    enum claim_kind kind;
    enum claim_conflict on_conflict;
    uint64_t links;               /* mask of links to publish on */
    bool addresses;               /* publish A and AAAA of each link under
                                     this name, kept current by the engine */
    bool reverse;                 /* and their reverse PTRs */
    const char *rename_suffix;    /* NULL: numbers (2, then random from a
                                     growing range); else tried first, e.g.
                                     the last half of a MAC address: up to 16
                                     bytes, kept by the caller as long as the
                                     claim lives */
    void *cookie;                 /* comes back in events */
};

struct rr_spec {
    const struct name *owner;  /* NULL: the claim's own name, unique */
    uint16_t type;
    uint32_t ttl_s;            /* 0: the RFC's default for the type */
    bool shared;               /* else unique: probed with the claim */
    const uint8_t *rdata;      /* flat; without the target if that is set */
    size_t rdata_len;
    const struct claim *target; /* the name at the end of the rdata (PTR,
                                   SRV, CNAME) is that claim's name, whatever
                                   it becomes */
};

enum engine_err {
    ENGINE_OK,
    ENGINE_FULL,      /* claims_max, records_max, rdata_max or memory */
    ENGINE_TAKEN,     /* another claim of this engine has that name */
    ENGINE_BAD_RDATA, /* rdata does not have the form of its type */
    ENGINE_TOO_BIG,   /* the record would not fit 9000 bytes (RFC 6762 17) */
};

/*
 * Make a claim. It is silent until engine_claim_commit(); records are added
 * in between. The caller keeps *spec and all it points to.
 */
enum engine_err engine_claim_new(struct engine *e,
                                 const struct claim_spec *spec,
                                 struct claim **out);
enum engine_err engine_claim_add(struct engine *e, struct claim *c,
                                 const struct rr_spec *rr);
void engine_claim_commit(struct engine *e, uint64_t now_ms, struct claim *c);

/*
 * Replace the rdata of the claim's own record of that type (TXT, SRV's fixed
 * part) and announce it (RFC 6762 section 8.4).
 */
enum engine_err engine_claim_update(struct engine *e, uint64_t now_ms,
                                    struct claim *c, uint16_t type,
                                    const uint8_t *rdata, size_t len);

/* Give the claim another name: goodbye to the old, probe the new one. */
enum engine_err engine_claim_rename(struct engine *e, uint64_t now_ms,
                                    struct claim *c, const struct name *name);

/*
 * Say goodbye where it was announced (RFC 6762 section 10.1) and forget it.
 * c is no longer valid, and no event comes for it any more. Claims that
 * target c must be withdrawn before it.
 */
void engine_claim_withdraw(struct engine *e, uint64_t now_ms,
                           struct claim *c);

/* The name now, which differs from the wished one after a rename. */
void engine_claim_name(const struct claim *c, struct name *out);

/* The rdata of the claim's own record of that type as it is now, without a
 * name at its end; NULL if it has none. Borrowed until the next call. */
const uint8_t *engine_claim_rdata(const struct claim *c, uint16_t type,
                                  size_t *len);

/* The links on which the name is ours: probed for and announced. */
uint64_t engine_claim_owned(const struct claim *c);

/*
 * Withdraw everything. From then on engine_deadline_ms() is UINT64_MAX once
 * all goodbyes have left: the engine may be dropped. Until then go on as
 * always, since many of them are paced.
 */
void engine_shutdown(struct engine *e, uint64_t now_ms);

/* --- asking ---------------------------------------------------------- */

/*
 * Ask for records of that name and type (RR_ANY too) on the links of the
 * mask, continuously (RFC 6762 section 5.2), until engine_unwatch(). What
 * the cache holds is reported at once. Own records of this host are
 * reported too, as they are published, with `local` set. Returns NULL at
 * watches_max.
 */
struct watch *engine_watch(struct engine *e, uint64_t now_ms,
                           const struct name *name, uint16_t type,
                           uint64_t links, void *cookie);
/* No event comes for w any more, not even one that waited. */
void engine_unwatch(struct engine *e, struct watch *w);

/*
 * A client found this record to be stale (RFC 6762 section 10.4): ask twice,
 * flush it after 10 s without an answer. rdata NULL: all of that name and
 * type. The questions go out for a running watch on them. Returns how many
 * records were doubted.
 */
unsigned engine_reconfirm(struct engine *e, uint64_t now_ms,
                          const struct name *name, uint16_t type,
                          const uint8_t *rdata, size_t rdata_len);

/* --- events ---------------------------------------------------------- */

enum event_kind {
    EVENT_RR_ADD,    /* a record a watch wants has appeared */
    EVENT_RR_UPDATE, /* same record, now also heard over another family */
    EVENT_RR_REMOVE, /* ... is gone: expired, goodbye, flushed, link down */
    EVENT_RR_DENIED, /* an NSEC says that the watched type does not exist */
    EVENT_CLAIM,     /* the state of a claim changed */
};

enum claim_state {
    CLAIM_PROBING,   /* on that link */
    CLAIM_ANNOUNCED, /* first announcement is on its way on that link */
    CLAIM_CONFLICT,  /* a rival holds the name: probing again */
    CLAIM_RENAMED,   /* ... and we took another name: `name`, was old_name */
    CLAIM_FAILED,    /* CONFLICT_FAIL: withdrawn from all links */
};

struct event {
    enum event_kind kind;
    void *cookie;        /* of the watch or of the claim */
    uint8_t link;
    uint8_t families;    /* ADDR_V4 | ADDR_V6: how the record was heard */
    bool local;          /* RR: a record of this host's own */
    struct name name;    /* owner, or the claim's name */
    /* EVENT_RR_* */
    uint16_t type;
    uint16_t class;
    uint32_t ttl_s;      /* as received; for own records as published */
    bool flush;          /* it is of a unique RRset */
    const uint8_t *rdata; /* flat, borrowed until the next engine call */
    size_t rdata_len;
    struct addr source;  /* last sender; the rival in CLAIM_CONFLICT and
                            CLAIM_RENAMED, where known */
    /* EVENT_CLAIM */
    struct claim *claim;
    enum claim_state state;
    struct name old_name;
};

/* The next event, oldest first; false if there is none. */
bool engine_event(struct engine *e, struct event *out);

/* --- looking in ------------------------------------------------------ */

enum drop_reason {
    DROP_TRUNCATED, /* the first five follow enum wire_err */
    DROP_BAD_LABEL,
    DROP_BAD_POINTER,
    DROP_NAME_TOO_LONG,
    DROP_BAD_RDATA,   /* a record was skipped, the message was used */
    DROP_OPCODE,
    DROP_RCODE,
    DROP_PORT,        /* response not from 5353, or from port 0 */
    DROP_OFF_LINK,    /* unicast from another subnet (RFC 6762 5.5, 11) */
    DROP_UNASKED,     /* unicast response to no QU question (section 6) */
    DROP_TOO_BIG,     /* over 9000 bytes with headers */
    DROP_CACHE_FULL,  /* a record was not cached, or evicted another */
    DROP_BUSY,        /* a bounded queue was full: reply or answer dropped */
    DROP_REASON_COUNT
};

enum { DROP_MALFORMED = DROP_OPCODE }; /* those before it */

struct engine_stats {
    uint64_t rx_packets[2][ENGINE_LINKS_MAX]; /* ADDR_V4, ADDR_V6 */
    uint64_t tx_packets[2][ENGINE_LINKS_MAX];
    uint64_t dropped[DROP_REASON_COUNT];
    uint32_t malformed[DROP_MALFORMED][ENGINE_LINKS_MAX];
    uint64_t conflicts;
    uint64_t renames;
    uint64_t evictions;
    uint32_t own_records;
    uint32_t own_records_peak;
    uint32_t cached_records;
    uint32_t watches;
    uint32_t claims;
    size_t memory_used; /* bytes of the block in use, its bookkeeping too */
    size_t memory_size;
};

/* Counters, borrowed; good until the engine goes. */
const struct engine_stats *engine_stats(const struct engine *e);

/* Short stable word for a drop reason ("truncated", "off-link", ...). */
const char *engine_drop_text(enum drop_reason why);

#endif
