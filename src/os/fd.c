/*
 * fd.c - descriptors that never block, are closed on exec, and that select()
 * can watch
 */
#include "private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>

void fd_close(int *fd)
{
    if (*fd >= 0)
        os.close(*fd);
    *fd = -1;
}

/* FD_SET() past FD_SETSIZE writes past the set. */
static int refuse_high(int fd)
{
    if (fd < FD_SETSIZE)
        return fd;
    os.close(fd);
    return -EMFILE;
}

static int set_flags(int fd)
{
    int flags = os.fcntl(fd, F_GETFL, 0);

    if (flags < 0 || os.fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    /* Without it only a program that we start could notice. */
    (void)os.fcntl(fd, F_SETFD, FD_CLOEXEC);
    return 0;
}

int fd_prepare(int fd)
{
    int err = set_flags(fd);

    if (err == 0)
        return refuse_high(fd);
    os.close(fd);
    return err;
}

int fd_socket(int domain, int type, int protocol)
{
    int fd;

#if defined(SOCK_NONBLOCK) && defined(SOCK_CLOEXEC)
    fd = os.socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd >= 0)
        return refuse_high(fd);
    if (errno != EINVAL && errno != EPROTOTYPE)
        return -errno;
#endif
    fd = os.socket(domain, type, protocol);
    if (fd < 0)
        return -errno;
    return fd_prepare(fd);
}

int fd_open(const char *path)
{
    int fd;

    do
        fd = os.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
    while (fd < 0 && errno == EINTR);
    return fd < 0 ? -errno : refuse_high(fd);
}

void os_guard_stdio(void)
{
    enum { STDIO_COUNT = 3 };

    for (int fd = 0; fd < STDIO_COUNT; fd++) {
        int got;

        if (os.fcntl(fd, F_GETFD, 0) >= 0 || errno != EBADF)
            continue;
        /* The lowest free descriptor is this one. Writing to it fails, so that
         * who closed standard output is told that it got nothing. */
        got = os.open("/dev/null", O_RDONLY, 0);
        if (got < 0) /* not even /dev */
            got = os.socket(AF_INET6, SOCK_DGRAM, 0);
        if (got < 0)
            got = os.socket(AF_INET, SOCK_DGRAM, 0);
        if (got > fd)
            os.close(got);
    }
}

int fd_read_all(int fd, char *buf, size_t len)
{
    size_t got = 0;

    assert(len > 1);
    while (got < len - 1) {
        ssize_t n = os.read(fd, buf + got, len - 1 - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    buf[got] = '\0';
    return (int)got;
}
