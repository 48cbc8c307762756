/*
 * autoip.h - a link-local IPv4 address for one interface (RFC 3927)
 *
 * Picks an address in 169.254/16, probes, announces and defends it. Knows no
 * system: time, chance, ARP packets and the state of the interface come in,
 * and what is to be done is pulled out, until there is nothing more. The
 * mDNS engine does not use it, nor it the engine; `crier autoip` does.
 *
 * Call autoip_pull() until false after each other call. Hand in all packets
 * that wait before autoip_advance(): a late caller must not claim what it was
 * told is taken.
 *
 * Memory: a plain value without pointers. Nothing here allocates or fails.
 */
#ifndef CRIER_AUTOIP_H
#define CRIER_AUTOIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/addr.h"

/* RFC 3927 section 9: fixed, so that hosts of all makers fit together. */
enum {
    AUTOIP_PROBE_WAIT_MS = 1000,
    AUTOIP_PROBE_NUM = 3,
    AUTOIP_PROBE_MIN_MS = 1000,
    AUTOIP_PROBE_MAX_MS = 2000,
    AUTOIP_ANNOUNCE_WAIT_MS = 2000,
    AUTOIP_ANNOUNCE_NUM = 2,
    AUTOIP_ANNOUNCE_INTERVAL_MS = 2000,
    AUTOIP_MAX_CONFLICTS = 10,
    AUTOIP_RATE_LIMIT_MS = 60000,
    AUTOIP_DEFEND_INTERVAL_MS = 10000,
};

/* Ours. */
enum {
    /* Conflicts are forgotten after so long without one. */
    AUTOIP_FORGET_MS = 3600000,
    /* How long the address stays for what uses it when the interface has got
     * another one (section 1.9). */
    AUTOIP_RETIRE_MS = 600000,
    /* Replies in one second: a flood of unicast requests must not become one
     * of broadcasts. */
    AUTOIP_REPLIES_MAX = 20,

    AUTOIP_PREFIX_LEN = 16,
    AUTOIP_ADDRESSES = 254 * 256, /* 169.254.1.0 to 169.254.254.255 */
    AUTOIP_ARP_LEN = 28,          /* Ethernet and IPv4, without link header */
    AUTOIP_QUEUE = 4,
};

enum autoip_kind {
    AUTOIP_SEND,        /* broadcast arp[] on the interface */
    AUTOIP_TRYING,      /* tell: the first probe for addr leaves now */
    AUTOIP_TAKEN,       /* tell: peer has addr, so it is not claimed */
    AUTOIP_DEFENDED,    /* tell: peer uses addr too, and was told that it is
                           ours */
    AUTOIP_LOST,        /* tell: peer insists on addr; unconfigure follows */
    AUTOIP_CONFIGURE,   /* put addr on the interface, or make it preferred
                           again */
    AUTOIP_DEPRECATE,   /* another address came: no longer advertise addr, but
                           keep it for what is under way */
    AUTOIP_UNCONFIGURE, /* take addr off the interface; see why */
};

enum autoip_why {
    AUTOIP_WHY_DOWN,     /* the link went, or the interface changed */
    AUTOIP_WHY_CONFLICT, /* connections that use it are to be reset */
    AUTOIP_WHY_OTHER,    /* the interface has had another address long enough */
    AUTOIP_WHY_REMOVED,  /* somebody took it off */
    AUTOIP_WHY_END,      /* autoip_end() */
};

struct autoip_action {
    enum autoip_kind kind;
    enum autoip_why why;
    struct addr addr;
    uint8_t peer[6];
    uint8_t arp[AUTOIP_ARP_LEN];
};

/* The interface as it is now. */
struct autoip_iface {
    uint8_t mac[6];
    bool up;      /* can send: up and with carrier */
    bool other;   /* has another IPv4 address */
    bool removed; /* the address that was configured is not there */
};

enum autoip_phase { AUTOIP_IDLE, AUTOIP_PROBING, AUTOIP_HELD };

struct autoip {
    enum autoip_phase phase;
    uint8_t mac[6];
    uint32_t addr;       /* the candidate, or what is held */
    uint64_t choice;     /* generator of candidates: from the MAC alone */
    uint64_t chance;     /* generator of delays */
    unsigned sent;       /* probes, then announcements */
    uint64_t due_ms;     /* next one of them, or the end of the wait */
    uint64_t from_ms;    /* probing: it begins then */
    uint64_t retire_ms;  /* held: to be given up then; UINT64_MAX: kept */
    bool defended;
    uint64_t defend_ms;  /* when the last conflict over it was heard */
    unsigned conflicts;  /* up to AUTOIP_MAX_CONFLICTS */
    uint64_t conflict_ms;
    uint64_t not_before_ms; /* no new address is probed before */
    unsigned replies;    /* in the second from reply_ms */
    uint64_t reply_ms;
    struct autoip_action queue[AUTOIP_QUEUE];
    unsigned queued;
};

/* May a host select it? (section 2.1) */
bool autoip_selectable(const struct addr *a);

/*
 * Start idle. The sequence of candidates follows from mac, so that a host
 * comes back to the address it had (section 2.1); first, unless NULL or not
 * selectable, is tried before them. seed: random bits, for delays.
 */
void autoip_init(struct autoip *a, const uint8_t mac[6], uint64_t seed,
                 const struct addr *first);

/* The address being probed or held, or the one to be tried next. */
struct addr autoip_address(const struct autoip *a);

/* The interface has changed, or is seen for the first time. Down and up
 * between two calls is to be told as down, then up (section 2.2). */
void autoip_iface(struct autoip *a, uint64_t now_ms,
                  const struct autoip_iface *i);

/* An ARP packet was heard there, without its link header. */
void autoip_receive(struct autoip *a, uint64_t now_ms, const uint8_t *arp,
                    size_t len);

/* Give up the address at once. */
void autoip_end(struct autoip *a);

/* Do what is due at the deadline (UINT64_MAX: nothing). */
void autoip_advance(struct autoip *a, uint64_t now_ms);
uint64_t autoip_deadline_ms(const struct autoip *a);

/* The next action; false: there is none. */
bool autoip_pull(struct autoip *a, struct autoip_action *out);

#endif
