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

/* In the order of enum os_kernel: what it is, what its absence costs. */
static const char facilities[] =
    "IPv4\0IPv6 alone is used\0"
    "IPv6\0IPv4 alone is used\0"
    "AF_NETLINK\0interfaces are polled, every 5 s\0"
    "/proc/net/if_inet6\0without netlink: one IPv6 address an interface\0"
    "IP_MULTICAST_ALL\0the device or the sender's subnet tells the link\0"
    "SO_BINDTODEVICE\0no port shared with who set SO_REUSEPORT alone\0"
    "CLOCK_BOOTTIME\0a sleep of the machine is not noticed\0"
    "getrandom\0chance comes from /dev/urandom or the clock\0"
    "AF_UNIX\0no control sockets\0"
    "AF_PACKET\0no crier autoip; doctor sees no TTL, nor what leaves\0"
    "seccomp\0the sandbox does not filter system calls\0"
    "Landlock\0the sandbox does not limit what files are read\0"
    "Landlock for TCP\0nor to which ports health checks connect\0"
    "/proc/net/udp\0doctor does not see who has port 5353\0"
    "/sys/class/net\0doctor sees no bridges";
enum { FACILITY_WIDTH = 20 };

void doctor_kernel(struct out *o)
{
    struct text *t = o->to;
    const char *name = facilities;

    for (unsigned i = 0; i < OS_KERNEL_COUNT; i++) {
        int err = os_kernel_try((enum os_kernel)i);
        size_t len = strlen(name);
        const char *cost = name + len + 1;

        if (o->form == OUT_JSON) {
            out_json_open(t, "facility");
            out_json_str(t, "name", name);
            out_json_bool(t, "has", err >= 0);
            doctor_json_str(t, "cost", err < 0 ? cost : NULL);
            out_json_close(t);
        } else {
            text_str(t, name);
            text_pad(t, FACILITY_WIDTH - len);
            if (err < 0)
                text_fmt(t, "no   %s (%e)\n", cost, err);
            else
                text_str(t, "yes\n");
        }
        name = cost + strlen(cost) + 1;
    }
}
