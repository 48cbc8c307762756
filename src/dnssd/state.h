/*
 * state.h - what the layer remembers, for its own files alone
 *
 *   register  our services and hosts, and their types   register.c host.c
 *                                                       stype.c
 *   browse    what clients asked for                    browse.c
 *   item      what was found on a link, by name         item.c
 *   resolve   SRV, TXT and addresses of items           resolve.c
 *   track     one client's view of one item             track.c
 *   refill    what was left out when memory was short   refill.c
 *   pool      memory                                    pool.c
 *   dnssd     the calls from outside                    dnssd.c
 *
 * An item is an instance, a type, or a host that an SRV names, on one link.
 * It is there once, however many clients look at it, and so are its watches
 * and records; a track ties one browse to one item. Whatever changes an item
 * marks its tracks; once all events of the engine are in, each marked track
 * compares what it last reported with what is now true. So a client gets one
 * event for a packet that brings SRV, TXT and addresses, and found and lost
 * alternate by construction.
 */
#ifndef CRIER_DNSSD_STATE_H
#define CRIER_DNSSD_STATE_H

#include <assert.h>
#include <string.h>

#include "crier/dnssd.h"
#include "crier/list.h"
#include "crier/rr.h"
#include "pool.h"

enum {
    STYPE_BUCKETS = 256,
    SRV_MAX = 8, /* SRV records kept of an instance and link */
    TXT_MAX = 4, /* TXT records kept of an instance and link */
};

/* What a cookie given to the engine points at: all begin with a node. */
enum node_kind {
    NODE_SERVICE = 1,
    NODE_HOST,
    NODE_STYPE,
    NODE_BROWSE,
    NODE_INSTANCE, /* these three are items */
    NODE_TYPE,
    NODE_TARGET,
};

struct node {
    uint8_t kind;
};

/* --- ours ------------------------------------------------------------ */

struct dnssd_host {
    struct node node;
    uint8_t state; /* of its name, as told */
    uint32_t users; /* services that target it */
    struct claim *claim;
    void *cookie;
};

/* A service type that we offer on some links: the record that enumeration
 * finds (RFC 6763 section 9), for all services of that type and mask. */
struct stype {
    struct node node;
    uint32_t hash;
    uint32_t users;
    struct stype *next;
    uint64_t links;      /* where the services are */
    uint64_t granted;    /* where this one has the record; the rest of the
                            links has it from another mask */
    uint64_t announced;  /* links on which a service of it was announced */
    struct claim *claim; /* NULL if granted is 0 */
    bool committed;      /* the claim is; silent until then */
    struct bytes name;   /* _http._tcp.local */
};

struct dnssd_service {
    struct node node;
    uint8_t state; /* of its name, as told */
    uint16_t port;
    struct claim *claim;
    struct stype *stype;     /* NULL for a placeholder */
    struct dnssd_host *host; /* NULL if the target is a name */
    void *cookie;
};

/* --- found ----------------------------------------------------------- */

enum denied { /* by NSEC */
    DENIED_TXT = 1,
    DENIED_A = 2,
    DENIED_AAAA = 4,
};

struct item {
    struct node node;
    uint8_t link;   /* ENGINE_NO_LINK for a type */
    uint8_t denied;
    bool starved;   /* a watch or record found no room */
    uint32_t hash;
    uint32_t resolvers;     /* tracks that want it resolved */
    struct item *hash_next;
    struct bytes name;
    struct watch *watch[2]; /* SRV and TXT, or A and AAAA */
    struct rec *recs;       /* newest first */
    struct list users;      /* tracks; of a target: its SRV records */
};

/* A record of an item: SRV, TXT, A or AAAA. */
struct rec {
    struct rec *next;
    uint16_t type;
    bool local;
    union {
        struct {
            uint16_t priority, weight, port;
            uint32_t rnd;        /* drawn once, so that a choice stands */
            struct item *owner;
            struct item *target; /* NULL: ".", not available (RFC 2782) */
            struct list user;    /* in target->users */
        } srv;
        struct bytes txt;
        struct addr addr;
    } u;
};

/* One browse's view of one item. */
struct track {
    struct list by_item, by_browse;
    struct list marked; /* in dnssd->marked, in browse->held, or in no list */
    struct dnssd_browse *browse;
    struct item *item;
    uint64_t digest;    /* of what was reported last */
    uint32_t ttl_s;
    uint16_t heard;     /* records on the link that name it, and ... */
    uint16_t local;     /* ... those of our own; both 0: it is gone */
    uint8_t families, families_told;
    uint8_t link;       /* of the item; of a type: where it was heard */
    bool reported;      /* found, and not lost since */
    bool doubted_srv, doubted_ptr; /* since it was last complete */
    struct addr source;
};

enum browse_kind {
    BROWSE_INSTANCES,
    BROWSE_TYPES,
    BROWSE_ONE,    /* resolve: the SRV record stands for the PTR */
    BROWSE_LOOKUP,
    BROWSE_QUERY,
};

