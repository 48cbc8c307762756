/*
 * ifwatch.c - the interfaces, from the best source that works
 *
 * Netlink tells of changes and lists them; where it does not answer, the
 * owner polls and the list comes from getifaddrs() or ioctl(). A netlink
 * socket that breaks later is replaced, and given up for polling if that
 * fails too.
 */
#include "private.h"

#include <stddef.h>

struct os_ifwatch {
    int netlink_fd; /* -1: polling */
    int inet6_fd;   /* /proc/net/if_inet6, read anew by lseek(); it stays open
                       since a sandbox may hide it later */
    bool no_netlink;
};

static struct os_ifwatch the_watch = {.netlink_fd = -1, .inet6_fd = -1};

static void start_polling(struct os_ifwatch *w)
{
    w->inet6_fd = fd_open("/proc/net/if_inet6");
    if (w->inet6_fd < 0)
        w->inet6_fd = -1;
    facility_note(OS_IF_INET6, w->inet6_fd >= 0);
}

/* It may be possible to make the socket, but not to be answered. */
static bool netlink_answers(void)
{
    struct os_iface one;
    struct iface_table t = {.list = &one, .max = 1};

    return ifaces_netlink(&t) == 0;
}

static void start_netlink(struct os_ifwatch *w)
{
    w->netlink_fd = ifwatch_netlink_open();
    if (w->netlink_fd >= 0 && !netlink_answers())
        fd_close(&w->netlink_fd);
    if (w->netlink_fd < 0)
        w->netlink_fd = -1;
    facility_note(OS_NETLINK, w->netlink_fd >= 0);
}

struct os_ifwatch *os_ifwatch_open(bool prefer_polling)
{
    struct os_ifwatch *w = &the_watch;

    os_ifwatch_close(w);
    w->no_netlink = prefer_polling;
    if (!prefer_polling)
        start_netlink(w);
    if (w->netlink_fd < 0)
        start_polling(w);
    return w;
}

int os_ifwatch_fd(const struct os_ifwatch *w)
{
    return w->netlink_fd;
}

bool os_ifwatch_changed(struct os_ifwatch *w)
{
    int what;

    if (w->netlink_fd < 0)
        return true;
    what = ifwatch_netlink_read(w->netlink_fd);
    if (what >= 0)
        return what > 0;
    fd_close(&w->netlink_fd);
    start_netlink(w);
    if (w->netlink_fd < 0)
        start_polling(w);
    return true;
}

int os_ifwatch_list(struct os_ifwatch *w, struct os_iface *out, int max)
{
    struct iface_table t = {.list = out, .max = max};

    if (w->netlink_fd >= 0 && ifaces_netlink(&t) == 0)
        return t.count;
    if (!w->no_netlink && os_facility(OS_GETIFADDRS) != OS_LACKS) {
        bool has = ifaces_getifaddrs(&t) == 0;

        facility_note(OS_GETIFADDRS, has);
        if (has)
            return t.count;
    }
    if (ifaces_ioctl(&t, w->inet6_fd) == 0)
        return t.count;
    return 0;
}

void os_ifwatch_close(struct os_ifwatch *w)
{
    fd_close(&w->netlink_fd);
    fd_close(&w->inet6_fd);
}
