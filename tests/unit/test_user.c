/*
 * test_user.c - users by name and number in the text of /etc/passwd
 */
#include "crier/conf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char passwd[] =
    "root:x:0:0:root:/root:/bin/sh\n"
    "\n"
    "# a comment\n"
    "+::::::\n"
    "cut\n"
    "short:x:7\n"
    "crierx:x:1:1::/:\n"
    "crier:x:4711:4712::/:\n"
    "crier:x:5:5::/:\n"
    "high:x:4294967294:4294967294::/:\n"
    "none:x:4294967295:1::/:\n"
    "over:x:4294967296:1::/:\n"
    "sign:x:-1:1::/:\n"
    "word:x:12a:1::/:\n"
    "grp:x:20:x::/:\n"
    "last:x:8:9";

static const struct {
    const char *user;
    bool found;
    uint32_t uid, gid;
} cases[] = {
    {"root", true, 0, 0},
    {"crier", true, 4711, 4712},
    {"crierx", true, 1, 1},
    {"crie", false, 0, 0},
    {"last", true, 8, 9},
    {"high", true, 4294967294, 4294967294},
    {"none", false, 0, 0},
    {"over", false, 0, 0},
    {"sign", false, 0, 0},
    {"word", false, 0, 0},
    {"grp", false, 0, 0},
    {"short", false, 0, 0},
    {"cut", false, 0, 0},
    {"+", false, 0, 0},
    {"", false, 0, 0},
    {"x", false, 0, 0},
    {"4711", true, 4711, 4712},
    {"8", true, 8, 9},
    {"7", false, 0, 0},
    {"65534", true, 65534, 65534},
    {"4294967294", true, 4294967294, 4294967294},
    {"4294967295", false, 0, 0},
    {"-1", false, 0, 0},
    {"1 ", false, 0, 0},
};

static void finds_users(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t uid = 99, gid = 99;
        bool found = conf_user_in(passwd, sizeof passwd - 1, cases[i].user,
                                  &uid, &gid);

        if (found != cases[i].found ||
            (found && (uid != cases[i].uid || gid != cases[i].gid)))
            fail_msg("\"%s\": found %d, %u %u", cases[i].user, found,
                     (unsigned)uid, (unsigned)gid);
    }
}

static void does_without_the_file(void **state)
{
    uint32_t uid, gid;

    (void)state;
    assert_true(conf_user_in(NULL, 0, "12", &uid, &gid));
    assert_int_equal(uid, 12);
    assert_int_equal(gid, 12);
    assert_false(conf_user_in(NULL, 0, "crier", &uid, &gid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_users),
        cmocka_unit_test(does_without_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
