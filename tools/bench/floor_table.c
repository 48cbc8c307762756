/*
 * floor_table.c - a responder with no state: hard-wired answers in a table
 *
 * The least that an answer out of N services can cost: one hash of the
 * folded wire name, one look-up, one copy of encoded bytes. It probes
 * nothing, announces nothing, suppresses nothing and remembers nothing.
 *
 *     floor_table IFACE SERVICES
 */
#include <stdio.h>
#include <stdlib.h>

#include "floor.h"
#include "msg.h"

/* One answer: the SRV or the TXT of a service. */
struct entry {
    uint32_t hash;
    uint16_t type;
    uint8_t name_len;
    uint8_t answer_len;
    uint8_t name[32];   /* folded wire form */
    uint8_t answer[48]; /* from type on: the owner is a pointer */
};

static struct entry *table;
static uint32_t table_mask;

static uint8_t fold(uint8_t c)
{
    return (uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 32 : 0));
}

/* FNV-1a over the folded name and the type. Returns the name's length. */
static size_t hash_question(const uint8_t *p, size_t len, uint8_t *folded,
                            uint32_t *hash)
{
    uint32_t h = 2166136261u;
    size_t i = 0;

    do {
        if (i >= len || i >= 32)
            return 0;
        folded[i] = fold(p[i]);
        h = (h ^ folded[i]) * 16777619u;
    } while (p[i++] != 0);
    if (len - i < 4)
        return 0;
    h = (h ^ p[i + 1]) * 16777619u;
    *hash = h;
    return i;
}

static struct entry *slot(uint32_t hash, const uint8_t *name, size_t len,
                          uint16_t type)
{
    for (uint32_t i = hash;; i++) {
        struct entry *e = &table[i & table_mask];

        if (e->name_len == 0 ||
            (e->hash == hash && e->type == type && e->name_len == len &&
             memcmp(e->name, name, len) == 0))
            return e;
    }
}

static void add(unsigned n, uint16_t type)
{
    struct msg m;
    uint8_t folded[32];
    uint32_t hash;

    msg_query(&m, 0, n);
    m.buf[m.len - 3] = (uint8_t)type;
    size_t len = hash_question(m.buf + MSG_HEADER, m.len - MSG_HEADER, folded,
                               &hash);
    struct entry *e = slot(hash, folded, len, type);
    m.len = 0;
    size_t mark = msg_record(&m, type, CLASS_IN, 10);
    if (type == TYPE_SRV) {
        msg_u32(&m, 0);
        msg_u16(&m, 8080);
        msg_name(&m, "bench.local");
    } else {
        msg_bytes(&m, "\7path=/a", 8);
    }
    msg_record_end(&m, mark);
    e->hash = hash;
    e->type = type;
    e->name_len = (uint8_t)len;
    memcpy(e->name, folded, len);
    e->answer_len = (uint8_t)m.len;
    memcpy(e->answer, m.buf, m.len);
}

/* The answer in place of the query; 0 if there is none. */
static size_t answer(uint8_t *p, size_t len)
{
    uint8_t folded[32];
    uint32_t hash;

    if (len < MSG_HEADER || (p[2] & 0x80) != 0 || msg_get16(p + 4) != 1)
        return 0;
    size_t name_len =
        hash_question(p + MSG_HEADER, len - MSG_HEADER, folded, &hash);
    if (name_len == 0)
        return 0;
    uint16_t type = msg_get16(p + MSG_HEADER + name_len);
    const struct entry *e = slot(hash, folded, name_len, type);
    if (e->name_len == 0)
        return 0;
    size_t out = MSG_HEADER + name_len + 4;
    p[2] = 0x84;
    p[7] = 1;
    p[out] = 0xc0;
    p[out + 1] = MSG_HEADER;
    memcpy(p + out + 2, e->answer, e->answer_len);
    return out + 2 + e->answer_len;
}

int main(int argc, char **argv)
{
    uint8_t buf[9000];
    uint32_t size = 16;
    int fd;

    if (argc != 3 || (fd = floor_open(argv[1])) < 0) {
        fprintf(stderr, "usage: floor_table IFACE SERVICES\n");
        return 2;
    }
    unsigned count = (unsigned)strtoul(argv[2], NULL, 10);
    while (size < count * 3)
        size *= 2;
    table_mask = size - 1;
    table = calloc(size, sizeof *table);
    if (table == NULL)
        return 4;
    for (unsigned n = 0; n < count; n++) {
        add(n, TYPE_SRV);
        add(n, TYPE_TXT);
    }
    while (floor_wait(fd)) {
        struct sockaddr_in from;
        ssize_t n;

        while ((n = floor_receive(fd, buf, sizeof buf - 64, &from)) >= 0) {
            size_t len = answer(buf, (size_t)n);

            if (len != 0)
                floor_send(fd, buf, len, &from);
        }
    }
    return 0;
}
