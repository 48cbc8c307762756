/*
 * test_relay.c - events as frames: what comes out is what went in, and no cut
 * of it is taken for one
 */
#include "crier/relay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crier/rr.h"

static char room[RELAY_FRAME_MAX];

static struct name name(const char *text)
{
    struct name n;

    assert_int_equal(name_from_text(text, &n, NULL), NAME_TEXT_OK);
    return n;
}

static struct dnssd_event full_event(const uint8_t *txt, size_t len)
{
    struct dnssd_event ev = {
        .kind = DNSSD_CHANGED,
        .link = 3,
        .families = 3,
        .local = true,
        .name = name("Web\\032One._http._tcp.local"),
        .type = name("_http._tcp"),
        .domain = name("local"),
        .resolved = true,
        .host = name("web.local"),
        .priority = 1,
        .weight = 2,
        .port = 65535,
        .txt = txt,
        .txt_len = len,
        .addr_count = DNSSD_ADDRS_MAX,
        .ttl_s = 0x12345678,
        .source = {ADDR_V6, {0xfe, 0x80, 1}},
        .state = CLAIM_RENAMED,
        .old_name = name("old.local"),
    };

    for (unsigned i = 0; i < ev.addr_count; i++)
        ev.addrs[i] = (struct addr){i % 2 ? ADDR_V4 : ADDR_V6, {(uint8_t)i}};
    return ev;
}

static void gives_back(void **state)
{
    static uint8_t txt[DNSSD_TXT_MAX] = {200, 'a', '=', 0, 0xff};
    struct dnssd_event ev = full_event(txt, sizeof txt);
    struct text t = text_memory(room, sizeof room);
    static struct relay r;

    (void)state;
    relay_put(&t, RELAY_EVENT, 0xabcd, "enp0s31f6-is-long", &ev);
    assert_false(t.failed);
    assert_int_equal((uint8_t)t.buf[0] << 8 | (uint8_t)t.buf[1], t.len - 2);
    assert_true((uint8_t)t.buf[0] < '{');
    assert_true(relay_get((uint8_t *)t.buf + 2, t.len - 2, &r));
    assert_int_equal(r.what, RELAY_EVENT);
    assert_int_equal(r.tag, 0xabcd);
    assert_string_equal(r.iface, "enp0s31f6-is-lo");
    assert_int_equal(r.ev.kind, DNSSD_CHANGED);
    assert_int_equal(r.ev.families, 3);
    assert_true(r.ev.local && r.ev.resolved);
    assert_int_not_equal(r.ev.link, ENGINE_NO_LINK);
    assert_true(name_equal(&r.ev.name, &ev.name));
    assert_true(name_equal(&r.ev.type, &ev.type));
    assert_true(name_equal(&r.ev.domain, &ev.domain));
    assert_true(name_equal(&r.ev.host, &ev.host));
    assert_true(name_equal(&r.ev.old_name, &ev.old_name));
    assert_int_equal(r.ev.priority, 1);
    assert_int_equal(r.ev.weight, 2);
    assert_int_equal(r.ev.port, 65535);
    assert_int_equal(r.ev.ttl_s, 0x12345678);
    assert_int_equal(r.ev.state, CLAIM_RENAMED);
    assert_true(addr_equal(&r.ev.source, &ev.source));
    assert_int_equal(r.ev.addr_count, DNSSD_ADDRS_MAX);
    for (unsigned i = 0; i < DNSSD_ADDRS_MAX; i++)
        assert_true(addr_equal(&r.ev.addrs[i], &ev.addrs[i]));
    assert_int_equal(r.ev.txt_len, sizeof txt);
    assert_memory_equal(r.ev.txt, txt, sizeof txt);
}

static void gives_back_records(void **state)
{
    struct dnssd_event ev = {
        .kind = DNSSD_RR_ADDED,
        .link = ENGINE_NO_LINK,
        .name = name("web.local"),
        .rr_type = RR_A,
        .rdata = (const uint8_t *)"\12\11\0\2",
        .rdata_len = 4,
    };
    struct text t = text_memory(room, sizeof room);
    static struct relay r;

    (void)state;
    relay_put(&t, RELAY_EVENT, 0, "", &ev);
    assert_true(relay_get((uint8_t *)t.buf + 2, t.len - 2, &r));
    assert_int_equal(r.ev.kind, DNSSD_RR_ADDED);
    assert_int_equal(r.ev.link, ENGINE_NO_LINK);
    assert_int_equal(r.ev.rr_type, RR_A);
    assert_int_equal(r.ev.rdata_len, 4);
    assert_memory_equal(r.ev.rdata, ev.rdata, 4);
    assert_int_equal(r.ev.source.family, ADDR_NONE);

    t.len = 0;
    relay_put(&t, RELAY_LINK_DOWN, 0, "eth0", NULL);
    assert_true(relay_get((uint8_t *)t.buf + 2, t.len - 2, &r));
    assert_int_equal(r.what, RELAY_LINK_DOWN);
    assert_string_equal(r.iface, "eth0");
}

static void takes_no_part(void **state)
{
    struct dnssd_event ev = full_event((const uint8_t *)"\1a", 2);
    struct text t = text_memory(room, sizeof room);
    static uint8_t frame[RELAY_FRAME_MAX];
    static struct relay r;
    size_t len;

    (void)state;
    relay_put(&t, RELAY_EVENT, 1, "eth0", &ev);
    len = t.len - 2;
    for (size_t cut = 0; cut < len; cut++)
        assert_false(relay_get((uint8_t *)t.buf + 2, cut, &r));
    memcpy(frame, t.buf + 2, len);
    assert_true(relay_get(frame, len, &r));
    assert_false(relay_get(frame, len + 1, &r)); /* more than an event */
    frame[8] = DNSSD_SERVICE + 1; /* a kind that there is not */
    assert_false(relay_get(frame, len, &r));
}

/* A verb looks at the labels of these names, at the state in a table, and at
 * the link of what does not exist in a mask. */
static void has_its_names(void **state)
{
    struct dnssd_event ev = full_event((const uint8_t *)"\1a", 2);
    static struct relay r;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct text t = text_memory(room, sizeof room);
        struct dnssd_event bad = ev;

        if (i == 0)
            bad.name = name(".");
        else if (i == 1)
            bad.type = name("_tcp");
        else if (i == 2)
            bad.state = CLAIM_FAILED + 1;
        else {
            bad.kind = DNSSD_RR_DENIED;
            bad.link = ENGINE_NO_LINK;
        }
        relay_put(&t, RELAY_EVENT, 1, "eth0", &bad);
        assert_false(relay_get((uint8_t *)t.buf + 2, t.len - 2, &r));
    }
}

static void fails_without_room(void **state)
{
    struct dnssd_event ev = full_event((const uint8_t *)"\1a", 2);
    struct text t = text_memory(room, 100);

    (void)state;
    relay_put(&t, RELAY_EVENT, 1, "eth0", &ev);
    assert_true(t.failed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back),
        cmocka_unit_test(gives_back_records),
        cmocka_unit_test(takes_no_part),
        cmocka_unit_test(has_its_names),
        cmocka_unit_test(fails_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
