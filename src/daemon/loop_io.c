/*
 * loop_io.c - datagrams between sockets and engine
 *
 * What the kernel would not take is kept, one datagram a link and family, and
 * the engine passes over that link and family until it is gone: nothing
 * queues up here, and what the engine sends later is made then, from what is
 * true then.
 */
#include "loop_private.h"

#include <errno.h>
#include <string.h>

enum {
    NO_BUFFER_MS = 20,    /* ENOBUFS: select() does not tell when it is over */
    STALE_MS = 3000,      /* older packets are better not sent at all */
    SEND_MAX = 128,       /* in one go; then look at what came in */
    ERRORS_MAX = 16,      /* of one socket in a row before it is replaced */
};

/* --- our own packets, heard again -------------------------------------- */

/* Quick, and only compared with itself. */
static uint64_t packet_hash(unsigned link, uint8_t family,
                            const uint8_t *p, size_t len)
{
    const uint64_t k = 0x9e3779b97f4a7c15u;
    uint64_t h = (link * 4u + family + (uint64_t)len * 1024u) * k;
    uint64_t w;

    for (; len >= sizeof w; len -= sizeof w, p += sizeof w) {
        memcpy(&w, p, sizeof w);
        h = (h ^ w) * k;
        h ^= h >> 32;
    }
    w = 0;
    memcpy(&w, p, len);
    h = (h ^ w) * k;
    return h ^ h >> 32;
}

static void remember(struct loop *l, const struct datagram *d)
{
    l->recent[l->recent_at++ % LOOP_RECENT] =
        packet_hash(d->link, d->family, d->data, d->len);
}

/*
 * A multicast from an address of ours, on the link of that address, that we
 * did not send, means another responder on this host, which may want the
 * unicast port (RFC 6762 section 15.1). Whether it does, a trial shows.
 */
static void look_for_rival(struct loop *l, const struct slot *s,
                           const struct datagram *d)
{
    bool own = false;
    uint64_t h;

    if (((l->suspect | s->os.polite) & d->family) != 0 || d->port != 5353)
        return;
    for (unsigned i = 0; i < s->st.addr_count && !own; i++)
        own = addr_equal(&s->st.addrs[i].addr, &d->peer);
    if (!own)
        return;
    h = packet_hash(d->link, d->family, d->data, d->len);
    for (unsigned i = 0; i < LOOP_RECENT; i++) {
        if (l->recent[i] == h)
            return;
    }
    l->suspect |= d->family;
}

/* --- sending ----------------------------------------------------------- */

static struct pending *pending_of(struct loop *l, unsigned link,
                                  uint8_t family)
{
    return &l->pending[link][family == ADDR_V4 ? 0 : 1];
}

static void hold(struct loop *l, const struct datagram *d, bool want_write)
{
    struct pending *p = pending_of(l, d->link, d->family);

    if (d->len > sizeof p->data)
        return;
    if (!p->held) {
        memcpy(p->data, d->data, d->len);
        p->d = *d;
        p->d.data = p->data;
        p->held = true;
        l->held_count++;
        p->give_up_ms = l->now_ms + STALE_MS;
        engine_link_blocked(l->engine, d->link, d->family, true);
    }
    p->want_write = want_write;
    p->retry_ms = want_write ? p->give_up_ms : l->now_ms + NO_BUFFER_MS;
    l->sets_stale = true;
}

static void release(struct loop *l, struct pending *p)
{
    p->held = false;
    l->held_count--;
    l->sets_stale = true;
    engine_link_blocked(l->engine, p->d.link, p->d.family, false);
}

/* Only multicast tells of the link; a peer that is gone is its own trouble. */
static void note_send(struct loop *l, const struct datagram *d, int err)
{
    int *told = &l->slots[d->link].send_err[d->family == ADDR_V4 ? 0 : 1];

    if (!d->multicast || err == *told)
        return;
    *told = err;
    if (err != 0 && l->hooks.link != NULL)
        l->hooks.link(l->hooks.ctx, d->link, LOOP_LINK_ERROR, err);
}

static bool link_is_gone(int err)
{
    return err == -ENETDOWN || err == -ENODEV || err == -ENXIO ||
           err == -EADDRNOTAVAIL || err == -ENETUNREACH || err == -ENOTCONN;
}

/* False: it is still to be sent. */
static bool send_one(struct loop *l, const struct datagram *d)
{
    struct slot *s = &l->slots[d->link];
    int err;

    if (!s->up)
        return true;
    err = os_send(&s->os, d);
    if (err == -EAGAIN || err == -ENOBUFS || err == -ENOMEM) {
        hold(l, d, err == -EAGAIN);
        return false;
    }
    if (err == 0 && d->multicast)
        remember(l, d);
    /* The list of interfaces will tell; it may be about to change. */
    if (link_is_gone(err) && d->multicast)
        l->rescan = true;
    else
        note_send(l, d, err);
    return true;
}

static void retry(struct loop *l, struct pending *p)
{
    if (send_one(l, &p->d)) {
        release(l, p);
    } else if (l->now_ms >= p->give_up_ms) {
        note_send(l, &p->d, p->want_write ? -EAGAIN : -ENOBUFS);
        release(l, p);
    }
}

void loop_io_writable(struct loop *l, const fd_set *w)
{
    for (unsigned n = 0; l->held_count > 0 && n < l->slot_count; n++) {
        for (unsigned i = 0; i < 2; i++) {
            struct pending *p = &l->pending[n][i];
            int fd;

            if (!p->held || !p->want_write)
                continue;
            fd = os_send_sock(&l->slots[n].os, &p->d)->fd;
            if (fd < 0 || os_fd_isset(fd, w))
                retry(l, p);
        }
    }
}

