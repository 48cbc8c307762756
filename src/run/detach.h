/*
 * detach.h - crier run --detach: the way into the background
 *
 * The process that the shell waits for ends when the daemon is all there, or
 * has ended, with a status that tells which.
 */
#ifndef CRIER_RUN_DETACH_H
#define CRIER_RUN_DETACH_H

#include <stdbool.h>

struct detach {
    int done_fd; /* who is waited for there; -1: nobody */
    int null_fd; /* /dev/null, for what was standard input and output */
};

/*
 * Returns in the daemon-to-be alone. In its parent it does not return: it
 * writes the daemon's number into the file, unless that is NULL, and exits
 * with 0, or else with the status that the daemon ended with. False after a
 * report: there are no processes.
 */
bool detach_begin(struct detach *d, const char *pidfile);

/*
 * All is open: lets the parent go, and standard input and output, and also
 * standard error unless that is the log. False: the parent has gone before,
 * so nobody wants this any more. Once, after detach_begin(); then done_fd is
 * -1.
 */
bool detach_done(struct detach *d, bool log);

#endif
