/*
 * test_directories.c - a directory of service files that cannot be read
 *
 * readdir() here stands before that of the C library.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "crier/conf.h"

static int fails_after; /* so many files */
static char said[512];

struct dirent *readdir(DIR *dir)
{
    static struct dirent one;

    (void)dir;
    if (fails_after-- == 0) {
        errno = EOVERFLOW; /* an inode of 64 bits for a program of 32 */
        return NULL;
    }
    strcpy(one.d_name, "web.service");
    return &one;
}

static bool never(void *ctx, const struct service *s, struct report *r)
{
    (void)s;
    (void)r;
    *(bool *)ctx = true;
    return true;
}

/* Half of it is worse than nothing of it: who reloads would withdraw what is
 * in the other half. */
static void reports_a_failed_read(void **state)
{
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to};
    struct conf c;
    bool called = false;
    unsigned count;

    (void)state;
    conf_default(&c);
    for (int files = 0; files < 3; files++) {
        fails_after = files;
        c.dirs[0] = "/";
        c.dir_count = 1;
        assert_false(services_each(&c, never, &called, &r, &count));
        assert_int_equal(r.errors, files + 1);
        assert_int_equal(count, 0);
    }
    assert_false(called);
    assert_non_null(strstr(text_end(&to), "/: E010: cannot read the directory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reports_a_failed_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
