/*
 * load_net.c - queries that are answered, and talk that concerns nobody
 *
 * Queries run in a closed loop, `window` of them under way, so a responder is
 * measured as fast as it can go and nothing queues without bound.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "load.h"
#include "msg.h"
#include "proc.h"

enum { LOST_MS = 300, SETTLE_NS = 50000000 };

struct asker {
    const struct options *o;
    int fd;
    unsigned long sent;
    unsigned long answered;
    unsigned long lost;
    unsigned under_way;
    uint32_t random;
    uint8_t open[65536]; /* ids under way */
    uint32_t who[65536]; /* and the instance each asked for */
    uint8_t *done;       /* instances answered, or NULL */
};

static uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void send_to(const struct options *o, int fd, const struct msg *m)
{
    struct sockaddr_in group = {.sin_family = AF_INET,
                                .sin_port = htons(BENCH_PORT)};
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    ssize_t n;

    group.sin_addr.s_addr = htonl(0xe00000fb);
    do {
        if (o->address != NULL)
            n = send(fd, m->buf, m->len, 0);
        else
            n = sendto(fd, m->buf, m->len, 0, (struct sockaddr *)&group,
                       sizeof group);
    } while (n < 0 && poll(&p, 1, 100) >= 0);
}

static void ask(struct asker *a, unsigned instance)
{
    struct msg m;
    uint16_t id = (uint16_t)++a->sent;

    msg_query(&m, id, instance);
    a->open[id] = 1;
    a->who[id] = instance;
    a->under_way++;
    send_to(a->o, a->fd, &m);
}

/* Take what came; wait for something first. False: nothing in time. */
static bool hear(struct asker *a)
{
    struct pollfd p = {.fd = a->fd, .events = POLLIN};
    uint8_t buf[9000];
    ssize_t n;

    if (poll(&p, 1, LOST_MS) <= 0)
        return false;
    while ((n = recv(a->fd, buf, sizeof buf, 0)) >= 0) {
        uint16_t id = n >= MSG_HEADER ? msg_get16(buf) : 0;

        if (n < MSG_HEADER || (buf[2] & 0x80) == 0 ||
            msg_get16(buf + 6) == 0 || !a->open[id])
            continue;
        a->open[id] = 0;
        a->under_way--;
        a->answered++;
        if (a->done != NULL)
            a->done[a->who[id]] = 1;
    }
    return true;
}

static void give_up(struct asker *a)
{
    a->lost += a->under_way;
    a->under_way = 0;
    memset(a->open, 0, sizeof a->open);
}

int load_query(const struct options *o)
{
    static struct asker a;
    struct usage before = {0, 0};
    struct usage after = {0, 0};

    a.o = o;
    a.random = 2463534242u;
    a.fd = load_socket(o, 0);
    if (o->pid != 0)
        before = proc_usage(o->pid);
    uint64_t start = clock_ns();
    while (a.answered < o->count && a.lost < o->count) {
        while (a.under_way < o->window &&
               a.answered + a.under_way < o->count)
            ask(&a, draw(&a.random) % o->services);
        if (!hear(&a))
            give_up(&a);
    }
    uint64_t end = clock_ns();
    clock_sleep_until(end + SETTLE_NS);
    if (o->pid != 0)
        after = proc_usage(o->pid);
    printf("cpu_us=%.3f answered=%lu lost=%lu rate=%.0f\n",
           (double)(after.cpu_ns - before.cpu_ns) / 1e3 / (double)a.answered,
           a.answered, a.lost, (double)a.answered * 1e9 / (double)(end - start));
    return a.answered < o->count;
}

/* Ask for every instance, over again until each was answered. */
int load_ready(const struct options *o)
{
    static struct asker a;
    uint64_t start = clock_ns();
    unsigned missing;

    a.o = o;
    a.fd = load_socket(o, 0);
    a.done = calloc(o->services, 1);
    do {
        missing = 0;
        for (unsigned i = 0; i < o->services; i++) {
            if (a.done[i])
                continue;
            missing++;
            ask(&a, i);
            while (a.under_way >= o->window)
                if (!hear(&a))
                    give_up(&a);
        }
        while (a.under_way > 0)
            if (!hear(&a))
                give_up(&a);
    } while (missing > 0 &&
             clock_ns() - start < o->seconds * UINT64_C(1000000000));
    printf("missing=%u\n", missing);
    return missing > 0;
}

