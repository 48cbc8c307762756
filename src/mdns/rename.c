/*
 * The next name to try (RFC 6762 section 9, D9): a number is appended or
 * counted up once, then drawn from a growing range. Counting by one would
 * take two hundred rounds for two hundred hosts of one name.
 */
#include "claim.h"
#include "names.h"

enum { TRIES_MAX = 64, SUFFIX_MAX = 16 };

struct stem {
    uint8_t text[NAME_LABEL_MAX];
    size_t len;
    uint32_t number; /* that stood behind it, 0 if none */
};

static const char *separator(uint8_t kind)
{
    return kind == CLAIM_HOST ? "-" : " #";
}

/* Take "name-12" or "Name #12" apart. */
static void split(uint8_t kind, const uint8_t *label, struct stem *out)
{
    const char *sep = separator(kind);
    size_t sep_len = strlen(sep);
    size_t end = label[0];
    uint32_t value = 0, scale = 1;

    memcpy(out->text, label + 1, label[0]);
    out->len = label[0];
    out->number = 0;
    while (end > 0 && label[end] >= '0' && label[end] <= '9' &&
           scale <= 100000) {
        value += (uint32_t)(label[end] - '0') * scale;
        scale *= 10;
        end--;
    }
    if (scale == 1 || end <= sep_len || value == 0 ||
        memcmp(label + 1 + end - sep_len, sep, sep_len) != 0)
        return;
    out->len = end - sep_len;
    out->number = value;
}

static size_t decimal(uint32_t v, char *buf)
{
    char rev[10];
    size_t n = 0;

    do {
        rev[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    for (size_t i = 0; i < n; i++)
        buf[i] = rev[n - 1 - i];
    return n;
}

/* stem + separator + tail, the stem cut to fit between UTF-8 characters. */
/* At most len bytes of the text, cut between UTF-8 characters. */
static size_t cut(const uint8_t *text, size_t len)
{
    while (len > 0 && (text[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static size_t join(const struct stem *s, const char *sep, const char *tail,
                   size_t tail_len, uint8_t *out)
{
    size_t room = NAME_LABEL_MAX - strlen(sep) - tail_len;
    size_t len = s->len;

    if (len > room)
        len = cut(s->text, room);
    memcpy(out, s->text, len);
    memcpy(out + len, sep, strlen(sep));
    memcpy(out + len + strlen(sep), tail, tail_len);
    return len + strlen(sep) + tail_len;
}

static uint32_t draw(struct engine *e, unsigned round, uint32_t number)
{
    if (round == 0)
        return number != 0 ? number + 1 : 2;
    if (round == 1)
        return engine_random(e, 3, 99);
    if (round == 2)
        return engine_random(e, 3, 9999);
    return engine_random(e, 3, 999999);
}

bool rename_next(struct engine *e, const struct claim *c, struct name *out)
{
    struct name now, rest;
    uint8_t label[NAME_LABEL_MAX];
    unsigned round = c->round;
    unsigned skip = c->suffix[0] != '\0' ? 1 : 0;
    bool suffix = skip > round;
    struct stem s;

    node_name(c->name, &now);
    name_suffix(&now, 1, &rest);
    split(c->kind, now.wire, &s);
    for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
        char digits[SUFFIX_MAX];
        size_t len;
        const struct node *n;

        if (suffix) {
            for (len = 0; len < SUFFIX_MAX && c->suffix[len] != '\0'; len++)
                digits[len] = c->suffix[len];
        } else {
            len = decimal(
                draw(e, round > skip ? round - skip : 0, s.number), digits);
        }
        len = join(&s, separator(c->kind), digits, len, label);
        *out = rest;
        if (name_prepend(out, label, len)) {
            n = names_find(e, out);
            if ((n == NULL || n->claim == NULL) && !name_equal(out, &now))
                return true;
        } else {
            s.len = cut(s.text, s.len - s.len / 4); /* the name is long */
        }
        suffix = false;
        round++;
    }
    return false;
}
