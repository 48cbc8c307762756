/*
 * test_autoip.c - claiming and defending a link-local IPv4 address
 *
 * Ids in comments are those of tests/requirements.tsv. Time is a number: each
 * test says to the millisecond when what may happen. A packet is looked at as
 * bytes, by a reader of the test's own.
 */
#include "crier/autoip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { REQUEST = 1, REPLY = 2, START_MS = 5000, RUNS = 300 };

static const uint8_t our_mac[6] = {2, 0, 0x5e, 1, 2, 3};
static const uint8_t peer_mac[6] = {2, 0, 0x5e, 9, 9, 9};
static const uint8_t zeros[6];

/* --- a host to test -------------------------------------------------------- */

struct event {
    uint64_t at_ms;
    struct autoip_action act;
};

struct host {
    struct autoip a;
    struct autoip_iface iface;
    uint64_t now_ms;
    struct event log[512];
    unsigned count;
};

static void take(struct host *h)
{
    struct autoip_action act;

    while (autoip_pull(&h->a, &act)) {
        assert_true(h->count < COUNT(h->log));
        h->log[h->count].at_ms = h->now_ms;
        h->log[h->count++].act = act;
    }
}

static void tell_iface(struct host *h)
{
    autoip_iface(&h->a, h->now_ms, &h->iface);
    take(h);
}

static void start_at(struct host *h, const uint8_t mac[6], uint64_t seed,
                     const char *first)
{
    struct addr addr = {.family = ADDR_NONE};

    memset(h, 0, sizeof *h);
    if (first != NULL) {
        unsigned b[4];

        assert_int_equal(sscanf(first, "%u.%u.%u.%u", &b[0], &b[1], &b[2],
                                &b[3]), 4);
        addr.family = ADDR_V4;
        for (int i = 0; i < 4; i++)
            addr.b[i] = (uint8_t)b[i];
    }
    h->now_ms = START_MS;
    autoip_init(&h->a, mac, seed, first != NULL ? &addr : NULL);
    memcpy(h->iface.mac, mac, 6);
    h->iface.up = true;
    tell_iface(h);
}

/* A host that probes since START_MS. */
static void start(struct host *h, uint64_t seed)
{
    start_at(h, our_mac, seed, NULL);
}

/* Let the time pass up to and including at_ms, waking when it asks to. */
static void pass(struct host *h, uint64_t at_ms)
{
    while (autoip_deadline_ms(&h->a) <= at_ms) {
        uint64_t due_ms = autoip_deadline_ms(&h->a);

        assert_true(due_ms >= h->now_ms);
        h->now_ms = due_ms;
        autoip_advance(&h->a, h->now_ms);
        take(h);
    }
    h->now_ms = at_ms;
}

/* Until it did that, at most for twenty minutes; its time. */
static uint64_t pass_until(struct host *h, enum autoip_kind kind)
{
    unsigned before = h->count;

    for (uint64_t end_ms = h->now_ms + 1200000; h->now_ms <= end_ms;) {
        for (unsigned i = before; i < h->count; i++)
            if (h->log[i].act.kind == kind)
                return h->log[i].at_ms;
        before = h->count;
        assert_true(autoip_deadline_ms(&h->a) <= end_ms);
        pass(h, autoip_deadline_ms(&h->a));
    }
    fail_msg("it did not happen: %d", (int)kind);
    return 0;
}

static struct addr address(const struct host *h)
{
    return autoip_address(&h->a);
}

/* A host that has held its address for an hour. */
static void start_held(struct host *h)
{
    start(h, 1);
    pass_until(h, AUTOIP_CONFIGURE);
    pass(h, h->now_ms + 3600000);
    h->count = 0;
}

/* How often it did that since the log was cleared. */
static unsigned times(const struct host *h, enum autoip_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->count; i++)
        n += h->log[i].act.kind == kind;
    return n;
}

/* --- packets --------------------------------------------------------------- */

static void hear(struct host *h, int op, const uint8_t sha[6],
                 const struct addr *spa, const struct addr *tpa)
{
    static const struct addr none = {.family = ADDR_V4};
    uint8_t p[AUTOIP_ARP_LEN] = {0, 1, 8, 0, 6, 4, 0, (uint8_t)op};

    memcpy(p + 8, sha, 6);
    memcpy(p + 14, (spa != NULL ? spa : &none)->b, 4);
    memcpy(p + 24, (tpa != NULL ? tpa : &none)->b, 4);
    autoip_receive(&h->a, h->now_ms, p, sizeof p);
    take(h);
}

/* Is it an ARP packet of that operation, sender and target? Target MAC zeros
 * and our own as sender's, always (replies are looked at where they are). */
static bool is_packet(const struct event *e, int op, const struct addr *spa,
                      const struct addr *tpa)
{
    static const uint8_t head[7] = {0, 1, 8, 0, 6, 4, 0};
    static const uint8_t no_address[4];
    const uint8_t *p = e->act.arp;

    return e->act.kind == AUTOIP_SEND && memcmp(p, head, sizeof head) == 0 &&
           p[7] == op && memcmp(p + 8, our_mac, 6) == 0 &&
           memcmp(p + 14, spa != NULL ? spa->b : no_address, 4) == 0 &&
           memcmp(p + 18, zeros, 6) == 0 && memcmp(p + 24, tpa->b, 4) == 0;
}

