/*
 * direct.c - questions to the unicast address of one host
 *
 * From a port of our own, so that what comes back is for us alone. DONTROUTE:
 * the host has to be on a link of ours, as RFC 6762 section 11 wants it.
 */
#include "private.h"

#include <arpa/inet.h>
#include <errno.h>

int os_direct_open(uint8_t family)
{
    int fd = fd_socket(family == ADDR_V4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        return fd;
    if (family == ADDR_V4)
        (void)sockopt_int(fd, IPPROTO_IP, IP_TTL, 255);
    else
        (void)sockopt_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255);
    (void)sockopt_int(fd, SOL_SOCKET, SO_DONTROUTE, 1);
    return fd;
}

int os_direct_send(int fd, const struct addr *to, const char *iface,
                   const void *data, size_t len)
{
    union sockaddr_any sa;
    unsigned scope = iface[0] != '\0' ? if_nametoindex(iface) : 0;
    socklen_t sa_len = sockaddr_make(&sa, to, MDNS_PORT, scope);

    return os.sendto(fd, data, len, 0, &sa.sa, sa_len) < 0 ? -errno : 0;
}

int os_direct_recv(int fd, struct addr *from, void *buf, size_t cap)
{
    union sockaddr_any sa;
    socklen_t sa_len = sizeof sa;
    ssize_t n;
    bool v6;

    do
        n = os.recvfrom(fd, buf, cap, 0, &sa.sa, &sa_len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    *from = sockaddr_addr(&sa.sa);
    v6 = from->family == ADDR_V6;
    if (from->family == ADDR_NONE ||
        ntohs(v6 ? sa.in6.sin6_port : sa.in.sin_port) != MDNS_PORT)
        return 0;
    return (int)n;
}
