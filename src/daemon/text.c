/*
 * text.c - the buffered writer, and what of Unicode a terminal may see
 *
 * printf() is not used: musl's brings 10 KB of floating point along, and
 * with it every caller would have to remember which strings are foreign.
 */
#include "crier/text.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static char out_buf[4096];
static char err_buf[1024];
struct text text_out = {.fd = 1, .buf = out_buf, .cap = sizeof out_buf};
struct text text_err = {.fd = 2, .buf = err_buf, .cap = sizeof err_buf};

struct range {
    uint32_t first, last;
};

static bool in_ranges(const struct range *r, size_t count, uint32_t cp)
{
    for (size_t i = 0; i < count; i++)
        if (cp >= r[i].first && cp <= r[i].last)
            return true;
    return false;
}

bool text_hidden(uint32_t cp)
{
    static const struct range hidden[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0x61c, 0x61c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfeff, 0xfeff}, {0xe0000, 0xe007f},
    };

    return in_ranges(hidden, sizeof hidden / sizeof hidden[0], cp);
}

static unsigned columns_of(uint32_t cp)
{
    static const struct range none[] = {
        {0x300, 0x36f}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f},
    };
    static const struct range wide[] = {
        {0x1100, 0x115f}, {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff}, {0xfe30, 0xfe6f},   {0xff00, 0xff60},
        {0xffe0, 0xffe6}, {0x1f300, 0x1faff}, {0x20000, 0x3fffd},
    };

    if (in_ranges(none, sizeof none / sizeof none[0], cp))
        return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], cp) ? 2 : 1;
}

unsigned text_utf8(const uint8_t *p, size_t len, uint32_t *cp)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned need;
    uint32_t v;

    if (len == 0)
        return 0;
    if (p[0] < 0x80) {
        *cp = p[0];
        return 1;
    }
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        need = 2;
    else if ((p[0] & 0xf0) == 0xe0)
        need = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        need = 4;
    else
        return 0;
    if (len < need)
        return 0;
    v = p[0] & (0x7fu >> need);
    for (unsigned i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3fu);
    }
    if (v < least[need] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *cp = v;
    return need;
}

struct text text_memory(char *buf, size_t cap)
{
    return (struct text){.fd = -1, .buf = buf, .cap = cap};
}

char *text_end(struct text *t)
{
    if (t->len == t->cap) {
        t->len--;
        t->failed = true;
    }
    t->buf[t->len] = '\0';
    return t->buf;
}

void text_flush(struct text *t)
{
    size_t done = 0;

    if (t->fd < 0)
        return;
    if (t->take != NULL && t->len > 0) {
        t->take(t->buf, t->len);
        t->len = 0;
    }
    while (done < t->len) {
        ssize_t n = write(t->fd, t->buf + done, t->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            t->failed = true;
            break;
        }
        done += (size_t)n;
    }
    t->len = 0;
}

void text_bytes(struct text *t, const void *p, size_t len)
{
    const char *s = p;

    while (len > 0) {
        size_t n = t->cap - t->len;

        if (n == 0) {
            if (t->fd < 0) {
                t->failed = true;
                return;
            }
            text_flush(t);
            continue;
        }
        if (n > len)
            n = len;
        memcpy(t->buf + t->len, s, n);
        t->len += n;
        s += n;
        len -= n;
    }
}

void text_str(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}

void text_num(struct text *t, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + v % 10);
    while ((v /= 10) != 0);
    text_bytes(t, digits + at, sizeof digits - at);
}

void text_pad(struct text *t, size_t n)
{
    while (n-- > 0)
        text_bytes(t, " ", 1);
}

static void escape(struct text *t, const uint8_t *p, size_t len)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        char x[4] = {'\\', 'x', hex[p[i] >> 4], hex[p[i] & 15]};

        text_bytes(t, x, sizeof x);
    }
}

void text_safe(struct text *t, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;

    while (len > 0) {
        uint32_t cp = 0;
        unsigned n = text_utf8(p, len, &cp);

        if (n == 0)
            escape(t, p, n = 1);
        else if (text_hidden(cp))
            escape(t, p, n);
        else
            text_bytes(t, p, n);
        p += n;
        len -= n;
    }
}

/* A label cut at dots and backslashes, so that these get a backslash. */
static void put_label(struct text *t, const uint8_t *label)
{
    const uint8_t *p = label + 1;
    size_t left = label[0];

    while (left > 0) {
        size_t n = 0;

        while (n < left && p[n] != '.' && p[n] != '\\')
            n++;
        text_safe(t, p, n);
        if (n < left) {
            text_bytes(t, "\\", 1);
            text_bytes(t, p + n++, 1);
        }
        p += n;
        left -= n;
    }
}

void text_name(struct text *t, const struct name *n)
{
    const uint8_t *label;

    if (n->len <= 1) {
        text_str(t, ".");
        return;
    }
    for (unsigned i = 0; (label = name_label(n, i)) != NULL; i++) {
        if (i > 0)
            text_str(t, ".");
        put_label(t, label);
    }
}

/* One directive; *ap moves on by what it takes. */
static void directive(struct text *t, char what, va_list *ap)
{
    switch (what) {
    case 's': {
        const char *s = va_arg(*ap, const char *);

        text_safe(t, s, strlen(s));
        break;
    }
    case 'b': {
        const void *p = va_arg(*ap, const void *);

        text_safe(t, p, va_arg(*ap, size_t));
        break;
    }
    case 'u':
        text_num(t, va_arg(*ap, unsigned));
        break;
    case 'U':
        text_num(t, va_arg(*ap, uint64_t));
        break;
    case 'd': {
        int v = va_arg(*ap, int);

        if (v < 0)
            text_str(t, "-");
        text_num(t, v < 0 ? 0u - (unsigned)v : (unsigned)v);
        break;
    }
    case 'n':
        text_name(t, va_arg(*ap, const struct name *));
        break;
    case 'e':
        text_errno(t, va_arg(*ap, int));
        break;
    default:
        text_bytes(t, &what, 1);
    }
}

void text_vfmt(struct text *t, const char *fmt, va_list args)
{
    va_list ap;

    va_copy(ap, args); /* a va_list parameter may be an array: &args lies */
    while (*fmt != '\0') {
        size_t plain = strcspn(fmt, "%");

        text_bytes(t, fmt, plain);
        fmt += plain;
        if (*fmt == '\0')
            break;
        directive(t, fmt[1], &ap);
        fmt += 2;
    }
    va_end(ap);
}

void text_fmt(struct text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    text_vfmt(t, fmt, ap);
    va_end(ap);
}

size_t text_fit(const char *s, size_t len, size_t columns)
{
    size_t at = 0;

    while (at < len) {
        uint32_t cp = 0;
        unsigned n = text_utf8((const uint8_t *)s + at, len - at, &cp);
        unsigned w = columns_of(cp);

        if (n == 0)
            n = 1;
        if (w > columns)
            break;
        columns -= w;
        at += n;
    }
    return at;
}

size_t text_width(const char *s, size_t len)
{
    size_t columns = 0;

    while (len > 0) {
        uint32_t cp = 0;
        unsigned n = text_utf8((const uint8_t *)s, len, &cp);

        if (n == 0)
            n = 1;
        columns += columns_of(cp);
        s += n;
        len -= n;
    }
    return columns;
}
