/*
 * private.h - what the files of src/os share among themselves
 */
#ifndef CRIER_OS_PRIVATE_H
#define CRIER_OS_PRIVATE_H

#include <netinet/in.h>

#include "crier/os.h"

/* --- facility.c -------------------------------------------------------- */

/* Remember whether the kernel had it. */
void facility_note(enum os_facility f, bool has);

/* --- fd.c -------------------------------------------------------------- */

/*
 * A socket that does not block and is closed on exec, or a negative errno.
 * Kernels that refuse the flags get fcntl(). Also refuses what select()
 * could not watch.
 */
int fd_socket(int domain, int type, int protocol);
/* The same for one that is there already; it is closed on failure. */
int fd_prepare(int fd);
/* Open a file for reading, closed on exec. */
int fd_open(const char *path);
/* Read the whole file into buf (len > 1), zero-terminated; its length. */
int fd_read_all(int fd, char *buf, size_t len);
void fd_close(int *fd); /* and set it to -1 */

/* --- sockaddr.c -------------------------------------------------------- */

union sockaddr_any {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage room;
};

enum { MDNS_PORT = 5353 };

/* a with a port; scope is used for IPv6 link-local addresses and groups.
 * Returns the length for bind() and sendto(). */
socklen_t sockaddr_make(union sockaddr_any *sa, const struct addr *a,
                        uint16_t port, unsigned scope);
/* The address of sa; ADDR_NONE if it is of neither family. */
struct addr sockaddr_addr(const struct sockaddr *sa);

struct addr addr_group(uint8_t family);    /* 224.0.0.251, ff02::fb */
struct addr addr_any(uint8_t family);      /* 0.0.0.0, :: */
struct addr addr_loopback(uint8_t family); /* 127.0.0.1, ::1 */

/* --- iface.c ----------------------------------------------------------- */

struct iface_table {
    struct os_iface *list;
    int count;
    int max;
};

/* The entry of that index or name, a new and empty one if there was none;
 * NULL if the table is full. */
struct os_iface *iface_by_index(struct iface_table *t, unsigned index);
struct os_iface *iface_by_name(struct iface_table *t, const char *name,
                               size_t name_len);
/* Add an address in its place (see struct os_iface); a second time does
 * nothing. */
void iface_add_addr(struct os_iface *i, const struct addr *a,
                    unsigned prefix_len, bool temporary);
/* Mask of the families in which it has an address. */
uint8_t iface_families(const struct os_iface *i);
bool iface_has_addr(const struct os_iface *i, const struct addr *a);

/* Flags of an IPv6 address in netlink and in /proc/net/if_inet6. */
enum {
    IFA_TEMPORARY = 0x01, /* for IPv4 the same bit says "secondary" */
    IFA_DADFAILED = 0x08,
    IFA_DEPRECATED = 0x20,
    IFA_TENTATIVE = 0x40,
};
/* May an address with these flags be used and published? */
bool iface_addr_usable(const struct addr *a, unsigned flags);

#if defined(__linux__) && !defined(__GLIBC__)
#define OS_NO_GETIFADDRS /* see ifaces_getifaddrs.c */
#endif

/* --- sources of the list ----------------------------------------------- */

/* Each fills *t and returns 0, or a negative errno; *t is then undefined. */
int ifaces_netlink(struct iface_table *t);
int ifaces_getifaddrs(struct iface_table *t);
/* inet6_fd: /proc/net/if_inet6, or -1. */
int ifaces_ioctl(struct iface_table *t, int inet6_fd);

/* Index, flags, MTU, MAC address and master of an interface of which only
 * the name is known. False if it is gone. */
bool iface_fill(int fd, struct os_iface *i);

/* Take in the text of /proc/net/if_inet6. */
void if_inet6_parse(const char *text, struct iface_table *t);

/* A netlink socket that hears of interfaces and addresses. */
int ifwatch_netlink_open(void);
/* Drain it: 1 something happened, 0 nothing, negative: it is broken. */
int ifwatch_netlink_read(int fd);

/* What a netlink message begins with: struct nlmsghdr. */
struct netlink_head {
    uint32_t len; /* of all of it */
    uint16_t type;
    uint16_t flags;
    uint32_t seq;
    uint32_t pid;
};

/* Send the kernel the message that begins there; 0 or a negative errno. */
int netlink_send(int fd, const struct netlink_head *rq);
/* The same by a socket of its own; what the kernel says to it, which the
 * flag NLM_F_ACK has it do. */
int netlink_ask(int protocol, const struct netlink_head *rq);

/*
 * Take in one buffer of an answer to RTM_GETLINK or RTM_GETADDR with that
 * sequence number. 1: it was the last; 0: more will come; -EINTR: the list
 * changed meanwhile, ask again; other negative errno: refused or malformed.
 */
int netlink_parse(const uint8_t *buf, size_t len, uint32_t seq,
                  struct iface_table *t);

/* --- capture.c --------------------------------------------------------- */

/* A packet socket of an interface, 0: of all, with a struct sock_fprog as its
 * filter, NULL: none; or a negative errno. */
int capture_open(unsigned ifindex, const void *filter, socklen_t len);

/* --- sock.c ------------------------------------------------------------ */

/* Open the group socket of a family, joined and ready to send. Sets or
 * clears the family's bit in *fallback and *by_subnet. */
int sock_open_group(struct os_sock *s, const struct os_iface *iface,
                    uint8_t family, uint8_t *fallback, uint8_t *by_subnet);
/* Bind to an address alone: -EADDRINUSE if any other socket has it. */
int sock_open_unicast(struct os_sock *s, const struct os_iface *iface,
                      const struct addr *local);
/* Bind to an ephemeral port of an address, able to send to the group. */
int sock_open_oneshot(struct os_sock *s, const struct os_iface *iface,
                      const struct addr *local);
/* Leave and join; a socket that cannot join again is closed. */
void sock_rejoin(struct os_sock *s);
void sock_init(struct os_sock *s);
void sock_close(struct os_sock *s);

/* --- sockopt.c --------------------------------------------------------- */

int sockopt_int(int fd, int level, int option, int value);
/* Join (or leave) the group on an interface. local: an IPv4 address of it
 * for kernels that do not know interface indices, or ADDR_NONE. */
int sockopt_member(int fd, uint8_t family, unsigned ifindex,
                   const struct addr *local, bool join);
/* Send to the group by this interface. */
int sockopt_multicast_if(int fd, uint8_t family, unsigned ifindex,
                         const struct addr *local);
/* TTL and hop limit 255 (RFC 6762 section 11), loop-back, a large buffer, and
 * unicast by this interface. */
int sockopt_common(int fd, uint8_t family, unsigned ifindex);
/* Hear only groups that this very socket joined. */
int sockopt_multicast_own(int fd, uint8_t family);
int sockopt_device(int fd, const char *ifname);

/* --- landlock.c -------------------------------------------------------- */

/* Reach from now on only what was named; false where the kernel cannot. */
bool landlock_restrict(void);

#endif
