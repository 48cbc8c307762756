/*
 * text.c - names, types and records as words, both ways
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim.h"

static const struct {
    uint16_t type;
    const char *text;
} types[] = {
    {1, "A"},      {2, "NS"},     {5, "CNAME"},  {6, "SOA"},
    {12, "PTR"},   {13, "HINFO"}, {15, "MX"},    {16, "TXT"},
    {28, "AAAA"},  {33, "SRV"},   {35, "NAPTR"}, {39, "DNAME"},
    {41, "OPT"},   {47, "NSEC"},  {251, "IXFR"}, {252, "AXFR"},
    {255, "ANY"},
};

const char *type_text(uint16_t type, char *buf)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].text;
    snprintf(buf, 16, "TYPE%u", type);
    return buf;
}

bool type_from_text(const char *text, uint16_t *type)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(types[i].text, text) == 0) {
            *type = types[i].type;
            return true;
        }
    if (strncmp(text, "TYPE", 4) != 0)
        return false;
    *type = (uint16_t)strtoul(text + 4, NULL, 10);
    return true;
}

char *wire_name_text(const uint8_t *name, size_t len, char *buf, size_t max)
{
    size_t at = 0;
    size_t n = 0;

    while (at < len && name[at] != 0) {
        unsigned label = name[at++];

        if (n > 0 && n < max - 1)
            buf[n++] = '.';
        for (unsigned i = 0; i < label && at < len && n + 5 < max; i++) {
            uint8_t c = name[at++];

            if (c == '.' || c == '\\')
                buf[n++] = '\\';
            if (c < 0x20 || c == 0x7f)
                n += (size_t)snprintf(buf + n, max - n, "\\%03u", c);
            else
                buf[n++] = (char)c;
        }
    }
    if (n == 0)
        buf[n++] = '.';
    buf[n] = '\0';
    return buf;
}

size_t wire_name_parse(const char *text, uint8_t *out)
{
    size_t start = 0; /* of the label being read */
    size_t n = 1;

    if (strcmp(text, ".") == 0) {
        out[0] = 0;
        return 1;
    }
    for (const char *s = text; *s != '\0'; s++) {
        unsigned c = (uint8_t)*s;

        if (c == '.') {
            out[start] = (uint8_t)(n - start - 1);
            start = n++;
            if (s[1] == '\0')
                break;
            continue;
        }
        if (c == '\\' && s[1] >= '0' && s[1] <= '9' && s[2] && s[3]) {
            c = (unsigned)((s[1] - '0') * 100 + (s[2] - '0') * 10 +
                           (s[3] - '0'));
            s += 3;
        } else if (c == '\\' && s[1] != '\0') {
            c = (uint8_t)*++s;
        }
        if (n >= 255 || n - start > 63)
            return 0;
        out[n++] = (uint8_t)c;
    }
    if (n - start > 1) {
        out[start] = (uint8_t)(n - start - 1);
        start = n++;
    }
    out[start] = 0;
    return n;
}

bool addr_parse(const char *text, struct addr *out, unsigned *prefix_len)
{
    char buf[64];
    const char *slash = strchr(text, '/');
    size_t n = slash ? (size_t)(slash - text) : strlen(text);

    memset(out, 0, sizeof *out);
    if (n >= sizeof buf)
        return false;
    memcpy(buf, text, n);
    buf[n] = '\0';
    if (inet_pton(AF_INET, buf, out->b) == 1)
        out->family = ADDR_V4;
    else if (inet_pton(AF_INET6, buf, out->b) == 1)
        out->family = ADDR_V6;
    else
        return false;
    if (prefix_len != NULL)
        *prefix_len = slash ? (unsigned)strtoul(slash + 1, NULL, 10)
                            : out->family == ADDR_V4 ? 24 : 64;
    return true;
}

char *addr_print(const struct addr *a, char *buf, size_t max)
{
    buf[0] = '\0';
    if (a->family != ADDR_NONE)
        inet_ntop(a->family == ADDR_V4 ? AF_INET : AF_INET6, a->b, buf,
                  (socklen_t)max);
    return buf;
}

struct tokens *tokens_new(void)
{
    return calloc(1, sizeof(struct tokens));
}

void tokens_clear(struct tokens *ts)
{
    for (unsigned i = 0; i < ts->n; i++)
        free(ts->t[i]);
    ts->n = 0;
}

void tokens_free(struct tokens *ts)
{
    if (ts == NULL)
        return;
    tokens_clear(ts);
    free(ts->t);
    free(ts);
}

void tokens_add(struct tokens *ts, const char *text)
{
    size_t n = strlen(text) + 1;

    if (ts->n == ts->max) {
        ts->max = ts->max ? 2 * ts->max : 16;
        ts->t = realloc(ts->t, ts->max * sizeof *ts->t);
    }
    ts->t[ts->n] = malloc(n);
    memcpy(ts->t[ts->n++], text, n);
}

