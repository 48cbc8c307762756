/*
 * doctor_wire.c - crier doctor: the experiment
 *
 * In each of two rounds every link and family sends three questions: which
 * services there are, who has our host name, and a name that nobody else can
 * know. The last one is looked for wherever it comes in. One question a
 * packet, since some responders read the first one only.
 */
#include <errno.h>
#include <string.h>

#include "crier/rr.h"
#include "doctor.h"

enum {
    ROUNDS = 2,
    ROUND_MS = 1000, /* RFC 6762 section 6: what was just told may be told
                        again after a second */
    TURN_MS = 50,
    TURN_PACKETS = 64, /* of one socket, before the clock is looked at */
    QUERY_MAX = WIRE_HEADER_LEN + NAME_WIRE_MAX + 4,
    MARK_LEN = 20,
    REPLY_ID = 0x6372,
};

/* The label: "crier-doctor-", chance, and the link and family it is for. */
struct mark {
    char text[MARK_LEN];
};

/* A socket to hear with, of a link or of a peer. */
struct ear {
    const struct os_sock *s;
    struct doctor_link *link;
    struct doctor_peer *peer;
};

struct wire {
    struct doctor *d;
    struct mark mark;
    struct name services;
    struct ear ears[2 * ENGINE_LINKS_MAX + DOCTOR_PEERS_MAX];
    unsigned ear_count;
    uint8_t buf[WIRE_MESSAGE_MAX + 1];
};

static const struct name local = {7, "\5local"};

bool doctor_own(const struct doctor *d, const struct addr *a)
{
    for (int i = 0; i < d->iface_count; i++)
        for (unsigned n = 0; n < d->ifaces[i].addr_count; n++)
            if (addr_equal(&d->ifaces[i].addrs[n].addr, a))
                return true;
    return false;
}

/* --- sockets ---------------------------------------------------------------- */

void doctor_open(struct doctor *d)
{
    uint8_t wanted = d->cli->families != 0 ? d->cli->families
                                           : ADDR_V4 | ADDR_V6;

    for (unsigned i = 0; i < d->link_count; i++) {
        struct doctor_link *l = &d->links[i];

        if (l->usable)
            l->families = os_link_open(&l->os, l->iface, wanted, true,
                                       &l->err);
    }
    d->sniff_fd = os_sniff_open();
}

void doctor_close(struct doctor *d)
{
    for (unsigned i = 0; i < d->link_count; i++)
        os_link_close(&d->links[i].os);
    for (unsigned i = 0; i < d->peer_count; i++)
        os_link_close(&d->peers[i].os);
    /* The packet socket ends with the process. */
}

/* --- asking ---------------------------------------------------------------- */

static int ask(const struct os_link *to, const struct name *name,
               uint16_t type, const struct datagram *how)
{
    static const struct message_header mdns = {.count = {1}};
    static const struct message_header direct = {.id = REPLY_ID,
                                                 .count = {1}};
    uint8_t msg[QUERY_MAX];
    struct datagram d = *how;

    message_header_put(msg, how->multicast ? &mdns : &direct);
    memcpy(msg + WIRE_HEADER_LEN, name->wire, name->len);
    d.len = WIRE_HEADER_LEN + name->len;
    msg[d.len++] = (uint8_t)(type >> 8);
    msg[d.len++] = (uint8_t)type;
    msg[d.len++] = 0;
    msg[d.len++] = RR_IN;
    d.data = msg;
    return os_send(to, &d);
}

static void mark_name(const struct wire *w, unsigned link, uint8_t family,
                       struct name *out)
{
    struct mark t = w->mark;

    t.text[MARK_LEN - 2] = (char)('0' + link); /* any byte will do */
    t.text[MARK_LEN - 1] = (char)('0' + family);
    *out = local;
    (void)name_prepend(out, t.text, MARK_LEN);
}

