/*
 * test_service.c - services from one real engine found by another
 *
 * Two hosts in one process, each with an engine and the service layer, on
 * two links in simulated time. A datagram arrives a millisecond after it was
 * sent, at all hosts of the link; the sender hears itself, as from a
 * looped-back socket.
 *
 * Ids in comments are those of tests/requirements.tsv.
 */
#include "crier/dnssd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { HOSTS = 2, LINKS = 2, DATAGRAMS = 4096 };

struct host {
    void *engine_memory, *dnssd_memory;
    struct engine *e;
    struct dnssd *d;
    struct addr addr[LINKS];
    unsigned links; /* mask of those that are up */
    char log[65536];
    bool quiet; /* events are counted, not written */
    unsigned counts[DNSSD_SERVICE + 1];
};

struct flight {
    struct datagram d;
    unsigned from;
    uint64_t at_ms;
    uint8_t bytes[WIRE_MESSAGE_MAX];
};

static struct host hosts[HOSTS];
static struct flight *flights;
static size_t head, tail;
static uint64_t now_ms;

static struct name named(const char *text)
{
    struct name name;

    assert_int_equal(name_from_text(text, &name, NULL), NAME_TEXT_OK);
    return name;
}

static struct dnssd_type type_of(const char *text)
{
    struct dnssd_type type;

    assert_int_equal(dnssd_type_parse(text, true, &type), DNSSD_TYPE_OK);
    return type;
}

/* --- the network ------------------------------------------------------ */

static void link_up(unsigned h, unsigned link)
{
    struct link_state st = {
        .families = ADDR_V4,
        .mtu = 1500,
        .addr_count = 1,
        .addrs = {{hosts[h].addr[link], 24}},
    };

    hosts[h].links |= 1u << link;
    engine_link_set(hosts[h].e, now_ms, link, &st);
}

static void link_down(unsigned h, unsigned link)
{
    hosts[h].links &= ~(1u << link);
    engine_link_down(hosts[h].e, now_ms, link);
}

static void begin_with(uint32_t services)
{
    now_ms = 1000;
    head = tail = 0;
    flights = calloc(DATAGRAMS, sizeof *flights);
    assert_non_null(flights);
    for (unsigned h = 0; h < HOSTS; h++) {
        struct engine_config ec;
        struct dnssd_config dc;

        memset(&hosts[h], 0, sizeof hosts[h]);
        engine_config_default(&ec);
        ec.seed = 77 + h;
        ec.claims_max += services;
        ec.records_max += services * 4;
        ec.rdata_max += services * 64;
        ec.watches_max += services * 3;
        ec.cache_max += services * 8;
        ec.cache_per_source = ec.cache_max;
        dnssd_config_default(&dc);
        dc.services_max += services;
        dc.instances_max += services;
        hosts[h].engine_memory = calloc(1, engine_memory(&ec));
        hosts[h].dnssd_memory = calloc(1, dnssd_memory(&dc));
        assert_non_null(hosts[h].engine_memory);
        assert_non_null(hosts[h].dnssd_memory);
        hosts[h].e = engine_init(hosts[h].engine_memory, engine_memory(&ec),
                                 &ec, now_ms);
        hosts[h].d = dnssd_init(hosts[h].dnssd_memory, dnssd_memory(&dc), &dc,
                                hosts[h].e);
        for (unsigned l = 0; l < LINKS; l++)
            hosts[h].addr[l] = (struct addr){
                ADDR_V4, {10, 0, (uint8_t)l, (uint8_t)(h + 1)}};
        link_up(h, 0);
    }
}

