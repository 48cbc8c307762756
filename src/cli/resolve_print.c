/*
 * resolve_print.c - the answers of crier resolve, best first
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "crier/os.h"
#include "crier/sort.h"

/* Best first: routable IPv4, other IPv6, then link-local ones. */
static int rank(const struct addr *a)
{
    return (addr_link_local(a) ? 2 : 0) + (a->family == ADDR_V6);
}

static int by_rank(const void *a, const void *b)
{
    const struct answer *x = a, *y = b;
    int d = rank(&x->addr) - rank(&y->addr);

    if (d == 0)
        d = memcmp(x->addr.b, y->addr.b, sizeof x->addr.b);
    return d != 0 ? d : strcmp(x->iface, y->iface);
}

static void print_json(struct resolve *r, const struct item *it,
                       const struct answer *a, const char *addr)
{
    struct text *t = r->out.to;

    out_json_open(t, r->by_address ? "name" : "address");
    out_json_str(t, "iface", a->iface);
    out_json_name(t, "name", r->by_address ? &a->name : &it->name);
    out_json_str(t, "address", addr);
    out_json_num(t, "ttl", a->ttl_s);
    out_json_close(t);
}

static void print(struct resolve *r, const struct item *it,
                  const struct answer *a)
{
    bool avahi = r->out.form == OUT_AVAHI;
    bool both = avahi || r->s.cli->verbose > 0 || r->count > 1;
    char buf[ADDR_TEXT_MAX];
    const char *addr = os_addr_text(&a->addr, avahi ? NULL : a->iface, buf);

    if (r->out.form == OUT_JSON) {
        print_json(r, it, a, addr);
        return;
    }
    if (r->by_address) {
        if (both)
            text_fmt(r->out.to, "%s\t", it->text);
        text_name(r->out.to, &a->name);
    } else {
        if (both)
            text_fmt(r->out.to, "%n\t", &it->name);
        text_str(r->out.to, addr);
    }
    text_str(r->out.to, "\n");
}

/* "host NAME", "port N", "address A", "txt KEY=VALUE": one fact a line. */
static void print_instance(struct resolve *r, const struct found *f)
{
    const struct dnssd_event *ev = &f->ev;
    struct text *t = r->out.to;
    char buf[ADDR_TEXT_MAX];
    const uint8_t *s;
    uint8_t n;
    size_t pos = 0;

    text_fmt(t, "host %n\nport %u\n", &ev->host, (unsigned)ev->port);
    for (unsigned i = 0; i < ev->addr_count; i++)
        text_fmt(t, "address %s\n",
                 os_addr_text(&ev->addrs[i], f->iface, buf));
    while (dnssd_txt_next(ev->txt, ev->txt_len, &pos, &s, &n))
        text_fmt(t, "txt %b\n", (const void *)s, (size_t)n);
}

static void print_instances(struct resolve *r)
{
    struct found **list = found_sorted(&r->found);

    for (size_t i = 0; list != NULL && i < r->found.count; i++) {
        if (r->out.form == OUT_JSON)
            out_json_found(r->out.to, "add", list[i], NULL);
        else if (r->out.form == OUT_AVAHI)
            out_avahi_row(r->out.to, '=', list[i]->iface,
                          list[i]->ev.addrs[0].family == ADDR_V6 ? ADDR_V6
                                                                 : ADDR_V4,
                          &list[i]->ev);
        else if (i == 0 || r->all)
            print_instance(r, list[i]);
    }
    free(list);
}

static void say_none(const struct resolve *r, const struct item *it)
{
    if (r->s.cli->quiet || r->s.signo != 0 || !r->s.link_seen)
        return;
    if ((it->denied & r->families) == r->families && !r->by_address &&
        !r->instance)
        cli_say("E111: %n exists, but has no such address; try it without "
                "-4 and -6", &it->name);
    else
        cli_say("E110: nobody answers for %s; check that it is up and on this "
                "link, or wait longer with -T", it->text);
}

bool resolve_print(void *ctx)
{
    struct resolve *r = ctx;
    uint64_t found = 0;

    for (unsigned i = 0; i < r->count; i++) {
        struct item *it = &r->item[i];

        found += it->count > 0;
        if (it->count == 0)
            say_none(r, it);
        else if (!r->instance)
            sort(it->answer, it->count, sizeof *it->answer, by_rank);
        for (unsigned k = 0; k < it->count && !r->instance; k++)
            print(r, it, &it->answer[k]);
    }
    if (r->instance)
        print_instances(r);
    if (r->out.form == OUT_JSON)
        out_json_end(r->out.to, r->s.reason, found);
    return found > 0;
}