static void ask_link(struct wire *w, unsigned i, uint8_t family)
{
    struct doctor *d = w->d;
    struct doctor_link *l = &d->links[i];
    struct datagram how = {.family = family, .multicast = true};
    struct name name;
    int err;

    mark_name(w, i, family, &name);
    err = ask(&l->os, &name, RR_A, &how);
    if (err < 0) {
        l->send_err = err;
        return;
    }
    l->sent |= family;
    l->rounds[family_index(family)]++;
    (void)ask(&l->os, &w->services, RR_PTR, &how);
    if (d->has_host)
        (void)ask(&l->os, &d->host, RR_ANY, &how);
    for (unsigned p = 0; p < d->peer_count; p++)
        if (d->peers[p].link == l)
            (void)ask(&l->os, &d->peers[p].reverse, RR_PTR, &how);
}

static void ask_peer(struct wire *w, struct doctor_peer *p)
{
    struct datagram how = {.family = p->addr.family, .peer = p->addr,
                           .port = 5353};

    if (p->link == NULL || p->replied)
        return;
    p->asked_ms = os_now_ms();
    p->err = ask(&p->os, &p->reverse, RR_PTR, &how);
    if (p->err == 0)
        p->err = ask(&p->os, &w->services, RR_PTR, &how);
}

static void ask_all(struct wire *w)
{
    struct doctor *d = w->d;

    for (unsigned i = 0; i < d->link_count; i++) {
        if ((d->links[i].families & ADDR_V4) != 0)
            ask_link(w, i, ADDR_V4);
        if ((d->links[i].families & ADDR_V6) != 0)
            ask_link(w, i, ADDR_V6);
    }
    for (unsigned i = 0; i < d->peer_count; i++)
        ask_peer(w, &d->peers[i]);
}

/* The link of the prefix that the peer is in, else any of its family. */
static void place_peer(struct doctor *d, struct doctor_peer *p)
{
    const char *zone = strchr(p->text, '%');

    for (unsigned i = 0; i < d->link_count && !p->on_link; i++) {
        struct doctor_link *l = &d->links[i];

        if ((l->families & p->addr.family) == 0 ||
            (zone != NULL && strcmp(zone + 1, l->iface->name) != 0))
            continue;
        if (p->link == NULL)
            p->link = l;
        for (unsigned n = 0; n < l->iface->addr_count; n++) {
            const struct link_addr *a = &l->iface->addrs[n];

            if (!addr_same_prefix(&a->addr, &p->addr, a->prefix_len))
                continue;
            p->link = l;
            p->on_link = true;
        }
    }
    if (p->link != NULL)
        p->err = os_link_oneshot(&p->os, p->link->iface, p->addr.family);
}

/* --- hearing ---------------------------------------------------------------- */

/* Whether a message is the question that nobody else can know, and what it
 * was sent for. */
static bool is_mark(const struct wire *w, const uint8_t *msg, size_t len,
                     unsigned *link, uint8_t *family)
{
    struct wire_reader rd = wire_reader(msg, len);
    struct message_header h;
    struct question_view q;
    const uint8_t *label;

    if (!message_header_read(&rd, &h) || (h.flags & MSG_QR) != 0 ||
        h.count[0] == 0 || !question_read(&rd, &q))
        return false;
    label = name_label(&q.name, 0);
    if (label == NULL || label[0] != MARK_LEN ||
        memcmp(label + 1, w->mark.text, MARK_LEN - 2) != 0)
        return false;
    *link = (unsigned)label[MARK_LEN - 1] - '0';
    *family = (uint8_t)(label[MARK_LEN] - '0');
    return *link < w->d->link_count;
}

static void mark_came(struct wire *w, struct doctor_link *at, unsigned link,
                       uint8_t family, const struct addr *from)
{
    struct doctor_link *l = &w->d->links[link];
    unsigned f = family_index(family);

    if (!doctor_own(w->d, from)) {
        at->mirror = *from;
    } else if (at != l) {
        l->twin = at->iface->name;
    } else {
        l->returned |= family;
        if (++l->returns[f] > l->rounds[f])
            l->mirror = *from;
    }
}