static bool is_probe(const struct event *e, const struct addr *a)
{
    return is_packet(e, REQUEST, NULL, a);
}

static bool is_announcement(const struct event *e, const struct addr *a)
{
    return is_packet(e, REQUEST, a, a);
}

/* Its times of sending: at most max are kept, the count is returned. */
static unsigned sent(const struct host *h, bool (*is)(const struct event *,
                                                      const struct addr *),
                     const struct addr *a, uint64_t *at_ms, unsigned max)
{
    unsigned n = 0;

    for (unsigned i = 0; i < h->count; i++) {
        if (!is(&h->log[i], a))
            continue;
        if (n < max && at_ms != NULL)
            at_ms[n] = h->log[i].at_ms;
        n++;
    }
    return n;
}

/* --- choice ---------------------------------------------------------------- */

/* The next candidate, by saying that the one before is taken. */
static struct addr next_candidate(struct host *h)
{
    struct addr a = address(h);

    h->count = 0;
    pass(h, h->now_ms + 120000 < autoip_deadline_ms(&h->a)
                ? h->now_ms
                : autoip_deadline_ms(&h->a)); /* its probing began */
    hear(h, REPLY, peer_mac, &a, NULL);
    assert_int_equal(times(h, AUTOIP_TAKEN), 1);
    return address(h);
}

/* L-2.1-01 L-2.1-02: 65,024 addresses in 100,000 draws of 1,000 hosts */
static void chooses_evenly(void **state)
{
    static struct host h;
    static unsigned third[256], low[4];

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        uint8_t mac[6] = {2, 0x42, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};

        start_at(&h, mac, 7, NULL);
        for (unsigned k = 0; k < 100; k++) {
            struct addr a = next_candidate(&h);

            assert_int_equal(a.family, ADDR_V4);
            assert_int_equal(a.b[0], 169);
            assert_int_equal(a.b[1], 254);
            third[a.b[2]]++;
            low[a.b[3] >> 6]++;
        }
    }
    assert_int_equal(third[0], 0);
    assert_int_equal(third[255], 0);
    for (unsigned i = 1; i < 255; i++) /* 394 expected; 5 standard deviations */
        assert_in_range(third[i], 294, 494);
    for (unsigned i = 0; i < 4; i++)
        assert_in_range(low[i], 24300, 25700);
}

/* L-2.1-03 L-2.1-04 L-2.1-05: the sequence follows from the MAC address, from
 * nothing else */
static void chooses_by_mac(void **state)
{
    enum { HOSTS = 20, CANDIDATES = 5 };
    static struct host h;
    struct addr seen[HOSTS][CANDIDATES];

    (void)state;
    for (unsigned i = 0; i < HOSTS; i++) {
        uint8_t mac[6] = {2, 0x42, 0, 0, 0, (uint8_t)i};

        for (unsigned again = 0; again < 10; again++) {
            start_at(&h, mac, again * 77, NULL); /* other delays */
            for (unsigned k = 0; k < CANDIDATES; k++) {
                struct addr a = k == 0 ? address(&h) : next_candidate(&h);

                if (again == 0)
                    seen[i][k] = a;
                assert_true(addr_equal(&a, &seen[i][k]));
            }
        }
        for (unsigned before = 0; before < i; before++)
            assert_memory_not_equal(seen[before], seen[i], sizeof seen[i]);
    }
}

/* L-2.1-07: what is handed in as the last address is probed first */
static void tries_the_given_address_first(void **state)
{
    static const struct {
        const char *first;
        bool used;
    } cases[] = {
        {"169.254.77.3", true},   {"169.254.1.0", true},
        {"169.254.254.255", true}, {"169.254.0.255", false},
        {"169.254.255.0", false}, {"10.254.7.7", false},
        {"169.253.7.7", false},
    };
    static struct host h, plain;

    (void)state;
    start(&plain, 3);
    for (unsigned i = 0; i < COUNT(cases); i++) {
        struct addr usual = address(&plain);
        struct addr a;
        char text[20];

        start_at(&h, our_mac, 3, cases[i].first);
        a = address(&h);
        snprintf(text, sizeof text, "%u.%u.%u.%u", a.b[0], a.b[1], a.b[2],
                 a.b[3]);
        assert_int_equal(strcmp(text, cases[i].first) == 0, cases[i].used);
        assert_int_equal(addr_equal(&a, &usual), !cases[i].used);
        pass_until(&h, AUTOIP_SEND);
        assert_int_equal(sent(&h, is_probe, &a, NULL, 0), 1);
    }
}

/* The given address may be what the MAC address leads to as well: taken once
 * is taken. */
