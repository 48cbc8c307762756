/*
 * test_dnssd.c - finding: browse, resolve, enumerate, look up
 *
 * Ids in comments are those of tests/requirements.tsv; R and H ids are
 * complaints and hostile inputs that have hurt other programs.
 */
#include "fake_engine.h"

/* --- what the test says ---------------------------------------------- */

/* Flat rdata: hex, with names as text in braces. */
static size_t rdata_from(const char *string, uint8_t *out)
{
    size_t len = 0;

    while (*string != '\0') {
        const char *brace = strchr(string, '{');
        size_t plain = brace != NULL ? (size_t)(brace - string)
                                     : strlen(string);
        char part[1024];
        size_t part_len;
        uint8_t *bytes;

        snprintf(part, sizeof part, "%.*s", (int)plain, string);
        bytes = hex_alloc(part, &part_len);
        memcpy(out + len, bytes, part_len);
        len += part_len;
        free(bytes);
        string += plain;
        if (*string == '{') {
            size_t name_len = strcspn(string, "}");
            struct name name;

            snprintf(part, sizeof part, "%.*s", (int)name_len - 1,
                     string + 1);
            name = named(part);
            memcpy(out + len, name.wire, name.len);
            len += name.len;
            string += name_len + 1;
        }
    }
    return len;
}

static void tell_all(const struct heard *h, enum event_kind kind)
{
    for (size_t i = 0; i < WATCHES; i++) {
        struct watch *w = &fake.watches[i];

        if (w->used && w->type == h->type && name_equal(&w->name, &h->name) &&
            (w->links >> h->link & 1) != 0)
            tell(w, h, kind);
    }
}

static struct heard *heard_find(const struct heard *like)
{
    for (size_t i = 0; i < HEARD; i++) {
        struct heard *h = &fake.heard[i];

        if (h->used && h->link == like->link && h->type == like->type &&
            h->local == like->local && name_equal(&h->name, &like->name) &&
            h->len == like->len && memcmp(h->rdata, like->rdata, h->len) == 0)
            return h;
    }
    return NULL;
}

static struct heard record(uint8_t link, const char *owner, uint16_t type,
                           const char *rdata)
{
    struct heard h = {.used = true, .link = link, .type = type};

    h.name = named(owner);
    h.len = rdata_from(rdata, h.rdata);
    return h;
}

static void hear_record(const struct heard *h)
{
    size_t i = 0;

    assert_null(heard_find(h));
    while (fake.heard[i].used)
        assert_true(++i < HEARD);
    fake.heard[i] = *h;
    tell_all(h, EVENT_RR_ADD);
}

static void hear(uint8_t link, const char *owner, uint16_t type,
                 const char *rdata)
{
    struct heard h = record(link, owner, type, rdata);

    hear_record(&h);
}

static void forget_record(const struct heard *like)
{
    struct heard *h = heard_find(like);

    assert_non_null(h);
    tell_all(h, EVENT_RR_REMOVE);
    h->used = false;
}

static void forget(uint8_t link, const char *owner, uint16_t type,
                   const char *rdata)
{
    struct heard h = record(link, owner, type, rdata);

    forget_record(&h);
}

static void deny(uint8_t link, const char *owner, uint16_t type)
{
    struct heard h = record(link, owner, type, "");

    tell_all(&h, EVENT_RR_DENIED);
}

static bool watched(const char *owner, uint16_t type, uint64_t links)
{
    struct name name = named(owner);

    for (size_t i = 0; i < WATCHES; i++) {
        struct watch *w = &fake.watches[i];

        if (w->used && w->type == type && w->links == links &&
            name_equal(&w->name, &name))
            return true;
    }
    return false;
}

static const char *const kind_names[] = {
    [DNSSD_FOUND] = "found",
    [DNSSD_CHANGED] = "changed",
    [DNSSD_LOST] = "lost",
    [DNSSD_TYPE_FOUND] = "type-found",
    [DNSSD_TYPE_LOST] = "type-lost",
    [DNSSD_ADDR_FOUND] = "addr-found",
    [DNSSD_ADDR_LOST] = "addr-lost",
    [DNSSD_ADDR_NONE] = "addr-none",
    [DNSSD_RR_ADDED] = "added",
    [DNSSD_RR_REMOVED] = "removed",
    [DNSSD_RR_DENIED] = "denied",
    [DNSSD_HOST] = "host",
    [DNSSD_SERVICE] = "service",
};

static void describe(const struct dnssd_event *ev, char *out, size_t max)
{
    const char *cookie = ev->cookie != NULL ? ev->cookie : "";
    int n = snprintf(out, max, "%s%s%s %d %s", cookie,
                     ev->cookie != NULL ? " " : "", kind_names[ev->kind],
                     ev->link, text(&ev->name));

    if (ev->resolved)
        n += snprintf(out + n, max - (size_t)n, " %s:%d/%d/%d",
                      text(&ev->host), ev->port, ev->priority, ev->weight);
    for (unsigned i = 0; i < ev->addr_count; i++)
        n += snprintf(out + n, max - (size_t)n, " %d.%d.%d",
                      ev->addrs[i].family, ev->addrs[i].b[0],
                      ev->addrs[i].b[3]);
    if (ev->resolved) {
        n += snprintf(out + n, max - (size_t)n, " ");
        for (size_t i = 0; i < ev->txt_len; i++)
            n += snprintf(out + n, max - (size_t)n, "%02x", ev->txt[i]);
    }
    if (ev->local)
        n += snprintf(out + n, max - (size_t)n, " local");
    snprintf(out + n, max - (size_t)n, "\n");
}

