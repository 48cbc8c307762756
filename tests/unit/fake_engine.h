/*
 * fake_engine.h - a make-believe engine for tests of the service layer
 *
 * It has no network: it writes down the claims that are made, and tells
 * watches what the test says was heard. It keeps what was heard, as the real
 * one does, and reports it to watches that come later. A test includes this
 * once; the real engine is then not linked.
 */
#ifndef CRIER_TESTS_FAKE_ENGINE_H
#define CRIER_TESTS_FAKE_ENGINE_H

#include "crier/dnssd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- the make-believe engine ----------------------------------------- */

enum { RDATA = 1200 };

struct claim {
    int number; /* in the order in which they were made */
    bool used;
    struct name name;
    void *cookie;
};

struct watch {
    bool used;
    struct name name;
    uint16_t type;
    uint64_t links;
    void *cookie;
};

struct heard {
    bool used, local;
    uint8_t link;
    struct name name;
    uint16_t type;
    uint8_t rdata[RDATA];
    size_t len;
};

struct queued {
    struct watch *watch; /* NULL: dropped */
    struct event ev;
    uint8_t rdata[RDATA];
};

enum { CLAIMS = 64, WATCHES = 512, HEARD = 512, QUEUED = 4096 };

struct engine {
    struct claim claims[CLAIMS];
    struct watch watches[WATCHES];
    struct heard heard[HEARD];
    struct queued queue[QUEUED];
    size_t head, tail;
    int claim_count;
    unsigned watches_max;
    unsigned calls_left; /* of those that may fail, until they do */
    char trace[8192];
};

static struct engine fake;

__attribute__((format(printf, 1, 2))) static void trace(const char *format,
                                                        ...)
{
    size_t len = strlen(fake.trace);
    va_list ap;

    va_start(ap, format);
    vsnprintf(fake.trace + len, sizeof fake.trace - len, format, ap);
    va_end(ap);
}

static const char *text(const struct name *name)
{
    static char buf[2][NAME_TEXT_MAX];
    static int next;

    next = 1 - next;
    return name_text(name, buf[next]);
}

static struct name named(const char *string)
{
    struct name name;

    assert_int_equal(name_from_text(string, &name, NULL), NAME_TEXT_OK);
    return name;
}

static enum engine_err may_fail(void)
{
    if (fake.calls_left == 0)
        return ENGINE_FULL;
    fake.calls_left--;
    return ENGINE_OK;
}

enum engine_err engine_claim_new(struct engine *e,
                                 const struct claim_spec *spec,
                                 struct claim **out)
{
    struct claim *c = e->claims;

    if (may_fail() != ENGINE_OK)
        return ENGINE_FULL;
    while (c->used)
        assert_true(++c < e->claims + CLAIMS);
    c->used = true;
    c->number = ++e->claim_count;
    c->cookie = spec->cookie;
    name_root(&c->name);
    if (spec->name != NULL)
        c->name = *spec->name;
    trace("claim %d", c->number);
    if (spec->name != NULL)
        trace(" %s %s", spec->kind == CLAIM_HOST ? "host" : "service",
              text(spec->name));
    if (spec->links != LINKS_ALL)
        trace(" links %llx", (unsigned long long)spec->links);
    trace("%s%s\n", spec->addresses ? " addresses" : "",
          spec->reverse ? " reverse" : "");
    *out = c;
    return ENGINE_OK;
}

enum engine_err engine_claim_add(struct engine *e, struct claim *c,
                                 const struct rr_spec *rr)
{
    (void)e;
    assert_true(c->used);
    if (may_fail() != ENGINE_OK)
        return ENGINE_FULL;
    trace(" %d: %s type %d%s", c->number,
          rr->owner != NULL ? text(rr->owner) : "@", rr->type,
          rr->shared ? " shared" : "");
    if (rr->ttl_s != 0)
        trace(" ttl %u", (unsigned)rr->ttl_s);
    for (size_t i = 0; i < rr->rdata_len && i < 40; i++)
        trace("%s%02x", i == 0 ? " " : "", rr->rdata[i]);
    if (rr->target != NULL)
        trace(" -> %d", rr->target->number);
    trace("\n");
    return ENGINE_OK;
}

void engine_claim_commit(struct engine *e, uint64_t now_ms, struct claim *c)
{
    (void)e;
    (void)now_ms;
    trace(" %d: commit\n", c->number);
}

enum engine_err engine_claim_update(struct engine *e, uint64_t now_ms,
                                    struct claim *c, uint16_t type,
                                    const uint8_t *rdata, size_t len)
{
    (void)e;
    (void)now_ms;
    trace(" %d: update type %d ", c->number, type);
    for (size_t i = 0; i < len; i++)
        trace("%02x", rdata[i]);
    trace("\n");
    return ENGINE_OK;
}

enum engine_err engine_claim_rename(struct engine *e, uint64_t now_ms,
                                    struct claim *c, const struct name *name)
{
    (void)e;
    (void)now_ms;
    trace(" %d: rename %s\n", c->number, text(name));
    c->name = *name;
    return ENGINE_OK;
}

