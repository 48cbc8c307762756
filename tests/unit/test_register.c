/*
 * test_register.c - services, hosts and types that we publish
 *
 * Ids in comments are those of tests/requirements.tsv; R and H ids are
 * complaints and hostile inputs that have hurt other programs.
 */
#include "fake_engine.h"

static struct dnssd_service_spec service(const char *instance,
                                         const char *type,
                                         struct dnssd_host *host)
{
    return (struct dnssd_service_spec){
        .instance = instance,
        .instance_len = strlen(instance),
        .type = type_of(type),
        .domain = named("local"),
        .port = 80,
        .host = host,
        .links = LINKS_ALL,
    };
}

static struct dnssd_host *add_host(const char *name)
{
    struct dnssd_host_spec spec = {
        .name = named(name),
        .addresses = true,
        .reverse = true,
        .links = LINKS_ALL,
    };
    struct dnssd_host *h;

    assert_int_equal(dnssd_host_add(dnssd, 0, &spec, &h), ENGINE_OK);
    return h;
}

/*
 * S-4.1-02 S-4.1.1-07 S-5.0-03 S-6.0-01 S-6.1-03 S-7.1-02 S-7.1-03 S-9.0-01:
 * one claim with SRV 0 0, TXT of one zero byte, PTRs from the type and each
 * subtype (once, S-7.1-06) to the instance, which is one label; and the type
 * itself for enumeration.
 */
static void registers_a_service(void **state)
{
    struct dnssd_host *h = add_host("box.local");
    struct dnssd_type subs[] = {type_of("_http._tcp,_printer"),
                                type_of("_http._tcp,\\001\\.\\255"),
                                type_of("_http._tcp,_PRINTER")};
    struct dnssd_service_spec spec = service("a.b", "_http._tcp", h);
    struct dnssd_service *s;
    struct name name;

    (void)state;
    spec.subtypes = subs;
    spec.subtype_count = COUNT(subs);
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    assert_string_equal(
        calls(),
        "claim 1 host box.local. addresses reverse\n"
        " 1: commit\n"
        "claim 2 service a\\.b._http._tcp.local.\n"
        " 2: @ type 33 000000000050 -> 1\n"
        " 2: @ type 16 00\n"
        " 2: _http._tcp.local. type 12 shared -> 2\n"
        " 2: _printer._sub._http._tcp.local. type 12 shared -> 2\n"
        " 2: \\001\\.\\255._sub._http._tcp.local. type 12 shared -> 2\n"
        "claim 3\n"
        " 3: _services._dns-sd._udp.local. type 12 shared "
        "055f68747470045f746370056c6f63616c00\n"
        " 2: commit\n");
    dnssd_service_name(s, &name);
    assert_string_equal(text(&name), "a\\.b._http._tcp.local.");
    dnssd_unregister(dnssd, 0, s);
    dnssd_host_remove(dnssd, 0, h);
    assert_string_equal(calls(), " 2: withdraw\n 3: withdraw\n"
                                 " 1: withdraw\n");
}

/* The whole of what a service may say; W-2782-format-01. */
static void registers_every_field(void **state)
{
    const uint8_t txt[] = "\003a=1";
    struct dnssd_service_spec spec = service("x", "_http._udp", NULL);
    struct dnssd_service *s;

    (void)state;
    spec.priority = 1;
    spec.weight = 256;
    spec.port = 65535;
    spec.target = named("other.local");
    spec.txt = txt;
    spec.txt_len = 4;
    spec.ttl_s = 60;
    spec.links = 5;
    spec.domain = named("example.com");
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    assert_string_equal(
        calls(),
        "claim 1 service x._http._udp.example.com. links 5\n"
        " 1: @ type 33 00010100ffff056f74686572056c6f63616c00\n"
        " 1: @ type 16 ttl 60 03613d31\n"
        " 1: _http._udp.example.com. type 12 shared ttl 60 -> 1\n"
        "claim 2 links 5\n"
        " 2: _services._dns-sd._udp.example.com. type 12 shared "
        "055f68747470045f756470076578616d706c6503636f6d00\n"
        " 1: commit\n");
}

