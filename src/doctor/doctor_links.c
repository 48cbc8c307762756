/*
 * doctor_links.c - crier doctor: what the system says of an interface
 *
 * Bridges and virtual cards are seen in /sys alone. In a container that may
 * be another network's: the index of the interface tells.
 */
#include <errno.h>
#include <string.h>

#include "doctor.h"

enum { PATH_LEN = 96 };

static void say(struct finding *f, enum verdict verdict, const char *text,
                const char *remedy)
{
    f->verdict = verdict;
    text_str(&f->text, text);
    f->remedy = remedy;
}

/* --- D01 ------------------------------------------------------------------- */

static void addresses(struct finding *f, const struct os_iface *i)
{
    text_str(&f->text, "up, multicast");
    for (unsigned n = 0; n < i->addr_count; n++) {
        text_str(&f->text, n == 0 ? ", " : " ");
        doctor_addr(f, &i->addrs[n].addr, NULL);
    }
}

void doctor_interface(const struct doctor *d, struct finding *f,
                      const struct doctor_link *l)
{
    const struct os_iface *i = l->iface;
    /* What nobody named is there for another purpose. */
    enum verdict bad = d->cli->glob_count > 0 ? DOCTOR_FAIL : DOCTOR_SKIP;

    if (i->master != 0)
        say(f, DOCTOR_SKIP, "a port: the bridge or bond above is the link",
            NULL);
    else if ((i->flags & IFF_UP) == 0)
        say(f, bad, "down", "ip link set %s up");
    else if ((i->flags & (IFF_MULTICAST | IFF_LOOPBACK)) == 0)
        say(f, (i->flags & IFF_POINTOPOINT) != 0 ? bad : DOCTOR_FAIL,
            "without the flag MULTICAST", "ip link set %s multicast on");
    else if ((i->flags & IFF_RUNNING) == 0)
        say(f, DOCTOR_WARN, "up, but without a carrier",
            "look at the cable, the radio, or the other end of %s");
    else if (i->addr_count == 0)
        say(f, DOCTOR_WARN, "up, but without an address",
            "give it one; crier autoip -i %s takes one by itself");
    else
        addresses(f, i);
}

/* --- D02 ------------------------------------------------------------------- */

void doctor_join(const struct doctor *d, struct finding *f,
                 const struct doctor_link *l)
{
    (void)d;
    if (l->os.oneshot) {
        say(f, DOCTOR_FAIL, "UDP port 5353 cannot be had",
            "stop the program that has it for itself, see D03");
    } else if (l->err < 0) {
        f->verdict = DOCTOR_FAIL;
        text_fmt(&f->text, "cannot join %s: %e",
                 (l->families & ADDR_V4) == 0 ? "224.0.0.251" : "ff02::fb",
                 l->err);
        f->remedy = l->err == -ENOBUFS
                        ? "sysctl -w net.ipv4.igmp_max_memberships=20"
                    : l->err == -EADDRINUSE
                        ? "stop the program that has port 5353 for itself, "
                          "see D03"
                        : "look at the system's firewall or sandbox";
    } else {
        text_fmt(&f->text, "joined the group of %s",
                 doctor_families(l->families));
    }
}

/* --- /sys ------------------------------------------------------------------- */

static const char *sys_path(char buf[PATH_LEN], const char *iface,
                            const char *file)
{
    struct text t = text_memory(buf, PATH_LEN);

    text_fmt(&t, "/sys/class/net/%s/%s", iface, file);
    return text_end(&t);
}

/* Whether /sys tells of this interface; says so if not. */
static bool sys_there(struct finding *f, const struct os_iface *i)
{
    char path[PATH_LEN];
    int index = os_number_read(sys_path(path, i->name, "ifindex"));

    if (index >= 0 && (unsigned)index == i->index)
        return true;
    say(f, DOCTOR_SKIP, index == -ENOENT
                            ? "no /sys here, which would tell"
                            : "/sys is that of another network", NULL);
    return false;
}

static const char *name_of(const struct doctor *d, unsigned index)
{
    for (int i = 0; i < d->iface_count; i++)
        if (d->ifaces[i].index == index)
            return d->ifaces[i].name;
    return "its bridge";
}

