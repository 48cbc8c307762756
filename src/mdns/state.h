/*
 * state.h - what the engine remembers, for the parts of the engine alone
 *
 * Everything hangs on names: a node is an interned name and the root of all
 * that is known about it (our records, the claim that owns it, what was
 * heard, who asks). A packet's names are looked up once; where there is no
 * node, nothing here cares.
 *
 *   names     nodes                          names.c
 *   zone      our records, host addresses    zone.c host.c
 *   claim     unique names on links          claim.c publish.c conflict.c
 *                                            rename.c
 *   answer    queries of others              answer.c
 *   schedule  what waits to be sent          schedule.c
 *   compose   packets out of that            compose.c compose_query.c pack.c
 *   question  what clients ask               question.c
 *   cache     what was heard                 cache.c source.c
 *   hear      responses of others            hear.c
 *   note      events for clients             note.c
 *   link      links coming, going, changing  link.c
 *   engine    the calls from outside         engine.c
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
    BATCHES_MAX = 24,     /* delayed answers on a link, by due time */
    TC_SENDERS_MAX = 16,  /* of these, for senders of truncated queries */
    CONFLICTS_MAX = 15,   /* in 10 s (RFC 6762 section 8.1) */
    RETIRED_MAX = 64,     /* own data given up lately */
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

/* --- names ----------------------------------------------------------- */

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

/* --- our records ----------------------------------------------------- */

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
    struct list queue;    /* link->waiting or link->probes */
    struct clink *next;   /* of the same claim, apart */
    uint8_t link;
    uint8_t state;
    uint8_t sent;         /* probes sent in this attempt */
    bool prompt : 1;      /* no random wait before the first probe */
    bool admitted : 1;    /* counted in link->probing */
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
    uint32_t conflict_packet; /* a conflict is counted once per packet */
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

/* --- what waits to be sent ------------------------------------------- */

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
    uint16_t question_len;
    struct addr peer, local;
    struct batch *batch; /* that may still strike out records */
    struct node *first;  /* legacy: a name of the questions */
    struct list queue;   /* link->replies once due, else link->later */
    uint8_t *question;   /* legacy: name, type, class, uncompressed */
    struct rr *rrs[];
};

/* --- asking and hearing ---------------------------------------------- */

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

/* --- links and the whole --------------------------------------------- */

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
    uint64_t hash_key;
    struct node **buckets;
    uint32_t bucket_count, node_count;
    struct source **sources;
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

/* --- names.c ---------------------------------------------------------- */

bool names_init(struct engine *e);
/* The node of a name in wire form, NULL if there is none. */
struct node *names_find(const struct engine *e, const struct name *n);
/* The node, made if need be, with a reference for the caller. NULL only if
 * memory is out even after eviction. own: our spelling wins. */
struct node *names_get(struct engine *e, const struct name *n, bool own);
/* Whether the node is the name whose labels begin at wire. */
bool names_is(const struct node *n, const uint8_t *wire);
struct node *node_hold(struct node *n);
void node_drop(struct engine *e, struct node *n);
void node_name(const struct node *n, struct name *out);
/* "_http._tcp...", a subtype or "_services...": a name that many share. */
static inline bool node_is_type(const struct node *n)
{
    return n->text[0] == '_' ||
           (n->label.parent != NULL && n->label.parent->len == 4 &&
            memcmp(n->label.parent->text, "_sub", 4) == 0);
}
static inline struct node *node_parent(const struct node *n)
{
    return (struct node *)(void *)n->label.parent;
}

/* --- engine.c ---------------------------------------------------------- */

/* Memory; evicts cached records if there is none left. */
void *engine_get(struct engine *e, size_t len);
/* timers_reserve(), with eviction like engine_get(). */
bool engine_reserve_timer(struct engine *e);
/* Uniform in low..high. */
uint32_t engine_random(struct engine *e, uint32_t low, uint32_t high);
void engine_drop(struct engine *e, enum drop_reason why);
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

/* --- zone.c ------------------------------------------------------------ */

/* A record in the zone, not yet on any link; NULL if memory is out. Holds
 * owner and target. */
struct rr *rr_new(struct engine *e, struct claim *c, struct node *owner,
                  uint16_t type, const uint8_t *fixed, size_t fixed_len,
                  struct node *target, bool unique);