static void tries_another_when_taken(void **state)
{
    static struct host plain, h;
    struct addr a, b;
    char text[20];

    (void)state;
    start(&plain, 3);
    a = address(&plain);
    snprintf(text, sizeof text, "169.254.%u.%u", a.b[2], a.b[3]);
    start_at(&h, our_mac, 3, text);
    b = next_candidate(&h);
    assert_false(addr_equal(&a, &b));
    a = next_candidate(&plain);
    assert_true(addr_equal(&a, &b));
}

/* --- a quiet claim ----------------------------------------------------------- */

/* L-2.2-01 L-2.2.1-01 L-2.2.1-02 L-2.2.1-03 L-2.2.1-04 L-2.2.1-08 L-2.4-01
 * L-2.4-02 L-5227-2.1-01 L-5227-2.3-01 L-5227-3.0-01 L-9.0-01 */
static void claims_in_time(void **state)
{
    uint64_t early = 0, late = 0, low_gap = 0, high_gap = 0;
    static struct host h;

    (void)state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        uint64_t probe[4], announced[3], wait_ms;
        struct addr a;

        start(&h, seed);
        a = address(&h);
        pass(&h, START_MS + 60000);
        assert_int_equal(sent(&h, is_probe, &a, probe, 4), 3);
        wait_ms = probe[0] - START_MS;
        assert_in_range(wait_ms, 0, 1000);
        early += wait_ms < 250;
        late += wait_ms > 750;
        for (unsigned i = 0; i < 2; i++) {
            uint64_t gap_ms = probe[i + 1] - probe[i];

            assert_in_range(gap_ms, 1000, 2000);
            low_gap += gap_ms < 1250;
            high_gap += gap_ms > 1750;
        }
        assert_int_equal(sent(&h, is_announcement, &a, announced, 3), 2);
        assert_int_equal(announced[0], probe[2] + 2000);
        assert_int_equal(announced[1], announced[0] + 2000);
        /* told, 3 probes, announced, then configured, announced again */
        assert_int_equal(h.count, 7);
        assert_int_equal(h.log[0].act.kind, AUTOIP_TRYING);
        assert_true(is_announcement(&h.log[4], &a));
        assert_int_equal(h.log[5].act.kind, AUTOIP_CONFIGURE);
        assert_int_equal(h.log[5].at_ms, announced[0]);
        assert_true(addr_equal(&h.log[5].act.addr, &a));
    }
    /* Uniform: a quarter each, give or take five standard deviations. */
    assert_in_range(early, 38, 112);
    assert_in_range(late, 38, 112);
    assert_in_range(low_gap, 97, 203);
    assert_in_range(high_gap, 97, 203);
}

/* L-2.2-03 L-4.0-01: and then it is silent, for a day */
static void is_silent_when_held(void **state)
{
    static struct host h;
    struct addr other = {ADDR_V4, {169, 254, 9, 9}};

    (void)state;
    start(&h, 1);
    pass_until(&h, AUTOIP_CONFIGURE);
    pass(&h, h.now_ms + 2000);
    h.count = 0;
    assert_true(autoip_deadline_ms(&h.a) == UINT64_MAX);
    pass(&h, h.now_ms + 86400000);
    hear(&h, REQUEST, peer_mac, &other, &other);
    tell_iface(&h);
    assert_int_equal(h.count, 0);
}

/* A caller who comes late sends nothing twice at a time, and claims no
 * sooner. */
static void keeps_distance_when_late(void **state)
{
    static struct host h;
    uint64_t last_ms = 0;
    struct addr a;

    (void)state;
    start(&h, 1);
    a = address(&h);
    for (unsigned i = 0; i < 3; i++) {
        h.now_ms = autoip_deadline_ms(&h.a) + 7000;
        autoip_advance(&h.a, h.now_ms);
        take(&h);
        last_ms = h.now_ms;
        assert_int_equal(sent(&h, is_probe, &a, NULL, 0), i + 1);
        assert_true(autoip_deadline_ms(&h.a) >= h.now_ms + 1000);
    }
    assert_int_equal(pass_until(&h, AUTOIP_CONFIGURE), last_ms + 2000);
}

/* --- conflicts while probing --------------------------------------------------- */

/* L-2.2.1-05 L-2.2.1-06 L-5227-2.1.1-01 */
static const struct {
    const char *title;
    int op;
    bool own;           /* sent from our own MAC address */
    int sender, target; /* 0: none, 1: the candidate, 2: another address */
    bool conflict;
} probing_cases[] = {
    {"reply from its owner", REPLY, false, 1, 2, true},
    {"request from its owner", REQUEST, false, 1, 2, true},
    {"announcement of its owner", REQUEST, false, 1, 1, true},
    {"probe of another host", REQUEST, false, 0, 1, true},
    {"own probe, come back", REQUEST, true, 0, 1, false},
    {"own announcement, come back", REQUEST, true, 1, 1, false},
    {"somebody asks for it, having an address", REQUEST, false, 2, 1, false},
    {"reply to it", REPLY, false, 2, 1, false},
    {"reply with no sender", REPLY, false, 0, 1, false},
    {"probe for another", REQUEST, false, 0, 2, false},
    {"of no concern", REQUEST, false, 2, 2, false},
};