/* All events that come now, a line each. */
static const char *events(void)
{
    static char buf[16384];
    struct dnssd_event ev;
    size_t len = 0;

    buf[0] = '\0';
    while (dnssd_event(dnssd, 0, &ev)) {
        describe(&ev, buf + len, sizeof buf - len);
        len += strlen(buf + len);
    }
    return buf;
}

/* --- browsing -------------------------------------------------------- */

static struct dnssd_browse *browse(const char *type, uint64_t links,
                                   unsigned flags, const char *cookie)
{
    struct dnssd_type t = type_of(type);
    struct name local = named("local");
    struct dnssd_browse *b = dnssd_browse(dnssd, 0, &t, &local, links, flags,
                                          (void *)(uintptr_t)cookie);

    assert_non_null(b);
    return b;
}

/* S-4.1-01 S-7.1-01: the questions of each kind. */
static void asks_the_right_questions(void **state)
{
    struct name local = named("local"), full, host;
    struct dnssd_browse *b[6];

    (void)state;
    full = named("x._http._tcp.local");
    host = named("box.local");
    b[0] = browse("_ipp._tcp", 6, 0, "");
    assert_true(watched("_ipp._tcp.local", 12, 6));
    b[1] = browse("_http._tcp,_printer", LINKS_ALL, 0, "");
    assert_true(watched("_printer._sub._http._tcp.local", 12, LINKS_ALL));
    b[2] = dnssd_enumerate(dnssd, 0, &local, 1, NULL);
    assert_true(watched("_services._dns-sd._udp.local", 12, 1));
    b[3] = dnssd_resolve(dnssd, 0, &full, 1, NULL);
    assert_true(watched("x._http._tcp.local", 33, 1));
    assert_true(watched("x._http._tcp.local", 16, 1));
    b[4] = dnssd_lookup(dnssd, 0, &host, ADDR_V4 | ADDR_V6, 1, NULL);
    assert_true(watched("box.local", 1, 1));
    assert_true(watched("box.local", 28, 1));
    b[5] = dnssd_query(dnssd, 0, &host, 255, 1, NULL);
    assert_true(watched("box.local", 255, 1));
    assert_int_equal(watch_count(), 8);
    for (int i = 0; i < 6; i++)
        dnssd_stop(dnssd, 0, b[i]);
    assert_int_equal(watch_count(), 0);

    b[4] = dnssd_lookup(dnssd, 0, &host, ADDR_V6, 1, NULL);
    assert_int_equal(watch_count(), 1);
    assert_true(watched("box.local", 28, 1));
    assert_null(dnssd_lookup(dnssd, 0, &host, 0, 1, NULL));
    assert_null(dnssd_query(dnssd, 0, &host, 0, 1, NULL));
    assert_null(dnssd_resolve(dnssd, 0, &host, 1, NULL));
}

/* S-F.0-02 S-F.0-03 S-F.0-04: each instance once on each link, and lost. */
static void finds_and_loses_instances(void **state)
{
    struct dnssd_event ev;

    (void)state;
    browse("_http._tcp", LINKS_ALL, 0, "b");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    hear(1, "_http._tcp.local", 12, "{X._http._tcp.local}");
    assert_string_equal(events(), "b found 0 x._http._tcp.local.\n"
                                  "b found 1 X._http._tcp.local.\n");
    hear(0, "_http._tcp.local", 12, "{y._http._tcp.local}");
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_string_equal(text(&ev.type), "_http._tcp.");
    assert_string_equal(text(&ev.domain), "local.");
    assert_int_equal(ev.families, ADDR_V4);
    assert_int_equal(ev.ttl_s, 4500);
    assert_int_equal(ev.source.b[3], 9);
    assert_false(ev.resolved);
    forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "b found 0 x._http._tcp.local.\n");
    /* gone and back before anyone looked: nothing happened */
    forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "");
    /* and there and gone */
    hear(0, "_http._tcp.local", 12, "{z._http._tcp.local}");
    forget(0, "_http._tcp.local", 12, "{z._http._tcp.local}");
    assert_string_equal(events(), "");
    assert_int_equal(stats().tracked, 3);
}

/* A PTR that comes over a second family is news, but only once. */
static void tells_of_another_family(void **state)
{
    struct heard h = record(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    struct dnssd_event ev;

    (void)state;
    browse("_http._tcp", LINKS_ALL, 0, "b");
    hear_record(&h);
    assert_string_equal(events(), "b found 0 x._http._tcp.local.\n");
    for (int i = 0; i < 2; i++) {
        for (size_t w = 0; w < WATCHES; w++) {
            if (!fake.watches[w].used)
                continue;
            tell(&fake.watches[w], &h, EVENT_RR_UPDATE);
            fake.queue[(fake.tail - 1) % QUEUED].ev.families = ADDR_V6;
        }
        if (i == 1)
            break;
        assert_true(dnssd_event(dnssd, 0, &ev));
        assert_int_equal(ev.kind, DNSSD_CHANGED);
        assert_int_equal(ev.families, ADDR_V4 | ADDR_V6);
    }
    assert_string_equal(events(), "");
}

/* While a browse is held nothing is told of it; then what became of it, once.
 * Others are not held up. */
static void keeps_back(void **state)
{
    struct dnssd_browse *b, *other;

    (void)state;
    b = browse("_http._tcp", LINKS_ALL, 0, "b");
    other = browse("_http._tcp", LINKS_ALL, 0, "o");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "b found 0 x._http._tcp.local.\n"
                                  "o found 0 x._http._tcp.local.\n");
    dnssd_hold(dnssd, b, true);
    hear(0, "_http._tcp.local", 12, "{y._http._tcp.local}");
    hear(0, "_http._tcp.local", 12, "{z._http._tcp.local}");
    assert_string_equal(events(), "o found 0 y._http._tcp.local.\n"
                                  "o found 0 z._http._tcp.local.\n");
    forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    forget(0, "_http._tcp.local", 12, "{y._http._tcp.local}");
    assert_string_equal(events(), "o lost 0 x._http._tcp.local.\n"
                                  "o lost 0 y._http._tcp.local.\n");
    dnssd_hold(dnssd, b, false);
    assert_string_equal(events(), "b found 0 z._http._tcp.local.\n"
                                  "b lost 0 x._http._tcp.local.\n");
    dnssd_hold(dnssd, b, true);
    forget(0, "_http._tcp.local", 12, "{z._http._tcp.local}");
    assert_string_equal(events(), "o lost 0 z._http._tcp.local.\n");
    dnssd_stop(dnssd, 0, b);
    dnssd_stop(dnssd, 0, other);
    assert_int_equal(stats().tracked, 0);
}