bool split_words(struct tokens *ts, const char *line)
{
    tokens_clear(ts);
    for (const char *s = line;;) {
        char word[TEXT_MAX * 2];
        size_t n = 0;
        bool quoted = false;

        while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
            s++;
        if (*s == '\0' || *s == '#')
            return true;
        for (; *s != '\0' && *s != '\n'; s++) {
            if (*s == '"')
                quoted = !quoted;
            else if (!quoted && (*s == ' ' || *s == '\t' || *s == '\r'))
                break;
            else if (n < sizeof word - 1)
                word[n++] = *s;
        }
        if (quoted)
            return false;
        word[n] = '\0';
        tokens_add(ts, word);
    }
}

static void add_name(struct tokens *ts, const uint8_t *name, size_t len)
{
    char buf[1100];

    tokens_add(ts, wire_name_text(name, len, buf, sizeof buf));
}

static void add_strings(struct tokens *ts, const uint8_t *r, size_t len)
{
    for (size_t at = 0; at < len; at += 1u + r[at]) {
        char buf[1100];
        size_t n = 0;

        for (size_t i = at + 1; i < at + 1u + r[at] && i < len; i++)
            if (r[i] < 0x20 || r[i] == 0x7f)
                n += (size_t)snprintf(buf + n, sizeof buf - n, "\\%03u",
                                      r[i]);
            else
                buf[n++] = (char)r[i];
        buf[n] = '\0';
        tokens_add(ts, buf);
    }
}

static void add_bits(struct tokens *ts, const uint8_t *r, size_t len)
{
    char buf[16];

    for (size_t at = 0; at + 2 < len && at + 2u + r[at + 1] <= len;
         at += 2u + r[at + 1])
        for (unsigned i = 0; i < 8u * r[at + 1]; i++)
            if (r[at + 2 + i / 8] & (0x80 >> i % 8))
                tokens_add(ts, type_text((uint16_t)(256u * r[at] + i), buf));
}

static void add_hex(struct tokens *ts, const uint8_t *r, size_t len)
{
    char buf[2100] = "0x";

    for (size_t i = 0; i < len && i < 1000; i++)
        snprintf(buf + 2 + 2 * i, 3, "%02x", r[i]);
    tokens_add(ts, buf);
}

static void add_rdata(struct tokens *ts, uint16_t type, const uint8_t *r,
                      size_t len)
{
    char buf[64];
    struct addr a = {0};

    if ((type == 1 && len == 4) || (type == 28 && len == 16)) {
        a.family = type == 1 ? ADDR_V4 : ADDR_V6;
        memcpy(a.b, r, len);
        tokens_add(ts, addr_print(&a, buf, sizeof buf));
    } else if (type == 33 && len > 6) {
        for (unsigned i = 0; i < 6; i += 2) {
            snprintf(buf, sizeof buf, "%u", r[i] << 8 | r[i + 1]);
            tokens_add(ts, buf);
        }
        add_name(ts, r + 6, len - 6);
    } else if (type == 12 || type == 5 || type == 2 || type == 39) {
        add_name(ts, r, len);
    } else if (type == 16 || type == 13) {
        add_strings(ts, r, len);
    } else if (type == 47) {
        size_t n = 0;

        while (n < len && r[n] != 0)
            n += 1u + r[n];
        if (n + 1 < len)
            add_bits(ts, r + n + 1, len - n - 1);
    } else {
        add_hex(ts, r, len);
    }
}

void item_tokens(const struct item *it, struct tokens *ts)
{
    char buf[16];

    tokens_add(ts, type_text(it->type, buf));
    add_name(ts, it->name, it->name_len);
    if (it->section != QD)
        add_rdata(ts, it->type, it->rdata, it->rdata_len);
}

void msg_print(FILE *f, const struct msg *m, const char *indent)
{
    static const char *const sections[] = {"qd", "an", "ns", "ar"};
    struct tokens *ts = tokens_new();

    for (unsigned i = 0; i < m->n; i++) {
        const struct item *it = &m->items[i];

        tokens_clear(ts);
        item_tokens(it, ts);
        fprintf(f, "%s%s", indent, sections[it->section]);
        for (unsigned k = 0; k < ts->n; k++)
            fprintf(f, strpbrk(ts->t[k], " ") || !ts->t[k][0] ? " \"%s\""
                                                             : " %s",
                    ts->t[k]);
        if (it->section == QD)
            fprintf(f, " %s\n", it->class & 0x8000 ? "/qu" : "/qm");
        else
            fprintf(f, " /%u%s\n", it->ttl_s,
                    it->class & 0x8000 ? " /flush" : "");
    }
    tokens_free(ts);
}
