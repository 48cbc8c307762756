/*
 * bytes.h - numbers in network byte order, anywhere in memory
 *
 * As one move each: compilers see that in memcpy() and a swap, and not
 * always in shifts.
 */
#ifndef CRIER_WIRE_BYTES_H
#define CRIER_WIRE_BYTES_H

#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static inline uint16_t swap16(uint16_t v) { return __builtin_bswap16(v); }
static inline uint32_t swap32(uint32_t v) { return __builtin_bswap32(v); }
#else
static inline uint16_t swap16(uint16_t v) { return v; }
static inline uint32_t swap32(uint32_t v) { return v; }
#endif

static inline uint16_t get_u16(const uint8_t *p)
{
    uint16_t v;

    memcpy(&v, p, sizeof v);
    return swap16(v);
}

static inline uint32_t get_u32(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return swap32(v);
}

static inline void put_u16(uint8_t *p, uint16_t v)
{
    v = swap16(v);
    memcpy(p, &v, sizeof v);
}

static inline void put_u32(uint8_t *p, uint32_t v)
{
    v = swap32(v);
    memcpy(p, &v, sizeof v);
}

#endif