/* S-9.0-01: one record a type, as long as one of its services is there. */
static void counts_services_of_a_type(void **state)
{
    struct dnssd_service_spec a = service("a", "_http._tcp", NULL);
    struct dnssd_service_spec b = service("b", "_HTTP._tcp", NULL);
    struct dnssd_service_spec c = service("c", "_ipp._tcp", NULL);
    struct dnssd_service *sa, *sb, *sc;
    size_t before = stats().memory_used;

    (void)state;
    a.target = b.target = c.target = named("h.local");
    assert_int_equal(dnssd_register(dnssd, 0, &a, &sa), ENGINE_OK);
    assert_int_equal(dnssd_register(dnssd, 0, &b, &sb), ENGINE_OK);
    assert_int_equal(dnssd_register(dnssd, 0, &c, &sc), ENGINE_OK);
    assert_int_equal(fake.claim_count, 3 + 2);
    calls();
    dnssd_unregister(dnssd, 0, sa);
    assert_string_equal(calls(), " 1: withdraw\n");
    dnssd_unregister(dnssd, 0, sc);
    assert_string_equal(calls(), " 4: withdraw\n 5: withdraw\n");
    dnssd_unregister(dnssd, 0, sb);
    assert_string_equal(calls(), " 3: withdraw\n 2: withdraw\n");
    assert_empty(before);
}

static void take_events(void)
{
    struct dnssd_event ev;

    while (dnssd_event(dnssd, 0, &ev))
        assert_int_equal(ev.kind, DNSSD_SERVICE);
}

/* M-8.3-01: a type is told only once there is a service of it. */
static void holds_a_type_back(void **state)
{
    struct dnssd_service_spec a = service("a", "_http._tcp", NULL);
    struct dnssd_service_spec b = service("b", "_http._tcp", NULL);
    struct dnssd_service *sa, *sb;

    (void)state;
    a.target = b.target = named("h.local");
    b.links = 3;
    assert_int_equal(dnssd_register(dnssd, 0, &a, &sa), ENGINE_OK);
    assert_int_equal(dnssd_register(dnssd, 0, &b, &sb), ENGINE_OK);
    assert_int_equal(fake.claim_count, 3); /* a, its type, b */
    take_events();
    calls();
    announce(3, 1); /* b, whose links the claim of a's mask covers */
    take_events();
    assert_string_equal(calls(), " 2: commit\n");
    announce(1, 0);
    announce(1, 1);
    announce(3, 0);
    take_events();
    assert_string_equal(calls(), "");
    dnssd_unregister(dnssd, 0, sa);
    assert_string_equal(calls(),
                        " 1: withdraw\n 2: withdraw\n"
                        "claim 4 links 3\n"
                        " 4: _services._dns-sd._udp.local. type 12 shared "
                        "055f68747470045f746370056c6f63616c00\n"
                        " 4: commit\n");
    dnssd_unregister(dnssd, 0, sb);
    calls();

    /* Nothing is announced of one that never got its name. */
    assert_int_equal(dnssd_register(dnssd, 0, &a, &sa), ENGINE_OK);
    dnssd_unregister(dnssd, 0, sa);
    assert_null(strstr(calls(), " 6: commit"));
}

/* The record of a type is on each link once, whatever masks services have,
 * and stays where one of them remains. */
