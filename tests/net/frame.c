/*
 * frame.c - Ethernet frames with mDNS in them; see frame.h
 */
#include "frame.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "witness.h"

static void die(const char *what, const char *name)
{
    fprintf(stderr, "peer: %s: %s: %s\n", name, what, strerror(errno));
    exit(2);
}

int frame_open(const char *ifname, int *ifindex)
{
    struct sockaddr_ll ll = {.sll_family = AF_PACKET};
    int size = 32 << 20;
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    *ifindex = (int)if_nametoindex(ifname);
    if (fd < 0 || *ifindex == 0)
        die("packet socket", ifname);
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    ll.sll_protocol = htons(ETH_P_ALL);
    ll.sll_ifindex = *ifindex;
    if (bind(fd, (struct sockaddr *)&ll, sizeof ll) < 0)
        die("bind", ifname);
    return fd;
}

ssize_t frame_recv(int fd, uint8_t *buf, bool *outgoing)
{
    struct sockaddr_ll ll;
    socklen_t size = sizeof ll;
    ssize_t len = recvfrom(fd, buf, FRAME_MAX, MSG_DONTWAIT,
                           (struct sockaddr *)&ll, &size);

    *outgoing = len >= 0 && ll.sll_pkttype == PACKET_OUTGOING;
    return len;
}

static unsigned be16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void parse_upper(struct frame *f, unsigned proto, const uint8_t *p,
                        size_t len)
{
    if (proto == IPPROTO_IGMP || proto == IPPROTO_ICMPV6) {
        bool mld = len > 0 && (p[0] == 143 || (p[0] >= 130 && p[0] <= 132));

        if (len >= 8 && (proto == IPPROTO_IGMP || mld))
            f->kind = FRAME_MEMBER;
        f->payload = p;
        f->len = len;
    } else if (proto == IPPROTO_UDP && len >= 8) {
        f->from.port = be16(p);
        f->to.port = be16(p + 2);
        f->payload = p + 8;
        f->len = be16(p + 4) >= 8 && be16(p + 4) <= len
                     ? be16(p + 4) - 8u : len - 8;
        f->kind = FRAME_UDP;
    }
}

static void parse_ip4(struct frame *f, const uint8_t *ip, size_t len)
{
    size_t head = (ip[0] & 15u) * 4, total = len >= 20 ? be16(ip + 2) : 0;

    if (len < 20 || head < 20 || total < head || total > len)
        return;
    f->from.family = f->to.family = AF_INET;
    memcpy(f->from.addr, ip + 12, 4);
    memcpy(f->to.addr, ip + 16, 4);
    f->ttl = ip[8];
    f->len = total;
    if ((be16(ip + 6) & 0x3fff) != 0) {
        f->kind = FRAME_FRAGMENT;
        return;
    }
    parse_upper(f, ip[9], ip + head, total - head);
}

static void parse_ip6(struct frame *f, const uint8_t *ip, size_t len)
{
    unsigned next = ip[6];
    size_t at = 40;

    if (len < 48 || be16(ip + 4) + 40u > len)
        return;
    f->from.family = f->to.family = AF_INET6;
    memcpy(f->from.addr, ip + 8, 16);
    memcpy(f->to.addr, ip + 24, 16);
    f->ttl = ip[7];
    len = be16(ip + 4) + 40u;
    f->len = len;
    if (next == IPPROTO_HOPOPTS) { /* MLD: router alert */
        next = ip[40];
        at += ip[41] * 8u + 8;
    }
    if (next == IPPROTO_FRAGMENT)
        f->kind = FRAME_FRAGMENT;
    else if (at < len)
        parse_upper(f, next, ip + at, len - at);
}

void frame_parse(struct frame *f, const uint8_t *buf, size_t len)
{
    memset(f, 0, sizeof *f);
    if (len < 14 + 20)
        return;
    memcpy(f->mac, buf + 6, 6);
    if (be16(buf + 12) == ETH_P_IP)
        parse_ip4(f, buf + 14, len - 14);
    else if (be16(buf + 12) == ETH_P_IPV6 && len >= 14 + 48)
        parse_ip6(f, buf + 14, len - 14);
}

static unsigned long sum(unsigned long acc, const uint8_t *p, size_t len)
{
    for (size_t i = 0; i + 1 < len; i += 2)
        acc += be16(p + i);
    if (len % 2 != 0)
        acc += (unsigned long)p[len - 1] << 8;
    return acc;
}

static unsigned fold(unsigned long acc)
{
    while (acc >> 16 != 0)
        acc = (acc & 0xffff) + (acc >> 16);
    return (unsigned)(~acc & 0xffff);
}

static void set16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static size_t put_ip(uint8_t *ip, const struct frame *f, size_t udp_len)
{
    if (f->from.family == AF_INET) {
        static const uint8_t head[10] = {0x45, WITNESS_NOT, 0, 0, 0, 0,
                                         0x40, 0};

        memcpy(ip, head, sizeof head);
        set16(ip + 2, (unsigned)(20 + udp_len));
        ip[8] = (uint8_t)f->ttl;
        ip[9] = IPPROTO_UDP;
        set16(ip + 10, 0);
        memcpy(ip + 12, f->from.addr, 4);
        memcpy(ip + 16, f->to.addr, 4);
        set16(ip + 10, fold(sum(0, ip, 20)));
        return 20;
    }
    memset(ip, 0, 40);
    ip[0] = 0x60;
    ip[1] = WITNESS_NOT << 4;
    set16(ip + 4, (unsigned)udp_len);
    ip[6] = IPPROTO_UDP;
    ip[7] = (uint8_t)f->ttl;
    memcpy(ip + 8, f->from.addr, 16);
    memcpy(ip + 24, f->to.addr, 16);
    return 40;
}

