/*
 * msg_text.c - from items to a message; see msg.h
 *
 * No compression: what it builds is what a very plain peer would send.
 */
#include "msg.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "types.h"

enum { WORDS_MAX = 64, ITEM_MAX = 20000 };

static void die(const char *what, const char *word)
{
    fprintf(stderr, "peer: bad item: %s: %s\n", what, word);
    exit(2);
}

static void put8(struct msg *m, unsigned v)
{
    if (m->len >= MSG_MAX)
        die("message over 9000 bytes", "");
    m->data[m->len++] = (uint8_t)v;
}

static void put16(struct msg *m, unsigned v)
{
    put8(m, v >> 8 & 0xff);
    put8(m, v & 0xff);
}

static void put32(struct msg *m, unsigned long v)
{
    put16(m, (unsigned)(v >> 16 & 0xffff));
    put16(m, (unsigned)(v & 0xffff));
}

static unsigned long number(const char *word, int base)
{
    char *end;
    unsigned long v = strtoul(word, &end, base);

    if (*word == '\0' || *end != '\0')
        die("not a number", word);
    return v;
}

/* One escaped byte at *s; moves *s past it. */
static unsigned unescape(const char **s)
{
    const char *p = *s;
    unsigned v;

    if (*p != '\\') {
        *s = p + 1;
        return (unsigned char)*p;
    }
    p++;
    if (*p >= '0' && *p <= '9') {
        if (p[1] == '\0' || p[2] == '\0')
            die("short escape", p);
        v = (unsigned)(p[0] - '0') * 100 + (unsigned)(p[1] - '0') * 10
            + (unsigned)(p[2] - '0');
        *s = p + 3;
        return v & 0xff;
    }
    if (*p == '\0')
        die("short escape", p);
    *s = p + 1;
    return (unsigned char)*p;
}

static void put_name(struct msg *m, const char *text)
{
    const char *s = text;

    while (*s != '\0' && strcmp(s, ".") != 0) {
        size_t at = m->len;

        put8(m, 0);
        while (*s != '\0' && *s != '.')
            put8(m, unescape(&s));
        if (m->len - at - 1 == 0 || m->len - at - 1 > 63)
            die("label", text);
        m->data[at] = (uint8_t)(m->len - at - 1);
        if (*s == '.')
            s++;
    }
    put8(m, 0);
}

static void put_string(struct msg *m, const char *text)
{
    size_t at = m->len;

    put8(m, 0);
    while (*text != '\0')
        put8(m, unescape(&text));
    if (m->len - at - 1 > 255)
        die("string over 255 bytes", "");
    m->data[at] = (uint8_t)(m->len - at - 1);
}

static void put_hex(struct msg *m, const char *hex)
{
    for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
        char two[3] = {hex[0], hex[1], '\0'};

        put8(m, (unsigned)number(two, 16));
    }
    if (hex[0] != '\0')
        die("odd number of hex digits", hex);
}

static void put_address(struct msg *m, int family, const char *text)
{
    uint8_t raw[16];
    size_t len = family == AF_INET ? 4 : 16;

    if (inet_pton(family, text, raw) != 1)
        die("address", text);
    for (size_t i = 0; i < len; i++)
        put8(m, raw[i]);
}

static void put_nsec(struct msg *m, char **word, int count)
{
    uint8_t bits[32] = {0};
    unsigned used = 0;

    put_name(m, word[0]);
    for (int i = 1; i < count; i++) {
        unsigned type = type_number(word[i]);

        if (type > 255)
            die("NSEC type over 255", word[i]);
        bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
        if (type / 8 + 1 > used)
            used = type / 8 + 1;
    }
    put8(m, 0);
    put8(m, used);
    for (unsigned i = 0; i < used; i++)
        put8(m, bits[i]);
}

static void put_rdata(struct msg *m, unsigned type, char **word, int count)
{
    if (type != TYPE_TXT && type != TYPE_OPT && count < 1)
        die("rdata missing", type_name(type));
    switch (type) {
    case TYPE_A:
        put_address(m, AF_INET, word[0]);
        break;
    case TYPE_AAAA:
        put_address(m, AF_INET6, word[0]);
        break;
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
        put_name(m, word[0]);
        break;
    case TYPE_SRV:
        if (count < 4)
            die("SRV needs four words", word[0]);
        for (int i = 0; i < 3; i++)
            put16(m, (unsigned)number(word[i], 10));
        put_name(m, word[3]);
        break;
    case TYPE_TXT:
    case TYPE_HINFO:
        for (int i = 0; i < count; i++)
            put_string(m, word[i]);
        if (count == 0)
            put8(m, 0);
        break;
    case TYPE_NSEC:
        put_nsec(m, word, count);
        break;
    case TYPE_OPT:
        if (count > 0)
            put_hex(m, word[0]);
        break;
    default:
        put_hex(m, word[0]);
    }
}