/* One more service of another host: four records, as its owner would send. */
static void other_service(struct msg *m, unsigned n, size_t local)
{
    char label[32];
    size_t mark;

    size_t type = m->len;
    msg_label(m, "_ipp", local + 8); /* "_tcp.local" lies behind "_other8_" */
    mark = msg_record(m, TYPE_PTR, CLASS_IN, 4500);
    snprintf(label, sizeof label, "Other %u", n);
    size_t instance = msg_label(m, label, type);
    msg_record_end(m, mark);
    msg_pointer(m, instance);
    mark = msg_record(m, TYPE_SRV, CLASS_FLUSH, 120);
    msg_u32(m, 0);
    msg_u16(m, 631);
    snprintf(label, sizeof label, "other-%u", n);
    size_t host = msg_label(m, label, local + 13);
    msg_record_end(m, mark);
    msg_pointer(m, instance);
    mark = msg_record(m, TYPE_TXT, CLASS_FLUSH, 4500);
    msg_bytes(m, "\13rp=printers\7pdl=pdf", 20);
    msg_record_end(m, mark);
    msg_pointer(m, host);
    mark = msg_record(m, TYPE_A, CLASS_FLUSH, 120);
    msg_u32(m, 0xa9fe0000u | (n & 0xffff));
    msg_record_end(m, mark);
}

/* A response of services hosts, 4 records each, that nobody asked for. */
static void other_response(struct msg *m, unsigned *n, unsigned services)
{
    msg_start(m, 0, MSG_RESPONSE, 0, services * 4 + 1);
    /* Offsets within this name: "_tcp" at +8, "local" at +13. */
    size_t local = msg_name(m, "_other8._tcp.local");
    size_t mark = msg_record(m, TYPE_TXT, CLASS_IN, 120);
    msg_bytes(m, "", 1);
    msg_record_end(m, mark);
    for (unsigned i = 0; i < services; i++)
        other_service(m, (*n)++, local);
}

static void other_query(struct msg *m, unsigned *n)
{
    char name[64];

    snprintf(name, sizeof name, "Other %u._ipp._tcp.local", (*n)++);
    msg_start(m, 0, 0, 2, 0);
    size_t at = msg_name(m, name);
    msg_u16(m, TYPE_SRV);
    msg_u16(m, CLASS_IN);
    msg_pointer(m, at);
    msg_u16(m, TYPE_TXT);
    msg_u16(m, CLASS_IN);
}

int load_foreign(const struct options *o)
{
    int fd = load_socket(o, BENCH_PORT);
    unsigned n = 0;
    unsigned long packets = 0;
    unsigned long records = 0;
    unsigned services = strcmp(o->kind, "records") == 0 ? 5 : 1;
    struct usage before = proc_usage(o->pid);
    uint64_t drops = proc_udp_drops(o->pid);
    uint64_t start = clock_ns();

    while ((services == 5 ? records : packets) < o->count) {
        struct msg m;

        if (strcmp(o->kind, "query") == 0)
            other_query(&m, &n);
        else
            other_response(&m, &n, services);
        records += msg_get16(m.buf + 6);
        send_to(o, fd, &m);
        packets++;
        clock_sleep_until(start + packets * 1000000000u / o->rate);
    }
    clock_sleep_until(clock_ns() + SETTLE_NS);
    struct usage after = proc_usage(o->pid);
    double cpu_us = (double)(after.cpu_ns - before.cpu_ns) / 1e3;
    printf("cpu_us=%.3f record_cpu_us=%.3f packets=%lu records=%lu "
           "dropped=%llu\n",
           cpu_us / (double)packets,
           records > 0 ? cpu_us / (double)records : 0.0, packets, records,
           (unsigned long long)(proc_udp_drops(o->pid) - drops));
    return 0;
}
