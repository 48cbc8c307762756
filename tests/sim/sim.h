/*
 * sim.h - the simulator: many engines, one virtual clock, one process
 *
 * A world has LANs (broadcast domains), hosts (a real engine each, with its
 * network interfaces) and peers (senders of hand-written packets). Every
 * packet a host sends is parsed by the witness, which shares no code with
 * the wire module, and judged by the oracle. All state lives in the world:
 * two worlds can stand side by side, and the same seed gives the same bytes.
 */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "crier/dnssd.h"
#include "crier/engine.h"

enum {
    LANS_MAX = 8,
    NICS_MAX = 8,
    HOSTS_MAX = 1024,
    PEERS_MAX = 16,
    OWNS_MAX = 32,
    TEXT_MAX = 4096,   /* of one token */
    PACKET_MAX = 65535,
    MDNS_PORT = 5353,
    EPHEMERAL = 40000, /* source ports of one-shot queriers start here */
};

/* --- chance ---------------------------------------------------------- */

struct rng {
    uint64_t s;
};
uint64_t rng_next(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n);
uint32_t rng_range(struct rng *r, uint32_t lo, uint32_t hi); /* lo..hi */
bool rng_percent(struct rng *r, unsigned percent);

/* --- the witness's view of a message (msg.c) ------------------------- */

enum section { QD, AN, NS, AR, SECTIONS };

struct item { /* a question or a record */
    uint8_t section;
    uint16_t type;
    uint16_t class;       /* as on the wire, top bit too */
    uint32_t ttl_s;
    const uint8_t *name;  /* flat wire form */
    uint16_t name_len;
    const uint8_t *rdata; /* flat: names expanded */
    uint16_t rdata_len;
    uint16_t raw_len;     /* RDLENGTH as it stood */
};

struct msg {
    uint16_t id;
    uint16_t flags;
    uint16_t count[SECTIONS];
    size_t len; /* bytes on the wire */
    unsigned n;
    struct item *items;
    uint8_t *pool;
    const char *clumsy; /* a name that could have been compressed better */
};

/* NULL and *m, to be freed with msg_free(), or what is wrong. */
const char *msg_parse(const uint8_t *data, size_t len, struct msg *m);
void msg_free(struct msg *m);
/* Same bytes but for ASCII case, label lengths included. */
bool wire_name_same(const uint8_t *a, size_t alen, const uint8_t *b,
                    size_t blen);
/* An item of the message with that section, name and type, or NULL. */
const struct item *msg_find(const struct msg *m, unsigned section,
                            const uint8_t *name, size_t name_len,
                            uint16_t type);
/* A query with proposed records in Authority (RFC 6762 section 8.1). */
bool msg_is_probe(const struct msg *m);

/* --- text of names, records and packets (text.c, build.c) ------------ */

/* Word of a type, "TYPE257" for unknown ones; buf of at least 16. */
const char *type_text(uint16_t type, char *buf);
bool type_from_text(const char *text, uint16_t *type);
/* a.local without the final dot; dots in labels as \. and controls \DDD. */
char *wire_name_text(const uint8_t *name, size_t len, char *buf, size_t max);
/* Into 256 bytes; 0 if text is no name. */
size_t wire_name_parse(const char *text, uint8_t *out);
bool addr_parse(const char *text, struct addr *out, unsigned *prefix_len);
char *addr_print(const struct addr *a, char *buf, size_t max);

struct tokens { /* a list of words, each allocated */
    unsigned n, max;
    char **t;
};
struct tokens *tokens_new(void);
void tokens_free(struct tokens *ts);
void tokens_clear(struct tokens *ts);
void tokens_add(struct tokens *ts, const char *text);
/* Split at blanks; "..." is one token; # starts a comment. False: quote. */
bool split_words(struct tokens *ts, const char *line);
/* TYPE name rdata... */
void item_tokens(const struct item *it, struct tokens *ts);
/* Print the message for people, one item a line. */
void msg_print(FILE *f, const struct msg *m, const char *indent);