/* The packet of a case, over address a. */
static void hear_case(struct host *h, unsigned i, const struct addr *a)
{
    static const struct addr other = {ADDR_V4, {169, 254, 200, 200}};
    const struct addr *who[3] = {NULL, a, &other};

    hear(h, probing_cases[i].op,
         probing_cases[i].own ? our_mac : peer_mac,
         who[probing_cases[i].sender], who[probing_cases[i].target]);
}

/* When it comes: after so many probes, so long after. */
static const struct {
    unsigned probes;
    uint64_t after_ms;
} moments[] = {{0, 0}, {1, 0}, {2, 500}, {3, 0}, {3, 1900}, {3, 1999}};

static void minds_the_address_while_probing(void **state)
{
    static struct host h;

    (void)state;
    for (unsigned m = 0; m < COUNT(moments); m++) {
        for (unsigned i = 0; i < COUNT(probing_cases); i++) {
            struct addr a, b;

            print_message("probes %u, %u ms: %s\n", moments[m].probes,
                          (unsigned)moments[m].after_ms,
                          probing_cases[i].title);
            start(&h, 11 + i);
            a = address(&h);
            for (unsigned k = 0; k < moments[m].probes; k++)
                pass(&h, autoip_deadline_ms(&h.a));
            pass(&h, h.now_ms + moments[m].after_ms);
            assert_int_equal(sent(&h, is_probe, &a, NULL, 0),
                             moments[m].probes);
            hear_case(&h, i, &a);
            b = address(&h);
            assert_int_equal(addr_equal(&a, &b), !probing_cases[i].conflict);
            assert_int_equal(times(&h, AUTOIP_TAKEN),
                             probing_cases[i].conflict);
            pass(&h, h.now_ms + 60000);
            assert_int_equal(sent(&h, is_announcement, &a, NULL, 0),
                             probing_cases[i].conflict ? 0 : 2);
            assert_int_equal(sent(&h, is_announcement, &b, NULL, 0), 2);
            assert_int_equal(sent(&h, is_probe, &b, NULL, 0), 3);
        }
    }
}

static void reads_only_whole_arp(void **state)
{
    /* What is changed, at which byte. */
    static const struct {
        const char *title;
        size_t at;
        uint8_t value;
        size_t len;
    } cases[] = {
        {"hardware type", 1, 6, 28}, {"protocol", 2, 0x86, 28},
        {"hardware length", 4, 8, 28}, {"protocol length", 5, 16, 28},
        {"operation", 7, 3, 28},     {"operation", 6, 1, 28},
        {"too short", 0, 0, 27},     {"nothing", 0, 0, 0},
    };
    static struct host h;

    (void)state;
    for (unsigned i = 0; i <= COUNT(cases); i++) {
        uint8_t p[46] = {0, 1, 8, 0, 6, 4, 0, 2, 2, 2, 2, 2, 2, 2};
        struct addr a;

        start(&h, 1);
        a = address(&h);
        memcpy(p + 14, a.b, 4);
        if (i == COUNT(cases)) { /* as it was, with Ethernet's padding */
            autoip_receive(&h.a, h.now_ms, p, sizeof p);
            take(&h);
            assert_int_equal(h.count, 1);
            break;
        }
        print_message("%s\n", cases[i].title);
        p[cases[i].at] = cases[i].value;
        autoip_receive(&h.a, h.now_ms, p, cases[i].len);
        take(&h);
        assert_int_equal(h.count, 0);
    }
}

/* L-2.2.1-07 L-5227-2.1.1-02: somebody has every address */
static void slows_down_after_ten_conflicts(void **state)
{
    static struct host h;
    uint64_t before_ms = 0;

    (void)state;
    start(&h, 1);
    for (unsigned i = 1; i <= 30; i++) {
        uint64_t at_ms = pass_until(&h, AUTOIP_TRYING);
        struct addr a = address(&h);

        if (i > 10)
            assert_in_range(at_ms - before_ms, 60000, 61000);
        else if (i > 1)
            assert_in_range(at_ms - before_ms, 0, 1000);
        hear(&h, REPLY, peer_mac, &a, NULL);
        before_ms = at_ms;
    }
    assert_int_equal(times(&h, AUTOIP_TAKEN), 30);
}

/* The link going down and up does not help, nor does being patient in the
 * wait; an hour without a conflict does. */
