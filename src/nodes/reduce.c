/*
 * reduce.c - names from the network made to fit; see reduce.h
 */
#include "reduce.h"

#include <string.h>

#include "crier/dnssd.h"

static bool is_word(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

static uint8_t reduced(uint8_t c, enum reduce_case to)
{
    if (!is_word(c))
        return '_';
    if (to == REDUCE_LOWER)
        return name_fold(c);
    return to == REDUCE_UPPER && c >= 'a' ? (uint8_t)(c - 'a' + 'A') : c;
}

void reduce_put(struct text *t, const void *bytes, size_t len,
                enum reduce_case to)
{
    const uint8_t *p = bytes;

    for (size_t i = 0; i < len; i++) {
        uint8_t c = reduced(p[i], to);

        text_bytes(t, &c, 1);
    }
}

static bool alike(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (reduced(a[i], REDUCE_LOWER) != reduced(b[i], REDUCE_LOWER))
            return false;
    return true;
}

bool reduce_txt_next(struct reduce_txt *r, const uint8_t *rdata, size_t len)
{
    const uint8_t *s;
    uint8_t s_len;

    while (r->count < REDUCE_TXT_MAX &&
           dnssd_txt_next(rdata, len, &r->pos, &s, &s_len)) {
        const uint8_t *eq = memchr(s, '=', s_len);
        size_t key_len = eq != NULL ? (size_t)(eq - s) : s_len;
        unsigned i = 0;

        while (i < r->count && (r->seen[i].len != key_len ||
                                !alike(r->seen[i].key, s, key_len)))
            i++;
        if (i < r->count)
            continue;
        r->seen[i].key = s;
        r->seen[i].len = key_len;
        r->count++;
        r->value = eq != NULL ? eq + 1 : NULL;
        r->value_len = eq != NULL ? s_len - key_len - 1 : 0;
        return true;
    }
    return false;
}

/* "localhost" is this host, "all" and "ungrouped" are any to Ansible, and
 * hosts files begin with ip6-localhost and others of that kind. */
static bool taken(const char *name)
{
    static const char words[][14] = {"localhost", "all", "ungrouped",
                                     "broadcasthost"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return memcmp(name, "ip6-", 4) == 0;
}

bool reduce_host(const struct name *host, char out[REDUCE_HOST_MAX])
{
    const uint8_t *label = name_label(host, 0);
    const uint8_t *domain = label != NULL ? name_label(host, 1) : NULL;

    memset(out, 0, REDUCE_HOST_MAX);
    if (domain == NULL || name_label(host, 2) != NULL || domain[0] != 5)
        return false;
    for (unsigned i = 0; i < 5; i++)
        if (name_fold(domain[1 + i]) != "local"[i])
            return false;
    for (unsigned i = 0; i < label[0]; i++) {
        uint8_t c = label[1 + i];

        if (!is_word(c) && c != '_' && (c != '-' || i == 0))
            return false;
        out[i] = (char)name_fold(c);
    }
    return !taken(out);
}