/* What we publish ourselves is found too, once, and stays while a peer
 * publishes it as well. */
static void finds_our_own(void **state)
{
    struct heard own = record(0, "_http._tcp.local", 12,
                              "{x._http._tcp.local}");
    struct heard theirs = own;

    (void)state;
    own.local = true;
    browse("_http._tcp", LINKS_ALL, 0, "b");
    hear_record(&own);
    assert_string_equal(events(), "b found 0 x._http._tcp.local. local\n");
    hear_record(&theirs);
    assert_string_equal(events(), "");
    forget_record(&own);
    assert_string_equal(events(), "");
    forget_record(&theirs);
    assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n");
}

/* S-4.2-02 S-4.2-03 S-4.1.1-01: the instance's own type and domain count,
 * not those that were asked for. */
static void takes_names_as_they_are(void **state)
{
    struct dnssd_event ev;

    (void)state;
    browse("_http._tcp,_printer", LINKS_ALL, 0, "b");
    hear(0, "_printer._sub._http._tcp.local", 12,
         "{A\\.B\\032\\\\\\032\\255\\001._http._tcp.example.com}");
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_string_equal(text(&ev.name),
                        "A\\.B\\032\\\\\\032\\255\\001._http._tcp."
                        "example.com.");
    assert_string_equal(text(&ev.type), "_http._tcp.");
    assert_string_equal(text(&ev.domain), "example.com.");
}

/* PTRs to what is no instance are counted and left out. */
static void leaves_out_malformed_instances(void **state)
{
    static const char *const targets[] = {
        "{.}", "{x}", "{_http._tcp.local}", "{x._http._tcp}",
        "{x.http._tcp.local}", "{a.b.c.d.e}", "05 'x'", "",
        "{x._http._tcp.local} 00",
    };

    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    for (size_t i = 0; i < COUNT(targets); i++)
        hear(0, "_http._tcp.local", 12, targets[i]);
    assert_string_equal(events(), "");
    assert_int_equal(stats().malformed, COUNT(targets));
    assert_int_equal(stats().tracked, 0);
    for (size_t i = 0; i < COUNT(targets); i++)
        forget(0, "_http._tcp.local", 12, targets[i]);
    assert_string_equal(events(), "");
}

/* --- resolving ------------------------------------------------------- */

static const struct {
    const char *owner;
    uint16_t type;
    const char *rdata;
} parts[4] = {
    {"_http._tcp.local", 12, "{x._http._tcp.local}"},
    {"x._http._tcp.local", 33, "0000 0000 0050 {box.local}"},
    {"x._http._tcp.local", 16, "03 'a=1'"},
    {"box.local", 1, "c0000201"},
};

static void hear_all(void)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        hear(0, parts[i].owner, parts[i].type, parts[i].rdata);
}

#define RESOLVED "x._http._tcp.local. box.local.:80/0/0 1.192.1 03613d31\n"

/* S-5.0-01 S-12.0-02: in whatever order records come, together or one by
 * one, there is one event, when the last one is known. */
static void resolves_in_any_order(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 256; order++) {
        unsigned at[4] = {order & 3, order >> 2 & 3, order >> 4 & 3,
                          order >> 6};
        bool together = (order & 1) != 0;

        if ((1u << at[0] | 1u << at[1] | 1u << at[2] | 1u << at[3]) != 15)
            continue;
        free(memory);
        begin_with(1, 1, 4);
        browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
        for (int i = 0; i < 4; i++) {
            hear(0, parts[at[i]].owner, parts[at[i]].type,
                 parts[at[i]].rdata);
            if (i < 3 && !together)
                assert_string_equal(events(), "");
        }
        assert_string_equal(events(), "b found 0 " RESOLVED);
        assert_true(watched("x._http._tcp.local", 33, 1));
        assert_true(watched("x._http._tcp.local", 16, 1));
        assert_true(watched("box.local", 1, 1));
        assert_true(watched("box.local", 28, 1));
        forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
        assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n");
        assert_int_equal(watch_count(), 1);
    }
}

/* S-3.0-01: changes of TXT, port, host and addresses; and no event for what
 * changes nothing. */
