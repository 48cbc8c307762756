/*
 * cmd_browse.c - crier browse: what services are there?
 *
 * Each type is browsed twice: for the instances as such, which is what the
 * rows of avahi-browse tell and what remains of a service that does not
 * resolve, and resolved. The engine asks each question once all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"

enum { REDRAW_MS = 250 };

struct browse;

/* One type being browsed, and what its two browses are told apart by. */
struct ask {
    struct ask *next;
    struct browse *b;
    struct dnssd_type type;
    struct cookie {
        struct ask *ask; /* NULL: the enumeration of types */
        bool resolve;
    } plain, resolve;
};

struct browse {
    struct session s;
    struct out out;
    bool terminate, cache_only, resolve, ignore_local, watch;
    bool wait; /* for a link, and begin to count the time then */
    uint32_t count;   /* end after so many; 0: no limit */
    struct name domain;
    struct ask *asks;
    struct ask **asks_end;
    struct found_set found;
    uint64_t told;    /* instances shown, as far as they are to be */
    bool any;         /* ... or at least one seen */
    uint64_t redraw_ms; /* when the last redraw was; watch only */
    bool dirty;
};

static bool table_at_end(const struct browse *b)
{
    return b->out.form == OUT_TEXT && (b->terminate || b->cache_only);
}

static bool redraws(const struct browse *b)
{
    return b->out.form == OUT_TEXT && b->watch && b->out.terminal;
}

/* --- asking ------------------------------------------------------------- */

static void start(struct browse *b, struct ask *a)
{
    bool room;

    a->plain = (struct cookie){a, false};
    a->resolve = (struct cookie){a, true};
    room = session_browse(&b->s, &a->type, &b->domain, 0, &a->plain);
    if (b->resolve && room)
        room = session_browse(&b->s, &a->type, &b->domain, DNSSD_RESOLVE,
                              &a->resolve);
    if (!room && !b->s.cli->quiet)
        cli_say("W207: too many types to browse them all; leaving out %n",
                &a->type.base);
}

static struct ask *add_type(struct browse *b, const struct dnssd_type *type)
{
    struct ask *a;

    for (a = b->asks; a != NULL; a = a->next)
        if (name_equal(&a->type.base, &type->base) &&
            a->type.sub_len == type->sub_len &&
            memcmp(a->type.sub, type->sub, type->sub_len) == 0)
            return NULL;
    a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->b = b;
    a->type = *type;
    *b->asks_end = a;
    b->asks_end = &a->next;
    return a;
}

/* --- telling ------------------------------------------------------------ */

static void enough(struct browse *b)
{
    if (b->count > 0 && b->told >= b->count)
        session_end(&b->s, "count");
}

static const uint8_t order[] = {ADDR_V6, ADDR_V4}; /* as Avahi's */

/* A row for each family that has not had one with this sign. */
static void avahi_rows(struct browse *b, char sign, struct found *f,
                       uint8_t families, uint8_t *shown)
{
    for (unsigned i = 0; i < 2; i++) {
        if ((families & order[i]) == 0 || (*shown & order[i]) != 0)
            continue;
        *shown |= order[i];
        if (sign == '=') {
            const struct addr *a = out_avahi_addr(&f->ev, order[i]);

            f->given[i] = a != NULL ? *a : (struct addr){ADDR_NONE, {0}};
        }
        out_avahi_row(b->out.to, sign, f->iface, order[i], &f->ev);
    }
    text_flush(b->out.to);
}

/* The families whose row is no longer true. An address that the host still
 * has is; a further one, as of a family heard later, makes no new row. */
static uint8_t outdated(const struct found *f, enum found_news news)
{
    uint8_t families = ADDR_V4 | ADDR_V6;

    if (news == FOUND_CHANGED)
        return families;
    for (unsigned i = 0; i < f->ev.addr_count; i++)
        for (unsigned k = 0; k < 2; k++)
            if (addr_equal(&f->ev.addrs[i], &f->given[k]))
                families &= (uint8_t)~order[k];
    return families;
}

static void tell(struct browse *b, char sign, struct found *f,
                 const struct ask *a)
{
    if (redraws(b)) {
        b->dirty = true;
    } else if (b->out.form == OUT_JSON) {
        out_json_found(b->out.to, sign == '+'   ? "add"
                                  : sign == '~' ? "update"
                                                : "remove",
                       f, a != NULL ? &a->type : NULL);
    } else if (!table_at_end(b)) {
        out_line(&b->out, sign, f);
    }
}

static void gone(struct browse *b, const struct cookie *from,
                 const struct dnssd_event *ev)
{
    struct found *f = found_get(&b->found, ev);

    /* The plain browse decides: a resolved one loses an instance also when
     * only its address is gone. */
    if (f == NULL)
        return;
    if (b->out.form == OUT_AVAHI) {
        if (!from->resolve) {
            uint8_t again = (uint8_t)~f->shown;

            avahi_rows(b, '-', f, f->shown, &again);
            found_remove(&b->found, f);
        }
        return;
    }
    if (f->resolved_shown != 0)
        tell(b, '-', f, from->ask);
    f->resolved_shown = 0;
    if (!from->resolve)
        found_remove(&b->found, f);
    else
        f->ev.resolved = false;
}

