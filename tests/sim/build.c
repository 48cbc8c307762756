/*
 * build.c - from a packet line of a scenario to bytes
 *
 *   query PTR _http._tcp.local /qu an PTR _http._tcp.local X._http._tcp.local
 *
 * See README.md for the notation. Names are written out in full unless the
 * line says `compress`, so that both forms can be tested.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

struct builder {
    struct packet_spec *spec;
    unsigned flags;
    unsigned id;
    unsigned count[SECTIONS];
    bool compress;
    struct {
        uint16_t at;
        uint16_t len;
        uint8_t name[256];
    } seen[512];
    unsigned seen_count;
};

static bool wrong(struct packet_spec *spec, const char *what,
                  const char *word)
{
    snprintf(spec->error, sizeof spec->error, "%s: %.80s", what, word);
    return false;
}

static void put(struct packet_spec *s, const void *p, size_t n)
{
    if (s->len + n <= sizeof s->data) {
        memcpy(s->data + s->len, p, n);
        s->len += n;
    }
}

static void put16(struct packet_spec *s, unsigned v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    put(s, b, 2);
}

/* Write a flat name; if compressing, against all names before it. */
static void put_name(struct builder *b, const uint8_t *name, size_t len)
{
    size_t at = 0;

    while (name[at] != 0) {
        for (unsigned i = 0; b->compress && i < b->seen_count; i++)
            if (wire_name_same(b->seen[i].name, b->seen[i].len, name + at,
                               len - at)) {
                put16(b->spec, 0xc000u | b->seen[i].at);
                return;
            }
        if (b->seen_count < 512 && b->spec->len < 0x4000) {
            b->seen[b->seen_count].at = (uint16_t)b->spec->len;
            b->seen[b->seen_count].len = (uint16_t)(len - at);
            memcpy(b->seen[b->seen_count].name, name + at, len - at);
            b->seen_count++;
        }
        put(b->spec, name + at, 1u + name[at]);
        at += 1u + name[at];
    }
    put(b->spec, "", 1);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Hex digits, others skipped; returns bytes.. */
static size_t put_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    int high = -1;

    for (; *hex != '\0' && n < max; hex++) {
        int v = hex_value(*hex);

        if (v < 0)
            continue;
        if (high < 0) {
            high = v;
        } else {
            out[n++] = (uint8_t)(high << 4 | v);
            high = -1;
        }
    }
    return n;
}

static int build_strings(char **words, unsigned n, uint8_t *out, size_t max)
{
    size_t len = 0;

    for (unsigned i = 0; i < n; i++) {
        size_t at = len++;

        for (const char *s = words[i]; *s != '\0' && len < max; s++) {
            if (*s == '\\' && s[1] >= '0' && s[1] <= '9' && s[2] && s[3]) {
                out[len++] = (uint8_t)((s[1] - '0') * 100 +
                                       (s[2] - '0') * 10 + (s[3] - '0'));
                s += 3;
            } else {
                out[len++] = (uint8_t)*s;
            }
        }
        if (len - at - 1 > 255)
            return -1;
        out[at] = (uint8_t)(len - at - 1);
    }
    return (int)len;
}

/* Own name (or next=NAME), then one window 0 with the types' bits. */
static int build_nsec(const uint8_t *owner, size_t owner_len, char **words,
                      unsigned n, uint8_t *out)
{
    uint8_t bits[32] = {0};
    unsigned bytes = 0;
    size_t len = owner_len;

    memcpy(out, owner, owner_len);
    for (unsigned i = 0; i < n; i++) {
        uint16_t type;

        if (strncmp(words[i], "next=", 5) == 0) {
            len = wire_name_parse(words[i] + 5, out);
            continue;
        }
        if (!type_from_text(words[i], &type) || type > 255)
            return -1;
        bits[type / 8] = (uint8_t)(bits[type / 8] | 0x80 >> type % 8);
        if (type / 8u + 1 > bytes)
            bytes = type / 8u + 1;
    }
    out[len++] = 0;
    out[len++] = (uint8_t)bytes;
    memcpy(out + len, bits, bytes);
    return (int)(len + bytes);
}

static int build_srv(char **words, unsigned n, uint8_t *out)
{
    size_t len;

    if (n != 4)
        return -1;
    for (unsigned i = 0; i < 3; i++) {
        unsigned v = (unsigned)strtoul(words[i], NULL, 10);

        out[2 * i] = (uint8_t)(v >> 8);
        out[2 * i + 1] = (uint8_t)v;
    }
    len = wire_name_parse(words[3], out + 6);
    return len == 0 ? -1 : (int)(6 + len);
}

