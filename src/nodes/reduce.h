/*
 * reduce.h - names from the network made to fit where only few characters do
 */
#ifndef CRIER_NODES_REDUCE_H
#define CRIER_NODES_REDUCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/name.h"
#include "crier/text.h"

enum reduce_case { REDUCE_KEEP, REDUCE_UPPER, REDUCE_LOWER };

/* Letters and digits (ASCII) as they are or in that case; others as "_". */
void reduce_put(struct text *t, const void *p, size_t len,
                enum reduce_case to);

/*
 * The pairs of TXT rdata whose keys differ even when reduced, the first ones
 * first, at most REDUCE_TXT_MAX of them. Set pos and count to 0 to begin.
 */
enum { REDUCE_TXT_MAX = 64 };

struct reduce_txt {
    size_t pos;
    unsigned count;
    const uint8_t *value; /* NULL: a key without "=" */
    size_t value_len;
    struct {
        const uint8_t *key;
        size_t len;
    } seen[REDUCE_TXT_MAX]; /* the last one: this pair's */
};

bool reduce_txt_next(struct reduce_txt *r, const uint8_t *rdata, size_t len);

enum { REDUCE_HOST_MAX = 64 }; /* bytes with the NUL */

/*
 * NAME of a host NAME.local, in lower case, if it may stand in any file or
 * command line: letters, digits, hyphens and underscores, no hyphen in front,
 * and none of the names that mean something else there. False if not.
 */
bool reduce_host(const struct name *host, char out[REDUCE_HOST_MAX]);

#endif