void loop_io_timers(struct loop *l)
{
    for (unsigned n = 0; l->held_count > 0 && n < l->slot_count; n++) {
        for (unsigned i = 0; i < 2; i++) {
            struct pending *p = &l->pending[n][i];

            if (p->held && l->now_ms >= p->retry_ms)
                retry(l, p);
        }
    }
}

uint64_t loop_io_deadline(const struct loop *l)
{
    uint64_t due = LOOP_NEVER;

    for (unsigned n = 0; l->held_count > 0 && n < l->slot_count; n++) {
        for (unsigned i = 0; i < 2; i++) {
            const struct pending *p = &l->pending[n][i];

            if (p->held && p->retry_ms < due)
                due = p->retry_ms;
        }
    }
    return due;
}

bool loop_io_held(const struct loop *l)
{
    return l->held_count > 0;
}

void loop_io_forget(struct loop *l, unsigned link)
{
    for (unsigned i = 0; l->held_count > 0 && i < 2; i++) {
        if (l->pending[link][i].held)
            release(l, &l->pending[link][i]);
    }
}

bool loop_io_pump(struct loop *l)
{
    struct dnssd_event ev;
    struct datagram d;
    bool any = false;

    if (engine_deadline_ms(l->engine) <= l->now_ms)
        engine_advance(l->engine, l->now_ms);
    while (dnssd_event(l->dnssd, l->now_ms, &ev)) {
        any = true;
        if (l->hooks.event != NULL)
            l->hooks.event(l->hooks.ctx, &ev);
    }
    if (engine_deadline_ms(l->engine) > l->now_ms)
        return any;
    for (unsigned i = 0; i < SEND_MAX; i++) {
        if (!engine_transmit(l->engine, l->now_ms, &d))
            break;
        any = true;
        send_one(l, &d);
    }
    return any;
}

/* --- receiving --------------------------------------------------------- */

static bool in_subnet_of(const struct slot *s, const struct addr *a)
{
    for (unsigned i = 0; i < s->st.addr_count; i++) {
        const struct link_addr *la = &s->st.addrs[i];

        if (addr_same_prefix(&la->addr, a, la->prefix_len))
            return true;
    }
    return false;
}

/*
 * Where no option keeps the links apart, each link's socket hears the packet
 * and one takes it: that of the link whose subnet the source is in. A source
 * in none is heard all the same (RFC 6762 section 11), by the first link.
 */
static bool subnet_says_mine(const struct loop *l, const struct slot *s,
                             const struct datagram *d)
{
    const struct slot *first = NULL;

    if ((s->os.by_subnet & d->family) == 0)
        return true;
    if (in_subnet_of(s, &d->peer))
        return true;
    for (unsigned n = 0; n < l->slot_count; n++) {
        const struct slot *o = &l->slots[n];

        if (!o->up || (o->os.by_subnet & d->family) == 0)
            continue;
        if (in_subnet_of(o, &d->peer))
            return false;
        first = first != NULL ? first : o;
    }
    return first == s;
}

static void take(struct loop *l, struct slot *s, struct datagram *d)
{
    d->link = (uint8_t)loop_slot_of(l, s);
    if (d->multicast) {
        if (!subnet_says_mine(l, s, d))
            return;
        look_for_rival(l, s, d);
    }
    engine_receive(l->engine, l->now_ms, d);
    loop_io_pump(l);
}

static void socket_error(struct loop *l, struct slot *s, struct os_sock *sock,
                         struct sock_state *state)
{
    if (++state->errors < ERRORS_MAX)
        return;
    state->errors = 0;
    os.close(sock->fd);
    sock->fd = -1;
    loop_links_retry(l, s);
}

/*
 * Read what is there, up to a batch. Its size follows the traffic, so that a
 * lone packet does not cost a second recvfrom() just to hear that it was the
 * last one, and a flood costs one select() for many packets.
 */
static void drain(struct loop *l, struct slot *s, struct os_sock *sock,
                  struct sock_state *state)
{
    unsigned got = 0;
    int n = 0;

    if (state->fd != sock->fd)
        *state = (struct sock_state){.fd = sock->fd, .batch = 1};
    while (got < state->batch) {
        struct datagram d;

        n = os_recv(sock, &d, l->buf, sizeof l->buf);
        if (n < 0 && n != -EMSGSIZE && n != -ESTALE)
            break;
        got++;
        state->errors = 0;
        s->deaf = false;
        if (n != -ESTALE)
            take(l, s, &d); /* the engine counts and drops what is too big */
        if (!s->up || sock->fd != state->fd)
            return; /* somebody who was told of it closed the link */
    }
    if (n < 0 && n != -EMSGSIZE && n != -ESTALE && n != -EAGAIN)
        socket_error(l, s, sock, state);
    if (got == state->batch && got < LOOP_BATCH_MAX)
        state->batch = (uint8_t)(2 * got);
    else if (got < state->batch)
        state->batch = (uint8_t)(got > 0 ? got : 1);
}

void loop_io_receive(struct loop *l, const fd_set *r)
{
    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];
        struct os_sock *sock;

        if (!s->up)
            continue;
        for (unsigned i = 0; (sock = os_link_sock(&s->os, i)) != NULL; i++) {
            if (sock->fd >= 0 && os_fd_isset(sock->fd, r))
                drain(l, s, sock, &s->socks[i]);
        }
    }
}