static void came(struct browse *b, const struct cookie *from,
                 const struct dnssd_event *ev)
{
    struct found *f;
    enum found_news news;

    if (b->count > 0 && b->told >= b->count)
        return; /* the rest of what came in the last packet */
    news = found_put(&b->found, ev, session_iface(&b->s, ev->link), &f);
    if (news == FOUND_NO_MEMORY)
        return;
    if (news == FOUND_NEW && (b->ignore_local || b->out.form == OUT_JSON))
        f->local = ev->local || session_own_address(&ev->source, f->iface);
    if (b->ignore_local && f->local)
        return;
    if (b->out.form == OUT_AVAHI) {
        uint8_t *last = b->resolve ? &f->resolved_shown : &f->shown;
        bool before = *last != 0;

        b->any = true;
        if (news == FOUND_CHANGED || news == FOUND_ADDRS)
            f->resolved_shown &= (uint8_t)~outdated(f, news);
        avahi_rows(b, '+', f, f->ev.families, &f->shown);
        if (f->ev.resolved)
            avahi_rows(b, '=', f, f->shown, &f->resolved_shown);
        b->told += !before && *last != 0;
        enough(b);
        return;
    }
    if (from->resolve != b->resolve)
        return;
    if (f->resolved_shown == 0) {
        f->resolved_shown = 1;
        b->told++;
        tell(b, '+', f, from->ask);
    } else if (news != FOUND_SAME) {
        tell(b, '~', f, from->ask);
    }
    enough(b);
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct browse *b = ctx;
    const struct cookie *from = ev->cookie;

    if (ev->kind == DNSSD_TYPE_FOUND) {
        struct dnssd_type type = {.base = ev->type};
        struct ask *a;

        session_news(&b->s);
        a = add_type(b, &type);
        if (a != NULL)
            start(b, a); /* borrowed parts of ev end here */
        return;
    }
    if (from == NULL || from->ask == NULL)
        return;
    if (ev->kind == DNSSD_FOUND || ev->kind == DNSSD_CHANGED) {
        session_news(&b->s);
        came(b, from, ev);
    } else if (ev->kind == DNSSD_LOST) {
        session_news(&b->s);
        gone(b, from, ev);
    }
}

static void redraw(struct browse *b, uint64_t now_ms)
{
    b->dirty = false;
    b->redraw_ms = now_ms;
    text_str(b->out.to, "\033[H\033[J");
    out_table(&b->out, &b->found);
    text_flush(b->out.to);
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct browse *b = ctx;
    uint64_t next_ms = b->redraw_ms + REDRAW_MS;

    b->s.wake_ms = b->dirty && now_ms < next_ms ? next_ms : 0;
    if (b->dirty && now_ms >= next_ms)
        redraw(b, now_ms);
}

/* What never resolved is worth a row too, at the end. */
static void unresolved(struct browse *b)
{
    struct found **list = found_sorted(&b->found);
    size_t count = list != NULL ? b->found.count : 0;

    for (size_t i = 0; i < count; i++) {
        struct found *f = list[i];

        if (b->ignore_local && f->local) {
            found_remove(&b->found, f);
        } else if (f->resolved_shown == 0) {
            b->told++;
            tell(b, '+', f, NULL);
        }
    }
    free(list);
}

static bool at_end(void *ctx)
{
    struct browse *b = ctx;

    if (b->out.form != OUT_AVAHI && b->count == 0)
        unresolved(b);
    if (redraws(b))
        redraw(b, 0);
    else if (table_at_end(b))
        out_table(&b->out, &b->found);
    if (b->out.form == OUT_JSON)
        out_json_end(b->out.to, b->s.reason, b->told);
    return b->told > 0 || b->any;
}

/* --- the verb ------------------------------------------------------------ */

static const struct cli_opt opts[] = {
    {'a', true, false, "all"},          {'t', true, false, "terminate"},
    {'r', true, false, "resolve"},      {'k', true, false, "no-db-lookup"},
    {'l', true, false, "ignore-local"}, {'c', true, false, "cache"},
    {'f', true, false, "no-fail"},      {'w', true, false, "watch"},
    {'d', true, true, "domain"},        {'N', false, true, "count"},
    {'R', false, false, "no-resolve"},
};

static bool word(struct browse *b, struct cli *cli, const char *text)
{
    struct dnssd_type type;
    enum dnssd_type_err err = dnssd_type_parse(text, false, &type);

    if (err == DNSSD_TYPE_OK) {
        add_type(b, &type);
        return true;
    }
    report_at(&cli->report, cli_col(cli), "E020",
              "read type \"%s\": %s; expected _name._tcp, _name._udp or "
              "_sub._sub._name._tcp", text, dnssd_type_error(err));
    return false;
}

