/*
 * loop_links.c - interfaces come and go, links keep their numbers
 *
 * A scan compares the list of interfaces with the slots. An interface that
 * is wanted, up, has carrier and an address is a link; whatever it lacks, its
 * sockets are closed, so that each coming up joins the groups afresh. A slot
 * remembers its interface when that is down, so that the link gets its number
 * back, under the same index or at least the same name.
 */
#include "loop_private.h"

#include "crier/conf.h"

#include <errno.h>
#include <string.h>

enum {
    MTU_MIN = 576,
    BACKOFF_MIN_MS = 1000,
    BACKOFF_MAX_MS = 60000,
    SCAN_GAP_MS = 50,      /* a storm of notices is read as one */
    POLL_SOON_MS = 1000,   /* after a change, when polling: more may follow */
    TRIAL_GAP_MS = 1000,
};

/* --- which interfaces -------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* "br-" and twelve hexadecimal digits: a bridge that Docker made. */
static bool is_docker_bridge(const char *name)
{
    unsigned n = 0;

    if (strncmp(name, "br-", 3) != 0)
        return false;
    while (is_hex(name[3 + n]))
        n++;
    return n == 12 && name[3 + n] == '\0';
}

static bool wanted_by_default(const char *name)
{
    static const char out[][8] = {"lo", "veth*", "docker*", "tun*", "ppp*"};

    for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
        if (pub_glob(out[i], name))
            return false;
    }
    return !is_docker_bridge(name);
}

bool loop_iface_wanted(const char *const *globs, unsigned count,
                       const char *name)
{
    bool chosen = false; /* some glob takes in */
    bool in = false;

    for (unsigned i = 0; i < count; i++) {
        if (globs[i][0] == '!') {
            if (pub_glob(globs[i] + 1, name))
                return false;
        } else {
            chosen = true;
            in = in || pub_glob(globs[i], name);
        }
    }
    return chosen ? in : wanted_by_default(name);
}

static bool can_serve(const struct loop *l, const struct os_iface *i)
{
    unsigned need = IFF_UP | IFF_RUNNING;

    if ((i->flags & IFF_LOOPBACK) == 0)
        need |= IFF_MULTICAST; /* it does without the flag */
    return (i->flags & need) == need && i->master == 0 &&
           loop_iface_wanted(l->cfg.ifglobs, l->cfg.ifglob_count, i->name);
}

/* --- slots ------------------------------------------------------------- */

static void tell(struct loop *l, unsigned link, enum loop_link_event what,
                 int err)
{
    if (l->hooks.link != NULL)
        l->hooks.link(l->hooks.ctx, link, what, err);
}

static void slot_down(struct loop *l, struct slot *s)
{
    unsigned link = loop_slot_of(l, s);
    bool was_up = s->up;

    os_link_close(&s->os);
    loop_io_forget(l, link);
    s->up = false;
    s->retry_ms = LOOP_NEVER;
    s->backoff_ms = 0;
    s->deaf = false;
    s->told_polite = 0;
    memset(s->send_err, 0, sizeof s->send_err);
    memset(&s->st, 0, sizeof s->st);
    l->sets_stale = true;
    if (was_up) {
        os_allmulti(s->ifindex, false);
        engine_link_down(l->engine, l->now_ms, link);
        tell(l, link, LOOP_LINK_DOWN, 0);
    }
}

/* The slot of an interface: by index, else by name (made anew, it has another
 * index), else one never used, else one that is down. */
static struct slot *slot_for(struct loop *l, const struct os_iface *i)
{
    struct slot *by_name = NULL, *down = NULL;

    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];

        if (s->ifindex == i->index) {
            return s;
        } else if (strcmp(s->name, i->name) == 0) {
            by_name = s;
        } else if (!s->up && !s->seen) {
            down = down != NULL ? down : s;
        }
    }
    if (by_name != NULL)
        return by_name;
    if (l->slot_count == ENGINE_LINKS_MAX)
        return down;
    down = &l->slots[l->slot_count++];
    os_link_init(&down->os);
    down->retry_ms = LOOP_NEVER;
    return down;
}

static void slot_state(const struct slot *s, uint8_t families,
                       struct link_state *st)
{
    const struct os_iface *i = &s->iface;
    unsigned mtu = i->mtu < MTU_MIN ? MTU_MIN : i->mtu;