static void note_host(struct doctor_link *l, const struct addr *a,
                      bool answers)
{
    unsigned i = 0;

    while (i < l->host_count && !addr_equal(&l->hosts[i].addr, a))
        i++;
    if (i == DOCTOR_HOSTS_MAX)
        return;
    if (i == l->host_count)
        l->hosts[l->host_count++].addr = *a;
    l->hosts[i].answers = l->hosts[i].answers || answers;
}

static void note_record(struct doctor *d, struct doctor_link *l,
                        const uint8_t *msg, const struct rr_view *rr,
                        const struct addr *from)
{
    struct addr has = {.family = rr->type == RR_A      ? ADDR_V4
                                 : rr->type == RR_AAAA ? ADDR_V6
                                                       : ADDR_NONE};

    for (unsigned i = 0; i < d->peer_count; i++)
        if (name_equal(&rr->name, &d->peers[i].reverse))
            d->peers[i].heard = true;
    if (!d->has_host || has.family == ADDR_NONE || rr->ttl_s == 0 ||
        rr->rdata_len != addr_len(&has) || !name_equal(&rr->name, &d->host))
        return;
    memcpy(has.b, msg + rr->rdata_at, rr->rdata_len);
    /* Our own address is no conflict, whoever repeats it. */
    if (l->rival.family != ADDR_NONE || doctor_own(d, &has))
        return;
    l->rival = *from;
    l->rival_has = has;
}

static void read_message(struct doctor *d, struct doctor_link *l,
                         const struct datagram *dg)
{
    struct wire_reader rd = wire_reader(dg->data, dg->len);
    struct message_header h;
    struct question_view q;
    struct rr_view rr;
    unsigned records;

    if (!message_header_read(&rd, &h))
        return;
    note_host(l, &dg->peer, (h.flags & MSG_QR) != 0);
    if ((h.flags & MSG_QR) == 0)
        return;
    for (unsigned i = 0; i < h.count[0]; i++)
        if (!question_read(&rd, &q))
            return;
    records = (unsigned)h.count[1] + h.count[2] + h.count[3];
    while (records-- > 0 && rr_read(&rd, &rr))
        note_record(d, l, dg->data, &rr, &dg->peer);
}

static void hear_link(struct wire *w, struct doctor_link *l, int got,
                      const struct datagram *dg)
{
    struct doctor *d = w->d;
    unsigned link;
    uint8_t family;

    if (is_mark(w, dg->data, dg->len, &link, &family)) {
        mark_came(w, l, link, family, &dg->peer);
        return;
    }
    if (doctor_own(d, &dg->peer))
        return;
    if (got == -EMSGSIZE)
        l->cut = dg->peer;
    for (unsigned p = 0; p < d->peer_count; p++)
        if (addr_equal(&d->peers[p].addr, &dg->peer))
            d->peers[p].heard = true;
    read_message(d, l, dg);
}

static void hear_peer(struct doctor_peer *p, const struct datagram *dg)
{
    struct wire_reader rd = wire_reader(dg->data, dg->len);
    struct message_header h;

    if (p->replied || !message_header_read(&rd, &h) || h.id != REPLY_ID ||
        (h.flags & MSG_QR) == 0)
        return;
    p->replied = true;
    p->reply_ms = (uint32_t)(os_now_ms() - p->asked_ms);
}

static void hear(struct wire *w, const struct ear *e)
{
    for (unsigned i = 0; i < TURN_PACKETS; i++) {
        struct datagram dg;
        int n = os_recv(e->s, &dg, w->buf, sizeof w->buf);

        if (n == -ESTALE)
            continue;
        if (n < 0 && n != -EMSGSIZE)
            return;
        if (e->peer != NULL)
            hear_peer(e->peer, &dg);
        else
            hear_link(w, e->link, n, &dg);
    }
}

