/*
 * serve_ask.c - what clients of the daemon look for, and listen to
 *
 * A client that reads slower than news comes is not told of each step: what
 * it browses for is kept back until it has read, and then told as it is.
 */
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"
#include "crier/relay.h"
#include "crier/rr.h"
#include "serve_parts.h"

enum {
    QUESTIONS_MAX = 1024, /* of one client */
    JSON_MAX = 60000,     /* bytes of an event in the worst case */
};

/* One question of a client; its browse's cookie. */
struct asked {
    struct asked *next;
    struct ctl_client *client;
    struct dnssd_browse *browse;
    struct dnssd_type type;
    uint16_t tag;
};

/* All links, to a guest. */
static const char guests_link[] = "host";

/* A service that goes with a client. */
struct publication {
    void *handle; /* of pub_put() */
    uint16_t tag;
    struct name name; /* now */
};

/* A client that asks. */
struct asker {
    struct asked *asked;
    struct publication *published; /* NULL: nothing */
    uint64_t links; /* that it wants to know of */
    uint16_t count;
    bool attached;  /* frames, see relay.h; else JSON */
    bool monitors;
    bool held;
};

static struct asker *asker_of(struct ctl_client *c)
{
    struct asker **at = (struct asker **)ctl_state(c);

    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at != NULL)
            (*at)->links = LINKS_ALL;
    }
    return *at;
}

static void hold(struct serve *s, struct asker *a, bool on)
{
    a->held = on;
    for (struct asked *q = a->asked; q != NULL; q = q->next)
        dnssd_hold(loop_dnssd(s->loop), q->browse, on);
}

void ask_drained(void *ctx, struct ctl_client *c)
{
    struct asker *a = *ctl_state(c);

    if (a != NULL && a->held)
        hold(ctx, a, false);
}

void ask_gone(void *ctx, struct ctl_client *c)
{
    struct serve *s = ctx;
    struct asker *a = *ctl_state(c);
    struct asked *q;

    if (a == NULL)
        return;
    s->monitors -= a->monitors;
    if (a->published != NULL) {
        s->publishers--;
        if (a->published->handle != NULL)
            pub_take_back(s->pub, a->published->handle);
        free(a->published);
    }
    while ((q = a->asked) != NULL) {
        a->asked = q->next;
        dnssd_stop(loop_dnssd(s->loop), loop_now_ms(s->loop), q->browse);
        free(q);
    }
    free(a);
    *ctl_state(c) = NULL;
}

/* --- telling -------------------------------------------------------------- */

static void put_found(struct text *t, const char *event, const char *iface,
                      const struct asked *q, const struct dnssd_event *ev)
{
    struct found f = {.local = ev->local, .ev = *ev};

    memcpy(f.iface, iface, strlen(iface));
    out_json_found(t, event, &f, &q->type);
}

static void put_address(struct text *t, const char *iface,
                        const struct dnssd_event *ev)
{
    out_json_open(t, ev->kind == DNSSD_ADDR_FOUND ? "address" : "gone");
    out_json_str(t, "iface", iface);
    out_json_name(t, "name", &ev->name);
    out_json_addrs(t, "addresses", ev->addrs, ev->addr_count, iface);
    out_json_num(t, "ttl", ev->ttl_s);
    out_json_close(t);
}

static void put_type(struct text *t, const struct dnssd_event *ev)
{
    out_json_open(t, ev->kind == DNSSD_TYPE_FOUND ? "type" : "type-gone");
    out_json_name(t, "type", &ev->type);
    out_json_name(t, "domain", &ev->domain);
    out_json_close(t);
}

