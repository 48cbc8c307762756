/*
 * probe.h - what `crier doctor` asks the system for, and no other verb
 *
 * Functions return 0 or a count on success and a negative errno on failure.
 */
#ifndef CRIER_PROBE_H
#define CRIER_PROBE_H

#include "crier/os.h"

/* The text of a small file, such as the kernel's; what is longer than the
 * buffer (cap > 1) is cut. Its length. */
int os_file_text(const char *path, char *buf, size_t cap);

/* The name of an interface's driver; false if the system does not tell. */
enum { OS_DRIVER_MAX = 32 };
bool os_driver(const char *iface, char name[OS_DRIVER_MAX]);

/* --- who has UDP port 5353 ----------------------------------------------- */

struct os_holder {
    uint8_t families;
    uint32_t uid;
    uint32_t pid;  /* 0: not to be seen by us */
    char name[16]; /* of the process; "" without pid */
};

/* One entry a process, or a user where the process is not to be seen; at
 * most max. */
int os_port_holders(struct os_holder *out, int max);

/* --- sockets ---------------------------------------------------------------- */

/* A link with nothing but a socket of that family, at an ephemeral port. */
int os_link_oneshot(struct os_link *l, const struct os_iface *iface,
                    uint8_t family);

/*
 * A packet socket that sees what has UDP port 5353 as its destination, on all
 * links and in both directions. Needs a privilege; Linux only.
 */
int os_sniff_open(void);

struct os_sniffed {
    unsigned ifindex;
    bool outgoing;
    uint8_t ttl;       /* or hop limit */
    bool fragment;     /* the first one of a packet that was cut */
    struct addr peer;  /* the source */
    const uint8_t *data; /* the UDP payload, as much as was read */
    size_t len;
};

/* The next one, into buf: 0, -EAGAIN, or -EBADMSG: skip it. */
int os_sniff_recv(int fd, struct os_sniffed *s, uint8_t *buf, size_t cap);

/* --- what this kernel has ---------------------------------------------------- */

enum os_kernel {
    OS_KERNEL_INET,
    OS_KERNEL_INET6,
    OS_KERNEL_NETLINK,
    OS_KERNEL_IF_INET6,
    OS_KERNEL_MULTICAST_ALL,
    OS_KERNEL_BIND_DEVICE,
    OS_KERNEL_BOOTTIME,
    OS_KERNEL_GETRANDOM,
    OS_KERNEL_UNIX,
    OS_KERNEL_PACKET,
    OS_KERNEL_SECCOMP,
    OS_KERNEL_LANDLOCK,
    OS_KERNEL_LANDLOCK_NET,
    OS_KERNEL_PROC_UDP,
    OS_KERNEL_SYSFS,
    OS_KERNEL_COUNT
};

/* 0, or why it is not to be had. Leaves nothing behind. */
int os_kernel_try(enum os_kernel what);

#endif