static void hear_sniffed(struct wire *w)
{
    struct doctor *d = w->d;

    for (unsigned i = 0; i < TURN_PACKETS; i++) {
        struct os_sniffed s;
        int err = os_sniff_recv(d->sniff_fd, &s, w->buf, sizeof w->buf);
        struct doctor_link *l = d->links;
        unsigned link;
        uint8_t family;

        if (err == -EBADMSG)
            continue;
        if (err < 0)
            return;
        while (l < d->links + d->link_count && l->iface->index != s.ifindex)
            l++;
        if (l == d->links + d->link_count)
            continue;
        if (s.outgoing && is_mark(w, s.data, s.len, &link, &family) &&
            l == &d->links[link])
            l->left |= family;
        if (s.outgoing || doctor_own(d, &s.peer))
            continue;
        l->sniffed++;
        if (s.ttl != 255) {
            l->low = s.peer;
            l->low_ttl = s.ttl;
        }
        if (s.fragment)
            l->cut = s.peer;
    }
}

/* --- turns ------------------------------------------------------------------- */

static void add_ears(struct wire *w, struct os_link *of,
                     struct doctor_link *link, struct doctor_peer *peer)
{
    for (unsigned i = 0; i < 2; i++) { /* the group sockets */
        const struct os_sock *s = os_link_sock(of, i);

        if (s->fd >= 0)
            w->ears[w->ear_count++] = (struct ear){s, link, peer};
    }
}

static void turn(struct wire *w, uint64_t until_ms)
{
    struct doctor *d = w->d;
    uint64_t now = os_now_ms();
    uint64_t end = now + TURN_MS < until_ms ? now + TURN_MS : until_ms;
    uint64_t wait = end > now ? end - now : 0;
    struct timeval tv = {.tv_usec = (suseconds_t)wait * 1000};
    int top = d->sniff_fd;
    fd_set set;

    FD_ZERO(&set);
    if (top >= 0)
        os_fd_set(top, &set);
    for (unsigned i = 0; i < w->ear_count; i++) {
        int fd = w->ears[i].s->fd;

        os_fd_set(fd, &set);
        if (fd > top)
            top = fd;
    }
    if (os.select(top + 1, &set, NULL, NULL, &tv) > 0) {
        for (unsigned i = 0; i < w->ear_count; i++)
            if (os_fd_isset(w->ears[i].s->fd, &set))
                hear(w, &w->ears[i]);
        if (d->sniff_fd >= 0)
            hear_sniffed(w);
    }
    now = os_now_ms();
    if (now > end + d->late_ms)
        d->late_ms = (unsigned)(now - end);
}

static int64_t wall_ms(void)
{
    struct timespec ts = {0};

    (void)os.clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void make_mark(struct mark *t)
{
    static const char head[] = "crier-doctor-";
    uint64_t chance = os_entropy();

    memcpy(t->text, head, sizeof head - 1);
    for (unsigned i = sizeof head - 1; i < MARK_LEN - 2; i++, chance /= 26)
        t->text[i] = (char)('a' + chance % 26);
}

void doctor_experiment(struct doctor *d)
{
    static struct wire w;
    uint64_t start = os_now_ms();
    int64_t clock = wall_ms();

    w.d = d;
    make_mark(&w.mark);
    (void)name_from_text("_services._dns-sd._udp.local", &w.services, NULL);
    for (unsigned i = 0; i < d->peer_count; i++)
        place_peer(d, &d->peers[i]);
    for (unsigned i = 0; i < d->link_count; i++)
        add_ears(&w, &d->links[i].os, &d->links[i], NULL);
    for (unsigned i = 0; i < d->peer_count; i++)
        add_ears(&w, &d->peers[i].os, NULL, &d->peers[i]);
    for (unsigned round = 1; round <= ROUNDS; round++) {
        uint64_t until = start + (uint64_t)round * ROUND_MS;

        ask_all(&w);
        do
            turn(&w, until);
        while (os_now_ms() < until);
    }
    d->clock_step_ms = wall_ms() - clock - (int64_t)(os_now_ms() - start);
}