static void put_json(struct text *t, const char *iface, const struct asked *q,
                     const struct dnssd_event *ev)
{
    switch (ev->kind) {
    case DNSSD_FOUND:
        put_found(t, "add", iface, q, ev);
        break;
    case DNSSD_CHANGED:
        put_found(t, "update", iface, q, ev);
        break;
    case DNSSD_LOST:
        put_found(t, "remove", iface, q, ev);
        break;
    case DNSSD_TYPE_FOUND:
    case DNSSD_TYPE_LOST:
        put_type(t, ev);
        break;
    case DNSSD_ADDR_FOUND:
    case DNSSD_ADDR_LOST:
        put_address(t, iface, ev);
        break;
    case DNSSD_RR_ADDED:
        out_json_record(t, "record", iface, ev);
        break;
    case DNSSD_RR_REMOVED:
        out_json_record(t, "gone", iface, ev);
        break;
    default: /* what is not there is no news to people */
        break;
    }
}

/* An event and the last line of an answer as well. */
static void drop(struct ctl_client *c)
{
    char buf[CTL_LAST_MAX];
    struct text t = text_memory(buf, sizeof buf);

    out_json_open(&t, "limit");
    text_str(&t, ",\"end\":true,\"ok\":false");
    out_json_str(&t, "code", "E074");
    out_json_str(&t, "error", "news came faster than it was read, and some is "
                              "lost; start again");
    out_json_close(&t);
    ctl_drop(c, &t);
}

/* Something was put behind len. False: it did not fit, so the client goes. */
static bool said(struct ctl_client *c, size_t len)
{
    struct text *t = ctl_out(c);

    if (!t->failed) {
        if (t->len > len)
            ctl_said(c);
        return true;
    }
    t->failed = false;
    t->len = len;
    drop(c);
    return false;
}

static void answer(struct serve *s, const struct dnssd_event *ev)
{
    const struct asked *q = ev->cookie;
    struct ctl_client *c = q->client;
    struct asker *a = *ctl_state(c);
    struct text *t = ctl_out(c);
    const char *iface = loop_link_name(s->loop, ev->link);
    size_t len = t->len;

    if (a->attached)
        relay_put(t, RELAY_EVENT, q->tag, iface, ev);
    else
        put_json(t, iface, q, ev);
    if (said(c, len) && !a->held &&
        t->cap - t->len < (a->attached ? RELAY_FRAME_MAX : JSON_MAX))
        hold(s, a, true);
}

/* --- monitors -------------------------------------------------------------- */

/* Begin a line for monitors in buf. */
static struct text monitor_line(char *buf, size_t size, const char *event)
{
    struct text t = text_memory(buf, size);

    out_json_open(&t, event);
    return t;
}

static void tell_monitors(struct serve *s, struct text *line)
{
    struct ctl_client *c;

    for (unsigned i = 0; (c = ctl_client(s->ctl, i)) != NULL;) {
        const struct asker *a = *ctl_state(c);
        size_t len = ctl_out(c)->len;

        if (a != NULL && a->monitors)
            text_bytes(ctl_out(c), line->buf, line->len);
        i += said(c, len); /* else another one is in its place */
    }
}

/* What has become of a name, as a line. */
static void put_claim(struct text *t, const char *iface,
                      const struct dnssd_event *ev)
{
    static const char states[][10] = {
        "probing", "announced", "conflict", "renamed", "failed",
    };
    char words[1024], peer[ADDR_TEXT_MAX];
    struct text said = text_memory(words, sizeof words - 1);

    pub_describe(iface, ev, &said);
    out_json_open(t, ev->kind == DNSSD_HOST ? "host" : "service");
    out_json_str(t, "state", states[ev->state]);
    if (ev->link == ENGINE_NO_LINK)
        out_json_null(t, "iface");
    else
        out_json_str(t, "iface", iface);
    out_json_name(t, "name", &ev->name);
    if (ev->source.family == ADDR_NONE)
        out_json_null(t, "peer");
    else
        out_json_str(t, "peer", os_addr_text(&ev->source, iface, peer));
    out_json_str(t, "text", text_end(&said));
    out_json_close(t);
}

static void monitor_claim(struct serve *s, const struct dnssd_event *ev)
{
    char buf[4096];
    struct text t = text_memory(buf, sizeof buf);

    put_claim(&t, loop_link_name(s->loop, ev->link), ev);
    tell_monitors(s, &t);
}

