/*
 * expect.c - the commands that compare the trace with what it should be
 *
 *   expect LO..HI[!] HOST KIND ...   once, so many ms after the stimulus
 *   then LO..HI[!] HOST KIND ...     ... after the last thing expected
 *   none MS HOST KIND ...            not until MS after the stimulus
 *   count N[..M] MS HOST KIND ...    so often until then
 *   gaps OP MS HOST KIND ...         distances between all that matched
 *   stat HOST COUNTER OP N           a counter of engine_stats()
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

bool run_fail(struct run *r, const char *fmt, ...)
{
    va_list ap;

    if (r->error[0] == '\0') {
        va_start(ap, fmt);
        vsnprintf(r->error, r->error_max, fmt, ap);
        va_end(ap);
    }
    return false;
}

bool time_parse(const char *text, uint64_t *ms)
{
    char *end;
    double v = strtod(text, &end);

    if (end == text || v < 0)
        return false;
    if (strcmp(end, "h") == 0)
        v *= 3600000;
    else if (strcmp(end, "m") == 0)
        v *= 60000;
    else if (strcmp(end, "s") == 0)
        v *= 1000;
    else if (*end != '\0' && strcmp(end, "ms") != 0)
        return false;
    *ms = (uint64_t)(v + 0.5);
    return true;
}

/* "20..120", "250", "..300"; a final "!" asks for the whole range. */
static bool range_parse(const char *text, uint64_t *lo, uint64_t *hi,
                        bool *spread)
{
    char buf[64];
    char *dots;
    size_t n = strlen(text);

    if (n >= sizeof buf)
        return false;
    memcpy(buf, text, n + 1);
    *spread = n > 0 && buf[n - 1] == '!';
    if (*spread)
        buf[n - 1] = '\0';
    dots = strstr(buf, "..");
    if (dots == NULL) {
        if (!time_parse(buf, lo))
            return false;
        *hi = *lo;
        return true;
    }
    *dots = '\0';
    if (buf[0] == '\0')
        *lo = 0;
    else if (!time_parse(buf, lo))
        return false;
    return time_parse(dots + 2, hi);
}

static struct trace *find_match(struct world *w, uint64_t since, char **words,
                                unsigned n)
{
    for (size_t i = 0; i < w->trace_len; i++) {
        struct trace *t = &w->trace[i];

        if (!t->used && t->at_ms >= since && trace_match(t, words, n))
            return t;
    }
    return NULL;
}

/* As above, but only entries after the first `seen`. */
static struct trace *find_new(struct world *w, uint64_t since, size_t *seen,
                              char **words, unsigned n)
{
    for (; *seen < w->trace_len; (*seen)++) {
        struct trace *t = &w->trace[*seen];

        if (!t->used && t->at_ms >= since && trace_match(t, words, n))
            return t;
    }
    return NULL;
}

static void note_spread(struct run *r, uint64_t lo, uint64_t hi, uint64_t at)
{
    struct spread *s = r->spreads;
    unsigned i = 0;

    while (i < *r->spread_count && s[i].line != r->line)
        i++;
    if (i == SPREADS_MAX)
        return;
    if (i == *r->spread_count) {
        (*r->spread_count)++;
        s[i] = (struct spread){.line = r->line, .lo = lo, .hi = hi,
                               .min = at, .max = at};
    }
    s[i].min = at < s[i].min ? at : s[i].min;
    s[i].max = at > s[i].max ? at : s[i].max;
    s[i].quarter[at < hi ? (at - lo) * 4 / (hi - lo) : 3]++;
    s[i].count++;
}

/* Wait for a match until base + hi; too early is as wrong as never. */
static bool expect_one(struct run *r, uint64_t base, char **words,
                       unsigned n)
{
    struct world *w = r->w;
    uint64_t lo, hi;
    bool spread;
    size_t seen = 0;
    struct trace *t;

    if (n < 3 || !range_parse(words[0], &lo, &hi, &spread))
        return run_fail(r, "expect: LO..HI HOST KIND ... wanted");
    while ((t = find_new(w, base, &seen, words + 1, n - 1)) == NULL)
        if (!world_step(w, base + hi))
            break;
    if (t == NULL)
        t = find_new(w, base, &seen, words + 1, n - 1);
    if (w->failed)
        return run_fail(r, "%s", w->failure);
    if (t == NULL)
        return run_fail(r, "did not happen within %u ms",
                        (unsigned)hi);
    t->used = true;
    r->last_match = t->at_ms;
    if (t->at_ms < base + lo || t->at_ms > base + hi)
        return run_fail(r, "happened after %u ms",
                        (unsigned)(t->at_ms - base));
    if (spread)
        note_spread(r, lo, hi, t->at_ms - base);
    return true;
}

static bool expect_none(struct run *r, char **words, unsigned n)
{
    uint64_t ms;
    struct trace *t;

    if (n < 3 || !time_parse(words[0], &ms))
        return run_fail(r, "none: MS HOST KIND ... wanted");
    world_run(r->w, r->anchor + ms);
    t = find_match(r->w, r->anchor, words + 1, n - 1);
    if (t != NULL && t->at_ms <= r->anchor + ms)
        return run_fail(r, "happened after %u ms",
                        (unsigned)(t->at_ms - r->anchor));
    return true;
}

