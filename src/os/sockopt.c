/*
 * sockopt.c - socket options, and what to do where one is refused
 */
#include "private.h"

#include <errno.h>
#include <string.h>

enum { RECEIVE_BUFFER = 1 << 20 }; /* the kernel gives what it allows */

int sockopt_int(int fd, int level, int option, int value)
{
    return os.setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno
                                                                      : 0;
}

static int sockopt_byte(int fd, int level, int option, uint8_t value)
{
    return os.setsockopt(fd, level, option, &value, sizeof value) < 0 ? -errno
                                                                      : 0;
}

/* "Already a member" is as good as joined, "no member" as good as left. */
static int member_result(int result, bool join)
{
    if (result == 0 || (join && errno == EADDRINUSE) ||
        (!join && errno == EADDRNOTAVAIL))
        return 0;
    return -errno;
}

static int member_v6(int fd, unsigned ifindex, bool join)
{
    struct addr group = addr_group(ADDR_V6);
    struct ipv6_mreq rq;

    memcpy(&rq.ipv6mr_multiaddr, group.b, sizeof rq.ipv6mr_multiaddr);
    rq.ipv6mr_interface = ifindex;
    return member_result(os.setsockopt(fd, IPPROTO_IPV6,
                                       join ? IPV6_JOIN_GROUP
                                            : IPV6_LEAVE_GROUP,
                                       &rq, sizeof rq), join);
}

static bool is_refusal(int err)
{
    return err == -EINVAL || err == -ENOPROTOOPT || err == -EOPNOTSUPP;
}

int sockopt_member(int fd, uint8_t family, unsigned ifindex,
                   const struct addr *local, bool join)
{
    int option = join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
    struct addr group = addr_group(ADDR_V4);
    struct ip_mreqn rq;
    int err;

    if (family == ADDR_V6)
        return member_v6(fd, ifindex, join);
    memset(&rq, 0, sizeof rq);
    memcpy(&rq.imr_multiaddr, group.b, sizeof rq.imr_multiaddr);
    rq.imr_ifindex = (int)ifindex;
    err = member_result(os.setsockopt(fd, IPPROTO_IP, option, &rq, sizeof rq),
                        join);
    if (!is_refusal(err) || local->family != ADDR_V4)
        return err;
    /* The old way names the interface by an address of it. */
    struct ip_mreq old = {.imr_multiaddr = rq.imr_multiaddr};
    memcpy(&old.imr_interface, local->b, sizeof old.imr_interface);
    return member_result(os.setsockopt(fd, IPPROTO_IP, option, &old,
                                       sizeof old), join);
}

int sockopt_multicast_if(int fd, uint8_t family, unsigned ifindex,
                         const struct addr *local)
{
    struct ip_mreqn rq;
    struct in_addr old;

    if (family == ADDR_V6)
        return sockopt_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)ifindex);
    memset(&rq, 0, sizeof rq);
    rq.imr_ifindex = (int)ifindex;
    if (os.setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &rq, sizeof rq) == 0)
        return 0;
    if (!is_refusal(-errno) || local->family != ADDR_V4)
        return -errno;
    memcpy(&old, local->b, sizeof old);
    if (os.setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &old, sizeof old) < 0)
        return -errno;
    return 0;
}

/* A reply leaves by the link that it was asked on, also where another link
 * has a route to there: two links on one LAN. */
static void unicast_if(int fd, uint8_t family, unsigned ifindex)
{
#ifdef __linux__
    enum { UNICAST_IF_V4 = 50, UNICAST_IF_V6 = 76 }; /* not in all headers */
    uint32_t index = htonl(ifindex);

    (void)sockopt_int(fd, family == ADDR_V6 ? IPPROTO_IPV6 : IPPROTO_IP,
                      family == ADDR_V6 ? UNICAST_IF_V6 : UNICAST_IF_V4,
                      (int)index);
#else
    (void)fd;
    (void)family;
    (void)ifindex;
#endif
}

int sockopt_common(int fd, uint8_t family, unsigned ifindex)
{
    int err;

    unicast_if(fd, family, ifindex);
    (void)sockopt_int(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    if (family == ADDR_V6) {
        (void)sockopt_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        (void)sockopt_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
        (void)sockopt_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255);
        return sockopt_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
    }
    (void)sockopt_int(fd, IPPROTO_IP, IP_TTL, 255);
    /* One byte is what every system takes for these two. */
    (void)sockopt_byte(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
    err = sockopt_byte(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
    return err;
}

int sockopt_multicast_own(int fd, uint8_t family)
{
#ifdef __linux__
    enum { MULTICAST_ALL = 49 }; /* not in every C library */
    int err;

    /* An IPv6 group bound with its scope hears one link in any case. */
    if (family == ADDR_V6)
        return -ENOPROTOOPT;
    err = sockopt_int(fd, IPPROTO_IP, MULTICAST_ALL, 0);
    facility_note(OS_MULTICAST_ALL, err == 0);
    return err;
#else
    (void)fd;
    (void)family;
    facility_note(OS_MULTICAST_ALL, false);
    return -ENOPROTOOPT;
#endif
}

int sockopt_device(int fd, const char *ifname)
{
#ifdef SO_BINDTODEVICE
    int err = 0;

    if (os.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname,
                      (socklen_t)strlen(ifname) + 1) < 0)
        err = -errno;
    facility_note(OS_BIND_DEVICE, err == 0);
    return err;
#else
    (void)fd;
    (void)ifname;
    facility_note(OS_BIND_DEVICE, false);
    return -ENOPROTOOPT;
#endif
}