/* --- services that go with their clients ----------------------------------- */

bool ask_publish(struct serve *s, struct ctl_client *c, void *handle)
{
    struct asker *a = asker_of(c);
    struct publication *p = a != NULL ? a->published : NULL;
    struct pub_item item;

    if (p == NULL && a != NULL) {
        p = calloc(1, sizeof *p);
        a->published = p;
        s->publishers += p != NULL;
    } else if (p != NULL && p->handle != NULL) {
        p = NULL; /* one is enough; none if it was refused */
    }
    if (p == NULL) {
        serve_refuse(c, "E066", "a connection publishes one service");
        return false;
    }
    p->handle = handle;
    for (uint32_t i = 0; handle != NULL && pub_item(s->pub, i, &item); i++)
        if (item.handle == handle)
            p->name = item.name;
    if (handle != NULL)
        p->tag = a->count++;
    return true;
}

unsigned ask_published(const struct serve *s, unsigned rights)
{
    struct ctl_client *c;
    unsigned count = 0;

    for (unsigned i = 0; (c = ctl_client(s->ctl, i)) != NULL; i++) {
        const struct asker *a = *ctl_state(c);

        count += ctl_rights(c) == rights && a != NULL &&
                 a->published != NULL && a->published->handle != NULL;
    }
    return count;
}

static bool is_guest(const struct ctl_client *c)
{
    return ctl_rights(c) >= CTL_GUEST;
}

/* A guest's own word of its service; the host's interfaces and neighbours are
 * none of its business. */
static void tell_owner(struct serve *s, struct ctl_client *c, uint16_t tag,
                       const struct dnssd_event *ev)
{
    const struct asker *a = *ctl_state(c);
    const char *iface = loop_link_name(s->loop, ev->link);
    struct dnssd_event veiled;

    if (is_guest(c)) {
        veiled = *ev;
        veiled.source.family = ADDR_NONE;
        ev = &veiled;
        iface = guests_link;
    }
    if (a->attached)
        relay_put(ctl_out(c), RELAY_EVENT, tag, iface, ev);
    else
        put_claim(ctl_out(c), iface, ev);
}

/* Tell the client whose service it is. */
static void tell_publisher(struct serve *s, const struct dnssd_event *ev)
{
    struct ctl_client *c;

    for (unsigned i = 0; (c = ctl_client(s->ctl, i)) != NULL; i++) {
        struct asker *a = *ctl_state(c);
        struct publication *p = a != NULL ? a->published : NULL;
        bool renamed = ev->state == CLAIM_RENAMED;
        size_t len = ctl_out(c)->len;

        if (p == NULL || p->handle == NULL ||
            !name_equal(&p->name, renamed ? &ev->old_name : &ev->name))
            continue;
        p->name = ev->name;
        tell_owner(s, c, p->tag, ev);
        (void)said(c, len);
        return;
    }
}

void ask_event(struct serve *s, const struct dnssd_event *ev)
{
    if (ev->kind != DNSSD_HOST && ev->kind != DNSSD_SERVICE)
        answer(s, ev);
    else if (s->monitors > 0)
        monitor_claim(s, ev);
    if (ev->kind == DNSSD_SERVICE && s->publishers > 0)
        tell_publisher(s, ev);
}

static void monitor_link(struct serve *s, unsigned link, bool up)
{
    char buf[256], words[64];
    struct text t = monitor_line(buf, sizeof buf, "iface");
    struct text said = text_memory(words, sizeof words - 1);
    const char *iface = loop_link_name(s->loop, link);

    text_fmt(&said, "%s is %s", iface, up ? "up" : "down");
    out_json_str(&t, "iface", iface);
    out_json_str(&t, "state", up ? "up" : "down");
    out_json_str(&t, "text", text_end(&said));
    out_json_close(&t);
    tell_monitors(s, &t);
}

