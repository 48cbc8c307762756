/*
 * state.h - what the engine remembers, for the parts of the engine alone
 *
 * Everything hangs on names: a node is an interned name and the root of all
 * that is known about it (our records, the claim that owns it, what was
 * heard, who asks). A packet's names are looked up once; where there is no
 * node, nothing here cares. The structures are here; what the parts do for
 * each other is in their own headers:
 *
 *   names.h     nodes                          names.c
 *   zone.h      our records                    zone.c
 *   claim.h     unique names on links          claim.c publish.c host.c
 *                                              rename.c
 *   conflict.h  whose name it is               conflict.c
 *   receive.h   queries, responses of others   answer.c hear.c
 *   schedule.h  what waits to be sent          schedule.c
 *   compose.h   packets out of that            compose.c compose_query.c pack.c
 *   question.h  what clients ask               question.c
 *   cache.h     what was heard                 cache.c source.c
 *   note.h      events for clients             note.c
 *   link.h      links coming, going, changing  link.c
 *
 * engine.c has the calls from outside.
 *
 * Times inside the engine are now_ms + TIME_BIAS_MS, so that 0 means "never"
 * and is always long ago.
 */
#ifndef CRIER_MDNS_STATE_H
#define CRIER_MDNS_STATE_H

#include <assert.h>
#include <string.h>

#include "crier/engine.h"
#include "crier/list.h"
#include "heap.h"
#include "timers.h"

#define TIME_BIAS_MS ((uint64_t)1 << 40)

enum {
    REPEAT_MS = 1000,     /* between multicasts of a record on a link */
    REPEAT_DEFENCE_MS = 250, /* ... in answer to probes (section 6) */
    BURST_MAX = 32,       /* packets back to back on a link, then ... */
    BURST_PAUSE_MS = 10,
    PROBING_MAX = 2048,   /* claims probing at once on a link */
    REPLIES_MAX = 256,    /* unicast replies waiting on a link */
    REPLY_RRS_MAX = 96,   /* records in one unicast reply */
    REPLY_LEN = 768,      /* bytes of most replies, one of which is kept */
    BATCHES_MAX = 24,     /* delayed answers on a link, by due time */
    TC_SENDERS_MAX = 16,  /* of these, for senders of truncated queries */
    CONFLICTS_MAX = 15,   /* in 10 s (RFC 6762 section 8.1) */
    RETIRED_MAX = 64,     /* own data given up lately, ... */
    RETIRED_MS = 120000,  /* ... and for how long it is ours when heard, */
    ECHO_MS = 5000,       /* ... a shared record */
    QUESTIONS_MAX = 128,  /* questions of one query that concern us */
    RECORDS_READ_MAX = 512, /* records looked at in one packet */
    PACK_MAX = 128,       /* records that fit a packet of 1500 bytes */
    RRSET_MAX = 64,       /* cached members of a unique RRset */
};

enum timer_kind {
    TIMER_CLINK,
    TIMER_BATCH,
    TIMER_REPLY,
    TIMER_FLUSH,
    TIMER_PACE,
    TIMER_QLINK,
    TIMER_CACHED,
};

/* --- names -------------------------------------------------------------- */

struct node {
    struct label label; /* first: a node is its label; parent is a node */
    struct node *hash_next;
    uint32_t hash;
    uint32_t refs;           /* children and everything that holds it */
    struct list own;         /* our records with this owner */
    struct claim *claim;     /* whose unique name it is */
    struct list cached;      /* heard records with this owner */
    struct question *questions;
    struct list inbound;     /* cached records whose target this is */
    uint32_t single_count;   /* among own, all but shared PTRs and NSEC: 0 at
                                a type's name, however long its list */
    uint8_t text[];
};

/* --- our records -------------------------------------------------------- */

enum rrlink_flags {
    RL_LIVE = 1,     /* may be answered here: probed, or needs no probe */
    RL_URGENT = 2,   /* do not hold back for aggregation */
    RL_DEFENCE = 4,  /* 250 ms instead of one second */
    RL_GOODBYE = 8,  /* TTL 0, exempt from the one-second rule */
    RL_READY = 16,   /* in link->ready; else, if queued, in a batch */
    RL_REST = 64,    /* rest of a unique RRset, in the packet that follows */
    RL_LEAVING = 128, /* of a withdrawn record: counted in link->leaving */
    RL_SAID = 32,    /* announced or answered here: owes a goodbye */
};