static void tells_changes(void **state)
{
    const char *x = "x._http._tcp.local";

    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear_all();
    assert_string_equal(events(), "b found 0 " RESOLVED);

    hear(0, x, 16, "03 'a=2'"); /* the old one goes a second later */
    assert_string_equal(events(), "b changed 0 x._http._tcp.local. "
                                  "box.local.:80/0/0 1.192.1 03613d32\n");
    forget(0, x, 16, "03 'a=1'");
    assert_string_equal(events(), "");

    hear(0, x, 33, "0000 0000 0051 {box.local}");
    assert_string_equal(events(), "b changed 0 x._http._tcp.local. "
                                  "box.local.:81/0/0 1.192.1 03613d32\n");
    forget(0, x, 33, "0000 0000 0050 {box.local}");
    assert_string_equal(events(), "");

    hear(0, "box.local", 28, "fe80 0000 0000 0000 0000 0000 0000 0001");
    hear(0, "box.local", 28, "2001 0000 0000 0000 0000 0000 0000 0001");
    hear(0, "box.local", 1, "a9fe0102"); /* 169.254.1.2 */
    hear(0, "box.local", 1, "0a000005");
    assert_string_equal(events(),
                        "b changed 0 x._http._tcp.local. box.local.:81/0/0 "
                        "1.10.5 1.192.1 2.32.0 1.169.2 2.254.0 03613d32\n");

    /* to another host; nothing is said until its address is known */
    hear(0, x, 33, "0000 0000 0051 {new.local}");
    forget(0, x, 33, "0000 0000 0051 {box.local}");
    assert_string_equal(events(), "");
    assert_false(watched("box.local", 1, 1));
    hear(0, "new.local", 28, "2001 0000 0000 0000 0000 0000 0000 0002");
    assert_string_equal(events(), "b changed 0 x._http._tcp.local. "
                                  "new.local.:81/0/0 2.32.0 03613d32\n");

    /* the same again, and another letter case */
    forget(0, x, 16, "03 'a=2'");
    hear(0, x, 16, "03 'a=2'");
    assert_string_equal(events(), "");
}

/* S-6.1-04: one zero byte, and no TXT at all, both say "no attributes". */
static void takes_empty_txt_for_known(void **state)
{
    static const char found[] = "b found 0 x._http._tcp.local. "
                                "box.local.:80/0/0 1.192.1 00\n";

    (void)state;
    for (int form = 0; form < 3; form++) {
        free(memory);
        begin_with(1, 1, 4);
        browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
        for (size_t i = 0; i < COUNT(parts); i++) {
            if (parts[i].type != 16)
                hear(0, parts[i].owner, parts[i].type, parts[i].rdata);
        }
        assert_string_equal(events(), "");
        if (form == 0)
            hear(0, "x._http._tcp.local", 16, "00");
        else if (form == 1)
            hear(0, "x._http._tcp.local", 16, "");
        else
            deny(0, "x._http._tcp.local", 16);
        assert_string_equal(events(), found);
    }
    hear(0, "x._http._tcp.local", 16, "03 'a=1'");
    assert_string_equal(events(), "b changed 0 " RESOLVED);
}

/* S-14.0-01: an IPv6 address alone will do. */
static void resolves_with_ipv6_only(void **state)
{
    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    for (size_t i = 0; i < 3; i++)
        hear(0, parts[i].owner, parts[i].type, parts[i].rdata);
    events();
    deny(0, "box.local", 1);
    assert_string_equal(events(), "");
    hear(0, "box.local", 28, "fe80 0000 0000 0000 0000 0000 0000 0001");
    assert_string_equal(events(), "b found 0 x._http._tcp.local. "
                                  "box.local.:80/0/0 2.254.0 03613d31\n");
}

/* W-2782-format-07: "." is a service that is not available: no question for
 * the root, nothing found; and lost when it was there. */
static void knows_the_root_target(void **state)
{
    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    hear(0, "x._http._tcp.local", 16, "00");
    hear(0, "x._http._tcp.local", 33, "0000 0000 0000 {.}");
    assert_string_equal(events(), "");
    assert_int_equal(watch_count(), 3);
    hear(0, "x._http._tcp.local", 33, "0000 0000 0050 {box.local}");
    hear(0, "box.local", 1, "c0000201");
    assert_string_equal(events(), "b found 0 x._http._tcp.local. "
                                  "box.local.:80/0/0 1.192.1 00\n");
    forget(0, "x._http._tcp.local", 33, "0000 0000 0050 {box.local}");
    assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n");
    forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "");
    assert_int_equal(stats().tracked, 0);
}

/* S-5.0-02 W-2782-format-02 W-2782-usage-01: the lowest priority is used,
 * wherever it stands, unless its host is known to have no address. */
static void prefers_low_priority(void **state)
{
    const char *x = "x._http._tcp.local";

    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear(0, x, 33, "0005 0000 0050 {b.local}");
    hear(0, x, 33, "000a 0000 0050 {c.local}");
    hear(0, x, 33, "0000 0000 0050 {a.local}");
    hear(0, x, 16, "00");
    hear(0, "c.local", 1, "0c000000");
    hear(0, "b.local", 1, "0b000000");
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), ""); /* a has no address yet */
    deny(0, "a.local", 1);
    assert_string_equal(events(), "");
    deny(0, "a.local", 28);
    assert_string_equal(events(), "b found 0 x._http._tcp.local. "
                                  "b.local.:80/5/0 1.11.0 00\n");
    hear(0, "a.local", 1, "0a000000");
    assert_string_equal(events(), "b changed 0 x._http._tcp.local. "
                                  "a.local.:80/0/0 1.10.0 00\n");
}

/* RFC 6762 section 10.4: when what led to a found instance runs out although
 * its PTR stands, the records before it are doubted, once. */
