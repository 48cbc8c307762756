/*
 * notify.c - the socket of a service manager
 */
#include "private.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/un.h>

int os_notify_open(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    int fd;

    if ((path[0] != '/' && path[0] != '@') || len >= sizeof un.sun_path)
        return -EINVAL;
    memcpy(un.sun_path, path, len);
    if (path[0] == '@')
        un.sun_path[0] = '\0';
    fd = fd_socket(AF_UNIX, SOCK_DGRAM, 0);
    len += offsetof(struct sockaddr_un, sun_path);
    if (fd >= 0 && os.connect(fd, (const struct sockaddr *)&un,
                              (socklen_t)len) < 0) {
        int err = -errno;

        fd_close(&fd);
        return err;
    }
    return fd;
}
