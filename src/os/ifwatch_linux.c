/*
 * ifwatch_linux.c - interfaces and addresses by netlink
 *
 * One socket only listens for notices, whose content is not looked at: each
 * means "ask again". The answer comes over a second, short-lived socket, so
 * that notices and answers never mix. Keeping a mirror of the kernel's tables
 * from the notices themselves was the alternative; it must be thrown away and
 * built anew whenever the kernel drops a notice (ENOBUFS), so the simple way
 * has to exist anyway.
 */
#include "private.h"

#include <errno.h>

#ifdef __linux__

#include <string.h>

enum {
    GROUP_LINK = 0x1,
    GROUP_IPV4_ADDR = 0x10,
    GROUP_IPV6_ADDR = 0x100,

    TYPE_GETLINK = 18,
    TYPE_GETADDR = 22,
    FLAGS_DUMP = 0x301, /* NLM_F_REQUEST | NLM_F_ROOT | NLM_F_MATCH */

    ANSWER_MAX = 32768, /* the kernel never sends more at once */
    TRIES_MAX = 4,      /* of a list that changes while it is read */
    PARTS_MAX = 4096,   /* of one list: a bound, not an expectation */
};

struct nl_addr { /* struct sockaddr_nl */
    uint16_t family;
    uint16_t pad;
    uint32_t pid;
    uint32_t groups;
};

struct nl_request {
    struct netlink_head head;
    uint8_t family; /* struct rtgenmsg, padded to ifinfomsg's size, which */
    uint8_t rest[15]; /* strict kernels want for RTM_GETLINK */
};
_Static_assert(sizeof(struct nl_request) == 32, "no padding");

static ssize_t nl_recv(int fd, void *buf, size_t len, struct nl_addr *from)
{
    union {
        struct nl_addr nl;
        struct sockaddr sa;
    } any = {0};
    socklen_t any_len;
    ssize_t n;

    do {
        any_len = sizeof any;
        n = os.recvfrom(fd, buf, len, 0, &any.sa, &any_len);
    } while (n < 0 && errno == EINTR);
    *from = any.nl;
    return n < 0 ? -errno : n;
}

/* Ask for one table. The kernel answers before sendto() returns, and makes
 * each further part as the one before is read: no waiting. */
static int nl_dump(int fd, uint16_t type, uint32_t seq, struct iface_table *t)
{
    static uint8_t buf[ANSWER_MAX];
    struct nl_request rq = {.head = {.len = sizeof rq, .type = type,
                                     .flags = FLAGS_DUMP, .seq = seq}};
    int err;

    if (type == TYPE_GETADDR)
        rq.head.len = 24; /* with struct ifaddrmsg */
    err = netlink_send(fd, &rq.head);
    for (int part = 0; err == 0 && part < PARTS_MAX; part++) {
        struct nl_addr from;
        ssize_t n = nl_recv(fd, buf, sizeof buf, &from);

        if (n < 0)
            return (int)n;
        if (from.pid != 0)
            continue; /* another process, not the kernel */
        err = netlink_parse(buf, (size_t)n, seq, t);
    }
    return err == 1 ? 0 : err == 0 ? -EBADMSG : err;
}

/* Addresses of an interface that appeared between the two lists have no
 * name; a notice is under way, and until then they are left out. */
static void drop_nameless(struct iface_table *t)
{
    int kept = 0;

    for (int i = 0; i < t->count; i++) {
        if (t->list[i].name[0] == '\0')
            continue;
        if (kept != i)
            t->list[kept] = t->list[i];
        kept++;
    }
    t->count = kept;
}

int ifaces_netlink(struct iface_table *t)
{
    int err = -EINTR;
    uint32_t seq = 0;
    int fd = fd_socket(AF_NETLINK, SOCK_RAW, 0);

    if (fd < 0)
        return fd;
    for (int i = 0; i < TRIES_MAX && err == -EINTR; i++) {
        t->count = 0;
        err = nl_dump(fd, TYPE_GETLINK, ++seq, t);
        if (err == 0)
            err = nl_dump(fd, TYPE_GETADDR, ++seq, t);
        if (err == -EINTR) {
            /* The rest of the old answer must not be taken for the new. */
            fd_close(&fd);
            fd = fd_socket(AF_NETLINK, SOCK_RAW, 0);
            if (fd < 0)
                return fd;
        }
    }
    fd_close(&fd);
    if (err == 0)
        drop_nameless(t);
    return err;
}

int ifwatch_netlink_open(void)
{
    struct nl_addr me = {.family = AF_NETLINK,
                         .groups = GROUP_LINK | GROUP_IPV4_ADDR |
                                   GROUP_IPV6_ADDR};
    union sockaddr_any sa;
    int fd = fd_socket(AF_NETLINK, SOCK_RAW, 0);

    if (fd < 0)
        return fd;
    memcpy(&sa, &me, sizeof me);
    if (os.bind(fd, &sa.sa, sizeof me) < 0) {
        int err = -errno;

        fd_close(&fd);
        return err;
    }
    return fd;
}

int ifwatch_netlink_read(int fd)
{
    enum { NOTICES_MAX = 1024 }; /* a turn; more will wake us again */
    uint8_t buf[512];            /* the rest of each may be cut off */
    struct nl_addr from;
    int changed = 0;

    for (int i = 0; i < NOTICES_MAX; i++) {
        ssize_t n = nl_recv(fd, buf, sizeof buf, &from);

        if (n == -EAGAIN || n == -EWOULDBLOCK)
            return changed;
        if (n < 0 && n != -ENOBUFS)
            return (int)n;
        changed = 1; /* ENOBUFS: some were lost, so look */
    }
    return changed;
}

#else

int ifaces_netlink(struct iface_table *t)
{
    (void)t;
    return -EAFNOSUPPORT;
}

int ifwatch_netlink_open(void)
{
    return -EAFNOSUPPORT;
}

int ifwatch_netlink_read(int fd)
{
    (void)fd;
    return -EAFNOSUPPORT;
}

#endif