static int begin(void **state)
{
    (void)state;
    begin_with(0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    for (unsigned h = 0; h < HOSTS; h++) {
        free(hosts[h].engine_memory);
        free(hosts[h].dnssd_memory);
    }
    free(flights);
    return 0;
}

static void send_all(unsigned h)
{
    struct datagram d;

    while (engine_transmit(hosts[h].e, now_ms, &d)) {
        struct flight *f = &flights[tail++ % DATAGRAMS];

        assert_true(tail - head <= DATAGRAMS);
        assert_true(d.len <= sizeof f->bytes);
        memcpy(f->bytes, d.data, d.len);
        f->d = d;
        f->d.data = f->bytes;
        f->from = h;
        f->at_ms = now_ms + 1;
    }
}

static void arrive(struct flight *f)
{
    struct datagram d = f->d;

    d.peer = hosts[f->from].addr[d.link];
    d.port = 5353;
    for (unsigned h = 0; h < HOSTS; h++) {
        if ((hosts[h].links >> d.link & 1) == 0)
            continue;
        if (!d.multicast && !addr_equal(&f->d.peer, &hosts[h].addr[d.link]))
            continue;
        d.local = d.multicast ? (struct addr){0} : f->d.peer;
        engine_receive(hosts[h].e, now_ms, &d);
    }
}

static const char *const kinds[] = {
    [DNSSD_FOUND] = "found",           [DNSSD_CHANGED] = "changed",
    [DNSSD_LOST] = "lost",             [DNSSD_TYPE_FOUND] = "type-found",
    [DNSSD_TYPE_LOST] = "type-lost",   [DNSSD_ADDR_FOUND] = "addr-found",
    [DNSSD_ADDR_LOST] = "addr-lost",   [DNSSD_ADDR_NONE] = "addr-none",
    [DNSSD_RR_ADDED] = "added",        [DNSSD_RR_REMOVED] = "removed",
    [DNSSD_RR_DENIED] = "denied",
};
static const char *const states[] = {"probing", "announced", "conflict",
                                     "renamed", "failed"};

static void write_event(struct host *h, const struct dnssd_event *ev)
{
    size_t len = strlen(h->log);
    char name[NAME_TEXT_MAX], host[NAME_TEXT_MAX];
    bool claim = ev->kind == DNSSD_HOST || ev->kind == DNSSD_SERVICE;
    char *at = h->log + len;
    size_t max = sizeof h->log - len;
    int n;

    if (claim && ev->state == CLAIM_PROBING)
        return;
    n = snprintf(at, max, "%s %d %s%s", claim ? states[ev->state]
                                              : kinds[ev->kind],
                 ev->link, name_text(&ev->name, name),
                 ev->local && !claim ? " local" : "");
    if (ev->resolved)
        n += snprintf(at + n, max - (size_t)n, " %s:%d %zu",
                      name_text(&ev->host, host), ev->port, ev->txt_len);
    for (unsigned i = 0; i < ev->addr_count; i++)
        n += snprintf(at + n, max - (size_t)n, " %d.%d.%d.%d",
                      ev->addrs[i].b[0], ev->addrs[i].b[1],
                      ev->addrs[i].b[2], ev->addrs[i].b[3]);
    snprintf(at + n, max - (size_t)n, "\n");
}

static void pull_events(unsigned h)
{
    struct dnssd_event ev;

    while (dnssd_event(hosts[h].d, now_ms, &ev)) {
        hosts[h].counts[ev.kind]++;
        if (!hosts[h].quiet)
            write_event(&hosts[h], &ev);
    }
}

/* The next moment at which anything happens. */
static uint64_t next_ms(void)
{
    uint64_t next = head < tail ? flights[head % DATAGRAMS].at_ms
                                : UINT64_MAX;

    for (unsigned h = 0; h < HOSTS; h++) {
        uint64_t at = engine_deadline_ms(hosts[h].e);

        next = at < next ? at : next;
    }
    return next > now_ms ? next : now_ms;
}

/* Let that much time pass. */
static void run(uint64_t length_ms)
{
    uint64_t until_ms = now_ms + length_ms;
    unsigned turns = 0;

    for (;;) {
        uint64_t next = next_ms();

        if (next > until_ms)
            break;
        turns = next == now_ms ? turns + 1 : 0;
        assert_true(turns < 1000);
        now_ms = next;
        while (head < tail && flights[head % DATAGRAMS].at_ms <= now_ms)
            arrive(&flights[head++ % DATAGRAMS]);
        for (unsigned h = 0; h < HOSTS; h++) {
            engine_advance(hosts[h].e, now_ms);
            send_all(h);
            pull_events(h);
        }
    }
    now_ms = until_ms;
    for (unsigned h = 0; h < HOSTS; h++)
        pull_events(h);
}

/* Events of a host since the last look. */
static const char *events(unsigned h)
{
    static char copy[sizeof hosts[0].log];

    memcpy(copy, hosts[h].log, sizeof copy);
    hosts[h].log[0] = '\0';
    return copy;
}

/* --- what hosts do ---------------------------------------------------- */

static struct dnssd_host *add_host(unsigned h, const char *name)
{
    struct dnssd_host_spec spec = {
        .name = named(name),
        .addresses = true,
        .reverse = true,
        .links = LINKS_ALL,
    };
    struct dnssd_host *host;

    assert_int_equal(dnssd_host_add(hosts[h].d, now_ms, &spec, &host),
                     ENGINE_OK);
    return host;
}

static struct dnssd_service *add(unsigned h, const char *instance,
                                 const char *type, struct dnssd_host *host,
                                 const char *subtype)
{
    struct dnssd_type sub;
    struct dnssd_service_spec spec = {
        .instance = instance,
        .instance_len = strlen(instance),
        .type = type_of(type),
        .domain = named("local"),
        .port = 80,
        .txt = (const uint8_t *)"\003a=1",
        .txt_len = 4,
        .host = host,
        .links = LINKS_ALL,
    };
    struct dnssd_service *s;

    if (subtype != NULL) {
        sub = type_of(subtype);
        spec.subtypes = &sub;
        spec.subtype_count = 1;
    }
    assert_int_equal(dnssd_register(hosts[h].d, now_ms, &spec, &s),
                     ENGINE_OK);
    return s;
}

static struct dnssd_browse *browse(unsigned h, const char *type,
                                   unsigned flags)
{
    struct dnssd_type t = type_of(type);
    struct name local = named("local");
    struct dnssd_browse *b = dnssd_browse(hosts[h].d, now_ms, &t, &local,
                                          LINKS_ALL, flags, NULL);

    assert_non_null(b);
    return b;
}

/* --- tests ------------------------------------------------------------ */

/* S-4.1-02 S-5.0-01 S-7.1-01 S-7.1-06: published, found by type and
 * subtype, resolved, changed, and gone with a goodbye. */
static void a_service_from_start_to_end(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");
    struct dnssd_service *s = add(0, "My Web", "_http._tcp", host,
                                  "_http._tcp,_Printer");
    const char *log;

    (void)state;
    browse(1, "_http._tcp", DNSSD_RESOLVE);
    browse(1, "_http._tcp,_printer", 0);
    run(3000);
    log = events(0);
    assert_non_null(strstr(log, "announced 0 box.local.\n"));
    assert_non_null(
        strstr(log, "announced 0 My\\032Web._http._tcp.local.\n"));
    assert_string_equal(events(1),
                        "found 0 My\\032Web._http._tcp.local.\n"
                        "found 0 My\\032Web._http._tcp.local. "
                        "box.local.:80 4 10.0.0.1\n");
    assert_int_equal(dnssd_update_txt(hosts[0].d, now_ms, s, NULL, 0),
                     ENGINE_OK);
    run(3000);
    assert_string_equal(events(1),
                        "changed 0 My\\032Web._http._tcp.local. "
                        "box.local.:80 1 10.0.0.1\n");
    /* hours later it is still there, and nothing was said about it */
    run(3 * 3600 * 1000);
    assert_string_equal(events(1), "");
    dnssd_unregister(hosts[0].d, now_ms, s);
    run(3000);
    assert_string_equal(events(1),
                        "lost 0 My\\032Web._http._tcp.local.\n"
                        "lost 0 My\\032Web._http._tcp.local.\n");
    assert_string_equal(events(0), "");
}

/* A client that comes late is served from the cache at once; S-3.0-01: by
 * its name an instance is resolved without browsing. */
static void resolves_by_name(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");
    struct name full = named("a\\.b._http._tcp.local"), box;
    struct dnssd_browse *b;

    (void)state;
    add(0, "a.b", "_http._tcp", host, NULL);
    run(5000);
    b = dnssd_resolve(hosts[1].d, now_ms, &full, LINKS_ALL, NULL);
    run(500);
    assert_string_equal(events(1), "found 0 a\\.b._http._tcp.local. "
                                   "box.local.:80 4 10.0.0.1\n");
    assert_non_null(
        dnssd_resolve(hosts[1].d, now_ms, &full, LINKS_ALL, NULL));
    run(0);
    assert_string_equal(events(1), "found 0 a\\.b._http._tcp.local. "
                                   "box.local.:80 4 10.0.0.1\n");
    dnssd_stop(hosts[1].d, now_ms, b);
    box = named("box.local");
    assert_non_null(dnssd_lookup(hosts[1].d, now_ms, &box, ADDR_V4 | ADDR_V6,
                                 LINKS_ALL, NULL));
    run(1500);
    assert_string_equal(events(1), "addr-found 0 box.local. 10.0.0.1\n"
                                   "addr-none 0 box.local.\n");
}

/* One's own services are found like those of others; the loop-back of what
 * was sent does not find them twice. */
static void finds_its_own(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");
    struct dnssd_service *s;
    const char *found;

    (void)state;
    browse(0, "_http._tcp", DNSSD_RESOLVE);
    s = add(0, "x", "_http._tcp", host, NULL);
    run(10000);
    found = strstr(events(0), "found");
    assert_non_null(found);
    assert_string_equal(found, "found 0 x._http._tcp.local. local "
                               "box.local.:80 4 10.0.0.1\n");
    dnssd_unregister(hosts[0].d, now_ms, s);
    run(10000);
    assert_string_equal(events(0), "lost 0 x._http._tcp.local.\n");
}

/* S-9.0-01 S-9.0-02: two types of three services; one goes. */
static void enumerates_types(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");
    struct name local = named("local");
    struct dnssd_service *a = add(0, "a", "_http._tcp", host,
                                  "_http._tcp,_printer");
    struct dnssd_service *b = add(0, "b", "_http._tcp", host, NULL);
    char log[256];

    (void)state;
    add(0, "c", "_ipp._tcp", host, NULL);
    assert_non_null(
        dnssd_enumerate(hosts[1].d, now_ms, &local, LINKS_ALL, NULL));
    run(3000);
    snprintf(log, sizeof log, "%s", events(1));
    assert_non_null(strstr(log, "type-found 0 _http._tcp.\n"));
    assert_non_null(strstr(log, "type-found 0 _ipp._tcp.\n"));
    assert_int_equal(strlen(log), strlen("type-found 0 _http._tcp.\n"
                                         "type-found 0 _ipp._tcp.\n"));
    dnssd_unregister(hosts[0].d, now_ms, a);
    run(3000);
    assert_string_equal(events(1), "");
    dnssd_unregister(hosts[0].d, now_ms, b);
    run(3000);
    assert_string_equal(events(1), "type-lost 0 _http._tcp.\n");
}

/* S-D.0-01: two instances of one name; the later one takes another and is
 * found under it. */
static void renames_on_conflict(void **state)
{
    struct dnssd_host *one = add_host(0, "box.local");
    struct dnssd_host *two = add_host(1, "other.local");
    struct dnssd_service *s;
    struct name name;
    char text[NAME_TEXT_MAX];

    (void)state;
    browse(0, "_http._tcp", DNSSD_RESOLVE);
    add(0, "Web", "_http._tcp", one, NULL);
    run(5000);
    events(0);
    s = add(1, "Web", "_http._tcp", two, NULL);
    run(10000);
    assert_string_equal(events(0), "found 0 Web\\032#2._http._tcp.local. "
                                   "other.local.:80 4 10.0.0.2\n");
    dnssd_service_name(s, &name);
    assert_string_equal(name_text(&name, text),
                        "Web\\032#2._http._tcp.local.");
    assert_non_null(strstr(events(1), "renamed 0 Web\\032#2."));
}

/* A host of ours gets another name: its services follow. */
static void follows_a_host_rename(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");
    struct name name = named("case.local");

    (void)state;
    add(0, "x", "_http._tcp", host, NULL);
    browse(1, "_http._tcp", DNSSD_RESOLVE);
    run(5000);
    events(1);
    assert_int_equal(dnssd_host_rename(hosts[0].d, now_ms, host, &name),
                     ENGINE_OK);
    run(10000);
    assert_string_equal(events(1), "changed 0 x._http._tcp.local. "
                                   "case.local.:80 4 10.0.0.1\n");
}

/* S-F.0-04: found on each link that comes up, lost on the one that goes. */
static void follows_links(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");

    (void)state;
    add(0, "x", "_http._tcp", host, NULL);
    browse(1, "_http._tcp", DNSSD_RESOLVE);
    run(5000);
    events(1);
    link_up(0, 1);
    link_up(1, 1);
    run(5000);
    assert_string_equal(events(1), "found 1 x._http._tcp.local. "
                                   "box.local.:80 4 10.0.1.1\n");
    link_down(1, 0);
    run(10);
    assert_string_equal(events(1), "lost 0 x._http._tcp.local.\n");
    run(3600000);
    assert_string_equal(events(1), "");
}

/* The host vanishes without a goodbye: within the life of its address the
 * instance is lost, although its PTR would live for another hour. */
static void loses_a_vanished_host(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");

    (void)state;
    add(0, "x", "_http._tcp", host, NULL);
    browse(1, "_http._tcp", DNSSD_RESOLVE);
    run(5000);
    events(1);
    link_down(0, 0);
    run(150 * 1000);
    assert_string_equal(events(1), "lost 0 x._http._tcp.local.\n");
    link_up(0, 0);
    run(5000);
    assert_string_equal(events(1), "found 0 x._http._tcp.local. "
                                   "box.local.:80 4 10.0.0.1\n");
}

/* S-7.0-03: letter case of types does not matter, either way. */
static void ignores_case_of_types(void **state)
{
    struct dnssd_host *host = add_host(0, "box.local");

    (void)state;
    add(0, "x", "_http._tcp", host, NULL);
    add(0, "y", "_IPP._TCP", host, NULL);
    run(3000);
    browse(1, "_HTTP._TCP", 0);
    browse(1, "_ipp._tcp", 0);
    hosts[1].quiet = true;
    run(3000);
    assert_int_equal(hosts[1].counts[DNSSD_FOUND], 2);
}

/* Many instances of one host arrive, each once, and go again. */
static void finds_a_thousand(void **state)
{
    enum { MANY = 1000 };
    struct dnssd_host *host;
    struct dnssd_service *s[MANY];
    struct dnssd_stats before, ds;
    size_t engine_before;

    (void)state;
    end(NULL);
    begin_with(MANY);
    hosts[0].quiet = hosts[1].quiet = true;
    host = add_host(0, "box.local");
    browse(1, "_http._tcp", DNSSD_RESOLVE);
    run(1000);
    engine_before = engine_stats(hosts[0].e)->memory_used;
    dnssd_stats(hosts[0].d, &before);
    for (int i = 0; i < MANY; i++) {
        char name[32];

        snprintf(name, sizeof name, "Web %d", i);
        s[i] = add(0, name, "_http._tcp", host, NULL);
    }
    run(20000);
    dnssd_stats(hosts[0].d, &ds);
    print_message("a service: %zu bytes here, %zu in the engine\n",
                  (ds.memory_used - before.memory_used) / MANY,
                  (engine_stats(hosts[0].e)->memory_used - engine_before) /
                      MANY);
    dnssd_stats(hosts[1].d, &ds);
    assert_int_equal(ds.left_out, 0);
    assert_int_equal(hosts[1].counts[DNSSD_FOUND], MANY);
    assert_int_equal(hosts[1].counts[DNSSD_CHANGED], 0);
    assert_int_equal(hosts[1].counts[DNSSD_LOST], 0);
    for (int i = 0; i < MANY; i++)
        dnssd_unregister(hosts[0].d, now_ms, s[i]);
    run(20000);
    assert_int_equal(hosts[1].counts[DNSSD_FOUND], MANY);
    assert_int_equal(hosts[1].counts[DNSSD_LOST], MANY);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_service_from_start_to_end),
        TEST(resolves_by_name),
        TEST(finds_its_own),
        TEST(enumerates_types),
        TEST(renames_on_conflict),
        TEST(follows_a_host_rename),
        TEST(follows_links),
        TEST(loses_a_vanished_host),
        TEST(ignores_case_of_types),
        TEST(finds_a_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
