/*
 * ifaces_getifaddrs.c - the list of interfaces on systems other than Linux
 *
 * On Linux getifaddrs() is netlink in disguise and of no help where netlink
 * is missing; it is tried there all the same, after netlink, since other
 * kernels run Linux programs too. Not with musl, where it takes 2 KB and is
 * surely nothing else. It says nothing of IPv6 addresses that are still
 * tentative: binding them fails, and is tried again.
 */
#include "private.h"

#include <errno.h>

#ifndef OS_NO_GETIFADDRS

#include <ifaddrs.h>
#include <string.h>
#include <sys/ioctl.h>

static unsigned prefix_len(const struct sockaddr *mask, unsigned addr_bytes)
{
    struct addr m;
    unsigned len = 0;

    if (mask == NULL)
        return 8 * addr_bytes;
    m = sockaddr_addr(mask);
    while (len < 8 * addr_bytes && (m.b[len / 8] & 0x80 >> len % 8) != 0)
        len++;
    return len;
}

static void take(const struct ifaddrs *e, struct iface_table *t)
{
    struct os_iface *i;
    struct addr a;

    if (e->ifa_name == NULL)
        return;
    i = iface_by_name(t, e->ifa_name, strlen(e->ifa_name));
    if (i == NULL)
        return;
    i->flags = (unsigned)e->ifa_flags;
    if (e->ifa_addr == NULL)
        return;
    a = sockaddr_addr(e->ifa_addr);
    if (a.family == ADDR_NONE)
        return;
    iface_add_addr(i, &a, prefix_len(e->ifa_netmask, addr_len(&a)), false);
}

static unsigned ask_mtu(int fd, const char *name)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    memcpy(ifr.ifr_name, name, IF_NAMESIZE);
    if (os.ioctl(fd, SIOCGIFMTU, &ifr) < 0 || ifr.ifr_mtu <= 0)
        return 0;
    return (unsigned)ifr.ifr_mtu;
}

int ifaces_getifaddrs(struct iface_table *t)
{
    struct ifaddrs *all = NULL;
    int fd;

    if (os.getifaddrs(&all) < 0)
        return errno > 0 ? -errno : -EOPNOTSUPP;
    t->count = 0;
    for (const struct ifaddrs *e = all; e != NULL; e = e->ifa_next)
        take(e, t);
    freeifaddrs(all);
    fd = fd_socket(AF_INET, SOCK_DGRAM, 0);
    for (int n = 0; n < t->count; n++) {
        struct os_iface *i = &t->list[n];

        i->index = if_nametoindex(i->name);
        if (fd >= 0)
            i->mtu = ask_mtu(fd, i->name);
    }
    fd_close(&fd);
    return 0;
}

#else

int ifaces_getifaddrs(struct iface_table *t)
{
    (void)t;
    return -EOPNOTSUPP;
}

#endif
