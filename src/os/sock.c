/*
 * sock.c - the three kinds of socket that crier has
 *
 * A group socket is bound to the group's address, so that it hears multicast
 * only and never takes unicast away from another responder. A unicast socket
 * is bound to one local address, so that the destination is known. Both tell
 * by the descriptor what other programs read from control data.
 *
 * SO_REUSEADDR alone shares the port: with SO_REUSEPORT Linux gives an IPv4
 * multicast to any one of our sockets, whatever link it came from. The one
 * exception is a port held by a program that set nothing but SO_REUSEPORT:
 * there both are needed, and SO_BINDTODEVICE to keep the links apart.
 */
#include "private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

struct plan {
    bool wildcard; /* bind to any address instead of the group's */
    bool device;   /* tie to the device and set SO_REUSEPORT as well */
};

void sock_init(struct os_sock *s)
{
    memset(s, 0, sizeof *s);
    s->fd = -1;
}

void sock_close(struct os_sock *s)
{
    if (s->fd >= 0)
        os.close(s->fd);
    sock_init(s);
}

static int sock_new(uint8_t family)
{
    return fd_socket(family == ADDR_V4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
}

static int share_port(int fd, bool reuseport)
{
    int err = sockopt_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);

#ifdef SO_REUSEPORT
#ifndef __linux__
    reuseport = true; /* BSD shares a port by this option only */
#endif
    if (err == 0 && reuseport)
        err = sockopt_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
#endif
    return err;
}

static int bind_to(int fd, const struct addr *a, uint16_t port,
                   unsigned ifindex)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_make(&sa, a, port, ifindex);

    return os.bind(fd, &sa.sa, len) < 0 ? -errno : 0;
}

/* An address of the family to name the interface by, ADDR_NONE without. */
static struct addr first_addr(const struct os_iface *iface, uint8_t family)
{
    struct addr none = {.family = ADDR_NONE};

    for (unsigned i = 0; i < iface->addr_count; i++) {
        if (iface->addrs[i].addr.family == family)
            return iface->addrs[i].addr;
    }
    return none;
}

/* Options that make it hear and send on this link; *alone: no other link. */
static int group_setup(int fd, const struct os_iface *iface, uint8_t family,
                       const struct plan *plan, bool *alone)
{
    struct addr local = first_addr(iface, family);
    struct addr to = plan->wildcard ? addr_any(family) : addr_group(family);
    int err = share_port(fd, plan->device);

    if (err < 0)
        return err;
    *alone = sockopt_multicast_own(fd, family) == 0 ||
             (family == ADDR_V6 && !plan->wildcard);
    if (plan->device || !*alone) {
        err = sockopt_device(fd, iface->name);
        if (err < 0 && plan->device)
            return err; /* never guess the link */
        *alone = *alone || err == 0;
    }
    err = sockopt_common(fd, family, iface->index);
    if (err == 0)
        err = bind_to(fd, &to, MDNS_PORT, iface->index);
    if (err == 0)
        err = sockopt_multicast_if(fd, family, iface->index, &local);
    if (err == 0)
        err = sockopt_member(fd, family, iface->index, &local, true);
    return err;
}

static int open_by_plan(struct os_sock *s, const struct os_iface *iface,
                        uint8_t family, const struct plan *plan, bool *alone)
{
    int fd = sock_new(family);
    int err;

    if (fd < 0)
        return fd;
    err = group_setup(fd, iface, family, plan, alone);
    if (err < 0) {
        os.close(fd);
        return err;
    }
    s->fd = fd;
    s->ifindex = iface->index;
    s->family = family;
    s->group = true;
    return 0;
}

/* Errors that say "not like this", rather than "not now". */
static bool bind_is_refused(int err)
{
    return err == -EADDRNOTAVAIL || err == -EINVAL || err == -EAFNOSUPPORT ||
           err == -EACCES || err == -EOPNOTSUPP;
}

int sock_open_group(struct os_sock *s, const struct os_iface *iface,
                    uint8_t family, uint8_t *fallback, uint8_t *by_subnet)
{
    static const struct plan usual = {false, false};
    static const struct plan wildcard = {true, false};
    static const struct plan device = {false, true};
    const struct plan *plan = &usual;
    bool alone = false;
    int err;

    assert(s->fd < 0);
#ifndef __linux__
    plan = &wildcard; /* BSD would send from the group's address */
#endif
    err = open_by_plan(s, iface, family, plan, &alone);
    if (bind_is_refused(err) && plan != &wildcard) {
        int again = open_by_plan(s, iface, family, &wildcard, &alone);

        if (again == 0) {
            plan = &wildcard;
            err = 0;
        }
    } else if (err == -EADDRINUSE) {
        if (open_by_plan(s, iface, family, &device, &alone) == 0) {
            plan = &device;
            err = 0;
        }
    }
    *fallback = (uint8_t)(*fallback & ~family);
    *by_subnet = (uint8_t)(*by_subnet & ~family);
    if (err == 0 && plan->wildcard)
        *fallback |= family;
    if (err == 0 && !alone)
        *by_subnet |= family;
    return err;
}

int sock_open_unicast(struct os_sock *s, const struct os_iface *iface,
                      const struct addr *local)
{
    int fd = sock_new(local->family);
    int err;

    if (fd < 0)
        return fd;
    err = sockopt_common(fd, local->family, iface->index);
    if (err == 0)
        err = bind_to(fd, local, MDNS_PORT, iface->index);
    /* Alone until here, shared from here on: others may still start. */
    if (err == 0)
        err = share_port(fd, false);
    if (err < 0) {
        os.close(fd);
        return err;
    }
    sock_init(s);
    s->fd = fd;
    s->ifindex = iface->index;
    s->family = local->family;
    s->local = *local;
    return 0;
}

int sock_open_oneshot(struct os_sock *s, const struct os_iface *iface,
                      const struct addr *local)
{
    int fd = sock_new(local->family);
    int err;

    if (fd < 0)
        return fd;
    err = sockopt_common(fd, local->family, iface->index);
    if (err == 0)
        err = bind_to(fd, local, 0, iface->index);
    if (err == 0)
        err = sockopt_multicast_if(fd, local->family, iface->index, local);
    if (err < 0) {
        os.close(fd);
        return err;
    }
    sock_init(s);
    s->fd = fd;
    s->ifindex = iface->index;
    s->family = local->family;
    s->oneshot = true;
    s->local = *local;
    return 0;
}

void sock_rejoin(struct os_sock *s)
{
    static const struct addr none = {.family = ADDR_NONE};

    if (s->fd < 0 || !s->group)
        return;
    (void)sockopt_member(s->fd, s->family, s->ifindex, &none, false);
    if (sockopt_member(s->fd, s->family, s->ifindex, &none, true) < 0)
        sock_close(s);
}
