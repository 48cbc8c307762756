/*
 * cmd_autoip.c - crier autoip: a link-local IPv4 address for one interface
 *
 * A process of its own, with rights that the daemon does not have. It takes
 * turns between the ARP socket, the notices about the interface, and the
 * clock; src/autoip decides.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "autoip_host.h"
#include "crier/autoip.h"
#include "crier/cli.h"

enum {
    ARP_TURN_MAX = 256, /* packets before the clock is looked at again */
    POLL_MS = 5000,     /* where notices are not to be had */
    SLEEP_MS = 2000,    /* a gap in the clock that is sleep of the machine */
};

struct autoip_cmd {
    const struct cli *cli;
    struct out out;
    const char *iface, *state_dir;
    struct addr first;
    struct autoip_host host;
    struct os_ifwatch *watch;
    struct autoip a;
    bool started;      /* the interface was there once, so a is set up */
    bool look;         /* again, at the interface */
    unsigned waiting;  /* for what: TOLD_MISSING, TOLD_DOWN, TOLD_OTHER; or 0 */
    struct addr other; /* that the interface has */
    uint32_t carrier_changes;
    uint64_t asleep_ms;
    uint64_t count;    /* addresses claimed */
    int status;        /* not CLI_OK: it cannot go on */
};

static volatile sig_atomic_t signalled;

static void on_signal(int signo)
{
    signalled = signo;
}

/* --- telling -------------------------------------------------------------- */

static const char *mac_text(const uint8_t *mac, char buf[18])
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < 6; i++) {
        buf[3 * i] = hex[mac[i] >> 4];
        buf[3 * i + 1] = hex[mac[i] & 15];
        buf[3 * i + 2] = ':';
    }
    buf[17] = '\0';
    return buf;
}

enum told {
    TOLD_PROBE, TOLD_TAKEN, TOLD_DEFENDED, TOLD_CONFLICT, TOLD_BOUND,
    TOLD_DEPRECATED,
    TOLD_UNBOUND, /* and the reasons of enum autoip_why behind it */
    TOLD_MISSING = TOLD_UNBOUND + AUTOIP_WHY_END + 1,
    TOLD_DOWN, TOLD_OTHER,
};

/* Of each: the event, its reason ("": none), and the words for people behind
 * interface and address, in front of the peer. */
static const struct {
    char event[11], reason[9], text[34];
} told[] = {
    [TOLD_PROBE] = {"probe", "", "is being tried"},
    [TOLD_TAKEN] = {"taken", "", "belongs to"},
    [TOLD_DEFENDED] = {"defended", "", "is defended against"},
    [TOLD_CONFLICT] = {"conflict", "", "is lost to"},
    [TOLD_BOUND] = {"bound", "", "is ours"},
    [TOLD_DEPRECATED] = {"deprecated", "other", "yields to another address"},
    [TOLD_UNBOUND + AUTOIP_WHY_DOWN] = {"unbound", "down",
                                        "is given up: the link went down"},
    [TOLD_UNBOUND + AUTOIP_WHY_CONFLICT] = {"unbound", "conflict",
                                            "is given up"},
    [TOLD_UNBOUND + AUTOIP_WHY_OTHER] = {"unbound", "other",
                                         "is given up for the other address"},
    [TOLD_UNBOUND + AUTOIP_WHY_REMOVED] = {"unbound", "removed",
                                           "was removed by somebody else"},
    [TOLD_UNBOUND + AUTOIP_WHY_END] = {"unbound", "end",
                                       "is given up: asked to end"},
    [TOLD_MISSING] = {"wait", "missing", "is gone; waiting for it"},
    [TOLD_DOWN] = {"wait", "down", "the link is down; waiting for it"},
    [TOLD_OTHER] = {"wait", "other", "is there; waiting until it goes"},
};

/* "": null */
static void tell_key(struct text *t, const char *key, const char *value)
{
    if (value[0] == '\0')
        out_json_null(t, key);
    else
        out_json_str(t, key, value);
}