static void splits_types_by_links(void **state)
{
    struct dnssd_service_spec spec = service("a", "_http._tcp", NULL);
    struct dnssd_service *wide, *one, *two;
    size_t before = stats().memory_used;

    (void)state;
    spec.target = named("h.local");
    spec.links = 3;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &wide), ENGINE_OK);
    spec.links = 1;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &one), ENGINE_OK);
    assert_int_equal(fake.claim_count, 3); /* link 0 is covered */
    spec.links = 6;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &two), ENGINE_OK);
    assert_non_null(strstr(calls(), "claim 5 links 4\n"));
    announce(1, 0);
    announce(3, 0);
    announce(4, 2);
    take_events();
    assert_string_equal(calls(), " 2: commit\n 5: commit\n");
    dnssd_unregister(dnssd, 0, wide);
    assert_string_equal(
        calls(),
        " 1: withdraw\n 2: withdraw\n"
        " 5: withdraw\n"
        "claim 6 links 6\n"
        " 6: _services._dns-sd._udp.local. type 12 shared "
        "055f68747470045f746370056c6f63616c00\n"
        " 6: commit\n"
        "claim 7 links 1\n"
        " 7: _services._dns-sd._udp.local. type 12 shared "
        "055f68747470045f746370056c6f63616c00\n"
        " 7: commit\n");
    dnssd_unregister(dnssd, 0, one);
    dnssd_unregister(dnssd, 0, two);
    assert_empty(before);
}

/* S-8.0-02 S-8.0-04 S-8.0-05: SRV 0 0 0 to the host, no PTR, no type. */
static void registers_a_placeholder(void **state)
{
    struct dnssd_host *h = add_host("box.local");
    struct dnssd_service_spec spec = service("p", "_printer._tcp", h);
    struct dnssd_service *s;

    (void)state;
    spec.placeholder = true;
    spec.priority = 7;
    spec.txt = (const uint8_t *)"\003a=1";
    spec.txt_len = 4;
    calls();
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    assert_string_equal(calls(),
                        "claim 2 service p._printer._tcp.local.\n"
                        " 2: @ type 33 000000000000 -> 1\n"
                        " 2: @ type 16 00\n"
                        " 2: commit\n");
    dnssd_unregister(dnssd, 0, s);
}

/* S-6.1-03 S-6.1-01: removed data is one zero byte again; 8900 bytes fit. */
static void updates_txt(void **state)
{
    static uint8_t big[DNSSD_TXT_MAX + 1];
    struct dnssd_service_spec spec = service("a", "_http._tcp", NULL);
    struct dnssd_service *s;

    (void)state;
    spec.target = named("h.local");
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    calls();
    assert_int_equal(
        dnssd_update_txt(dnssd, 0, s, (const uint8_t *)"\1a", 2), ENGINE_OK);
    assert_int_equal(dnssd_update_txt(dnssd, 0, s, NULL, 0), ENGINE_OK);
    assert_int_equal(
        dnssd_update_txt(dnssd, 0, s, (const uint8_t *)"", 0), ENGINE_OK);
    assert_int_equal(dnssd_update_txt(dnssd, 0, s, big, sizeof big),
                     ENGINE_TOO_BIG);
    assert_string_equal(calls(), " 1: update type 16 0161\n"
                                 " 1: update type 16 00\n"
                                 " 1: update type 16 00\n");
    assert_int_equal(dnssd_update_txt(dnssd, 0, s, big, DNSSD_TXT_MAX),
                     ENGINE_OK);
}

/* S-4.1.1-02 S-4.1.1-08 S-6.1-01 S-7.1-05 S-7.2-01: refused at entry, and
 * nothing of it stays. */
