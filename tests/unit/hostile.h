/*
 * hostile.h - a host with a service, a probe under way and a browse, and one
 * packet in all its forms thrown at it
 */
#ifndef CRIER_TESTS_HOSTILE_H
#define CRIER_TESTS_HOSTILE_H

#include "crier/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum {
    NO_DROP = -1,
    CPU_MAX_MS = 20, /* a packet; with sanitizers, on a busy machine */
    SETTLED_MS = 4000,
};

/* --- the host --------------------------------------------------------- */

struct host {
    struct engine *e;
    void *mem;
    uint64_t now_ms;
    struct claim *owner;   /* crh.local */
    struct claim *service; /* Web._http._tcp.local */
    struct claim *late;    /* Late._http._tcp.local, being probed */
    unsigned added;        /* records that watches found */
    unsigned removed;
    unsigned said;         /* responses */
    unsigned answered;     /* of them unicast to the asker of ask() */
};

static const struct addr v4_self = {ADDR_V4, {192, 168, 7, 2}};
static const struct addr v4_peer = {ADDR_V4, {192, 168, 7, 9}};
static const struct addr v6_self = {ADDR_V6, {0xfe, 0x80, [15] = 2}};
static const struct addr v6_peer = {ADDR_V6, {0xfe, 0x80, [15] = 9}};
enum { ASKER_PORT = 41234 };

static inline void name_of(struct name *out, const char *text)
{
    assert_int_equal(name_from_text(text, out, NULL), NAME_TEXT_OK);
}

static inline void pull(struct host *h)
{
    struct datagram d;
    struct event ev;

    while (engine_transmit(h->e, h->now_ms, &d)) {
        h->said += d.len > 2 && (d.data[2] & 0x80) != 0;
        if (!d.multicast && d.port == ASKER_PORT && d.len > 12 &&
            d.data[7] > 0)
            h->answered++;
    }
    while (engine_event(h->e, &ev)) {
        if (ev.kind == EVENT_RR_ADD && !ev.local)
            h->added++;
        if (ev.kind == EVENT_RR_REMOVE && !ev.local)
            h->removed++;
    }
}

static inline void run(struct host *h, uint64_t ms)
{
    uint64_t until = h->now_ms + ms;

    while (h->now_ms < until) {
        uint64_t due = engine_deadline_ms(h->e);

        h->now_ms = due < until ? due : until;
        engine_advance(h->e, h->now_ms);
        pull(h);
    }
}

static inline void receive(struct host *h, uint8_t family, uint16_t port,
                           const uint8_t *data, size_t len)
{
    struct datagram d = {
        .family = family,
        .multicast = true,
        .peer = family == ADDR_V4 ? v4_peer : v6_peer,
        .port = port,
        .data = data,
        .len = len,
    };

    engine_receive(h->e, h->now_ms, &d);
    pull(h);
}

static inline struct claim *publish(struct host *h, const char *text)
{
    static const uint8_t fixed[] = {0, 0, 0, 0, 0, 80};
    struct name name, stype;
    struct claim *c;
    struct claim_spec spec = {.name = &name, .kind = CLAIM_SERVICE,
                              .links = LINKS_ALL};
    struct rr_spec srv = {.type = RR_SRV, .rdata = fixed,
                          .rdata_len = sizeof fixed, .target = h->owner};
    struct rr_spec txt = {.type = RR_TXT, .rdata = (const uint8_t *)"\3a=1",
                          .rdata_len = 4};
    struct rr_spec ptr = {.owner = &stype, .type = RR_PTR, .shared = true};

    name_of(&name, text);
    name_of(&stype, "_http._tcp.local");
    assert_int_equal(engine_claim_new(h->e, &spec, &c), ENGINE_OK);
    ptr.target = c;
    assert_int_equal(engine_claim_add(h->e, c, &srv), ENGINE_OK);
    assert_int_equal(engine_claim_add(h->e, c, &txt), ENGINE_OK);
    assert_int_equal(engine_claim_add(h->e, c, &ptr), ENGINE_OK);
    engine_claim_commit(h->e, h->now_ms, c);
    return c;
}

static inline void watch(struct host *h, const char *text, uint16_t type)
{
    struct name name;

    name_of(&name, text);
    assert_non_null(
        engine_watch(h->e, h->now_ms, &name, type, LINKS_ALL, NULL));
}