static void doubts_what_leads_nowhere(void **state)
{
    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear_all();
    events();
    forget(0, "box.local", 1, "c0000201");
    assert_string_equal(events(), "");
    assert_string_equal(calls(), "doubt x._http._tcp.local. type 33 0\n");
    forget(0, "x._http._tcp.local", 33, "0000 0000 0050 {box.local}");
    assert_string_equal(events(), "");
    assert_string_equal(calls(), "doubt _http._tcp.local. type 12 20\n");
    forget(0, "x._http._tcp.local", 16, "03 'a=1'");
    assert_string_equal(events(), "");
    assert_string_equal(calls(), "");
    /* it was only away for a while */
    for (size_t i = 1; i < COUNT(parts); i++)
        hear(0, parts[i].owner, parts[i].type, parts[i].rdata);
    assert_string_equal(events(), "");
    forget(0, "box.local", 1, "c0000201");
    events();
    assert_string_equal(calls(), "doubt x._http._tcp.local. type 33 0\n");
    forget(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n");
}

/* Malformed SRV, address and PTR rdata of a local client's making, odd
 * numbers of records: nothing is kept beyond the limits. */
static void bounds_records(void **state)
{
    uint64_t before;

    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear_all();
    assert_string_equal(events(), "b found 0 " RESOLVED);
    hear(0, "x._http._tcp.local", 33, "0000 0000 0050");
    hear(0, "x._http._tcp.local", 33, "0000 0000 0050 05 'a'");
    hear(0, "box.local", 1, "c00002");
    assert_string_equal(events(), "");
    before = stats().left_out;
    for (int i = 2; i < 40; i++) {
        char rdata[64];

        snprintf(rdata, sizeof rdata, "c00002%02x", i);
        hear(0, "box.local", 1, rdata);
        snprintf(rdata, sizeof rdata, "02 '%c%c'", '0' + i / 10,
                 '0' + i % 10);
        hear(0, "x._http._tcp.local", 16, rdata);
        snprintf(rdata, sizeof rdata, "0001 0000 0050 {h%d.local}", i);
        hear(0, "x._http._tcp.local", 33, rdata);
    }
    events();
    assert_int_equal(stats().left_out - before, 38 * 3 - 15 - 3 - 7);
    assert_int_equal(watch_count(), 1 + 2 + 2 * 8);
}

/* --- several clients, links and limits ------------------------------- */

/* Two browses and a resolve of one instance: its questions are asked once
 * a link; who comes late is served from what is known. */
static void shares_questions(void **state)
{
    struct name x = named("x._http._tcp.local");
    struct dnssd_browse *b[3];
    size_t before = stats().memory_used;

    (void)state;
    b[0] = browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "a");
    hear_all();
    assert_string_equal(events(), "a found 0 " RESOLVED);
    assert_int_equal(watch_count(), 1 + 4);
    b[1] = browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    assert_string_equal(events(), "b found 0 " RESOLVED);
    assert_int_equal(watch_count(), 2 + 4);
    b[2] = dnssd_resolve(dnssd, 0, &x, LINKS_ALL, (void *)(uintptr_t) "c");
    assert_string_equal(events(), "c found 0 " RESOLVED);
    assert_int_equal(watch_count(), 4 + 4);
    hear(1, "x._http._tcp.local", 33, "0000 0000 0050 {box.local}");
    events();
    assert_int_equal(watch_count(), 4 + 8);

    dnssd_stop(dnssd, 0, b[0]);
    forget(0, "box.local", 1, "c0000201");
    hear(0, "box.local", 1, "c0000202");
    assert_string_equal(events(), "b changed 0 x._http._tcp.local. "
                                  "box.local.:80/0/0 1.192.2 03613d31\n"
                                  "c changed 0 x._http._tcp.local. "
                                  "box.local.:80/0/0 1.192.2 03613d31\n");
    dnssd_stop(dnssd, 0, b[1]);
    forget(0, "x._http._tcp.local", 33, "0000 0000 0050 {box.local}");
    assert_string_equal(events(), "c lost 0 x._http._tcp.local.\n");
    dnssd_stop(dnssd, 0, b[2]);
    assert_empty(before);
}

/* 100 instances on one host and link cost one pair of address questions. */
static void shares_hosts(void **state)
{
    struct dnssd_browse *b;
    size_t before;
    char ptr[80], name[64];

    free(memory);
    begin_with(1, 1, 100);
    (void)state;
    before = stats().memory_used;
    b = browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear(0, "box.local", 1, "c0000201");
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "x%d._http._tcp.local", i);
        snprintf(ptr, sizeof ptr, "{%s}", name);
        hear(0, "_http._tcp.local", 12, ptr);
        hear(0, name, 33, "0000 0000 0050 {box.local}");
        hear(0, name, 16, "00");
    }
    events();
    assert_int_equal(watch_count(), 1 + 200 + 2);
    assert_int_equal(stats().tracked, 100);
    print_message("%zu bytes an instance\n",
                  (stats().memory_used - before) / 100);
    dnssd_stop(dnssd, 0, b);
    assert_empty(before);
}

/* Stopped is stopped: no event, no watch, no memory stays, although events
 * were under way. */
static void stops(void **state)
{
    size_t before = stats().memory_used;
    struct name local = named("local"), x = named("x._http._tcp.local");
    struct name box = named("box.local");
    struct dnssd_browse *b[5];

    (void)state;
    for (int late = 0; late < 2; late++) {
        b[0] = browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "a");
        b[1] = dnssd_resolve(dnssd, 0, &x, LINKS_ALL, NULL);
        b[2] = dnssd_lookup(dnssd, 0, &box, ADDR_V4, LINKS_ALL, NULL);
        b[3] = dnssd_query(dnssd, 0, &box, RR_A, LINKS_ALL, NULL);
        b[4] = dnssd_enumerate(dnssd, 0, &local, LINKS_ALL, NULL);
        if (late == 0)
            hear_all();
        else
            events();
        for (int i = 0; i < 5; i++)
            dnssd_stop(dnssd, 0, b[i]);
        assert_string_equal(events(), "");
        assert_empty(before);
    }
}

