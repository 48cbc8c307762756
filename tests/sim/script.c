/*
 * script.c - scenario files: cases of commands, one after the other
 *
 *   define NAME ... end     lines that cases share
 *   case NAME [xN]   a world of its own; N repetitions with other seeds
 *     use NAME
 *     run 5s
 *     at 100 COMMAND    100 ms after the last stimulus, which stays that
 *     mark              now is the stimulus
 *     clock MS          start the virtual clock there (first line)
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

enum { START_MS = 1000000, BLOCKS_MAX = 512, SHOWN_MAX = 12 };

struct block {
    char name[80];
    bool define;
    unsigned first, last; /* lines [first, last) */
    unsigned repeat;
};

struct script {
    char *text;
    char **lines;
    unsigned line_count;
    struct block blocks[BLOCKS_MAX];
    unsigned block_count;
};

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text;
    long n;

    if (f == NULL)
        return NULL;
    fseek(f, 0, SEEK_END);
    n = ftell(f);
    rewind(f);
    text = calloc(1, (size_t)n + 1);
    if (fread(text, 1, (size_t)n, f) != (size_t)n)
        text[0] = '\0';
    fclose(f);
    return text;
}

/* Cut into lines; a backslash at the end joins the next one. */
static void split_lines(struct script *s)
{
    char *at = s->text;
    unsigned max = 1;

    for (char *c = s->text; *c != '\0'; c++)
        max += *c == '\n';
    s->lines = calloc(max + 1, sizeof *s->lines);
    while (*at != '\0') {
        char *end = at;
        unsigned extra = 0;

        while (*end != '\0' && (*end != '\n' || end[-1] == '\\')) {
            if (*end == '\n') {
                end[-1] = ' ';
                *end = ' ';
                extra++;
            }
            end++;
        }
        s->lines[s->line_count++] = at;
        /* Keep line numbers true. */
        while (extra-- > 0)
            s->lines[s->line_count++] = s->text + strlen(s->text);
        if (*end == '\0')
            break;
        *end = '\0';
        at = end + 1;
    }
}

static bool find_blocks(struct script *s)
{
    struct tokens *ts = tokens_new();
    struct block *b = NULL;

    for (unsigned i = 0; i < s->line_count; i++) {
        bool define;

        if (!split_words(ts, s->lines[i]) || ts->n == 0)
            continue;
        define = strcmp(ts->t[0], "define") == 0;
        if (strcmp(ts->t[0], "end") == 0 && b != NULL) {
            b->last = i;
            b = NULL;
            continue;
        }
        if (!define && strcmp(ts->t[0], "case") != 0)
            continue;
        if (b != NULL)
            b->last = i;
        if (ts->n < 2 || s->block_count == BLOCKS_MAX) {
            tokens_free(ts);
            return false;
        }
        b = &s->blocks[s->block_count++];
        snprintf(b->name, sizeof b->name, "%s", ts->t[1]);
        b->define = define;
        b->first = i + 1;
        b->repeat = ts->n > 2 && ts->t[2][0] == 'x'
                        ? (unsigned)strtoul(ts->t[2] + 1, NULL, 10)
                        : 1;
    }
    if (b != NULL)
        b->last = s->line_count;
    tokens_free(ts);
    return true;
}

static const struct block *find_define(const struct script *s,
                                       const char *name)
{
    for (unsigned i = 0; i < s->block_count; i++)
        if (s->blocks[i].define && strcmp(s->blocks[i].name, name) == 0)
            return &s->blocks[i];
    return NULL;
}

static bool run_words(struct run *r, char **words, unsigned n)
{
    uint64_t ms;
    bool known;

    if (strcmp(words[0], "run") == 0) {
        if (n != 2 || !time_parse(words[1], &ms))
            return run_fail(r, "run: a time wanted");
        world_run(r->w, r->w->now_ms + ms);
        return true;
    }
    if (strcmp(words[0], "mark") == 0) {
        world_run(r->w, r->w->now_ms);
        r->anchor = r->w->now_ms;
        for (unsigned i = 0; i < r->w->host_count; i++)
            if (r->w->hosts[i]->running)
                r->w->hosts[i]->memory_mark =
                    engine_stats(r->w->hosts[i]->e)->memory_used;
        return true;
    }
    if (!expect_run(r, words, n, &known) || known)
        return r->error[0] == '\0';
    if (!command_run(r, words, n, &known))
        return r->error[0] == '\0' ? run_fail(r, "failed") : false;
    return known || run_fail(r, "what is %s?", words[0]);
}

/* A command that only looks keeps the stimulus where it was. */
static bool is_stimulus(const char *w)
{
    static const char *const others[] = {"expect", "then", "none", "count",
                                         "gaps", "stat", "run", "mark",
                                         "own", "disown", "peer"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(w, others[i]) == 0)
            return false;
    return true;
}

static bool run_line(struct run *r, struct tokens *ts)
{
    char **words = ts->t;
    unsigned n = ts->n;
    uint64_t ms;

    if (strcmp(words[0], "at") == 0) {
        if (n < 3 || !time_parse(words[1], &ms))
            return run_fail(r, "at: TIME COMMAND wanted");
        world_run(r->w, r->anchor + ms);
        return run_words(r, words + 2, n - 2);
    }
    if (is_stimulus(words[0])) {
        /* What is due now comes before the new stimulus. */
        world_run(r->w, r->w->now_ms);
        r->anchor = r->last_match = r->w->now_ms;
    }
    return run_words(r, words, n);
}

