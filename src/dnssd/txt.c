/*
 * txt.c - the strings of a TXT record (RFC 6763 section 6)
 *
 * The rdata itself is the data structure: strings are found by walking it,
 * so nothing is kept beside it and the order of the publisher stands.
 */
#include "crier/dnssd.h"

#include <assert.h>
#include <string.h>

/* The string at *pos, or false at the end or where its length runs past it. */
static bool string_at(const uint8_t *rdata, size_t len, size_t *pos,
                      const uint8_t **s, uint8_t *s_len)
{
    if (*pos >= len || rdata[*pos] > len - *pos - 1)
        return false;
    *s_len = rdata[*pos];
    *s = rdata + *pos + 1;
    *pos += 1u + *s_len;
    return true;
}

/* Bytes before the first "=", or all of them if there is none. */
static size_t key_length(const uint8_t *s, size_t len)
{
    const uint8_t *end = len > 0 ? memchr(s, '=', len) : NULL;

    return end != NULL ? (size_t)(end - s) : len;
}

/* Keys are equal without ASCII case, spaces count (section 6.4). */
static bool key_equal(const uint8_t *a, size_t a_len, const uint8_t *b,
                      size_t b_len)
{
    if (a_len != b_len)
        return false;
    for (size_t i = 0; i < a_len; i++) {
        if (name_fold(a[i]) != name_fold(b[i]))
            return false;
    }
    return true;
}

/* The first string in rdata[0..len) with that key. */
static bool find_key(const uint8_t *rdata, size_t len, const uint8_t *key,
                     size_t key_len, const uint8_t **s, uint8_t *s_len)
{
    size_t pos = 0;

    while (string_at(rdata, len, &pos, s, s_len)) {
        if (key_equal(*s, key_length(*s, *s_len), key, key_len))
            return true;
    }
    return false;
}

enum dnssd_txt_err dnssd_txt_add(uint8_t *rdata, size_t *len, size_t max,
                                 const void *string, size_t string_len)
{
    const uint8_t *s = string;
    size_t key_len = key_length(s, string_len);
    const uint8_t *other;
    uint8_t other_len;

    if (string_len > 255)
        return DNSSD_TXT_STRING_LONG;
    if (key_len == 0)
        return DNSSD_TXT_KEY_EMPTY;
    for (size_t i = 0; i < key_len; i++) {
        if (s[i] < 0x20 || s[i] > 0x7e)
            return DNSSD_TXT_KEY_CHARS;
    }
    if (find_key(rdata, *len, s, key_len, &other, &other_len))
        return DNSSD_TXT_KEY_TWICE;
    if (max < *len || max - *len < 1 + string_len)
        return DNSSD_TXT_FULL;

    rdata[*len] = (uint8_t)string_len;
    memcpy(rdata + *len + 1, s, string_len);
    *len += 1 + string_len;
    return DNSSD_TXT_OK;
}

const char *dnssd_txt_error(enum dnssd_txt_err err)
{
    switch (err) {
    case DNSSD_TXT_OK:
        return "no error";
    case DNSSD_TXT_STRING_LONG:
        return "a TXT string is longer than 255 bytes";
    case DNSSD_TXT_KEY_EMPTY:
        return "a TXT string has no key before the \"=\"";
    case DNSSD_TXT_KEY_CHARS:
        return "a TXT key holds something else than printable ASCII";
    case DNSSD_TXT_KEY_TWICE:
        return "a TXT key occurs twice";
    case DNSSD_TXT_FULL:
        return "the TXT strings are too long together";
    }
    return "unknown error";
}

bool dnssd_txt_next(const uint8_t *rdata, size_t len, size_t *pos,
                    const uint8_t **s, uint8_t *s_len)
{
    const uint8_t *first;
    uint8_t first_len;

    while (string_at(rdata, len, pos, s, s_len)) {
        size_t key_len = key_length(*s, *s_len);

        /* Finds this very string unless an earlier one has the key. */
        if (key_len > 0 &&
            find_key(rdata, len, *s, key_len, &first, &first_len) &&
            first == *s)
            return true;
    }
    return false;
}

enum dnssd_txt_value dnssd_txt_get(const uint8_t *rdata, size_t len,
                                   const char *key, const uint8_t **value,
                                   uint8_t *value_len)
{
    size_t key_len = strlen(key);
    const uint8_t *s;
    uint8_t s_len;

    *value = NULL;
    *value_len = 0;
    if (key_len == 0 || !find_key(rdata, len, (const uint8_t *)key, key_len,
                                  &s, &s_len))
        return DNSSD_TXT_ABSENT;
    if (s_len == key_len)
        return DNSSD_TXT_NO_VALUE;
    assert(s[key_len] == '=');
    *value = s + key_len + 1;
    *value_len = (uint8_t)(s_len - key_len - 1);
    return *value_len > 0 ? DNSSD_TXT_VALUE : DNSSD_TXT_EMPTY;
}
