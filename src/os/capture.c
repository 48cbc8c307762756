/*
 * capture.c - packets as they pass, for crier dump
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

enum { ETHERTYPE_ALL = 3, ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };

int os_capture_open(const char *iface)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETHERTYPE_ALL)};
    union sockaddr_any sa;
    int fd;

    ll.sll_ifindex = iface != NULL ? (int)if_nametoindex(iface) : 0;
    if (iface != NULL && ll.sll_ifindex == 0)
        return -ENODEV;
    fd = fd_socket(AF_PACKET, SOCK_DGRAM, 0);
    if (fd < 0)
        return fd;
    memcpy(&sa.room, &ll, sizeof ll);
    if (os.bind(fd, &sa.sa, sizeof ll) == 0)
        return fd;
    fd_close(&fd);
    return -errno;
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