static void remembers_conflicts(void **state)
{
    static struct host h;
    struct addr a, b;
    uint64_t at_ms;

    (void)state;
    start(&h, 1);
    for (unsigned i = 0; i < 10; i++) {
        a = address(&h);
        hear(&h, REPLY, peer_mac, &a, NULL);
    }
    a = address(&h);
    hear(&h, REPLY, peer_mac, &a, NULL); /* before its probing: no conflict */
    assert_int_equal(times(&h, AUTOIP_TAKEN), 10);
    b = address(&h);
    assert_false(addr_equal(&a, &b));
    pass(&h, h.now_ms + 10000);
    h.iface.up = false;
    tell_iface(&h);
    h.iface.up = true;
    tell_iface(&h);
    at_ms = pass_until(&h, AUTOIP_TRYING);
    assert_in_range(at_ms, START_MS + 60000, START_MS + 61000);
    pass_until(&h, AUTOIP_CONFIGURE);
    pass(&h, h.now_ms + AUTOIP_FORGET_MS);
    a = address(&h);
    hear(&h, REPLY, peer_mac, &a, NULL);
    hear(&h, REPLY, peer_mac, &a, NULL);
    at_ms = h.now_ms;
    assert_in_range(pass_until(&h, AUTOIP_TRYING), at_ms, at_ms + 1000);
}

/* --- conflicts over a held address ---------------------------------------------- */

/* L-1.5-01 L-2.5-01 L-2.5-02 L-2.5-03 L-2.5-04 L-5227-2.1.1-01 */
static const struct {
    const char *title;
    int op;
    uint64_t gap_ms; /* until the second packet */
    bool lost;
} held_cases[] = {
    {"request, at once", REQUEST, 0, true},
    {"reply, 5 s", REPLY, 5000, true},
    {"request, 10 s", REQUEST, 10000, true},
    {"reply, just over 10 s", REPLY, 10001, false},
    {"request, 11 s", REQUEST, 11000, false},
};

static void defends_once_in_ten_seconds(void **state)
{
    static struct host h;

    (void)state;
    for (unsigned i = 0; i < COUNT(held_cases); i++) {
        struct addr a, b;
        uint64_t at_ms;

        print_message("%s\n", held_cases[i].title);
        start_held(&h);
        a = address(&h);
        hear(&h, held_cases[i].op, peer_mac, &a, NULL);
        assert_int_equal(h.count, 2);
        assert_int_equal(h.log[0].act.kind, AUTOIP_DEFENDED);
        assert_memory_equal(h.log[0].act.peer, peer_mac, 6);
        assert_true(is_announcement(&h.log[1], &a));
        pass(&h, h.now_ms + held_cases[i].gap_ms);
        assert_int_equal(h.count, 2);
        hear(&h, held_cases[i].op, peer_mac, &a, NULL);
        at_ms = h.now_ms;
        b = address(&h);
        assert_int_equal(addr_equal(&a, &b), !held_cases[i].lost);
        assert_int_equal(sent(&h, is_announcement, &a, NULL, 0),
                         held_cases[i].lost ? 1 : 2);
        assert_int_equal(times(&h, AUTOIP_UNCONFIGURE), held_cases[i].lost);
        if (!held_cases[i].lost)
            continue;
        assert_int_equal(h.log[2].act.kind, AUTOIP_LOST);
        assert_int_equal(h.log[3].act.kind, AUTOIP_UNCONFIGURE);
        assert_int_equal(h.log[3].act.why, AUTOIP_WHY_CONFLICT);
        assert_true(addr_equal(&h.log[3].act.addr, &a));
        assert_in_range(pass_until(&h, AUTOIP_TRYING), at_ms, at_ms + 1000);
        pass_until(&h, AUTOIP_CONFIGURE);
        assert_int_equal(sent(&h, is_announcement, &b, NULL, 0), 1);
    }
}

/* Once defended, a new address begins anew. */
static void defends_the_next_address_too(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start_held(&h);
    for (unsigned i = 0; i < 3; i++) {
        a = address(&h);
        hear(&h, REPLY, peer_mac, &a, NULL);
        hear(&h, REPLY, peer_mac, &a, NULL);
        pass_until(&h, AUTOIP_CONFIGURE);
    }
    assert_int_equal(times(&h, AUTOIP_DEFENDED), 3);
    assert_int_equal(times(&h, AUTOIP_LOST), 3);
}

/* L-5227-2.1.1-01: what is no conflict */
static void ignores_echoes_when_held(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start_held(&h);
    a = address(&h);
    hear(&h, REQUEST, our_mac, &a, &a);
    hear(&h, REQUEST, our_mac, NULL, &a);
    hear(&h, REPLY, our_mac, &a, NULL);
    assert_int_equal(h.count, 0);
}

/* L-5227-2.1.1-02: nine conflicts while probing, the tenth over what is
 * held */
static void slows_down_after_losing(void **state)
{
    static struct host h;
    struct addr a;
    uint64_t at_ms;

    (void)state;
    start(&h, 1);
    for (unsigned i = 0; i < 8; i++) {
        a = address(&h);
        hear(&h, REPLY, peer_mac, &a, NULL);
    }
    pass_until(&h, AUTOIP_CONFIGURE);
    a = address(&h);
    hear(&h, REPLY, peer_mac, &a, NULL);
    hear(&h, REPLY, peer_mac, &a, NULL);
    at_ms = h.now_ms;
    assert_in_range(pass_until(&h, AUTOIP_TRYING), at_ms + 60000,
                    at_ms + 61000);
}

