/*
 * unix.c - Unix sockets: a daemon's, the way to it, and to a service manager
 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int make_addr(const char *path, struct sockaddr_un *sa)
{
    size_t len = strlen(path);

    memset(sa, 0, sizeof *sa);
    sa->sun_family = AF_UNIX;
    if (len == 0 || len >= sizeof sa->sun_path)
        return -ENAMETOOLONG;
    memcpy(sa->sun_path, path, len);
    return 0;
}

static int bind_with_mode(int fd, const struct sockaddr_un *sa, unsigned mode)
{
    /* The mode has to be right from the first moment on. */
    mode_t before = umask((mode_t)(~mode & 0777));
    int err = 0;

    if (os.bind(fd, (const struct sockaddr *)sa, sizeof *sa) < 0)
        err = -errno;
    umask(before);
    return err;
}

/* A socket that nobody listens on any more is taken away. */
static bool remove_stale(const struct sockaddr_un *sa)
{
    struct stat st;
    bool stale;
    int fd;

    if (lstat(sa->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return false;
    fd = fd_socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return false;
    stale = os.connect(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 &&
            errno == ECONNREFUSED;
    os.close(fd);
    return stale && unlink(sa->sun_path) == 0;
}

/* The directory it is to be in, if just that is missing. */
static void make_directory(const char *path)
{
    char dir[sizeof ((struct sockaddr_un *)0)->sun_path];
    const char *slash = strrchr(path, '/');
    size_t len;

    if (slash == NULL || slash == path)
        return;
    len = (size_t)(slash - path);
    memcpy(dir, path, len);
    dir[len] = '\0';
    (void)mkdir(dir, 0755); /* bind() tells if it did not help */
}

int os_unix_listen(const char *path, unsigned mode)
{
    enum { BACKLOG = 16 };
    struct sockaddr_un sa;
    int err = make_addr(path, &sa);
    int fd;

    if (err < 0)
        return err;
    fd = fd_socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return fd;
    make_directory(path);
    err = bind_with_mode(fd, &sa, mode);
    if (err == -EADDRINUSE && remove_stale(&sa))
        err = bind_with_mode(fd, &sa, mode);
    if (err == 0 && listen(fd, BACKLOG) < 0)
        err = -errno;
    if (err == 0)
        return fd;
    os.close(fd);
    return err;
}

int os_unix_group(const char *path, uint32_t gid)
{
    return lchown(path, (uid_t)-1, (gid_t)gid) == 0 ? 0 : -errno;
}

int os_unix_connect(const char *path, unsigned timeout_s)
{
    struct timeval limit = {.tv_sec = (time_t)timeout_s};
    struct sockaddr_un sa;
    int err = make_addr(path, &sa);
    int fd;

    if (err < 0)
        return err;
    /* Not for the programs that hook and publish start; and it blocks. */
    fd = fd_socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0)
        return fd;
    (void)os.fcntl(fd, F_SETFL, 0);
    (void)os.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    (void)os.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (os.connect(fd, (const struct sockaddr *)&sa, sizeof sa) == 0)
        return fd;
    err = -errno;
    os.close(fd);
    return err;
}

int os_notify_open(const char *path)
{
    struct sockaddr_un sa;
    int err = path[0] == '/' || path[0] == '@' ? make_addr(path, &sa)
                                               : -EINVAL;
    size_t len = offsetof(struct sockaddr_un, sun_path) + strlen(path);
    int fd;

    if (err < 0)
        return err;
    if (path[0] == '@')
        sa.sun_path[0] = '\0'; /* abstract: all of len counts */
    fd = fd_socket(AF_UNIX, SOCK_DGRAM, 0);
    if (fd >= 0 && os.connect(fd, (const struct sockaddr *)&sa,
                              (socklen_t)len) < 0) {
        err = -errno;
        fd_close(&fd);
        return err;
    }
    return fd;
}