static bool run_lines(struct run *r, const struct script *s,
                      const struct block *b)
{
    struct tokens *ts = tokens_new();
    const struct block *outer = NULL; /* while in a define */
    unsigned back = 0;
    unsigned i = b->first;
    bool ok = true;

    while (ok) {
        if (i >= b->last) {
            if (outer == NULL)
                break;
            b = outer;
            i = back;
            outer = NULL;
            continue;
        }
        r->line = i + 1;
        if (!split_words(ts, s->lines[i++]))
            ok = run_fail(r, "a quote is not closed");
        else if (ts->n == 0 || strcmp(ts->t[0], "clock") == 0)
            continue;
        else if (strcmp(ts->t[0], "use") == 0 && ts->n == 2) {
            const struct block *d = find_define(s, ts->t[1]);

            if (d == NULL || outer != NULL) {
                ok = run_fail(r, "cannot use %s", ts->t[1]);
            } else {
                outer = b;
                back = i;
                b = d;
                i = d->first;
            }
        } else {
            ok = run_line(r, ts);
        }
        if (ok && r->w->failed)
            ok = run_fail(r, "%s", r->w->failure);
    }
    tokens_free(ts);
    return ok;
}

static uint64_t start_clock(const struct script *s, const struct block *b)
{
    struct tokens *ts = tokens_new();
    uint64_t ms = START_MS;

    for (unsigned i = b->first; i < b->last; i++)
        if (split_words(ts, s->lines[i]) && ts->n == 2 &&
            strcmp(ts->t[0], "clock") == 0)
            ms = strtoull(ts->t[1], NULL, 0);
    tokens_free(ts);
    return ms;
}

static void print_failure(const char *path, const struct script *s,
                          const struct block *b, const struct run *r,
                          const struct options *op, unsigned rep)
{
    unsigned shown = 0;

    printf("not ok %s\n  %s:%u: %s\n    %s\n", b->name, path, r->line,
           r->error, s->lines[r->line - 1]);
    if (rep > 0)
        printf("  in repetition %u\n", rep);
    if (op->verbose)
        return;
    for (size_t i = 0; i < r->w->trace_len && shown < SHOWN_MAX; i++)
        if (r->w->trace[i].at_ms + 1 > r->anchor) {
            trace_print(stdout, r->w, &r->w->trace[i]);
            shown++;
        }
}

/* A quarter of many times lies in each quarter of the range, more or less:
 * of 200, 30 to 70 do but once in a thousand runs. */
static bool even(const struct spread *s)
{
    for (unsigned q = 0; s->count >= 200 && q < 4; q++)
        if (s->quarter[q] * 20 < s->count * 3 ||
            s->quarter[q] * 20 > s->count * 7)
            return false;
    return true;
}

static bool check_spreads(const struct spread *s, unsigned n, char *error,
                          size_t max, unsigned *line)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t edge = (s[i].hi - s[i].lo) / 4;

        if (s[i].min > s[i].lo + edge || s[i].max < s[i].hi - edge) {
            *line = s[i].line;
            snprintf(error, max, "not spread: %u..%u in %u times",
                     (unsigned)s[i].min, (unsigned)s[i].max, s[i].count);
            return false;
        }
        if (!even(&s[i])) {
            *line = s[i].line;
            snprintf(error, max, "uneven: %u %u %u %u in the quarters",
                     s[i].quarter[0], s[i].quarter[1], s[i].quarter[2],
                     s[i].quarter[3]);
            return false;
        }
    }
    return true;
}

static uint64_t seed_of(const char *name, unsigned rep)
{
    struct rng r = {.s = rep};

    for (; *name != '\0'; name++)
        r.s = r.s * 31 + (uint8_t)*name;
    return rng_next(&r);
}

static bool run_case(const char *path, const struct script *s,
                     const struct block *b, const struct options *op)
{
    struct spread spreads[SPREADS_MAX];
    unsigned spread_count = 0;
    char error[600] = "";
    struct run r = {.spreads = spreads, .spread_count = &spread_count,
                    .error = error, .error_max = sizeof error};
    bool ok = true;

    for (unsigned rep = 0; rep < b->repeat && ok; rep++) {
        r.w = world_new(seed_of(b->name, rep), start_clock(s, b));
        r.w->tracing = true;
        r.w->verbose = op->verbose;
        r.anchor = r.last_match = r.w->now_ms;
        if (op->broken != NULL)
            snprintf(r.w->broken, sizeof r.w->broken, "%s", op->broken);
        ok = run_lines(&r, s, b);
        if (ok)
            world_run(r.w, r.w->now_ms);
        if (ok && r.w->failed)
            ok = run_fail(&r, "%s", r.w->failure);
        if (!ok)
            print_failure(path, s, b, &r, op, rep);
        world_free(r.w);
    }
    if (ok && b->repeat >= 20 &&
        !check_spreads(spreads, spread_count, error, sizeof error,
                       &r.line)) {
        printf("not ok %s\n  %s:%u: %s\n", b->name, path, r.line, error);
        ok = false;
    }
    if (ok)
        printf("ok %s\n", b->name);
    return ok;
}

unsigned script_run(const char *path, const struct options *op,
                    unsigned *case_count)
{
    struct script *s = calloc(1, sizeof *s);
    unsigned failed = 0;

    s->text = read_file(path);
    if (s->text == NULL) {
        printf("not ok %s\n  cannot be read\n", path);
        free(s);
        return 1;
    }
    split_lines(s);
    if (!find_blocks(s)) {
        printf("not ok %s\n  a case without a name, or too many\n", path);
        failed++;
    }
    for (unsigned i = 0; i < s->block_count; i++) {
        if (s->blocks[i].define ||
            (op->only != NULL && strcmp(op->only, s->blocks[i].name) != 0))
            continue;
        (*case_count)++;
        failed += !run_case(path, s, &s->blocks[i], op);
    }
    free(s->lines);
    free(s->text);
    free(s);
    return failed;
}