/* --- answers ----------------------------------------------------------------- */

/* L-2.5-06 L-5227-2.5-01 L-2.7-01: all that is sent is broadcast by the
 * caller, see tests/net/autoip.sh */
static void answers_from_the_first_announcement(void **state)
{
    static struct host h;
    struct addr asker = {ADDR_V4, {10, 1, 1, 7}};
    struct addr a, other;
    const uint8_t *p = h.log[0].act.arp;

    (void)state;
    start(&h, 1);
    a = other = address(&h);
    other.b[3] ^= 1;
    pass(&h, START_MS + 1500);
    h.count = 0;
    hear(&h, REQUEST, peer_mac, &asker, &a);
    assert_int_equal(h.count, 0); /* not yet ours */
    pass_until(&h, AUTOIP_CONFIGURE);
    for (unsigned probe = 0; probe < 2; probe++) {
        h.count = 0;
        hear(&h, REQUEST, peer_mac, probe ? NULL : &asker, &a);
        assert_int_equal(h.count, 1);
        assert_int_equal(h.log[0].act.kind, AUTOIP_SEND);
        assert_int_equal(p[7], REPLY);
        assert_memory_equal(p + 8, our_mac, 6);
        assert_memory_equal(p + 14, a.b, 4);
        assert_memory_equal(p + 18, peer_mac, 6);
        assert_memory_equal(p + 24, probe ? zeros : asker.b, 4);
    }
    h.count = 0;
    hear(&h, REQUEST, peer_mac, &asker, &other);
    hear(&h, REPLY, peer_mac, &asker, &a);
    assert_int_equal(h.count, 0);
}

static void answers_no_flood(void **state)
{
    static struct host h;
    struct addr asker = {ADDR_V4, {10, 1, 1, 7}};
    struct addr a;

    (void)state;
    start_held(&h);
    a = address(&h);
    for (unsigned i = 0; i < 1000; i++)
        hear(&h, REQUEST, peer_mac, &asker, &a);
    assert_int_equal(h.count, AUTOIP_REPLIES_MAX);
    pass(&h, h.now_ms + 1000);
    hear(&h, REQUEST, peer_mac, &asker, &a);
    assert_int_equal(h.count, AUTOIP_REPLIES_MAX + 1);
    /* but a conflict is heard in it */
    hear(&h, REQUEST, peer_mac, &a, &a);
    assert_int_equal(times(&h, AUTOIP_DEFENDED), 1);
}

/* --- the interface -------------------------------------------------------------- */

/* L-2.2-02 L-5227-2.1-01 */
static void probes_again_when_the_link_was_down(void **state)
{
    static struct host h;
    struct addr a, b;

    (void)state;
    start_held(&h);
    a = address(&h);
    h.iface.up = false;
    tell_iface(&h);
    assert_int_equal(h.count, 1);
    assert_int_equal(h.log[0].act.kind, AUTOIP_UNCONFIGURE);
    assert_int_equal(h.log[0].act.why, AUTOIP_WHY_DOWN);
    hear(&h, REQUEST, peer_mac, &a, &a); /* of another time */
    pass(&h, h.now_ms + 100000);
    assert_int_equal(h.count, 1);
    h.iface.up = true;
    tell_iface(&h);
    b = address(&h);
    assert_true(addr_equal(&a, &b));
    pass_until(&h, AUTOIP_CONFIGURE);
    assert_int_equal(sent(&h, is_probe, &a, NULL, 0), 3);
    assert_int_equal(sent(&h, is_announcement, &a, NULL, 0), 1);
}

/* Down while probing, too: it begins from the start. */
static void probing_begins_anew(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start(&h, 5);
    a = address(&h);
    pass_until(&h, AUTOIP_SEND);
    pass(&h, h.now_ms + 3000);
    h.iface.up = false;
    tell_iface(&h);
    h.iface.up = true;
    tell_iface(&h);
    h.count = 0;
    pass_until(&h, AUTOIP_CONFIGURE);
    assert_int_equal(sent(&h, is_probe, &a, NULL, 0), 3);
}

static void a_new_mac_is_a_new_start(void **state)
{
    static struct host h;

    (void)state;
    start_held(&h);
    h.iface.mac[5]++;
    tell_iface(&h);
    assert_int_equal(times(&h, AUTOIP_UNCONFIGURE), 1);
    pass_until(&h, AUTOIP_SEND);
    assert_memory_equal(h.log[h.count - 1].act.arp + 8, h.iface.mac, 6);
}

static void puts_back_what_others_remove(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start_held(&h);
    a = address(&h);
    h.iface.removed = true;
    tell_iface(&h);
    assert_int_equal(times(&h, AUTOIP_UNCONFIGURE), 1);
    assert_int_equal(h.log[0].act.why, AUTOIP_WHY_REMOVED);
    h.iface.removed = false;
    pass_until(&h, AUTOIP_CONFIGURE);
    assert_int_equal(sent(&h, is_probe, &a, NULL, 0), 3);
}