/* One of our records on one link: the unit of scheduling. */
struct rrlink {
    struct list queue;    /* in link->ready or a batch, else empty */
    struct rrlink *next;  /* of the same record, apart */
    uint64_t last_ms;     /* last multicast here, 0: never */
    uint32_t packet;      /* number of the packet it is in, low half */
    uint8_t flags;
    uint8_t batch;        /* while in one: its number, else 0 */
    unsigned link : 6;
    unsigned families : 2; /* while queued: over which to send */
    unsigned to_say : 2;  /* announcements left */
    bool proposed : 1;    /* was in a probe of this attempt */
    bool apart : 1;       /* a struct rrlink_apart */
    bool used : 1;        /* always, but for the one in the record */
};

/* Most are on one link, so that the first is part of it. */
struct rr {
    struct rrlink first;
    struct node *owner;
    struct node *target;  /* name at the end of the rdata, or NULL */
    struct claim *claim;  /* NULL once it is withdrawn */
    struct rr *claim_next;
    struct list by_node;  /* owner->own */
    uint32_t ttl_s;
    uint16_t type;
    uint16_t fixed_len;   /* rdata before the target */
    unsigned refs : 26;   /* replies and notes that hold it; freed at 0 */
    bool unique : 1;
    bool yielded : 1;     /* a reverse PTR that another host wants more */
    bool follows : 1;     /* target is the name of a claim */
    bool generated : 1;   /* by host.c; NSEC by zone.c, with no claim */
    bool dead : 1;        /* withdrawn; lives for goodbyes and refs */
    uint8_t fixed[];
};

/* What a record is on its other links. */
struct rrlink_apart {
    struct rrlink on;
    struct rr *rr;
};

enum clink_state {
    CLINK_OFF,        /* link down */
    CLINK_WAITING,    /* to be admitted to probing */
    CLINK_PROBING,
    CLINK_PAUSED,     /* timer: tie-break lost, or after conflicts */
    CLINK_OWNED,
};

/* A claim on one link. */
struct clink {
    struct timer timer;
    struct list queue;    /* link->waiting, link->probes or link->held */
    struct clink *next;   /* of the same claim, apart */
    uint8_t link;
    uint8_t state;
    uint8_t sent;         /* probes sent in this attempt */
    bool again : 1;       /* lost a tie-break, probes without a random wait */
    bool admitted : 1;    /* counted in link->probing */
    bool doubted : 1;     /* owned, but what was heard may be a rival's */
    bool apart : 1;       /* a struct clink_apart */
    bool used : 1;        /* always, but for the one in the claim */
};

struct claim {
    struct clink first;
    struct list all;      /* engine->claims */
    struct node *name;    /* NULL: shared records only */
    struct rr *rrs;
    uint64_t mask;
    void *cookie;
    uint64_t window_ms;   /* start of the minute in which these count */
    uint32_t refs;        /* notes that name it */
    uint8_t renames_count;
    uint8_t updates_count;
    uint8_t round;        /* renames since the name was last ours */
    uint8_t kind;
    uint8_t on_conflict;
    bool addresses : 1, reverse : 1, committed : 1, failed : 1, dead : 1;
    bool followed : 1;    /* records of other claims point at the name */
    char suffix[];        /* to rename with, "" if there is none */
};

/* What a claim is on its other links. */
struct clink_apart {
    struct clink on;
    struct claim *claim;
};

/* --- what waits to be sent ---------------------------------------------- */

/* Answers due at one time. With a source: those a truncated query asked
 * for, which its known answers may still strike out. */
struct batch {
    struct timer timer;
    uint8_t link;
    uint8_t number;      /* in link->batch_at */
    bool tc;
    struct list all;     /* link->batches */
    struct list rrlinks;
    struct addr source;
    uint64_t first_ms;
    struct reply *reply; /* the unicast part of a truncated query */
};

