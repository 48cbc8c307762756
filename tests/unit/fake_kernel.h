/*
 * fake_kernel.h - a kernel for tests: virtual time, links, sockets, faults
 *
 * fake_start() points `struct os_calls` here. Sockets have the rules of
 * Linux for sharing a port; interfaces are a table that a test changes; time
 * moves only in select(), to the next thing that happens, so a test of ten
 * minutes takes no time and never waits. Any call can be made to fail.
 *
 * There is no netlink here and no getifaddrs(): loops poll. /proc is there
 * unless a test takes it away.
 */
#ifndef CRIER_TESTS_FAKE_KERNEL_H
#define CRIER_TESTS_FAKE_KERNEL_H

#include "crier/os.h"

enum {
    FAKE_SOCKS = 300,
    FAKE_IFACES = 72,
    FAKE_FIRST_FD = 100,
    FAKE_QUEUE = 256,
    FAKE_DATA = 9100,
    FAKE_SENT = 512,
    FAKE_STEPS = 64,
};

struct fake_packet {
    uint8_t data[FAKE_DATA];
    size_t len;
    struct addr from;
    uint16_t port;
    unsigned scope;
};

enum fake_kind { FAKE_CLOSED, FAKE_SOCKET, FAKE_FILE };

struct fake_fd {
    enum fake_kind kind;
    bool foreign;      /* of another program: not counted as a leak */
    uint8_t family;
    bool bound;
    struct addr addr;
    uint16_t port;
    unsigned scope;
    bool reuseaddr, reuseport;
    bool device;       /* SO_BINDTODEVICE */
    bool multicast_all_off;
    unsigned out_if;   /* *_MULTICAST_IF */
    unsigned member;   /* interface the group is joined on; 0 none */
    int ttl, mc_ttl;
    size_t file_at;
    int send_err;      /* next sends fail with it */
    int recv_err;      /* receiving fails with it, select() says ready */
    struct fake_packet *queue[FAKE_QUEUE];
    unsigned head, tail;
};

struct fake_sent {
    uint64_t at_ms;
    int fd;
    bool group_socket;
    uint8_t family;
    unsigned out_if;
    struct addr to;
    uint16_t port;
    size_t len;
    char start[16];
};

struct fake_step {
    uint64_t at_ms;
    void (*run)(void);
};

struct fake {
    uint64_t now_ms;
    uint64_t slept_ms; /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC */
    struct fake_fd fds[FAKE_SOCKS];
    struct os_iface ifaces[FAKE_IFACES];
    bool tentative[FAKE_IFACES]; /* interface i has its IPv6 tentative */
    int iface_count;
    int first_fd;      /* FAKE_FIRST_FD, or more to reach FD_SETSIZE */

    bool no_proc, no_multicast_all, no_bind_device, no_ipv6, no_group_bind;
    bool no_flags;     /* socket() refuses SOCK_NONBLOCK and SOCK_CLOEXEC */
    bool no_mreqn;     /* joining by interface index is refused */

    unsigned long calls, selects;
    unsigned long fail_at;   /* that call fails, counted from 1; 0 none */
    bool fail_from;          /* and all later ones */
    int fail_errno;
    int failed;              /* how many did */

    struct fake_sent sent[FAKE_SENT];
    unsigned sent_count;
    unsigned joins;
    struct fake_step steps[FAKE_STEPS];
    unsigned step_count, step_next;
    bool interrupt; /* a step sets it: select() returns at once with EINTR */
    void (*at_end)(void); /* nothing more will happen: end the loop */
};
extern struct fake fake;

void fake_start(void);
void fake_stop(void); /* the real kernel is back */

/* An interface that is up, with carrier; addresses "10.0.0.1/24 fe80::1/64"
 * separated by blanks. Returns its entry. */
struct os_iface *fake_iface(const char *name, unsigned index,
                            const char *addrs);
void fake_iface_addrs(struct os_iface *i, const char *addrs);
void fake_iface_remove(const char *name);
struct os_iface *fake_iface_find(const char *name);

/* Do something at a time; in order of time. */
void fake_at(uint64_t at_ms, void (*run)(void));

/* Another program's socket on port 5353; returns its descriptor. */
int fake_foreign(const char *addr, bool reuseaddr, bool reuseport);
void fake_close(int fd);

/* The open socket bound to that address ("224.0.0.251", "ff02::fb",
 * "10.0.0.1") on that interface; NULL if there is none. */
struct fake_fd *fake_sock(const char *addr, unsigned ifindex);
/* Open descriptors that are not foreign. */
unsigned fake_open_count(void);
/* A datagram arrives at the socket. */
void fake_arrive(struct fake_fd *s, const char *from, uint16_t port,
                 const void *data, size_t len);

struct addr fake_addr(const char *text);

#endif
