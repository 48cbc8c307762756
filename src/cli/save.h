/*
 * save.h - services that are to stay, as files
 */
#ifndef CRIER_CLI_SAVE_H
#define CRIER_CLI_SAVE_H

#include "crier/cli.h"

/*
 * Write a service file into the first directory that the configuration names,
 * whole or not at all; len 0: take it away. CLI_OK, or the exit code after a
 * report: of what a file may not have, or of the directory.
 */
int save_service(struct cli *cli, const char *id, const char *text,
                 size_t len);

#endif
