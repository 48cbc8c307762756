/*
 * name.c - reading, comparing and cutting names in wire form
 *
 * name_read() runs for every name of every packet heard, so it first walks
 * the labels up to the next pointer or the end and then copies them at once.
 * The text form is in name_text.c.
 */
#include "crier/name.h"

#include <assert.h>
#include <string.h>

enum {
    HOPS_MAX = 128, /* more pointers than labels cannot be honest */
    POINTER_BITS = 0xc0,
};

/*
 * Walk labels from pos to the final zero or to a pointer, whichever comes
 * first. `used` bytes of the name came before. Returns where the walk ended,
 * at the zero or the pointer's first byte, or 0 after an error.
 */
static size_t walk_labels(struct wire_reader *rd, size_t pos, size_t used)
{
    const uint8_t *msg = rd->msg;
    size_t len = rd->len;
    size_t end = pos + (NAME_WIRE_MAX - 1 - used); /* the zero's last place */

    for (;;) {
        if (pos >= len)
            break;
        uint8_t head = msg[pos];

        if (head == 0 || head >= POINTER_BITS)
            return pos;
        if (head > NAME_LABEL_MAX) {
            wire_fail(rd, WIRE_BAD_LABEL); /* 01 and 10: RFC 6891 section 5 */
            return 0;
        }
        pos += 1u + head;
        if (pos > end && pos <= len) {
            wire_fail(rd, WIRE_NAME_TOO_LONG);
            return 0;
        }
    }
    wire_fail(rd, WIRE_TRUNCATED);
    return 0;
}

/*
 * The target of the pointer at pos, or 0 after an error. It must aim below
 * limit: RFC 1035 says "prior occurrence", so each pointer aims lower than
 * the last and there are no loops; and no name begins inside the header.
 */
static size_t pointer_target(struct wire_reader *rd, size_t pos, size_t limit)
{
    size_t target;

    if (rd->len - pos < 2) {
        wire_fail(rd, WIRE_TRUNCATED);
        return 0;
    }
    target = (size_t)(rd->msg[pos] & ~POINTER_BITS) << 8 | rd->msg[pos + 1];
    if (target >= limit || target < WIRE_HEADER_LEN) {
        wire_fail(rd, WIRE_BAD_POINTER);
        return 0;
    }
    return target;
}

/*
 * Names are short: moves of fixed sizes, which the compiler does in place,
 * take less than a call of memcpy(), above all one made for long copies.
 */
static void copy_short(uint8_t *to, const uint8_t *from, size_t len)
{
    for (; len >= 8; len -= 8) {
        memcpy(to, from, 8);
        to += 8;
        from += 8;
    }
    if (len & 4) {
        memcpy(to, from, 4);
        to += 4;
        from += 4;
    }
    if (len & 2) {
        memcpy(to, from, 2);
        to += 2;
        from += 2;
    }
    if (len & 1)
        *to = *from;
}

bool name_read(struct wire_reader *rd, struct name *out)
{
    size_t from = rd->pos; /* labels not copied yet begin here */
    size_t resume = 0;     /* just past the first pointer; 0 before one */
    size_t used = 0;       /* bytes of out->wire */
    unsigned hops = 0;

    assert(rd->pos <= rd->len);
    if (rd->err != WIRE_OK)
        return false;

    for (;;) {
        size_t pos = walk_labels(rd, from, used);

        if (rd->err != WIRE_OK)
            return false;
        copy_short(out->wire + used, rd->msg + from, pos - from);
        used += pos - from;
        if (rd->msg[pos] == 0) {
            rd->pos = resume != 0 ? resume : pos + 1;
            break;
        }
        /*
         * Pointers to pointers add no bytes and so escape the limit of
         * length, hence the count (RFC 9267 section 2).
         */
        if (++hops > HOPS_MAX)
            return wire_fail(rd, WIRE_BAD_POINTER);
        if (resume == 0)
            resume = pos + 2;
        from = pointer_target(rd, pos, from);
        if (from == 0)
            return false;
    }
    out->wire[used++] = 0;
    out->len = (uint16_t)used;

    assert(out->len <= NAME_WIRE_MAX);
    return true;
}

