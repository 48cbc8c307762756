/*
 * netlink.c - reading the kernel's answers about interfaces and addresses
 *
 * The few structures are written down here as offsets: the kernel's own
 * headers are not there where a C library comes without them. Numbers are in
 * the machine's byte order. Everything is bounds-checked; the kernel is
 * trusted to mean well, but not by pointer.
 */
#include "private.h"

#include <errno.h>
#include <string.h>

enum {
    MSG_HEAD = 16,   /* u32 len, u16 type, u16 flags, u32 seq, u32 pid */
    IFINFO_LEN = 16, /* u8 family, u8 pad, u16 type, i32 index, u32 flags, .. */
    IFADDR_LEN = 8,  /* u8 family, prefix_len, flags, scope; u32 index */
    ATTR_HEAD = 4,   /* u16 len, u16 type */

    TYPE_ERROR = 2,
    TYPE_DONE = 3,
    TYPE_NEWLINK = 16,
    TYPE_NEWADDR = 20,

    FLAG_DUMP_INTR = 0x10, /* the list changed while it was being sent */

    LINK_ADDRESS = 1,
    LINK_NAME = 3,
    LINK_MTU = 4,
    LINK_MASTER = 10,
    LINK_INFO = 18,
    LINK_INFO_SLAVE_KIND = 4,
    LINK_CARRIER_CHANGES = 35,

    ADDR_ADDRESS = 1,
    ADDR_LOCAL = 2,
    ADDR_FLAGS = 8,

    ATTR_TYPE_MASK = 0x3fff, /* above: "nested", "network byte order" */
};

static uint16_t get_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return v;
}

static size_t align4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

struct attr {
    unsigned type;
    const uint8_t *data;
    size_t len;
};

/* The attribute at *p; moves on. False at the end or if it is malformed. */
static bool attr_next(const uint8_t **p, const uint8_t *end, struct attr *out)
{
    size_t left = (size_t)(end - *p);
    size_t len;

    if (left < ATTR_HEAD)
        return false;
    len = get_u16(*p);
    if (len < ATTR_HEAD || len > left)
        return false;
    out->type = get_u16(*p + 2) & ATTR_TYPE_MASK;
    out->data = *p + ATTR_HEAD;
    out->len = len - ATTR_HEAD;
    *p += align4(len) < left ? align4(len) : left;
    return true;
}

/* A member of a VRF has a master too, but is a link of its own. */
static bool is_vrf_member(const struct attr *info)
{
    const uint8_t *p = info->data;
    struct attr a;

    while (attr_next(&p, info->data + info->len, &a)) {
        if (a.type == LINK_INFO_SLAVE_KIND)
            return a.len >= 3 && memcmp(a.data, "vrf", 3) == 0;
    }
    return false;
}

static void take_link(const uint8_t *body, const uint8_t *end,
                      struct iface_table *t)
{
    const uint8_t *p = body + IFINFO_LEN;
    struct os_iface *i;
    struct attr a;
    bool vrf = false;

    if (end - body < IFINFO_LEN)
        return;
    i = iface_by_index(t, get_u32(body + 4));
    if (i == NULL)
        return;
    i->flags = get_u32(body + 8);
    while (attr_next(&p, end, &a)) {
        if (a.type == LINK_NAME && a.len > 0 && a.len <= IF_NAMESIZE) {
            memcpy(i->name, a.data, a.len);
            i->name[a.len - 1] = '\0';
        } else if (a.type == LINK_MTU && a.len == 4) {
            i->mtu = get_u32(a.data);
        } else if (a.type == LINK_MASTER && a.len == 4) {
            i->master = get_u32(a.data);
        } else if (a.type == LINK_ADDRESS && a.len == sizeof i->mac) {
            memcpy(i->mac, a.data, sizeof i->mac);
            i->has_mac = 1;
        } else if (a.type == LINK_CARRIER_CHANGES && a.len == 4) {
            i->carrier_changes = get_u32(a.data);
        } else if (a.type == LINK_INFO) {
            vrf = is_vrf_member(&a);
        }
    }
    if (vrf)
        i->master = 0;
}

static void take_addr(const uint8_t *body, const uint8_t *end,
                      struct iface_table *t)
{
    const uint8_t *p = body + IFADDR_LEN;
    struct addr addr = {.family = ADDR_NONE};
    bool local = false;
    unsigned flags;
    struct os_iface *i;
    struct attr a;

    if (end - body < IFADDR_LEN)
        return;
    if (body[0] == AF_INET)
        addr.family = ADDR_V4;
    else if (body[0] == AF_INET6)
        addr.family = ADDR_V6;
    else
        return;
    flags = body[2];
    while (attr_next(&p, end, &a)) {
        /* On a point-to-point link ADDRESS is the other end's. */
        if ((a.type == ADDR_LOCAL || (a.type == ADDR_ADDRESS && !local)) &&
            a.len == addr_len(&addr)) {
            memcpy(addr.b, a.data, a.len);
            local = local || a.type == ADDR_LOCAL;
        } else if (a.type == ADDR_FLAGS && a.len == 4) {
            flags = get_u32(a.data);
        }
    }
    i = iface_by_index(t, get_u32(body + 4));
    if (i != NULL && iface_addr_usable(&addr, flags))
        iface_add_addr(i, &addr, body[1],
                       addr.family == ADDR_V6 && (flags & IFA_TEMPORARY) != 0);
}

int netlink_parse(const uint8_t *buf, size_t len, uint32_t seq,
                  struct iface_table *t)
{
    const uint8_t *p = buf;

    while (len >= MSG_HEAD) {
        size_t size = get_u32(p);
        unsigned type = get_u16(p + 4);
        const uint8_t *body = p + MSG_HEAD;
        const uint8_t *end;

        if (size < MSG_HEAD || size > len)
            return -EBADMSG;
        end = p + size;
        if (get_u32(p + 8) == seq) {
            if ((get_u16(p + 6) & FLAG_DUMP_INTR) != 0)
                return -EINTR;
            if (type == TYPE_DONE)
                return 1;
            if (type == TYPE_ERROR)
                return -EOPNOTSUPP;
            if (type == TYPE_NEWLINK)
                take_link(body, end, t);
            else if (type == TYPE_NEWADDR)
                take_addr(body, end, t);
        }
        size = align4(size) < len ? align4(size) : len;
        p += size;
        len -= size;
    }
    return len == 0 ? 0 : -EBADMSG;
}
