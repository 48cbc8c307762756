/*
 * doctor_host.c - crier doctor: what concerns the host as a whole
 */
#include <errno.h>
#include <string.h>

#include "doctor.h"

enum {
    LATE_MS = 250,  /* a probe waits so long for who has the name */
    STEP_MS = 100,
    NSSWITCH_MAX = 4096,
};

/* --- D03 ------------------------------------------------------------------- */

static void tell_holder(struct finding *f, const struct os_holder *h)
{
    if (f->text.len > 0)
        text_str(&f->text, ", ");
    if (h->pid != 0)
        text_fmt(&f->text, "%s (process %u", h->name, (unsigned)h->pid);
    else
        text_fmt(&f->text, "unknown process (user %u", (unsigned)h->uid);
    text_fmt(&f->text, ", %s)", doctor_families(h->families));
}

void doctor_port(const struct doctor *d, struct finding *f,
                 const struct doctor_link *l)
{
    bool others = false;

    (void)l;
    f->remedy = "stop it, or accept that answers for one host alone may go "
                "to it";
    if (d->holder_count < 0) {
        /* A wildcard socket is noticed without /proc. */
        others = os_port_shared(ADDR_V4) || os_port_shared(ADDR_V6);
        text_str(&f->text, others ? "another program has UDP port 5353"
                                  : "no /proc/net/udp here, which would tell");
        f->verdict = others ? DOCTOR_WARN : DOCTOR_SKIP;
        return;
    }
    for (int i = 0; i < d->holder_count; i++) {
        tell_holder(f, &d->holders[i]);
        others = others || strcmp(d->holders[i].name, "crier") != 0;
    }
    if (d->holder_count == 0)
        text_str(&f->text, "nobody");
    text_str(&f->text, " has UDP port 5353");
    f->verdict = others ? DOCTOR_WARN : DOCTOR_PASS;
}

/* --- D10 ------------------------------------------------------------------- */

/* The words of the line "hosts:", or NULL. */
static char *hosts_line(char *text)
{
    for (char *p = text; p != NULL; p = strchr(p, '\n')) {
        p += strspn(p, " \t\n");
        if (strncmp(p, "hosts:", 6) == 0) {
            p += 6;
            p += strspn(p, " \t");
            p[strcspn(p, "#\n")] = '\0';
            return p;
        }
    }
    return NULL;
}

void doctor_lookups(const struct doctor *d, struct finding *f,
                    const struct doctor_link *l)
{
    char buf[NSSWITCH_MAX];
    int len = os_file_text("/etc/nsswitch.conf", buf, sizeof buf);
    char *hosts = len > 0 ? hosts_line(buf) : NULL;

    (void)d;
    (void)l;
    if (hosts == NULL) {
        text_str(&f->text, "no \"hosts:\" in /etc/nsswitch.conf: programs of "
                 "this system ask DNS alone for .local");
    } else {
        text_fmt(&f->text, "nsswitch: %s", hosts);
        if (strstr(hosts, "mdns") != NULL || strstr(hosts, "resolve") != NULL)
            return;
    }
    f->verdict = DOCTOR_WARN;
    f->remedy = "install nss-mdns, or systemd-resolved with MulticastDNS=yes; "
                "with musl write /etc/hosts from crier resolve";
}

/* --- D13 ------------------------------------------------------------------- */

void doctor_clock(const struct doctor *d, struct finding *f,
                  const struct doctor_link *l)
{
    int64_t step = d->clock_step_ms < 0 ? -d->clock_step_ms
                                        : d->clock_step_ms;

    (void)l;
    text_fmt(&f->text, "timers late by at most %u ms, clock set by %U ms",
             d->late_ms, (uint64_t)step);
    if (d->late_ms <= LATE_MS && step <= STEP_MS)
        return;
    f->verdict = DOCTOR_WARN;
    f->remedy = d->late_ms > LATE_MS
                    ? "the host is overloaded or was suspended: answers come "
                      "too late"
                    : "let one program alone set the clock, and slowly";
}

/* --- --kernel ----------------------------------------------------------------- */

static const struct {
    char name[20];
    char cost[76]; /* what its absence costs */
} facilities[OS_KERNEL_COUNT] = {
    [OS_KERNEL_INET] = {"IPv4", "IPv6 alone is used"},
    [OS_KERNEL_INET6] = {"IPv6", "IPv4 alone is used"},
    [OS_KERNEL_NETLINK] = {"AF_NETLINK",
        "interfaces are polled: a change is noticed after up to 5 s"},
    [OS_KERNEL_IF_INET6] = {"/proc/net/if_inet6",
        "without netlink, one IPv6 address of an interface is found"},
    [OS_KERNEL_MULTICAST_ALL] = {"IP_MULTICAST_ALL",
        "the device or the sender's subnet tells links apart"},
    [OS_KERNEL_BIND_DEVICE] = {"SO_BINDTODEVICE",
        "port 5353 is not shared with who set SO_REUSEPORT alone"},
    [OS_KERNEL_BOOTTIME] = {"CLOCK_BOOTTIME",
        "a sleep of the machine is not noticed"},
    [OS_KERNEL_GETRANDOM] = {"getrandom",
        "chance comes from /dev/urandom or the clock"},
    [OS_KERNEL_UNIX] = {"AF_UNIX",
        "no control sockets: add, rm, services, status, reload"},
    [OS_KERNEL_PACKET] = {"AF_PACKET",
        "no crier autoip; doctor sees no TTL, nor what leaves"},
    [OS_KERNEL_SECCOMP] = {"seccomp",
        "the sandbox does not filter system calls"},
    [OS_KERNEL_LANDLOCK] = {"Landlock",
        "the sandbox does not limit which files are read"},
    [OS_KERNEL_PROC_UDP] = {"/proc/net/udp",
        "doctor cannot tell who has port 5353"},
    [OS_KERNEL_SYSFS] = {"/sys/class/net",
        "doctor sees no bridges; without netlink crier neither"},
};

void doctor_kernel(struct out *o)
{
    struct text *t = o->to;

    for (unsigned i = 0; i < OS_KERNEL_COUNT; i++) {
        int err = os_kernel_try((enum os_kernel)i);
        const char *name = facilities[i].name;

        if (o->form == OUT_JSON) {
            out_json_open(t, "facility");
            out_json_str(t, "name", name);
            out_json_bool(t, "has", err >= 0);
            if (err < 0)
                out_json_str(t, "cost", facilities[i].cost);
            else
                out_json_null(t, "cost");
            out_json_close(t);
            continue;
        }
        text_str(t, name);
        text_pad(t, sizeof facilities[i].name - strlen(name));
        if (err < 0)
            text_fmt(t, "no   %s (%e)\n", facilities[i].cost, err);
        else
            text_str(t, "yes\n");
    }
}