static void refuses_bad_services(void **state)
{
    static uint8_t big[DNSSD_TXT_MAX + 1];
    static struct dnssd_type subs[DNSSD_SUBTYPES_MAX + 1];
    struct dnssd_service_spec good = service("a", "_http._tcp", NULL);
    struct dnssd_service_spec spec;
    struct dnssd_service *s = NULL;
    size_t before = stats().memory_used;
    char label[64];

    (void)state;
    good.target = named("h.local");
    spec = good;
    spec.instance = "a\nb";
    spec.instance_len = 3;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_BAD_RDATA);
    spec.instance_len = 0;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_BAD_RDATA);
    memset(label, 'a', sizeof label);
    spec.instance = label;
    spec.instance_len = 64;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_BAD_RDATA);

    spec = good;
    spec.txt = big;
    spec.txt_len = sizeof big;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_TOO_BIG);

    spec = good;
    for (size_t i = 0; i < COUNT(subs); i++) {
        subs[i].sub_len = 2;
        subs[i].sub[0] = 's';
        subs[i].sub[1] = (uint8_t)i;
    }
    subs[5].sub_len = 0;
    spec.subtypes = subs;
    spec.subtype_count = 6;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_TOO_BIG);
    spec.subtype_count = COUNT(subs);
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_FULL);
    assert_null(s);
    assert_empty(before);
}

/* S-7.2-01: 255 bytes and the final zero, and not one more. */
static void registers_the_longest_name(void **state)
{
    struct dnssd_service_spec spec = service("a", "_abcdefghijklmno._tcp",
                                             NULL);
    struct dnssd_service *s;
    char label[64];

    (void)state;
    memset(label, 'a', sizeof label);
    spec.target = named("h.local");
    name_root(&spec.domain); /* 64 + 17 + 5 + 1, and 169 of the domain */
    assert_true(name_prepend(&spec.domain, label, 40));
    assert_true(name_prepend(&spec.domain, label, 63));
    assert_true(name_prepend(&spec.domain, label, 63));
    spec.instance = label;
    spec.instance_len = 63;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    spec.domain.len = 1;
    spec.domain.wire[0] = 0;
    assert_true(name_prepend(&spec.domain, label, 41));
    assert_true(name_prepend(&spec.domain, label, 63));
    assert_true(name_prepend(&spec.domain, label, 63));
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_TOO_BIG);
}

/* Whichever call of the engine is refused, nothing is left behind. */
static void survives_a_full_engine(void **state)
{
    struct dnssd_type sub = type_of("_http._tcp,_printer");
    struct addr addr = {ADDR_V4, {192, 0, 2, 1}};
    struct dnssd_host_spec host = {.name = named("h.local"),
                                   .fixed = &addr,
                                   .fixed_count = 1,
                                   .reverse = true,
                                   .links = LINKS_ALL};
    struct dnssd_service_spec spec = service("a", "_http._tcp", NULL);
    size_t before = stats().memory_used;
    struct dnssd_service *s;
    struct dnssd_host *h;
    unsigned n;

    (void)state;
    spec.target = named("h.local");
    spec.subtypes = &sub;
    spec.subtype_count = 1;
    for (n = 0;; n++) {
        fake.calls_left = n;
        if (dnssd_register(dnssd, 0, &spec, &s) == ENGINE_OK)
            break;
        assert_empty(before);
    }
    assert_int_equal(n, 1 + 4 + 2);
    dnssd_unregister(dnssd, 0, s);
    for (n = 0;; n++) {
        fake.calls_left = n;
        if (dnssd_host_add(dnssd, 0, &host, &h) == ENGINE_OK)
            break;
        assert_empty(before);
    }
    assert_int_equal(n, 3);
    dnssd_host_remove(dnssd, 0, h);
    assert_empty(before);
}

static void keeps_services_max(void **state)
{
    struct dnssd_service_spec spec = service("a", "_http._tcp", NULL);
    struct dnssd_service *s[3];
    struct dnssd_host_spec host = {.name = named("h.local")};
    struct dnssd_host *h;

    free(memory);
    begin_with(2, 1, 1);
    (void)state;
    spec.target = named("h.local");
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s[0]), ENGINE_OK);
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s[1]), ENGINE_OK);
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s[2]), ENGINE_FULL);
    assert_int_equal(dnssd_host_add(dnssd, 0, &host, &h), ENGINE_OK);
    assert_int_equal(dnssd_host_add(dnssd, 0, &host, &h), ENGINE_OK);
    assert_int_equal(dnssd_host_add(dnssd, 0, &host, &h), ENGINE_FULL);
    dnssd_unregister(dnssd, 0, s[1]);
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s[2]), ENGINE_OK);
}

