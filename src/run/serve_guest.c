/*
 * serve_guest.c - what a guest may publish: its grant, and nothing else
 */
#include <string.h>

#include "crier/log.h"
#include "crier/os.h"
#include "serve_parts.h"

/* What is new a second; changes of what is there have their own limit, which
 * adding it ever anew must not get round. */
enum { NEW_MILLIS = 1000, NEW_BURST = 10 }; /* the latter for each of quota */

/* NULL: it is no guest's. */
static const struct conf_guest *guest_of(const struct serve *s,
                                         const struct ctl_client *c)
{
    const struct conf_guest *g = s->conf->guests;

    if (ctl_rights(c) < CTL_GUEST)
        return NULL;
    for (unsigned i = ctl_rights(c) - CTL_GUEST; i > 0; i--)
        g = g->next;
    return g;
}

/* Whether one of the patterns of that kind takes the text. */
static bool granted(const struct conf_guest *g, enum conf_grant kind,
                    const char *text)
{
    char folded[256]; /* case is no difference, not in a "[!a]" either */
    size_t len = strlen(text);

    if (len >= sizeof folded)
        return false;
    for (size_t i = 0; i <= len; i++)
        folded[i] = (char)name_fold((uint8_t)text[i]);
    for (unsigned i = 0; i < g->grant_count; i++)
        if (g->grants[i].kind == kind && pub_glob(g->grants[i].glob, folded))
            return true;
    return false;
}

/* Say it to both sides; false. */
static bool refuse(const struct serve *s, struct ctl_client *c,
                   const struct conf_guest *g, const char *what,
                   const char *value)
{
    char buf[512];
    struct text t = text_memory(buf, sizeof buf - 1);
    struct addr peer = {ADDR_V4, {0}}; /* 0.0.0.N: no other has that */

    peer.b[3] = (uint8_t)ctl_rights(c);
    text_fmt(&t, "this guest may not have %s %s", what, value);
    serve_refuse(c, "E069", text_end(&t));
    if (s->conf->level >= CONF_WARN &&
        log_peer(&peer, loop_now_ms(s->loop)))
        cli_say("E069: the guest at %s was refused %s %s", g->path, what,
                value);
    return false;
}

/* A host name of ours without its domain; false if it is elsewhere. */
static bool host_label(const struct name *n, char out[NAME_LABEL_MAX + 1])
{
    static const struct name local = {7, "\5local"};
    struct name domain;

    if (name_labels(n) != 2)
        return false;
    name_suffix(n, 1, &domain);
    memcpy(out, n->wire + 1, n->wire[0]);
    out[n->wire[0]] = '\0';
    return name_equal(&domain, &local);
}

static bool name_granted(const struct serve *s, struct ctl_client *c,
                         const struct conf_guest *g, const struct name *n)
{
    char label[NAME_LABEL_MAX + 1], text[NAME_TEXT_MAX];

    return (host_label(n, label) && granted(g, GRANT_NAME, label)) ||
           refuse(s, c, g, "the name", name_text(n, text));
}

bool guest_service(const struct serve *s, struct ctl_client *c,
                   const struct service *service)
{
    const struct conf_guest *g = guest_of(s, c);
    char type[NAME_TEXT_MAX];
    size_t len;

    if (g == NULL)
        return true;
    len = strlen(name_text(&service->type.base, type));
    type[len - 1] = '\0'; /* the final dot */
    if (!granted(g, GRANT_TYPE, type))
        return refuse(s, c, g, "the type", type);
    if (!granted(g, GRANT_NAME, service->instance))
        return refuse(s, c, g, "the name", service->instance);
    if (service->has_target && !name_granted(s, c, g, &service->target))
        return false;
    for (unsigned i = 0; i < service->cname_count; i++)
        if (!name_granted(s, c, g, &service->cnames[i]))
            return false;
    return true;
}

bool guest_host(const struct serve *s, struct ctl_client *c,
                const struct conf_host *host)
{
    const struct conf_guest *g = guest_of(s, c);
    char buf[ADDR_TEXT_MAX];

    if (g == NULL)
        return true;
    for (unsigned i = 0; i < host->addr_count; i++) {
        const char *text = os_addr_text(&host->addrs[i], NULL, buf);

        if (!granted(g, GRANT_ADDRESS, text))
            return refuse(s, c, g, "the address", text);
    }
    return name_granted(s, c, g, &host->name);
}

bool guest_room(struct serve *s, struct ctl_client *c)
{
    const struct conf_guest *g = guest_of(s, c);
    unsigned rights = ctl_rights(c);

    if (g == NULL)
        return true;
    if (add_count(s, rights) + ask_published(s, rights) >= g->quota)
        return refuse(s, c, g, "more than its quota",
                      "of services and hosts");
    if (log_take(&s->news[rights - CTL_GUEST], NEW_MILLIS,
                 NEW_BURST * g->quota, loop_now_ms(s->loop)))
        return true;
    serve_refuse(c, "E067", "too many new ones within a short time; wait for "
                            "some seconds");
    return false;
}
