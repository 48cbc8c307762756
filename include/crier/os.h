/*
 * os.h - the few things that differ between kernels
 *
 * Sockets of one link and family, the list of interfaces, the clock and
 * chance. Everything beyond POSIX sockets is optional at run time: its
 * absence costs only speed of noticing, and os_facility() tells of it.
 * Functions return 0 or a count on success and a negative errno on failure.
 * A descriptor at or above FD_SETSIZE is never handed out: -EMFILE.
 *
 * All calls to the kernel go through `struct os_calls`, so that a test can
 * make the n-th one fail. What the running program asks the kernel for:
 *
 *   control    socket (UNIX), listen, umask, mkdir, lstat, unlink at the start,
 *   socket     accept later; these but for the first not through the table
 *   always     socket (INET, INET6), bind, setsockopt, sendto, recvfrom,
 *              select (pselect6), close, clock_gettime, write and read (the
 *              wake-up pipe), rt_sigaction and rt_sigreturn, mmap
 *   at start   getrandom, else open and read of /dev/urandom; pipe; fcntl;
 *              uname (gethostname)
 *   interfaces socket (NETLINK), or ioctl SIOCGIF{CONF,INDEX,FLAGS,MTU,
 *              HWADDR,NETMASK}, lseek and read of /proc/net/if_inet6 (kept
 *              open), open and read of /sys/class/net/NAME/master/ifindex;
 *              without if_inet6 also SIOCGIFNAME, connect and getsockname
 *   checks     of services: kill with signal 0, stat, socket (STREAM); the
 *              first two not through the table
 *   files      that it writes: open, unlink, rename; the last two not through
 *              the table
 *   when select() fails: nanosleep
 *   sandbox    prctl, prlimit64, capset; setgroups, setresgid and setresuid;
 *              by number and not through the table; chroot, chdir and
 *              geteuid. What is allowed then stands in sandbox.c
 *   dump       socket (PACKET)
 *   allmulti   socket (PACKET) at the start, if it is asked for
 *   autoip     socket (PACKET), ioctl SIOCGIFADDR, open and write below
 *              /proc/sys/net/ipv4: `crier autoip` alone
 *   never      recvmsg and sendmsg: nothing here needs control data
 */
#ifndef CRIER_OS_H
#define CRIER_OS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <time.h>

#include "crier/addr.h"
#include "crier/engine.h"

/* --- kernel calls, replaceable by tests ------------------------------ */

struct ifaddrs;

struct os_calls {
    int (*socket)(int, int, int);
    int (*bind)(int, const struct sockaddr *, socklen_t);
    int (*connect)(int, const struct sockaddr *, socklen_t);
    int (*getsockname)(int, struct sockaddr *, socklen_t *);
    int (*setsockopt)(int, int, int, const void *, socklen_t);
    ssize_t (*sendto)(int, const void *, size_t, int, const struct sockaddr *,
                      socklen_t);
    ssize_t (*recvfrom)(int, void *, size_t, int, struct sockaddr *,
                        socklen_t *);
    int (*ioctl)(int, unsigned long, void *);
    int (*fcntl)(int, int, int);
    int (*select)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
    int (*close)(int);
    int (*open)(const char *, int, int);
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*write)(int, const void *, size_t);
    off_t (*lseek)(int, off_t, int);
    int (*getifaddrs)(struct ifaddrs **);
    int (*clock_gettime)(clockid_t, struct timespec *);
    int (*nanosleep)(const struct timespec *, struct timespec *);
    ssize_t (*getrandom)(void *, size_t, unsigned);
    int (*gethostname)(char *, size_t);
};
extern struct os_calls os; /* the real ones unless a test changed them */

/* --- clock and chance ------------------------------------------------- */

uint64_t os_now_ms(void);      /* CLOCK_MONOTONIC */
uint64_t os_boottime_ms(void); /* CLOCK_BOOTTIME; os_now_ms() without it */
/* Sleep: only for a select() that fails and so cannot. */
void os_pause(unsigned ms);
/* Random bits for a seed: getrandom, else /dev/urandom, else clock, pid and
 * addresses mixed. Never blocks. */
