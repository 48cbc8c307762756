/*
 * frame.h - Ethernet frames with mDNS in them, read and written raw
 *
 * Raw, so that a test sees what left (source, TTL, fragments) and can send
 * what no socket would: any source address, any port, any TTL.
 */
#ifndef CRIER_TESTS_NET_FRAME_H
#define CRIER_TESTS_NET_FRAME_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { FRAME_MAX = 65536, FRAME_HEADERS = 14 + 40 + 8 };

enum frame_kind { FRAME_OTHER, FRAME_UDP, FRAME_FRAGMENT, FRAME_MEMBER };

struct end {
    int family;
    uint8_t addr[16];
    unsigned port;
};

struct frame {
    enum frame_kind kind;
    struct end from, to;
    unsigned ttl;
    uint8_t mac[6]; /* of the sender */
    const uint8_t *payload;
    size_t len;
};

/* A packet socket on an interface with a large buffer. Ends the program if
 * there is none. */
int frame_open(const char *ifname, int *ifindex);
/* One frame; outgoing ones too, told by *outgoing. -1 when none waits. */
ssize_t frame_recv(int fd, uint8_t *buf, bool *outgoing);

/* Take a frame apart. The payload points into buf. */
void frame_parse(struct frame *f, const uint8_t *buf, size_t len);
/* Send f->payload from f->from to f->to; MAC NULL: from the address. */
void frame_send(int fd, int ifindex, const char *ifname,
                const struct frame *f, const uint8_t *mac);

/* "ADDRESS" text into e; family is told from it. */
bool end_parse(struct end *e, const char *text);
/* ADDRESS:PORT or [ADDRESS]:PORT; buf of END_TEXT. */
enum { END_TEXT = INET6_ADDRSTRLEN + 10 };
char *end_text(const struct end *e, char *buf);
/* The group of a family. */
void end_group(struct end *e, int family);
/* First address of the interface: IPv4, or IPv6 link-local. */
bool end_of_interface(struct end *e, int family, const char *ifname);

/* A pcap file for other dissectors. */
FILE *pcap_open(const char *path);
void pcap_write(FILE *out, const uint8_t *buf, size_t len);

#endif
