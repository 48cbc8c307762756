/*
 * file.c - files that others read while they are written
 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = os.write(fd, data, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EIO;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

int os_file_replace(const char *path, const char *data, size_t len)
{
    static const char suffix[] = ".new";
    char next[256 + sizeof suffix];
    size_t path_len = strlen(path);
    int fd, err;

    if (path_len >= sizeof next - sizeof suffix)
        return -ENAMETOOLONG;
    memcpy(next, path, path_len);
    memcpy(next + path_len, suffix, sizeof suffix);
    /* What stands there may be a link that somebody else has laid. */
    (void)unlink(next);
    fd = os.open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    err = write_all(fd, data, len);
    if (os.close(fd) < 0 && err == 0)
        err = -errno;
    if (err == 0 && rename(next, path) < 0)
        err = -errno;
    if (err < 0)
        (void)unlink(next);
    return err;
}
