/*
 * name.h - domain names in uncompressed wire form
 *
 * A struct name holds length-prefixed labels and the final zero byte
 * (RFC 1035 section 3.1). Letter case stays as received: compare with
 * name_equal(), not memcmp() (RFC 6762 section 16, RFC 4343).
 *
 * Memory: a plain value without pointers. Copy by assignment, nothing to
 * free. Nothing here allocates, logs or reads the clock.
 */
#ifndef CRIER_NAME_H
#define CRIER_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/wire.h"

enum {
    NAME_LABEL_MAX = 63,  /* bytes, RFC 1035 section 2.3.4 */
    NAME_WIRE_MAX = 256,  /* bytes with the final zero, RFC 6762 appendix C */
    NAME_LABELS_MAX = 127,
    NAME_TEXT_MAX = 1024, /* bytes of the longest text form with its NUL */
};

struct name {
    uint16_t len; /* bytes used in wire[], at least 1 */
    uint8_t wire[NAME_WIRE_MAX];
};

/* ASCII-only lower case of one byte (RFC 4343 section 3). */
static inline uint8_t name_fold(uint8_t c)
{
    return (uint8_t)(c + ((uint8_t)(c - 'A') < 26 ? 32 : 0));
}

/*
 * Expand the name at rd->pos, compressed or not (RFC 1035 section 4.1.4),
 * into *out. rd->pos moves past the name as it stands in the message, which
 * is past the first pointer if there is one.
 *
 * Returns false and sets rd->err on malformed input: WIRE_TRUNCATED,
 * WIRE_BAD_LABEL, WIRE_BAD_POINTER or WIRE_NAME_TOO_LONG. *out is then
 * undefined. Follows at most 128 pointers, each strictly backward and not
 * into the header.
 */
bool name_read(struct wire_reader *rd, struct name *out);

/* Move past a name without expanding it; same errors where they show. */
bool name_skip(struct wire_reader *rd);

/* Equal but for ASCII case; no other equivalence. */
bool name_equal(const struct name *a, const struct name *b);

/* The root name. */
void name_root(struct name *out);

/* Number of labels, 0 for the root. */
unsigned name_labels(const struct name *n);

/*
 * The i-th label from the left (0 is the most specific): its length byte,
 * followed by its text, borrowed. NULL if there is no such label.
 */
const uint8_t *name_label(const struct name *n, unsigned i);

/*
 * Put a label in front / append the labels of suffix behind. False, and
 * *n as before, if the result passes NAME_WIRE_MAX or len is not 1..63.
 */
bool name_prepend(struct name *n, const void *label, size_t len);
bool name_append(struct name *n, const struct name *suffix);

/* *out becomes n without its first `drop` labels (drop <= name_labels). */
void name_suffix(const struct name *n, unsigned drop, struct name *out);

/* Whether n equals suffix or lies below it. */
bool name_under(const struct name *n, const struct name *suffix);

/* Why text is no name. */
enum name_text_err {
    NAME_TEXT_OK,
    NAME_TEXT_EMPTY,       /* "" ; the root is written "." */
    NAME_TEXT_EMPTY_LABEL, /* ".a", "a..b" */
    NAME_TEXT_LABEL_LONG,  /* a label over 63 bytes */
    NAME_TEXT_LONG,        /* over 256 bytes in wire form */
    NAME_TEXT_ESCAPE,      /* backslash at the end, \DD, or \DDD over 255 */
};

/*
 * Text form: labels separated by dots, a final dot optional; inside a label
 * "\." and "\\" and "\DDD" with exactly three decimal digits (RFC 1035
 * section 5.1, RFC 4343 section 2.1). On error *at (may be NULL) is the
 * index of the offending byte in text.
 */
enum name_text_err name_from_text(const char *text, struct name *out,
                                  size_t *at);

/* A static English sentence fragment for err, for messages. */
const char *name_text_error(enum name_text_err err);

/*
 * Text form of n with a final dot ("." for the root). Bytes outside
 * 0x21..0x7e, and dots and backslashes inside labels, are escaped; so the
 * text is plain ASCII and name_from_text() gives n back. Returns buf.
 */
char *name_text(const struct name *n, char buf[NAME_TEXT_MAX]);

/*
 * Canonical order for tests and sorting: by bytes without ASCII case, a
 * shorter name first on a tie. Total: 0 only if name_equal().
 */
int name_compare(const struct name *a, const struct name *b);

#endif