struct dnssd_browse {
    struct node node;
    uint8_t kind;
    bool resolve;
    bool holding;      /* its marked tracks wait in held */
    bool starved;      /* an item found no room */
    uint8_t families;  /* of a lookup */
    uint8_t hops;      /* aliases followed, of a lookup */
    uint32_t alias_hash;
    uint64_t alias_links;
    struct watch *alias[2]; /* of the name that the last CNAME points to */
    struct watch *watch[2];
    struct bytes name; /* that is asked for */
    uint64_t links;
    struct list all;   /* dnssd->all */
    struct list tracks;
    struct list held;
    void *cookie;
};

struct dnssd {
    struct engine *engine;
    struct pool services, hosts, stypes, browses;
    struct pool items, recs, tracks, chunks;
    struct stype *stype_buckets[STYPE_BUCKETS];
    struct item **buckets;
    uint32_t bucket_mask;
    struct list all;    /* browses */
    struct list marked; /* tracks to look at */
    bool starved;       /* something is to be had again by refill() */
    uint32_t freed;     /* tracks and records since the last time */
    uint64_t chance;    /* state of the generator of SRV draws */
    uint64_t left_out;
    uint64_t malformed;
    size_t memory_size;
    uint8_t txt[RR_RDATA_MAX]; /* of the last event */
};

/* --- item.c ---------------------------------------------------------- */

/* Hash of a name without ASCII case. */
uint32_t name_hash(const struct name *n);
bool bytes_name_equal(const struct bytes *b, const struct name *n);
void bytes_name(const struct bytes *b, struct name *out);

/* NULL: there is none / there is no room. */
struct item *item_find(const struct dnssd *d, enum node_kind kind,
                       const struct name *name, uint8_t link);
struct item *item_get(struct dnssd *d, enum node_kind kind,
                      const struct name *name, uint8_t link);
/* Forget an item that has no users and no records. */
void item_free(struct dnssd *d, struct item *item);

/* --- resolve.c ------------------------------------------------------- */

/* A track begins / ends to want the item's SRV, TXT and addresses. */
void resolve_start(struct dnssd *d, uint64_t now_ms, struct item *instance);
void resolve_stop(struct dnssd *d, struct item *instance);

/* Ask anew for what found no room, of the instance and its targets. */
void resolve_again(struct dnssd *d, uint64_t now_ms, struct item *instance);

/* An event of one of the item's own watches. */
void resolve_event(struct dnssd *d, uint64_t now_ms, struct item *item,
                   const struct event *ev);

/* The SRV record to use now, NULL if none is known. */
const struct rec *resolve_choose(const struct item *instance);
/* The TXT record, NULL if it was denied; false: nothing is known. */
bool resolve_txt(const struct item *instance, const struct rec **txt);
/* Addresses of a target, in the order in which to use them. */
unsigned resolve_addrs(const struct item *target,
                       struct addr out[DNSSD_ADDRS_MAX]);

/* --- track.c --------------------------------------------------------- */

/* A record that names the item came up / changed its families / went. */
void track_heard(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b,
                 enum node_kind kind, const struct name *name,
                 const struct event *ev);
void track_gone(struct dnssd *d, struct dnssd_browse *b, enum node_kind kind,
                const struct name *name, const struct event *ev);

void track_mark(struct dnssd *d, struct track *t);
void track_free(struct dnssd *d, struct track *t);

/* Look at the next marked track; true if that made an event. Call while
 * d->marked is not empty. */
bool track_next(struct dnssd *d, uint64_t now_ms, struct dnssd_event *out);

/* --- stype.c --------------------------------------------------------- */

/* A service of that type (_http._tcp.local) is there on links / is gone. */
enum engine_err stype_enter(struct dnssd *d, uint64_t now_ms,
                            const struct name *name, uint64_t links,
                            struct stype **out);
void stype_leave(struct dnssd *d, uint64_t now_ms, struct stype *s);
/* A service of it has been announced on that link. */
void stype_announced(struct dnssd *d, uint64_t now_ms, struct stype *s,
                     uint8_t link);

/* --- browse.c, register.c -------------------------------------------- */

/* An event of one of the browse's own watches; true if it made one. */
bool browse_event(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b,
                  const struct event *ev, struct dnssd_event *out);

/* Ask anew, so that what the engine knows is told once more. Only while the
 * engine has no event left. */
void browse_again(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b);

/* An event of a claim; true if it made one. */
bool register_event(struct dnssd *d, uint64_t now_ms, const struct event *ev,
                    struct dnssd_event *out);

/* --- refill.c -------------------------------------------------------- */

/* When the engine has no event left: have what was left out told again, if
 * enough has gone since. True if so: the engine has events again. */
bool refill(struct dnssd *d, uint64_t now_ms);

#endif