int rdata_build(uint16_t type, const uint8_t *owner, size_t owner_len,
                char **words, unsigned n, uint8_t *out, size_t max)
{
    struct addr a;
    size_t len;

    if (n == 1 && strncmp(words[0], "0x", 2) == 0)
        return (int)put_hex(words[0] + 2, out, max);
    switch (type) {
    case 1: case 28:
        if (n != 1 || !addr_parse(words[0], &a, NULL) ||
            a.family != (type == 1 ? ADDR_V4 : ADDR_V6))
            return -1;
        memcpy(out, a.b, addr_len(&a));
        return (int)addr_len(&a);
    case 2: case 5: case 12: case 39:
        len = n == 1 ? wire_name_parse(words[0], out) : 0;
        return len == 0 ? -1 : (int)len;
    case 13: case 16:
        return build_strings(words, n, out, max);
    case 33:
        return build_srv(words, n, out);
    case 47:
        return build_nsec(owner, owner_len, words, n, out);
    default:
        return n == 0 ? 0 : -1;
    }
}

/* Where the name in flat rdata begins, for compression. */
static int rdata_name(uint16_t type)
{
    return type == 33 ? 6 : type == 12 || type == 5 || type == 47 ||
           type == 2 || type == 39 ? 0 : -1;
}

static void put_rdata(struct builder *b, uint16_t type, const uint8_t *r,
                      size_t n)
{
    size_t at = b->spec->len;
    int skip = rdata_name(type);
    size_t end;

    put16(b->spec, 0);
    if (!b->compress || skip < 0 || n <= (size_t)skip) {
        put(b->spec, r, n);
    } else {
        put(b->spec, r, (size_t)skip);
        for (end = (size_t)skip; r[end] != 0; end += 1u + r[end])
            ;
        put_name(b, r + skip, end + 1 - (size_t)skip);
        put(b->spec, r + end + 1, n - end - 1);
    }
    n = b->spec->len - at - 2;
    b->spec->data[at] = (uint8_t)(n >> 8);
    b->spec->data[at + 1] = (uint8_t)n;
}

struct attrs {
    uint32_t ttl;
    bool has_ttl;
    unsigned class;
};

static bool take_attr(const char *word, struct attrs *at)
{
    if (strcmp(word, "/flush") == 0 || strcmp(word, "/qu") == 0) {
        at->class |= 0x8000;
    } else if (strncmp(word, "/class=", 7) == 0) {
        at->class = (unsigned)strtoul(word + 7, NULL, 0);
    } else if (word[1] >= '0' && word[1] <= '9') {
        at->ttl = (uint32_t)strtoul(word + 1, NULL, 0);
        at->has_ttl = true;
    } else {
        return strcmp(word, "/qm") == 0 || strcmp(word, "/shared") == 0;
    }
    return true;
}

/* One item: TYPE NAME [rdata...] [/attribute...] */
static bool put_item(struct builder *b, unsigned section, char **words,
                     unsigned n)
{
    uint8_t name[300];
    uint8_t rdata[9000];
    uint16_t type;
    struct attrs at = {.class = 1};
    unsigned plain = 2;
    size_t name_len;
    int len;

    if (n < 2 || !type_from_text(words[0], &type))
        return wrong(b->spec, "no type", n ? words[0] : "");
    name_len = wire_name_parse(words[1], name);
    if (name_len == 0)
        return wrong(b->spec, "no name", words[1]);
    for (unsigned i = 2; i < n; i++) {
        char *word = words[i];

        if (word[0] == '/') {
            if (!take_attr(word, &at))
                return wrong(b->spec, "no attribute", word);
        } else { /* in front of the attributes; each is freed once */
            words[i] = words[plain];
            words[plain++] = word;
        }
    }
    put_name(b, name, name_len);
    put16(b->spec, type);
    put16(b->spec, at.class);
    b->count[section]++;
    if (section == QD)
        return true;
    len = rdata_build(type, name, name_len, words + 2, plain - 2, rdata,
                      sizeof rdata);
    if (len < 0)
        return wrong(b->spec, "bad rdata of", words[1]);
    if (!at.has_ttl)
        at.ttl = type == 1 || type == 28 || type == 33 ? 120 : 4500;
    put16(b->spec, at.ttl >> 16);
    put16(b->spec, at.ttl & 0xffff);
    put_rdata(b, type, rdata, (size_t)len);
    return true;
}

