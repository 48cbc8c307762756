/*
 * ctl_print.h - lines of a daemon's answers, for people
 */
#ifndef CRIER_CLI_CTL_PRINT_H
#define CRIER_CLI_CTL_PRINT_H

#include "crier/text.h"

/* The value behind that key, quotes taken away; returns its width. What is
 * escaped in it as \u stays so: it may not reach a terminal. */
size_t ctl_value(struct text *t, const char *line, const char *key);

/* A service in columns. */
void ctl_print_service(const char *line);
/* "key value" lines of those keys that the answer has. */
void ctl_print_keys(const char *line);
/* "2026-11-25T08:14:03.512Z published web.local on eth0" */
void ctl_print_news(const char *line);

/* Say why a request was refused; returns the exit code. */
int ctl_refused(const char *line);

#endif
