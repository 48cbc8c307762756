/*
 * gather.c - the services of some types, kept current; see gather.h
 */
#include "gather.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_MS = 2000, QUIET_MS = 1000, MOST_MS = 5000 };

static struct gather_type *add_type(struct gather *g,
                                    const struct dnssd_type *type)
{
    struct gather_type **at = &g->types;

    for (; *at != NULL; at = &(*at)->next)
        if (name_equal(&(*at)->type.base, &type->base) &&
            (*at)->type.sub_len == type->sub_len &&
            memcmp((*at)->type.sub, type->sub, type->sub_len) == 0)
            return NULL;
    *at = calloc(1, sizeof **at);
    if (*at != NULL)
        (*at)->type = *type;
    return *at;
}

bool gather_type(struct gather *g, struct cli *cli, const char *text)
{
    struct dnssd_type type;
    enum dnssd_type_err err = dnssd_type_parse(text, false, &type);

    if (err == DNSSD_TYPE_OK) {
        add_type(g, &type);
        return true;
    }
    report_at(&cli->report, cli_col(cli), "E020",
              "read type \"%s\": %s; expected _name._tcp, _name._udp or "
              "_sub._sub._name._tcp", text, dnssd_type_error(err));
    return false;
}

static void ask(struct gather *g, struct gather_type *t)
{
    if (!session_browse(&g->s, &t->type, &g->local, DNSSD_RESOLVE, t) &&
        !g->s.cli->quiet)
        cli_say("W207: too many types to browse them all; leaving out %n",
                &t->type.base);
}

static void came(struct gather *g, const struct dnssd_event *ev)
{
    struct found *f;
    const char *iface = session_iface(&g->s, ev->link);
    enum found_news news = found_put(&g->found, ev, iface, &f);

    if (news == FOUND_NEW) {
        f->local = ev->local || session_own_address(&ev->source, f->iface);
        g->news(g->ctx, GATHER_ADD, f);
    } else if (news == FOUND_CHANGED || news == FOUND_ADDRS) {
        g->news(g->ctx, GATHER_UPDATE, f);
    }
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct gather *g = ctx;
    struct found *f;

    if (ev->kind > DNSSD_TYPE_FOUND)
        return;
    g->last_ms = loop_now_ms(g->s.loop);
    if (g->start_ms == 0)
        g->start_ms = g->last_ms;
    if (ev->kind == DNSSD_TYPE_FOUND) {
        struct dnssd_type type = {.base = ev->type};
        struct gather_type *t = add_type(g, &type);

        if (t != NULL)
            ask(g, t);
    } else if (ev->kind != DNSSD_LOST) {
        if (ev->resolved)
            came(g, ev);
    } else if ((f = found_get(&g->found, ev)) != NULL) {
        g->news(g->ctx, GATHER_REMOVE, f);
        found_remove(&g->found, f);
    }
}

/* There is nothing to be heard before there is a link. */
static void on_link(void *ctx, unsigned link, enum loop_link_event what)
{
    struct gather *g = ctx;

    (void)link;
    if (what == LOOP_LINK_UP && g->start_ms == 0)
        g->start_ms = loop_now_ms(g->s.loop);
}

/* When all will be settled if nothing more comes. */
static uint64_t settles_ms(const struct gather *g)
{
    uint64_t at = g->last_ms + QUIET_MS;

    if (at < g->start_ms + LEAST_MS)
        at = g->start_ms + LEAST_MS;
    return at < g->start_ms + MOST_MS ? at : g->start_ms + MOST_MS;
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct gather *g = ctx;
    uint64_t at, wake;

    if (!g->settled && g->start_ms != 0)
        g->settled = now_ms >= settles_ms(g);
    wake = g->tick(g->ctx, now_ms);
    at = g->settled || g->start_ms == 0 ? 0 : settles_ms(g);
    g->s.wake_ms = at != 0 && (wake == 0 || at < wake) ? at : wake;
}

int gather_open(struct gather *g, struct cli *cli)
{
    struct loop_config lc;
    int status;

    g->local.len = 7;
    memcpy(g->local.wire, "\5local", 7);
    g->s.cli = cli;
    g->s.asks = true;
    g->s.ctx = g;
    g->s.event = on_event;
    g->s.tick = on_tick;
    g->s.link = on_link;
    session_config(cli, &lc);
    status = session_open(&g->s, &lc);
    if (status != CLI_OK)
        return status;
    for (struct gather_type *t = g->types; t != NULL; t = t->next)
        ask(g, t);
    if (g->types == NULL)
        session_enumerate(&g->s, &g->local, NULL);
    return CLI_OK;
}