static bool domain(struct browse *b, struct cli *cli, const char *text)
{
    size_t at = 0;
    enum name_text_err err = name_from_text(text, &b->domain, &at);

    if (err == NAME_TEXT_OK)
        return true;
    report_at(&cli->report, cli_col(cli) + (unsigned)at, "E025",
              "read domain \"%s\": %s; expected a name like local", text,
              name_text_error(err));
    return false;
}

static bool options(struct browse *b, struct cli *cli, bool *all)
{
    const char *value;
    bool no_resolve = false, resolve = false;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        bool ok = true;

        switch (o) {
        case CLI_WORD:
            ok = word(b, cli, value);
            break;
        case 'a':
            *all = true;
            break;
        case 't':
            b->terminate = true;
            break;
        case 'c':
            b->cache_only = true;
            break;
        case 'r':
            resolve = true;
            break;
        case 'R':
            no_resolve = true;
            break;
        case 'l':
            b->ignore_local = true;
            break;
        case 'w':
            b->watch = true;
            break;
        case 'd':
            ok = domain(b, cli, value);
            break;
        case 'N':
            ok = cli_number(cli, value, 1, UINT32_MAX, &b->count);
            break;
        case 'f':
            b->wait = true;
            break;
        case 'k': /* types are never translated */
            break;
        default:
            ok = false;
        }
        if (!ok)
            return false;
    }
    b->out = cli_out(cli);
    b->resolve = !no_resolve && (resolve || b->out.form != OUT_AVAHI);
    b->out.names_only = !b->resolve;
    return true;
}

/* -t: the network has had its say when it is silent for a second. */
static void limits(struct browse *b, const struct cli *cli)
{
    if (b->cache_only) {
        b->s.max_ms = 1000;
    } else if (b->terminate) {
        b->s.min_ms = 2000;
        b->s.quiet_ms = 1000;
        b->s.max_ms = 5000;
    }
    if (cli->has_timeout)
        b->s.max_ms = cli->timeout_ms;
}

/* -f: what Avahi's clients may have to wait for is the daemon, here it is a
 * link. The times of -t and -c begin with it, that of -T does not. */
static void on_link(void *ctx, unsigned link, enum loop_link_event what)
{
    struct browse *b = ctx;
    uint64_t late_ms = loop_now_ms(b->s.loop) - b->s.start_ms;

    (void)link;
    if (!b->wait || what != LOOP_LINK_UP)
        return;
    b->wait = false;
    limits(b, b->s.cli);
    if (b->s.cli->has_timeout)
        b->s.max_ms -= late_ms < b->s.max_ms ? (uint32_t)late_ms
                                             : b->s.max_ms - 1;
    b->s.start_ms += late_ms;
}

static int run(struct cli *cli)
{
    static struct browse b;
    struct loop_config lc;
    bool all = false;
    int status;

    b.asks_end = &b.asks;
    b.domain = (struct name){7, "\5local"};
    if (!options(&b, cli, &all))
        return CLI_USAGE;
    b.s.cli = cli;
    b.s.asks = true;
    b.s.ctx = &b;
    b.s.event = on_event;
    b.s.tick = on_tick;
    b.s.link = on_link;
    if (b.wait)
        b.s.max_ms = cli->has_timeout ? cli->timeout_ms : 0;
    else
        limits(&b, cli);
    session_config(cli, &lc);
    status = session_open(&b.s, &lc);
    if (status != CLI_OK)
        return status;
    for (struct ask *a = b.asks; a != NULL; a = a->next)
        start(&b, a);
    if (all || b.asks == NULL)
        session_enumerate(&b.s, &b.domain, NULL);
    return session_run(&b.s, at_end);
}

const struct cli_verb cmd_browse = {
    .name = "browse",
    .run = run,
    .common = "i46sjpTqvO",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-acfklrtw] [-d DOMAIN] [--count N] [--no-resolve] [TYPE...]",
    .help =
        "Show the services on the links, as they come (+), change (~) and go\n"
        "(-). Without TYPE: of all types.\n"
        "\n"
        "  -t, --terminate     end when nothing new has come for 1 s (2 s at\n"
        "                      least, 5 s at most), with a table\n"
        "  -c, --cache         end after 1 s\n"
        "  -w, --watch         keep a table on the terminal up to date\n"
        "  -a, --all           all types, besides those given\n"
        "  -d, --domain NAME   another domain than local\n"
        "  -l, --ignore-local  leave out what this host offers\n"
        "  -r, --resolve       with -p: rows with host, address, port, TXT\n"
        "      --no-resolve    names and types only\n"
        "      --count N       end after N services\n"
        "  -f, --no-fail       wait for a link; -t and -c count from then\n"
        "  -k, --no-db-lookup  as in avahi-browse: types as they are, always\n",
};
