/*
 * addr.h - an IPv4 or IPv6 address as a plain value
 *
 * The core knows no sockaddr: addresses come in and go out in this form, and
 * src/os turns them into what the kernel wants. Link-local IPv6 addresses
 * carry no scope here; the link is always told beside them.
 */
#ifndef CRIER_ADDR_H
#define CRIER_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    ADDR_NONE = 0,
    ADDR_V4 = 1, /* also the bit of the family in a mask of families */
    ADDR_V6 = 2,
};

struct addr {
    uint8_t family; /* ADDR_NONE, ADDR_V4 or ADDR_V6 */
    uint8_t b[16];  /* network order; IPv4 uses the first four, rest zero */
};

/* Bytes of the address in b[]: 4, 16, or 0 for ADDR_NONE. */
static inline unsigned addr_len(const struct addr *a)
{
    return a->family == ADDR_V4 ? 4 : a->family == ADDR_V6 ? 16 : 0;
}

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return a->family == b->family && memcmp(a->b, b->b, addr_len(a)) == 0;
}

/* 169.254/16 (RFC 3927) or fe80::/10 (RFC 4291 section 2.5.6). */
static inline bool addr_link_local(const struct addr *a)
{
    if (a->family == ADDR_V4)
        return a->b[0] == 169 && a->b[1] == 254;
    return a->family == ADDR_V6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

/* Whether one host can have it: not a group (RFC 5771, RFC 4291 section 2.7),
 * not everybody, not nobody. */
static inline bool addr_of_host(const struct addr *a)
{
    static const uint8_t none[16] = {0}, all[4] = {255, 255, 255, 255};

    if (a->family == ADDR_V4)
        return a->b[0] != 0 && a->b[0] >> 4 != 14 && memcmp(a->b, all, 4) != 0;
    return a->b[0] != 0xff && memcmp(a->b, none, sizeof none) != 0;
}

/*
 * Whether the first prefix_len bits of a and b agree, as RFC 6762 section 11
 * compares a source with an interface's subnet. False for unlike families.
 */
static inline bool addr_same_prefix(const struct addr *a, const struct addr *b,
                                    unsigned prefix_len)
{
    unsigned whole = prefix_len / 8;
    unsigned rest = prefix_len % 8;

    if (a->family != b->family || prefix_len > 8 * addr_len(a))
        return false;
    if (memcmp(a->b, b->b, whole) != 0)
        return false;
    return rest == 0 || ((a->b[whole] ^ b->b[whole]) >> (8 - rest)) == 0;
}

#endif
