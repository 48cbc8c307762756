/*
 * test_conf.c - what people write: words, configuration and service files
 */
#include "crier/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define REPEAT_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* --- words ---------------------------------------------------------------- */

static const struct {
    const char *title;
    const char *line;
    size_t len; /* 0: strlen */
    enum tokens_err err;
    unsigned err_col;
    const char *words; /* joined by "|" */
    const char *cols;  /* of the words */
} lines[] = {
    {"empty", "", 0, TOKENS_OK, 0, "", ""},
    {"blanks", " \t ", 0, TOKENS_OK, 0, "", ""},
    {"comment", "# port 80", 0, TOKENS_OK, 0, "", ""},
    {"two words", "port 80", 0, TOKENS_OK, 0, "port|80", "1 6"},
    {"tabs", "\tport\t\t80 ", 0, TOKENS_OK, 0, "port|80", "2 8"},
    {"CR at the end", "port 80\r", 0, TOKENS_OK, 0, "port|80", "1 6"},
    {"comment behind", "port 80 # x", 0, TOKENS_OK, 0, "port|80", "1 6"},
    {"# inside a word", "a#b", 0, TOKENS_OK, 0, "a#b", "1"},
    {"quotes", "name \"a b\" c", 0, TOKENS_OK, 0, "name|a b|c", "1 6 12"},
    {"# in quotes", "\"# a\"", 0, TOKENS_OK, 0, "# a", "1"},
    {"quotes inside a word", "txt=\"a b\"c", 0, TOKENS_OK, 0, "txt=a bc", "1"},
    {"empty quotes", "a \"\" b", 0, TOKENS_OK, 0, "a||b", "1 3 6"},
    {"escapes", "\"\\\"\\\\\\065\"", 0, TOKENS_OK, 0, "\"\\A", "1"},
    {"backslash without quotes", "a\\b", 0, TOKENS_OK, 0, "a\\b", "1"},
    {"UTF-8", "n\xc3\xa4me x", 0, TOKENS_OK, 0, "n\xc3\xa4me|x", "1 7"},
    {"tab in quotes", "\"a\tb\"", 0, TOKENS_OK, 0, "a\tb", "1"},
    {"open quote", "name \"a b", 0, TOKENS_QUOTE, 6, NULL, NULL},
    {"escape over 255", "\"\\256\"", 0, TOKENS_ESCAPE, 2, NULL, NULL},
    {"two digits", "\"\\12\"", 0, TOKENS_ESCAPE, 2, NULL, NULL},
    {"unknown escape", "a \"b\\n\"", 0, TOKENS_ESCAPE, 5, NULL, NULL},
    {"backslash at the end", "\"a\\", 0, TOKENS_ESCAPE, 3, NULL, NULL},
    {"control", "a \033[31m", 0, TOKENS_BYTE, 3, NULL, NULL},
    {"DEL", "a\177", 0, TOKENS_BYTE, 2, NULL, NULL},
    {"NUL", "a\0b", 3, TOKENS_BYTE, 2, NULL, NULL},
    {"CR inside", "a\rb", 0, TOKENS_BYTE, 2, NULL, NULL},
};

/* Whatever the bytes: in quotes they are one word, and come back. */
static void quotes_words(void **state)
{
    char all[256], buf[1100];
    struct text to = text_memory(buf, sizeof buf);
    struct tokens t;

    (void)state;
    for (unsigned i = 0; i < sizeof all; i++)
        all[i] = (char)i;
    text_str(&to, "txt=");
    tokens_quote(&to, all, sizeof all);
    text_str(&to, " x");
    assert_false(to.failed);
    assert_int_equal(tokens_split(&t, buf, to.len), TOKENS_OK);
    assert_int_equal(t.count, 2);
    assert_int_equal(t.word[0].len, 4 + sizeof all);
    assert_memory_equal(t.word[0].text + 4, all, sizeof all);
}

