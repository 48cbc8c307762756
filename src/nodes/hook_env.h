/*
 * hook_env.h - what a hook is told of an event: variables and JSON
 *
 * Each name is ours or begins with CRIER_TXT_, whatever a packet says, so that
 * nothing that a program obeys can be set from the network. A value is given
 * as it is; one with a zero byte inside is left out.
 */
#ifndef CRIER_NODES_HOOK_ENV_H
#define CRIER_NODES_HOOK_ENV_H

#include "crier/out.h"
#include "reduce.h"

enum {
    HOOK_VARS_MAX = 12 + REDUCE_TXT_MAX,
    HOOK_TEXT_MAX = 112 * 1024, /* a TXT of 9,000 control characters */
};

struct hook_env {
    unsigned count;
    char *vars[HOOK_VARS_MAX]; /* NAME=VALUE */
    char *name, *type;         /* as arguments; "" if there is none */
    char *json;                /* as in CRIER_JSON; the NUL behind it may
                                  become the end of a line meanwhile */
    size_t json_len;
    struct text text;
    char none[1];
    char buf[HOOK_TEXT_MAX];
};

/* f NULL: an event of no service. type may be NULL. */
void hook_env_make(struct hook_env *e, const char *event, bool initial,
                   const struct found *f, const struct dnssd_type *type);

/* Whether that is a variable (NAME=VALUE) that hooks do not inherit. */
bool hook_env_ours(const char *var);

#endif
