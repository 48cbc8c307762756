/*
 * sim.c - the simulator's command line
 *
 *   sim FILE...                  run scenario files
 *   sim --case NAME FILE         one case, with -v its whole trace
 *   sim --seeds N                storms of seed 1 to N
 *   sim --seed S                 one storm; -v says what happens
 *   sim --crowd N                N hosts of one name
 *   sim --rehearsal N            N nodes of one image, and their manager
 *   sim --breaks                 each invariant fails where it should
 *   --hosts N, --minutes N       size of a storm
 *   --break NAME                 with any of these: broken on purpose
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static int usage(void)
{
    fprintf(stderr,
            "usage: sim [-v] [--case NAME] FILE...\n"
            "       sim [-v] --seed S | --seeds N [--first S]\n"
            "           [--hosts N] [--minutes N]\n"
            "       sim --crowd N | --rehearsal N | --breaks\n");
    return 2;
}

struct big { /* worlds of so many hosts; 0: none */
    unsigned crowd;
    unsigned rehearsal;
};

/* An option with a value; false: not known. */
static bool take_option(struct options *op, const char *o, const char *v,
                        struct big *big, uint64_t *first, uint64_t *count)
{
    uint64_t n = strtoull(v, NULL, 0);

    if (strcmp(o, "--case") == 0) {
        op->only = v;
    } else if (strcmp(o, "--break") == 0) {
        op->broken = v;
    } else if (strcmp(o, "--hosts") == 0) {
        op->hosts = (unsigned)n;
    } else if (strcmp(o, "--minutes") == 0) {
        op->minutes = (unsigned)n;
    } else if (strcmp(o, "--crowd") == 0) {
        big->crowd = (unsigned)n;
    } else if (strcmp(o, "--rehearsal") == 0) {
        big->rehearsal = (unsigned)n;
    } else if (strcmp(o, "--first") == 0) {
        *first = n;
    } else if (strcmp(o, "--seeds") == 0) {
        *count = n;
    } else if (strcmp(o, "--seed") == 0) {
        *first = n;
        *count = 1;
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct options op = {.hosts = 10, .minutes = 60};
    struct big big = {0, 0};
    unsigned failed = 0, cases = 0;
    uint64_t first = 1, count = 0;
    bool did = false;

    for (int i = 1; i < argc; i++)
        op.verbose |= strcmp(argv[i], "-v") == 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            continue;
        } else if (strcmp(argv[i], "--breaks") == 0) {
            failed += breaks_run(&op);
            did = true;
        } else if (argv[i][0] == '-') {
            if (i + 1 == argc || !take_option(&op, argv[i], argv[i + 1],
                                              &big, &first, &count))
                return usage();
            i++;
        } else {
            failed += script_run(argv[i], &op, &cases);
            did = true;
        }
    }
    if (big.crowd > 0)
        failed += crowd_run(big.crowd, &op);
    if (big.rehearsal > 0)
        failed += rehearsal_run(big.rehearsal, &op);
    if (count > 0)
        failed += storm_run(first, count, &op);
    if (!did && big.crowd + big.rehearsal == 0 && count == 0)
        return usage();
    if (op.only != NULL && cases == 0) {
        printf("not ok %s\n  there is no such case\n", op.only);
        failed++;
    }
    return failed == 0 ? 0 : 1;
}
