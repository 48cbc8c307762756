/*
 * tcp_reset.c - aborting the TCP connections that use an address
 *
 * RFC 3927 section 2.5: when an address is lost to another host, what runs
 * over it should end at once, not go on with a stranger. The kernel lists its
 * sockets by sock_diag and destroys them one by one, if it was built with
 * CONFIG_INET_DIAG_DESTROY. IPv4 connections may belong to IPv6 sockets.
 */
#include "private.h"

#include <errno.h>
#include <string.h>

#ifdef __linux__

enum {
    PROTO_SOCK_DIAG = 4,
    TYPE_BY_FAMILY = 20,
    TYPE_DESTROY = 21,
    FLAGS_DUMP = 0x301,
    FLAGS_ACK = 0x5,

    HEAD_LEN = 16,
    ID_LEN = 48,        /* struct inet_diag_sockid: ports, src at 4, dst, .. */
    ID_SOURCE = 4,
    ANSWER_ID = 4,      /* in struct inet_diag_msg */
    STATES = 0x0fff & ~(1 << 10), /* all but LISTEN */

    ANSWER_MAX = 32768,
    PARTS_MAX = 4096, /* a bound, not an expectation */
};

struct diag_request { /* and struct inet_diag_req_v2 */
    struct netlink_head head;
    uint8_t family, protocol, extensions, pad;
    uint32_t states;
    uint8_t id[ID_LEN];
};
_Static_assert(sizeof(struct diag_request) == HEAD_LEN + 8 + ID_LEN,
               "no padding");

static struct diag_request request(uint16_t type, uint16_t flags,
                                   uint8_t family)
{
    return (struct diag_request){
        .head = {.len = sizeof(struct diag_request), .type = type,
                 .flags = flags},
        .family = family, .protocol = IPPROTO_TCP, .states = STATES};
}

static bool is_source(const uint8_t *id, uint8_t family, const struct addr *a)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

    if (family == AF_INET)
        return memcmp(id + ID_SOURCE, a->b, 4) == 0;
    return memcmp(id + ID_SOURCE, mapped, sizeof mapped) == 0 &&
           memcmp(id + ID_SOURCE + sizeof mapped, a->b, 4) == 0;
}

static int destroy(uint8_t family, const uint8_t *id)
{
    struct diag_request rq = request(TYPE_DESTROY, FLAGS_ACK, family);

    memcpy(rq.id, id, sizeof rq.id);
    return netlink_ask(PROTO_SOCK_DIAG, &rq.head);
}

/* One part of the list; 0: more will come, 1: it was the last. */
static int reset_part(const uint8_t *p, size_t len, uint8_t family,
                      const struct addr *a)
{
    while (len >= HEAD_LEN) {
        uint32_t size;
        uint16_t type;

        memcpy(&size, p, sizeof size);
        memcpy(&type, p + 4, sizeof type);
        if (size < HEAD_LEN || size > len)
            return -EBADMSG;
        if (type != TYPE_BY_FAMILY)
            return 1; /* done, or refused */
        if (size >= HEAD_LEN + ANSWER_ID + ID_LEN &&
            is_source(p + HEAD_LEN + ANSWER_ID, family, a)) {
            int err = destroy(family, p + HEAD_LEN + ANSWER_ID);

            if (err == -EOPNOTSUPP)
                return err;
        }
        size = (size + 3) & ~UINT32_C(3);
        if (size > len)
            size = (uint32_t)len;
        p += size;
        len -= size;
    }
    return 0;
}

static int reset_family(uint8_t family, const struct addr *a)
{
    static uint8_t buf[ANSWER_MAX];
    struct diag_request rq = request(TYPE_BY_FAMILY, FLAGS_DUMP, family);
    int fd = fd_socket(AF_NETLINK, SOCK_RAW, PROTO_SOCK_DIAG);
    int err;

    if (fd < 0)
        return fd;
    err = netlink_send(fd, &rq.head);
    for (int part = 0; err == 0 && part < PARTS_MAX; part++) {
        ssize_t n = os.recvfrom(fd, buf, sizeof buf, 0, NULL, NULL);

        err = n < 0 ? -errno : reset_part(buf, (size_t)n, family, a);
    }
    fd_close(&fd);
    return err < 0 ? err : 0;
}

int os_ipv4_reset(const struct addr *a)
{
    int err = reset_family(AF_INET, a);

    if (err < 0)
        return err;
    return reset_family(AF_INET6, a);
}

#else

int os_ipv4_reset(const struct addr *a)
{
    (void)a;
    return -EAFNOSUPPORT;
}

#endif
