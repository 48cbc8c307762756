/*
 * sniff.c - the mDNS packets of all links as they pass, with their IP header
 *
 * Only a packet socket tells TTLs, fragments, and that a packet has left. A
 * filter in the kernel keeps everything but UDP to port 5353 away from us.
 */
#include <errno.h>

#include "crier/probe.h"
#include "private.h"

#ifdef __linux__

#include <netpacket/packet.h>
#include <string.h>

enum {
    OUTGOING = 4,       /* sll_pkttype */
    UDP = 17,
    FRAGMENT = 44,      /* IPv6 extension header */
    UDP_HEAD = 8,
    IPV4_HEAD = 20,
    IPV6_HEAD = 40,
    FRAGMENT_HEAD = 8,

    LDH = 0x28, LDB = 0x30, LDH_X = 0x48, LDXB_IHL = 0xb1,
    AND = 0x54, JEQ = 0x15, JUMP = 0x05, RET = 0x06,
};

struct instruction { /* struct sock_filter */
    uint16_t code;
    uint8_t yes, no; /* instructions to pass over */
    uint32_t k;
};

struct program { /* struct sock_fprog */
    unsigned short len;
    const struct instruction *first;
};

/* Offsets count from the IP header. */
static const struct instruction filter[] = {
    {LDB, 0, 0, 0},
    {AND, 0, 0, 0xf0},
    {JEQ, 0, 5, 0x40},
    {LDB, 0, 0, 9}, /* protocol */
    {JEQ, 0, 13, UDP},
    {LDXB_IHL, 0, 0, 0},
    {LDH_X, 0, 0, 2}, /* destination port */
    {JUMP, 0, 0, 9},
    {JEQ, 0, 9, 0x60},
    {LDB, 0, 0, 6}, /* next header */
    {JEQ, 0, 2, UDP},
    {LDH, 0, 0, IPV6_HEAD + 2},
    {JUMP, 0, 0, 4},
    {JEQ, 0, 4, FRAGMENT},
    {LDB, 0, 0, IPV6_HEAD},
    {JEQ, 0, 2, UDP},
    {LDH, 0, 0, IPV6_HEAD + FRAGMENT_HEAD + 2},
    {JEQ, 1, 0, MDNS_PORT},
    {RET, 0, 0, 0},
    {RET, 0, 0, 65535},
};

int os_sniff_open(void)
{
    struct program p = {sizeof filter / sizeof filter[0], filter};

    return capture_open(0, &p, sizeof p);
}

/* The IP header of s->data; false if it is none, or the packet is short. */
static bool take_header(struct os_sniffed *s)
{
    const uint8_t *p = s->data;
    size_t head;

    if (s->len < IPV4_HEAD)
        return false;
    if (p[0] >> 4 == 4) {
        head = (size_t)(p[0] & 15) * 4;
        s->ttl = p[8];
        s->fragment = (p[6] & 0x20) != 0;
        s->peer.family = ADDR_V4;
        memcpy(s->peer.b, p + 12, 4);
        if ((p[6] & 0x1f) != 0 || p[7] != 0)
            return false; /* the rest of a fragmented one */
    } else {
        if (s->len < IPV6_HEAD)
            return false;
        head = IPV6_HEAD;
        s->fragment = p[6] == FRAGMENT;
        if (s->fragment)
            head += FRAGMENT_HEAD;
        s->ttl = p[7];
        s->peer.family = ADDR_V6;
        memcpy(s->peer.b, p + 8, 16);
    }
    head += UDP_HEAD;
    if (s->len < head)
        return false;
    s->data += head;
    s->len -= head;
    return true;
}

int os_sniff_recv(int fd, struct os_sniffed *s, uint8_t *buf, size_t cap)
{
    union sockaddr_any sa;
    struct sockaddr_ll ll;
    socklen_t len = sizeof sa;
    ssize_t n;

    do
        n = os.recvfrom(fd, buf, cap, 0, &sa.sa, &len);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    memcpy(&ll, &sa.room, sizeof ll);
    memset(s, 0, sizeof *s);
    s->ifindex = (unsigned)ll.sll_ifindex;
    s->outgoing = ll.sll_pkttype == OUTGOING;
    s->data = buf;
    s->len = (size_t)n;
    return take_header(s) ? 0 : -EBADMSG;
}

#else

int os_sniff_open(void)
{
    return -EAFNOSUPPORT;
}

int os_sniff_recv(int fd, struct os_sniffed *s, uint8_t *buf, size_t cap)
{
    (void)fd;
    (void)s;
    (void)buf;
    (void)cap;
    return -EAFNOSUPPORT;
}

#endif
