/*
 * capture.c - packets as they pass, for crier dump and sniff.c
 *
 * A packet socket of the cooked kind: no link headers, and what this host
 * sends is heard too.
 */
#include "private.h"

#include <errno.h>

#ifdef __linux__

#include <net/if.h>
#include <netpacket/packet.h>
#include <string.h>

enum {
    ETHERTYPE_ALL = 3,
    ETHERTYPE_IPV4 = 0x0800,
    ETHERTYPE_IPV6 = 0x86dd,
    SOCKET_FILTER = 26, /* SO_ATTACH_FILTER, nowhere in POSIX */
};

int capture_open(unsigned ifindex, const void *filter, socklen_t len)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETHERTYPE_ALL),
                             .sll_ifindex = (int)ifindex};
    union sockaddr_any sa;
    /* Of no protocol until it is bound, so nothing passes the filter by. */
    int fd = fd_socket(AF_PACKET, SOCK_DGRAM, 0);
    int err;

    if (fd < 0)
        return fd;
    memcpy(&sa.room, &ll, sizeof ll);
    if ((filter == NULL || os.setsockopt(fd, SOL_SOCKET, SOCKET_FILTER, filter,
                                         len) == 0) &&
        os.bind(fd, &sa.sa, sizeof ll) == 0)
        return fd;
    err = -errno;
    fd_close(&fd);
    return err;
}

int os_capture_open(const char *iface)
{
    unsigned ifindex = iface != NULL ? if_nametoindex(iface) : 0;

    if (iface != NULL && ifindex == 0)
        return -ENODEV;
    return capture_open(ifindex, NULL, 0);
}

int os_capture_recv(int fd, uint8_t *buf, size_t cap, char iface[IF_NAMESIZE])
{
    struct sockaddr_ll ll;
    union sockaddr_any sa;
    socklen_t len = sizeof sa;
    ssize_t n = os.recvfrom(fd, buf, cap, 0, &sa.sa, &len);

    if (n < 0)
        return -errno;
    memcpy(&ll, &sa.room, sizeof ll);
    if (ll.sll_protocol != htons(ETHERTYPE_IPV4) &&
        ll.sll_protocol != htons(ETHERTYPE_IPV6))
        return 0;
    if (if_indextoname((unsigned)ll.sll_ifindex, iface) == NULL)
        memcpy(iface, "?", 2);
    return (int)n;
}

#else

int os_capture_open(const char *iface)
{
    (void)iface;
    return -EAFNOSUPPORT;
}

int os_capture_recv(int fd, uint8_t *buf, size_t cap, char iface[IF_NAMESIZE])
{
    (void)fd;
    (void)buf;
    (void)cap;
    (void)iface;
    return -EAFNOSUPPORT;
}

#endif
