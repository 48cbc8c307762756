/*
 * save.h - service files, as crier add --save and crier rm --save write them
 */
#ifndef CRIER_CLI_SAVE_H
#define CRIER_CLI_SAVE_H

#include "crier/cli.h"

enum { SAVE_PATH_MAX = 512 };

/* What was there before is kept until the daemon has agreed. */
struct saved {
    char path[SAVE_PATH_MAX];
    char old[SAVE_PATH_MAX]; /* where the file before is; "": there was none */
};

/*
 * Write ID.service with that text, or without text (len 0) remove it, in the
 * first directory of the configuration. CLI_OK, and save_end() is to follow,
 * or another exit code after a report, when nothing has changed.
 */
int save_service(struct cli *cli, const char *id, const char *text,
                 size_t len, struct saved *s);
/* It stays so, or undo: it is again as it was before, which is said. */
void save_end(const struct saved *s, bool undo);

#endif
