/*
 * msg_print.c - from a message to lines of words; see msg.h
 *
 * Every bad byte ends the message with a line that says "malformed", which
 * tests look for in what crier sends.
 */
#include "msg.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>

#include "types.h"

enum { NAME_TEXT = 4 * 256 + 8 };

struct cursor {
    const uint8_t *data;
    size_t len, pos;
    bool bad;
};

static unsigned get8(struct cursor *c)
{
    if (c->bad || c->pos >= c->len) {
        c->bad = true;
        return 0;
    }
    return c->data[c->pos++];
}

static unsigned get16(struct cursor *c)
{
    unsigned high = get8(c);

    return high << 8 | get8(c);
}

static unsigned long get32(struct cursor *c)
{
    unsigned long high = get16(c);

    return high << 16 | get16(c);
}

/* One byte as text without blanks; returns the length. */
static size_t escape(char *out, unsigned byte, const char *special)
{
    if (byte <= 32 || byte >= 127)
        return (size_t)snprintf(out, 5, "\\%03u", byte);
    if (strchr(special, (int)byte) != NULL)
        return (size_t)snprintf(out, 5, "\\%c", (int)byte);
    out[0] = (char)byte;
    return 1;
}

/* The name at the cursor, pointers followed, into text. */
static void get_name(struct cursor *c, char *text)
{
    size_t len = 0, wire = 1, resume = 0, limit = c->pos;

    for (;;) {
        unsigned head = get8(c);

        if (c->bad || head == 0)
            break;
        if ((head & 0xc0) == 0xc0) {
            size_t to = (head & 0x3f) << 8 | get8(c);

            if (c->bad || to >= limit) {
                c->bad = true;
                break;
            }
            if (resume == 0)
                resume = c->pos;
            limit = c->pos = to;
            continue;
        }
        wire += head + 1;
        if (head > 63 || wire > 256) {
            c->bad = true;
            break;
        }
        if (len != 0)
            text[len++] = '.';
        while (head-- > 0)
            len += escape(text + len, get8(c), ".\\");
    }
    if (resume != 0)
        c->pos = resume;
    if (len == 0)
        text[len++] = '.';
    text[len] = '\0';
}

static void print_address(FILE *out, int family, const struct cursor *c,
                          size_t len)
{
    char text[INET6_ADDRSTRLEN];

    if (len != (family == AF_INET ? 4u : 16u))
        fprintf(out, " malformed-length");
    else
        fprintf(out, " %s",
                inet_ntop(family, c->data + c->pos, text, sizeof text));
}

static void print_strings(FILE *out, struct cursor *c, size_t end)
{
    while (!c->bad && c->pos < end) {
        unsigned count = get8(c);

        if (c->pos + count > end) {
            c->bad = true;
            return;
        }
        fputs(" \"", out);
        while (count-- > 0) {
            char text[8];
            size_t len = escape(text, get8(c), "\"\\");

            fwrite(text, 1, len, out);
        }
        fputc('"', out);
    }
}

static void print_nsec(FILE *out, struct cursor *c, size_t end)
{
    char name[NAME_TEXT];

    get_name(c, name);
    fprintf(out, " %s", name);
    while (!c->bad && c->pos < end) {
        unsigned window = get8(c), count = get8(c);

        if (count == 0 || count > 32 || c->pos + count > end)
            c->bad = true;
        for (unsigned i = 0; i < count && !c->bad; i++) {
            unsigned bits = get8(c);

            for (unsigned b = 0; b < 8; b++)
                if ((bits & 0x80 >> b) != 0)
                    fprintf(out, " %s",
                            type_name(window << 8 | (i * 8 + b)));
        }
    }
}

static void print_rdata(FILE *out, struct cursor *c, unsigned type,
                        size_t len)
{
    size_t end = c->pos + len;
    char name[NAME_TEXT];

    if (c->bad || end > c->len) {
        c->bad = true;
        return;
    }
    switch (type) {
    case TYPE_A:
        print_address(out, AF_INET, c, len);
        break;
    case TYPE_AAAA:
        print_address(out, AF_INET6, c, len);
        break;
    case TYPE_SRV:
        for (int i = 0; i < 3; i++)
            fprintf(out, " %u", get16(c));
        /* fall through */
    case TYPE_NS:
    case TYPE_CNAME:
    case TYPE_PTR:
        get_name(c, name);
        fprintf(out, " %s", name);
        if (c->pos != end)
            c->bad = true;
        break;
    case TYPE_TXT:
    case TYPE_HINFO:
        if (len == 0)
            fprintf(out, " malformed-empty");
        print_strings(out, c, end);
        break;
    case TYPE_NSEC:
        print_nsec(out, c, end);
        break;
    default:
        fputc(' ', out);
        for (size_t i = c->pos; i < end; i++)
            fprintf(out, "%02x", c->data[i]);
    }
    c->pos = end;
}

static void print_question(FILE *out, const char *prefix, struct cursor *c)
{
    char name[NAME_TEXT];
    unsigned type, class;

    get_name(c, name);
    type = get16(c);
    class = get16(c);
    fprintf(out, "%s qd %s %s%s", prefix, name, type_name(type),
            (class & 0x8000) != 0 ? " qu" : "");
    if ((class & 0x7fff) != 1)
        fprintf(out, " class%u", class & 0x7fff);
    fputs(c->bad ? " malformed\n" : "\n", out);
}

static void print_record(FILE *out, const char *prefix, const char *section,
                         struct cursor *c)
{
    char name[NAME_TEXT];
    unsigned type, class;
    unsigned long ttl;
    size_t len;

    get_name(c, name);
    type = get16(c);
    class = get16(c);
    ttl = get32(c);
    len = get16(c);
    fprintf(out, "%s %s %s %s %lu%s", prefix, section, name, type_name(type),
            ttl, type != TYPE_OPT && (class & 0x8000) != 0 ? " flush" : "");
    if (type == TYPE_OPT)
        fprintf(out, " class%u", class);
    else if ((class & 0x7fff) != 1)
        fprintf(out, " class%u", class & 0x7fff);
    print_rdata(out, c, type, len);
    fputs(c->bad ? " malformed\n" : "\n", out);
}

void msg_print(FILE *out, const char *prefix, const char *tail,
               const uint8_t *data, size_t len)
{
    static const char *const section[] = {"qd", "an", "ns", "ar"};
    struct cursor c = {data, len, 0, false};
    unsigned id = get16(&c), flags = get16(&c), count[4];
    char full[512];

    for (int i = 0; i < 4; i++)
        count[i] = get16(&c);
    snprintf(full, sizeof full, "%s %s", prefix,
             (flags & 0x8000) != 0 ? "R" : "Q");
    fprintf(out, "%s hdr id=%u flags=%04x qd=%u an=%u ns=%u ar=%u len=%zu %s",
            full, id, flags, count[0], count[1], count[2], count[3], len,
            tail);
    fputs(c.bad ? " malformed\n" : "\n", out);
    for (int i = 0; i < 4; i++)
        for (unsigned n = 0; n < count[i] && !c.bad; n++) {
            if (i == 0)
                print_question(out, full, &c);
            else
                print_record(out, full, section[i], &c);
        }
    if (!c.bad && c.pos != len)
        fprintf(out, "%s hdr malformed: %zu bytes left\n", full, len - c.pos);
}
