/*
 * tcp.c - a connection that is made to see whether somebody listens
 */
#include "private.h"

#include <errno.h>

int os_tcp_open(const struct addr *a, uint16_t port)
{
    union sockaddr_any sa;
    socklen_t len = sockaddr_make(&sa, a, port, 0);
    int fd = fd_socket(a->family == ADDR_V6 ? AF_INET6 : AF_INET, SOCK_STREAM,
                       0);

    if (fd >= 0 && os.connect(fd, &sa.sa, len) < 0 && errno != EINPROGRESS) {
        int err = -errno;

        os.close(fd);
        return err;
    }
    return fd;
}

int os_tcp_error(int fd)
{
    char byte;

    /* As SO_ERROR would, with a call that the sandbox has already. */
    if (os.recvfrom(fd, &byte, 1, MSG_PEEK, NULL, NULL) < 0 &&
        errno != EAGAIN && errno != EWOULDBLOCK)
        return -errno;
    return 0;
}