/* L-1.9-01 L-1.9-06 */
static void waits_while_there_is_another_address(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start(&h, 1);
    pass(&h, START_MS + 1500); /* one probe is out */
    h.iface.other = true;
    tell_iface(&h);
    h.count = 0;
    pass(&h, h.now_ms + 86400000);
    a = address(&h);
    hear(&h, REQUEST, peer_mac, NULL, &a);
    assert_int_equal(h.count, 0);
    h.iface.up = false; /* and goes, also with the link */
    tell_iface(&h);
    h.iface.up = true;
    tell_iface(&h);
    assert_true(autoip_deadline_ms(&h.a) == UINT64_MAX);
    h.iface.other = false;
    tell_iface(&h);
    pass_until(&h, AUTOIP_CONFIGURE);
    assert_int_equal(sent(&h, is_probe, &a, NULL, 0), 3);
}

/* L-1.9-04 L-1.9-05: deprecated at once, kept and defended for ten minutes */
static void retires_for_another_address(void **state)
{
    static struct host h;
    struct addr a;
    uint64_t at_ms;

    (void)state;
    start_held(&h);
    a = address(&h);
    h.iface.other = true;
    tell_iface(&h);
    tell_iface(&h); /* once is enough */
    at_ms = h.now_ms;
    assert_int_equal(h.count, 1);
    assert_int_equal(h.log[0].act.kind, AUTOIP_DEPRECATE);
    pass(&h, h.now_ms + 300000);
    hear(&h, REQUEST, peer_mac, NULL, &a);
    assert_int_equal(times(&h, AUTOIP_SEND), 1);
    hear(&h, REQUEST, peer_mac, &a, &a);
    assert_int_equal(times(&h, AUTOIP_DEFENDED), 1);
    assert_int_equal(pass_until(&h, AUTOIP_UNCONFIGURE),
                     at_ms + AUTOIP_RETIRE_MS);
    assert_int_equal(h.log[h.count - 1].act.why, AUTOIP_WHY_OTHER);
    assert_true(autoip_deadline_ms(&h.a) == UINT64_MAX);
}

static void comes_back_from_retirement(void **state)
{
    static struct host h;
    struct addr a;

    (void)state;
    start_held(&h);
    a = address(&h);
    h.iface.other = true;
    tell_iface(&h);
    pass(&h, h.now_ms + AUTOIP_RETIRE_MS - 1);
    h.iface.other = false;
    tell_iface(&h);
    assert_int_equal(h.count, 2);
    assert_int_equal(h.log[1].act.kind, AUTOIP_CONFIGURE);
    pass(&h, h.now_ms + 86400000);
    assert_int_equal(h.count, 2);
    /* Lost while retired: no new one. */
    h.iface.other = true;
    tell_iface(&h);
    hear(&h, REPLY, peer_mac, &a, NULL);
    hear(&h, REPLY, peer_mac, &a, NULL);
    assert_int_equal(times(&h, AUTOIP_LOST), 1);
    assert_int_equal(times(&h, AUTOIP_UNCONFIGURE), 1);
    assert_true(autoip_deadline_ms(&h.a) == UINT64_MAX);
}

static void ends_at_once(void **state)
{
    static struct host h;

    (void)state;
    start_held(&h);
    autoip_end(&h.a);
    take(&h);
    assert_int_equal(h.count, 1);
    assert_int_equal(h.log[0].act.kind, AUTOIP_UNCONFIGURE);
    assert_int_equal(h.log[0].act.why, AUTOIP_WHY_END);
    autoip_end(&h.a);
    take(&h);
    assert_int_equal(h.count, 1);
}

/* --- two hosts ------------------------------------------------------------------- */

/* What a has sent since *from reaches b now. */
static void deliver(const struct host *a, unsigned *from, struct host *b)
{
    for (; *from < a->count; (*from)++) {
        if (a->log[*from].act.kind == AUTOIP_SEND)
            autoip_receive(&b->a, b->now_ms, a->log[*from].act.arp,
                           AUTOIP_ARP_LEN);
        take(b);
    }
}

/* Ten minutes on one link; what is in the logs is on its way. */
static void exchange(struct host *a, struct host *b)
{
    unsigned from_a = 0, from_b = 0;
    uint64_t end_ms = a->now_ms + 600000;

    while (a->now_ms < end_ms) {
        uint64_t next_ms = end_ms;

        while (from_a < a->count || from_b < b->count) {
            deliver(a, &from_a, b);
            deliver(b, &from_b, a);
        }
        if (autoip_deadline_ms(&a->a) < next_ms)
            next_ms = autoip_deadline_ms(&a->a);
        if (autoip_deadline_ms(&b->a) < next_ms)
            next_ms = autoip_deadline_ms(&b->a);
        pass(a, next_ms);
        pass(b, next_ms);
    }
}

/* L-3.4-02: two interfaces, of two hosts or of one, that want the same
 * address on one link */