static void splits_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        size_t len = lines[i].len ? lines[i].len : strlen(lines[i].line);
        char *line = malloc(len ? len : 1); /* exact, for the sanitizer */
        char words[256] = "", cols[64] = "";
        struct tokens t;

        print_message("tokens: %s\n", lines[i].title);
        memcpy(line, lines[i].line, len);
        assert_int_equal(tokens_split(&t, line, len), lines[i].err);
        if (lines[i].err != TOKENS_OK) {
            assert_int_equal(t.err_col, lines[i].err_col);
            assert_true(tokens_error(lines[i].err)[0] != '\0');
            free(line);
            continue;
        }
        for (unsigned w = 0; w < t.count; w++) {
            size_t at = strlen(words), c = strlen(cols);

            snprintf(words + at, sizeof words - at, "%s%s", w ? "|" : "",
                     t.word[w].text);
            snprintf(cols + c, sizeof cols - c, "%s%u", w ? " " : "",
                     t.word[w].col);
            assert_int_equal(strlen(t.word[w].text), t.word[w].len);
        }
        assert_string_equal(words, lines[i].words);
        assert_string_equal(cols, lines[i].cols);
        free(line);
    }
}

static void bounds_lines(void **state)
{
    static char line[TOKENS_LINE_MAX + 1];
    struct tokens t;

    (void)state;
    memset(line, 'a', sizeof line);
    assert_int_equal(tokens_split(&t, line, TOKENS_LINE_MAX), TOKENS_OK);
    assert_int_equal(t.word[0].len, TOKENS_LINE_MAX);
    assert_int_equal(tokens_split(&t, line, sizeof line), TOKENS_LONG);
    for (size_t i = 0; i < sizeof line; i += 2)
        line[i] = ' ';
    assert_int_equal(tokens_split(&t, line, 2 * TOKENS_WORDS_MAX), TOKENS_OK);
    assert_int_equal(t.count, TOKENS_WORDS_MAX);
    assert_int_equal(tokens_split(&t, line, 2 * TOKENS_WORDS_MAX + 2),
                     TOKENS_MANY);
}

static void holds_zero_bytes(void **state)
{
    static const char line[] = "\"a\\000b\"";
    struct tokens t;

    (void)state;
    assert_int_equal(tokens_split(&t, line, sizeof line - 1), TOKENS_OK);
    assert_int_equal(t.word[0].len, 3);
    assert_memory_equal(t.word[0].text, "a\0b", 4);
}

static void reads_numbers(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint32_t value;
    } cases[] = {
        {"0", true, 0},       {"65535", true, 65535}, {"65536", false, 0},
        {"", false, 0},       {"-1", false, 0},       {"+1", false, 0},
        {" 1", false, 0},     {"1 ", false, 0},       {"0x10", false, 0},
        {"00080", true, 80},  {"99999999999999999999999", false, 0},
    };
    uint32_t v;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("number: %s\n", cases[i].text);
        assert_int_equal(tokens_number(cases[i].text, 65535, &v), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(v, cases[i].value);
    }
    assert_true(tokens_number("4294967295", UINT32_MAX, &v));
    assert_false(tokens_number("4294967296", UINT32_MAX, &v));
}

static void reads_durations(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint32_t ms;
    } cases[] = {
        {"500ms", true, 500},  {"5s", true, 5000},     {"5", true, 5000},
        {"2m", true, 120000},  {"1h", true, 3600000},  {"1d", true, 86400000},
        {"0", true, 0},        {"", false, 0},         {"s", false, 0},
        {"5 s", false, 0},     {"5S", false, 0},       {"-5s", false, 0},
        {"1.5s", false, 0},    {"5sm", false, 0},      {"50d", false, 0},
        {"49d", true, 4233600000u},
    };
    uint32_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("duration: %s\n", cases[i].text);
        assert_int_equal(tokens_duration(cases[i].text, &ms), cases[i].ok);
        if (cases[i].ok)
            assert_int_equal(ms, cases[i].ms);
    }
}

