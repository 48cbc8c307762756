/*
 * guest.c - the key "guest-socket": a socket, and what may come over it
 */
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"

enum { QUOTA = 8, QUOTA_MOST = 1024 };

/* The index of a word among those that a grant is made of. */
static bool find_kind(const char *word, enum conf_grant *kind)
{
    static const char words[][8] = {
        [GRANT_NAME] = "name", [GRANT_TYPE] = "type",
        [GRANT_ADDRESS] = "address", [GRANT_QUOTA] = "quota",
    };

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *kind = (enum conf_grant)i;
            return true;
        }
    }
    return false;
}

/* Words i and i + 1; how many of them can be part of a grant. */
static unsigned take_grant(struct conf_guest *g, const struct tokens *t,
                           unsigned i)
{
    const struct token *value = &t->word[i + 1];
    enum conf_grant kind;

    if (i + 1 >= t->count || !find_kind(t->word[i].text, &kind))
        return 0;
    if (kind == GRANT_QUOTA)
        return 1 + tokens_number(value->text, QUOTA_MOST, &g->quota);
    if (g->grant_count == CONF_GRANTS_MAX || value->len == 0 ||
        value->len > CONF_GLOB_MAX || strlen(value->text) < value->len)
        return 1;
    g->grants[g->grant_count].kind = (uint8_t)kind;
    for (size_t k = 0; k <= value->len; k++) /* as names are compared */
        g->grants[g->grant_count].glob[k] =
            (char)name_fold((uint8_t)value->text[k]);
    g->grant_count++;
    return 2;
}

bool conf_vsock(const char *path, uint32_t *cid, uint32_t *port)
{
    const char *last = strrchr(path, ':');
    char buf[12] = "";
    size_t len;

    *cid = (uint32_t)OS_VSOCK_ANY;
    if (strncmp(path, "vsock:", 6) != 0 ||
        !tokens_number(last + 1, UINT32_MAX, port))
        return false;
    path += 6;
    if (path > last)
        return true;
    len = (size_t)(last - path);
    if (len >= sizeof buf)
        return false;
    memcpy(buf, path, len);
    return tokens_number(buf, UINT32_MAX, cid);
}

bool conf_take_guest(void *ctx, const struct conf_key *key,
                     const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    const struct token *path = &t->word[1];
    struct conf_guest **end = &c->guests, *g;
    unsigned count = 0, right;
    uint32_t cid, port;

    if (t->count == 2 && strcmp(path->text, "none") == 0)
        return true;
    g = calloc(1, sizeof *g);
    if (g == NULL)
        return false;
    for (; *end != NULL; end = &(*end)->next)
        count++;
    *end = g; /* conf_clear() finds it there, also after an error */
    g->quota = QUOTA;
    if (count == CONF_GUESTS_MAX) {
        report_at(r, t->word[0].col, "E015", "%s: more than %u times",
                  key->name, (unsigned)CONF_GUESTS_MAX);
        return false;
    }
    if (path->len > CONF_PATH_MAX || strlen(path->text) < path->len ||
        (path->text[0] != '/' && !conf_vsock(path->text, &cid, &port)))
        return conf_refuse(key, t, 1, r);
    memcpy(g->path, path->text, path->len);
    for (unsigned i = 2; i < t->count; i += 2) {
        right = take_grant(g, t, i);
        if (right < 2)
            return conf_refuse(key, t, i + right, r);
    }
    return true;
}

bool conf_guests_equal(const struct conf *a, const struct conf *b)
{
    const struct conf_guest *x = a->guests, *y = b->guests;

    while (x != NULL && y != NULL &&
           memcmp(&x->path, &y->path,
                  sizeof *x - offsetof(struct conf_guest, path)) == 0) {
        x = x->next;
        y = y->next;
    }
    return x == y;
}
