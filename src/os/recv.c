/*
 * recv.c - taking in one datagram
 */
#include "private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

static uint16_t port_of(const union sockaddr_any *sa)
{
    return ntohs(sa->sa.sa_family == AF_INET6 ? sa->in6.sin6_port
                                              : sa->in.sin_port);
}

/* A wildcard socket hears all links; a link-local source tells its own. */
static bool other_link(const struct os_sock *s, const union sockaddr_any *sa)
{
    return sa->sa.sa_family == AF_INET6 && sa->in6.sin6_scope_id != 0 &&
           sa->in6.sin6_scope_id != s->ifindex;
}

int os_recv(const struct os_sock *s, struct datagram *d, uint8_t *buf,
            size_t cap)
{
    union sockaddr_any sa;
    socklen_t sa_len;
    ssize_t n;

    if (s->fd < 0)
        return -ENOTCONN;
    do {
        sa_len = sizeof sa;
        n = os.recvfrom(s->fd, buf, cap, 0, &sa.sa, &sa_len);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    d->peer = sockaddr_addr(&sa.sa);
    if (d->peer.family != s->family || other_link(s, &sa))
        return -ESTALE;
    d->family = s->family;
    d->multicast = s->group;
    d->oneshot = s->oneshot;
    d->port = port_of(&sa);
    d->local = s->local;
    d->data = buf;
    d->len = (size_t)n;
    return (size_t)n >= cap ? -EMSGSIZE : (int)n;
}
