/*
 * calls.c - the kernel calls behind `struct os_calls`
 *
 * Thin wrappers where the C libraries disagree about a prototype, so that the
 * table has one type for each. Nothing else in crier calls these directly.
 */
#include "private.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/random.h>
#else
#include <errno.h>
#endif

static int call_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
    return bind(fd, sa, len);
}

static int call_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
    return connect(fd, sa, len);
}

static int call_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
    return getsockname(fd, sa, len);
}

static ssize_t call_sendto(int fd, const void *data, size_t len, int flags,
                           const struct sockaddr *sa, socklen_t sa_len)
{
    return sendto(fd, data, len, flags, sa, sa_len);
}

static ssize_t call_recvfrom(int fd, void *buf, size_t len, int flags,
                             struct sockaddr *sa, socklen_t *sa_len)
{
    return recvfrom(fd, buf, len, flags, sa, sa_len);
}

static int call_ioctl(int fd, unsigned long request, void *arg)
{
#if defined(__linux__) && !defined(__GLIBC__)
    return ioctl(fd, (int)request, arg); /* as POSIX has it */
#else
    return ioctl(fd, request, arg);
#endif
}

static int call_fcntl(int fd, int command, int arg)
{
    return fcntl(fd, command, arg);
}

static int call_open(const char *path, int flags, int mode)
{
    return open(path, flags, mode);
}

static int call_clock_gettime(clockid_t id, struct timespec *out)
{
    return clock_gettime(id, out);
}

static ssize_t call_getrandom(void *buf, size_t len, unsigned flags)
{
#ifdef __linux__
    return getrandom(buf, len, flags);
#else
    (void)buf;
    (void)len;
    (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

struct os_calls os = {
    .socket = socket,
    .bind = call_bind,
    .connect = call_connect,
    .getsockname = call_getsockname,
    .setsockopt = setsockopt,
    .sendto = call_sendto,
    .recvfrom = call_recvfrom,
    .ioctl = call_ioctl,
    .fcntl = call_fcntl,
    .select = select,
    .close = close,
    .open = call_open,
    .read = read,
    .write = write,
    .lseek = lseek,
#ifndef OS_NO_GETIFADDRS
    .getifaddrs = getifaddrs,
#endif
    .clock_gettime = call_clock_gettime,
    .nanosleep = nanosleep,
    .getrandom = call_getrandom,
    .gethostname = gethostname,
};