void engine_claim_withdraw(struct engine *e, uint64_t now_ms, struct claim *c)
{
    (void)e;
    (void)now_ms;
    assert_true(c->used);
    trace(" %d: withdraw\n", c->number);
    c->used = false;
}

void engine_claim_name(const struct claim *c, struct name *out)
{
    *out = c->name;
}

static void tell(struct watch *w, const struct heard *h, enum event_kind kind)
{
    struct queued *q = &fake.queue[fake.tail++ % QUEUED];

    assert_true(fake.tail - fake.head <= QUEUED);
    memset(q, 0, sizeof *q);
    q->watch = w;
    memcpy(q->rdata, h->rdata, h->len);
    q->ev = (struct event){
        .kind = kind,
        .cookie = w->cookie,
        .link = h->link,
        .families = ADDR_V4,
        .local = h->local,
        .name = h->name,
        .type = h->type,
        .class = 1,
        .ttl_s = 4500,
        .rdata = q->rdata,
        .rdata_len = h->len,
        .source = {ADDR_V4, {192, 0, 2, 9}},
    };
}

/* The engine says that the claim of that number is announced on a link. */
__attribute__((unused)) static void announce(int number, uint8_t link)
{
    static struct watch none;
    struct queued *q = &fake.queue[fake.tail++ % QUEUED];
    struct claim *c = fake.claims;

    while (!c->used || c->number != number)
        assert_true(++c < fake.claims + CLAIMS);
    memset(q, 0, sizeof *q);
    q->watch = &none;
    q->ev = (struct event){
        .kind = EVENT_CLAIM,
        .cookie = c->cookie,
        .link = link,
        .name = c->name,
        .claim = c,
        .state = CLAIM_ANNOUNCED,
        .old_name = c->name,
    };
}

struct watch *engine_watch(struct engine *e, uint64_t now_ms,
                           const struct name *name, uint16_t type,
                           uint64_t links, void *cookie)
{
    struct watch *w = e->watches;

    (void)now_ms;
    while (w < e->watches + e->watches_max && w->used)
        w++;
    if (w == e->watches + e->watches_max)
        return NULL;
    *w = (struct watch){true, *name, type, links, cookie};
    for (size_t i = 0; i < HEARD; i++) {
        struct heard *h = &e->heard[i];

        if (h->used && h->type == type && name_equal(&h->name, name) &&
            (links >> h->link & 1) != 0)
            tell(w, h, EVENT_RR_ADD);
    }
    return w;
}

void engine_unwatch(struct engine *e, struct watch *w)
{
    assert_true(w->used);
    w->used = false;
    for (size_t i = e->head; i < e->tail; i++) {
        if (e->queue[i % QUEUED].watch == w)
            e->queue[i % QUEUED].watch = NULL;
    }
}

unsigned engine_reconfirm(struct engine *e, uint64_t now_ms,
                          const struct name *name, uint16_t type,
                          const uint8_t *rdata, size_t rdata_len)
{
    (void)e;
    (void)now_ms;
    (void)rdata;
    trace("doubt %s type %d %zu\n", text(name), type, rdata_len);
    return 1;
}

bool engine_event(struct engine *e, struct event *out)
{
    while (e->head < e->tail) {
        struct queued *q = &e->queue[e->head++ % QUEUED];

        if (q->watch == NULL)
            continue;
        *out = q->ev;
        return true;
    }
    return false;
}

static unsigned watch_count(void)
{
    unsigned n = 0;

    for (size_t i = 0; i < WATCHES; i++)
        n += fake.watches[i].used;
    return n;
}

/* --- the layer under test -------------------------------------------- */

static void *memory;
static struct dnssd *dnssd;

static void begin_with(uint32_t services, uint32_t browses,
                       uint32_t instances)
{
    struct dnssd_config cfg;
    size_t len;

    dnssd_config_default(&cfg);
    cfg.services_max = services;
    cfg.browses_max = browses;
    cfg.instances_max = instances;
    memset(&fake, 0, sizeof fake);
    fake.watches_max = WATCHES;
    fake.calls_left = UINT32_MAX;
    len = dnssd_memory(&cfg);
    memory = calloc(1, len);
    assert_non_null(memory);
    dnssd = dnssd_init(memory, len, &cfg, &fake);
}

static int begin(void **state)
{
    (void)state;
    begin_with(32, 16, 64);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static struct dnssd_stats stats(void)
{
    struct dnssd_stats s;

    dnssd_stats(dnssd, &s);
    return s;
}

/* Nothing is left of what was registered and looked for. */
static void assert_empty(size_t memory_used)
{
    struct dnssd_stats s = stats();

    assert_int_equal(watch_count(), 0);
    for (size_t i = 0; i < CLAIMS; i++)
        assert_false(fake.claims[i].used);
    assert_int_equal(s.services + s.hosts + s.browses + s.tracked, 0);
    assert_int_equal(s.memory_used, memory_used);
}

static struct dnssd_type type_of(const char *string)
{
    struct dnssd_type type;

    assert_int_equal(dnssd_type_parse(string, false, &type), DNSSD_TYPE_OK);
    return type;
}

static const char *calls(void)
{
    static char buf[sizeof fake.trace];

    memcpy(buf, fake.trace, sizeof buf);
    fake.trace[0] = '\0';
    return buf;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

#endif
