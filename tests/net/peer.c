/*
 * peer.c - a peer made of raw packets, for the net tests
 *
 *     peer hold [FILE]                 wait for a signal; FILE: keep all DNS
 *                                      that this host sends, see witness.h
 *     peer now                         monotonic seconds, as captures use
 *     peer capture IF [pcap FILE]      print every mDNS packet until killed
 *     peer send IF [OPTION VALUE]... -- ITEM...
 *         src ADDR, sport N, dst ADDR, dport N, ttl N, mac MAC,
 *         count N (%d in items counts), gap MS (between packets); the item
 *         "next" begins another packet
 *     peer ask IF [OPTION VALUE]... -- ITEM...
 *         family 4|6, dst ADDR, sport N, ttl N, wait MS: send from a real
 *         socket, print what comes back in that time, or within 300 ms of
 *         the first answer; exit 1 if nothing does
 *     peer listen IF [OPTION VALUE]...
 *         family 4|6, reuse addr|port|both|none, join yes|no: a wildcard
 *         socket with default buffers, as other responders have; prints
 *         what it gets, and at the end how many packets it lost
 *     peer reflect IF OUT [src ADDR]   send back each packet that comes in
 *     peer deny WORDS COMMAND...       run it where the kernel lacks pieces
 *     peer door PORT                   a TCP port that is open
 *     peer manager PATH                what a service manager is told
 *     peer arp-capture IF, peer arp-send IF ...     see arp.h
 *
 * Lines are "TIME in|out FROM TO Q|R SECTION ...", see msg.h. The first line
 * of what runs until killed is "ready".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "arp.h"
#include "deny.h"
#include "door.h"
#include "frame.h"
#include "manager.h"
#include "msg.h"
#include "witness.h"

#define MORE_S 0.3 /* time for further answers after the first */

struct options {
    const char *src, *dst, *reuse, *pcap;
    const uint8_t *mac;
    unsigned sport, dport, ttl, count, gap_ms, wait_ms;
    int family;
    bool join;
};

static volatile sig_atomic_t stop;

