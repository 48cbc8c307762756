/*
 * addr_text.c - addresses as text, the canonical way (RFC 5952)
 *
 * Not inet_ntop(): its forms for some IPv6 addresses differ between C
 * libraries, and crier's output is to be the same everywhere.
 */
#include "private.h"

#include <arpa/inet.h>

enum { GROUPS = 8 };

static char *put_number(char *p, unsigned v, unsigned base)
{
    char digits[5];
    unsigned n = 0;

    do
        digits[n++] = "0123456789abcdef"[v % base];
    while ((v /= base) != 0);
    while (n > 0)
        *p++ = digits[--n];
    return p;
}

static char *put_v4(char *p, const uint8_t *b)
{
    for (unsigned i = 0; i < 4; i++) {
        if (i > 0)
            *p++ = '.';
        p = put_number(p, b[i], 10);
    }
    return p;
}

static unsigned group_at(const uint8_t *b, unsigned i)
{
    return (unsigned)b[2 * i] << 8 | b[2 * i + 1];
}

/* The first longest run of zero groups; less than two are not shortened
 * (RFC 5952 section 4.2). Returns its length. */
static unsigned zero_run(const uint8_t *b, unsigned *start)
{
    unsigned best = 0;

    for (unsigned i = 0; i < GROUPS; i++) {
        unsigned n = 0;

        while (i + n < GROUPS && group_at(b, i + n) == 0)
            n++;
        if (n > best) {
            best = n;
            *start = i;
        }
    }
    return best >= 2 ? best : 0;
}

static char *put_v6(char *p, const uint8_t *b)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned start = 0;
    unsigned run = zero_run(b, &start);

    if (memcmp(b, mapped, sizeof mapped) == 0) { /* section 5 */
        memcpy(p, "::ffff:", 7);
        return put_v4(p + 7, b + 12);
    }
    for (unsigned i = 0; i < GROUPS; i++) {
        if (run > 0 && i == start) {
            *p++ = ':';
            *p++ = ':';
            i += run - 1;
            continue;
        }
        if (i > 0 && p[-1] != ':')
            *p++ = ':';
        p = put_number(p, group_at(b, i), 16);
    }
    return p;
}

char *os_addr_text(const struct addr *a, const char *iface, char *buf)
{
    char *p = buf;

    if (a->family == ADDR_V4)
        p = put_v4(p, a->b);
    else if (a->family == ADDR_V6)
        p = put_v6(p, a->b);
    else
        *p++ = '-';
    if (iface != NULL && a->family == ADDR_V6 && addr_link_local(a)) {
        *p++ = '%';
        for (unsigned i = 0; i < IF_NAMESIZE - 1 && iface[i] != '\0'; i++)
            *p++ = iface[i];
    }
    *p = '\0';
    return buf;
}

bool os_addr_parse(const char *text, struct addr *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, out->b) == 1)
        out->family = ADDR_V4;
    else if (inet_pton(AF_INET6, text, out->b) == 1)
        out->family = ADDR_V6;
    return out->family != ADDR_NONE;
}