struct packet_spec { /* what a packet line of a scenario says */
    uint8_t data[PACKET_MAX];
    size_t len;
    uint16_t port;       /* source */
    char to[64];         /* label of a host or an address; "" multicast */
    struct addr from;    /* ADDR_NONE: the peer's own */
    uint8_t family;
    char error[128];
};
/* words[0..n): query|response|raw, flags, items. False: spec->error. */
bool packet_build(char **words, unsigned n, struct packet_spec *spec);
/* Rdata words to flat bytes; -1 if they make no sense. */
int rdata_build(uint16_t type, const uint8_t *owner, size_t owner_len,
                char **words, unsigned n, uint8_t *out, size_t max);

/* --- the world (world.c) --------------------------------------------- */

struct faults { /* of one LAN; percentages are per delivery */
    uint32_t delay_min_ms, delay_max_ms;
    uint8_t loss, duplicate, garble, flip;
    bool reflect;           /* every packet comes back from reflector */
    uint32_t reflect_ms;
    struct addr reflector[2]; /* IPv4, IPv6 */
};

struct nic {
    uint8_t lan;
    bool up;
    bool announced_host;    /* by claim events */
    struct link_state st;
};

struct service {
    char instance[64];
    char type[48];
    uint16_t port;
    uint8_t txt[9000];
    size_t txt_len;
    uint32_t ttl_s;
    char subtypes[8][64];
    unsigned subtype_count;
    enum claim_conflict on_conflict;
    bool placeholder;
    bool no_host;
    char target[256];
    uint16_t priority, weight;
    struct dnssd_service *s;  /* NULL: not registered now */
    struct host *owner;
    uint64_t announced;       /* mask of NICs */
    uint64_t probing;
};

struct found { /* what a browse reports */
    uint8_t link;
    struct name name;
    /* of resolved ones, as told last */
    struct name host;
    uint16_t port;
    uint64_t txt_hash;
    unsigned addr_count;
    struct addr addrs[DNSSD_ADDRS_MAX];
};
uint64_t hash_txt(const uint8_t *txt, size_t len);

struct browse {
    char id[64];
    char what[16];      /* browse, resolve, lookup, query, types */
    char arg[300];
    uint16_t type;
    unsigned flags;
    struct dnssd_browse *b;
    struct host *owner;
    struct found *found;
    unsigned found_count, found_max;
};

struct host {
    char label[64];
    unsigned id;
    struct world *w;
    bool running;
    bool raw;           /* engine alone, without dnssd */
    bool noname;
    bool stopping;      /* goodbyes are leaving */
    bool dirty;         /* to be pumped */
    bool blocked;
    unsigned spin;      /* steps in a row without progress */
    uint64_t deadline;
    uint64_t pulled_ms; /* last wake-up that did something */
    uint64_t wakeups;
    struct engine_config config;
    struct dnssd_config dconfig;
    struct engine *e;
    struct dnssd *d;
    void *emem, *dmem;
    unsigned nic_count;
    struct nic nics[NICS_MAX];
    char name[300];     /* wished host name */
    bool reverse;
    char suffix[32];    /* rename_suffix; "": numbers */
    size_t memory_mark; /* bytes used at the last `mark` */
    enum claim_conflict on_conflict;
    struct dnssd_host *host;
    struct claim *host_claim; /* raw hosts */
    uint64_t host_announced;  /* mask of NICs, by events */
    struct claim *claims[16]; /* raw hosts, by `claim` */
    char claim_names[16][64];
    unsigned claim_count;
    struct watch *watches[16];
    char watch_ids[16][64];
    unsigned watch_count;
    struct service services[24];
    unsigned service_count;
    struct browse *browses[24];
    unsigned browse_count;
};

struct own { /* what a peer answers */
    char name[300];
    uint16_t type;
    char *words[64]; /* of the response, without the name */
    unsigned word_count;
    bool on_probe;
    bool unicast;
    unsigned max, done;
    uint32_t delay_ms;
};

struct peer {
    char label[64];
    uint8_t lan;
    struct addr addr[2];
    struct own owns[OWNS_MAX];
    unsigned own_count;
};

struct trace {
    uint64_t at_ms;
    char host[64];
    char kind[16];     /* probe, query, answer, goodbye or an event */
    bool used;
    bool packet;
    struct msg m;      /* if packet */
    struct tokens *ts; /* flags; of events the name too */
};

struct frame; /* something due: a delivery or an action */
struct oracle;

