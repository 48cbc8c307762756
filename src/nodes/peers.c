/*
 * peers.c - the same questions to a list of hosts, one by one
 *
 * A responder puts all that belongs to an answer into one packet, so one
 * question a host is enough most of the time. What is missing is asked for:
 * SRV and TXT of an instance, then the addresses of its host.
 */
#include "peers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"
#include "crier/rr.h"

enum {
    PEERS_MOST = 4096,
    NODES_MOST = 64, /* of one host */
    TRIES = 3,
    FIRST_MS = 400, /* until the second try, twice that until the third */
    BURST = 32,     /* questions back to back ... */
    PAUSE_MS = 10,  /* ... and the pause then, for the answers' sake */
    QUERY_MAX = WIRE_HEADER_LEN + 2 * (NAME_WIRE_MAX + 4),
};

/* found.shown, here: what is known of it. */
enum { HAS_SRV = 1, HAS_TXT = 2, HAS_ADDRESS = 4, HAS_ALL = 7 };

struct peer {
    struct addr addr;
    char iface[IF_NAMESIZE]; /* "": not link-local */
    uint16_t id;
    uint8_t tries;
    bool done, heard;
    int err; /* of the last question */
    uint64_t due_ms;
    struct found *nodes;
    unsigned node_count;
};

struct peers {
    struct name type; /* with its domain */
    size_t count;
    int fd[2]; /* IPv4, IPv6 */
    struct peer list[PEERS_MOST];
    uint8_t msg[WIRE_MESSAGE_MAX];
    uint8_t flat[RR_FLAT_MAX];
};

struct peers *peers_new(void)
{
    struct peers *p = os_pages(sizeof *p); /* little of it is touched */

    if (p == NULL)
        return NULL;
    p->fd[0] = p->fd[1] = -1;
    return p;
}

/* --- whom to ask ---------------------------------------------------------- */

/* Whether the text is ADDRESS[%IFACE], which a link-local one has to have. */
static bool add(struct peers *p, const char *text, size_t len)
{
    struct peer *peer = &p->list[p->count];
    char addr[ADDR_TEXT_MAX];
    char *iface;

    if (len >= sizeof addr || p->count == PEERS_MOST)
        return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    iface = strchr(addr, '%');
    if (iface != NULL) {
        *iface++ = '\0';
        if (strlen(iface) >= sizeof peer->iface)
            return false;
        memcpy(peer->iface, iface, strlen(iface) + 1);
    }
    if (!os_addr_parse(addr, &peer->addr) ||
        (peer->addr.family == ADDR_V6 && addr_link_local(&peer->addr) &&
         if_nametoindex(peer->iface) == 0)) {
        memset(peer, 0, sizeof *peer);
        return false;
    }
    p->count++;
    return true;
}

bool peers_add(struct peers *p, struct cli *cli, const char *word)
{
    static const char expected[] =
        "expected an address, a link-local one like fe80::1%eth0";
    struct report r = {.to = &text_err, .file = word, .line = 1};
    size_t len;
    int err = 0;
    char *data;

    if (add(p, word, strlen(word)))
        return true;
    data = conf_slurp(word, &len, &err);
    if (data == NULL)
        report_at(&cli->report, cli_col(cli), "E026",
                  "read \"%s\", %s, or a file of them: %e", word, expected,
                  err);
    for (size_t i = 0, n; data != NULL && i < len && r.errors == 0; i += n) {
        n = 0;
        if (data[i] == '#')
            while (i + n < len && data[i + n] != '\n')
                n++;
        else
            while (i + n < len && data[i + n] > ' ')
                n++;
        if (n > 0 && data[i] != '#' && !add(p, data + i, n))
            report_at(&r, 1, "E026", "read \"%b\", %s, %u of them at most",
                      (const void *)(data + i), n, expected,
                      (unsigned)PEERS_MOST);
        if (n == 0)
            r.line += data[i + n++] == '\n';
    }
    free(data);
    return data != NULL && r.errors == 0;
}

/* --- asking --------------------------------------------------------------- */

static void put_question(struct wire_writer *w, const struct name *n,
                         uint16_t type)
{
    wire_put_bytes(w, n->wire, n->len);
    wire_put_u16(w, type);
    wire_put_u16(w, RR_IN);
}

/* One it told about of which something is missing. */
static const struct found *incomplete(const struct peer *peer)
{
    const struct found *f = peer->nodes;

    while (f != NULL && f->shown == HAS_ALL)
        f = f->next;
    return f;
}