/* Say goodbye where it was announced (if goodbye), then forget it. */
void rr_withdraw(struct engine *e, struct rr *rr, bool goodbye);
void rr_drop(struct engine *e, struct rr *rr); /* a reference */
static inline struct rr *rl_rr(const struct rrlink *rl)
{
    return rl->apart ? ((const struct rrlink_apart *)(const void *)rl)->rr
                     : CONTAINER(rl, struct rr, first);
}
static inline void rl_add_families(struct rrlink *rl, uint8_t families)
{
    rl->families = (rl->families | families) & 3u;
}
/* The first of the links it is on, from there by next. */
static inline struct rrlink *rr_links(const struct rr *rr)
{
    return rr->first.used ? (struct rrlink *)(uintptr_t)&rr->first
                          : rr->first.next;
}
static inline struct rrlink *rr_on(const struct rr *rr, unsigned link)
{
    struct rrlink *rl = rr_links(rr);

    while (rl != NULL && rl->link != link)
        rl = rl->next;
    return rl;
}
/* Put it on the link, silent; NULL if memory is out. */
struct rrlink *rr_attach(struct engine *e, struct rr *rr, unsigned link);
void rrlink_detach(struct engine *e, struct rrlink *rl);
/* It may be answered here from now on: tell watches, announce twice. */
void rrlink_live(struct engine *e, struct rrlink *rl);
void rrlink_quiet(struct engine *e, struct rrlink *rl);
/* Flat rdata into buf of RR_FLAT_MAX; the length. */
size_t rr_rdata(const struct rr *rr, uint8_t *buf);
/* Our record with that owner and data, on any link; NULL if none. */
struct rr *zone_find(const struct engine *e, const struct node *n,
                     uint16_t type, const uint8_t *rdata, size_t len);
/* The NSEC of a name we own exclusively on the link, made on demand. */
struct rrlink *zone_nsec(struct engine *e, struct node *n, unsigned link,
                         uint16_t asked);
/* RFC 6762 section 10. */
uint32_t rr_default_ttl(uint16_t type);
/* Own data given up less than two minutes ago (echoes are no conflict). */
bool zone_retired(const struct engine *e, const struct node *n, uint16_t type,
                  const uint8_t *rdata, size_t len);
bool node_exclusive(const struct node *n, unsigned link);
static inline bool rr_live_on(const struct rr *rr, unsigned link,
                              struct rrlink **rl)
{
    *rl = rr_on(rr, link);
    return *rl != NULL && ((*rl)->flags & RL_LIVE) != 0;
}

/* --- host.c ------------------------------------------------------------ */

/* Make the generated address records of a claim match the link's state. */
void host_update(struct engine *e, struct claim *c, unsigned link);

/* --- claim.c, publish.c -------------------------------------------------- */

static inline struct claim *cl_claim(const struct clink *cl)
{
    return cl->apart ? ((const struct clink_apart *)(const void *)cl)->claim
                     : CONTAINER(cl, struct claim, first);
}
/* The first of the links it is on, from there by next. */
static inline struct clink *claim_links(const struct claim *c)
{
    return c->first.used ? (struct clink *)(uintptr_t)&c->first
                         : c->first.next;
}
struct clink *claim_on(const struct claim *c, unsigned link);
/* From all links; its records have gone already. */
void claim_detach_all(struct engine *e, struct claim *c);
void claim_link_up(struct engine *e, struct claim *c, unsigned link);
void claim_link_down(struct engine *e, struct claim *c, unsigned link);
/* Begin an attempt: wait delay_ms, be admitted, probe. */
void clink_restart(struct engine *e, struct clink *cl, uint32_t delay_ms);
/* ... without the random wait: the name was waited for already. */
void clink_again(struct engine *e, struct clink *cl, uint32_t delay_ms);
void clink_timer(struct engine *e, struct clink *cl);
/* Out of all queues and timers; its records are no longer live. */
void clink_leave(struct engine *e, struct clink *cl);
void clink_quiet(struct engine *e, struct clink *cl);
void clink_probe_sent(struct engine *e, struct clink *cl);
/* The minute in which renames and updates are counted. */
void claim_window(struct engine *e, struct claim *c);
/* Announce what has to_say left. */
void clink_announce(struct engine *e, struct clink *cl);
void claim_admit(struct engine *e, struct link *l);
void claim_drop(struct engine *e, struct claim *c); /* a reference */
/* Take the new name; goodbye: tell of the old one. */
enum engine_err claim_take_name(struct engine *e, struct claim *c,
                                const struct name *name, bool goodbye,
                                const struct addr *rival, unsigned link);