struct world {
    uint64_t now_ms;
    uint64_t start_ms;
    uint64_t seed;
    struct rng rng;
    struct faults lans[LANS_MAX];
    struct host **hosts;
    unsigned host_count;
    struct peer peers[PEERS_MAX];
    unsigned peer_count;
    bool *cut;             /* HOSTS_MAX x HOSTS_MAX: from, to */
    struct frame **heap;
    size_t heap_len, heap_max;
    uint64_t seq;
    uint64_t hash;         /* of all packets sent, with their times */
    uint64_t packets;
    bool tracing;
    bool verbose;
    struct trace *trace;
    size_t trace_len, trace_max;
    struct oracle *oracle;
    struct adversary *adversary; /* NULL: nobody wishes us ill */
    char broken[32];       /* --break: what is wrong on purpose */
    bool failed;
    char failure[512];     /* the first one */
};

struct world *world_new(uint64_t seed, uint64_t start_ms);
void world_free(struct world *w);
void world_fail(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Run until_ms, or to the next step at or before it; false: nothing left. */
bool world_step(struct world *w, uint64_t until_ms);
void world_run(struct world *w, uint64_t until_ms);
/* Send from a host's NIC or (h NULL) from a peer's place. */
void world_send(struct world *w, struct host *h, unsigned nic,
                const struct datagram *d, unsigned lan, struct addr src,
                uint16_t src_port);
/* Call fn at at_ms; drop(arg) follows, also if it never comes to that. */
void world_at(struct world *w, uint64_t at_ms,
              void (*fn)(struct world *, void *), void *arg,
              void (*drop)(void *));
bool is_broken(const struct world *w, const char *how);

/* --- hosts (host.c) -------------------------------------------------- */

struct host *host_new(struct world *w, const char *label);
struct host *host_find(struct world *w, const char *label);
struct nic *host_add_nic(struct host *h, unsigned lan);
void nic_add_addr(struct nic *n, struct addr a, unsigned prefix_len);
bool nic_drop_addr(struct nic *n, struct addr a);
bool nic_has_addr(const struct nic *n, const struct addr *a);
/* The address packets of that family leave with; ADDR_NONE if none. */
struct addr nic_source(const struct nic *n, uint8_t family);
void host_free(struct host *h);
void host_start(struct host *h);  /* with its names, services and browses */
void host_kill(struct host *h);   /* without a word */
void host_stop(struct host *h);   /* with goodbyes */
void host_link(struct host *h, unsigned nic, bool up);
void host_link_set(struct host *h, unsigned nic);
struct service *host_service(struct host *h, const char *instance,
                             const char *type, uint16_t port);
enum engine_err host_register(struct host *h, struct service *s);
void host_unregister(struct host *h, struct service *s);
struct browse *host_browse(struct host *h, const char *what,
                           const char *arg, uint16_t type, unsigned flags);
void host_stop_browse(struct host *h, struct browse *b);
/* Pull datagrams and events until there are none. */
void host_pump(struct host *h);
/* Wake from sleep: everything is probed, announced and asked anew. */
void host_wake(struct host *h);
void host_receive(struct host *h, const struct datagram *d);
/* Its name now; false if it has none. */
bool host_name_now(const struct host *h, struct name *out);

/* --- trace (trace.c) ------------------------------------------------- */

void trace_packet(struct world *w, struct host *h, unsigned nic,
                  const struct datagram *d, struct msg *m);
void trace_event(struct world *w, struct host *h, const char *kind,
                 struct tokens *ts);
void trace_dnssd(struct world *w, struct host *h,
                 const struct dnssd_event *ev);
void trace_engine(struct world *w, struct host *h, const struct event *ev);
void trace_print(FILE *f, const struct world *w, const struct trace *t);
/* Whether t is what words[0..n) describe: HOST KIND flags and items. */
bool trace_match(const struct trace *t, char **words, unsigned n);

/* --- witness and oracle ---------------------------------------------- */

struct exceptions { /* what a test publishes beyond services and hosts */
    struct {
        uint8_t name[256];
        uint16_t name_len;
        uint16_t type;
        bool shared;
    } rr[16];
    unsigned rr_count;
    uint32_t ttls[8];
    unsigned ttl_count;
};

struct sent { /* how a packet left */
    bool multicast;
    bool v6;
    uint16_t port; /* destination */
    uint16_t mtu;
    bool oneshot;
    const struct exceptions *but;
};
/* NULL or what RFC 6762 has against this packet. */
const char *witness_check(const struct sent *how, const struct msg *m,
                          char *buf, size_t max);

struct oracle *oracle_new(void);
void oracle_free(struct oracle *o);
struct exceptions *oracle_exceptions(struct oracle *o);
void oracle_sent(struct world *w, struct host *h, unsigned nic,
                 const struct datagram *d, const struct msg *m);
/* A packet is on that LAN, whoever sent it; m may be NULL: not readable. */
void oracle_heard(struct world *w, unsigned lan, const struct msg *m);
void oracle_reset_nic(struct world *w, struct host *h, unsigned nic);
void oracle_event(struct world *w, struct host *h,
                  const struct dnssd_event *ev);
void oracle_stats(struct world *w, struct host *h);
/* The name had another claimant, or an adversary that denies it. */
void oracle_rival(struct world *w, const struct name *name,
                  const void *who);
void oracle_renames_excused(struct world *w);
void oracle_gone(struct world *w, const struct name *name, uint32_t ttl_s);
/* All is quiet: names unique, all announced, browse sets true. */
enum sets { SETS_IGNORE, SETS_COMPLETE, SETS_EXACT };
void oracle_quiet(struct world *w, enum sets sets);
/* Everybody else has gone long ago. */
void oracle_alone(struct world *w, struct host *h);

/* --- faults and adversaries of a storm --------------------------------- */

enum fault {
    F_LOSS, F_DELAY, F_DUPLICATE, F_REORDER, F_GARBLE, F_FLIP, F_REFLECT,
    F_PARTITION, F_ONEWAY, F_FLAP, F_TWO_NICS, F_KILL, F_RESTART, F_STOP,
    F_ADDRESS, F_UPDATE, F_UNREGISTER, F_SAME_NAME, F_WAKE, F_FAMILIES,
    F_REPLAY, F_DENIER, F_TIEBREAK, F_GOODBYES, F_ENDLESS_TC, F_SUPPRESSOR,
    F_NOISE, F_FLOOD, F_PROBER,
    FAULTS
};
extern const char *const fault_words[FAULTS];

struct storm {
    struct world *w;
    struct rng rng;
    uint32_t faults;  /* mask */
    uint64_t end_ms;  /* of all faults */
    unsigned lan_count;
    struct faults lan_faults; /* while they are on */
};
bool storm_has(const struct storm *s, enum fault f);
/* Draw the mask; make the schedule of all that happens to hosts. */
void faults_draw(struct storm *s);
void faults_schedule(struct storm *s);
void faults_print(FILE *f, const struct storm *s);
/* All links whole, all hosts' links up. */
void faults_end(struct storm *s);

struct adversary *adversary_new(struct storm *s);
void adversary_free(struct adversary *a);
void adversary_hear(struct world *w, unsigned lan, const struct datagram *d,
                    const struct msg *m);

/* --- what can be run ------------------------------------------------- */

struct options {
    bool verbose;
    const char *only;    /* scenario case */
    const char *broken;
    unsigned hosts;
    unsigned minutes;
    uint64_t seed;
    bool keep_going;
};
/* Number of failed cases. */
unsigned script_run(const char *path, const struct options *op,
                    unsigned *case_count);
unsigned storm_run(uint64_t first, uint64_t count, const struct options *op);
unsigned crowd_run(unsigned hosts, const struct options *op);
unsigned rehearsal_run(unsigned nodes, const struct options *op);
unsigned breaks_run(const struct options *op);

/* Peers (script.c) answer what hosts send. */
void peers_hear(struct world *w, struct host *h, unsigned nic,
                const struct datagram *d, const struct msg *m);
bool peer_send(struct world *w, struct peer *p, char **words, unsigned n,
               char *error, size_t max);

/* Ways to break a host on purpose (breaks.c): true if the packet must not
 * leave as it is; it may have been changed in place. */
bool break_packet(struct world *w, struct host *h, unsigned nic,
                  struct datagram *d, uint8_t *data, size_t max);
bool break_delivery(struct world *w, struct host *to,
                    const struct datagram *d);

#endif