void ask_link(struct serve *s, unsigned link, bool up)
{
    const char *iface = loop_link_name(s->loop, link);
    struct ctl_client *c;

    if (s->monitors > 0)
        monitor_link(s, link, up);
    for (unsigned i = 0; (c = ctl_client(s->ctl, i)) != NULL;) {
        const struct asker *a = *ctl_state(c);
        size_t len = ctl_out(c)->len;

        if (a != NULL && a->attached && (a->links >> link & 1) != 0 &&
            !is_guest(c))
            relay_put(ctl_out(c), up ? RELAY_LINK_UP : RELAY_LINK_DOWN, 0,
                      iface, NULL);
        i += said(c, len);
    }
}

void ask_reloaded(struct serve *s, const struct pub_changes *done)
{
    char buf[512], words[128];
    struct text t = monitor_line(buf, sizeof buf, "reload");
    struct text said = text_memory(words, sizeof words - 1);

    if (done->applied)
        text_fmt(&said, "reloaded: %u services; %u new, %u updated, %u "
                        "withdrawn", done->services, done->added,
                 done->updated, done->withdrawn);
    else
        text_str(&said, "not reloaded");
    out_json_bool(&t, "applied", done->applied);
    out_json_str(&t, "text", text_end(&said));
    out_json_close(&t);
    tell_monitors(s, &t);
}

void ask_monitor_verb(struct serve *s, struct ctl_client *c,
                      const struct tokens *words)
{
    struct asker *a = asker_of(c);

    (void)words;
    if (a == NULL) {
        serve_refuse(c, "E041", "no memory");
        return;
    }
    s->monitors += !a->monitors;
    a->monitors = true;
}

/* --- asking ---------------------------------------------------------------- */

/* Those that are up now and that the words want; 0: none. */
static uint64_t wanted_links(const struct serve *s,
                             const struct tokens *words)
{
    const char *globs[TOKENS_WORDS_MAX];
    unsigned count = 0;
    uint64_t links = 0;

    for (unsigned i = 1; i < words->count; i++)
        if (strncmp(words->word[i].text, "interface=", 10) == 0)
            globs[count++] = words->word[i].text + 10;
    if (count == 0)
        return LINKS_ALL;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (loop_link_state(s->loop, i) != NULL &&
            loop_iface_wanted(globs, count, loop_link_name(s->loop, i)))
            links |= UINT64_C(1) << i;
    return links;
}

void ask_attach_verb(struct serve *s, struct ctl_client *c,
                     const struct tokens *words)
{
    struct asker *a = asker_of(c);
    uint64_t links = wanted_links(s, words);

    if (a != NULL && is_guest(c)) {
        a->attached = true;
        out_json_close(serve_end(c, true));
        relay_put(ctl_out(c), RELAY_LINK_UP, 0, guests_link, NULL);
        return;
    }
    if (a == NULL || links == 0) {
        serve_refuse(c, "E065", "no such interface is served");
        return;
    }
    a->attached = true;
    a->links = links;
    out_json_close(serve_end(c, true));
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if ((links >> i & 1) != 0 && loop_link_state(s->loop, i) != NULL)
            relay_put(ctl_out(c), RELAY_LINK_UP, 0, loop_link_name(s->loop, i),
                      NULL);
}

/* What the words of a question say. */
struct question {
    char verb; /* its first letter */
    struct name name; /* or domain */
    struct dnssd_type type;
    uint16_t rr_type;
    uint8_t families;
    bool resolve, reconfirm;
};

/* 0: there is no word of that key; 1, 2: it is the one, the other; -1: it is
 * neither, after a refusal. */
static int choice(struct ctl_client *c, const struct tokens *words,
                  const char *key, const char *one, const char *other)
{
    const char *value = serve_word(words, key);
    char buf[48];
    struct text t = text_memory(buf, sizeof buf - 1);

    if (value == NULL)
        return 0;
    if (strcmp(value, one) == 0)
        return 1;
    if (strcmp(value, other) == 0)
        return 2;
    text_fmt(&t, "expected %s or %s", one, other);
    serve_misread(c, "E013", key, value, text_end(&t));
    return -1;
}