static void two_get_different_addresses(void **state)
{
    static struct host one, two;

    (void)state;
    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct addr a, b;

        start_at(&one, our_mac, seed, "169.254.7.7");
        start_at(&two, peer_mac, seed * 31 + 1, "169.254.7.7");
        exchange(&one, &two);
        a = address(&one);
        b = address(&two);
        assert_false(addr_equal(&a, &b));
        assert_int_equal(times(&one, AUTOIP_CONFIGURE), 1);
        assert_int_equal(times(&two, AUTOIP_CONFIGURE), 1);
        assert_int_equal(times(&one, AUTOIP_UNCONFIGURE), 0);
        assert_int_equal(times(&two, AUTOIP_UNCONFIGURE), 0);
    }
}

/* Two links with the same address on each are joined: whoever sees it first
 * defends, the other one defends against that, and the first gives up. */
static void joined_links_settle(void **state)
{
    static struct host one, two;
    struct addr a;

    (void)state;
    start_at(&one, our_mac, 1, "169.254.7.7");
    start_at(&two, peer_mac, 2, "169.254.7.7");
    pass(&one, START_MS + 60000);
    pass(&two, START_MS + 60000);
    a = address(&one);
    one.count = two.count = 0;
    hear(&one, REQUEST, peer_mac, &a, NULL);
    one.count = 0;
    autoip_receive(&two.a, two.now_ms, one.log[1].act.arp, 28);
    take(&two);
    exchange(&one, &two);
    assert_int_equal(times(&two, AUTOIP_DEFENDED), 1);
    assert_int_equal(times(&two, AUTOIP_UNCONFIGURE), 0);
    assert_int_equal(times(&one, AUTOIP_LOST), 1);
    assert_int_equal(times(&one, AUTOIP_CONFIGURE), 1);
    a = address(&two);
    assert_int_equal(a.b[3], 7);
}

/* Whatever comes in whatever order, it keeps what it promises: actions fit
 * the queue, addresses are selectable, and there is always an end in sight. */
static void survives_anything(void **state)
{
    static struct host h;
    uint32_t r = 1;

    (void)state;
    start(&h, 1);
    for (unsigned i = 0; i < 300000; i++) {
        uint8_t p[AUTOIP_ARP_LEN] = {0, 1, 8, 0, 6, 4, 0};
        struct addr a = address(&h);

        r = r * 1664525u + 1013904223u;
        memcpy(p + 8, r & 0x100 ? our_mac : peer_mac, 6);
        p[7] = (uint8_t)(r >> 10 & 3);
        if (r & 0x1000)
            memcpy(p + 14, a.b, 4);
        if (r & 0x2000)
            memcpy(p + 24, a.b, 4);
        switch (r >> 16 & 15) {
        case 0:
            h.iface.up = r & 0x100000;
            tell_iface(&h);
            break;
        case 1:
            h.iface.other = (r & 0x700000) == 0;
            tell_iface(&h);
            break;
        case 2:
            h.iface.removed = true;
            tell_iface(&h);
            h.iface.removed = false;
            break;
        case 3:
            p[r >> 20 & 7] ^= 1;
            break;
        default:
            pass(&h, h.now_ms + (r >> 20));
            break;
        }
        autoip_receive(&h.a, h.now_ms, p, r & 0x4000 ? 28 : r >> 27);
        take(&h);
        a = address(&h);
        assert_true(autoip_selectable(&a));
        assert_true(h.a.phase != AUTOIP_PROBING ||
                    autoip_deadline_ms(&h.a) <= h.now_ms + 62000);
        h.count = 0;
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(chooses_evenly),
        cmocka_unit_test(chooses_by_mac),
        cmocka_unit_test(tries_the_given_address_first),
        cmocka_unit_test(tries_another_when_taken),
        cmocka_unit_test(claims_in_time),
        cmocka_unit_test(is_silent_when_held),
        cmocka_unit_test(keeps_distance_when_late),
        cmocka_unit_test(minds_the_address_while_probing),
        cmocka_unit_test(reads_only_whole_arp),
        cmocka_unit_test(slows_down_after_ten_conflicts),
        cmocka_unit_test(remembers_conflicts),
        cmocka_unit_test(defends_once_in_ten_seconds),
        cmocka_unit_test(defends_the_next_address_too),
        cmocka_unit_test(ignores_echoes_when_held),
        cmocka_unit_test(slows_down_after_losing),
        cmocka_unit_test(answers_from_the_first_announcement),
        cmocka_unit_test(answers_no_flood),
        cmocka_unit_test(probes_again_when_the_link_was_down),
        cmocka_unit_test(probing_begins_anew),
        cmocka_unit_test(a_new_mac_is_a_new_start),
        cmocka_unit_test(puts_back_what_others_remove),
        cmocka_unit_test(waits_while_there_is_another_address),
        cmocka_unit_test(retires_for_another_address),
        cmocka_unit_test(comes_back_from_retirement),
        cmocka_unit_test(ends_at_once),
        cmocka_unit_test(two_get_different_addresses),
        cmocka_unit_test(joined_links_settle),
        cmocka_unit_test(survives_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