/* At instances_max the newcomer is left out and counted; it is told as soon
 * as another has gone. */
static void keeps_instances_max(void **state)
{
    const char *type = "_http._tcp.local";

    free(memory);
    begin_with(1, 2, 2);
    (void)state;
    browse("_http._tcp", LINKS_ALL, 0, "b");
    hear(0, type, 12, "{x._http._tcp.local}");
    hear(0, type, 12, "{y._http._tcp.local}");
    hear(0, type, 12, "{z._http._tcp.local}");
    hear(0, type, 12, "{gone._http._tcp.local}");
    assert_string_equal(events(), "b found 0 x._http._tcp.local.\n"
                                  "b found 0 y._http._tcp.local.\n");
    assert_int_equal(stats().left_out, 2);
    forget(0, type, 12, "{gone._http._tcp.local}");
    assert_string_equal(events(), "");
    forget(0, type, 12, "{x._http._tcp.local}");
    assert_string_equal(events(), "b lost 0 x._http._tcp.local.\n"
                                  "b found 0 z._http._tcp.local.\n");
    browse("_http._tcp", LINKS_ALL, 0, "c");
    assert_string_equal(events(), "");
    assert_int_equal(stats().left_out, 4);
    assert_null(dnssd_query(dnssd, 0, &fake.watches[0].name, 1, 1, NULL));
    forget(0, type, 12, "{y._http._tcp.local}");
    assert_string_equal(events(), "b lost 0 y._http._tcp.local.\n"
                                  "c found 0 z._http._tcp.local.\n");
}

/* A type heard from two links stays counted right when it is told again. */
static void counts_types_at_the_limit(void **state)
{
    const char *meta = "_services._dns-sd._udp.local";
    struct name local = named("local");

    free(memory);
    begin_with(1, 1, 2);
    (void)state;
    dnssd_enumerate(dnssd, 0, &local, LINKS_ALL, NULL);
    hear(0, meta, 12, "{_a._tcp.local}");
    hear(1, meta, 12, "{_a._tcp.local}");
    hear(0, meta, 12, "{_b._tcp.local}");
    hear(0, meta, 12, "{_c._tcp.local}");
    assert_string_equal(events(), "type-found 0 _a._tcp.\n"
                                  "type-found 0 _b._tcp.\n");
    forget(0, meta, 12, "{_b._tcp.local}");
    assert_string_equal(events(), "type-lost 0 _b._tcp.\n"
                                  "type-found 0 _c._tcp.\n");
    forget(0, meta, 12, "{_a._tcp.local}");
    assert_string_equal(events(), "");
    forget(1, meta, 12, "{_a._tcp.local}");
    assert_string_equal(events(), "type-lost 1 _a._tcp.\n");
}

/* H-38: TXT records that take all room leave others out, for as long as they
 * are there. */
static void recovers_from_large_txt(void **state)
{
    static struct heard txt[24];
    char name[64], ptr[80];

    free(memory);
    begin_with(1, 1, 8);
    (void)state;
    browse("_http._tcp", LINKS_ALL, DNSSD_RESOLVE, "b");
    hear(0, "box.local", 1, "c0000201");
    for (size_t i = 0; i < COUNT(txt); i++) {
        snprintf(name, sizeof name, "x%zu._http._tcp.local", i % 6);
        snprintf(ptr, sizeof ptr, "{%s}", name);
        if (i < 6)
            hear(0, "_http._tcp.local", 12, ptr);
        txt[i] = record(0, name, 16, "00");
        txt[i].len = i < 12 ? sizeof txt[i].rdata : 40;
        memset(txt[i].rdata, (int)i, txt[i].len);
        hear_record(&txt[i]);
    }
    events();
    assert_true(stats().left_out > 0);
    hear(0, "_http._tcp.local", 12, "{x._http._tcp.local}");
    for (size_t i = 1; i < 3; i++)
        hear(0, parts[i].owner, parts[i].type, parts[i].rdata);
    assert_string_equal(events(), "");
    for (size_t i = 0; i < COUNT(txt); i++)
        forget_record(&txt[i]);
    assert_string_equal(events(), "b found 0 " RESOLVED);
}

/* Without watches there is no browse, and instances stay unresolved. */
static void survives_a_lack_of_watches(void **state)
{
    struct name local = named("local"), x = named("x._http._tcp.local");
    struct dnssd_type type = type_of("_http._tcp");
    struct dnssd_browse *b;
    size_t before = stats().memory_used;

    (void)state;
    hear_all();
    for (unsigned max = 0; max < 5; max++) {
        fake.watches_max = max;
        b = dnssd_resolve(dnssd, 0, &x, LINKS_ALL, NULL);
        assert_int_equal(b != NULL, max >= 2);
        if (b != NULL)
            dnssd_stop(dnssd, 0, b);
        b = dnssd_browse(dnssd, 0, &type, &local, LINKS_ALL, DNSSD_RESOLVE,
                         NULL);
        assert_int_equal(b != NULL, max >= 1);
        if (b != NULL) {
            assert_string_equal(events(), max < 4 ? "" : "found 0 " RESOLVED);
            dnssd_stop(dnssd, 0, b);
        }
        assert_empty(before);
    }
}

/* --- types, addresses, records --------------------------------------- */