static void tell(struct autoip_cmd *c, unsigned what, const struct addr *addr,
                 const uint8_t *peer)
{
    struct text *t = c->out.to;
    char address[ADDR_TEXT_MAX] = "", mac[18] = "";

    if (addr != NULL)
        os_addr_text(addr, NULL, address);
    if (peer != NULL)
        mac_text(peer, mac);
    if (c->out.form == OUT_JSON) {
        out_json_open(t, told[what].event);
        out_json_str(t, "iface", c->iface);
        tell_key(t, "address", address);
        tell_key(t, "peer", mac);
        tell_key(t, "reason", told[what].reason);
        out_json_close(t);
        return;
    }
    text_fmt(t, "%s: %s%s%s", c->iface, address, addr != NULL ? " " : "",
             told[what].text);
    text_fmt(t, peer != NULL ? " %s\n" : "\n", mac);
    text_flush(t);
}

/* --- doing ---------------------------------------------------------------- */

static void fail_address(struct autoip_cmd *c, const struct addr *a, int err)
{
    char buf[ADDR_TEXT_MAX];

    if (err == -ENODEV) { /* a notice will tell */
        c->look = true;
        return;
    }
    c->status = CLI_SYSTEM;
    cli_say("E051: cannot put %s on %s: %e; it needs root, or CAP_NET_ADMIN",
            os_addr_text(a, NULL, buf), c->iface, err);
}

static void configure(struct autoip_cmd *c, const struct addr *a)
{
    bool failed_before = c->host.settings_fail;
    int err = autoip_host_configure(&c->host, a);

    if (err < 0) {
        fail_address(c, a, err);
        return;
    }
    c->count++;
    tell(c, TOLD_BOUND, a, NULL);
    if (c->host.settings_fail && !failed_before && !c->cli->quiet)
        cli_say("W250: cannot write below /proc/sys/net/ipv4, so the kernel "
                "goes on to answer ARP by unicast on %s", c->iface);
    if (c->state_dir == NULL)
        return;
    err = autoip_host_save(c->state_dir, c->iface, a);
    if (err < 0 && !c->cli->quiet)
        cli_say("W251: cannot keep the address in %s: %e; look at the "
                "directory of --state", c->state_dir, err);
}

static void act(struct autoip_cmd *c, const struct autoip_action *act)
{
    int err;

    switch (act->kind) {
    case AUTOIP_SEND: /* what is lost here could be lost on the link too */
        os_arp_broadcast(c->host.arp_fd, c->host.ifindex, act->arp,
                         sizeof act->arp);
        break;
    case AUTOIP_TRYING:
        tell(c, TOLD_PROBE, &act->addr, NULL);
        break;
    case AUTOIP_TAKEN:
    case AUTOIP_DEFENDED:
    case AUTOIP_LOST:
        tell(c, TOLD_TAKEN + (unsigned)(act->kind - AUTOIP_TAKEN), &act->addr,
             act->peer);
        break;
    case AUTOIP_CONFIGURE:
        configure(c, &act->addr);
        break;
    case AUTOIP_DEPRECATE:
        err = autoip_host_deprecate(&c->host, &act->addr);
        if (err < 0)
            fail_address(c, &act->addr, err);
        tell(c, TOLD_DEPRECATED, &act->addr, NULL);
        break;
    case AUTOIP_UNCONFIGURE:
        if (act->why == AUTOIP_WHY_CONFLICT)
            os_ipv4_reset(&act->addr);
        autoip_host_remove(&c->host);
        tell(c, TOLD_UNBOUND + (unsigned)act->why, &act->addr, NULL);
        break;
    }
}

static void act_all(struct autoip_cmd *c)
{
    struct autoip_action next;

    while (autoip_pull(&c->a, &next))
        act(c, &next);
}

/* --- the interface -------------------------------------------------------- */

/* NULL if it can have such an address, else why not. */
static const char *unfit(const struct os_iface *i)
{
    if ((i->flags & IFF_LOOPBACK) != 0)
        return "it is the loop-back";
    if ((i->flags & IFF_NOARP) != 0 || (i->flags & IFF_BROADCAST) == 0 ||
        !i->has_mac)
        return "it has no ARP, as Ethernet has";
    if (i->master != 0)
        return "it is a port of a bridge or bond; use that";
    return NULL;
}

static const struct os_iface *find(struct autoip_cmd *c)
{
    static struct os_iface list[OS_IFACES_MAX];
    int count = os_ifwatch_list(c->watch, list, OS_IFACES_MAX);

    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, c->iface) == 0)
            return &list[i];
    return NULL;
}

/* Its addresses: is ours missing, is there another one? */
static void look_at_addresses(struct autoip_cmd *c, const struct os_iface *i,
                              struct autoip_iface *now)
{
    struct addr ours = autoip_address(&c->a);

