/*
 * test_next_name.c - names after a conflict (RFC 6762 section 9), a hundred
 * times each: valid, new, UTF-8 not cut, numbers that do not overflow (H-88)
 */
#include "mdns/claim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define A60 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct engine *make_engine(void **mem)
{
    struct engine_config cfg;

    engine_config_default(&cfg);
    *mem = calloc(1, engine_memory(&cfg));
    assert_non_null(*mem);
    return engine_init(*mem, engine_memory(&cfg), &cfg, 0);
}

static struct claim *make_claim(struct engine *e, const char *label,
                                const char *rest, enum claim_kind kind)
{
    struct name name;
    struct claim_spec spec = {
        .name = &name, .kind = kind, .links = LINKS_ALL};
    struct claim *c;

    assert_int_equal(name_from_text(rest, &name, NULL), NAME_TEXT_OK);
    assert_true(name_prepend(&name, label, strlen(label)));
    assert_int_equal(engine_claim_new(e, &spec, &c), ENGINE_OK);
    return c;
}

static void expect_first(const char *label, enum claim_kind kind,
                         const char *want)
{
    void *mem;
    struct engine *e = make_engine(&mem);
    struct claim *c = make_claim(e, label, "local", kind);
    struct name got;

    print_message("%s\n", label);
    assert_true(rename_next(e, c, &got));
    assert_int_equal(got.wire[0], strlen(want));
    assert_memory_equal(got.wire + 1, want, strlen(want));
    free(mem);
}

/* proves M-9.0-05, S-D.0-01 */
static void appends_two_or_counts_on(void **state)
{
    (void)state;
    expect_first("box", CLAIM_HOST, "box-2");
    expect_first("box-2", CLAIM_HOST, "box-3");
    expect_first("box-9", CLAIM_HOST, "box-10");
    expect_first("box2", CLAIM_HOST, "box2-2");
    expect_first("12", CLAIM_HOST, "12-2");
    expect_first("-", CLAIM_HOST, "--2");
    expect_first("-1", CLAIM_HOST, "-1-2");
    expect_first("--0", CLAIM_HOST, "--0-2");
    expect_first("Web", CLAIM_SERVICE, "Web #2");
    expect_first("Web #2", CLAIM_SERVICE, "Web #3");
    expect_first("Web #0", CLAIM_SERVICE, "Web #0 #2");
    expect_first(" #", CLAIM_SERVICE, " # #2");
    expect_first("#1", CLAIM_SERVICE, "#1 #2");
    expect_first(").", CLAIM_SERVICE, "). #2");
    expect_first(A60 "aaa", CLAIM_HOST, A60 "a-2");
    expect_first(A60 "a\303\244", CLAIM_HOST, A60 "a-2");
    expect_first(A60 "\303\244a", CLAIM_HOST, A60 "-2");
}

static bool is_utf8(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t more = p[i] < 0x80 ? 0 : p[i] >= 0xf0 ? 3 : p[i] >= 0xe0 ? 2 : 1;

        if ((p[i] & 0xc0) == 0x80 || i + more >= len)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((p[i + k] & 0xc0) != 0x80)
                return false;
        i += 1 + more;
    }
    return true;
}

static void stays_valid(const char *label, const char *rest,
                        enum claim_kind kind)
{
    void *mem;
    struct engine *e = make_engine(&mem);
    struct claim *c = make_claim(e, label, rest, kind);
    struct name before, now;

    print_message("%s\n", label);
    for (unsigned i = 0; i < 100; i++) {
        engine_claim_name(c, &before);
        assert_true(rename_next(e, c, &now));
        assert_false(name_equal(&before, &now));
        assert_true(now.wire[0] >= 1 && now.wire[0] <= NAME_LABEL_MAX);
        assert_true(now.len <= NAME_WIRE_MAX);
        assert_true(is_utf8(now.wire + 1, now.wire[0]));
        assert_int_equal(engine_claim_rename(e, i, c, &now), ENGINE_OK);
        c->round = (uint8_t)(i % 5);
    }
    free(mem);
}

/* proves M-16.0-01, S-4.1.1-08 */
static void a_hundred_times(void **state)
{
    static const char *const labels[] = {
        "a", "-", " #", "#-1", "--0", ").", "\\.", "42", "x-2147483647",
        "x #2147483647", "x #999999", "x-99999999999999999999", A60 "aaa",
        A60 "a\303\274", A60 "\342\202\254",
        "\342\202\254\342\202\254\342\202\254\342\202\254\342\202\254"
        "\342\202\254\342\202\254\342\202\254\342\202\254\342\202\254",
    };
    const char *deep = A60 "." A60 "." A60 "." "bbbbbbbbbbbbbbbbbbbbbb.local";

    (void)state;
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        stays_valid(labels[i], "local", CLAIM_HOST);
        stays_valid(labels[i], "_http._tcp.local", CLAIM_SERVICE);
    }
    /* A name with hardly any room left. */
    stays_valid("\342\202\254\342\202\254\342\202\254\342\202\254", deep,
                CLAIM_SERVICE);
}

/* Two claims of one engine do not take each other's next name. */
static void keeps_off_own_names(void **state)
{
    void *mem;
    struct engine *e = make_engine(&mem);
    struct claim *c = make_claim(e, "box", "local", CLAIM_HOST);
    struct name got, taken;

    (void)state;
    make_claim(e, "box-2", "local", CLAIM_HOST);
    name_from_text("box-2.local", &taken, NULL);
    for (unsigned i = 0; i < 50; i++) {
        assert_true(rename_next(e, c, &got));
        assert_false(name_equal(&got, &taken));
    }
    free(mem);
}

/* D9: from a growing range, so that many hosts of one name settle. */
static void ranges_grow(void **state)
{
    static const uint32_t high[] = {2, 99, 9999, 999999, 999999};
    void *mem;
    struct engine *e = make_engine(&mem);
    struct claim *c = make_claim(e, "n", "local", CLAIM_HOST);
    struct name got;

    (void)state;
    for (uint8_t round = 0; round < 5; round++) {
        uint32_t most = 0;

        for (unsigned i = 0; i < 400; i++) {
            uint32_t v = 0;

            c->round = round;
            assert_true(rename_next(e, c, &got));
            assert_int_equal(got.wire[1], 'n');
            assert_int_equal(got.wire[2], '-');
            for (unsigned k = 3; k <= got.wire[0]; k++)
                v = 10 * v + (uint32_t)(got.wire[k] - '0');
            assert_true(v >= 2 && v <= high[round]);
            most = v > most ? v : most;
        }
        assert_true(most > high[round] / 2);
    }
    free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_two_or_counts_on),
        cmocka_unit_test(a_hundred_times),
        cmocka_unit_test(keeps_off_own_names),
        cmocka_unit_test(ranges_grow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
