/*
 * ipv4_addr.c - putting a link-local IPv4 address on an interface
 *
 * By netlink, since SIOCSIFADDR knows no scope and replaces the address that
 * is there. The structures are written as offsets, as in netlink.c.
 */
#include "private.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#ifdef __linux__

#include <sys/ioctl.h>

enum {
    TYPE_NEWADDR = 20,
    TYPE_DELADDR = 21,
    FLAGS_ACK = 0x5, /* NLM_F_REQUEST | NLM_F_ACK */
    FLAGS_CREATE = 0x600, /* NLM_F_CREATE | NLM_F_EXCL */

    SCOPE_UNIVERSE = 0,
    SCOPE_LINK = 253,
    PREFIX_LEN = 16, /* RFC 3927 section 2.8: never subnetted */

    ADDR_ADDRESS = 1,
    ADDR_LOCAL = 2,
    ADDR_LABEL = 3,
    ADDR_BROADCAST = 4,
    ADDR_CACHEINFO = 6,

    MSG_MAX = 128,
};

union nl_message {
    struct netlink_head head;
    uint8_t b[MSG_MAX];
};

static void put(union nl_message *m, const void *p, size_t len)
{
    assert(len <= sizeof m->b - m->head.len);
    memcpy(m->b + m->head.len, p, len);
    m->head.len += (uint32_t)len;
}

static void put_attr(union nl_message *m, uint16_t type, const void *p,
                     size_t len)
{
    uint16_t head[2] = {(uint16_t)(len + 4), type};
    static const uint8_t pad[4];

    put(m, head, sizeof head);
    put(m, p, len);
    put(m, pad, (4 - len % 4) % 4);
}

/* Head and struct ifaddrmsg. */
static void begin(union nl_message *m, uint16_t type, unsigned flags,
                  uint8_t scope, unsigned ifindex, const struct addr *a)
{
    uint8_t addr[4] = {AF_INET, PREFIX_LEN, 0, scope};
    uint32_t index = ifindex;

    m->head = (struct netlink_head){
        .len = sizeof m->head, .type = type,
        .flags = (uint16_t)(FLAGS_ACK | flags), .seq = 1};
    put(m, addr, sizeof addr);
    put(m, &index, sizeof index);
    put_attr(m, ADDR_LOCAL, a->b, 4);
}

int os_ipv4_remove(unsigned ifindex, const struct addr *a)
{
    union nl_message m;

    begin(&m, TYPE_DELADDR, 0, SCOPE_LINK, ifindex, a);
    return netlink_ask(0, &m.head);
}

/*
 * The kernel takes the first address of an interface as the source of
 * multicast packets, and those of scope link come before others. So when it
 * is no longer preferred the address is added anew: of scope universe, it
 * stands behind the address that came.
 */
int os_ipv4_put(unsigned ifindex, const char *label, const struct addr *a,
                bool preferred)
{
    static const uint8_t broadcast[4] = {169, 254, 255, 255};
    /* preferred and valid lifetime, two times of the kernel's own */
    uint32_t lifetimes[4] = {preferred ? UINT32_MAX : 0, UINT32_MAX, 0, 0};
    union nl_message m;

    os_ipv4_remove(ifindex, a);
    begin(&m, TYPE_NEWADDR, FLAGS_CREATE, preferred ? SCOPE_LINK : SCOPE_UNIVERSE,
          ifindex, a);
    put_attr(&m, ADDR_ADDRESS, a->b, 4);
    put_attr(&m, ADDR_BROADCAST, broadcast, sizeof broadcast);
    put_attr(&m, ADDR_LABEL, label, strlen(label) + 1);
    put_attr(&m, ADDR_CACHEINFO, lifetimes, sizeof lifetimes);
    return netlink_ask(0, &m.head);
}

bool os_ipv4_labelled(const char *label, struct addr *out)
{
    struct ifreq rq;
    bool has;
    int fd;

    memset(&rq, 0, sizeof rq);
    memset(out, 0, sizeof *out);
    if (strlen(label) >= sizeof rq.ifr_name)
        return false;
    memcpy(rq.ifr_name, label, strlen(label));
    rq.ifr_addr.sa_family = AF_INET;
    fd = fd_socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    has = os.ioctl(fd, SIOCGIFADDR, &rq) == 0;
    fd_close(&fd);
    if (has)
        *out = sockaddr_addr(&rq.ifr_addr);
    return out->family == ADDR_V4;
}

#else

int os_ipv4_put(unsigned ifindex, const char *label, const struct addr *a,
                bool preferred)
{
    (void)ifindex;
    (void)label;
    (void)a;
    (void)preferred;
    return -EAFNOSUPPORT;
}

int os_ipv4_remove(unsigned ifindex, const struct addr *a)
{
    (void)ifindex;
    (void)a;
    return -EAFNOSUPPORT;
}

bool os_ipv4_labelled(const char *label, struct addr *out)
{
    (void)label;
    (void)out;
    return false;
}

#endif
