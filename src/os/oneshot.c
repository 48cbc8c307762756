/*
 * oneshot.c - a socket of its own for one question to one host
 *
 * From port 5353 the reply could go to another responder on this host.
 */
#include <errno.h>

#include "crier/probe.h"
#include "private.h"

int os_link_oneshot(struct os_link *l, const struct os_iface *iface,
                    uint8_t family)
{
    int err = -EADDRNOTAVAIL;

    os_link_init(l);
    l->ifindex = iface->index;
    for (unsigned i = 0; err < 0 && i < iface->addr_count; i++) {
        const struct addr *a = &iface->addrs[i].addr;

        if (a->family == family)
            err = sock_open_oneshot(family == ADDR_V4 ? &l->group4
                                                      : &l->group6, iface, a);
    }
    return err;
}