uint64_t os_entropy(void);

/* --- what this kernel has ---------------------------------------------- */

enum os_facility {
    OS_NETLINK,       /* interfaces are watched, not polled */
    OS_GETIFADDRS,
    OS_IF_INET6,      /* /proc/net/if_inet6 */
    OS_MULTICAST_ALL, /* IP_MULTICAST_ALL: one socket hears one link only */
    OS_BIND_DEVICE,   /* SO_BINDTODEVICE */
    OS_BOOTTIME,      /* CLOCK_BOOTTIME: a wake from sleep is noticed */
    OS_GETRANDOM,
    OS_FACILITY_COUNT
};
enum os_tried { OS_UNTRIED, OS_HAS, OS_LACKS };

/* Whether it worked the last time it was wanted. */
enum os_tried os_facility(enum os_facility f);

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
    uint32_t carrier_changes; /* how often the carrier came or went; 0 where
                                 neither netlink nor /sys tells */
    uint8_t addr_count;
    uint8_t temporary_count; /* of addr_count, at the end (RFC 8981) */
    /* Not tentative, not failed, not deprecated. IPv6 link-local first, then
     * IPv4, then other IPv6, temporary ones last: the order in which they get
     * their unicast socket. What passes the limit is left out. */
    struct link_addr addrs[LINK_ADDRS_MAX];
};

struct os_ifwatch; /* opaque; one static instance inside os */

/*
 * Start watching: netlink where it answers, else polling. prefer_polling
 * (tests, `netlink no`) skips netlink. Never fails: without anything the
 * list is just empty.
 */
struct os_ifwatch *os_ifwatch_open(bool prefer_polling);
/* Descriptor for select(), or -1 when polling. May change with any call of
 * os_ifwatch_changed(): a broken netlink socket is replaced, or given up. */
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
    unsigned ifindex;
    uint8_t family;    /* ADDR_V4, ADDR_V6 */
    bool group;        /* a group socket: everything it hears is multicast */
    bool oneshot;      /* bound to an ephemeral port */
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
    uint8_t fallback;  /* mask of families with a wildcard socket, because the
                          group's address cannot be bound here */
    uint8_t by_subnet; /* mask of families in which the socket may hear other
                          links too: the source's subnet tells the link */
    bool oneshot;      /* ephemeral port: 5353 cannot be had */
    bool unbound;      /* some address cannot be bound yet: it may be
                          tentative, try again in a while */
};

/*
 * Open what can be opened for the interface in its present state; may be
 * called again at any time: it adds what is missing, drops unicast sockets of
 * addresses that are gone, and tries once more where it was polite. families:
 * mask of what the user allows. allow_oneshot: where port 5353 cannot be had
 * use an ephemeral port instead. Returns the mask of families that are usable
 * now: those with a socket and an address. *err is 0, or a negative errno if
 * a family that has an address got no socket.
 */
uint8_t os_link_open(struct os_link *l, const struct os_iface *iface,
                     uint8_t families, bool allow_oneshot, int *err);
void os_link_init(struct os_link *l); /* all descriptors -1 */
void os_link_close(struct os_link *l);
/* Leave and join the groups again (snooping switches without querier). */
void os_link_rejoin(struct os_link *l);
/* Is there a wildcard socket of another responder now? (trial bind) */
bool os_port_shared(uint8_t family);
/* Once, before the sandbox closes: from then on os_allmulti() has the driver
 * of a link let in all multicast, and no longer. Until then it does nothing.
 * Linux, with CAP_NET_RAW; elsewhere -EAFNOSUPPORT. */
int os_allmulti_open(void);
void os_allmulti(unsigned ifindex, bool on);
void os_allmulti_close(void);
/* Become polite in that family: close its unicast sockets. */
void os_link_yield(struct os_link *l, uint8_t family);
/* The i-th socket of the link, NULL past the last; may be closed (fd -1). */
enum { OS_SOCKS_MAX = 2 + OS_UNICAST_MAX };
struct os_sock *os_link_sock(struct os_link *l, unsigned i);