static void finds_near_words(void **state)
{
    static const char *const keys[] = {"name", "type", "port", "txt",
                                       "interface", "rename-style"};
    static const struct {
        const char *word, *near;
    } cases[] = {
        {"nmae", "name"},           {"tpye", "type"},
        {"ports", "port"},          {"interfaces", "interface"},
        {"rename_style", "rename-style"}, {"xyzzy", NULL},
        {"", NULL},
        {"a-word-that-is-far-too-long-to-be-near", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *near = report_nearest(cases[i].word, keys, COUNT(keys));

        print_message("near: %s\n", cases[i].word);
        if (cases[i].near == NULL)
            assert_null(near);
        else
            assert_string_equal(near, cases[i].near);
    }
}

static void matches_globs(void **state)
{
    static const struct {
        const char *glob, *name;
        bool match;
    } cases[] = {
        {"*", "eth0", true},          {"*", "", true},
        {"eth*", "eth0", true},       {"eth*", "eth", true},
        {"eth*", "veth0", false},     {"*0", "eth0", true},
        {"*0", "eth01", false},       {"e*h*0", "eth10", true},
        {"eth?", "eth0", true},       {"eth?", "eth", false},
        {"eth[0-2]", "eth1", true},   {"eth[0-2]", "eth3", false},
        {"eth[!0-2]", "eth3", true},  {"eth[!0-2]", "eth1", false},
        {"eth[02]", "eth2", true},    {"eth[", "eth[", true},
        {"eth[]]", "eth]", true},     {"eth[a-]", "eth-", true},
        {"br-????????????", "br-0123456789ab", true},
        {"br-????????????", "br-lan", false},
        {"", "", true},               {"", "a", false},
        {"a*a*a*a*a*b", "aaaaaaaaaaaaaaa", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("glob: %s %s\n", cases[i].glob, cases[i].name);
        assert_int_equal(pub_glob(cases[i].glob, cases[i].name),
                         cases[i].match);
    }
}

/* --- configuration file ---------------------------------------------------- */

static char said[8192];

/* Parse text; what was said is in said[]. */
static bool configure(struct conf *c, const char *text)
{
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to, .file = "f"};
    size_t len = strlen(text);
    char *data = malloc(len ? len : 1);
    bool ok;

    memcpy(data, text, len);
    conf_default(c);
    ok = conf_parse(c, data, len, &r);
    text_end(&to);
    free(data);
    assert_int_equal(ok, r.errors == 0);
    return ok;
}

static const struct {
    const char *text;
    const char *said; /* how the first message begins */
} wrong[] = {
    {"bogus 1", "f:1:1: E012: unknown key \"bogus\""},
    {"hostnme web", "f:1:1: E012: unknown key \"hostnme\"; did you mean "
                    "\"hostname\"?"},
    {"dbus yes", "f:1:1: E012: unknown key \"dbus\""},
    {"check tcp 1", "f:1:1: E012: unknown key \"check\""},
    {"hostname", "f:1:9: E013: hostname: the value is missing"},
    {"hostname a b", "f:1:12: E013: hostname: read \"b\" behind the value"},
    {"hostname web\n\nhostname db", "f:3:1: E016: hostname: given twice, "
                                    "first in line 1"},
    {"hostname a.b", "f:1:10: E021: hostname: read \"a.b\""},
    {"hostname " REPEAT_63 "a", "f:1:10: E021: hostname: read \"aaa"},
    {"hostname \"\"", "f:1:10: E021: hostname: read \"\""},
    {"hostname \"\\255\"", "f:1:10: E021: hostname: read \"\\xff\""},
    {"hostname \"a\\000b\"", "f:1:10: E021: hostname: read \"a\\x00b\": it "
                             "holds a zero byte"},
    {"on-conflict explode", "f:1:13: E013: on-conflict: read \"explode\", "
                            "expected rename, keep-trying or fail"},
    {"on-conflict or", "f:1:13: E013: on-conflict: read \"or\""},
    {"rename-style x", "f:1:14: E013: rename-style"},
    {"socket run/ctl", "f:1:8: E013: socket: read \"run/ctl\", expected /PATH"},
    {"guest-socket g", "f:1:14: E013: guest-socket: read \"g\", expected"},
    {"guest-socket vsock:x", "f:1:14: E013: guest-socket: read \"vsock:x\""},
    {"guest-socket vsock:", "f:1:14: E013: guest-socket: read \"vsock:\""},
    {"guest-socket vsock:3:99999999999 quota 1",
     "f:1:14: E013: guest-socket: read \"vsock:3:99999999999\""},
    {"guest-socket /g quota 1025",
     "f:1:23: E013: guest-socket: read \"1025\", expected /PATH or vsock:PORT, "
     "then name, type or address and a pattern, or quota and a number up to "
     "1024"},
    {"guest-socket /g name", "f:1:17: E013: guest-socket: read \"name\""},
    {"guest-socket /g name x mane y", "f:1:24: E013: guest-socket: read \"mane"},
    {"guest-socket /g name \"\"", "f:1:22: E013: guest-socket: read \"\""},
    {"guest-socket none quota 1", "f:1:14: E013: guest-socket: read \"none\""},
    {"ipv4 maybe", "f:1:6: E013: ipv4: read \"maybe\", expected yes or no"},
    {"ipv4 no\nipv6 no", "f: E013: both ipv4 and ipv6 are \"no\""},
    {"poll-interfaces 5x", "f:1:17: E013: poll-interfaces: read \"5x\""},
    {"poll-interfaces 1ms", "f:1:17: E013: poll-interfaces: read \"1ms\""},
    {"interface \"\"", "f:1:11: E013: interface"},
    {"services \"\"", "f:1:10: E013: services"},
    {"alias a.example", "f:1:7: E021: alias: read \"a.example\""},
    {"host nas", "f:1:9: E013: host: the value is missing"},
    {"host nas 1.2.3", "f:1:10: E026: host: read \"1.2.3\", expected an IPv4 "
                       "or IPv6 address"},
    {"host nas 224.0.0.1", "f:1:10: E026: host: read \"224.0.0.1\", which no "
                           "single host has, expected an IPv4 or IPv6 address"},
    {"host nas 0.0.0.0", "f:1:10: E026: host: read \"0.0.0.0\", which"},
    {"host nas 255.255.255.255", "f:1:10: E026: "},
    {"host nas ::", "f:1:10: E026: host: read \"::\", which"},
    {"host nas ff02::1", "f:1:10: E026: host: read \"ff02::1\", which"},
    {"host nas 1.2.3.4 ::g", "f:1:18: E026: host: read \"::g\""},
    {"max-services 0", "f:1:14: E013: max-services: read \"0\", expected a "
                       "number from 1 to 16384"},
    {"max-services 16385", "f:1:14: E013: max-services"},
    {"max-records 131073", "f:1:13: E013: max-records"},
    {"cache x", "f:1:7: E013: cache"},
    {"tx-rate 0", "f:1:9: E013: tx-rate"},
    {"sandbox on", "f:1:9: E013: sandbox: read \"on\", expected auto, "
                   "strict or off\n"},
    {"user a\nuser b", "f:2:1: E016: user: given twice, first in line 1; "
                       "remove one\n"},
    {"user 123456789012345678901234567890123",
     "f:1:6: E013: user: read \"123456789012345678901234567890123\", "
     "expected a user's name or number, or none\n"},
    {"socket \"\"", "f:1:8: E013: socket: read \"\", expected /PATH"},
    {"socket-mode 0580", "f:1:13: E013: socket-mode: read \"0580\""},
    {"socket-mode 01000", "f:1:13: E013: socket-mode: read \"01000\""},
    {"socket-mode 0444", "f:1:13: E013: socket-mode: read \"0444\""},
    {"clients 1", "f:1:9: E013: clients: read \"1\", expected a number"},
    {"hosts-file relative", "f:1:12: E013: hosts-file: read \"relative\", "
                            "expected /PATH of at most 239 bytes, or none"},
    {"metrics-every 0", "f:1:15: E013: metrics-every"},
    {"log file", "f:1:5: E013: log: read \"file\", expected auto, stderr"},
    {"log-rate 0", "f:1:10: E013: log-rate"},
    {"log-level loud", "f:1:11: E013: log-level: read \"loud\", expected "
                       "error, warn, info or debug"},
    {"\n  alias \"x", "f:2:9: E011: expected a closing double quote"},
    {"alias \033[31m", "f:1:7: E011: expected text, read a control"},
    {"bogus \"\\027[31m\"", "f:1:1: E012: unknown key \"bogus\""},
    {"\"\\027[31m\" 1", "f:1:1: E012: unknown key \"\\x1b[31m\""},
};

static void refuses_configuration(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct conf c;

        print_message("config: %s\n", wrong[i].said);
        assert_false(configure(&c, wrong[i].text));
        if (strncmp(said, wrong[i].said, strlen(wrong[i].said)) != 0)
            fail_msg("said %s", said);
        conf_clear(&c);
    }
}

