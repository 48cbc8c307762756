/*
 * link.c - the sockets of one link, kept in step with its interface
 */
#include "private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

void os_link_init(struct os_link *l)
{
    memset(l, 0, sizeof *l);
    sock_init(&l->group4);
    sock_init(&l->group6);
    for (unsigned i = 0; i < OS_UNICAST_MAX; i++)
        sock_init(&l->unicast[i]);
}

void os_link_close(struct os_link *l)
{
    for (unsigned i = 0; i < OS_SOCKS_MAX; i++) {
        struct os_sock *s = os_link_sock(l, i);

        if (s != NULL)
            sock_close(s);
    }
    os_link_init(l);
}

struct os_sock *os_link_sock(struct os_link *l, unsigned i)
{
    if (i == 0)
        return &l->group4;
    if (i == 1)
        return &l->group6;
    return i - 2 < l->unicast_count ? &l->unicast[i - 2] : NULL;
}

static struct os_sock *group_of(struct os_link *l, uint8_t family)
{
    return family == ADDR_V4 ? &l->group4 : &l->group6;
}

void os_link_rejoin(struct os_link *l)
{
    sock_rejoin(&l->group4);
    sock_rejoin(&l->group6);
}

/* --- unicast sockets --------------------------------------------------- */

static void unicast_drop(struct os_link *l, unsigned i)
{
    assert(i < l->unicast_count);
    sock_close(&l->unicast[i]);
    l->unicast_count--;
    l->unicast[i] = l->unicast[l->unicast_count];
    sock_init(&l->unicast[l->unicast_count]);
}

static void unicast_drop_family(struct os_link *l, uint8_t family)
{
    for (unsigned i = l->unicast_count; i-- > 0;) {
        if (l->unicast[i].family == family)
            unicast_drop(l, i);
    }
}

/* Also drops those whose descriptor was closed after an error. */
static void unicast_drop_stale(struct os_link *l, const struct os_iface *iface)
{
    for (unsigned i = l->unicast_count; i-- > 0;) {
        if (l->unicast[i].fd < 0 ||
            !iface_has_addr(iface, &l->unicast[i].local))
            unicast_drop(l, i);
    }
}

static const struct os_sock *unicast_at(const struct os_link *l,
                                        const struct addr *local)
{
    for (unsigned i = 0; i < l->unicast_count; i++) {
        if (l->unicast[i].fd >= 0 && addr_equal(&l->unicast[i].local, local))
            return &l->unicast[i];
    }
    return NULL;
}

void os_link_yield(struct os_link *l, uint8_t family)
{
    unicast_drop_family(l, family);
    l->polite |= family;
}

/*
 * Give each address its socket, in their order, while there is room. One that
 * cannot be had for another reason than a rival is skipped: without it we are
 * only deaf to direct unicast to that address.
 */
static void unicast_update(struct os_link *l, const struct os_iface *iface,
                           uint8_t families)
{
    /* Our own wildcard socket would look like another responder. */
    uint8_t rival = l->fallback & families;

    for (unsigned i = 0; i < iface->addr_count; i++) {
        const struct addr *a = &iface->addrs[i].addr;

        if ((a->family & families & ~rival) == 0 || unicast_at(l, a) != NULL)
            continue;
        if (l->unicast_count == OS_UNICAST_MAX)
            break;
        int err = sock_open_unicast(&l->unicast[l->unicast_count], iface, a);
        if (err == 0)
            l->unicast_count++;
        l->unbound |= err == -EADDRNOTAVAIL;
        if (err == -EADDRINUSE)
            rival |= a->family;
    }
    l->polite = 0;
    if ((rival & ADDR_V4) != 0)
        os_link_yield(l, ADDR_V4);
    if ((rival & ADDR_V6) != 0)
        os_link_yield(l, ADDR_V6);
}

/* --- opening ----------------------------------------------------------- */

static void family_close(struct os_link *l, uint8_t family)
{
    sock_close(group_of(l, family));
    unicast_drop_family(l, family);
}

/* Port 5353 on that family, or why not. */
static int family_open(struct os_link *l, const struct os_iface *iface,
                       uint8_t family)
{
    struct os_sock *s = group_of(l, family);

    if (s->oneshot)
        sock_close(s);
    if (s->fd >= 0)
        return 0;
    return sock_open_group(s, iface, family, &l->fallback, &l->by_subnet);
}