static void count_up(struct msg *m, size_t at)
{
    unsigned n = (unsigned)(m->data[at] << 8 | m->data[at + 1]) + 1;

    m->data[at] = (uint8_t)(n >> 8);
    m->data[at + 1] = (uint8_t)n;
}

static void add_question(struct msg *m, char **word, int count)
{
    unsigned class = 1;

    if (count < 3)
        die("question needs name and type", word[0]);
    for (int i = 3; i < count; i++) {
        if (strcmp(word[i], "qu") == 0)
            class |= 0x8000;
        else if (strcmp(word[i], "any") == 0)
            class = (class & 0x8000) | 255;
        else
            die("question flag", word[i]);
    }
    put_name(m, word[1]);
    put16(m, type_number(word[2]));
    put16(m, class);
    count_up(m, 4);
}

static void add_record(struct msg *m, size_t counter, char **word, int count)
{
    unsigned class = 1, type;
    size_t at;
    int rest = 4;

    if (count < 4)
        die("record needs name, type and ttl", word[0]);
    type = type_number(word[2]);
    if (count > 4 && strcmp(word[4], "flush") == 0) {
        class |= 0x8000;
        rest = 5;
    } else if (count > 4 && strncmp(word[4], "class", 5) == 0) {
        class = (unsigned)number(word[4] + 5, 10) & 0xffff;
        rest = 5;
    }
    put_name(m, word[1]);
    put16(m, type);
    put16(m, class);
    put32(m, number(word[3], 10));
    at = m->len;
    put16(m, 0);
    put_rdata(m, type, word + rest, count - rest);
    m->data[at] = (uint8_t)((m->len - at - 2) >> 8);
    m->data[at + 1] = (uint8_t)(m->len - at - 2);
    count_up(m, counter);
}

/* Copy item with every %d replaced by n. */
static void fill_in(char *out, const char *item, unsigned n)
{
    size_t len = 0;

    while (*item != '\0' && len + 16 < ITEM_MAX) {
        if (item[0] == '%' && item[1] == 'd') {
            len += (size_t)snprintf(out + len, 16, "%u", n);
            item += 2;
        } else {
            out[len++] = *item++;
        }
    }
    out[len] = '\0';
}

static int split(char *line, char **word)
{
    int count = 0;
    char *s = line;

    for (;;) {
        while (*s == ' ')
            s++;
        if (*s == '\0' || count == WORDS_MAX)
            return count;
        word[count++] = s;
        while (*s != '\0' && *s != ' ')
            s++;
        if (*s == ' ')
            *s++ = '\0';
    }
}

void msg_init(struct msg *m)
{
    memset(m->data, 0, 12);
    m->len = 12;
}

void msg_item(struct msg *m, const char *item, unsigned n)
{
    char line[ITEM_MAX];
    char *word[WORDS_MAX];
    int count;

    fill_in(line, item, n);
    count = split(line, word);
    if (count < 2)
        die("words missing", item);
    if (strcmp(word[0], "id") == 0) {
        unsigned long id = number(word[1], 10);

        m->data[0] = (uint8_t)(id >> 8);
        m->data[1] = (uint8_t)id;
    } else if (strcmp(word[0], "flags") == 0) {
        unsigned long flags = number(word[1], 16);

        m->data[2] = (uint8_t)(flags >> 8);
        m->data[3] = (uint8_t)flags;
    } else if (strcmp(word[0], "raw") == 0) {
        m->len = 0;
        put_hex(m, word[1]);
    } else if (strcmp(word[0], "qd") == 0) {
        add_question(m, word, count);
    } else if (strcmp(word[0], "an") == 0) {
        add_record(m, 6, word, count);
    } else if (strcmp(word[0], "ns") == 0) {
        add_record(m, 8, word, count);
    } else if (strcmp(word[0], "ar") == 0) {
        add_record(m, 10, word, count);
    } else {
        die("unknown item", word[0]);
    }
}