/* A unicast reply. */
struct reply {
    struct timer timer;
    uint8_t link;
    uint8_t family;
    bool legacy;
    bool opt;            /* the query had an OPT record (RFC 6891) */
    bool truncated;      /* not all records found room in rrs[] */
    uint8_t rcode_ext;   /* 16: BADVERS */
    uint8_t rcode;       /* 1: FORMERR */
    uint16_t id;
    uint16_t port;
    uint16_t size_max;   /* legacy: 512 or what OPT said */
    uint16_t count;
    uint16_t room;
    uint16_t question_len, question_count;
    struct addr peer, local;
    struct batch *batch; /* that may still strike out records */
    struct node *first;  /* legacy: the first question's, if it is ours */
    struct list queue;   /* link->replies once due, else link->later */
    bool usual;          /* of REPLY_LEN bytes */
    uint8_t *question;   /* legacy: name, type, class, uncompressed */
    struct rr *rrs[];
};

/* --- asking and hearing ------------------------------------------------- */

struct watch {
    struct question *question;
    struct watch *next;  /* of the question */
    void *cookie;
    uint64_t mask;
    uint32_t refs;       /* notes */
    bool dead;
};

struct question {
    struct node *node;
    struct question *node_next;
    struct watch *watches;
    struct qlink *links;
    uint16_t type;
};

/* A question on one link. */
struct qlink {
    struct timer timer;
    uint8_t link;
    bool qu;             /* the next query asks for unicast */
    bool settled;        /* a unique answer is known: no series */
    bool asking;         /* if in a queue: in link->asking */
    bool refresh;        /* asked for a record about to expire: the series
                            goes on as it was */
    struct question *question;
    struct qlink *question_next;
    struct list queue;   /* link->asks or link->asking */
    uint64_t last_ms;    /* last query, ours or one that did for ours */
    uint64_t alien;      /* last foreign query that knew answers we do not */
    uint64_t overheard_ms; /* when others last asked the same, and ... */
    uint8_t overheard;     /* ... over which families */
    uint64_t interval_ms;
};

struct source {
    struct source *hash_next;
    struct addr addr;
    uint8_t link;
    uint32_t count;
    struct list records; /* oldest first */
};

struct cached {
    struct timer timer;
    uint16_t type;
    uint8_t link;
    uint8_t families;
    struct node *owner;
    struct node *target;
    struct list by_node;    /* owner->cached */
    struct list by_target;  /* target->inbound */
    struct source *source;  /* NULL: dead */
    struct list by_source;
    struct list unwanted; /* engine->unwanted while nobody asks for it */
    uint64_t received_ms;
    uint64_t expire_ms;
    uint64_t packet;      /* last packet that held it */
    uint64_t listed;      /* last foreign query that lists it as known */
    uint64_t said;        /* our last query that does */
    uint64_t poof_ms;     /* first of the unanswered foreign queries */
    uint32_t ttl_s;
    uint32_t cost;        /* bytes, for cache_bytes */
    uint16_t fixed_len;
    uint32_t refs;        /* notes */
    uint8_t step;         /* refresh queries done, 0..4 */
    uint8_t poof_count;
    bool flush;
    uint8_t fixed[];
};

/* Thousands wait while many claims begin or end to probe at once. */
struct note {
    struct note *next;
    uint8_t kind;  /* enum event_kind */
    uint8_t link;
    uint8_t state; /* of a claim */
    bool own;      /* what.rr, else what.cached */
    bool more;     /* a struct note_more */
    union {
        struct claim *claim; /* EVENT_CLAIM */
        struct watch *watch; /* the others */
    } by;
    union {
        struct node *name; /* of the claim at that time, or NULL */
        struct rr *rr;
        struct cached *cached;
    } what;
};

/* A claim that met another or has changed its name. */
struct note_more {
    struct note note;
    struct node *old_name;
    struct addr rival;
};

/* --- links and the whole ------------------------------------------------ */

struct pace {
    uint64_t burst_ms;   /* when the burst began */
    uint32_t burst;      /* packets in it */
    uint32_t tokens_mil; /* thousandths of a packet */
    uint64_t filled_ms;
};

