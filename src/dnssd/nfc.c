/*
 * nfc.c - whether text is in Unicode Normalization Form C
 *
 * Text is NFC if no character in it is one that NFC replaces, combining
 * marks stand in the order of their classes, and no mark could be composed
 * with the character it applies to. That needs three tables of 8 KB and no
 * buffer; converting a name would need more, and a name that changes under
 * its owner's hands is no service to anyone.
 */
#include "nfc.h"

#include "nfc_table.h"

enum {
    HANGUL_L = 0x1100, /* leading consonants */
    HANGUL_L_COUNT = 19,
    HANGUL_V = 0x1161, /* vowels */
    HANGUL_V_COUNT = 21,
    HANGUL_T = 0x11a7, /* trailing consonants, from the next one on */
    HANGUL_T_COUNT = 28,
    HANGUL_S = 0xac00, /* syllables */
    HANGUL_S_COUNT = 11172,
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

bool utf8_next(const uint8_t *s, size_t len, size_t *pos, uint32_t *out)
{
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    uint8_t head = s[*pos];
    unsigned more = head < 0x80 ? 0
                    : (head & 0xe0) == 0xc0 ? 1
                    : (head & 0xf0) == 0xe0 ? 2
                    : (head & 0xf8) == 0xf0 ? 3 : 4;
    uint32_t c = more == 0 ? head : head & (0x3fu >> more);

    if (more == 4 || len - *pos <= more)
        return false;
    for (unsigned i = 1; i <= more; i++) {
        uint8_t next = s[*pos + i];

        if ((next & 0xc0) != 0x80)
            return false;
        c = c << 6 | (next & 0x3fu);
    }
    if (c < least[more] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return false;
    *pos += 1u + more;
    *out = c;
    return true;
}

/* Index of the last element of a[0..n) that is not above key, n if none. */
static size_t find_last(const uint32_t *a, size_t n, uint32_t key)
{
    size_t low = 0;
    size_t high = n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (a[mid] <= key)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 ? low - 1 : n;
}

static unsigned combining_class(uint32_t c)
{
    size_t i;
    uint32_t run;

    if (c >> 17 != 0)
        return 0;
    i = find_last(nfc_classes, COUNT(nfc_classes), c << 14 | 0x3fff);
    if (i == COUNT(nfc_classes))
        return 0;
    run = nfc_classes[i];
    return c - (run >> 14) <= (run >> 8 & 0x3f) ? run & 0xff : 0;
}

/* nfc_never holds firsts at even and lasts at odd places, all ascending but
 * for ranges of one, where the two are equal. */
static bool never_in_nfc(uint32_t c)
{
    size_t n = COUNT(nfc_never);
    size_t i = find_last(nfc_never, n, c);

    return i != n && (i % 2 == 0 || nfc_never[i] == c);
}

static bool hangul_composes(uint32_t first, uint32_t second)
{
    if (first - HANGUL_L < HANGUL_L_COUNT)
        return second - HANGUL_V < HANGUL_V_COUNT;
    return first - HANGUL_S < HANGUL_S_COUNT &&
           (first - HANGUL_S) % HANGUL_T_COUNT == 0 &&
           second - HANGUL_T - 1 < HANGUL_T_COUNT - 1;
}

/* The partners of `second` in nfc_firsts: from *at up to the result. */
static size_t partners(uint32_t second, size_t *at)
{
    size_t n = COUNT(nfc_seconds);
    size_t i;

    *at = 0;
    if (second >> 17 != 0)
        return 0;
    i = find_last(nfc_seconds, n, second << 11 | 0x7ff);
    if (i == n || nfc_seconds[i] >> 11 != second)
        return 0;
    *at = nfc_seconds[i] & 0x7ff;
    return i + 1 < n ? nfc_seconds[i + 1] & 0x7ff : COUNT(nfc_firsts);
}

/*
 * Split c into the two characters it is composed of, if the second one has a
 * combining class above `class`. False if not.
 */
static bool split(uint32_t c, unsigned class, uint32_t *first)
{
    for (size_t i = 0; i < COUNT(nfc_seconds); i++) {
        uint32_t second = nfc_seconds[i] >> 11;
        size_t at;
        size_t end = partners(second, &at);

        if (second >> 16 != c >> 16 || combining_class(second) <= class)
            continue;
        for (; at < end; at++) {
            if (nfc_composed[at] == (c & 0xffff)) {
                *first = (c & 0x10000) | nfc_firsts[at];
                return true;
            }
        }
    }
    return false;
}

/*
 * Whether NFC would put c, of that class, into the character `base` before
 * it. A mark of a lower class than those inside base would be sorted before
 * them, so it may also compose with what is left of base without them.
 */
static bool composes(uint32_t base, uint32_t c, unsigned class)
{
    size_t at;
    size_t end = partners(c, &at);

    if (hangul_composes(base, c))
        return true;
    if (at == end)
        return false;
    do {
        for (size_t i = at; base >> 16 == c >> 16 && i < end; i++) {
            if (nfc_firsts[i] == (base & 0xffff))
                return true;
        }
    } while (class != 0 && split(base, class, &base));
    return false;
}

bool nfc_check(const uint8_t *s, size_t len)
{
    uint32_t base = 0;   /* last character of class 0; 0 before one */
    unsigned before = 0; /* class of the character before; 0 after base */
    size_t pos = 0;
    uint32_t c;

    while (pos < len) {
        if (!utf8_next(s, len, &pos, &c))
            return false;
        unsigned class = combining_class(c);

        if (never_in_nfc(c) || (class != 0 && before > class))
            return false;
        /* Blocked by a mark of the same class or, for class 0, by any. */
        if (base != 0 && (before == 0 || before < class) &&
            composes(base, c, class))
            return false;
        if (class == 0)
            base = c;
        before = class;
    }
    return true;
}
