/*
 * bound.c - services that are not there all the time
 *
 * One is bound to interfaces, which come and go, or to the outcome of a check,
 * or to both. A claim's links are fixed when it is made, so such a service is
 * taken back and registered anew when another of its links appears, with a
 * goodbye in between.
 */
#include "pub.h"

#include <stdlib.h>
#include <string.h>

#include "crier/os.h"

static void *copy(const void *p, size_t len)
{
    void *to = malloc(len > 0 ? len : 1);

    if (to != NULL && len > 0)
        memcpy(to, p, len);
    return to;
}

void bound_free(struct bound *b)
{
    check_free(b->check);
    free(b->globs);
    free(b->subtypes);
    free(b->txt);
    free(b);
}

struct bound *bound_new(const struct service *s,
                        const struct dnssd_service_spec *spec)
{
    struct bound *b = calloc(1, sizeof *b);

    if (b == NULL)
        return NULL;
    b->spec = *spec;
    b->glob_count = s->glob_count;
    b->globs = copy(s->globs, s->glob_count * sizeof s->globs[0]);
    b->subtypes = copy(s->subtypes, s->subtype_count * sizeof *s->subtypes);
    b->txt = copy(s->txt, s->txt_len);
    if (b->globs == NULL || b->subtypes == NULL || b->txt == NULL) {
        bound_free(b);
        return NULL;
    }
    memcpy(b->instance, s->instance, s->instance_len);
    b->spec.instance = b->instance;
    b->spec.subtypes = b->subtypes;
    b->spec.txt = b->txt;
    b->spec.links = b->glob_count > 0 ? 0 : LINKS_ALL;
    return b;
}

static bool globs_match(const struct bound *b, const char *iface)
{
    bool only_excludes = true;
    bool in = false;

    for (unsigned i = 0; i < b->glob_count; i++) {
        const char *glob = b->globs[i];

        if (glob[0] == '!') {
            if (pub_glob(glob + 1, iface))
                return false;
            continue;
        }
        only_excludes = false;
        in |= pub_glob(glob, iface);
    }
    return in || only_excludes;
}

bool bound_link(const struct pub *p, struct bound *b, unsigned link)
{
    uint64_t bit = UINT64_C(1) << link;
    bool want;

    if (b->glob_count == 0)
        return false;
    want = globs_match(b, loop_link_name(p->loop, link));
    if (want == ((b->spec.links & bit) != 0))
        return false;
    b->spec.links ^= bit;
    return true;
}

void bound_register(const struct pub *p, struct bound *b)
{
    struct dnssd *d = loop_dnssd(p->loop);
    uint64_t now_ms = loop_now_ms(p->loop);

    if (b->reg != NULL)
        dnssd_unregister(d, now_ms, b->reg);
    b->reg = NULL;
    if (b->held || b->spec.links == 0 ||
        dnssd_register(d, now_ms, &b->spec, &b->reg) == ENGINE_OK)
        return;
    b->reg = NULL; /* it was accepted before: a lack of room */
    text_fmt(&text_err, "crier: E030: no room for \"%b\"; raise "
                        "max-services or max-records\n",
             (const void *)b->instance, b->spec.instance_len);
    text_flush(&text_err);
}

/* --- checks ---------------------------------------------------------------- */

static void say(const struct bound *b, const struct check *k)
{
    text_fmt(&text_err, "crier: %s\"%b\" is ", b->held ? "W220: " : "",
             (const void *)b->instance, b->spec.instance_len);
    text_str(&text_err, b->held ? "held: " : "back: ");
    check_describe(&k->spec, &text_err);
    if (b->held)
        text_fmt(&text_err, ": %e\n", k->err);
    else
        text_str(&text_err, " succeeds\n");
    text_flush(&text_err);
}

void bound_changed(void *ctx, struct check *k)
{
    const struct pub *p = ctx;
    struct bound *b = k->owner;

    b->held = !k->state.up;
    if (p->conf->level >= (b->held ? CONF_WARN : CONF_INFO))
        say(b, k);
    bound_register(p, b);
}

/* Noted for the sandbox, or looked up afterwards. */
static bool may_connect(struct pub *p, uint16_t port)
{
    uint8_t bit = (uint8_t)(1u << port % 8);

    if (p->boxed)
        return p->tcp_ports != NULL && (p->tcp_ports[port / 8] & bit) != 0;
    if (p->tcp_ports == NULL)
        p->tcp_ports = os_pages(TCP_PORTS_LEN);
    if (p->tcp_ports == NULL)
        return false;
    p->tcp_ports[port / 8] |= bit;
    os_reachable(port);
    return true;
}

static bool may_look(const struct pub *p, const char *path)
{
    if (!p->boxed)
        os_readable(path);
    return os_may_read(path);
}

bool bound_may_be(struct pub *p, const struct service *s, struct report *r)
{
    const struct service_check *c = &s->check;
    char buf[SERVICE_PATH_MAX + 8];
    struct text t = text_memory(buf, sizeof buf);

    if (s->beyond_line != 0) {
        r->line = s->beyond_line;
        report_at(r, s->beyond_col, "E060", "version-file: the sandbox cannot "
                                            "read there: restart needed");
        return false;
    }
    if (c->kind == CHECK_TCP ? may_connect(p, c->port)
                             : c->kind != CHECK_PID || may_look(p, c->path))
        return true;
    check_describe(c, &t);
    report_at(r, 0, "E060", "check %s: the sandbox was made without it: "
                            "restart needed", text_end(&t));
    return false;
}

bool bound_check(struct pub *p, struct bound *b, const struct service *s,
                 bool up)
{
    if (b->check != NULL && s->check.kind == CHECK_NONE) {
        check_free(b->check);
        b->check = NULL;
        if (b->held) {
            b->held = false;
            bound_register(p, b);
        }
    } else if (b->check != NULL) {
        if (memcmp(&b->check->spec, &s->check, sizeof s->check) != 0)
            check_change(b->check, &s->check);
    } else if (s->check.kind != CHECK_NONE) {
        b->check = check_new(&p->checks, &s->check, b, up);
        b->held = !up;
        return b->check != NULL;
    }
    return true;
}

/* --- changes --------------------------------------------------------------- */

/* A bound service is made of its spec whenever a link comes: keep it true. */
bool bound_update(struct bound *b, const struct dnssd_service_spec *to,
                  bool *changed)
{
    uint8_t *txt = copy(to->txt, to->txt_len);

    if (txt == NULL)
        return false;
    *changed = b->spec.port != to->port || b->spec.weight != to->weight ||
               b->spec.priority != to->priority ||
               b->spec.txt_len != to->txt_len ||
               memcmp(b->txt, txt, to->txt_len) != 0;
    free(b->txt);
    b->txt = txt;
    b->spec.txt = txt;
    b->spec.txt_len = to->txt_len;
    b->spec.port = to->port;
    b->spec.weight = to->weight;
    b->spec.priority = to->priority;
    return true;
}