static int ask(struct peers *p, struct peer *peer)
{
    uint8_t buf[QUERY_MAX];
    struct message_header h = {.id = peer->id, .count = {2, 0, 0, 0}};
    const struct found *f = incomplete(peer);
    int *fd = &p->fd[peer->addr.family == ADDR_V6];
    struct wire_writer w;

    wire_begin(&w, buf, sizeof buf, 1);
    wire_put_bytes(&w, buf, WIRE_HEADER_LEN); /* its place */
    if (f == NULL) {
        h.count[0] = 1;
        put_question(&w, &p->type, RR_PTR);
    } else if ((f->shown & (HAS_SRV | HAS_TXT)) != (HAS_SRV | HAS_TXT)) {
        put_question(&w, &f->ev.name, RR_SRV);
        put_question(&w, &f->ev.name, RR_TXT);
    } else {
        put_question(&w, &f->ev.host, RR_A);
        put_question(&w, &f->ev.host, RR_AAAA);
    }
    message_header_put(buf, &h);
    if (*fd < 0)
        *fd = os_direct_open(peer->addr.family);
    return *fd < 0 ? *fd
                   : os_direct_send(*fd, &peer->addr, peer->iface, buf, w.len);
}

/* --- being told ----------------------------------------------------------- */

static struct found *node_of(const struct peer *peer, const struct name *n)
{
    struct found *f = peer->nodes;

    while (f != NULL && !name_equal(&f->ev.name, n))
        f = f->next;
    return f;
}

/* There is news of it: what is missing now is asked at once. */
static void learn(struct peer *peer, struct found *f, unsigned what)
{
    if ((f->shown & what) == what && what != 0)
        return;
    f->shown |= (uint8_t)what;
    peer->tries = 0;
    peer->due_ms = 0;
}

static void take_ptr(struct peers *p, struct peer *peer, size_t len)
{
    struct name n = {.len = (uint16_t)len};
    struct name type, domain;
    const uint8_t *label;
    struct found *f;

    if (len > NAME_WIRE_MAX || peer->node_count == NODES_MOST)
        return;
    memcpy(n.wire, p->flat, len);
    if (!dnssd_split(&n, &label, &type, &domain) || !name_under(&n, &p->type) ||
        node_of(peer, &n) != NULL)
        return;
    f = calloc(1, sizeof *f);
    if (f == NULL)
        return;
    f->ev.name = n;
    f->ev.type = type;
    f->ev.domain = domain;
    f->since_ms = os_now_ms();
    memcpy(f->iface, peer->iface, sizeof f->iface);
    f->next = peer->nodes;
    peer->nodes = f;
    peer->node_count++;
    learn(peer, f, 0);
}

static void take_srv(struct peer *peer, struct found *f, const uint8_t *flat,
                     size_t len)
{
    size_t name_len = len - RR_SRV_FIXED;

    f->ev.port = (uint16_t)(flat[4] << 8 | flat[5]);
    f->ev.host.len = (uint16_t)name_len;
    memcpy(f->ev.host.wire, flat + RR_SRV_FIXED, name_len);
    learn(peer, f, HAS_SRV);
}

static void take_txt(struct peer *peer, struct found *f, const uint8_t *flat,
                     size_t len)
{
    uint8_t *txt = realloc(f->txt, len);

    if (txt == NULL)
        return;
    memcpy(txt, flat, len);
    f->txt = txt;
    f->ev.txt = txt;
    f->ev.txt_len = len;
    learn(peer, f, HAS_TXT);
}

/* The address that was asked works, so it comes first. A link-local one of a
 * link that nobody named is of no use. */
static void take_addr(struct peer *peer, struct found *f, const uint8_t *flat,
                      uint8_t family)
{
    struct dnssd_event *ev = &f->ev;
    struct addr a = {.family = family};
    unsigned at = ev->addr_count;

    memcpy(a.b, flat, addr_len(&a));
    learn(peer, f, HAS_ADDRESS);
    if (at == DNSSD_ADDRS_MAX || (family == ADDR_V6 && addr_link_local(&a) &&
                                  peer->iface[0] == '\0'))
        return;
    for (unsigned i = 0; i < at; i++)
        if (addr_equal(&ev->addrs[i], &a))
            return;
    if (addr_equal(&a, &peer->addr)) {
        memmove(ev->addrs + 1, ev->addrs, at * sizeof a);
        at = 0;
    }
    ev->addrs[at] = a;
    ev->addr_count++;
}

static void take_record(struct peers *p, struct peer *peer,
                        const struct rr_view *rr, size_t len, unsigned pass)
{
    struct found *f;

    if (pass == 0 && rr->type == RR_PTR && name_equal(&rr->name, &p->type))
        take_ptr(p, peer, len);
    if (pass == 1 && (f = node_of(peer, &rr->name)) != NULL) {
        if (rr->type == RR_SRV)
            take_srv(peer, f, p->flat, len);
        else if (rr->type == RR_TXT)
            take_txt(peer, f, p->flat, len);
    }
    if (pass < 2 || (rr->type != RR_A && rr->type != RR_AAAA))
        return;
    for (f = peer->nodes; f != NULL; f = f->next)
        if ((f->shown & HAS_SRV) != 0 && name_equal(&f->ev.host, &rr->name))
            take_addr(peer, f, p->flat, rr->type == RR_A ? ADDR_V4 : ADDR_V6);
}

/* Instances first, then what is said of them, then of their hosts: records
 * may stand in any order. */
