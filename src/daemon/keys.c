/*
 * keys.c - files of "key value..." lines, driven by a table of keys
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/conf.h"
#include "crier/os.h"

/* A pipe: as long as a program may take that writes into it, but nobody waits
 * for ever. */
static bool more_comes(int fd)
{
    struct timeval patience = {.tv_sec = 5};
    fd_set set;

    if (errno != EAGAIN || fd >= FD_SETSIZE)
        return false;
    FD_ZERO(&set);
    os_fd_set(fd, &set);
    return os.select(fd + 1, &set, NULL, NULL, &patience) > 0;
}

char *conf_slurp(const char *path, size_t *len, int *err)
{
    enum { MOST = 1 << 20 };
    size_t cap = 4096;
    char *buf = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    *len = 0;
    if (fd < 0) {
        *err = -errno;
        return NULL;
    }
    for (;;) {
        char *bigger = realloc(buf, cap);
        ssize_t n;

        if (bigger == NULL) {
            *err = -ENOMEM;
            break;
        }
        buf = bigger;
        n = read(fd, buf + *len, cap - *len);
        if (n == 0) {
            close(fd);
            return buf;
        }
        if (n < 0) {
            if (more_comes(fd))
                continue;
            *err = -errno;
            break;
        }
        *len += (size_t)n;
        if (*len == MOST) {
            *err = -EFBIG;
            break;
        }
        if (*len == cap)
            cap *= 2;
    }
    close(fd);
    free(buf);
    return NULL;
}

static const struct conf_key *find(const struct conf_key *keys, size_t count,
                                   const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void unknown(const struct conf_key *keys, size_t count,
                    const struct token *word, struct report *r)
{
    const char *names[CONF_KEYS_MAX];
    const char *near;

    for (size_t i = 0; i < count; i++)
        names[i] = keys[i].name;
    near = report_nearest(word->text, names, count);
    if (near != NULL)
        report_at(r, word->col, "E012",
                  "unknown key \"%s\"; did you mean \"%s\"?", word->text, near);
    else
        report_at(r, word->col, "E012",
                  "unknown key \"%s\"; the manual lists the keys",
                  word->text);
}

bool conf_refuse(const struct conf_key *key, const struct tokens *t,
                 unsigned i, struct report *r)
{
    report_at(r, t->word[i].col, "E013", "%s: read \"%b\", expected %s",
              key->name, t->word[i].text, t->word[i].len, key->expect);
    return false;
}

bool conf_take_bool(void *ctx, const struct conf_key *key,
                    const struct tokens *t, struct report *r)
{
    bool yes = strcmp(t->word[1].text, "yes") == 0;

    if (!yes && strcmp(t->word[1].text, "no") != 0)
        return conf_refuse(key, t, 1, r);
    *(bool *)((char *)ctx + key->at) = yes;
    return true;
}

bool conf_take_number(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    uint32_t v;

    if (!tokens_number(t->word[1].text, key->max, &v) || v < key->min)
        return conf_refuse(key, t, 1, r);
    memcpy((char *)ctx + key->at, &v, sizeof v);
    return true;
}

bool conf_take_duration(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    uint32_t ms;

    if (!tokens_duration(t->word[1].text, &ms) || ms < key->min ||
        ms > key->max)
        return conf_refuse(key, t, 1, r);
    memcpy((char *)ctx + key->at, &ms, sizeof ms);
    return true;
}

/* One line that has words. */
static void line(const struct tokens *t, const struct conf_key *keys,
                 size_t key_count, unsigned *first_line, void *ctx,
                 struct report *r)
{
    const struct token *last = &t->word[t->count - 1];
    const struct conf_key *key = find(keys, key_count, t->word[0].text);
    unsigned values = t->count - 1;

    if (key == NULL) {
        unknown(keys, key_count, &t->word[0], r);
        return;
    }
    if (values < key->values_min) {
        report_at(r, last->end_col, "E013",
                  "%s: the value is missing, expected %s", key->name,
                  key->expect);
        return;
    }
    if (values > key->values_max) {
        const struct token *extra = &t->word[key->values_max + 1];

        report_at(r, extra->col, "E013",
                  "%s: read \"%b\" behind the value, expected the end of the "
                  "line; quote a value with blanks",
                  key->name, extra->text, extra->len);
        return;
    }
    if (!key->repeat && first_line[key - keys] != 0) {
        report_at(r, t->word[0].col, "E016",
                  "%s: given twice, first in line %u; remove one", key->name,
                  first_line[key - keys]);
        return;
    }
    first_line[key - keys] = r->line;
    key->take(ctx, key, t, r);
}

bool conf_lines(const char *data, size_t len, const struct conf_key *keys,
                size_t key_count, void *ctx, struct report *r)
{
    unsigned first_line[CONF_KEYS_MAX] = {0};
    unsigned errors = r->errors;
    size_t at = 0;
    struct tokens t;

    assert(key_count <= CONF_KEYS_MAX);
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
        at = 3; /* some editors put a byte order mark in front */
    for (r->line = 1; at < len; r->line++) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - data) - at : len - at;
        enum tokens_err err = tokens_split(&t, data + at, n);

        if (err != TOKENS_OK)
            report_at(r, t.err_col, "E011", "%s", tokens_error(err));
        else if (t.count > 0)
            line(&t, keys, key_count, first_line, ctx, r);
        at += n + 1;
    }
    r->line = 0;
    return r->errors == errors;
}