/* S-9.0-02 R16 H-43: two labels count, duplicates are one, junk is left
 * out. */
static void enumerates_types(void **state)
{
    static const char *const junk[] = {
        "{x}", "{_services._dns-sd._udp.local}", "{.}", "{_http}",
        "{_SERVICES._DNS-SD._udp.local}", "{http._tcp.local}",
        "{_http.tcp.local}", "{_\\255\\254._tcp.local}",
        "{_a\\032b._tcp.local}", "{__._.local}",
        "{_23456789012345678901234567890123456789012345678901234567890123"
        "._tcp.local}",
        "{123456789012345678901234567890123456789012345678901234567890123"
        ".123456789012345678901234567890123456789012345678901234567890123"
        ".local}",
    };
    const char *meta = "_services._dns-sd._udp.local";
    struct name local = named("local");
    struct dnssd_event ev;

    (void)state;
    assert_non_null(dnssd_enumerate(dnssd, 0, &local, LINKS_ALL, NULL));
    for (size_t i = 0; i < COUNT(junk); i++)
        hear(0, meta, 12, junk[i]);
    assert_string_equal(events(), "");
    assert_int_equal(stats().malformed, COUNT(junk));

    hear(2, meta, 12, "{_foo._tcp.example.com}");
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_int_equal(ev.kind, DNSSD_TYPE_FOUND);
    assert_int_equal(ev.link, 2);
    assert_string_equal(text(&ev.type), "_foo._tcp.");
    assert_string_equal(text(&ev.domain), "local.");
    hear(0, meta, 12, "{_FOO._tcp.local}");
    hear(1, meta, 12, "{_foo._tcp.local}");
    hear(1, meta, 12, "{_over-fifteen-letters._tcp.local}");
    assert_string_equal(events(), "type-found 1 _over-fifteen-letters._tcp.\n");
    forget(2, meta, 12, "{_foo._tcp.example.com}");
    forget(1, meta, 12, "{_foo._tcp.local}");
    assert_string_equal(events(), "");
    forget(0, meta, 12, "{_FOO._tcp.local}");
    assert_string_equal(events(), "type-lost 0 _foo._tcp.\n");
}

static void looks_hosts_up(void **state)
{
    struct name box = named("box.local");
    struct dnssd_event ev;

    (void)state;
    dnssd_lookup(dnssd, 0, &box, ADDR_V4 | ADDR_V6, LINKS_ALL, NULL);
    hear(0, "box.local", 1, "c0000201");
    hear(1, "box.local", 28, "fe80 0000 0000 0000 0000 0000 0000 0001");
    assert_string_equal(events(), "addr-found 0 box.local. 1.192.1\n"
                                  "addr-found 1 box.local. 2.254.0\n");
    forget(0, "box.local", 1, "c0000201");
    assert_string_equal(events(), "addr-lost 0 box.local. 1.192.1\n");
    deny(0, "box.local", 28);
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_int_equal(ev.kind, DNSSD_ADDR_NONE);
    assert_int_equal(ev.families, ADDR_V6);
    assert_int_equal(ev.addr_count, 0);
    hear(0, "box.local", 1, "c00002");
    assert_string_equal(events(), "");
}

static void queries_records(void **state)
{
    struct name box = named("box.local");
    struct dnssd_event ev;

    (void)state;
    dnssd_query(dnssd, 0, &box, 13, LINKS_ALL, NULL);
    hear(3, "box.local", 13, "01 'a' 01 'b'");
    assert_true(dnssd_event(dnssd, 0, &ev));
    assert_int_equal(ev.kind, DNSSD_RR_ADDED);
    assert_int_equal(ev.rr_type, 13);
    assert_int_equal(ev.link, 3);
    assert_int_equal(ev.rdata_len, 4);
    assert_memory_equal(ev.rdata, "\1a\1b", 4);
    assert_int_equal(ev.ttl_s, 4500);
    forget(3, "box.local", 13, "01 'a' 01 'b'");
    assert_string_equal(events(), "removed 3 box.local.\n");
    deny(3, "box.local", 13);
    assert_string_equal(events(), "denied 3 box.local.\n");
}

/* --- chance ---------------------------------------------------------- */

static uint32_t seed;

