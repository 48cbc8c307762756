/*
 * witness.c - what a host sends, kept for another dissector; see witness.h
 */
#include "witness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "frame.h"

static void die(const char *what)
{
    fprintf(stderr, "peer: witness: %s: %s\n", what, strerror(errno));
    exit(2);
}

/* A packet socket for all interfaces, those that come later too. */
static int open_all(void)
{
    int size = 8 << 20;
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));

    if (fd < 0)
        die("packet socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return fd;
}

static bool marked(const uint8_t *frame, const struct frame *f)
{
    const uint8_t *ip = frame + 14;

    if (f->from.family == AF_INET)
        return ip[1] == WITNESS_NOT;
    return ((ip[0] & 15) << 4 | ip[1] >> 4) == WITNESS_NOT;
}

static bool is_dns_port(unsigned port)
{
    return port == 5353 || port == 53;
}

static bool worth(const uint8_t *frame, size_t len)
{
    struct frame f;

    frame_parse(&f, frame, len);
    if (f.kind == FRAME_UDP && !is_dns_port(f.from.port)
        && !is_dns_port(f.to.port))
        return false;
    return (f.kind == FRAME_UDP || f.kind == FRAME_FRAGMENT)
           && !marked(frame, &f);
}

int witness(const char *path, const volatile sig_atomic_t *stop)
{
    static uint8_t buf[FRAME_MAX];
    int fd = open_all();
    FILE *pcap = pcap_open(path);

    fflush(pcap);
    while (!*stop) {
        struct sockaddr_ll ll;
        socklen_t size = sizeof ll;
        ssize_t len = recvfrom(fd, buf, sizeof buf, 0,
                               (struct sockaddr *)&ll, &size);

        if (len < 0 || ll.sll_pkttype != PACKET_OUTGOING
            || (ll.sll_hatype != ARPHRD_ETHER
                && ll.sll_hatype != ARPHRD_LOOPBACK)
            || !worth(buf, (size_t)len))
            continue;
        pcap_write(pcap, buf, (size_t)len);
        fflush(pcap); /* read while we run */
    }
    fclose(pcap);
    return 0;
}
