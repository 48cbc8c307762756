/*
 * export.h - what was found, in the forms that other programs read
 */
#ifndef CRIER_NODES_EXPORT_H
#define CRIER_NODES_EXPORT_H

#include "crier/out.h"
#include "reduce.h"

enum export_form {
    EXPORT_HOSTS,
    EXPORT_ANSIBLE,
    EXPORT_PROM,
    EXPORT_SSH,
    EXPORT_FORMS,
};

/* A service that may be told of: its host has a harmless name, and an address
 * that can be one of another host. */
struct export_row {
    const struct found *f;
    const struct addr *addr; /* the best one */
    char host[REDUCE_HOST_MAX];
};

/* Fill in r; false: it is left out. */
bool export_row(struct export_row *r, const struct found *f);

/* Whether the list, a pattern a line (of conf.h), has that host. */
bool export_allowed(const char *list, size_t len, const char *host);

/* Put rows, as found_sorted() orders them, into that form; they may be left in
 * another order. False without memory. */
bool export_put(struct text *t, enum export_form form,
                struct export_row *rows, size_t count);

#endif