/*
 * Send one datagram: 0, or a negative errno (-EAGAIN: would block; -ENOTCONN:
 * there is no socket). os_send_sock() is the socket that os_send() uses.
 */
int os_send(const struct os_link *l, const struct datagram *d);
const struct os_sock *os_send_sock(const struct os_link *l,
                                   const struct datagram *d);

/*
 * Receive one datagram: its length, or a negative errno (-EAGAIN: none there;
 * -ESTALE: one that belongs to another link, skip it). Fills *d but for
 * d->link; data goes to buf. A datagram of cap bytes or more gives -EMSGSIZE
 * with *d filled in and cap bytes of it in buf, so that it can be counted.
 */
int os_recv(const struct os_sock *s, struct datagram *d, uint8_t *buf,
            size_t cap);

/* --- questions to one host, where multicast is forbidden ----------------- */

/* A socket of that family with a port of its own. */
int os_direct_open(uint8_t family);
/* To port 5353 of a host on a link; iface, which may be "", is wanted for
 * link-local addresses. 0 or a negative errno. */
int os_direct_send(int fd, const struct addr *to, const char *iface,
                   const void *data, size_t len);
/* The length of the next datagram, 0: it is not from port 5353; or -EAGAIN. */
int os_direct_recv(int fd, struct addr *from, void *buf, size_t cap);

/* --- link-local IPv4: for `crier autoip` alone, Linux ------------------- */

/* A socket for ARP packets of one interface, without their link header.
 * Elsewhere than on Linux: -EAFNOSUPPORT. */
int os_arp_open(unsigned ifindex);
/* Send one by link-layer broadcast. */
int os_arp_broadcast(int fd, unsigned ifindex, const uint8_t *arp, size_t len);
/* The length of the next one, at most cap; or -EAGAIN. */
int os_arp_recv(int fd, uint8_t *buf, size_t cap);

/* Add the address to the interface with /16 and a label; a second time to
 * change whether it is preferred. Deprecated, it stands behind the others.
 * These are not touched. */
int os_ipv4_put(unsigned ifindex, const char *label, const struct addr *a,
                bool preferred);
int os_ipv4_remove(unsigned ifindex, const struct addr *a);
/* The address with that label, if there is one. */
bool os_ipv4_labelled(const char *label, struct addr *out);
/* Abort the TCP connections from that address. A negative errno where the
 * kernel cannot. */
int os_ipv4_reset(const struct addr *a);

/* A number in a file, as the kernel has them in /proc/sys: not negative, or
 * a negative errno. */
int os_number_read(const char *path);
int os_number_write(const char *path, int value);

/* --- packets as they pass, for crier dump -------------------------------- */

/* Of one interface, or of all if it is NULL; -EPERM without CAP_NET_RAW. */
int os_capture_open(const char *iface);
/* The next IP packet, of this host or of others, and its interface; 0: it was
 * another protocol's; or a negative errno. */
int os_capture_recv(int fd, uint8_t *buf, size_t cap, char iface[IF_NAMESIZE]);

/* --- stream sockets: the daemon's, and the way to it --------------------- */

/*
 * A listening socket at path with that mode; the directory is made if just
 * that is missing. A socket left over by a daemon that is gone is replaced;
 * -EADDRINUSE: somebody listens there. Before os_sandbox() only.
 */
int os_unix_listen(const char *path, unsigned mode);
/* The same for the guests of this hypervisor; -EAFNOSUPPORT where the kernel
 * has no such sockets. */
int os_vsock_listen(uint32_t port);
/* The next connection of either; -ECONNABORTED: it was of another guest than
 * the one with that number. */
enum { OS_VSOCK_ANY = -1 };
/* Give what is listened on to a group. */
int os_unix_group(const char *path, uint32_t gid);
int os_accept(int fd, uint32_t cid);
/* Connect; the socket waits at most so long in each call. */
int os_unix_connect(const char *path, unsigned timeout_s);

/*
 * A TCP connection to a port, not waited for: a descriptor that becomes
 * writable once it is made or has failed, which os_tcp_error() tells then: 0
 * or a negative errno. In the sandbox with OS_MAY_CONNECT alone.
 */