bool name_skip(struct wire_reader *rd)
{
    size_t pos;

    assert(rd->pos <= rd->len);
    if (rd->err != WIRE_OK)
        return false;
    pos = walk_labels(rd, rd->pos, 0);
    if (rd->err != WIRE_OK)
        return false;
    if (rd->msg[pos] == 0) {
        rd->pos = pos + 1;
        return true;
    }
    if (pointer_target(rd, pos, rd->pos) == 0)
        return false;
    rd->pos = pos + 2;
    return true;
}

/* Length bytes are below 'A', so folding them too changes nothing. */
static bool equal_folded(const uint8_t *a, const uint8_t *b, size_t len)
{
    if (memcmp(a, b, len) == 0)
        return true;
    for (size_t i = 0; i < len; i++) {
        if (a[i] != b[i] && name_fold(a[i]) != name_fold(b[i]))
            return false;
    }
    return true;
}

bool name_equal(const struct name *a, const struct name *b)
{
    return a->len == b->len && equal_folded(a->wire, b->wire, a->len);
}

int name_compare(const struct name *a, const struct name *b)
{
    size_t len = a->len < b->len ? a->len : b->len;

    for (size_t i = 0; i < len; i++) {
        int diff = name_fold(a->wire[i]) - name_fold(b->wire[i]);

        if (diff != 0)
            return diff;
    }
    return (int)a->len - (int)b->len;
}

void name_root(struct name *out)
{
    out->len = 1;
    out->wire[0] = 0;
}

unsigned name_labels(const struct name *n)
{
    unsigned count = 0;

    for (size_t at = 0; n->wire[at] != 0; at += 1u + n->wire[at])
        count++;
    return count;
}

/* Offset of the i-th label, or of the final zero if there are not so many. */
static size_t label_at(const struct name *n, unsigned i)
{
    size_t at = 0;

    while (i-- > 0 && n->wire[at] != 0)
        at += 1u + n->wire[at];
    assert(at < n->len);
    return at;
}

const uint8_t *name_label(const struct name *n, unsigned i)
{
    size_t at = label_at(n, i);

    return n->wire[at] != 0 ? n->wire + at : NULL;
}

bool name_prepend(struct name *n, const void *label, size_t len)
{
    if (len < 1 || len > NAME_LABEL_MAX)
        return false;
    if (n->len + 1 + len > NAME_WIRE_MAX)
        return false;
    memmove(n->wire + 1 + len, n->wire, n->len);
    n->wire[0] = (uint8_t)len;
    memcpy(n->wire + 1, label, len);
    n->len = (uint16_t)(n->len + 1 + len);
    return true;
}

bool name_append(struct name *n, const struct name *suffix)
{
    size_t keep = n->len - 1u; /* without the final zero */
    size_t add = suffix->len;  /* suffix may be n itself */

    if (keep + add > NAME_WIRE_MAX)
        return false;
    memmove(n->wire + keep, suffix->wire, add);
    n->wire[keep + add - 1] = 0;
    n->len = (uint16_t)(keep + add);
    return true;
}

void name_suffix(const struct name *n, unsigned drop, struct name *out)
{
    size_t at = label_at(n, drop);
    size_t len = n->len - at;

    memmove(out->wire, n->wire + at, len); /* out may be n itself */
    out->len = (uint16_t)len;
}

bool name_under(const struct name *n, const struct name *suffix)
{
    size_t at = 0;

    while (n->len - at > suffix->len)
        at += 1u + n->wire[at];
    return n->len - at == suffix->len &&
           equal_folded(n->wire + at, suffix->wire, suffix->len);
}
