/*
 * serve_status.c - how the daemon is: what is wrong first, then what there is
 *
 * A line for each problem, one for each interface, and the figures last.
 */
#include <string.h>

#include "crier/os.h"
#include "serve_parts.h"

enum { ADDRS_SHOWN = 4 }; /* of an interface, so that all fit */

static void put_problem(struct text *t, const char *code, const char *about,
                        const char *what)
{
    char buf[NAME_TEXT_MAX + 64];
    struct text words = text_memory(buf, sizeof buf - 1);

    text_fmt(&words, "%s%s", about, what);
    out_json_open(t, "problem");
    out_json_str(t, "code", code);
    out_json_str(t, "text", text_end(&words));
    out_json_close(t);
}

struct counts {
    unsigned of[PUB_STATES];
};

static struct counts count_services(const struct serve *s)
{
    struct counts n = {{0}};
    struct pub_item item;

    for (uint32_t i = 0; pub_item(s->pub, i, &item); i++)
        n.of[item.state]++;
    return n;
}

static void put_services(struct text *t, const char *code, unsigned count,
                         const char *one, const char *more)
{
    char buf[16];
    struct text number = text_memory(buf, sizeof buf - 1);

    text_num(&number, count);
    if (count > 0)
        put_problem(t, code, text_end(&number), count == 1 ? one : more);
}

/* A name, without the dot at its end. */
static void put_name(struct text *t, const char *code, const struct name *n,
                     const char *what)
{
    char text[NAME_TEXT_MAX];

    text[strlen(name_text(n, text)) - 1] = '\0';
    put_problem(t, code, text, what);
}

static void put_problems(const struct serve *s, struct text *t,
                         const struct counts *n)
{
    struct pub_host_item host;
    struct name meant, name;

    if (loop_link_count(s->loop) == 0)
        put_problem(t, "W206", "", "no usable interface");
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (loop_link_state(s->loop, i) == NULL &&
            loop_link_name(s->loop, i)[0] != '?')
            put_problem(t, "W203", loop_link_name(s->loop, i), " is down");
    pub_wished_name(s->conf, &meant);
    pub_host_name(s->pub, &name);
    if (!name_equal(&meant, &name))
        put_name(t, "W202", &meant, " was taken, or renamed");
    for (unsigned i = 0; pub_host_item(s->pub, i, &host); i++) {
        if (host.taken) { /* one will do */
            put_name(t, "W205", &host.name, " is claimed by another host");
            break;
        }
    }
    put_services(t, "E105", n->of[PUB_TAKEN],
                 " service is not there: another host has its name",
                 " services are not there: other hosts have their names");
    put_services(t, "W220", n->of[PUB_HELD], " service is held by its check",
                 " services are held by their checks");
    if (s->reload_failed)
        put_problem(t, "E061", "", "the last reload changed nothing: the "
                                   "files are wrong");
    if (s->reload_partly)
        put_problem(t, "E060", "", "some of the last reload takes a restart");
}

static void put_link(const struct serve *s, struct text *t, unsigned link)
{
    const struct link_state *st = loop_link_state(s->loop, link);
    const struct engine_stats *es = engine_stats(loop_engine(s->loop));
    const char *iface = loop_link_name(s->loop, link);
    struct addr addrs[ADDRS_SHOWN];
    unsigned count = 0;

    if (iface[0] == '?')
        return;
    for (; st != NULL && count < st->addr_count && count < ADDRS_SHOWN;
         count++)
        addrs[count] = st->addrs[count].addr;
    out_json_open(t, "iface");
    out_json_str(t, "iface", iface);
    out_json_str(t, "state", st == NULL       ? "down"
                             : st->polite != 0 ? "shared"
                                               : "up");
    out_json_addrs(t, "addresses", addrs, count, iface);
    out_json_num(t, "rx", es->rx_packets[0][link] + es->rx_packets[1][link]);
    out_json_num(t, "tx", es->tx_packets[0][link] + es->tx_packets[1][link]);
    out_json_close(t);
}

void status_more(struct serve *s, struct ctl_client *c)
{
    const struct engine_stats *st = engine_stats(loop_engine(s->loop));
    uint32_t *next = ctl_cursor(c);
    struct text *t = ctl_out(c);
    struct counts n = count_services(s);
    struct name host;

    if (*next == STATUS_FIRST)
        put_problems(s, t, &n);
    for (; *next < STATUS_FIRST + ENGINE_LINKS_MAX; ++*next) {
        if (t->cap - t->len < CTL_ROOM_MIN)
            return;
        put_link(s, t, *next - STATUS_FIRST);
    }
    ctl_done(c);
    pub_host_name(s->pub, &host);
    t = serve_end(c, true);
    out_json_str(t, "version", CRIER_VERSION);
    out_json_name(t, "host", &host);
    out_json_num(t, "uptime_s",
                 (loop_now_ms(s->loop) - s->start_ms) / 1000);
    out_json_num(t, "services", pub_count(s->pub));
    out_json_num(t, "announced", n.of[PUB_ANNOUNCED]);
    out_json_num(t, "held", n.of[PUB_HELD]);
    out_json_num(t, "records", st->own_records);
    out_json_num(t, "cached", st->cached_records);
    out_json_num(t, "conflicts", st->conflicts);
    out_json_num(t, "renames", st->renames);
    out_json_num(t, "clients", ctl_clients(s->ctl));
    out_json_num(t, "memory", st->memory_used);
    out_json_num(t, "memory_max", st->memory_size);
    out_json_close(t);
}

void status_verb(struct serve *s, struct ctl_client *c,
                 const struct tokens *words)
{
    (void)s;
    (void)words;
    ctl_continue(c);
    *ctl_cursor(c) = STATUS_FIRST;
}
