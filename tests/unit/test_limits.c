/*
 * test_limits.c - how much the engine sends and reads at once: its own clock
 * and its own packets, without a peer
 */
#include "mdns/compose.h"
#include "mdns/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct engine *begin(void)
{
    static const struct link_state st = {
        .families = ADDR_V4,
        .mtu = 1500,
        .addr_count = 1,
        .addrs = {{{.family = ADDR_V4, .b = {10, 0, 0, 1}}, 24}},
    };
    struct engine_config cfg;
    size_t size;
    struct engine *e;

    engine_config_default(&cfg);
    size = engine_memory(&cfg);
    e = engine_init(calloc(1, size), size, &cfg, 0);
    engine_link_set(e, 0, 0, &st);
    return e;
}

/* Packets that may leave now. */
static unsigned drain(struct engine *e)
{
    struct link *l = engine_link(e, 0);
    unsigned n = 0;

    for (; n < 10000 && link_may_send(e, l, ADDR_V4); n++)
        link_count_sent(e, l, ADDR_V4);
    return n;
}

/* 32 back to back, then ten milliseconds, from the first of them on. */
static void pauses_after_a_burst(void **state)
{
    struct engine *e = begin();

    (void)state;
    e->now += 5000;
    assert_int_equal(drain(e), BURST_MAX);
    e->now += BURST_PAUSE_MS - 1;
    assert_int_equal(drain(e), 0);
    e->now += 1;
    assert_int_equal(drain(e), BURST_MAX);
    free(e);
}

/* Over a longer time 200 packets a second; five seconds' worth are saved. */
static void keeps_the_rate(void **state)
{
    struct engine *e = begin();
    unsigned sent = 0;

    (void)state;
    e->now += 3600000;
    for (unsigned ms = 0; ms < 10000; ms++, e->now++)
        sent += drain(e);
    assert_in_range(sent, 2990, 3010);
    sent = 0;
    for (unsigned ms = 0; ms < 1000; ms++, e->now++)
        sent += drain(e);
    assert_in_range(sent, 195, 205);
    free(e);
}

static void measures_packets(void **state)
{
    struct engine *e = begin();
    struct link *l = engine_link(e, 0);

    (void)state;
    assert_int_equal(pack_limit(l, ADDR_V4, false), 1472);
    assert_int_equal(pack_limit(l, ADDR_V4 | ADDR_V6, false), 1452);
    assert_int_equal(pack_limit(l, ADDR_V4, true), 8972);
    assert_int_equal(pack_limit(l, ADDR_V6, true), 8952);
    free(e);
}

/* --- reading ------------------------------------------------------------ */

static const uint8_t x_local[] = {1, 'x', 5, 'l', 'o', 'c', 'a', 'l', 0};

/* Whether the record behind that many others is heard. */
static bool hears_behind(unsigned others)
{
    struct engine *e = begin();
    struct datagram in = {
        .family = ADDR_V4,
        .multicast = true,
        .peer = {.family = ADDR_V4, .b = {10, 0, 0, 9}},
        .port = 5353,
    };
    struct message_header h = {.flags = MSG_QR | MSG_AA};
    struct name name = {.len = sizeof x_local};
    static uint8_t buf[WIRE_MESSAGE_MAX];
    struct wire_writer w;
    struct event ev;
    bool heard;

    memcpy(name.wire, x_local, sizeof x_local);
    assert_non_null(engine_watch(e, 1000, &name, RR_A, LINKS_ALL, e));
    wire_begin(&w, buf, sizeof buf, 1);
    w.len = WIRE_HEADER_LEN;
    /* The shortest: the root has no address, and nobody asks for it. */
    for (unsigned i = 0; i < others; i++) {
        wire_put_u8(&w, 0);
        wire_put_rr(&w, RR_A, RR_IN, 120);
    }
    wire_put_bytes(&w, x_local, sizeof x_local);
    wire_put_rr(&w, RR_A, RR_IN, 120);
    wire_set_u16(&w, w.len - 2, 4);
    wire_put_u32(&w, 0x0a000009);
    h.count[1] = (uint16_t)(others + 1);
    message_header_put(buf, &h);
    in.data = buf;
    in.len = w.len;
    assert_false(w.full);
    engine_receive(e, 2000, &in);
    heard = engine_event(e, &ev) && ev.kind == EVENT_RR_ADD;
    free(e);
    return heard;
}

static void reads_so_many_records(void **state)
{
    (void)state;
    assert_true(hears_behind(RECORDS_READ_MAX - 1));
    assert_false(hears_behind(RECORDS_READ_MAX));
}

/* --- updates -------------------------------------------------------------- */

/* TTLs of the answers that leave now, as one number of decimal places 1: not
 * zero, 2: zero. */
static unsigned answers_now(struct engine *e, uint64_t now_ms)
{
    unsigned seen = 0;
    struct datagram out;

    engine_advance(e, now_ms);
    while (engine_transmit(e, now_ms, &out)) {
        struct wire_reader rd = wire_reader(out.data, out.len);
        struct message_header h;
        struct rr_view rr;

        assert_true(message_header_read(&rd, &h));
        for (unsigned i = 0; i < h.count[1]; i++) {
            assert_true(rr_read(&rd, &rr));
            seen = seen * 10 + (rr.ttl_s == 0 ? 2 : 1);
        }
    }
    return seen;
}

/* What is shared says goodbye to its old data, what is unique is flushed
 * (RFC 6762 section 8.4). */
static void updates(bool shared, unsigned expected)
{
    struct engine *e = begin();
    struct name name = {.len = sizeof x_local};
    struct claim_spec spec = {.name = &name, .links = LINKS_ALL};
    struct rr_spec rr = {
        .type = RR_TXT,
        .rdata = (const uint8_t *)"\1a",
        .rdata_len = 2,
        .shared = shared,
    };
    struct claim *c;
    uint64_t now_ms = 0;

    memcpy(name.wire, x_local, sizeof x_local);
    assert_int_equal(engine_claim_new(e, &spec, &c), ENGINE_OK);
    assert_int_equal(engine_claim_add(e, c, &rr), ENGINE_OK);
    engine_claim_commit(e, now_ms, c);
    for (; now_ms < 10000; now_ms++)
        answers_now(e, now_ms);
    assert_int_equal(engine_claim_update(e, now_ms, c, RR_TXT,
                                         (const uint8_t *)"\1b", 2),
                     ENGINE_OK);
    assert_int_equal(answers_now(e, now_ms), expected);
    free(e);
}

static void updates_unique_records(void **state)
{
    (void)state;
    updates(false, 1);
}

static void updates_shared_records(void **state)
{
    (void)state;
    updates(true, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_after_a_burst),
        cmocka_unit_test(keeps_the_rate),
        cmocka_unit_test(measures_packets),
        cmocka_unit_test(reads_so_many_records),
        cmocka_unit_test(updates_unique_records),
        cmocka_unit_test(updates_shared_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
