/*
 * allmulti.c - all multicast of a link, where its driver loses ours
 *
 * A packet socket that was given no protocol hears nothing. As a member of
 * "all multicast" on an interface it makes the kernel tell the driver to let
 * all of it in. The kernel counts these members, and they end with the
 * socket, however we end. Setting IFF_ALLMULTI by ioctl() was the other way:
 * the flag would stay behind, and each link that comes later would take
 * CAP_NET_ADMIN. This takes CAP_NET_RAW, and only to open the socket.
 */
#include "private.h"

#include <errno.h>

static int packet_fd = -1;

#ifdef __linux__

#include <netpacket/packet.h>

int os_allmulti_open(void)
{
    int fd = fd_socket(AF_PACKET, SOCK_DGRAM, 0);

    if (fd < 0)
        return fd;
    packet_fd = fd;
    return 0;
}

void os_allmulti(unsigned ifindex, bool on)
{
    struct packet_mreq rq = {.mr_ifindex = (int)ifindex,
                             .mr_type = PACKET_MR_ALLMULTI};

    if (packet_fd >= 0) /* a link that cannot works as it is, or not */
        (void)os.setsockopt(packet_fd, SOL_PACKET,
                            on ? PACKET_ADD_MEMBERSHIP
                               : PACKET_DROP_MEMBERSHIP, &rq, sizeof rq);
}

#else

int os_allmulti_open(void)
{
    return -EAFNOSUPPORT;
}

void os_allmulti(unsigned ifindex, bool on)
{
    (void)ifindex;
    (void)on;
}

#endif

void os_allmulti_close(void)
{
    fd_close(&packet_fd);
}
