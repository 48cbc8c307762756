/*
 * arp.c - a socket for the ARP packets of one interface
 *
 * A packet socket of the cooked kind: the kernel writes the link header with
 * the interface's own hardware address, and takes it off. The socket is bound
 * before it is given the protocol, so that it never hears another interface.
 */
#include "private.h"

#include <errno.h>

#ifdef __linux__

#include <netpacket/packet.h>
#include <string.h>

enum { ETHERTYPE_ARP = 0x0806, MAC_LEN = 6 };

static socklen_t make_address(union sockaddr_any *sa, unsigned ifindex)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET,
                             .sll_protocol = htons(ETHERTYPE_ARP),
                             .sll_ifindex = (int)ifindex,
                             .sll_halen = MAC_LEN};

    memset(ll.sll_addr, 0xff, MAC_LEN); /* broadcast; bind() ignores it */
    memcpy(&sa->room, &ll, sizeof ll);
    return sizeof ll;
}

int os_arp_open(unsigned ifindex)
{
    union sockaddr_any sa;
    int fd = fd_socket(AF_PACKET, SOCK_DGRAM, 0);

    if (fd < 0)
        return fd;
    if (os.bind(fd, &sa.sa, make_address(&sa, ifindex)) < 0) {
        int err = -errno;

        fd_close(&fd);
        return err;
    }
    return fd;
}

int os_arp_broadcast(int fd, unsigned ifindex, const uint8_t *arp, size_t len)
{
    union sockaddr_any sa;
    socklen_t sa_len = make_address(&sa, ifindex);
    ssize_t n;

    do
        n = os.sendto(fd, arp, len, 0, &sa.sa, sa_len);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

int os_arp_recv(int fd, uint8_t *buf, size_t cap)
{
    ssize_t n;

    do
        n = os.recvfrom(fd, buf, cap, 0, NULL, NULL);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : (int)n;
}

#else

int os_arp_open(unsigned ifindex)
{
    (void)ifindex;
    return -EAFNOSUPPORT;
}

int os_arp_broadcast(int fd, unsigned ifindex, const uint8_t *arp, size_t len)
{
    (void)fd;
    (void)ifindex;
    (void)arp;
    (void)len;
    return -EAFNOSUPPORT;
}

int os_arp_recv(int fd, uint8_t *buf, size_t cap)
{
    (void)fd;
    (void)buf;
    (void)cap;
    return -EAFNOSUPPORT;
}

#endif