static void on_signal(int signo)
{
    (void)signo;
    stop = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static const uint8_t *parse_mac(const char *text)
{
    static uint8_t mac[6];
    unsigned b[6];

    if (sscanf(text, "%x:%x:%x:%x:%x:%x", b, b + 1, b + 2, b + 3, b + 4,
               b + 5) != 6) {
        errno = EINVAL;
        die(text);
    }
    for (int i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return mac;
}

static void set_option(struct options *o, const char *key, const char *value)
{
    unsigned n = (unsigned)strtoul(value, NULL, 10);

    if (strcmp(key, "src") == 0)
        o->src = value;
    else if (strcmp(key, "dst") == 0)
        o->dst = value;
    else if (strcmp(key, "reuse") == 0)
        o->reuse = value;
    else if (strcmp(key, "pcap") == 0)
        o->pcap = value;
    else if (strcmp(key, "mac") == 0)
        o->mac = parse_mac(value);
    else if (strcmp(key, "sport") == 0)
        o->sport = n;
    else if (strcmp(key, "dport") == 0)
        o->dport = n;
    else if (strcmp(key, "ttl") == 0)
        o->ttl = n;
    else if (strcmp(key, "count") == 0)
        o->count = n;
    else if (strcmp(key, "gap") == 0)
        o->gap_ms = n;
    else if (strcmp(key, "wait") == 0)
        o->wait_ms = n;
    else if (strcmp(key, "family") == 0)
        o->family = n == 6 ? AF_INET6 : AF_INET;
    else if (strcmp(key, "join") == 0)
        o->join = strcmp(value, "yes") == 0;
    else {
        errno = EINVAL;
        die(key);
    }
}

/* Options up to "--"; returns where the items start. */
static int get_options(struct options *o, int argc, char **argv, int i)
{
    memset(o, 0, sizeof *o);
    o->dport = 5353;
    o->ttl = 255;
    o->count = 1;
    o->wait_ms = 1500;
    o->reuse = "addr";
    o->join = true;
    for (; i < argc && strcmp(argv[i], "--") != 0; i += 2) {
        if (i + 1 == argc) {
            errno = EINVAL;
            die(argv[i]);
        }
        set_option(o, argv[i], argv[i + 1]);
    }
    if (o->dst != NULL)
        o->family = strchr(o->dst, ':') != NULL ? AF_INET6 : AF_INET;
    else if (o->src != NULL)
        o->family = strchr(o->src, ':') != NULL ? AF_INET6 : AF_INET;
    else if (o->family == 0)
        o->family = AF_INET;
    return i + 1;
}

static void ready(void)
{
    puts("ready");
    fflush(stdout);
}

/* When the kernel had the packet that was read last: on a busy machine it may
 * be long before we have it. The first call makes it keep the time. */
static double packet_s(int fd)
{
    struct timespec then, now;

    if (ioctl(fd, SIOCGSTAMPNS, &then) != 0)
        return now_s();
    clock_gettime(CLOCK_REALTIME, &now);
    return now_s() - (double)(now.tv_sec - then.tv_sec)
           - (double)(now.tv_nsec - then.tv_nsec) / 1e9;
}

static void print_packet(double at_s, const char *dir, const struct frame *f)
{
    char from[END_TEXT], to[END_TEXT], prefix[200], tail[64];

    snprintf(prefix, sizeof prefix, "%.4f %s %s %s", at_s, dir,
             end_text(&f->from, from), end_text(&f->to, to));
    snprintf(tail, sizeof tail, "ttl=%u mac=%02x:%02x:%02x:%02x:%02x:%02x",
             f->ttl, f->mac[0], f->mac[1], f->mac[2], f->mac[3], f->mac[4],
             f->mac[5]);
    if (f->kind == FRAME_UDP) {
        msg_print(stdout, prefix, tail, f->payload, f->len);
    } else {
        printf("%s %s len=%zu %s ", prefix,
               f->kind == FRAME_MEMBER ? "member" : "fragment", f->len, tail);
        for (size_t i = 0; f->kind == FRAME_MEMBER && i < f->len; i++)
            printf("%02x", f->payload[i]);
        putchar('\n');
    }
}

/* mDNS, and what would go to a unicast DNS server. */
static bool is_dns(const struct frame *f)
{
    return f->kind == FRAME_MEMBER || f->kind == FRAME_FRAGMENT
           || (f->kind == FRAME_UDP
               && (f->from.port == 5353 || f->to.port == 5353
                   || f->to.port == 53));
}

/* Wait until fd is readable; what was printed goes out first. */
static bool wait_readable(int fd, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    if (poll(&p, 1, 0) == 1)
        return true;
    fflush(NULL);
    return poll(&p, 1, timeout_ms) == 1;
}

static int capture(const char *ifname, const struct options *o)
{
    static uint8_t buf[FRAME_MAX];
    int ifindex, fd = frame_open(ifname, &ifindex);
    FILE *pcap = o->pcap != NULL ? pcap_open(o->pcap) : NULL;

    packet_s(fd);
    ready();
    while (!stop) {
        struct frame f;
        bool outgoing;
        ssize_t len;

        if (!wait_readable(fd, -1))
            continue;
        len = frame_recv(fd, buf, &outgoing);
        if (len < 0)
            continue; /* ENETDOWN while the link flaps */
        frame_parse(&f, buf, (size_t)len);
        if (!is_dns(&f))
            continue;
        print_packet(packet_s(fd), outgoing ? "out" : "in", &f);
        if (pcap != NULL)
            pcap_write(pcap, buf, (size_t)len);
    }
    if (pcap != NULL)
        fclose(pcap);
    return 0;
}

static void nap_ms(unsigned ms)
{
    struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};

    nanosleep(&t, NULL);
}

static void fill_frame(struct frame *f, const struct options *o,
                       const char *ifname)
{
    memset(f, 0, sizeof *f);
    f->ttl = o->ttl;
    end_group(&f->to, o->family);
    if (o->dst != NULL && !end_parse(&f->to, o->dst))
        die(o->dst);
    if (o->src != NULL ? !end_parse(&f->from, o->src)
                       : !end_of_interface(&f->from, o->family, ifname))
        die("source address");
    f->from.port = o->sport != 0 ? o->sport : 5353;
    f->to.port = o->dport;
}

/* Returns where the items of the next packet begin. */
static char **build(struct msg *m, char **items, unsigned n)
{
    msg_init(m);
    for (; *items != NULL; items++) {
        if (strcmp(*items, "next") == 0)
            return items + 1;
        msg_item(m, *items, n);
    }
    return items;
}

static int send_raw(const char *ifname, const struct options *o, char **items)
{
    static struct msg m;
    struct frame f;
    int ifindex, fd = frame_open(ifname, &ifindex);

    fill_frame(&f, o, ifname);
    for (unsigned n = 0; n < o->count && !stop; n++) {
        char **rest = items;

        do {
            rest = build(&m, rest, n);
            f.payload = m.data;
            f.len = m.len;
            frame_send(fd, ifindex, ifname, &f, o->mac);
            if (o->gap_ms != 0)
                nap_ms(o->gap_ms);
        } while (*rest != NULL);
    }
    return 0;
}

static socklen_t to_sockaddr(const struct end *e, unsigned ifindex,
                             struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (e->family == AF_INET) {
        struct sockaddr_in in = {.sin_family = AF_INET};

        in.sin_port = htons((uint16_t)e->port);
        memcpy(&in.sin_addr, e->addr, 4);
        memcpy(out, &in, sizeof in);
        return sizeof in;
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};

    in6.sin6_port = htons((uint16_t)e->port);
    memcpy(&in6.sin6_addr, e->addr, 16);
    if (e->addr[0] == 0xff || (e->addr[0] == 0xfe && e->addr[1] == 0x80))
        in6.sin6_scope_id = ifindex;
    memcpy(out, &in6, sizeof in6);
    return sizeof in6;
}

static void from_sockaddr(struct end *e, const struct sockaddr_storage *ss)
{
    memset(e, 0, sizeof *e);
    e->family = ss->ss_family;
    if (e->family == AF_INET) {
        struct sockaddr_in in;

        memcpy(&in, ss, sizeof in);
        memcpy(e->addr, &in.sin_addr, 4);
        e->port = ntohs(in.sin_port);
    } else {
        struct sockaddr_in6 in6;

        memcpy(&in6, ss, sizeof in6);
        memcpy(e->addr, &in6.sin6_addr, 16);
        e->port = ntohs(in6.sin6_port);
    }
}

static void set_int(int fd, int level, int name, int value)
{
    if (setsockopt(fd, level, name, &value, sizeof value) < 0)
        die("setsockopt");
}

static void join_group(int fd, int family, unsigned ifindex)
{
    if (family == AF_INET) {
        struct ip_mreqn req = {.imr_ifindex = (int)ifindex};

        inet_pton(AF_INET, "224.0.0.251", &req.imr_multiaddr);
        if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &req, sizeof req))
            die("join");
    } else {
        struct ipv6_mreq req = {.ipv6mr_interface = ifindex};

        inet_pton(AF_INET6, "ff02::fb", &req.ipv6mr_multiaddr);
        if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &req, sizeof req))
            die("join");
    }
}