/* --- D06 ------------------------------------------------------------------- */

void doctor_bridge(const struct doctor *d, struct finding *f,
                   const struct doctor_link *l)
{
    const struct os_iface *i = l->iface;
    bool port = i->master != 0;
    const char *snooping = port ? "master/bridge/multicast_snooping"
                                : "bridge/multicast_snooping";
    const char *querier = port ? "master/bridge/multicast_querier"
                               : "bridge/multicast_querier";
    char path[PATH_LEN];
    int on;

    if (!sys_there(f, i))
        return;
    on = os_number_read(sys_path(path, i->name, snooping));
    f->iface = port ? name_of(d, i->master) : i->name;
    if (on < 0) {
        say(f, DOCTOR_PASS, "no bridge of this host", NULL);
    } else if (on == 0) {
        text_fmt(&f->text, "%s has multicast_snooping 0", f->iface);
    } else if (os_number_read(sys_path(path, i->name, querier)) > 0) {
        text_fmt(&f->text, "%s has a querier of its own", f->iface);
    } else {
        text_fmt(&f->text, "%s has multicast_snooping 1 and no querier: it "
                 "may stop to pass on ff02::fb", f->iface);
        f->verdict = DOCTOR_WARN;
        f->remedy = "ip link set %s type bridge mcast_querier 1, unless "
                    "another switch or router asks";
    }
}

/* --- D07 ------------------------------------------------------------------- */

static bool answered(const struct doctor_link *l)
{
    for (unsigned i = 0; i < l->host_count; i++)
        if (l->hosts[i].answers)
            return true;
    return false;
}

void doctor_filter(const struct doctor *d, struct finding *f,
                   const struct doctor_link *l)
{
    const struct os_iface *i = l->iface;
    char kind[OS_DRIVER_MAX];

    (void)d;
    if (!os_driver(i->name, kind))
        say(f, DOCTOR_SKIP, "the driver does not tell its name", NULL);
    else if (strcmp(kind, "virtio_net") != 0 && strcmp(kind, "macvlan") != 0)
        say(f, DOCTOR_PASS, "neither virtio nor macvlan nor macvtap", NULL);
    else if ((i->flags & IFF_ALLMULTI) != 0)
        text_fmt(&f->text, "%s with ALLMULTI", kind);
    else if (answered(l))
        text_fmt(&f->text, "%s, and multicast of others comes in", kind);
    else
        f->verdict = DOCTOR_WARN;
    if (f->verdict != DOCTOR_WARN)
        return;
    text_fmt(&f->text, "%s without ALLMULTI, and nothing comes in", kind);
    f->remedy = "ip link set %s allmulticast on; libvirt: "
                "trustGuestRxFilters='yes'";
}

/* --- D09 ------------------------------------------------------------------- */

void doctor_ipv6(const struct doctor *d, struct finding *f,
                 const struct doctor_link *l)
{
    const struct os_iface *i = l->iface;
    unsigned count = 0, local = 0;
    char path[PATH_LEN];
    struct text t = text_memory(path, sizeof path);
    int off;

    (void)d;
    for (unsigned n = 0; n < i->addr_count; n++) {
        count += i->addrs[n].addr.family == ADDR_V6;
        local += i->addrs[n].addr.family == ADDR_V6 &&
                 addr_link_local(&i->addrs[n].addr);
    }
    text_fmt(&t, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", i->name);
    off = os_number_read(text_end(&t));
    if (count > local)
        say(f, DOCTOR_PASS, "link-local and other addresses", NULL);
    else if (count > 0)
        say(f, DOCTOR_PASS, "link-local only, which is enough here", NULL);
    else if (off > 0)
        say(f, DOCTOR_WARN, "IPv6 is disabled",
            "sysctl -w net.ipv6.conf.%s.disable_ipv6=0");
    else if (off < 0)
        say(f, DOCTOR_WARN, "this kernel has no IPv6", NULL);
    else
        say(f, DOCTOR_WARN, "no IPv6 address that can be used",
            "sysctl -w net.ipv6.conf.%s.addr_gen_mode=0, then set it down "
            "and up");
}
