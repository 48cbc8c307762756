/*
 * dump_file.c - capture files, as tcpdump -w writes them
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "dump.h"

enum {
    FILE_HEADER = 24, PACKET_HEADER = 16, PACKET_MAX = 262144,
    /* LINKTYPE_ */
    ETHERNET = 1, RAW = 101, COOKED = 113, COOKED_2 = 276,
    /* Ethernet types */
    IPV4 = 0x0800, IPV6 = 0x86dd, VLAN = 0x8100,
};

struct capture {
    int fd;
    bool swapped, nanoseconds;
    uint32_t link_type;
};

static uint32_t get_u32(const struct capture *c, const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    if (c->swapped)
        v = v >> 24 | (v >> 8 & 0xff00) | (v << 8 & 0xff0000) | v << 24;
    return v;
}

static bool read_all(int fd, uint8_t *buf, size_t len)
{
    while (len > 0) {
        ssize_t n = read(fd, buf, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        buf += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_header(struct capture *c)
{
    uint8_t h[FILE_HEADER];
    uint32_t magic;

    if (!read_all(c->fd, h, sizeof h))
        return false;
    magic = get_u32(c, h);
    c->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    magic = get_u32(c, h);
    c->nanoseconds = magic == 0xa1b23c4d;
    c->link_type = get_u32(c, h + 20) & 0x0fffffff;
    return magic == 0xa1b2c3d4 || c->nanoseconds;
}

/* Where the IP packet begins; len: there is none. */
static size_t ip_at(uint32_t link_type, const uint8_t *p, size_t len)
{
    size_t at = link_type == ETHERNET ? 14 : link_type == COOKED ? 16
                : link_type == COOKED_2 ? 20 : 0;
    size_t type_at = link_type == COOKED_2 ? 0 : at - 2;
    unsigned type;

    if (link_type == RAW)
        return 0;
    if (at == 0 || at > len)
        return len;
    type = (unsigned)(p[type_at] << 8 | p[type_at + 1]);
    if (type == VLAN && link_type == ETHERNET && at + 4 <= len) {
        type = (unsigned)(p[at + 2] << 8 | p[at + 3]);
        at += 4;
    }
    return type == IPV4 || type == IPV6 ? at : len;
}

static int64_t dump_all(const struct out *o, const struct capture *c)
{
    static uint8_t packet[PACKET_MAX];
    uint8_t h[PACKET_HEADER];
    int64_t count = 0;

    while (read_all(c->fd, h, sizeof h)) {
        struct dump_from from = {.iface = NULL};
        uint32_t len = get_u32(c, h + 8), part = get_u32(c, h + 4);
        size_t at;

        if (len > sizeof packet || !read_all(c->fd, packet, len))
            break;
        from.time.tv_sec = (time_t)get_u32(c, h);
        from.time.tv_nsec = (long)(c->nanoseconds ? part : part * 1000ull);
        at = ip_at(c->link_type, packet, len);
        count += dump_packet(o, &from, packet + at, len - at);
    }
    return count;
}

int64_t dump_file(const struct out *o, const char *path)
{
    struct capture c = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    int64_t count = -1;

    if (c.fd < 0) {
        cli_say("E072: cannot read %s: %e", path, -errno);
        return -1;
    }
    if (read_header(&c))
        count = dump_all(o, &c);
    else
        cli_say("E072: %s is no capture file; expected one as tcpdump -w "
                "writes it (pcap, not pcapng)", path);
    close(c.fd);
    return count;
}