    /* A deprecated one is not listed; nor is what passes the limit. The list
     * may be older than what was done since. */
    now->removed = c->a.phase == AUTOIP_HELD &&
                   c->a.retire_ms == UINT64_MAX &&
                   i->addr_count < LINK_ADDRS_MAX;
    for (unsigned n = 0; n < i->addr_count; n++) {
        const struct addr *a = &i->addrs[n].addr;

        if (a->family != ADDR_V4 || a->b[0] == 127)
            continue;
        if (addr_equal(a, &ours)) {
            now->removed = false;
        } else {
            now->other = true;
            c->other = *a;
        }
    }
}

/* What went down and up again since the last look counts as having been down
 * (RFC 3927 section 2.2), and so does the sleep of the machine. */
static bool was_away(struct autoip_cmd *c, const struct os_iface *i)
{
    uint64_t now_ms = os_now_ms();
    uint64_t boot_ms = os_boottime_ms();
    uint64_t asleep_ms = boot_ms > now_ms ? boot_ms - now_ms : 0;
    bool away = i->carrier_changes != c->carrier_changes ||
                asleep_ms > c->asleep_ms + SLEEP_MS;

    c->carrier_changes = i->carrier_changes;
    c->asleep_ms = asleep_ms;
    return away;
}

static void look(struct autoip_cmd *c, uint64_t now_ms)
{
    const struct os_iface *i = find(c);
    struct autoip_iface now = {.up = false};
    unsigned w;

    c->look = false;
    memcpy(now.mac, c->a.mac, sizeof now.mac);
    if (i != NULL && unfit(i) != NULL)
        i = NULL;
    if (i == NULL || was_away(c, i) || i->index != c->host.ifindex) {
        autoip_iface(&c->a, now_ms, &now);
        act_all(c);
    }
    if (i == NULL) {
        autoip_host_close(&c->host);
        w = TOLD_MISSING;
    } else {
        memcpy(now.mac, i->mac, sizeof now.mac);
        now.up = (i->flags & IFF_UP) != 0 && (i->flags & IFF_RUNNING) != 0;
        if (i->index != c->host.ifindex &&
            autoip_host_open(&c->host, i->index) < 0)
            now.up = false;
        look_at_addresses(c, i, &now);
        autoip_iface(&c->a, now_ms, &now);
        act_all(c);
        w = !now.up ? TOLD_DOWN : now.other ? TOLD_OTHER : 0;
    }
    if (w != 0 && w != c->waiting && c->a.phase == AUTOIP_IDLE)
        tell(c, w, w == TOLD_OTHER ? &c->other : NULL, NULL);
    c->waiting = w;
}

/* --- turns ---------------------------------------------------------------- */

static void hear(struct autoip_cmd *c, uint64_t now_ms)
{
    uint8_t buf[64]; /* the rest is padding */

    for (int i = 0; i < ARP_TURN_MAX && c->host.arp_fd >= 0; i++) {
        int n = os_arp_recv(c->host.arp_fd, buf, sizeof buf);

        if (n < 0)
            return;
        autoip_receive(&c->a, now_ms, buf, (size_t)n);
        act_all(c);
    }
}

static void wait_for_news(struct autoip_cmd *c, const sigset_t *mask)
{
    int fds[2] = {c->host.arp_fd, os_ifwatch_fd(c->watch)};
    uint64_t now_ms = os_now_ms();
    uint64_t until_ms = autoip_deadline_ms(&c->a);
    struct timespec ts;
    fd_set set;
    int top = -1;

    FD_ZERO(&set);
    for (int i = 0; i < 2; i++) {
        if (fds[i] >= 0)
            os_fd_set(fds[i], &set);
        if (fds[i] > top)
            top = fds[i];
    }
    if (fds[1] < 0 && until_ms > now_ms + POLL_MS)
        until_ms = now_ms + POLL_MS;
    if (c->look || until_ms < now_ms)
        until_ms = now_ms;
    ts.tv_sec = (time_t)((until_ms - now_ms) / 1000);
    ts.tv_nsec = (long)((until_ms - now_ms) % 1000 * 1000000);
    pselect(top + 1, &set, NULL, NULL,
            until_ms == UINT64_MAX ? NULL : &ts, mask);
}