static void tells_all_errors(void **state)
{
    struct conf c;

    (void)state;
    assert_false(configure(&c, "bogus 1\nipv4 maybe\nalias ok\ncache x\n"));
    assert_non_null(strstr(said, "f:1:1: E012"));
    assert_non_null(strstr(said, "f:2:6: E013"));
    assert_non_null(strstr(said, "f:4:7: E013"));
    conf_clear(&c);
}

static void takes_configuration(void **state)
{
    struct loop_config lc;
    struct conf c;

    (void)state;
    assert_true(configure(&c, "socket none\nguest-socket none\n"));
    assert_null(c.guests);
    assert_int_equal(c.socket[0], 0);
    conf_clear(&c);
    assert_true(configure(&c, "guest-socket vsock:5300\n"
                              "guest-socket vsock:3:5300\n"));
    conf_clear(&c);
    assert_true(configure(&c, "\xef\xbb\xbfhostname web.local\r\n"
                              "on-conflict keep-trying\n"
                              "rename-style mac\n"
                              "interface eth*\ninterface !eth9\n"
                              "ipv6 no\n"
                              "poll-interfaces 2s\nrejoin 0\n"
                              "services /a\nservices \"/b c\"\n"
                              "addresses no\nreverse no\n"
                              "alias www\nalias w\xc3\xbc.local\n"
                              "host nas 192.168.1.2 fe80::1\n"
                              "max-services 16384\nmax-records 131072\n"
                              "cache 100\ncache-per-source 50\n"
                              "user crier\nchroot /srv\nsandbox off\n"
                              "metrics-file /m\nmetrics-every 2m\n"
                              "hosts-file none\nstate-file \"/s s\"\n"
                              "log syslog\nlog-rate 20\n"
                              "tx-rate 10\nlog-level debug"));
    assert_int_equal(c.log, CONF_LOG_SYSLOG);
    assert_int_equal(c.log_rate, 20);
    assert_string_equal(c.metrics_file, "/m");
    assert_int_equal(c.metrics_ms, 120000);
    assert_string_equal(c.hosts_file, "");
    assert_string_equal(c.state_file, "/s s");
    assert_string_equal(c.host_label, "web");
    assert_int_equal(c.host_label_len, 3);
    assert_int_equal(c.on_conflict, CONFLICT_KEEP_TRYING);
    assert_true(c.rename_mac);
    assert_int_equal(c.ifglob_count, 2);
    assert_string_equal(c.ifglobs[1], "!eth9");
    assert_int_equal(c.families, ADDR_V4);
    assert_int_equal(c.dir_count, 2);
    assert_string_equal(c.dirs[1], "/b c");
    assert_false(c.addresses);
    assert_false(c.reverse);
    assert_int_equal(c.alias_count, 2);
    assert_int_equal(c.host_count, 1);
    assert_int_equal(c.hosts->addr_count, 2);
    assert_int_equal(c.hosts->addrs[0].family, ADDR_V4);
    assert_string_equal(c.user, "crier");
    assert_string_equal(c.chroot, "/srv");
    assert_int_equal(c.sandbox, CONF_BOX_OFF);
    assert_int_equal(c.level, CONF_DEBUG);
    conf_loop(&c, &lc);
    assert_int_equal(lc.poll_ms, 2000);
    assert_int_equal(lc.rejoin_ms, 0);
    assert_int_equal(lc.engine.records_max, 131072);
    assert_true(lc.engine.claims_max > 16384);
    assert_true(lc.engine.rdata_max >= 131072 * 100);
    assert_int_equal(lc.engine.cache_max, 100);
    assert_int_equal(lc.engine.cache_per_source, 50);
    assert_int_equal(lc.engine.tx_rate, 10);
    assert_false(lc.allow_oneshot);
    conf_clear(&c);
}

