/*
 * report.c - saying what is wrong in something that a person wrote
 */
#include <stdarg.h>
#include <string.h>

#include "crier/conf.h"

void report_at(struct report *r, unsigned col, const char *id,
               const char *fmt, ...)
{
    va_list ap;

    for (struct text *to = r->to; to != NULL;
         to = to == r->to ? r->also : NULL) {
        text_safe(to, r->file, strlen(r->file));
        if (r->line > 0)
            text_fmt(to, ":%u:%u", r->line, col);
        text_fmt(to, ": %s: ", id);
        va_start(ap, fmt);
        text_vfmt(to, fmt, ap);
        va_end(ap);
        text_str(to, to == r->to ? "\n" : "; ");
        text_flush(to);
    }
    r->errors++;
}

/*
 * Edit distance (insert, drop, change, swap of neighbours) in two rows and
 * one more for the swap; words longer than the rows are never near.
 */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 24 };
    size_t alen = strlen(a), blen = strlen(b);
    unsigned rows[3][LONGEST + 1];

    if (alen > LONGEST || blen > LONGEST)
        return LONGEST;
    for (unsigned j = 0; j <= blen; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= alen; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *last = rows[(i + 2) % 3];
        const unsigned *older = rows[(i + 1) % 3];

        now[0] = i;
        for (unsigned j = 1; j <= blen; j++) {
            unsigned best = last[j - 1] + (a[i - 1] != b[j - 1]);

            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1] && older[j - 2] + 1 < best)
                best = older[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[alen % 3][blen];
}

const char *report_nearest(const char *word, const char *const *list,
                           size_t count)
{
    const char *near = NULL;
    unsigned best = 1 + (unsigned)strlen(word) / 3;

    if (best > 3)
        best = 3;
    for (size_t i = 0; i < count; i++) {
        unsigned d = distance(word, list[i]);

        if (d <= best && (near == NULL || d < best)) {
            near = list[i];
            best = d;
        }
    }
    return near;
}