/* An ephemeral port on the first address of the family that can be bound. */
static bool oneshot_open(struct os_link *l, const struct os_iface *iface,
                         uint8_t family)
{
    struct os_sock *s = group_of(l, family);

    if (s->fd >= 0 && s->oneshot && iface_has_addr(iface, &s->local))
        return true;
    sock_close(s);
    for (unsigned i = 0; i < iface->addr_count; i++) {
        const struct addr *a = &iface->addrs[i].addr;

        if (a->family == family && sock_open_oneshot(s, iface, a) == 0)
            return true;
    }
    return false;
}

static bool port_refused(int err)
{
    return err == -EADDRINUSE || err == -EACCES || err == -EPERM;
}

static uint8_t open_families(struct os_link *l, const struct os_iface *iface,
                             uint8_t families, int *err)
{
    static const uint8_t order[] = {ADDR_V6, ADDR_V4};
    uint8_t has = iface_families(iface);
    uint8_t usable = 0;

    for (unsigned i = 0; i < sizeof order; i++) {
        uint8_t f = order[i];

        if ((families & f) == 0) {
            family_close(l, f);
            continue;
        }
        /* It listens even without an address, but must not send then: the
         * source would be another link's address. */
        int why = family_open(l, iface, f);
        if ((has & f) == 0)
            continue;
        if (why == 0)
            usable |= f;
        else if (*err == 0)
            *err = why;
    }
    return usable;
}

uint8_t os_link_open(struct os_link *l, const struct os_iface *iface,
                     uint8_t families, bool allow_oneshot, int *err)
{
    uint8_t usable;

    *err = 0;
    l->unbound = false;
    if (l->ifindex != 0 && l->ifindex != iface->index)
        os_link_close(l);
    l->ifindex = iface->index;
    memcpy(l->name, iface->name, sizeof l->name);
    if (!l->oneshot) {
        usable = open_families(l, iface, families, err);
        unicast_drop_stale(l, iface);
        unicast_update(l, iface, usable);
        if (usable != 0 || !port_refused(*err) || !allow_oneshot)
            return usable;
    }
    usable = 0;
    for (uint8_t f = ADDR_V4; f <= ADDR_V6; f++) {
        if ((families & f) != 0 && oneshot_open(l, iface, f))
            usable |= f;
    }
    l->oneshot = usable != 0;
    if (l->oneshot)
        *err = 0;
    return usable;
}

/* Bound to the loop-back address without sharing: fails exactly while some
 * socket is bound to the wildcard, which ours are not. */
bool os_port_shared(uint8_t family)
{
    struct addr a = addr_loopback(family);
    union sockaddr_any sa;
    socklen_t len = sockaddr_make(&sa, &a, MDNS_PORT, 0);
    int fd = fd_socket(family == ADDR_V4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    bool shared;

    if (fd < 0)
        return false;
#ifdef __linux__
    enum { FREEBIND = 15 }; /* the loop-back interface may be down */
    (void)sockopt_int(fd, IPPROTO_IP, FREEBIND, 1);
#endif
    if (family == ADDR_V6)
        (void)sockopt_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    shared = os.bind(fd, &sa.sa, len) < 0 && errno == EADDRINUSE;
    fd_close(&fd);
    return shared;
}

/* --- datagrams --------------------------------------------------------- */

const struct os_sock *os_send_sock(const struct os_link *l,
                                   const struct datagram *d)
{
    const struct os_sock *s = NULL;

    /* A reply leaves from the address that was asked (RFC 2181 4.1). */
    if (!d->multicast && d->local.family != ADDR_NONE)
        s = unicast_at(l, &d->local);
    if (s == NULL)
        s = d->family == ADDR_V4 ? &l->group4 : &l->group6;
    return s;
}

int os_send(const struct os_link *l, const struct datagram *d)
{
    const struct os_sock *s = os_send_sock(l, d);
    struct addr to = d->multicast ? addr_group(d->family) : d->peer;
    uint16_t port = d->multicast ? MDNS_PORT : d->port;
    union sockaddr_any sa;
    socklen_t sa_len;
    ssize_t n;

    if (s->fd < 0)
        return -ENOTCONN;
    sa_len = sockaddr_make(&sa, &to, port, l->ifindex);
    do
        n = os.sendto(s->fd, d->data, d->len, 0, &sa.sa, sa_len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    return (size_t)n == d->len ? 0 : -EIO;
}