static inline void host_start(struct host *h)
{
    struct engine_config cfg;
    struct name name;
    struct claim_spec spec = {.name = &name, .kind = CLAIM_HOST,
                              .links = LINKS_ALL, .addresses = true,
                              .reverse = true};
    struct link_state st = {.families = ADDR_V4 | ADDR_V6, .mtu = 1500,
                            .addr_count = 2,
                            .addrs = {{v4_self, 24}, {v6_self, 64}}};

    memset(h, 0, sizeof *h);
    engine_config_default(&cfg);
    cfg.claims_max = 8;
    cfg.records_max = 64;
    cfg.rdata_max = 4096;
    cfg.cache_max = 64;
    cfg.watches_max = 8;
    h->now_ms = 1000;
    h->mem = calloc(1, engine_memory(&cfg));
    assert_non_null(h->mem);
    h->e = engine_init(h->mem, engine_memory(&cfg), &cfg, h->now_ms);
    engine_link_set(h->e, h->now_ms, 0, &st);
    name_of(&name, "crh.local");
    assert_int_equal(engine_claim_new(h->e, &spec, &h->owner), ENGINE_OK);
    engine_claim_commit(h->e, h->now_ms, h->owner);
    h->service = publish(h, "Web._http._tcp.local");
    watch(h, "_http._tcp.local", RR_PTR);
    watch(h, "bad.local", RR_ANY);
    run(h, SETTLED_MS);
}

static inline void host_stop(struct host *h)
{
    free(h->mem);
}

/* A one-shot query for the SRV of the service is answered at once. */
static inline void ask(struct host *h)
{
    size_t len;
    uint8_t *query = hex_alloc("1234 0000 0001 0000 0000 0000 03 'Web' "
                               "05 '_http' 04 '_tcp' 05 'local' 00 0021 0001",
                               &len);

    for (unsigned i = 0; i < 2; i++) {
        h->answered = 0;
        receive(h, i == 0 ? ADDR_V4 : ADDR_V6, ASKER_PORT, query, len);
        run(h, 1000);
        assert_int_equal(h->answered, 1);
    }
    free(query);
}

static inline void assert_name(const struct claim *c, const char *text)
{
    struct name want, got;

    name_of(&want, text);
    engine_claim_name(c, &got);
    assert_true(name_equal(&want, &got));
}

/* --- one packet in all its forms ---------------------------------------- */

struct expect {
    int drop;       /* enum drop_reason or NO_DROP */
    unsigned found; /* records a watch finds, if it is a response */
    enum {
        BOTH,  /* QR 0 and 1 */
        ONCE,  /* as it is */
        LAZY,  /* a query may be left before the fault shows */
        EAGER, /* a response may be: its questions are stepped over */
    } form;
};

static inline void check_form(struct host *h, uint8_t family,
                              const uint8_t *msg, size_t len,
                              const struct expect *want)
{
    bool response = len > 2 && (msg[2] & 0x80) != 0;
    unsigned found = response ? want->found : 0;
    struct engine_stats before;

    h->late = publish(h, "Late._http._tcp.local");
    run(h, 10); /* first probe is near or out */
    h->added = h->removed = 0;
    before = *engine_stats(h->e);
    clock_t start = clock();
    receive(h, family, 5353, msg, len);
    assert_true((clock() - start) * 1000 / CLOCKS_PER_SEC <= CPU_MAX_MS);

    const struct engine_stats *after = engine_stats(h->e);
    for (int why = 0; why < DROP_REASON_COUNT; why++) {
        int count = (int)(after->dropped[why] - before.dropped[why]);

        if (count != (why == want->drop) &&
            !(count == 0 && want->form == LAZY && !response) &&
            !(count == 0 && want->form == EAGER && response))
            fail_msg("%s counted %d times (%s, family %d)",
                     engine_drop_text((enum drop_reason)why), count,
                     response ? "response" : "query", family);
    }
    assert_int_equal(h->added, found);
    assert_int_equal(h->removed, 0);
    assert_int_equal(after->own_records, before.own_records);
    assert_int_equal(after->claims, before.claims);
    assert_true(after->cached_records <= before.cached_records + found);
    ask(h);
    run(h, 2000);
    assert_int_equal(after->renames, 0);
    assert_int_equal(after->conflicts, before.conflicts);
    assert_name(h->service, "Web._http._tcp.local");
    assert_name(h->late, "Late._http._tcp.local");
    engine_claim_withdraw(h->e, h->now_ms, h->late);
    run(h, 1200);
}

/* A fresh host for each form: what one found does not hide the next. */
static inline void check(const uint8_t *data, size_t len,
                         const struct expect *want)
{
    for (unsigned form = 0; form < 4; form++) {
        struct host h;
        uint8_t *msg = exact_copy(data, len);

        if (want->form == ONCE && (form & 1) != 0) {
            free(msg);
            continue;
        }
        if (want->form != ONCE && len > 2)
            msg[2] = (uint8_t)((msg[2] & 0x7f) | (form & 1 ? 0x84 : 0));
        host_start(&h);
        check_form(&h, form & 2 ? ADDR_V6 : ADDR_V4, msg, len, want);
        host_stop(&h);
        free(msg);
    }
}

#endif