static int section_of(const char *word)
{
    static const char *const words[] = {"qd", "an", "ns", "ar"};

    for (int i = 0; i < SECTIONS; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

/* Bits of the second header word that a flag word changes. */
static bool header_flag(struct builder *b, const char *w)
{
    static const struct {
        const char *word;
        unsigned set, clear;
    } bits[] = {
        {"tc", 0x0200, 0}, {"aa", 0x0400, 0}, {"aa0", 0, 0x0400},
        {"rd", 0x0100, 0}, {"ra", 0x0080, 0}, {"z", 0x0040, 0},
        {"ad", 0x0020, 0}, {"cd", 0x0010, 0},
    };

    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (strcmp(w, bits[i].word) == 0) {
            b->flags = (b->flags | bits[i].set) & ~bits[i].clear;
            return true;
        }
    if (strncmp(w, "op=", 3) == 0)
        b->flags |= (unsigned)strtoul(w + 3, NULL, 0) << 11;
    else if (strncmp(w, "rcode=", 6) == 0)
        b->flags |= (unsigned)strtoul(w + 6, NULL, 0);
    else if (strncmp(w, "id=", 3) == 0)
        b->id = (unsigned)strtoul(w + 3, NULL, 0);
    else
        return false;
    return true;
}

static bool is_flag(struct builder *b, const char *w)
{
    struct packet_spec *s = b->spec;

    if (header_flag(b, w))
        return true;
    if (strcmp(w, "compress") == 0)
        b->compress = true;
    else if (strcmp(w, "v6") == 0)
        s->family = ADDR_V6;
    else if (strncmp(w, "port=", 5) == 0)
        s->port = (uint16_t)strtoul(w + 5, NULL, 0);
    else if (strncmp(w, "to=", 3) == 0)
        snprintf(s->to, sizeof s->to, "%s", w + 3);
    else if (strncmp(w, "from=", 5) == 0)
        addr_parse(w + 5, &s->from, NULL);
    else
        return false;
    return true;
}

/* Words that act on the finished bytes. */
static bool is_finish(const char *w)
{
    return strncmp(w, "counts=", 7) == 0 || strncmp(w, "cut=", 4) == 0 ||
           strncmp(w, "append=", 7) == 0 || strncmp(w, "pad=", 4) == 0;
}

static void finish(struct packet_spec *s, const char *w)
{
    if (w[1] == 'o') {
        unsigned c[4] = {0};

        sscanf(w + 7, "%u,%u,%u,%u", &c[0], &c[1], &c[2], &c[3]);
        for (unsigned i = 0; i < 4; i++) {
            s->data[4 + 2 * i] = (uint8_t)(c[i] >> 8);
            s->data[5 + 2 * i] = (uint8_t)c[i];
        }
    } else if (w[0] == 'c') {
        size_t n = strtoul(w + 4, NULL, 0);

        s->len = n < s->len ? s->len - n : 0;
    } else if (w[0] == 'a') {
        s->len += put_hex(w + 7, s->data + s->len, PACKET_MAX - s->len);
    } else {
        size_t n = strtoul(w + 4, NULL, 0);

        while (s->len < n && s->len < PACKET_MAX)
            s->data[s->len++] = 0;
    }
}

static bool build_raw(char **words, unsigned n, struct builder *b)
{
    struct packet_spec *s = b->spec;

    for (unsigned i = 0; i < n; i++)
        if (is_finish(words[i]))
            finish(s, words[i]);
        else if (!is_flag(b, words[i]))
            s->len += put_hex(words[i], s->data + s->len,
                              PACKET_MAX - s->len);
    return true;
}

static void put_header(struct builder *b)
{
    struct packet_spec *s = b->spec;
    size_t len = s->len;

    s->len = 0;
    put16(s, b->id);
    put16(s, b->flags);
    for (unsigned i = 0; i < SECTIONS; i++)
        put16(s, b->count[i]);
    s->len = len;
}

static bool build_items(char **words, unsigned n, struct builder *b,
                        bool response)
{
    unsigned section = response ? AN : QD;
    unsigned i = 0;

    b->spec->len = 12;
    while (i < n) {
        unsigned start;

        if (is_flag(b, words[i]) || is_finish(words[i])) {
            i++;
            continue;
        }
        if (section_of(words[i]) >= 0)
            section = (unsigned)section_of(words[i++]);
        start = i;
        while (i < n && section_of(words[i]) < 0 && !is_finish(words[i]))
            i++;
        if (!put_item(b, section, words + start, i - start))
            return false;
    }
    put_header(b);
    for (i = 0; i < n; i++)
        if (is_finish(words[i]))
            finish(b->spec, words[i]);
    return true;
}

bool packet_build(char **words, unsigned n, struct packet_spec *spec)
{
    struct builder *b = calloc(1, sizeof *b);
    bool response;
    bool ok;

    spec->len = 0;
    spec->port = MDNS_PORT;
    spec->to[0] = '\0';
    spec->from.family = ADDR_NONE;
    spec->family = ADDR_V4;
    spec->error[0] = '\0';
    b->spec = spec;
    if (n == 0) {
        ok = wrong(spec, "no packet", "");
    } else if (strcmp(words[0], "raw") == 0) {
        ok = build_raw(words + 1, n - 1, b);
    } else {
        response = strcmp(words[0], "response") == 0;
        b->flags = response ? 0x8400 : 0;
        ok = response || strcmp(words[0], "query") == 0
                 ? build_items(words + 1, n - 1, b, response)
                 : wrong(spec, "not query, response or raw", words[0]);
    }
    free(b);
    return ok;
}
