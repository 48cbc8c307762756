/*
 * ctl_print.h - lines of a daemon's answers, for people
 */
#ifndef CRIER_CLI_CTL_PRINT_H
#define CRIER_CLI_CTL_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "crier/text.h"

/* The value behind that key, quotes taken away; returns its width. What is
 * escaped in it as \u stays so: it may not reach a terminal. */
size_t ctl_value(struct text *t, const char *line, const char *key);

/* A line of an answer; news: of crier monitor. *health: whether it was told
 * how the daemon is; false at first. */
void ctl_print(const char *line, bool news, bool *health);
/* Say why a request was refused; returns the exit code. */
int ctl_refused(const char *line);

#endif