static void put_macs(uint8_t *eth, const struct frame *f, const uint8_t *to,
                     const char *ifname, int fd)
{
    struct ifreq req = {0};

    if (to != NULL) {
        memcpy(eth, to, 6);
    } else if (f->to.family == AF_INET) {
        memcpy(eth, "\x01\x00\x5e", 3);
        memcpy(eth + 3, f->to.addr + 1, 3);
        eth[3] &= 0x7f;
    } else {
        memcpy(eth, "\x33\x33", 2);
        memcpy(eth + 2, f->to.addr + 12, 4);
    }
    snprintf(req.ifr_name, sizeof req.ifr_name, "%s", ifname);
    if (ioctl(fd, SIOCGIFHWADDR, &req) < 0)
        die("hardware address", ifname);
    memcpy(eth + 6, req.ifr_hwaddr.sa_data, 6);
    set16(eth + 12, f->to.family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
}

void frame_send(int fd, int ifindex, const char *ifname,
                const struct frame *f, const uint8_t *mac)
{
    static uint8_t buf[FRAME_MAX];
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_halen = 6};
    size_t alen = f->from.family == AF_INET ? 4 : 16;
    size_t udp_len = f->len + 8, ip_len;
    unsigned long acc;
    uint8_t *udp;

    put_macs(buf, f, mac, ifname, fd);
    ip_len = put_ip(buf + 14, f, udp_len);
    udp = buf + 14 + ip_len;
    set16(udp, f->from.port);
    set16(udp + 2, f->to.port);
    set16(udp + 4, (unsigned)udp_len);
    set16(udp + 6, 0);
    memcpy(udp + 8, f->payload, f->len);
    acc = sum(IPPROTO_UDP + udp_len, f->from.addr, alen);
    acc = sum(acc, f->to.addr, alen);
    acc = fold(sum(acc, udp, udp_len));
    set16(udp + 6, acc == 0 ? 0xffff : (unsigned)acc);
    ll.sll_ifindex = ifindex;
    ll.sll_protocol = htons(f->to.family == AF_INET ? ETH_P_IP : ETH_P_IPV6);
    memcpy(ll.sll_addr, buf, 6);
    while (sendto(fd, buf, 14 + ip_len + udp_len, 0, (struct sockaddr *)&ll,
                  sizeof ll) < 0)
        if (errno != EAGAIN && errno != ENOBUFS)
            die("send", ifname);
}

bool end_parse(struct end *e, const char *text)
{
    e->family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
    return inet_pton(e->family, text, e->addr) == 1;
}

char *end_text(const struct end *e, char *buf)
{
    char addr[INET6_ADDRSTRLEN] = "?";

    inet_ntop(e->family, e->addr, addr, sizeof addr);
    snprintf(buf, END_TEXT, e->family == AF_INET6 ? "[%s]:%u" : "%s:%u",
             addr, e->port);
    return buf;
}

void end_group(struct end *e, int family)
{
    end_parse(e, family == AF_INET ? "224.0.0.251" : "ff02::fb");
}

bool end_of_interface(struct end *e, int family, const char *ifname)
{
    struct ifaddrs *list, *a;
    bool found = false;

    if (getifaddrs(&list) < 0)
        return false;
    for (a = list; a != NULL && !found; a = a->ifa_next) {
        if (a->ifa_addr == NULL || a->ifa_addr->sa_family != family
            || strcmp(a->ifa_name, ifname) != 0)
            continue;
        e->family = family;
        if (family == AF_INET) {
            struct sockaddr_in in;

            memcpy(&in, a->ifa_addr, sizeof in);
            memcpy(e->addr, &in.sin_addr, 4);
            found = true;
        } else {
            struct sockaddr_in6 in6;

            memcpy(&in6, a->ifa_addr, sizeof in6);
            memcpy(e->addr, &in6.sin6_addr, 16);
            found = e->addr[0] == 0xfe && (e->addr[1] & 0xc0) == 0x80;
        }
    }
    freeifaddrs(list);
    return found;
}

FILE *pcap_open(const char *path)
{
    static const uint32_t head[6] = {0xa1b2c3d4, 0x00040002, 0, 0, FRAME_MAX,
                                     1 /* Ethernet */};
    FILE *out = fopen(path, "wb");

    if (out == NULL)
        die("pcap file", path);
    fwrite(head, sizeof head, 1, out);
    return out;
}

void pcap_write(FILE *out, const uint8_t *buf, size_t len)
{
    struct timespec now;
    uint32_t head[4];

    clock_gettime(CLOCK_REALTIME, &now);
    head[0] = (uint32_t)now.tv_sec;
    head[1] = (uint32_t)(now.tv_nsec / 1000);
    head[2] = head[3] = (uint32_t)len;
    fwrite(head, sizeof head, 1, out);
    fwrite(buf, 1, len, out);
}