/* conf/crier.conf with all its "#key" lines made real, but for the
 * directories, is a configuration too. */
static void takes_the_sample(void **state)
{
    size_t len;
    int err = 0;
    char *data = conf_slurp("conf/crier.conf", &len, &err);
    struct conf c;
    unsigned keys = 0;

    (void)state;
    if (data == NULL)
        skip(); /* not run from the project's root */
    for (size_t i = 0; i + 1 < len; i++) {
        if ((i == 0 || data[i - 1] == '\n') && data[i] == '#' &&
            data[i + 1] >= 'a' && data[i + 1] <= 'z') {
            data[i] = ' ';
            keys++;
        }
    }
    data = realloc(data, len + 1);
    data[len] = '\0';
    if (!configure(&c, data))
        fail_msg("%s", said);
    assert_true(keys >= 18);
    assert_int_equal(c.services_max, 1024);
    conf_clear(&c);
    free(data);
}

static void fills_in_the_system(void **state)
{
    struct conf c;

    (void)state;
    assert_true(configure(&c, "# nothing\n"));
    conf_system(&c, NULL);
    assert_true(c.host_label_len > 0);
    assert_int_equal(strlen(c.host_label), c.host_label_len);
    assert_null(strchr(c.host_label, '.'));
    conf_clear(&c);
}

