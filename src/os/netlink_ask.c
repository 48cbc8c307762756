/*
 * netlink_ask.c - sending the kernel requests, and its answer in one word
 */
#include "private.h"

#ifdef __linux__

#include <errno.h>
#include <string.h>

enum {
    ERROR = 2, /* NLMSG_ERROR: a negative errno, or 0, and the request */
    ERROR_MIN = sizeof(struct netlink_head) + 4,
    ANSWER_MAX = 256,
};

int netlink_send(int fd, const struct netlink_head *rq)
{
    ssize_t n;

    do
        n = os.sendto(fd, rq, rq->len, 0, NULL, 0);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : 0;
}

/* The kernel has answered before sendto() returns. */
int netlink_ask(int protocol, const struct netlink_head *rq)
{
    uint8_t answer[ANSWER_MAX] = {0};
    struct netlink_head head;
    int fd = fd_socket(AF_NETLINK, SOCK_RAW, protocol);
    int32_t err;

    if (fd < 0)
        return fd;
    err = netlink_send(fd, rq);
    if (err == 0) {
        ssize_t n = os.recvfrom(fd, answer, sizeof answer, 0, NULL,
                                NULL);

        err = n < 0 ? -errno : -EBADMSG;
        memcpy(&head, answer, sizeof head);
        if (n >= ERROR_MIN && head.type == ERROR)
            memcpy(&err, answer + sizeof head, sizeof err);
    }
    fd_close(&fd);
    return err;
}

#endif
