/*
 * test_rename.c - a shared record that points at a name that changes
 *
 * A service instance is renamed by its owner: the browsing PTR is shared, so
 * its old rdata must be taken back before the new one is announced (RFC 6762
 * section 8.4); nobody's cache-flush bit would do it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "crier/engine.h"

enum { START_MS = 1000, PTRS_MAX = 64 };

/* The PTR records that left, in order. */
static struct {
    uint64_t at_ms;
    uint32_t ttl_s;
    bool old; /* rdata is the first name, else the second */
} sent[PTRS_MAX];
static unsigned sent_count;

static struct name named(const char *text)
{
    struct name n;

    assert_int_equal(name_from_text(text, &n, NULL), NAME_TEXT_OK);
    return n;
}

static void note_ptrs(const struct datagram *d, uint64_t now_ms)
{
    static const char old_label[] = "\3Web";
    struct wire_reader rd = wire_reader(d->data, d->len);
    struct message_header head;
    struct question_view q;
    struct rr_view rr;
    static uint8_t flat[RR_FLAT_MAX];

    assert_true(message_header_read(&rd, &head));
    if ((head.flags & MSG_QR) == 0)
        return;
    for (unsigned i = 0; i < head.count[0]; i++)
        assert_true(question_read(&rd, &q));
    for (unsigned i = 0; i < head.count[1]; i++) {
        assert_true(rr_read(&rd, &rr));
        if (rr.type != RR_PTR)
            continue;
        assert_true(rdata_flatten(&rd, &rr, flat) > 4);
        assert_in_range(sent_count, 0, PTRS_MAX - 1);
        sent[sent_count].at_ms = now_ms;
        sent[sent_count].ttl_s = rr.ttl_s;
        sent[sent_count++].old = memcmp(flat, old_label, 4) == 0;
        assert_false(rr.flush);
    }
}

/* Alone on the link until then; nothing comes back. */
static void run(struct engine *e, uint64_t *now_ms, uint64_t until_ms)
{
    struct datagram d;
    struct event ev;

    for (;;) {
        while (engine_transmit(e, *now_ms, &d))
            note_ptrs(&d, *now_ms);
        while (engine_event(e, &ev))
            ;
        uint64_t next = engine_deadline_ms(e);

        if (next > until_ms)
            break;
        if (next > *now_ms)
            *now_ms = next;
        engine_advance(e, *now_ms);
    }
    *now_ms = until_ms;
}

static struct claim *publish(struct engine *e, const struct name *instance)
{
    struct name type = named("_http._tcp.local");
    struct claim_spec spec = {.name = instance, .kind = CLAIM_SERVICE,
                              .links = LINKS_ALL};
    struct rr_spec srv = {.type = RR_SRV,
                          .rdata = (const uint8_t *)"\0\0\0\0\0\120\0",
                          .rdata_len = 7};
    struct rr_spec ptr = {.owner = &type, .type = RR_PTR, .shared = true};
    struct claim *c;

    assert_int_equal(engine_claim_new(e, &spec, &c), ENGINE_OK);
    ptr.target = c;
    assert_int_equal(engine_claim_add(e, c, &srv), ENGINE_OK);
    assert_int_equal(engine_claim_add(e, c, &ptr), ENGINE_OK);
    engine_claim_commit(e, START_MS, c);
    return c;
}

/* M-8.4-04 */
static void old_pointer_goes_first(void **state)
{
    struct name first = named("Web._http._tcp.local");
    struct name second = named("Site._http._tcp.local");
    struct link_state link = {.families = ADDR_V4, .mtu = 1500,
                              .addr_count = 1};
    struct engine_config cfg;
    uint64_t now_ms = START_MS;

    (void)state;
    engine_config_default(&cfg);
    void *mem = calloc(1, engine_memory(&cfg));
    assert_non_null(mem);
    struct engine *e = engine_init(mem, engine_memory(&cfg), &cfg, now_ms);

    link.addrs[0].addr.family = ADDR_V4;
    memcpy(link.addrs[0].addr.b, "\12\0\0\1", 4);
    link.addrs[0].prefix_len = 24;
    engine_link_set(e, now_ms, 0, &link);
    struct claim *c = publish(e, &first);

    run(e, &now_ms, START_MS + 20000);
    assert_true(sent_count >= 2);
    for (unsigned i = 0; i < sent_count; i++)
        assert_true(sent[i].old && sent[i].ttl_s == TTL_OTHER_S);

    sent_count = 0;
    assert_int_equal(engine_claim_rename(e, now_ms, c, &second), ENGINE_OK);
    run(e, &now_ms, now_ms + 20000);
    assert_true(sent_count >= 3);
    assert_true(sent[0].old);
    assert_int_equal(sent[0].ttl_s, 0);
    assert_int_equal(sent[0].at_ms, START_MS + 20000);
    assert_false(sent[sent_count - 1].old);
    for (unsigned i = 0; i < sent_count; i++)
        assert_int_equal(sent[i].ttl_s, sent[i].old ? 0 : TTL_OTHER_S);
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_pointer_goes_first),
    };

    return cmocka_run_group_tests_name("rename", tests, NULL, NULL);
}