static bool expect_count(struct run *r, char **words, unsigned n)
{
    uint64_t lo, hi, ms;
    bool spread;
    uint64_t count = 0;

    if (n < 4 || !range_parse(words[0], &lo, &hi, &spread) ||
        !time_parse(words[1], &ms))
        return run_fail(r, "count: N..M MS HOST KIND ... wanted");
    world_run(r->w, r->anchor + ms);
    for (size_t i = 0; i < r->w->trace_len; i++) {
        const struct trace *t = &r->w->trace[i];

        count += t->at_ms >= r->anchor && t->at_ms <= r->anchor + ms &&
                 trace_match(t, words + 2, n - 2);
    }
    if (count < lo || count > hi)
        return run_fail(r, "happened %u times", (unsigned)count);
    return true;
}

/* >=MS, <=MS, or `doubling`: each gap at least twice the one before. */
static bool gap_good(const char *op, uint64_t gap, uint64_t before)
{
    uint64_t ms;

    if (strcmp(op, "doubling") == 0)
        return before == 0 || gap + 1 >= 2 * before || gap >= 3600000;
    if (!time_parse(op + 2, &ms))
        return false;
    return op[0] == '>' ? gap >= ms : gap <= ms;
}

static bool expect_gaps(struct run *r, char **words, unsigned n)
{
    uint64_t last = 0;
    uint64_t before = 0;
    unsigned count = 0;

    if (n < 3)
        return run_fail(r, "gaps: >=MS|doubling HOST KIND ... wanted");
    for (size_t i = 0; i < r->w->trace_len; i++) {
        const struct trace *t = &r->w->trace[i];

        if (t->at_ms < r->anchor || !trace_match(t, words + 1, n - 1))
            continue;
        if (count++ > 0) {
            if (!gap_good(words[0], t->at_ms - last, before))
                return run_fail(r, "%u ms after one %u ms (gap before %u)",
                                (unsigned)(t->at_ms - last),
                                (unsigned)(t->at_ms - r->anchor),
                                (unsigned)before);
            before = t->at_ms - last;
        }
        last = t->at_ms;
    }
    return count >= 2 || run_fail(r, "happened %u times", count);
}

static bool counter(const struct host *h, const char *name, uint64_t *out)
{
    const struct engine_stats *st = engine_stats(h->e);

    if (strncmp(name, "drop-", 5) == 0) {
        for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
            if (strcmp(name + 5, engine_drop_text(i)) == 0) {
                *out = st->dropped[i];
                return true;
            }
        return false;
    }
    if (strcmp(name, "dropped") == 0) {
        *out = 0;
        for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
            *out += st->dropped[i];
    } else if (strcmp(name, "conflicts") == 0) {
        *out = st->conflicts;
    } else if (strcmp(name, "renames") == 0) {
        *out = st->renames;
    } else if (strcmp(name, "evictions") == 0) {
        *out = st->evictions;
    } else if (strcmp(name, "cached") == 0) {
        *out = st->cached_records;
    } else if (strcmp(name, "own") == 0) {
        *out = st->own_records;
    } else if (strcmp(name, "memory-grown") == 0) {
        *out = st->memory_used > h->memory_mark
                   ? st->memory_used - h->memory_mark
                   : 0;
    } else if (strcmp(name, "wakeups") == 0) {
        *out = h->wakeups;
    } else {
        return false;
    }
    return true;
}

static bool expect_stat(struct run *r, char **words, unsigned n)
{
    struct host *h = n == 4 ? host_find(r->w, words[0]) : NULL;
    uint64_t have, want;
    const char *op = n == 4 ? words[2] : "";
    bool good;

    if (h == NULL || !h->running || !counter(h, words[1], &have))
        return run_fail(r, "stat: HOST COUNTER =|<=|>= N wanted");
    want = strtoull(words[3], NULL, 10);
    good = op[0] == '<' ? have <= want : op[0] == '>' ? have >= want
                                                     : have == want;
    return good || run_fail(r, "%s is %u", words[1], (unsigned)have);
}

bool expect_run(struct run *r, char **words, unsigned n, bool *known)
{
    *known = true;
    if (strcmp(words[0], "expect") == 0)
        return expect_one(r, r->anchor, words + 1, n - 1);
    if (strcmp(words[0], "then") == 0)
        return expect_one(r, r->last_match, words + 1, n - 1);
    if (strcmp(words[0], "none") == 0)
        return expect_none(r, words + 1, n - 1);
    if (strcmp(words[0], "count") == 0)
        return expect_count(r, words + 1, n - 1);
    if (strcmp(words[0], "gaps") == 0)
        return expect_gaps(r, words + 1, n - 1);
    if (strcmp(words[0], "stat") == 0)
        return expect_stat(r, words + 1, n - 1);
    *known = false;
    return true;
}
