/*
 * arp.c - ARP and IPv4 frames, written and read as bytes; see arp.h
 */
#include "arp.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "frame.h"

enum { ETHER = 14, ARP = 28, FRAME_MIN = 60 };

static void print_mac(const uint8_t *p)
{
    for (int i = 0; i < 6; i++)
        printf("%s%02x", i == 0 ? " " : ":", p[i]);
}

static void print_ip(const uint8_t *p)
{
    printf(" %u.%u.%u.%u", p[0], p[1], p[2], p[3]);
}

static void print_frame(const uint8_t *p, size_t len, bool outgoing)
{
    unsigned type = len >= ETHER ? (unsigned)p[12] << 8 | p[13] : 0;
    const uint8_t *a = p + ETHER;
    struct timespec ts;

    if (type != 0x0806 && type != 0x0800)
        return;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    printf("%ld.%04ld %s", (long)ts.tv_sec, ts.tv_nsec / 100000,
           outgoing ? "out" : "in");
    print_mac(p);
    print_mac(p + 6);
    if (type == 0x0806 && len >= ETHER + ARP) {
        printf(" %s", a[7] == 1 ? "request" : a[7] == 2 ? "reply" : "other");
        print_mac(a + 8);
        print_ip(a + 14);
        print_mac(a + 18);
        print_ip(a + 24);
    } else if (type == 0x0800 && len >= ETHER + 20) {
        size_t head = (a[0] & 15u) * 4;

        printf(" ip");
        print_ip(a + 12);
        print_ip(a + 16);
        printf(" proto=%u", a[9]);
        if (a[9] == 6 && len >= ETHER + head + 14)
            printf(" tcp=%02x", a[head + 13]);
    }
    printf("\n");
}

int arp_capture(const char *ifname)
{
    static uint8_t buf[FRAME_MAX];
    int ifindex;
    struct pollfd pfd = {.events = POLLIN};
    bool outgoing;

    pfd.fd = frame_open(ifname, &ifindex);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("ready\n");
    for (;;) {
        ssize_t len = frame_recv(pfd.fd, buf, &outgoing);

        if (len >= 0)
            print_frame(buf, (size_t)len, outgoing);
        else if (poll(&pfd, 1, -1) < 0)
            return 0; /* a signal */
    }
}

static bool read_mac(const char *text, uint8_t *out)
{
    unsigned b[6];

    if (sscanf(text, "%x:%x:%x:%x:%x:%x", &b[0], &b[1], &b[2], &b[3], &b[4],
               &b[5]) != 6)
        return false;
    for (int i = 0; i < 6; i++)
        out[i] = (uint8_t)b[i];
    return true;
}

int arp_send(const char *ifname, int argc, char **argv)
{
    static const uint8_t head[] = {8, 6, 0, 1, 8, 0, 6, 4, 0};
    uint8_t p[FRAME_MIN] = {0};
    struct sockaddr_ll ll = {.sll_family = AF_PACKET, .sll_halen = 6};
    int fd;

    memset(p, 0xff, 6);
    memcpy(p + 12, head, sizeof head);
    if (argc < 4 || argc > 5 || !read_mac(argv[1], p + 6) ||
        inet_pton(AF_INET, argv[2], p + ETHER + 14) != 1 ||
        inet_pton(AF_INET, argv[3], p + ETHER + 24) != 1 ||
        (argc > 4 && !read_mac(argv[4], p))) {
        fprintf(stderr, "peer: arp-send IF request|reply MAC SENDER TARGET "
                        "[TO]\n");
        return 2;
    }
    p[ETHER + 7] = strcmp(argv[0], "reply") == 0 ? 2 : 1;
    memcpy(p + ETHER + 8, p + 6, 6);
    fd = frame_open(ifname, &ll.sll_ifindex);
    memcpy(ll.sll_addr, p, 6);
    if (sendto(fd, p, sizeof p, 0, (struct sockaddr *)&ll, sizeof ll) < 0) {
        perror("peer: arp-send");
        return 2;
    }
    return 0;
}