static void serve(struct autoip_cmd *c)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction sa, old;
    sigset_t blocked, before;

    memset(&sa, 0, sizeof sa);
    sa.sa_handler = SIG_IGN; /* nobody reads: no reason to give it up */
    sigaction(SIGPIPE, &sa, NULL);
    sa.sa_handler = on_signal;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        sigaction(ends[i], NULL, &old);
        if (ends[i] == SIGHUP && old.sa_handler == SIG_IGN)
            continue; /* nohup */
        sigaction(ends[i], &sa, NULL);
        sigaddset(&blocked, ends[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    while (signalled == 0 && c->status == CLI_OK) {
        uint64_t now_ms = os_now_ms();

        if (os_ifwatch_changed(c->watch) || c->look)
            look(c, now_ms);
        hear(c, now_ms);
        autoip_advance(&c->a, now_ms);
        act_all(c);
        if (c->status == CLI_OK)
            wait_for_news(c, &before);
    }
    autoip_end(&c->a);
    act_all(c);
    if (c->out.form == OUT_JSON)
        out_json_end(c->out.to, signalled != 0 ? "signal" : "failed",
                     c->count);
}

/* --- the verb ------------------------------------------------------------- */

/* The interface, and whether we may do with it what has to be done. */
static int start(struct autoip_cmd *c)
{
    const struct os_iface *i;
    const char *why = "there is no such interface";
    struct addr left;
    int err;

    c->watch = os_ifwatch_open(false);
    i = find(c);
    if (i != NULL)
        why = unfit(i);
    if (why != NULL) {
        cli_say("E042: cannot use %s: %s", c->iface, why);
        return CLI_SYSTEM;
    }
    err = autoip_host_open(&c->host, i->index);
    if (err < 0) {
        cli_say("E050: cannot open a socket for ARP on %s: %e; it needs root, "
                "or CAP_NET_RAW and CAP_NET_ADMIN", c->iface, err);
        return CLI_SYSTEM;
    }
    if (c->first.family == ADDR_NONE && c->state_dir != NULL)
        autoip_host_load(c->state_dir, c->iface, &c->first);
    if (autoip_host_left_over(&c->host, &left)) {
        if (c->first.family == ADDR_NONE)
            c->first = left;
        autoip_host_configure(&c->host, &left);
        autoip_host_remove(&c->host);
    }
    was_away(c, i);
    autoip_init(&c->a, i->mac, os_entropy(), &c->first);
    c->look = true;
    return CLI_OK;
}

static int run(struct cli *cli)
{
    static struct autoip_cmd c;
    const char *value;
    int err, o;

    c.cli = cli;
    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o == 'i') {
            c.iface = value;
        } else if (o == 'D') {
            c.state_dir = value;
        } else if (o == 'S') {
            if (!os_addr_parse(value, &c.first) ||
                !autoip_selectable(&c.first)) {
                report_at(&cli->report, cli_col(cli), "E004",
                          "read \"%s\", expected an address from 169.254.1.0 "
                          "to 169.254.254.255", value);
                return CLI_USAGE;
            }
        } else {
            if (o == CLI_WORD)
                report_at(&cli->report, cli_col(cli), "E005",
                          "read \"%s\", expected no words", value);
            return CLI_USAGE;
        }
    }
    if (c.iface == NULL) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "expected an interface, as in: crier autoip -i eth0");
        return CLI_USAGE;
    }
    c.out = cli_out(cli);
    err = autoip_host_init(&c.host, c.iface);
    if (err < 0) {
        cli_say("E041: cannot start: %e", err);
        return CLI_SYSTEM;
    }
    c.status = start(&c);
    if (c.status == CLI_OK)
        serve(&c);
    autoip_host_end(&c.host);
    os_ifwatch_close(c.watch);
    return c.status;
}

static const struct cli_opt opts[] = {
    {'i', true, true, "interface"},
    {'S', false, true, "start"},
    {'D', false, true, "state"},
};

const struct cli_verb cmd_autoip = {
    .name = "autoip",
    .run = run,
    .common = "jq",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "-i IF [--start ADDRESS] [--state DIR]",
    .help = "Give one interface a link-local IPv4 address (RFC 3927) while it "
            "has no other,\nand defend it. Ends by a signal, and then takes "
            "it off. Needs root.\n\n"
            "  -i, --interface IF    its name\n"
            "      --start ADDRESS   try this one first\n"
            "      --state DIR       keep the address in DIR/IF for the next "
            "start\n",
};
