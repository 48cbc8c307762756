/*
 * loop_private.h - what the files of the loop share
 *
 * loop.c owns time and order, loop_links.c interfaces and their slots,
 * loop_io.c datagrams, loop_fds.c descriptors, loop_signals.c signals.
 */
#ifndef CRIER_LOOP_PRIVATE_H
#define CRIER_LOOP_PRIVATE_H

#include "crier/loop.h"

#define LOOP_NEVER UINT64_MAX

enum {
    LOOP_DATAGRAM_MAX = 9000, /* RFC 6762 section 17, with headers */
    LOOP_BATCH_MAX = 64,      /* packets of one socket in one turn */
    LOOP_RECENT = 256,        /* packets of ours that are remembered */
};

/* A datagram that the kernel would not take yet. */
struct pending {
    bool held;
    bool want_write;     /* else wait for retry_ms alone */
    uint64_t retry_ms;   /* try again */
    uint64_t give_up_ms; /* by then it is stale */
    struct datagram d;
    uint8_t data[LOOP_DATAGRAM_MAX]; /* the last member: pages that are never
                                        touched cost nothing */
};

/* How one socket behaves. Index as in os_link_sock(). */
struct sock_state {
    int fd;          /* whose state it is; another one starts afresh */
    uint8_t batch;   /* packets to read before the next select() */
    uint8_t errors;  /* in a row */
};

struct slot {
    char name[IF_NAMESIZE]; /* "": never used */
    unsigned ifindex;
    bool up;                /* the engine has the link */
    bool seen;              /* in the list of interfaces just read */
    struct os_link os;
    struct link_state st;   /* as told to the engine */
    struct os_iface iface;  /* as seen last */
    struct sock_state socks[OS_SOCKS_MAX];
    uint64_t retry_ms;      /* open again what is missing; LOOP_NEVER */
    uint32_t backoff_ms;
    bool deaf;              /* a socket could not receive, and none has since:
                               opening it again is no success yet */
    int open_err;           /* told to the owner */
    int send_err[2];        /* IPv4, IPv6 */
    uint8_t told_polite;
};

struct owner_fd {
    int fd;
    bool want_write;
    bool mute;
    void (*cb)(void *ctx, int fd);
    void *ctx;
};

struct loop {
    struct loop_config cfg;
    struct loop_hooks hooks;
    struct engine *engine;
    struct dnssd *dnssd;
    void *engine_mem, *dnssd_mem;

    uint64_t now_ms;
    uint64_t began_ms; /* this turn */
    uint64_t longest_ms;     /* of a turn so far */
    uint64_t sleep_ms;       /* time spent asleep, by the two clocks */
    uint64_t owner_ms;       /* loop_set_deadline(); LOOP_NEVER */
    uint64_t rejoin_ms;
    uint64_t stop_ms;        /* when stopping: not after that */
    bool stopping;
    bool goodbye;

    struct os_ifwatch *watch;
    bool rescan;
    bool list_changed;       /* the last scan found something new */
    bool too_many_told;
    uint64_t scanned_ms;     /* of the last scan */
    uint64_t poll_ms;        /* next scan when polling */

    fd_set read_set, write_set;
    int fd_top;              /* highest descriptor in the sets plus one */
    bool sets_stale;
    struct owner_fd owner_fds[LOOP_FDS_MAX];
    unsigned owner_fd_count;
    int pipe_fd;             /* signals come out of it */
    int except_fd;           /* -1: none */
    void (*except_cb)(void *ctx);
    void *except_ctx;

    uint64_t recent[LOOP_RECENT]; /* hashes of our own multicast packets */
    unsigned recent_at;
    uint8_t suspect;         /* families in which somebody else on this host
                                seems to send from one of our addresses */
    uint64_t trial_ms;       /* no trial before that */

    uint8_t buf[LOOP_DATAGRAM_MAX + 1];
    unsigned slot_count;     /* slots ever used: the others stay untouched,
                                and so cost no memory */
    unsigned held_count;     /* of pending[]: mostly none */
    struct slot slots[ENGINE_LINKS_MAX];
    struct os_iface ifaces[OS_IFACES_MAX];
    struct pending pending[ENGINE_LINKS_MAX][2]; /* IPv4, IPv6 */
};

/* loop_fds.c */
void loop_fds_rebuild(struct loop *l);
/* After EBADF: throw out what is closed. */
void loop_fds_purge(struct loop *l);
void loop_fds_serve(struct loop *l, const fd_set *r, const fd_set *w);

/* loop_links.c */
void loop_links_scan(struct loop *l);
void loop_links_timers(struct loop *l);
uint64_t loop_links_deadline(const struct loop *l);
/* Open again, later, what is closed on that link. */
void loop_links_retry(struct loop *l, struct slot *s);
/* Reach polite mode if another responder turns out to be there. */
void loop_links_trial(struct loop *l);
void loop_links_close(struct loop *l);

/* loop_io.c */
void loop_io_receive(struct loop *l, const fd_set *r);
void loop_io_writable(struct loop *l, const fd_set *w);
/* Hand over what the engine has to say: datagrams and events. */
bool loop_io_pump(struct loop *l);
void loop_io_timers(struct loop *l);
uint64_t loop_io_deadline(const struct loop *l);
bool loop_io_held(const struct loop *l);
/* The link is gone: what is held for it is stale. */
void loop_io_forget(struct loop *l, unsigned link);

/* loop_signals.c */
int loop_signals_open(int *fd);
void loop_signals_serve(struct loop *l);
void loop_signals_restore(void);

/* After what an owner was called for, which may have taken long: a packet that
 * leaves later than its record is noted for brings the next one too early. */
static inline void loop_clock(struct loop *l)
{
    l->now_ms = os_now_ms();
}

static inline unsigned loop_slot_of(const struct loop *l, const struct slot *s)
{
    return (unsigned)(s - l->slots);
}

#endif
