/*
 * test_out.c - what people and programs read: text, JSON Lines, avahi's rows
 */
#include "crier/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crier/cli.h"
#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define LEN(s) (sizeof(s) - 1)

static char buf[65536];

/* --- terminal-safe text ------------------------------------------------------ */

static const struct {
    const char *title;
    const char *in;
    size_t len; /* 0: strlen */
    const char *out;
} safe[] = {
    {"plain", "Web One", 0, "Web One"},
    {"UTF-8 of all lengths", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x96\xa8", 0,
     "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x96\xa8"},
    {"colour", "\033[31mred", 0, "\\x1b[31mred"},
    {"newline, tab, DEL, NUL", "a\nb\tc\177d\0e", 9,
     "a\\x0ab\\x09c\\x7fd\\x00e"},
    {"C1: CSI as one character", "\xc2\x9b" "31m", 0, "\\xc2\\x9b31m"},
    {"C1: CSI as a raw byte", "\x9b" "31m", 0, "\\x9b31m"},
    {"right-to-left override", "a\xe2\x80\xae" "b", 0, "a\\xe2\\x80\\xaeb"},
    {"isolates", "\xe2\x81\xa6\xe2\x81\xa9", 0,
     "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
    {"Arabic letter mark", "\xd8\x9c", 0, "\\xd8\\x9c"},
    {"line separator", "\xe2\x80\xa8", 0, "\\xe2\\x80\\xa8"},
    {"byte order mark", "\xef\xbb\xbf", 0, "\\xef\\xbb\\xbf"},
    {"tags", "\xf3\xa0\x81\xa1", 0, "\\xf3\\xa0\\x81\\xa1"},
    {"overlong", "\xc0\xaf\xe0\x80\xaf", 0, "\\xc0\\xaf\\xe0\\x80\\xaf"},
    {"surrogate", "\xed\xa0\x80", 0, "\\xed\\xa0\\x80"},
    {"beyond Unicode", "\xf4\x90\x80\x80", 0, "\\xf4\\x90\\x80\\x80"},
    {"cut short", "a\xe2\x82", 0, "a\\xe2\\x82"},
    {"lone continuation", "\x80z", 0, "\\x80z"},
    {"bad second byte", "\xc3(", 0, "\\xc3("},
};

static void makes_text_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(safe); i++) {
        size_t len = safe[i].len ? safe[i].len : strlen(safe[i].in);
        uint8_t *in = exact_copy(safe[i].in, len);
        struct text t = text_memory(buf, sizeof buf);

        print_message("safe: %s\n", safe[i].title);
        text_safe(&t, in, len);
        assert_string_equal(text_end(&t), safe[i].out);
        free(in);
    }
}

/* Whatever comes in, nothing goes out that a terminal obeys. */
static void stays_safe_with_any_bytes(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint8_t in[64];
        struct text t = text_memory(buf, sizeof buf);

        for (size_t i = 0; i < sizeof in; i++) {
            seed = seed * 1664525u + 1013904223u;
            in[i] = (uint8_t)(seed >> 24 | (seed >> 10 & 0x80));
        }
        text_safe(&t, in, sizeof in);
        for (size_t at = 0; at < t.len;) {
            uint32_t cp = 0;
            unsigned n = text_utf8((uint8_t *)buf + at, t.len - at, &cp);

            assert_true(n > 0);
            assert_false(text_hidden(cp));
            at += n;
        }
    }
}

static void formats(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct name n;

    (void)state;
    assert_int_equal(name_from_text("a\\.b\\\\\\027.local", &n, NULL),
                     NAME_TEXT_OK);
    text_fmt(&t, "%s|%b|%u|%d|%d|%U|%n|%%|%e", "x\033", "y\033z", (size_t)2,
             4294967295u, -2147483647 - 1, 7, UINT64_MAX, &n, -2);
    assert_string_equal(text_end(&t),
                        "x\\x1b|y\\x1b|4294967295|-2147483648|7|"
                        "18446744073709551615|a\\.b\\\\\\x1b.local|%|"
                        "No such file or directory");
}

static void bounds_memory(void **state)
{
    char small[8];
    struct text t = text_memory(small, sizeof small);

    (void)state;
    text_str(&t, "1234567");
    assert_false(t.failed);
    assert_string_equal(text_end(&t), "1234567");
    text_str(&t, "8");
    assert_string_equal(text_end(&t), "1234567");
    assert_true(t.failed);
}