    memset(st, 0, sizeof *st); /* padding too: it is compared whole */
    st->families = families;
    st->polite = s->os.polite & families;
    st->oneshot = s->os.oneshot;
    st->mtu = (uint16_t)(mtu > UINT16_MAX ? UINT16_MAX : mtu);
    for (unsigned n = 0; n < i->addr_count; n++) {
        struct link_addr *a = &st->addrs[st->addr_count++];

        a->addr.family = i->addrs[n].addr.family;
        memcpy(a->addr.b, i->addrs[n].addr.b, sizeof a->addr.b);
        a->prefix_len = i->addrs[n].prefix_len;
    }
}

static void slot_backoff(struct loop *l, struct slot *s)
{
    uint32_t next = s->backoff_ms * 2;

    if (next < BACKOFF_MIN_MS)
        next = BACKOFF_MIN_MS;
    s->backoff_ms = next > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : next;
    s->retry_ms = l->now_ms + s->backoff_ms;
}

void loop_links_retry(struct loop *l, struct slot *s)
{
    s->deaf = true;
    if (s->retry_ms == LOOP_NEVER)
        slot_backoff(l, s);
    l->sets_stale = true;
}

/* Tell the owner once, and again only when it is another trouble. */
static void slot_error(struct loop *l, struct slot *s, int err)
{
    if (err == 0 && !s->os.unbound) {
        if (!s->deaf)
            s->backoff_ms = 0;
        s->retry_ms = LOOP_NEVER;
    } else {
        slot_backoff(l, s);
    }
    if (err != 0 && err != s->open_err)
        tell(l, loop_slot_of(l, s), LOOP_LINK_ERROR, err);
    s->open_err = err;
}

/* Open or adjust the sockets for s->iface and tell the engine what changed. */
static void slot_open(struct loop *l, struct slot *s)
{
    unsigned link = loop_slot_of(l, s);
    struct link_state st;
    int err = 0;
    uint8_t families = os_link_open(&s->os, &s->iface, l->cfg.families,
                                    l->cfg.allow_oneshot, &err);
    bool was_up = s->up;

    l->sets_stale = true;
    slot_error(l, s, err);
    if (families == 0) {
        uint64_t retry_ms = s->retry_ms;
        uint32_t backoff_ms = s->backoff_ms;

        slot_down(l, s);
        s->retry_ms = retry_ms;
        s->backoff_ms = backoff_ms;
        return;
    }
    slot_state(s, families, &st);
    if (!was_up || memcmp(&st, &s->st, sizeof st) != 0) {
        s->st = st;
        s->up = true;
        engine_link_set(l->engine, l->now_ms, link, &st);
    }
    if (!was_up) {
        os_allmulti(s->ifindex, true);
        tell(l, link, LOOP_LINK_UP, 0);
    }
    if ((st.polite & ~s->told_polite) != 0)
        tell(l, link, LOOP_LINK_POLITE, 0);
    s->told_polite = st.polite;
}

static bool same_iface(const struct os_iface *a, const struct os_iface *b)
{
    return a->index == b->index && a->flags == b->flags && a->mtu == b->mtu &&
           a->carrier_changes == b->carrier_changes &&
           memcmp(a->mac, b->mac, sizeof a->mac) == 0 &&
           strcmp(a->name, b->name) == 0 && a->addr_count == b->addr_count &&
           memcmp(a->addrs, b->addrs, a->addr_count * sizeof a->addrs[0]) == 0;
}

/* The link's interface is not quite what it was. */
static void adopt(struct loop *l, struct slot *s, const struct os_iface *i)
{
    bool renamed = strcmp(s->name, i->name) != 0;

    /* A new interface of the old name, or a slot of another that is gone. Or
     * the carrier went and came back between two scans (RFC 6762 section 8:
     * probe again). */
    if (s->ifindex != i->index ||
        i->carrier_changes != s->iface.carrier_changes)
        slot_down(l, s);
    /* It may be another one under the same index, which joined nothing. */
    if (s->up && memcmp(i->mac, s->iface.mac, sizeof i->mac) != 0) {
        os_link_rejoin(&s->os);
        os_allmulti(s->ifindex, false);
        os_allmulti(s->ifindex, true);
    }
    if (renamed)
        s->open_err = 0;
    memcpy(s->name, i->name, sizeof s->name);
    s->ifindex = i->index;
    s->iface = *i;
    if (renamed && s->up) /* for those who go by the name */
        tell(l, loop_slot_of(l, s), LOOP_LINK_UP, 0);
    slot_open(l, s);
}

