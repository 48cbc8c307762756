/*
 * os.h - the few things that differ between kernels
 *
 * Sockets of one link and family, the list of interfaces, the clock, chance
 * and privileges. Everything beyond POSIX sockets is optional at run time:
 * its absence costs only speed of noticing, and os_facilities() names it.
 * Functions return 0 or a count on success and a negative errno on failure.
 *
 * All calls to the kernel go through `struct os_calls`, so that a test can
 * make the n-th one fail.
 */
#ifndef CRIER_OS_H
#define CRIER_OS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "crier/addr.h"
#include "crier/engine.h"

/* --- kernel calls, replaceable by tests ------------------------------ */

struct os_calls {
    int (*socket)(int, int, int);
    int (*bind)(int, const struct sockaddr *, socklen_t);
    int (*setsockopt)(int, int, int, const void *, socklen_t);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *,
                      socklen_t);
    ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *,
                        socklen_t *);
    int (*ioctl)(int, unsigned long, void *);
    int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    int (*close)(int);
    int (*open)(const char *, int, int);
};
extern struct os_calls os; /* the real ones unless a test changed them */

/* --- clock and chance ------------------------------------------------- */

uint64_t os_now_ms(void);      /* CLOCK_MONOTONIC */
uint64_t os_boottime_ms(void); /* CLOCK_BOOTTIME; os_now_ms() without it */
/* Random bits for a seed: getrandom, else /dev/urandom, else clock, pid and
 * addresses mixed. Never blocks. */
uint64_t os_entropy(void);

/* --- interfaces -------------------------------------------------------- */

enum { OS_IFACES_MAX = 256 };

struct os_iface {
    char name[IF_NAMESIZE];
    unsigned index;      /* kernel's; 0 is none */
    unsigned flags;      /* IFF_UP, IFF_RUNNING, IFF_MULTICAST, ... */
    unsigned mtu;
    uint8_t mac[6];
    uint8_t has_mac;
    unsigned master;     /* index of the bridge or bond it is a port of; 0 */
    uint8_t addr_count;
    struct link_addr addrs[LINK_ADDRS_MAX]; /* not tentative, not failed */
};

struct os_ifwatch; /* opaque; one static instance inside os */

/*
 * Start watching: netlink where it answers, else polling. prefer_polling
 * (tests, `netlink no`) skips netlink. Never fails: without anything the
 * list is just empty.
 */
struct os_ifwatch *os_ifwatch_open(bool prefer_polling);
/* Descriptor for select(), or -1 when polling. */
int os_ifwatch_fd(const struct os_ifwatch *w);
/* Read pending notices; true if something may have changed since the last
 * os_ifwatch_list(). When polling: always true. */
bool os_ifwatch_changed(struct os_ifwatch *w);
/* The interfaces now, at most max. Best source that works: netlink dump,
 * getifaddrs, SIOCGIFCONF + /proc/net/if_inet6. Returns the count. */
int os_ifwatch_list(struct os_ifwatch *w, struct os_iface *out, int max);
void os_ifwatch_close(struct os_ifwatch *w);

/* --- sockets of one link ----------------------------------------------- */

enum { OS_UNICAST_MAX = 8 }; /* unicast sockets of a link */

struct os_sock {
    int fd;            /* -1: none */
    uint8_t family;    /* ADDR_V4, ADDR_V6 */
    bool group;        /* a group socket: everything it hears is multicast */
    struct addr local; /* unicast sockets: the address it is bound to */
};

/* The sockets of one link: a group socket a family, and unicast sockets
 * unless another responder on the host has the port (then polite). */
struct os_link {
    unsigned ifindex;
    char name[IF_NAMESIZE];
    struct os_sock group4, group6;
    struct os_sock unicast[OS_UNICAST_MAX];
    uint8_t unicast_count;
    uint8_t polite;    /* mask of families without unicast sockets because of
                          another responder */
    bool fallback;     /* wildcard sockets: the link is told by SO_BINDTODEVICE
                          or by the source's subnet */
    bool oneshot;      /* ephemeral port: 5353 cannot be had */
};

/*
 * Open what can be opened for the interface in its present state; may be
 * called again when addresses changed and then only adds and drops unicast
 * sockets. families: mask of what the user allows. allow_oneshot: where port
 * 5353 cannot be had use an ephemeral port instead. Returns the mask of
 * families that are usable now (0 with *err a negative errno: nothing is).
 */
uint8_t os_link_open(struct os_link *l, const struct os_iface *iface,
                     uint8_t families, bool allow_oneshot, int *err);
void os_link_init(struct os_link *l); /* all descriptors -1 */
void os_link_close(struct os_link *l);
/* Leave and join the groups again (snooping switches without querier). */
void os_link_rejoin(struct os_link *l);
/* Is there a wildcard socket of another responder now? (trial bind) */
bool os_port_shared(uint8_t family);

/*
 * Send / receive one datagram on a link. os_send: 0, or negative errno
 * (-EAGAIN: would block). os_recv: bytes, 0 with *dgram.len==0 for an empty
 * one, or negative errno; fills *d but for d->link; data goes to buf; a
 * datagram longer than cap gives -EMSGSIZE.
 */
int os_send(const struct os_link *l, const struct datagram *d);
int os_recv(const struct os_sock *s, struct datagram *d, uint8_t *buf,
            size_t cap);

/* --- the rest ---------------------------------------------------------- */

/* Host name up to the first dot, or false if it is empty, "localhost" or
 * "(none)". */
bool os_hostname(char *buf, size_t len);

/* Zeroed pages for the engine; NULL if the system has none. */
void *os_pages(size_t len);

/* Text of an address, IPv6 per RFC 5952; buf of ADDR_TEXT_MAX. iface NULL
 * or the name appended as %iface to link-local IPv6 addresses. */
enum { ADDR_TEXT_MAX = 46 + 1 + IF_NAMESIZE };
char *os_addr_text(const struct addr *a, const char *iface, char *buf);
bool os_addr_parse(const char *text, struct addr *out);

#endif
