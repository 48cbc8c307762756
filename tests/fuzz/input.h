/*
 * input.h - a fuzzer's bytes taken as numbers; zeros when they are used up
 */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct input {
    const uint8_t *p;
    size_t left;
};

static inline uint8_t take8(struct input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->p++;
}

static inline uint16_t take16(struct input *in)
{
    unsigned high = take8(in);

    return (uint16_t)(high << 8 | take8(in));
}

static inline void take_bytes(struct input *in, uint8_t *out, size_t len)
{
    size_t n = len < in->left ? len : in->left;

    if (n > 0)
        memcpy(out, in->p, n);
    memset(out + n, 0, len - n);
    in->p += n;
    in->left -= n;
}

/* An oracle's verdict. The fuzzer keeps the input. */
#define FAIL(...)                                                       \
    do {                                                                \
        fprintf(stderr, "oracle: ");                                    \
        fprintf(stderr, __VA_ARGS__);                                   \
        fprintf(stderr, "\n");                                          \
        abort();                                                        \
    } while (0)

#endif