/* A UDP socket as other programs have it; port 0 is any. */
static int plain_socket(const struct options *o, unsigned port,
                        unsigned ifindex)
{
    struct sockaddr_storage ss;
    struct end any = {.family = o->family, .port = port};
    bool v4 = o->family == AF_INET;
    int fd = socket(o->family, SOCK_DGRAM, 0);
    socklen_t size;

    if (fd < 0)
        die("socket");
    if (strcmp(o->reuse, "addr") == 0 || strcmp(o->reuse, "both") == 0)
        set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (strcmp(o->reuse, "port") == 0 || strcmp(o->reuse, "both") == 0)
        set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (!v4)
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    size = to_sockaddr(&any, ifindex, &ss);
    if (bind(fd, (struct sockaddr *)&ss, size) < 0)
        die("bind");
    if (v4) {
        struct ip_mreqn req = {.imr_ifindex = (int)ifindex};

        if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &req, sizeof req))
            die("multicast interface");
        set_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, (int)o->ttl);
        set_int(fd, IPPROTO_IP, IP_TTL, (int)o->ttl);
        set_int(fd, IPPROTO_IP, IP_TOS, WITNESS_NOT);
    } else {
        set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)ifindex);
        set_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, (int)o->ttl);
        set_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, (int)o->ttl);
        set_int(fd, IPPROTO_IPV6, IPV6_TCLASS, WITNESS_NOT);
    }
    return fd;
}

/* Receive one datagram and print it; *lost: the kernel's count of drops. */
static bool print_datagram(int fd, unsigned *lost)
{
    static uint8_t buf[FRAME_MAX];
    struct sockaddr_storage ss;
    char control[256] __attribute__((aligned(8)));
    struct iovec iov = {buf, sizeof buf};
    struct msghdr mh = {.msg_name = &ss, .msg_namelen = sizeof ss,
                        .msg_iov = &iov, .msg_iovlen = 1,
                        .msg_control = control,
                        .msg_controllen = sizeof control};
    ssize_t len = recvmsg(fd, &mh, MSG_DONTWAIT);
    struct frame f = {.kind = FRAME_UDP, .payload = buf};

    if (len < 0)
        return false;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&mh); c != NULL;
         c = CMSG_NXTHDR(&mh, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL)
            memcpy(lost, CMSG_DATA(c), sizeof *lost);
        if (c->cmsg_type == IP_TTL || c->cmsg_type == IPV6_HOPLIMIT)
            memcpy(&f.ttl, CMSG_DATA(c), sizeof f.ttl);
    }
    from_sockaddr(&f.from, &ss);
    f.to.family = f.from.family;
    f.len = (size_t)len;
    print_packet(now_s(), "in", &f);
    return true;
}