/* False after a refusal. */
static bool read_question(struct ctl_client *c, const struct tokens *words,
                          struct question *q)
{
    bool domain = q->verb == 'b' || q->verb == 't';
    const char *name = serve_word(words, domain ? "domain" : "name");
    const char *type = serve_word(words, "type");
    int family = choice(c, words, "family", "ipv4", "ipv6");
    int resolve = choice(c, words, "resolve", "yes", "no");
    int reconfirm = choice(c, words, "reconfirm", "yes", "no");
    enum dnssd_type_err err = DNSSD_TYPE_OK;
    const uint8_t *label;
    struct name base, rest;

    if (family < 0 || resolve < 0 || reconfirm < 0)
        return false; /* of these a verb has but one */
    q->resolve = resolve != 2;
    q->reconfirm = reconfirm == 1;
    q->families = family == 1 ? ADDR_V4 : family == 2 ? ADDR_V6
                                                      : ADDR_V4 | ADDR_V6;
    q->rr_type = RR_ANY;
    if (name == NULL)
        name = domain ? "local" : "";
    if (name_from_text(name, &q->name, NULL) != NAME_TEXT_OK ||
        (!domain && q->name.len <= 1)) {
        serve_misread(c, "E025", domain ? "domain" : "name", name,
                      "expected a name like nas.local");
        return false;
    }
    if (q->verb == 'r' && !dnssd_split(&q->name, &label, &base, &rest)) {
        serve_misread(c, "E021", "name", name,
                      "expected an instance like Web._http._tcp.local");
        return false;
    }
    if (type == NULL)
        type = q->verb == 'q' ? "ANY" : "";
    if (q->verb == 'b')
        err = dnssd_type_parse(type, false, &q->type);
    if (err != DNSSD_TYPE_OK) {
        serve_misread(c, "E020", "type", type, dnssd_type_error(err));
        return false;
    }
    if (q->verb == 'q' && !rrtext_type_parse(type, &q->rr_type)) {
        serve_misread(c, "E006", "type", type,
                      "expected a record type like AAAA");
        return false;
    }
    return true;
}

/* NULL without room. */
static struct dnssd_browse *start(struct serve *s, const struct question *q,
                                  uint64_t links, void *cookie)
{
    struct dnssd *d = loop_dnssd(s->loop);
    uint64_t now_ms = loop_now_ms(s->loop);

    switch (q->verb) {
    case 'b':
        return dnssd_browse(d, now_ms, &q->type, &q->name, links,
                            q->resolve ? DNSSD_RESOLVE : 0, cookie);
    case 't':
        return dnssd_enumerate(d, now_ms, &q->name, links, cookie);
    case 'r':
        return dnssd_resolve(d, now_ms, &q->name, links, cookie);
    case 'l':
        return dnssd_lookup(d, now_ms, &q->name, q->families, links, cookie);
    default:
        return dnssd_query(d, now_ms, &q->name, q->rr_type, links, cookie);
    }
}

void ask_verb(struct serve *s, struct ctl_client *c,
              const struct tokens *words)
{
    struct question question = {.verb = words->word[0].text[0]};
    struct asker *a = asker_of(c);
    struct asked *q = NULL;
    /* One that is refused counts too: the client has given it a number. */
    bool room = a != NULL && a->count < QUESTIONS_MAX;
    uint16_t tag = room ? a->count++ : 0;

    if (!read_question(c, words, &question))
        return;
    if (room)
        q = calloc(1, sizeof *q);
    if (q != NULL) {
        q->client = c;
        q->tag = tag;
        q->type = question.type;
        q->browse = start(s, &question, a->links, q);
        if (q->browse != NULL) {
            q->next = a->asked;
            a->asked = q;
            if (question.reconfirm)
                engine_reconfirm(loop_engine(s->loop), loop_now_ms(s->loop),
                                 &question.name, question.rr_type, NULL, 0);
            return;
        }
        free(q);
    }
    serve_refuse(c, "E066", "no room for one more question");
}