int os_tcp_open(const struct addr *a, uint16_t port);
int os_tcp_error(int fd);

/* Go on as that user and group for good, in no other group. */
int os_become(uint32_t uid, uint32_t gid);

/* --- the sandbox -------------------------------------------------------- */

enum {
    OS_BOX_LIMITS = 1,     /* no core file, no other processes, not more memory */
    OS_BOX_PRIVILEGES = 2, /* no capabilities, and no way to get any */
    OS_BOX_FILES = 4,      /* reads below os_readable() directories only, and
                              from Linux 6.7 on connects to os_reachable() */
    OS_BOX_CALLS = 8,      /* system calls but those of the manual kill us */
    OS_BOX_STEPS = 4,
};

/*
 * Files below that directory, or beside that file, will still be read in the
 * sandbox. Of one that is not there the nearest directory above counts. To be
 * called before; then it does nothing.
 */
void os_readable(const char *path);
/* Whether that file or directory, which needs not to be there, is among these
 * and can be read; before os_sandbox() always. */
bool os_may_read(const char *path);

/* A file there will be replaced in the sandbox, if OS_MAY_WRITE is given. */
void os_writable(const char *path);

/* TCP connections to that port will be made, if OS_MAY_CONNECT is given. */
void os_reachable(uint16_t port);

enum { OS_MAY_CONNECT = 1, OS_MAY_WRITE = 2 };

/*
 * Give up for good what a daemon that has started does without: it opens
 * files only to read, makes datagram and netlink sockets only, and starts
 * nothing. more: a mask of what it shall be able to do besides. memory: how
 * many bytes more it shall get at most; 0: as many as there are. Returns the
 * mask of what this system could not do; elsewhere than on Linux that is
 * everything.
 */
unsigned os_sandbox(unsigned more, uint64_t memory);

/* FD_SET() and FD_ISSET() of a descriptor below FD_SETSIZE. Their macros take
 * it for a signed number here and an unsigned one there: this type suits all. */
static inline void os_fd_set(int fd, fd_set *set)
{
    FD_SET((uint16_t)fd, set);
}
static inline bool os_fd_isset(int fd, const fd_set *set)
{
    return FD_ISSET((uint16_t)fd, set);
}

/* A datagram socket connected to that of a service manager, a path or, with
 * "@" in front, an abstract name. */
int os_notify_open(const char *path);

/*
 * Put these bytes into a file, by way of another beside it whose name ends in
 * ".new", so that nobody sees half of it. 0 or a negative errno: then the
 * file is what it was. In the sandbox with OS_MAY_WRITE alone.
 */
int os_file_replace(const char *path, const char *data, size_t len);

/* --- the rest ---------------------------------------------------------- */

/* Host name up to the first dot, or false if it is empty, "localhost" or
 * "(none)". */
bool os_hostname(char *buf, size_t len);
/* A descriptor of which select() tells an exception when the name changes, or
 * a negative errno where the system has none. */
int os_hostname_watch(void);

/* As fork(), or a negative errno. */
int32_t os_fork(void);

/* Whether a process, or something at a path, is there. */
bool os_process_there(uint32_t pid);
bool os_path_there(const char *path);

/*
 * Put something harmless where standard input, output or error are closed:
 * the next descriptor opened would take that place, and what is printed would
 * go there, be it a socket or the pipe that signals come through.
 */
void os_guard_stdio(void);

/* Zeroed pages for the engine; NULL if the system has none. */
void *os_pages(size_t len);
void os_pages_free(void *mem, size_t len); /* NULL: nothing */
size_t os_pages_held(void); /* bytes that have not been freed */

/* Text of an address, IPv6 per RFC 5952; buf of ADDR_TEXT_MAX. iface NULL
 * or the name appended as %iface to link-local IPv6 addresses. ADDR_NONE is
 * "-". Returns buf. */
enum { ADDR_TEXT_MAX = 46 + 1 + IF_NAMESIZE };
char *os_addr_text(const struct addr *a, const char *iface, char *buf);
/* A numeric address without %iface. False: it is none. */
bool os_addr_parse(const char *text, struct addr *out);

#endif
