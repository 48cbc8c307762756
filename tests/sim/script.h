/*
 * script.h - inside the scenario language: a run of one case
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "sim.h"

enum { SPREADS_MAX = 16 };

struct spread { /* times of an `expect LO..HI!` over all repetitions */
    unsigned line;
    uint64_t lo, hi;
    uint64_t min, max;
    unsigned quarter[4]; /* how many fell into each quarter of the range */
    unsigned count;
};

struct run {
    struct world *w;
    unsigned line;
    uint64_t anchor;     /* when the last thing was done */
    uint64_t last_match; /* when the last expected thing happened */
    char *error;         /* of error_max bytes; "" while all is well */
    size_t error_max;
    struct spread *spreads;
    unsigned *spread_count;
};

bool run_fail(struct run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* "250", "1.5s", "2m", "3h" to milliseconds. */
bool time_parse(const char *text, uint64_t *ms);

/* One command that does something (command.c). False: r->error. */
bool command_run(struct run *r, char **words, unsigned n, bool *known);

/* What the witness says of a made-up packet (judge.c). */
bool witness_run(struct run *r, char **words, unsigned n);

/* One that looks at what happened (expect.c). */
bool expect_run(struct run *r, char **words, unsigned n, bool *known);

#endif
