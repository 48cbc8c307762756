/*
 * vsock.c - sockets between a hypervisor and its guests (Linux)
 *
 * The constants are written down here, so that it compiles where headers lack
 * them.
 */
#include "private.h"

#include <errno.h>
#include <string.h>

enum { FAMILY_VSOCK = 40 };

struct sockaddr_vsock { /* struct sockaddr_vm */
    uint16_t family, reserved;
    uint32_t port, cid;
    uint8_t flags, zero[3];
};

int os_vsock_listen(uint32_t port)
{
    enum { BACKLOG = 16 };
    struct sockaddr_vsock sa = {
        .family = FAMILY_VSOCK, .port = port, .cid = (uint32_t)OS_VSOCK_ANY};
    int fd = fd_socket(FAMILY_VSOCK, SOCK_STREAM, 0);
    int err = 0;

    if (fd < 0)
        return fd;
    if (os.bind(fd, (const struct sockaddr *)(const void *)&sa, sizeof sa) <
            0 ||
        listen(fd, BACKLOG) < 0)
        err = -errno;
    if (err == 0)
        return fd;
    os.close(fd);
    return err;
}

int os_accept(int fd, uint32_t cid)
{
    struct sockaddr_vsock from = {0};
    socklen_t len = sizeof from;
    int got = accept(fd, (struct sockaddr *)(void *)&from, &len);

    if (got < 0)
        return -errno;
    if (cid != (uint32_t)OS_VSOCK_ANY &&
        (from.family != FAMILY_VSOCK || from.cid != cid)) {
        os.close(got);
        return -ECONNABORTED;
    }
    return fd_prepare(got);
}