static void misses_files(void **state)
{
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to};
    struct conf c;

    (void)state;
    conf_default(&c);
    assert_true(conf_read(&c, "/nonexistent/f", true, &r));
    assert_false(conf_read(&c, "/nonexistent/f", false, &r));
    assert_non_null(strstr(text_end(&to), "/nonexistent/f: E010: "));
    assert_false(conf_read(&c, "/", true, &r)); /* a directory */
    conf_clear(&c);
}

/* --- service files ---------------------------------------------------------- */

static struct service service;

static bool serve(const char *text)
{
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to, .file = "web.service"};
    struct conf c;
    bool ok;

    assert_true(configure(&c, "hostname box"));
    memcpy(c.mac, "0a1b2c", 7);
    ok = service_parse(&service, "web", text, strlen(text), &c, &r);
    text_end(&to);
    conf_clear(&c);
    return ok;
}

static void takes_services(void **state)
{
    static const char txt[] = "\6path=/\4flag\12q=\"a  b\" x\20box web 0a1b2c %";

    (void)state;
    assert_true(serve("type _http._tcp\nport 8080\n"));
    assert_string_equal(service.instance, "box");
    assert_int_equal(service.port, 8080);
    assert_int_equal(service.txt_len, 0);
    assert_string_equal(service.id, "web");

    assert_true(serve("name My \"\n") == false);
    assert_true(serve("name My  Web   # of the house\n"
                      "type _http._udp.\nport 0\n"
                      "subtype _admin\nsubtype printer\n"
                      "txt path=/\ntxt flag\n"
                      "txt \"q=\\\"a  b\\\" x\"\n"
                      "txt %h %i %m %%\n"
                      "interface eth*\ninterface !eth1\n"
                      "target other.example.com\n"
                      "cname www\n"
                      "priority 1\nweight 65535\nttl 75m\n"));
    assert_string_equal(service.instance, "My  Web");
    assert_int_equal(service.subtype_count, 2);
    assert_int_equal(service.txt_len, sizeof txt - 1);
    assert_memory_equal(service.txt, txt, sizeof txt - 1);
    assert_int_equal(service.glob_count, 2);
    assert_true(service.has_target);
    assert_int_equal(name_labels(&service.target), 3);
    assert_int_equal(service.cname_count, 1);
    assert_int_equal(service.priority, 1);
    assert_int_equal(service.weight, 65535);
    assert_int_equal(service.ttl_s, 4500);
}

/* As mdnsd (troglobit) writes its own. */
static void takes_foreign_files(void **state)
{
    (void)state;
    assert_true(serve("# /etc/mdns.d/http.service -- mDNS-SD of a server\n"
                      "\nname Luthien\ntype _http._tcp\nport 80\n"
                      "txt server=uwhttpd\ntxt version=1.2.3\n"
                      "target luthien.local\ncname web.local\n"));
    assert_string_equal(service.instance, "Luthien");
}

static void fills_in_the_version(void **state)
{
    char path[64], text[256];
    FILE *f;

    (void)state;
    snprintf(path, sizeof path, "/tmp/crier-test-%ld", (long)getpid());
    f = fopen(path, "wx");
    assert_non_null(f);
    fputs("4.7.1\r\nsecond line\n", f);
    fclose(f);
    snprintf(text, sizeof text,
             "type _x._tcp\nport 1\ntxt ver=%%v\nversion-file %s\n", path);
    assert_true(serve(text));
    assert_memory_equal(service.txt, "\11ver=4.7.1", 10);
    remove(path);
    assert_false(serve(text));
    assert_non_null(strstr(said, "web.service:4:14: E010: version-file"));
}