static void measures(void **state)
{
    static const struct {
        const char *s;
        size_t width;
    } cases[] = {
        {"", 0},         {"abc", 3},     {"\xc3\xa4", 1},
        {"e\xcc\x81", 1}, {"\xe6\x97\xa5\xe6\x9c\xac", 4},
        {"\xf0\x9f\x96\xa8", 2},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(text_width(cases[i].s, strlen(cases[i].s)),
                         cases[i].width);
    assert_int_equal(text_fit("abc", 3, 2), 2);
    assert_int_equal(text_fit("\xe6\x97\xa5\xe6\x9c\xac", 6, 3), 3);
    assert_int_equal(text_fit("e\xcc\x81x", 4, 1), 3);
}

/* --- instances ----------------------------------------------------------------- */

static const char weird_txt[] = "\11path=/a;b" "\6q=\"x\\y" "\5tab=\t"
                                "\6utf=\xc3\xa9" "\4bool" "\6empty="
                                "\7nul=a\0b" "\5del=\177" "\4ff=\xff";

static void make_event(struct dnssd_event *ev, const char *label, size_t len)
{
    memset(ev, 0, sizeof *ev);
    assert_int_equal(name_from_text("_x-test._tcp", &ev->type, NULL), 0);
    assert_int_equal(name_from_text("local", &ev->domain, NULL), 0);
    ev->name = ev->type;
    assert_true(name_append(&ev->name, &ev->domain));
    assert_true(name_prepend(&ev->name, label, len));
    assert_int_equal(name_from_text("crnode.local", &ev->host, NULL), 0);
    ev->kind = DNSSD_FOUND;
    ev->link = 3;
    ev->families = ADDR_V4;
    ev->resolved = true;
    ev->port = 8080;
    ev->ttl_s = 4500;
    ev->txt = (const uint8_t *)weird_txt;
    ev->txt_len = LEN(weird_txt);
    ev->addr_count = 2;
    ev->addrs[0] = (struct addr){ADDR_V4, {192, 168, 77, 1}};
    ev->addrs[1] = (struct addr){ADDR_V6, {0xfe, 0x80, [15] = 9}};
    ev->source = ev->addrs[0];
}

#define WEIRD "We;ird \"n\xc3\xa4me\" \\ x.y"
#define WEIRD_AVAHI \
    "We\\059ird\\032\\034n\\195\\164me\\034\\032\\\\\\032x\\.y;" \
    "_x-test._tcp;local"

/* As measured of avahi-browse -p, TXT as in its version 0.9. */
static void prints_avahi_rows(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct dnssd_event ev;

    (void)state;
    make_event(&ev, WEIRD, LEN(WEIRD));
    out_avahi_row(&t, '+', "veth0", ADDR_V6, &ev);
    out_avahi_row(&t, '=', "veth0", ADDR_V6, &ev);
    out_avahi_row(&t, '=', "veth0", ADDR_V4, &ev);
    out_avahi_row(&t, '-', "veth0", ADDR_V4, &ev);
    ev.txt = (const uint8_t *)"";
    ev.txt_len = 1;
    out_avahi_row(&t, '=', "veth0", ADDR_V4, &ev);
#define WEIRD_TXT \
    "\"path=/a;b\" \"q=\\\"x\\\\y\" \"tab=\\009\" \"utf=\\195\\169\" " \
    "\"bool\" \"empty=\" \"nul=a\\000b\" \"del=\\127\" \"ff=\\255\""
    assert_string_equal(
        text_end(&t),
        "+;veth0;IPv6;" WEIRD_AVAHI "\n"
        "=;veth0;IPv6;" WEIRD_AVAHI ";crnode.local;fe80::9;8080;" WEIRD_TXT
        "\n"
        "=;veth0;IPv4;" WEIRD_AVAHI ";crnode.local;192.168.77.1;8080;"
        WEIRD_TXT "\n"
        "-;veth0;IPv4;" WEIRD_AVAHI "\n"
        "=;veth0;IPv4;" WEIRD_AVAHI ";crnode.local;192.168.77.1;8080;\n");
}

/* What stands behind "mono_ms":N, which changes. */
static const char *behind_time(void)
{
    const char *at = strstr(buf, "\"mono_ms\":");

    assert_non_null(at);
    return strchr(at, ',');
}

static void prints_json(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct found f = {.iface = "eth0"};
    struct dnssd_type type = {.sub_len = 2, .sub = "_s"};

    (void)state;
    make_event(&f.ev, WEIRD, LEN(WEIRD));
    out_json_found(&t, "add", &f, &type);
    text_end(&t);
    assert_ptr_equal(strstr(buf, "{\"v\":1,\"event\":\"add\",\"ts\":\"20"),
                     buf);
    assert_non_null(strstr(buf, "Z\",\"mono_ms\":"));
    assert_string_equal(
        behind_time(),
        ",\"iface\":\"eth0\",\"family\":\"ipv4\","
        "\"name\":\"We;ird \\\"n\xc3\xa4me\\\" \\\\ x.y\","
        "\"type\":\"_x-test._tcp\",\"subtypes\":[\"_s\"],"
        "\"domain\":\"local\",\"host\":\"crnode.local\",\"port\":8080,"
        "\"addresses\":[\"192.168.77.1\",\"fe80::9%eth0\"],"
        "\"txt\":{\"path\":\"/a;b\",\"q\":\"\\\"x\\\\y\","
        "\"tab\":\"\\u0009\",\"utf\":\"\xc3\xa9\",\"bool\":true,"
        "\"empty\":\"\",\"nul\":\"a\\u0000b\",\"del\":\"\\u007f\","
        "\"ff\":{\"base64\":\"/w==\"}},"
        "\"ttl\":4500,\"local\":false,\"peer\":\"192.168.77.1\"}\n");
}

/* Unknown is null, lists are lists, bad bytes are told apart. */
static void prints_json_of_little(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct found f = {.iface = "eth0"};

    (void)state;
    make_event(&f.ev, "a\xff\xe2\x80\xae\xf3\xa0\x81\xa1", 9);
    f.ev.resolved = false;
    f.ev.source.family = ADDR_NONE;
    f.ev.families = ADDR_V4 | ADDR_V6;
    out_json_found(&t, "remove", &f, NULL);
    text_end(&t);
    assert_string_equal(
        behind_time(),
        ",\"iface\":\"eth0\",\"family\":\"both\","
        "\"name\":\"a\xef\xbf\xbd\\u202e\\udb40\\udc61\","
        "\"name_raw\":\"Yf/igK7zoIGh\","
        "\"type\":\"_x-test._tcp\",\"subtypes\":[],\"domain\":\"local\","
        "\"host\":null,\"port\":null,\"addresses\":[],\"txt\":null,"
        "\"ttl\":4500,\"local\":false,\"peer\":null}\n");
}

static void prints_base64(void **state)
{
    static const char *const cases[][2] = {
        {"", ""},         {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"},  {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) { /* RFC 4648 section 10 */
        struct text t = text_memory(buf, sizeof buf);
        uint8_t *in = exact_copy(cases[i][0], strlen(cases[i][0]));
        char want[64];

        out_json_base64(&t, "k", in, strlen(cases[i][0]));
        snprintf(want, sizeof want, ",\"k\":\"%s\"", cases[i][1]);
        assert_string_equal(text_end(&t), want);
        free(in);
    }
}

static void prints_txt(void **state)
{
    struct text t = text_memory(buf, sizeof buf);

    (void)state;
    out_txt(&t, (const uint8_t *)weird_txt, LEN(weird_txt));
    assert_string_equal(text_end(&t),
                        "path=/a;b q=\"\\\"x\\\\y\" tab=\"\\x09\" "
                        "utf=\xc3\xa9 bool empty= nul=\"a\\x00b\" "
                        "del=\\x7f ff=\\xff");
}

/* --- what was found, and the table ------------------------------------------ */

static struct found_set set;

static void clear_set(void)
{
    for (unsigned i = 0; i < FOUND_BUCKETS; i++)
        while (set.bucket[i] != NULL)
            found_remove(&set, set.bucket[i]);
    assert_int_equal(set.count, 0);
}

static void keeps_what_was_found(void **state)
{
    struct dnssd_event ev, plain;
    struct found *f, *g;

    (void)state;
    make_event(&ev, "Web", 3);
    plain = ev;
    plain.resolved = false;
    assert_int_equal(found_put(&set, &plain, "eth0", &f), FOUND_NEW);
    assert_int_equal(found_put(&set, &ev, "eth0", &f), FOUND_CHANGED);
    assert_int_equal(found_put(&set, &ev, "eth0", &f), FOUND_SAME);
    ev.txt = (const uint8_t *)"\3a=1";
    ev.txt_len = 4;
    assert_int_equal(found_put(&set, &ev, "eth0", &f), FOUND_CHANGED);
    assert_int_equal(f->ev.txt_len, 4);
    assert_ptr_not_equal(f->ev.txt, ev.txt);
    ev.addr_count = 1;
    assert_int_equal(found_put(&set, &ev, "eth0", &f), FOUND_ADDRS);

    /* A browse that does not resolve takes nothing back, but adds families. */
    plain.families = ADDR_V6;
    assert_int_equal(found_put(&set, &plain, "eth0", &f), FOUND_SAME);
    assert_true(f->ev.resolved);
    assert_int_equal(f->ev.families, ADDR_V4 | ADDR_V6);

    ev.name.wire[1] = 'w'; /* case does not matter, the link does */
    assert_ptr_equal(found_get(&set, &ev), f);
    ev.link = 4;
    assert_null(found_get(&set, &ev));
    assert_int_equal(found_put(&set, &ev, "eth1", &g), FOUND_NEW);
    assert_ptr_not_equal(f, g);
    assert_int_equal(set.count, 2);
    clear_set();
}

static void add(const char *label, const char *iface, uint8_t link,
                bool resolved)
{
    struct dnssd_event ev;
    struct found *f;

    make_event(&ev, label, strlen(label));
    ev.link = link;
    ev.resolved = resolved;
    ev.txt = (const uint8_t *)"\20path=/a/long/way";
    ev.txt_len = 17;
    assert_int_equal(found_put(&set, &ev, iface, &f), FOUND_NEW);
}

static void prints_tables(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct out o = {.to = &t, .columns = 80};

    (void)state;
    add("Web", "eth0", 1, true);
    add("Web", "eth1", 2, true);
    add("\xe6\x97\xa5\xe6\x9c\xac\033", "eth0", 1, false);
    out_table(&o, &set);
    assert_string_equal(
        text_end(&t),
        "Web       _x-test._tcp  crnode.local  192.168.77.1  8080  eth0,eth1"
        "  path=/a/long/way\n"
        "\xe6\x97\xa5\xe6\x9c\xac\\x1b  _x-test._tcp  -             -        "
        "     -     eth0\n");

    t.len = 0;
    o.terminal = true;
    o.columns = 82;
    out_table(&o, &set);
    assert_string_equal(
        text_end(&t),
        "NAME      TYPE          HOST          ADDRESS       PORT  IFACE    "
        "  TXT\n"
        "Web       _x-test._tcp  crnode.local  192.168.77.1  8080  eth0,eth1"
        "  path=/a/long\xe2\x80\xa6\n"
        "\xe6\x97\xa5\xe6\x9c\xac\\x1b  _x-test._tcp  -             -        "
        "     -     eth0\n");

    t.len = 0;
    o.names_only = true;
    o.terminal = false;
    clear_set();
    add("Web", "eth0", 1, false);
    out_table(&o, &set);
    assert_string_equal(text_end(&t), "Web  _x-test._tcp  eth0\n");
    clear_set();
}

static void prints_lines(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct out o = {.to = &t, .columns = 80};
    struct found f = {.iface = "eth0"};

    (void)state;
    make_event(&f.ev, "Web", 3);
    f.ev.txt_len = 1;
    f.ev.txt = (const uint8_t *)"";
    out_line(&o, '+', &f);
    o.color = true;
    out_line(&o, '-', &f);
    assert_string_equal(text_end(&t),
                        "+ Web               _x-test._tcp  crnode.local  "
                        "192.168.77.1  8080  eth0\n"
                        "\033[31m-\033[m Web               _x-test._tcp  "
                        "crnode.local  192.168.77.1  8080  eth0\n");
}

static void obeys_the_environment(void **state)
{
    struct text t = text_memory(buf, sizeof buf);
    struct out o;

    (void)state;
    setenv("COLUMNS", "132", 1);
    setenv("TERM", "xterm", 1);
    out_init(&o, &t, OUT_TEXT, OUT_COLOR_AUTO);
    assert_int_equal(o.columns, 132);
    assert_false(o.terminal);
    assert_false(o.color);
    out_init(&o, &t, OUT_TEXT, OUT_COLOR_ALWAYS);
    assert_true(o.color);
    setenv("COLUMNS", "wide", 1);
    out_init(&o, &t, OUT_TEXT, OUT_COLOR_NEVER);
    assert_int_equal(o.columns, 80);
    unsetenv("COLUMNS");
}

/* --- command lines ---------------------------------------------------------------- */

static int nothing(struct cli *cli)
{
    (void)cli;
    return 0;
}

static const struct cli_opt own[] = {
    {'n', true, true, "name"},
    {'t', true, false, "terminate"},
    {'S', false, true, "sub"},
};

static const struct cli_verb verb = {
    .name = "verb",
    .run = nothing,
    .common = "i4jT",
    .opts = own,
    .opt_count = COUNT(own),
};

static const struct {
    const char *title;
    const char *argv[8]; /* behind "crier verb" */
    const char *got;     /* "x=VALUE" for options and words, in order */
    const char *said;    /* how the report begins, or NULL */
} args[] = {
    {"nothing", {NULL}, "", NULL},
    {"words", {"a", "-"}, "=a =-", NULL},
    {"options behind words", {"a", "-t", "b"}, "=a t =b", NULL},
    {"value behind", {"-n", "x"}, "n=x", NULL},
    {"value attached", {"-nx"}, "n=x", NULL},
    {"cluster", {"-tjn", "x", "-tt"}, "t n=x t t", NULL},
    {"value looks like an option", {"-n", "-t"}, "n=-t", NULL},
    {"long", {"--name", "x", "--name=y=z", "--terminate"}, "n=x n=y=z t",
     NULL},
    {"empty value", {"--name="}, "n=", NULL},
    {"two dashes", {"-t", "--", "-t"}, "t =-t", NULL},
    {"common ones are kept aside", {"-4", "--json", "-ieth0", "a"}, "=a",
     NULL},
    {"unknown letter", {"-x"}, "", "command line:1:12: E002: unknown option "
                                   "\"-x\""},
    {"unknown word", {"a", "--nmae=x"}, "=a",
     "command line:1:14: E002: unknown option \"--nmae\"; did you mean "
     "\"--name\"?"},
    {"not of this verb", {"-6"}, "", "command line:1:12: E002: unknown option "
                                     "\"-6\""},
    {"value missing", {"a", "-n"}, "=a", "command line:1:14: E003: option -n "
                                         "needs a value"},
    {"value missing, long", {"--sub"}, "", "command line:1:12: E003: option "
                                           "--sub needs a value"},
    {"value too much", {"--terminate=1"}, "", "command line:1:12: E003: "
                                              "option --terminate takes no"},
    {"bad duration", {"-T", "5x"}, "", "command line:1:15: E004: read \"5x\""},
    {"no time at all", {"-T", "0"}, "", "command line:1:15: E004: read \"0\""},
    {"no short form", {"-S", "x"}, "", "command line:1:12: E002: unknown"},
};

static void reads_arguments(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(args); i++) {
        char *argv[12] = {(char *)(uintptr_t)"crier",
                          (char *)(uintptr_t)"verb"};
        char got[128] = "";
        struct text to = text_memory(buf, sizeof buf);
        struct cli cli = {
            .verb = &verb,
            .argc = 2,
            .argv = argv,
            .at = 2,
            .report = {.to = &to, .file = "command line", .line = 1},
        };
        const char *value;
        int o;

        print_message("args: %s\n", args[i].title);
        for (; args[i].argv[cli.argc - 2] != NULL; cli.argc++)
            argv[cli.argc] = (char *)(uintptr_t)args[i].argv[cli.argc - 2];
        while ((o = cli_next(&cli, &value)) >= 0) {
            size_t at = strlen(got);
            char letter[2] = {o == CLI_WORD ? '\0' : (char)o, '\0'};

            snprintf(got + at, sizeof got - at, "%s%s%s%s", at ? " " : "",
                     letter, value ? "=" : "", value ? value : "");
        }
        assert_string_equal(got, args[i].got);
        assert_int_equal(o, args[i].said ? CLI_BAD : CLI_END);
        text_end(&to);
        if (args[i].said != NULL &&
            strncmp(buf, args[i].said, strlen(args[i].said)) != 0)
            fail_msg("said %s", buf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(makes_text_safe),
        cmocka_unit_test(stays_safe_with_any_bytes),
        cmocka_unit_test(formats),
        cmocka_unit_test(bounds_memory),
        cmocka_unit_test(measures),
        cmocka_unit_test(prints_avahi_rows),
        cmocka_unit_test(prints_json),
        cmocka_unit_test(prints_json_of_little),
        cmocka_unit_test(prints_base64),
        cmocka_unit_test(prints_txt),
        cmocka_unit_test(keeps_what_was_found),
        cmocka_unit_test(prints_tables),
        cmocka_unit_test(prints_lines),
        cmocka_unit_test(obeys_the_environment),
        cmocka_unit_test(reads_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