static void take(struct peers *p, struct peer *peer, size_t len)
{
    struct wire_reader rd = wire_reader(p->msg, len);
    struct message_header h;
    struct question_view q;
    struct rr_view rr;
    uint32_t records;
    size_t start;

    if (!message_header_read(&rd, &h) || h.id != peer->id ||
        (h.flags & MSG_QR) == 0)
        return;
    for (unsigned i = 0; i < h.count[0]; i++)
        (void)question_read(&rd, &q);
    start = rd.pos;
    if (rd.err != WIRE_OK)
        return;
    peer->heard = true;
    records = (uint32_t)h.count[1] + h.count[2] + h.count[3];
    for (unsigned pass = 0; pass < 3; pass++) {
        rd.pos = start;
        rd.err = WIRE_OK;
        for (uint32_t i = 0; i < records && rr_read(&rd, &rr); i++) {
            int n = rr.class == RR_IN && rr.ttl_s > 0
                        ? rdata_flatten(&rd, &rr, p->flat)
                        : -1;

            if (n >= 0)
                take_record(p, peer, &rr, (size_t)n, pass);
        }
    }
}

static void hear(struct peers *p, int fd)
{
    struct addr from;
    int n;

    while ((n = os_direct_recv(fd, &from, p->msg, sizeof p->msg)) >= 0) {
        for (size_t i = 0; i < p->count; i++) {
            struct peer *peer = &p->list[i];

            if (peer->done || !addr_equal(&peer->addr, &from))
                continue;
            take(p, peer, (size_t)n);
            peer->done = peer->heard && incomplete(peer) == NULL;
        }
    }
}

/* --- until all have said what they have ------------------------------------ */

/* Ask whoever is due; when to come back, 0: all are done. */
static uint64_t turn(struct peers *p, uint64_t now_ms)
{
    uint64_t next_ms = 0;
    unsigned sent = 0;

    for (size_t i = 0; i < p->count; i++) {
        struct peer *peer = &p->list[i];
        bool due = !peer->done && peer->due_ms <= now_ms;

        if (due && peer->tries == TRIES) {
            peer->done = true;
        } else if (due && sent < BURST) {
            peer->err = ask(p, peer);
            peer->done = peer->err < 0 && peer->err != -EAGAIN &&
                         peer->err != -ENOBUFS;
            peer->due_ms = now_ms + ((uint64_t)FIRST_MS << peer->tries++);
            sent++;
        } else if (due) {
            return now_ms + PAUSE_MS;
        }
        if (!peer->done && (next_ms == 0 || peer->due_ms < next_ms))
            next_ms = peer->due_ms;
    }
    return next_ms;
}

static void wait_until(struct peers *p, uint64_t now_ms, uint64_t until_ms)
{
    uint64_t ms = until_ms - now_ms;
    struct timeval tv = {.tv_sec = (time_t)(ms / 1000),
                         .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    int top = p->fd[0] > p->fd[1] ? p->fd[0] : p->fd[1];
    fd_set set;

    FD_ZERO(&set);
    for (unsigned i = 0; i < 2; i++)
        if (p->fd[i] >= 0)
            os_fd_set(p->fd[i], &set);
    if (os.select(top + 1, &set, NULL, NULL, &tv) <= 0)
        return;
    for (unsigned i = 0; i < 2; i++)
        if (p->fd[i] >= 0 && os_fd_isset(p->fd[i], &set))
            hear(p, p->fd[i]);
}

static void say_silent(const struct peer *peer)
{
    char buf[ADDR_TEXT_MAX];
    const char *addr = os_addr_text(&peer->addr, peer->iface, buf);

    if (peer->err != 0)
        cli_say("W214: cannot ask %s: %e; it has to be on a link of this host",
                addr, peer->err);
    else
        cli_say("W214: %s does not answer", addr);
}

void peers_ask(struct peers *p, const struct dnssd_type *type,
               uint32_t limit_ms, bool quiet)
{
    struct name local;
    uint64_t now_ms = os_now_ms();
    uint64_t end_ms = now_ms + limit_ms;
    uint64_t next_ms;

    p->type = type->base;
    (void)name_from_text("local", &local, NULL);
    (void)name_append(&p->type, &local);
    for (size_t i = 0; i < p->count; i++)
        p->list[i].id = (uint16_t)os_entropy();
    while (now_ms < end_ms && (next_ms = turn(p, now_ms)) != 0) {
        wait_until(p, now_ms, next_ms < end_ms ? next_ms : end_ms);
        now_ms = os_now_ms();
    }
    for (size_t i = 0; i < p->count && !quiet; i++)
        if (!p->list[i].heard)
            say_silent(&p->list[i]);
}

struct found **peers_found(const struct peers *p, size_t *count)
{
    struct found **list;
    size_t n = 0;

    for (size_t i = 0; i < p->count; i++)
        n += p->list[i].node_count;
    *count = 0;
    list = n > 0 ? malloc(n * sizeof *list) : NULL;
    for (size_t i = 0; list != NULL && i < p->count; i++)
        for (struct found *f = p->list[i].nodes; f != NULL; f = f->next) {
            f->ev.resolved = (f->shown & HAS_SRV) != 0 &&
                             (f->shown & HAS_TXT) != 0;
            list[(*count)++] = f;
        }
    return list;
}