static void want_control(int fd, int family)
{
    set_int(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    if (family == AF_INET)
        set_int(fd, IPPROTO_IP, IP_RECVTTL, 1);
    else
        set_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
}

static int ask(const char *ifname, const struct options *o, char **items)
{
    static struct msg m;
    unsigned ifindex = if_nametoindex(ifname), lost = 0;
    int fd = plain_socket(o, o->sport, ifindex);
    struct sockaddr_storage ss;
    struct end to;
    double end_s = now_s() + o->wait_ms / 1e3;
    bool any = false;

    end_group(&to, o->family);
    if (o->dst != NULL && !end_parse(&to, o->dst))
        die(o->dst);
    to.port = o->dport;
    want_control(fd, o->family);
    build(&m, items, 0);
    if (sendto(fd, m.data, m.len, 0, (struct sockaddr *)&ss,
               to_sockaddr(&to, ifindex, &ss)) < 0)
        die("send");
    while (!stop && now_s() < end_s) {
        if (!wait_readable(fd, (int)((end_s - now_s()) * 1e3) + 1)
            || !print_datagram(fd, &lost))
            continue;
        if (!any && end_s > now_s() + MORE_S)
            end_s = now_s() + MORE_S;
        any = true;
    }
    return any ? 0 : 1;
}

static int listen_plain(const char *ifname, const struct options *o)
{
    unsigned ifindex = if_nametoindex(ifname), lost = 0;
    int fd = plain_socket(o, 5353, ifindex);

    if (o->join)
        join_group(fd, o->family, ifindex);
    want_control(fd, o->family);
    ready();
    while (!stop)
        if (wait_readable(fd, -1))
            print_datagram(fd, &lost);
    printf("lost %u\n", lost);
    return 0;
}

static int reflect(const char *ifname, const char *out,
                   const struct options *o)
{
    static uint8_t buf[FRAME_MAX];
    int ifindex, out_index, fd = frame_open(ifname, &ifindex);
    int out_fd = strcmp(out, ifname) == 0 ? fd : frame_open(out, &out_index);

    if (out_fd == fd)
        out_index = ifindex;
    ready();
    while (!stop) {
        struct frame f;
        struct end src;
        bool outgoing;
        ssize_t len;

        if (!wait_readable(fd, -1))
            continue;
        len = frame_recv(fd, buf, &outgoing);
        if (len < 0 || outgoing)
            continue;
        frame_parse(&f, buf, (size_t)len);
        if (f.kind != FRAME_UDP || f.to.port != 5353)
            continue;
        if (o->src == NULL ? end_of_interface(&src, f.from.family, out)
                           : end_parse(&src, o->src)
                                 && src.family == f.from.family)
            memcpy(f.from.addr, src.addr, sizeof src.addr);
        frame_send(out_fd, out_index, out, &f, NULL);
    }
    return 0;
}

static int usage(void)
{
    fputs("usage: peer hold [FILE] | now | capture IF | send IF ... -- ITEM... |\n"
          "       ask IF ... -- ITEM... | listen IF ... | reflect IF OUT |\n"
          "       deny WORDS COMMAND... | manager PATH | door PORT\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    struct sigaction action = {.sa_handler = on_signal};
    struct options o;
    int items;

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (strcmp(verb, "hold") == 0) {
        if (argc > 2)
            return witness(argv[2], &stop);
        while (!stop)
            pause();
        return 0;
    }
    if (strcmp(verb, "now") == 0)
        return printf("%.4f\n", now_s()) < 0;
    if (argc < 3)
        return usage();
    if (strcmp(verb, "deny") == 0 && argc > 3) {
        deny(argv[2]);
        execvp(argv[3], argv + 3);
        die(argv[3]);
    }
    if (strcmp(verb, "door") == 0)
        return door((unsigned)strtoul(argv[2], NULL, 10), &stop);
    if (strcmp(verb, "manager") == 0)
        return manager(argv[2], &stop);
    if (strcmp(verb, "arp-capture") == 0)
        return arp_capture(argv[2]);
    if (strcmp(verb, "arp-send") == 0)
        return arp_send(argv[2], argc - 3, argv + 3);
    if (strcmp(verb, "reflect") == 0 && argc > 3) {
        get_options(&o, argc, argv, 4);
        return reflect(argv[2], argv[3], &o);
    }
    items = get_options(&o, argc, argv, 3);
    if (strcmp(verb, "capture") == 0)
        return capture(argv[2], &o);
    if (strcmp(verb, "listen") == 0)
        return listen_plain(argv[2], &o);
    if (items >= argc)
        return usage();
    if (strcmp(verb, "send") == 0)
        return send_raw(argv[2], &o, argv + items);
    if (strcmp(verb, "ask") == 0)
        return ask(argv[2], &o, argv + items);
    return usage();
}