/* Addresses of another host, with their reverse names. */
static void registers_a_proxy_host(void **state)
{
    struct addr addrs[2] = {
        {ADDR_V4, {192, 0, 2, 10}},
        {ADDR_V6, {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1f,
                   0xa0}},
    };
    struct dnssd_host_spec spec = {
        .name = named("guest.local"),
        .fixed = addrs,
        .fixed_count = 2,
        .reverse = true,
        .links = LINKS_ALL,
    };
    struct dnssd_host *h;
    struct name name = named("other.local");

    (void)state;
    assert_int_equal(dnssd_host_add(dnssd, 0, &spec, &h), ENGINE_OK);
    assert_string_equal(
        calls(),
        "claim 1 host guest.local.\n"
        " 1: @ type 1 c000020a\n"
        " 1: 10.2.0.192.in-addr.arpa. type 12 -> 1\n"
        " 1: @ type 28 20010db8000000000000000000001fa0\n"
        " 1: 0.a.f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
        "ip6.arpa. type 12 -> 1\n"
        " 1: commit\n");
    assert_int_equal(dnssd_host_rename(dnssd, 0, h, &name), ENGINE_OK);
    assert_string_equal(calls(), " 1: rename other.local.\n");
    dnssd_host_name(h, &name);
    assert_string_equal(text(&name), "other.local.");
}

/* What happens to a claim reaches whoever registered it; the records of
 * types are nobody's business. */
static void passes_claim_events_on(void **state)
{
    struct dnssd_host *h = add_host("box.local");
    struct dnssd_service_spec spec = service("a", "_http._tcp", h);
    struct watch any = {.used = true};
    struct dnssd_service *s;
    struct dnssd_event ev;
    char cookie[] = "mine";

    (void)state;
    spec.cookie = cookie;
    assert_int_equal(dnssd_register(dnssd, 0, &spec, &s), ENGINE_OK);
    for (int i = 0; i < 3; i++) {
        struct queued *q = &fake.queue[fake.tail++];

        q->watch = &any;
        q->ev = (struct event){
            .kind = EVENT_CLAIM,
            .cookie = fake.claims[i].cookie,
            .link = 3,
            .name = named(i == 1 ? "a\\032#2._http._tcp.local" : "box.local"),
            .old_name = named("old.local"),
            .claim = &fake.claims[i],
            .state = CLAIM_RENAMED,
            .source = {ADDR_V4, {192, 0, 2, 66}},
        };
    }
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_int_equal(ev.kind, DNSSD_HOST);
    assert_null(ev.cookie);
    assert_string_equal(text(&ev.name), "box.local.");
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_int_equal(ev.kind, DNSSD_SERVICE);
    assert_ptr_equal(ev.cookie, cookie);
    assert_int_equal(ev.state, CLAIM_RENAMED);
    assert_int_equal(ev.link, 3);
    assert_int_equal(ev.source.b[3], 66);
    assert_string_equal(text(&ev.name), "a\\032#2._http._tcp.local.");
    assert_string_equal(text(&ev.old_name), "old.local.");
    assert_string_equal(text(&ev.type), "_http._tcp.");
    assert_string_equal(text(&ev.domain), "local.");
    assert_false(dnssd_event(dnssd, 0, &ev));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registers_a_service),
        TEST(registers_every_field),
        TEST(counts_services_of_a_type),
        TEST(holds_a_type_back),
        TEST(splits_types_by_links),
        TEST(registers_a_placeholder),
        TEST(updates_txt),
        TEST(refuses_bad_services),
        TEST(registers_the_longest_name),
        TEST(survives_a_full_engine),
        TEST(keeps_services_max),
        TEST(registers_a_proxy_host),
        TEST(passes_claim_events_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
