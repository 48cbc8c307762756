/*
 * hex.h - messages as readable text, for tests
 *
 * Hex digits in pairs, blanks and newlines anywhere between pairs, 'text' in
 * single quotes for its own bytes, and a comment from ';' to the line's end:
 *
 *     05 'local' 00    ; local.
 *
 * The bytes come as a heap block of exactly their number, so that the
 * address sanitizer sees any read past their end.
 */
#ifndef CRIER_TESTS_HEX_H
#define CRIER_TESTS_HEX_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | ('a' - 'A')) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* A heap copy of p[0..len) of that size; the caller frees it. */
static inline uint8_t *exact_copy(const void *p, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len > 0)
        memcpy(copy, p, len);
    return copy;
}

/*
 * The bytes that text stands for, in a block that the caller frees. A
 * mistake in text is a mistake in the test and ends it.
 */
static inline uint8_t *hex_alloc(const char *text, size_t *len)
{
    uint8_t *room = malloc(strlen(text) + 1);
    uint8_t *exact;
    size_t n = 0;

    if (room == NULL)
        abort();
    for (const char *p = text; *p != '\0'; p++) {
        if (strchr(" \t\n", *p) != NULL)
            continue;
        if (*p == ';') {
            p += strcspn(p, "\n");
            if (*p == '\0')
                break;
        } else if (*p == '\'') {
            size_t size = strcspn(p + 1, "'");

            memcpy(room + n, p + 1, size);
            n += size;
            p += size + 1;
            if (*p != '\'')
                goto mistake;
        } else {
            if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
                goto mistake;
            room[n++] = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
            p++;
        }
    }
    exact = exact_copy(room, n);
    free(room);
    *len = n;
    return exact;

mistake:
    fprintf(stderr, "hex text is wrong: %s\n", text);
    abort();
}

/*
 * A text file whole, and one of hex text as bytes; for tests/packets. Paths
 * are from the project's top, where tests run.
 */
static inline char *text_file_alloc(const char *path)
{
    enum { TEXT_MAX = 65536 };
    char *text = malloc(TEXT_MAX);
    FILE *file = fopen(path, "r");
    size_t size;

    if (file == NULL || text == NULL) {
        perror(path);
        abort();
    }
    size = fread(text, 1, TEXT_MAX - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static inline uint8_t *hex_file_alloc(const char *path, size_t *len)
{
    char *text = text_file_alloc(path);
    uint8_t *bytes = hex_alloc(text, len);

    free(text);
    return bytes;
}

#endif
