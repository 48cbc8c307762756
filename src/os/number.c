/*
 * number.c - files of the kernel that hold one number
 */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

enum { DIGITS_MAX = 16 };

int os_number_read(const char *path)
{
    char buf[DIGITS_MAX];
    int value = 0;
    int fd = fd_open(path);
    int n;

    if (fd < 0)
        return fd;
    n = fd_read_all(fd, buf, sizeof buf);
    fd_close(&fd);
    if (n < 0)
        return n;
    for (const char *p = buf; *p != '\0' && *p != '\n'; p++) {
        if (*p < '0' || *p > '9' || value > 100000000)
            return -EBADMSG;
        value = 10 * value + (*p - '0');
    }
    return value;
}

int os_number_write(const char *path, int value)
{
    char buf[DIGITS_MAX];
    char *p = buf + sizeof buf;
    int fd = os.open(path, O_WRONLY | O_CLOEXEC, 0);
    int err = 0;

    if (fd < 0)
        return -errno;
    do
        *--p = (char)('0' + value % 10);
    while ((value /= 10) > 0);
    if (os.write(fd, p, (size_t)(buf + sizeof buf - p)) < 0)
        err = -errno;
    fd_close(&fd);
    return err;
}
