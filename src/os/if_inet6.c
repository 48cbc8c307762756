/*
 * if_inet6.c - IPv6 addresses from the text of /proc/net/if_inet6
 *
 * One line an address, all numbers in hexadecimal without "0x":
 *
 *     fe80000000000000505400fffe123456 02 40 20 80     eth0
 *     address                          index   scope flags name
 *                                         prefix
 */
#include "private.h"

#include <string.h>

/* The value of a hexadecimal digit, -1 for anything else. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ')
        p++;
    return p;
}

/* The next number; NULL if there is none, or it has more than 8 digits. */
static const char *read_hex(const char *p, unsigned *out)
{
    unsigned digits = 0;

    *out = 0;
    for (p = skip_blanks(p); hex_digit(*p) >= 0; p++) {
        *out = *out << 4 | (unsigned)hex_digit(*p);
        if (++digits > 8)
            return NULL;
    }
    return digits > 0 && *p == ' ' ? p : NULL;
}

static const char *read_addr(const char *p, struct addr *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < 32; i++) {
        int digit = hex_digit(p[i]);

        if (digit < 0)
            return NULL;
        out->b[i / 2] = (uint8_t)(out->b[i / 2] << 4 | digit);
    }
    out->family = ADDR_V6;
    return p + 32;
}

static void parse_line(const char *p, const char *end, struct iface_table *t)
{
    struct addr a;
    unsigned number[4]; /* index, prefix length, scope, flags */
    struct os_iface *i;

    p = read_addr(p, &a);
    for (unsigned n = 0; n < 4 && p != NULL; n++)
        p = read_hex(p, &number[n]);
    if (p == NULL)
        return;
    p = skip_blanks(p);
    if (p >= end)
        return;
    i = iface_by_name(t, p, (size_t)(end - p));
    if (i == NULL)
        return;
    i->index = number[0];
    if (iface_addr_usable(&a, number[3]))
        iface_add_addr(i, &a, number[1], (number[3] & IFA_TEMPORARY) != 0);
}

void if_inet6_parse(const char *text, struct iface_table *t)
{
    const char *p = text;

    while (*p != '\0') {
        const char *end = strchr(p, '\n');

        if (end == NULL)
            break; /* cut off by the buffer: half a line tells lies */
        parse_line(p, end, t);
        p = end + 1;
    }
}