void claim_fail(struct engine *e, struct claim *c, const struct addr *rival,
                unsigned link);

/* --- conflict.c ----------------------------------------------------------- */

/* A response record for a name that we hold or have records at. True if it
 * is our own data, which the cache then need not keep. */
bool conflict_check(struct engine *e, const struct datagram *in,
                    struct node *n, const struct rr_view *rr,
                    const uint8_t *rdata, size_t len);
/* The reverse PTR of an address is not worth a conflict, and not probed for
 * (D24): whoever else wants it, another responder on this host say, has it. */
void conflict_yield_reverse(struct engine *e, struct node *n, unsigned link);
/* A query with proposed records for a name that we are probing for. */
void conflict_tiebreak(struct engine *e, const struct datagram *in,
                       struct node *n, const struct wire_reader *msg,
                       size_t ns_at, unsigned ns_count);
/* The attempt on that link ended well. */
void conflict_over(struct link *l);

/* --- rename.c ---------------------------------------------------------- */

/* The next name to try for a claim (RFC 6762 section 9, D9). False if none
 * was found: the name leaves no room for a suffix. */
bool rename_next(struct engine *e, const struct claim *c, struct name *out);

/* --- schedule.c ---------------------------------------------------------- */

/* When the record, with its whole RRset if it is unique, may be multicast on
 * the link again. */
uint64_t schedule_earliest(const struct rrlink *rl, uint8_t flags);
/* Multicast rl now (at the earliest that the one-second rule allows). */
void schedule_now(struct engine *e, struct rrlink *rl, uint8_t families,
                  uint8_t flags);
/* ... at due_ms, together with what else is due then. tc: the batch of a
 * truncated query, else NULL. */
void schedule_at(struct engine *e, struct rrlink *rl, uint8_t families,
                 uint8_t flags, uint64_t due_ms, struct batch *tc);
void schedule_cancel(struct rrlink *rl);
struct batch *schedule_tc(struct engine *e, struct link *l,
                          const struct addr *source, bool make);
void schedule_tc_extend(struct engine *e, struct batch *b);
void schedule_batch_due(struct engine *e, struct batch *b);
void schedule_link_down(struct engine *e, struct link *l);
struct reply *schedule_reply(struct engine *e, const struct datagram *in,
                             unsigned room, size_t question_len);
/* False if there is no room; a record that is in already is not added. */
bool reply_add(struct reply *r, struct rr *rr);
/* Send it at due_ms, or with the batch it belongs to. */
void reply_due(struct engine *e, struct reply *r, uint64_t due_ms);
void reply_strike(struct engine *e, struct reply *r, const struct rr *rr);
void reply_free(struct engine *e, struct reply *r);

/* --- answer.c ----------------------------------------------------------- */

void answer_query(struct engine *e, const struct datagram *in,
                  struct wire_reader *rd, const struct message_header *h);

/* --- compose*.c ------------------------------------------------------------ */

/* A packet in the making, in e->out. */
struct pack {
    struct engine *e;
    struct link *l;
    struct wire_writer w;
    uint64_t number;      /* of the packet; records in it are marked so */
    bool unicast;
    bool legacy;
    uint8_t families;     /* over which to send it */
    uint16_t count[4];
    unsigned in_count;
    struct rrlink **in;   /* e->packed */
};

void pack_begin(struct pack *p, struct engine *e, struct link *l, size_t max,
                uint16_t id, uint16_t flags);
/* Write the counts and hand the packet over: by multicast ... */
void pack_multicast(struct pack *p);
/* Append a record; false, and the packet as before, if it does not fit. */
bool pack_rr(struct pack *p, const struct rr *rr, bool flush, uint32_t ttl_s,
             unsigned section);
/* What hangs on the records in the packet, as far as it fits. */
void pack_additional(struct pack *p);
/* Bytes of DNS message for one packet; oversize: for one record alone. */
size_t pack_limit(const struct link *l, uint8_t families, bool oversize);

/* Build the next packet for the link in e->out; *out is set for a unicast
 * one. False if there is nothing now. */
bool compose(struct engine *e, struct link *l, struct datagram *out);
bool compose_reply(struct engine *e, struct reply *r, struct datagram *out);
bool compose_answers(struct engine *e, struct link *l);
bool compose_probe(struct engine *e, struct link *l);
bool compose_question(struct engine *e, struct link *l);

