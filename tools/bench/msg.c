/* msg.c - see msg.h */
#include "msg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void msg_bytes(struct msg *m, const void *p, size_t len)
{
    if (len > sizeof m->buf - m->len)
        abort(); /* the bench never builds more than fits */
    memcpy(m->buf + m->len, p, len);
    m->len += len;
}

void msg_u16(struct msg *m, unsigned v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    msg_bytes(m, b, sizeof b);
}

void msg_u32(struct msg *m, uint32_t v)
{
    msg_u16(m, v >> 16);
    msg_u16(m, v & 0xffff);
}

void msg_start(struct msg *m, uint16_t id, uint16_t flags, unsigned questions,
               unsigned answers)
{
    m->len = 0;
    msg_u16(m, id);
    msg_u16(m, flags);
    msg_u16(m, questions);
    msg_u16(m, answers);
    msg_u32(m, 0);
}

static void put_label(struct msg *m, const char *text, size_t len)
{
    uint8_t n = (uint8_t)len;

    if (len == 0 || len > 63)
        abort();
    msg_bytes(m, &n, 1);
    msg_bytes(m, text, len);
}

size_t msg_name(struct msg *m, const char *text)
{
    size_t at = m->len;

    while (*text != '\0') {
        size_t len = strcspn(text, ".");

        put_label(m, text, len);
        text += len + (text[len] == '.');
    }
    msg_bytes(m, "", 1);
    return at;
}

void msg_pointer(struct msg *m, size_t at)
{
    msg_u16(m, (unsigned)(0xc000 | at));
}

size_t msg_label(struct msg *m, const char *label, size_t at)
{
    size_t start = m->len;

    put_label(m, label, strlen(label));
    msg_pointer(m, at);
    return start;
}

size_t msg_record(struct msg *m, unsigned type, unsigned class, uint32_t ttl_s)
{
    msg_u16(m, type);
    msg_u16(m, class);
    msg_u32(m, ttl_s);
    msg_u16(m, 0);
    return m->len;
}

void msg_record_end(struct msg *m, size_t mark)
{
    size_t len = m->len - mark;

    m->buf[mark - 2] = (uint8_t)(len >> 8);
    m->buf[mark - 1] = (uint8_t)len;
}

void msg_query(struct msg *m, uint16_t id, unsigned n)
{
    char name[64];

    snprintf(name, sizeof name, BENCH_INSTANCE "." BENCH_TYPE, n);
    msg_start(m, id, 0, 1, 0);
    msg_name(m, name);
    msg_u16(m, TYPE_SRV);
    msg_u16(m, CLASS_IN);
}

uint16_t msg_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/*
 * Step over the name at *pos; the first label's place goes to *first. Only
 * the first label matters here, so a pointer is followed once at most.
 */
static bool step_name(const uint8_t *p, size_t len, size_t *pos, size_t *first)
{
    size_t at = *pos;

    *first = at;
    for (;;) {
        if (at >= len)
            return false;
        if ((p[at] & 0xc0) == 0xc0) {
            if (at + 2 > len)
                return false;
            if (at == *first)
                *first = (size_t)(msg_get16(p + at) & 0x3fff);
            *pos = at + 2;
            return *first < len;
        }
        if (p[at] > 63)
            return false;
        if (p[at] == 0) {
            *pos = at + 1;
            return true;
        }
        at += 1u + p[at];
    }
}

/* The number in a first label "bench-00042", or -1. */
static int instance_number(const uint8_t *p, size_t len, size_t at)
{
    int n = 0;

    if (len - at < 12 || p[at] != 11 || memcmp(p + at + 1, "bench-", 6) != 0)
        return -1;
    for (size_t i = at + 7; i < at + 12; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        n = n * 10 + (p[i] - '0');
    }
    return n;
}

bool msg_instances(const uint8_t *p, size_t len, bool probes,
                   void (*seen)(void *ctx, unsigned n), void *ctx)
{
    size_t pos = MSG_HEADER;
    size_t first;
    unsigned count[3]; /* questions, answers, authority */

    if (len < MSG_HEADER)
        return false;
    for (unsigned i = 0; i < 3; i++)
        count[i] = msg_get16(p + 4 + 2 * i);
    for (unsigned i = 0; i < count[0]; i++) {
        if (!step_name(p, len, &pos, &first))
            return false;
        pos += 4;
    }
    unsigned total = count[1] + (probes ? count[2] : 0);
    for (unsigned i = 0; i < total; i++) {
        if (!step_name(p, len, &pos, &first) || len - pos < 10)
            return false;
        int n = instance_number(p, len, first);
        if (msg_get16(p + pos) == TYPE_SRV && n >= 0 &&
            (probes ? i >= count[1] : true))
            seen(ctx, (unsigned)n);
        pos += 10u + msg_get16(p + pos + 8);
        if (pos > len)
            return false;
    }
    return true;
}