static uint32_t draw(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

enum { NAMES = 6, LINKS = 3, BROWSES = 4 };

/* Turn a random record of the little world on or off. */
static void turn(void)
{
    char owner[64], rdata[128];
    uint8_t link = (uint8_t)draw(LINKS);
    unsigned i = draw(NAMES);
    struct heard h;

    switch (draw(5)) {
    case 0:
        snprintf(rdata, sizeof rdata, "{x%u._t._tcp.local}", i);
        h = record(link, "_t._tcp.local", 12, rdata);
        break;
    case 1:
        snprintf(owner, sizeof owner, "x%u._t._tcp.local", i);
        snprintf(rdata, sizeof rdata, "000%u 000%u 0050 {%s}", draw(2),
                 draw(2), draw(4) == 0 ? "." : draw(2) ? "a.local"
                                                       : "b.local");
        h = record(link, owner, 33, rdata);
        break;
    case 2:
        snprintf(owner, sizeof owner, "x%u._t._tcp.local", i);
        h = record(link, owner, 16, draw(2) ? "00" : "03 'a=1'");
        break;
    default:
        h = record(link, draw(2) ? "a.local" : "b.local", 1,
                   draw(2) ? "c0000201" : "c0000202");
    }
    h.local = draw(4) == 0;
    if (heard_find(&h) != NULL)
        forget_record(&h);
    else
        hear_record(&h);
}

/* Found and lost by turns, changed only in between, for each client,
 * instance and link. */
static void check_event(const struct dnssd_event *ev,
                        bool found[BROWSES][NAMES][LINKS])
{
    size_t b = (size_t)(uintptr_t)ev->cookie - 1;
    bool *is = &found[b][ev->name.wire[2] - '0'][ev->link];

    assert_int_equal(*is, ev->kind != DNSSD_FOUND);
    *is = ev->kind != DNSSD_LOST;
    if (b == 0) /* does not resolve */
        assert_int_not_equal(ev->kind, DNSSD_CHANGED);
    else if (ev->kind != DNSSD_LOST)
        assert_true(ev->resolved && ev->addr_count > 0 && ev->txt_len > 0);
}

static struct dnssd_browse *start(size_t i)
{
    struct dnssd_type type = type_of("_t._tcp");
    struct name local = named("local"), x = named("x3._t._tcp.local");
    void *cookie = (void *)(uintptr_t)(i + 1);

    if (i == 3)
        return dnssd_resolve(dnssd, 0, &x, LINKS_ALL, cookie);
    return dnssd_browse(dnssd, 0, &type, &local, LINKS_ALL,
                        i == 0 ? 0 : DNSSD_RESOLVE, cookie);
}

static void pull(bool found[BROWSES][NAMES][LINKS])
{
    struct dnssd_event ev;

    while (dnssd_event(dnssd, 0, &ev))
        check_event(&ev, found);
}

/* Records come and go, clients start and stop, and events are pulled now and
 * then; then all of them. */
static void live(struct dnssd_browse *b[BROWSES],
                 bool found[BROWSES][NAMES][LINKS])
{
    struct dnssd_event ev;

    for (int step = 0; step < 2000; step++) {
        size_t i = draw(BROWSES);

        if (draw(50) == 0 && b[i] == NULL) {
            b[i] = start(i);
        } else if (draw(100) == 0 && b[i] != NULL) {
            dnssd_stop(dnssd, 0, b[i]);
            b[i] = NULL;
            memset(found[i], 0, sizeof found[i]);
        } else {
            turn();
        }
        while (draw(3) != 0 && dnssd_event(dnssd, 0, &ev))
            check_event(&ev, found);
    }
    pull(found);
}

static bool ptr_heard(size_t name, size_t link)
{
    struct heard h;
    char rdata[64];
    bool there;

    snprintf(rdata, sizeof rdata, "{x%zu._t._tcp.local}", name);
    h = record((uint8_t)link, "_t._tcp.local", 12, rdata);
    there = heard_find(&h) != NULL;
    h.local = true;
    return there || heard_find(&h) != NULL;
}

static void stop_all(struct dnssd_browse *b[BROWSES])
{
    for (size_t i = 0; i < BROWSES; i++) {
        if (b[i] != NULL)
            dnssd_stop(dnssd, 0, b[i]);
    }
}

/* R25 in small: and what is found in the end is what is there. */
static void events_alternate(void **state)
{
    (void)state;
    for (uint32_t run = 1; run <= 30; run++) {
        bool found[BROWSES][NAMES][LINKS] = {0};
        struct dnssd_browse *b[BROWSES] = {0};
        size_t before;

        free(memory);
        begin_with(1, BROWSES, BROWSES * NAMES * LINKS);
        before = stats().memory_used;
        seed = run;
        live(b, found);
        for (size_t n = 0; b[0] != NULL && n < NAMES * LINKS; n++)
            assert_int_equal(found[0][n / LINKS][n % LINKS],
                             ptr_heard(n / LINKS, n % LINKS));
        stop_all(b);
        assert_empty(before);
    }
}

/* The same with too little room; when there is enough again, the lists are
 * whole. */
static void events_alternate_at_the_limits(void **state)
{
    (void)state;
    for (uint32_t run = 1; run <= 30; run++) {
        bool found[BROWSES][NAMES][LINKS] = {0};
        struct dnssd_browse *b[BROWSES] = {0};
        size_t before;

        free(memory);
        begin_with(1, BROWSES, 10);
        fake.watches_max = 24;
        before = stats().memory_used;
        seed = run;
        live(b, found);
        assert_true(stats().left_out > 0);
        for (size_t i = 0, left = 0; i < HEARD; i++) {
            struct heard *h = &fake.heard[i];

            if (h->used && (h->type != 12 || left++ >= 2))
                forget_record(h);
        }
        pull(found);
        for (size_t n = 0; b[0] != NULL && n < NAMES * LINKS; n++)
            assert_int_equal(found[0][n / LINKS][n % LINKS],
                             ptr_heard(n / LINKS, n % LINKS));
        stop_all(b);
        assert_empty(before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(asks_the_right_questions),
        TEST(finds_and_loses_instances),
        TEST(tells_of_another_family),
        TEST(keeps_back),
        TEST(finds_our_own),
        TEST(takes_names_as_they_are),
        TEST(leaves_out_malformed_instances),
        TEST(resolves_in_any_order),
        TEST(tells_changes),
        TEST(takes_empty_txt_for_known),
        TEST(resolves_with_ipv6_only),
        TEST(knows_the_root_target),
        TEST(prefers_low_priority),
        TEST(doubts_what_leads_nowhere),
        TEST(bounds_records),
        TEST(shares_questions),
        TEST(shares_hosts),
        TEST(stops),
        TEST(keeps_instances_max),
        TEST(counts_types_at_the_limit),
        TEST(recovers_from_large_txt),
        TEST(survives_a_lack_of_watches),
        TEST(enumerates_types),
        TEST(looks_hosts_up),
        TEST(queries_records),
        TEST(events_alternate),
        TEST(events_alternate_at_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
