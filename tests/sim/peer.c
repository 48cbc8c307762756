/*
 * peer.c - peers: hosts without an engine, that say what a scenario wants
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim.h"

/* Where `to=` points: a host's label (its address in that family), or an
 * address. */
static bool find_target(struct world *w, const struct packet_spec *s,
                        struct addr *out)
{
    struct host *h = host_find(w, s->to);

    if (h == NULL)
        return addr_parse(s->to, out, NULL);
    for (unsigned i = 0; i < h->nic_count; i++) {
        *out = nic_source(&h->nics[i], s->family);
        if (out->family != ADDR_NONE)
            return true;
    }
    return false;
}

static bool send_spec(struct world *w, struct peer *p, struct packet_spec *s,
                      char *error, size_t max)
{
    struct datagram d = {.family = s->family, .multicast = !s->to[0],
                         .data = s->data, .len = s->len, .port = MDNS_PORT};
    struct addr from = p->addr[s->family == ADDR_V6];
    struct msg m;

    if (s->from.family != ADDR_NONE) {
        from = s->from;
        d.family = from.family;
    }
    if (s->to[0] && !find_target(w, s, &d.peer)) {
        snprintf(error, max, "no such target: %s", s->to);
        return false;
    }
    if (s->to[0])
        d.family = d.peer.family;
    if (from.family == ADDR_NONE) {
        snprintf(error, max, "%s has no address for that", p->label);
        return false;
    }
    if (msg_parse(s->data, s->len, &m) == NULL) {
        oracle_heard(w, p->lan, &m);
        msg_free(&m);
    }
    world_send(w, NULL, 0, &d, p->lan, from, s->port);
    return true;
}

bool peer_send(struct world *w, struct peer *p, char **words, unsigned n,
               char *error, size_t max)
{
    struct packet_spec *s = calloc(1, sizeof *s);
    bool ok = packet_build(words, n, s);

    if (!ok)
        snprintf(error, max, "%s", s->error);
    else
        ok = send_spec(w, p, s, error, max);
    free(s);
    return ok;
}

/* --- what a peer answers by itself ------------------------------------ */

struct reply {
    struct peer *peer;
    struct tokens *words;
};

static void send_reply(struct world *w, void *arg)
{
    struct reply *r = arg;
    char error[128] = "";

    if (!peer_send(w, r->peer, r->words->t, r->words->n, error,
                   sizeof error))
        world_fail(w, "%s: %s", r->peer->label, error);
}

static void drop_reply(void *arg)
{
    struct reply *r = arg;

    tokens_free(r->words);
    free(r);
}

static bool name_wanted(const struct own *o, const struct item *q)
{
    char text[1100];

    wire_name_text(q->name, q->name_len, text, sizeof text);
    return strcmp(o->name, "*") == 0 || strcasecmp(o->name, text) == 0;
}

/* The words of a response to q: TYPE NAME rest. */
static struct tokens *reply_words(const struct own *o, const struct item *q,
                                  const char *to, bool v6)
{
    struct tokens *ts = tokens_new();
    char text[1100];
    char word[1200];

    tokens_add(ts, "response");
    if (v6)
        tokens_add(ts, "v6");
    if (to[0] != '\0') {
        snprintf(word, sizeof word, "to=%s", to);
        tokens_add(ts, word);
    }
    tokens_add(ts, o->words[0]);
    tokens_add(ts, wire_name_text(q->name, q->name_len, text, sizeof text));
    for (unsigned i = 1; i < o->word_count; i++)
        tokens_add(ts, o->words[i]);
    return ts;
}

static void answer_question(struct world *w, struct peer *p, struct own *o,
                            struct host *h, const struct datagram *d,
                            const struct item *q, unsigned nic)
{
    struct reply *r;
    char to[64] = "";
    struct addr src = nic_source(&h->nics[nic], d->family);

    if (o->max != 0 && o->done >= o->max)
        return;
    if (q->type != o->type && q->type != RR_ANY && o->type != RR_CNAME)
        return;
    if (!name_wanted(o, q))
        return;
    o->done++;
    if (o->unicast && (q->class & 0x8000))
        addr_print(&src, to, sizeof to);
    r = malloc(sizeof *r);
    r->peer = p;
    r->words = reply_words(o, q, to, d->family == ADDR_V6);
    world_at(w, w->now_ms + o->delay_ms, send_reply, r, drop_reply);
}

void peers_hear(struct world *w, struct host *h, unsigned nic,
                const struct datagram *d, const struct msg *m)
{
    bool probe = msg_is_probe(m);

    if ((m->flags & 0x8000) || !d->multicast)
        return;
    for (unsigned i = 0; i < w->peer_count; i++) {
        struct peer *p = &w->peers[i];

        if (p->lan != h->nics[nic].lan ||
            p->addr[d->family == ADDR_V6].family == ADDR_NONE)
            continue;
        for (unsigned k = 0; k < p->own_count; k++)
            for (unsigned j = 0; j < m->n; j++)
                if (m->items[j].section == QD &&
                    (probe || !p->owns[k].on_probe))
                    answer_question(w, p, &p->owns[k], h, d, &m->items[j],
                                    nic);
    }
}