static const struct {
    const char *text;
    const char *said; /* how a message begins */
} bad[] = {
    {"type _http._tcp", "web.service: E014: the key \"port\" is missing"},
    {"port 80", "web.service: E014: the key \"type\" is missing"},
    {"type http", "web.service:1:6: E020: read type \"http\": "},
    {"type _http._sctp", "web.service:1:6: E020: "},
    {"type _sixteen1-letters._tcp", "web.service:1:6: E020: "},
    {"type _a._sub._http._tcp", "web.service:1:6: E020: "},
    {"port 65536", "web.service:1:6: E022: read port \"65536\", expected a "
                   "number from 0 to 65535"},
    {"port x", "web.service:1:6: E022: "},
    {"port -1", "web.service:1:6: E022: "},
    {"name " REPEAT_63 "a", "web.service:1:6: E021: read name \"aaa"},
    {"name \"\"", "web.service:1:6: E021: read name \"\": "},
    {"name \"\\255\"", "web.service:1:6: E021: read name \"\\xff\": "},
    {"name \"a\\007\"", "web.service:1:6: E021: read name \"a\\x07\": "},
    {"name %z", "web.service:1:6: E013: name: read \"%z\""},
    {"name 50%", "web.service:1:6: E013: name: read \"%\""},
    {"name a \"b\"", "web.service:1:8: E013: name: quoted and unquoted"},
    {"txt %v", "web.service:1:5: E013: txt: read \"%v\", expected one of %h "
               "%i %m %v %% (%v needs a version-file)"},
    {"txt =x", "web.service:1:5: E023: read txt \"=x\": "},
    {"txt \"\"", "web.service:1:5: E023: read txt \"\": "},
    {"txt a=1\ntxt A=2", "web.service:2:5: E023: read txt \"A=2\": "},
    {"txt \xc3\xa4=1", "web.service:1:5: E023: "},
    {"subtype \"\"", "web.service:1:9: E024: "},
    {"subtype " REPEAT_63 "a", "web.service:1:9: E024: "},
    {"target a..b", "web.service:1:8: E025: read host \"a..b\": "},
    {"cname a.b.c", "web.service:1:7: E025: cname: read \"a.b.c\": "},
    {"priority 65536", "web.service:1:10: E013: priority"},
    {"ttl 0", "web.service:1:5: E013: ttl: read \"0\""},
    {"prot 80", "web.service:1:1: E012: unknown key \"prot\"; did you mean "
                "\"port\"?"},
    {"check exec /bin/true", "web.service:1:7: E027: check: read \"exec\""},
    {"check tcp 1.2.3.4:99999", "web.service:1:11: E027: check: read "
                                "\"1.2.3.4:99999\", expected"},
    {"version-file /nonexistent", "web.service:1:14: E010: version-file"},
    {"port \"8\\0000\"", "web.service:1:6: E013: port: read \"8\\x000\""},
};

static void refuses_services(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        print_message("service: %s\n", bad[i].said);
        assert_false(serve(bad[i].text));
        if (strncmp(said, bad[i].said, strlen(bad[i].said)) != 0)
            fail_msg("said %s", said);
    }
}

static void refuses_long_txt(void **state)
{
    static char text[40 * 300];
    char *p = text;

    (void)state;
    p += sprintf(p, "type _x._tcp\nport 1\ntxt a=%0253d\n", 0);
    assert_true(serve(text));
    sprintf(p, "txt b=%0254d\n", 0);
    assert_false(serve(text));
    assert_non_null(strstr(said, "web.service:4:5: E023: read txt \"b=000"));
    assert_non_null(strstr(said, "000\"...: "));
    assert_non_null(strstr(said, "255 bytes"));
    for (int i = 0; i < 35; i++)
        p += sprintf(p, "txt k%d=%0250d\n", i + 10, 0);
    assert_false(serve(text));
    assert_non_null(strstr(said, "expected at most 8900 bytes in all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splits_lines),
        cmocka_unit_test(quotes_words),
        cmocka_unit_test(bounds_lines),
        cmocka_unit_test(holds_zero_bytes),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(reads_durations),
        cmocka_unit_test(finds_near_words),
        cmocka_unit_test(matches_globs),
        cmocka_unit_test(refuses_configuration),
        cmocka_unit_test(tells_all_errors),
        cmocka_unit_test(takes_configuration),
        cmocka_unit_test(takes_the_sample),
        cmocka_unit_test(fills_in_the_system),
        cmocka_unit_test(misses_files),
        cmocka_unit_test(takes_services),
        cmocka_unit_test(takes_foreign_files),
        cmocka_unit_test(fills_in_the_version),
        cmocka_unit_test(refuses_services),
        cmocka_unit_test(refuses_long_txt),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
