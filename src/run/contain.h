/*
 * contain.h - what crier run gives up when it has started
 */
#ifndef CRIER_RUN_CONTAIN_H
#define CRIER_RUN_CONTAIN_H

#include "crier/conf.h"

/* What the daemon needs no longer, as c wants it: root and its rights, what
 * else the sandbox takes; more as of os_sandbox(). False after a report. */
bool contain(const struct conf *c, unsigned more);

#endif
