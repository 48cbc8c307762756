/*
 * test_search.c - a name that nobody lets us have is told about
 *
 * RFC 6762 section 9: an error is logged when no unused name is found within
 * a minute of probing.
 */
#include "crier/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char buf[1024];

/* What is said when name comes to that state; the old name is for renames. */
static const char *after(struct pub_search *s, uint64_t now_ms,
                         enum claim_state state, const char *name,
                         const char *old)
{
    struct text t = text_memory(buf, sizeof buf);
    struct dnssd_event ev = {.kind = DNSSD_HOST, .state = state};

    assert_int_equal(name_from_text(name, &ev.name, NULL), NAME_TEXT_OK);
    if (old != NULL)
        assert_int_equal(name_from_text(old, &ev.old_name, NULL),
                         NAME_TEXT_OK);
    ev.source = (struct addr){.family = ADDR_V4, .b = {10, 0, 0, 9}};
    buf[0] = '\0';
    return pub_searching(s, &ev, now_ms, &t) ? text_end(&t) : NULL;
}

/* Denied every 5 s under names that change: one line, after a minute. */
static void tells_after_a_minute(void **state)
{
    struct pub_search s = {0};
    char now[64], old[64];
    unsigned said = 0;

    (void)state;
    for (unsigned i = 1; i <= 40; i++) {
        const char *line;

        snprintf(now, sizeof now, "a-%u.local", i + 1);
        snprintf(old, sizeof old, "a-%u.local", i);
        assert_null(after(&s, i * 5000u, CLAIM_PROBING, old, NULL));
        line = after(&s, i * 5000u, CLAIM_RENAMED, now, old);
        if (line == NULL)
            continue;
        said++;
        assert_int_equal(i, 13); /* 65 s, the first was at 5 s */
        assert_string_equal(line,
                            "E106: no free name for a-14.local in a minute: "
                            "10.0.0.9 answers for each one tried; it is "
                            "tried further");
    }
    assert_int_equal(said, 1);
}

/* The same name all the time, as with on-conflict keep-trying. */
static void tells_of_one_name(void **state)
{
    struct pub_search s = {0};

    (void)state;
    assert_null(after(&s, 1000, CLAIM_CONFLICT, "a.local", NULL));
    assert_null(after(&s, 60999, CLAIM_CONFLICT, "a.local", NULL));
    assert_non_null(after(&s, 61000, CLAIM_CONFLICT, "a.local", NULL));
    assert_null(after(&s, 65000, CLAIM_CONFLICT, "a.local", NULL));
}

/* A name that was found ends it; other names do not count. */
static void forgets_what_is_settled(void **state)
{
    struct pub_search s = {0};

    (void)state;
    assert_null(after(&s, 1000, CLAIM_RENAMED, "a-2.local", "a.local"));
    assert_null(after(&s, 1500, CLAIM_RENAMED, "b-2.local", "b.local"));
    assert_null(after(&s, 2000, CLAIM_ANNOUNCED, "a-2.local", NULL));
    assert_null(after(&s, 70000, CLAIM_CONFLICT, "a-2.local", NULL));
    assert_null(after(&s, 71000, CLAIM_ANNOUNCED, "c.local", NULL));
    assert_null(after(&s, 129999, CLAIM_CONFLICT, "a-2.local", NULL));
    assert_non_null(after(&s, 130000, CLAIM_CONFLICT, "a-2.local", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_after_a_minute),
        cmocka_unit_test(tells_of_one_name),
        cmocka_unit_test(forgets_what_is_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