/* --- question.c ----------------------------------------------------------- */

bool question_wants(const struct question *q, uint16_t type);
void question_link_up(struct engine *e, struct question *q, unsigned link);
/* Begin the series again; by QU if the link just came up (section 5.4). */
void question_restart(struct engine *e, struct question *q, unsigned link);
void question_link_down(struct engine *e, struct question *q, unsigned link);
struct qlink *question_on(const struct question *q, unsigned link);
void qlink_timer(struct engine *e, struct qlink *ql);
void qlink_refresh(struct engine *e, struct qlink *ql);
void qlink_sent(struct engine *e, struct qlink *ql);
/* Someone else asked the same, with no more known answers than ours. */
void qlink_overheard(struct engine *e, struct qlink *ql, uint8_t family);
/* What the cache knows has changed for questions at the node. */
void question_settle(struct engine *e, struct node *n, unsigned link);

/* --- cache.c, source.c ---------------------------------------------------- */

bool cache_wanted(const struct node *n, uint16_t type, unsigned link);
struct cached *cache_find(struct engine *e, struct node *n, uint16_t type,
                          unsigned link, const uint8_t *rdata, size_t len);
void cache_take(struct engine *e, const struct datagram *in, struct node *n,
                const struct rr_view *rr, const uint8_t *rdata, size_t len);
void cache_timer(struct engine *e, struct cached *c);
/* Interest in the node changed: sort its records into wanted and not. */
void cache_review(struct engine *e, struct node *n);
void cache_remove(struct engine *e, struct cached *c);
/* A record of our own takes the place of one heard: true, and no event, if
 * it was cached. */
bool cache_yield(struct engine *e, const struct rrlink *rl);
void cache_flush_for(struct engine *e, const struct rrlink *rl);
void cache_drop(struct engine *e, struct cached *c); /* a reference */
bool cache_evict(struct engine *e);
void cache_expire_in(struct engine *e, struct cached *c, uint32_t in_ms);
void cache_link_down(struct engine *e, unsigned link);
void cache_distrust(struct engine *e, unsigned link, uint32_t in_ms);
/* Whether c is an answer to q, the denial in an NSEC included. */
bool cache_answers(const struct cached *c, const struct question *q);
bool cache_fresh(const struct engine *e, const struct cached *c);
size_t cached_rdata(const struct cached *c, uint8_t *buf);
bool cached_equal(const struct cached *c, uint16_t type,
                  const uint8_t *rdata, size_t len);
/* A QM query of another host for what c answers (RFC 6762 section 10.5). */
void cache_poof(struct engine *e, struct cached *c);
bool source_init(struct engine *e);
struct source *source_get(struct engine *e, unsigned link,
                          const struct addr *a);
/* The sender with most records; there is one if anything is cached. */
struct source *source_largest(struct engine *e);
void source_gone(struct engine *e, struct source *s);

/* --- hear.c -------------------------------------------------------------- */

void hear_response(struct engine *e, const struct datagram *in,
                   struct wire_reader *rd, const struct message_header *h);

/* --- note.c --------------------------------------------------------------- */

void note_cached(struct engine *e, enum event_kind kind, struct cached *c);
void note_cached_to(struct engine *e, enum event_kind kind, struct cached *c,
                    struct watch *w);
void note_own(struct engine *e, enum event_kind kind, struct rrlink *rl);
void note_own_to(struct engine *e, enum event_kind kind, struct rrlink *rl,
                 struct watch *w);
/* That our own name on the link has no record of the watched type. */
void note_own_denial(struct engine *e, struct watch *w, unsigned link);
void note_own_denials(struct engine *e, const struct node *n, unsigned link);
void note_claim(struct engine *e, struct claim *c, enum claim_state state,
                unsigned link, struct node *old_name,
                const struct addr *rival);
bool note_next(struct engine *e, struct event *out);
void watch_drop(struct engine *e, struct watch *w);

/* --- link.c ---------------------------------------------------------------- */

bool link_on(const struct link *l, const struct addr *a); /* on its subnets */
bool link_is_own(const struct link *l, const struct addr *a);
/* Whether a multicast packet may leave now; else sets the pace timer. */
bool link_may_send(struct engine *e, struct link *l, uint8_t families);
void link_count_sent(struct engine *e, struct link *l, uint8_t families);

#endif
