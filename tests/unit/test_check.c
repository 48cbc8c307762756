/*
 * test_check.c - the key "check", and what results in a row mean
 */
#include "daemon/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char said[1024];

static bool parse(const char *line, struct service *s)
{
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to, .file = "f", .line = 1};
    struct tokens t;
    bool ok;

    memset(s, 0, sizeof *s);
    assert_int_equal(tokens_split(&t, line, strlen(line)), TOKENS_OK);
    ok = service_check(s, &t, &r);
    text_end(&to);
    assert_int_equal(ok, r.errors == 0);
    return ok;
}

static const struct {
    const char *line;
    uint32_t every_ms;
    unsigned fail, rise;
    const char *described;
} right[] = {
    {"check tcp 127.0.0.1:80", 10000, 3, 2, "tcp 127.0.0.1:80"},
    {"check tcp [::1]:65535 every 1s fail 1 rise 100", 1000, 1, 100,
     "tcp [::1]:65535"},
    {"check path /run/web.ready rise 5", 10000, 3, 5, "path /run/web.ready"},
    {"check pid \"/run/a b\" every 1h", 3600000, 3, 2, "pid /run/a b"},
};

static const struct {
    const char *line;
    unsigned col; /* of what is complained about */
} wrong[] = {
    {"check exec /bin/true", 7},       {"check tcp 80", 11},
    {"check tcp :80", 11},             {"check tcp 127.0.0.1", 11},
    {"check tcp 127.0.0.1:0", 11},     {"check tcp 127.0.0.1:65536", 11},
    {"check tcp [127.0.0.1]:80", 11},  {"check tcp ::1:80", 11},
    {"check tcp localhost:80", 11},    {"check tcp [fe80::1]:80", 11},
    {"check path relative", 12},       {"check path \"/a\\000b\"", 12},
    {"check path \"\"", 12},           {"check path /a every", 15},
    {"check path /a every 999ms", 21}, {"check path /a every 61m", 21},
    {"check path /a fail 0", 20},      {"check path /a rise 101", 20},
    {"check path /a fail 1 often 2", 22},
};

static void reads_the_key(void **state)
{
    struct service *s = malloc(sizeof *s);
    char buf[512], place[16];

    (void)state;
    for (size_t i = 0; i < COUNT(right); i++) {
        struct text t = text_memory(buf, sizeof buf);

        print_message("%s\n", right[i].line);
        assert_true(parse(right[i].line, s));
        assert_int_equal(s->check.every_ms, right[i].every_ms);
        assert_int_equal(s->check.fail, right[i].fail);
        assert_int_equal(s->check.rise, right[i].rise);
        check_describe(&s->check, &t);
        assert_string_equal(text_end(&t), right[i].described);
    }
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct text t = text_memory(place, sizeof place);

        print_message("%s\n", wrong[i].line);
        assert_false(parse(wrong[i].line, s));
        assert_int_equal(s->check.kind, CHECK_NONE);
        text_fmt(&t, "f:1:%u: E027", wrong[i].col);
        text_end(&t);
        if (strncmp(said, place, strlen(place)) != 0)
            fail_msg("said %s", said);
    }
    free(s);
}

/* Results a second each from the start on: '+' and '-'; and the states after
 * them: 'u' for up, 'h' for held. */
static const struct {
    const char *title;
    bool announced;
    const char *results, *states;
} rows[] = {
    {"one success announces", false, "--+", "hhu"},
    {"three failures hold", true, "---------------", "uuhhhhhhhhhhhhh"},
    {"a success in between", true, "--+--+--", "uuuuuuuu"},
    {"two successes bring back, but not within 10 s", true,
     "---++++++++++", "uuhhhhhhhhhhu"},
    {"and only in a row", true,
     "---+++++++++-++", "uuhhhhhhhhhhhhu"},
    {"nor is it held within 10 s", false, "+-----------", "uuuuuuuuuuhh"},
};

static void counts_results(void **state)
{
    static const struct service_check c = {.fail = 3, .rise = 2};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct check_state st = {.known = rows[i].announced,
                                 .up = rows[i].announced};

        print_message("%s\n", rows[i].title);
        for (size_t k = 0; rows[i].results[k] != '\0'; k++) {
            bool up = st.up;
            bool changed = check_count(&st, &c, rows[i].results[k] == '+',
                                       5000 + 1000 * k);

            assert_int_equal(changed, up != st.up);
            assert_int_equal(st.up ? 'u' : 'h', rows[i].states[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_the_key),
        cmocka_unit_test(counts_results),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
