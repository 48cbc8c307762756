/*
 * check.c - the key "check" of a service file, and what results mean
 */
#include "check.h"

#include <string.h>

#include "crier/os.h"

enum {
    EVERY_MS = 10000,
    EVERY_LEAST_MS = 1000,
    EVERY_MOST_MS = 3600000,
    FAIL = 3,
    RISE = 2,
    ROW_MOST = 100,
};

static const char kinds[][5] = {
    [CHECK_NONE] = "", [CHECK_TCP] = "tcp", [CHECK_PATH] = "path",
    [CHECK_PID] = "pid",
};

/* ADDRESS:PORT, an IPv6 address in brackets. */
static bool parse_place(const char *text, struct service_check *c)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    bool bracketed = len > 1 && text[0] == '[' && colon[-1] == ']';
    char addr[48];
    uint32_t port;

    if (bracketed) {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= sizeof addr)
        return false;
    memcpy(addr, text, len);
    addr[len] = '\0';
    if (!os_addr_parse(addr, &c->addr) ||
        bracketed != (c->addr.family == ADDR_V6) ||
        (bracketed && addr_link_local(&c->addr)) || /* it lacks the link */
        !tokens_number(colon + 1, UINT16_MAX, &port) || port == 0)
        return false;
    c->port = (uint16_t)port;
    return true;
}

static bool parse_kind(const char *text, struct service_check *c)
{
    for (uint8_t i = CHECK_TCP; i <= CHECK_PID; i++)
        if (strcmp(text, kinds[i]) == 0)
            c->kind = i;
    return c->kind != CHECK_NONE;
}

static bool parse_what(const struct token *what, struct service_check *c)
{
    if (strlen(what->text) != what->len)
        return false;
    if (c->kind == CHECK_TCP)
        return parse_place(what->text, c);
    if (what->text[0] != '/' || what->len > SERVICE_PATH_MAX)
        return false;
    memcpy(c->path, what->text, what->len + 1);
    return true;
}

static bool parse_row(const char *text, uint8_t *out)
{
    uint32_t v;

    if (!tokens_number(text, ROW_MOST, &v) || v == 0)
        return false;
    *out = (uint8_t)v;
    return true;
}

/* "every 5s" and the like; how many of the two words are right. */
static unsigned parse_option(const char *word, const char *value,
                             struct service_check *c)
{
    bool ok;

    if (strcmp(word, "every") == 0)
        ok = tokens_duration(value, &c->every_ms) &&
             c->every_ms >= EVERY_LEAST_MS && c->every_ms <= EVERY_MOST_MS;
    else if (strcmp(word, "fail") == 0)
        ok = parse_row(value, &c->fail);
    else if (strcmp(word, "rise") == 0)
        ok = parse_row(value, &c->rise);
    else
        return 0;
    return 1 + ok;
}

/* The first word that is wrong, or the number of all. */
static unsigned parse(const struct tokens *t, struct service_check *c)
{
    unsigned right;

    if (t->count < 3 || !parse_kind(t->word[1].text, c))
        return 1;
    if (!parse_what(&t->word[2], c))
        return 2;
    for (unsigned i = 3; i + 1 < t->count; i += 2) {
        right = parse_option(t->word[i].text, t->word[i + 1].text, c);
        if (right < 2)
            return i + right;
    }
    return t->count % 2 == 1 ? t->count : t->count - 1;
}

bool service_check(struct service *s, const struct tokens *t,
                   struct report *r)
{
    struct service_check c;
    unsigned i;

    memset(&c, 0, sizeof c); /* padding too: it is compared whole */
    c.fail = FAIL;
    c.rise = RISE;
    c.every_ms = EVERY_MS;
    i = parse(t, &c);
    if (i == t->count) {
        memcpy(&s->check, &c, sizeof c);
        return true;
    }
    report_at(r, t->word[i].col, "E027",
              "check: read \"%b\", expected \"tcp ADDRESS:PORT\", \"path "
              "/PATH\" or \"pid /FILE\", then \"every 10s\", \"fail 3\", "
              "\"rise 2\" (1s to 1h, 1 to 100)",
              t->word[i].text, t->word[i].len);
    return false;
}

void check_describe(const struct service_check *c, struct text *t)
{
    char buf[ADDR_TEXT_MAX];

    text_fmt(t, "%s ", kinds[c->kind]);
    if (c->kind != CHECK_TCP)
        text_safe(t, c->path, strlen(c->path));
    else
        text_fmt(t, c->addr.family == ADDR_V6 ? "[%s]:%u" : "%s:%u",
                 os_addr_text(&c->addr, NULL, buf), (unsigned)c->port);
}

bool check_count(struct check_state *st, const struct service_check *c,
                 bool ok, uint64_t now_ms)
{
    if (ok == st->up) {
        st->row = 0;
        return false;
    }
    if (st->row < ROW_MOST)
        st->row++;
    if (st->up && st->row < c->fail)
        return false;
    /* For what was never announced one success is enough. */
    if (!st->up && st->known && st->row < c->rise)
        return false;
    if (st->changed_ms != 0 && now_ms < st->changed_ms + CHECK_PACE_MS)
        return false; /* the next result may */
    st->up = ok;
    st->known = true;
    st->row = 0;
    st->changed_ms = now_ms;
    return true;
}