static void take_iface(struct loop *l, const struct os_iface *i)
{
    struct slot *s = slot_for(l, i);

    if (s == NULL) {
        if (!l->too_many_told)
            tell(l, ENGINE_NO_LINK, LOOP_LINK_ERROR, -ENOSPC);
        l->too_many_told = true;
        return;
    }
    s->seen = true;
    if (s->ifindex == i->index && same_iface(i, &s->iface))
        return; /* what is closed and could be opened has its retry_ms */
    l->list_changed = true;
    adopt(l, s, i);
}

void loop_links_scan(struct loop *l)
{
    int count = os_ifwatch_list(l->watch, l->ifaces, OS_IFACES_MAX);

    l->rescan = false;
    l->scanned_ms = l->now_ms;
    l->list_changed = false;
    for (unsigned n = 0; n < l->slot_count; n++)
        l->slots[n].seen = false;
    /* First who stays, so that nobody's slot is given away. */
    for (int i = 0; i < count; i++) {
        for (unsigned n = 0; n < l->slot_count; n++) {
            if (l->slots[n].name[0] != '\0' &&
                l->slots[n].ifindex == l->ifaces[i].index)
                l->slots[n].seen = can_serve(l, &l->ifaces[i]);
        }
    }
    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];

        if (s->seen)
            continue;
        if (s->up || s->retry_ms != LOOP_NEVER) {
            l->list_changed = true;
            slot_down(l, s);
        }
        s->iface.index = 0; /* open it when it comes back unchanged */
    }
    for (int i = 0; i < count; i++) {
        if (can_serve(l, &l->ifaces[i]))
            take_iface(l, &l->ifaces[i]);
    }
}

/* --- timers ------------------------------------------------------------ */

static bool polling(const struct loop *l)
{
    return os_ifwatch_fd(l->watch) < 0;
}

static uint64_t scan_due_ms(const struct loop *l)
{
    uint64_t due = polling(l) ? l->poll_ms : LOOP_NEVER;

    if (l->rescan && l->scanned_ms + SCAN_GAP_MS < due)
        due = l->scanned_ms + SCAN_GAP_MS;
    return due;
}

static void rejoin_all(struct loop *l)
{
    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];

        if (!s->up)
            continue;
        os_link_rejoin(&s->os);
        slot_open(l, s); /* what could not join again; rivals that left */
    }
    l->rejoin_ms = l->now_ms + l->cfg.rejoin_ms;
}

void loop_links_timers(struct loop *l)
{
    for (unsigned n = 0; n < l->slot_count; n++) {
        if (l->slots[n].retry_ms <= l->now_ms)
            slot_open(l, &l->slots[n]);
    }
    if (l->now_ms >= l->rejoin_ms)
        rejoin_all(l);
    if (l->now_ms >= scan_due_ms(l)) {
        uint32_t next = l->cfg.poll_ms;

        loop_links_scan(l);
        if (l->list_changed && next > POLL_SOON_MS)
            next = POLL_SOON_MS;
        l->poll_ms = l->now_ms + next;
    }
}

uint64_t loop_links_deadline(const struct loop *l)
{
    uint64_t due = scan_due_ms(l);

    for (unsigned n = 0; n < l->slot_count; n++) {
        if (l->slots[n].retry_ms < due)
            due = l->slots[n].retry_ms;
    }
    if (l->suspect != 0 && l->trial_ms < due)
        due = l->trial_ms;
    return l->rejoin_ms < due ? l->rejoin_ms : due;
}

void loop_links_trial(struct loop *l)
{
    uint8_t found = 0;

    if (l->suspect == 0 || l->now_ms < l->trial_ms)
        return;
    for (uint8_t f = ADDR_V4; f <= ADDR_V6; f++) {
        if ((l->suspect & f) != 0 && os_port_shared(f))
            found |= f;
    }
    l->suspect = 0;
    l->trial_ms = l->now_ms + TRIAL_GAP_MS;
    if (found == 0)
        return;
    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];

        if (!s->up)
            continue;
        if ((found & ADDR_V4) != 0)
            os_link_yield(&s->os, ADDR_V4);
        if ((found & ADDR_V6) != 0)
            os_link_yield(&s->os, ADDR_V6);
        slot_open(l, s);
    }
}

void loop_links_close(struct loop *l)
{
    for (unsigned n = 0; n < l->slot_count; n++)
        os_link_close(&l->slots[n].os);
}