struct link {
    bool up;
    uint8_t number;
    uint8_t blocked;          /* families whose socket is full */
    struct link_state st;
    struct list ready;        /* rrlinks to multicast */
    struct list batches;
    struct batch *batch_at[BATCHES_MAX + TC_SENDERS_MAX]; /* from number 1 */
    struct list replies;      /* due */
    struct list later;        /* replies not yet due */
    struct list waiting;      /* clinks */
    struct list probes;       /* clinks whose probe is due */
    struct list held;         /* clinks whose target is not yet owned */
    struct list asks;         /* qlinks whose query is due */
    struct list asking;       /* qlinks of a query still listing answers */
    unsigned batch_count, tc_count, reply_count, probing, leaving;
    bool flush_now;
    uint64_t ready_ms;        /* since when something is ready */
    uint64_t last_due_ms;     /* latest due time of delayed answers */
    struct timer flush;       /* end of the hold-back */
    struct timer pace_timer;
    struct pace pace[2];      /* by family */
    uint64_t up_ms;
    uint64_t wave_ms;         /* when the next wave of first probes leaves */
    uint64_t series_ms;       /* ... and of first queries */
    uint64_t conflict_ms[CONFLICTS_MAX];
    unsigned conflict_at;
    bool limited;             /* 15 conflicts: 5 s before each attempt */
    uint64_t qu_ms;           /* last QU question or probe sent */
    uint64_t known_mark;
};

/* A question of a query that concerns us. */
struct asked {
    struct node *node;
    uint16_t type;
    uint16_t class;
    bool qu;
    bool probe; /* with proposed records in the authority section */
};

struct engine {
    struct engine_config cfg;
    struct heap heap;
    struct timers timers;
    uint64_t now;        /* biased */
    uint64_t rng;
    uint64_t packet;     /* number of the packet in hand, in or out */
    uint64_t echo_packet; /* that of one which has a record of ours ... */
    const struct node *echo_node; /* ... for this name */
    uint64_t hash_key;
    struct node **buckets;
    uint32_t bucket_count, node_count;
    struct source **sources;
    struct reply *spare;  /* to be used again */
    struct list claims;
    struct list nameless; /* claims with shared records only */
    bool odd_ptrs;       /* a named claim has a PTR to another name */
    size_t cache_bytes, cache_bytes_max;
    struct source *largest; /* the sender with most records, about */
    struct list unwanted;
    struct note *notes, **notes_end;
    struct note *delivered; /* kept alive until the next call */
    uint64_t tx_links;   /* links that may have something to send */
    unsigned tx_turn;
    uint8_t out_families; /* of the packet in out[], still to be given */
    uint8_t out_link;
    bool out_oneshot;
    size_t out_len;
    uint64_t up_links;
    uint32_t rdata_bytes;
    bool shutdown;
    struct {
        uint64_t hash;
        uint64_t until_ms;
    } retired[RETIRED_MAX];
    unsigned retired_at;
    struct engine_stats stats;
    struct link links[ENGINE_LINKS_MAX];
    struct asked asked[QUESTIONS_MAX]; /* of the query in hand */
    struct rrlink *packed[PACK_MAX];   /* in the packet being made */
    uint8_t out[WIRE_MESSAGE_MAX];
    uint8_t flat[RR_FLAT_MAX];
};

/* --- of use to all parts ---------------------------------------------- */

/* Memory; evicts cached records if there is none left. */
void *engine_get(struct engine *e, size_t len);
/* timers_reserve(), with eviction like engine_get(). */
bool engine_reserve_timer(struct engine *e);
/* Uniform in low..high. */
uint32_t engine_random(struct engine *e, uint32_t low, uint32_t high);
void engine_drop(struct engine *e, enum drop_reason why);
void engine_malformed(struct engine *e, unsigned link, enum drop_reason why);
static inline struct link *engine_link(struct engine *e, unsigned link)
{
    assert(link < ENGINE_LINKS_MAX);
    return &e->links[link];
}
static inline uint64_t link_bit(unsigned link)
{
    return (uint64_t)1 << link;
}
static inline void tx_wanted(struct engine *e, unsigned link)
{
    e->tx_links |= link_bit(link);
}

#endif
