/*
 * landlock.c - which files and TCP ports a daemon that has started can reach
 * (Linux)
 *
 * The rules are collected while the configuration is read, and are in force
 * from landlock_restrict() on. Constants are written down here for the same
 * reason as in sandbox.c.
 */
#include "private.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__

#include <fcntl.h>
#include <sys/syscall.h>

enum { /* Linux 5.13; one number on all machines */
    LANDLOCK_CREATE_RULESET = 444,
    LANDLOCK_ADD_RULE = 445,
    LANDLOCK_RESTRICT_SELF = 446,
    PATH_BENEATH = 1,
    NET_PORT = 2, /* Linux 6.7 */
    BIND_TCP = 1,
    CONNECT_TCP = 2,
    PATH_ONLY = 010000000, /* O_PATH, which glibc hides */
    READ_FILE_AND_DIR = 0xc,
    REPLACE_FILE = 0x126, /* write, read, remove and make files */
    ALL_OF_VERSION_1 = 0x1fff, /* what else there is the filter forbids */
};

/* The rules so far; -1: none yet; SHUT: they are in force, or never will. */
enum { SHUT = -2 };
static int rules = -1;
static bool inside; /* of the sandbox, whatever it lacks */

/* Rules for all that they can be about here. Kernels before 6.7 know files
 * alone, and refuse what is behind that in the structure. */
static void begin(void)
{
    static const struct {
        uint64_t files, net;
    } handled = {ALL_OF_VERSION_1, BIND_TCP | CONNECT_TCP};

    if (rules != -1)
        return;
    rules = (int)syscall(LANDLOCK_CREATE_RULESET, &handled, sizeof handled,
                         0L);
    if (rules < 0)
        rules = (int)syscall(LANDLOCK_CREATE_RULESET, &handled,
                             sizeof handled.files, 0L);
    if (rules < 0)
        rules = SHUT;
}

/* The directory at path, or the one nearest above it that is there. */
static int open_above(const char *path)
{
    char dir[256];
    size_t len = strlen(path);

    if (len >= sizeof dir)
        return -1;
    memcpy(dir, path, len + 1);
    for (;;) {
        int fd = os.open(len > 0 ? dir : path[0] == '/' ? "/" : ".",
                         PATH_ONLY | O_DIRECTORY | O_CLOEXEC, 0);

        if (fd >= 0 || len == 0)
            return fd;
        while (len > 0 && dir[--len] != '/') {
            /* the last part goes */
        }
        dir[len] = '\0';
    }
}

/* One rule more for the directory, which is closed. */
static void allow(uint64_t what, int dir)
{
    struct {
        uint64_t allowed;
        int32_t dir;
    } rule = {what, dir};

    if (dir < 0)
        return;
    begin();
    if (rules >= 0)
        syscall(LANDLOCK_ADD_RULE, (long)rules, (long)PATH_BENEATH, &rule, 0L);
    os.close(dir);
}

void os_readable(const char *path)
{
    if (rules != SHUT)
        allow(READ_FILE_AND_DIR, open_above(path));
}

void os_writable(const char *path)
{
    char dir[256];
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) + 1 : 0;

    if (len == 0 || len >= sizeof dir || rules == SHUT)
        return;
    memcpy(dir, path, len);
    dir[len] = '\0'; /* the directory itself, and none above it */
    allow(REPLACE_FILE,
          os.open(dir, PATH_ONLY | O_DIRECTORY | O_CLOEXEC, 0));
}

/* 0, or the error of opening it to read. */
static int open_error(const char *path, int flags)
{
    int fd = os.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, 0);

    if (fd < 0)
        return errno;
    os.close(fd);
    return 0;
}

void os_reachable(uint16_t port)
{
    const struct {
        uint64_t allowed, port;
    } rule = {CONNECT_TCP, port};

    if (rules == SHUT)
        return;
    begin();
    if (rules >= 0) /* an error where they are about files alone */
        syscall(LANDLOCK_ADD_RULE, (long)rules, (long)NET_PORT, &rule, 0L);
}

bool os_may_read(const char *path)
{
    char dir[256];
    const char *slash = strrchr(path, '/');
    size_t len = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    int err = inside ? open_error(path, 0) : 0;

    if (err == 0 || err == EACCES || len == 0 || len >= sizeof dir)
        return err == 0;
    memcpy(dir, path, len); /* it is not there, and its directory tells */
    dir[len] = '\0';
    return open_error(dir, O_DIRECTORY) != EACCES;
}

bool landlock_restrict(void)
{
    bool done;

    os_readable("/sys"); /* whose port an interface is */
    inside = true;
    done = rules >= 0 && syscall(LANDLOCK_RESTRICT_SELF, (long)rules, 0L) == 0;
    fd_close(&rules);
    rules = SHUT;
    return done;
}

#else

void os_readable(const char *path)
{
    (void)path;
}

void os_writable(const char *path)
{
    (void)path;
}

void os_reachable(uint16_t port)
{
    (void)port;
}

bool os_may_read(const char *path)
{
    (void)path;
    return true;
}

#endif
