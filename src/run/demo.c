/*
 * demo.c - one example service, and a live list of what others offer
 */
#include "demo.h"

#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "crier/os.h"

/* Port 9 throws away what it gets: nobody is led astray by the example. */
static const char example[] = "type _crier-demo._tcp\n"
                              "port 9\n"
                              "txt txtvers=1\n"
                              "txt version=" CRIER_VERSION "\n"
                              "txt \"note=an example, made by crier run --demo\"\n";

struct demo {
    struct loop *loop;
    struct out out;
    struct found_set found;
};

static const struct name local = {7, "\5local"};

static void say_offer(const struct demo *d, const struct pub *pub,
                      const struct service *s)
{
    struct text *t = d->out.to;
    struct name host;

    pub_host_name(pub, &host);
    text_fmt(t, "crier %s on %n offers\n  \"%b\" %n port %u ", CRIER_VERSION,
             &host, (const void *)s->instance, (size_t)s->instance_len,
             &s->type.base, (unsigned)s->port);
    out_txt(t, s->txt, s->txt_len);
    text_str(t, "\nand lists what it finds. Ctrl-C says good-bye and ends.\n");
    text_flush(t);
}

struct demo *demo_new(struct loop *loop, struct pub *pub,
                      const struct conf *c, const struct out *out)
{
    struct report r = {.to = &text_err, .file = "demo"};
    struct service *s = malloc(sizeof *s);
    struct demo *d = calloc(1, sizeof *d);

    if (s == NULL || d == NULL ||
        !service_parse(s, "demo", example, sizeof example - 1, c, &r) ||
        !pub_service(pub, s, &r)) {
        free(s);
        free(d);
        return NULL;
    }
    d->loop = loop;
    d->out = *out;
    say_offer(d, pub, s);
    free(s);
    dnssd_enumerate(loop_dnssd(loop), loop_now_ms(loop), &local, LINKS_ALL,
                    NULL);
    return d;
}

void demo_link(struct demo *d, unsigned link)
{
    const struct link_state *st = loop_link_state(d->loop, link);
    const char *iface = loop_link_name(d->loop, link);
    char buf[ADDR_TEXT_MAX];

    if (st == NULL)
        return;
    text_fmt(d->out.to, "  on %s", iface);
    for (unsigned i = 0; i < st->addr_count; i++)
        text_fmt(d->out.to, " %s",
                 os_addr_text(&st->addrs[i].addr, iface, buf));
    text_str(d->out.to, "\n");
    text_flush(d->out.to);
}

void demo_event(struct demo *d, const struct dnssd_event *ev)
{
    struct dnssd_type type = {.sub_len = 0};
    struct found *f;
    enum found_news news;

    if (ev->local)
        return;
    switch (ev->kind) {
    case DNSSD_TYPE_FOUND:
        type.base = ev->type;
        dnssd_browse(loop_dnssd(d->loop), loop_now_ms(d->loop), &type, &local,
                     LINKS_ALL, DNSSD_RESOLVE, NULL);
        break;
    case DNSSD_FOUND:
    case DNSSD_CHANGED:
        news = found_put(&d->found, ev, loop_link_name(d->loop, ev->link), &f);
        if (news < FOUND_SAME)
            out_line(&d->out, news == FOUND_NEW ? '+' : '~', f);
        break;
    case DNSSD_LOST:
        f = found_get(&d->found, ev);
        if (f == NULL)
            break;
        out_line(&d->out, '-', f);
        found_remove(&d->found, f);
        break;
    default:
        break;
    }
}
