/*
 * config.h - the keys of crier.conf, for those who read and print them
 */
#ifndef CRIER_DAEMON_CONFIG_H
#define CRIER_DAEMON_CONFIG_H

#include "crier/conf.h"

extern const struct conf_key config_keys[];
extern const size_t config_key_count;

/* Take functions that tell what kind of value a key has: one of the words of
 * key->expect, a family, a text or file or socket of which "" is none. */
bool config_take_choice(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r);
bool config_take_family(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r);
bool config_take_text(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r);
bool config_take_file(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r);
bool config_take_socket(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r);

#endif
