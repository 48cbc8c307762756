/*
 * names.h - interned names (names.c)
 */
#ifndef CRIER_MDNS_NAMES_H
#define CRIER_MDNS_NAMES_H

#include "state.h"

bool names_init(struct engine *e);
/* The node of a name in wire form, NULL if there is none. */
struct node *names_find(const struct engine *e, const struct name *n);
/* The node, made if need be, with a reference for the caller. NULL only if
 * memory is out even after eviction. own: our spelling wins. */
struct node *names_get(struct engine *e, const struct name *n, bool own);
struct node *node_hold(struct node *n);
void node_drop(struct engine *e, struct node *n);
void node_name(const struct node *n, struct name *out);
/* "_http._tcp...", a subtype or "_services...": a name that many share. */
static inline bool node_is_type(const struct node *n)
{
    return n->text[0] == '_' ||
           (n->label.parent != NULL && n->label.parent->len == 4 &&
            memcmp(n->label.parent->text, "_sub", 4) == 0);
}
static inline struct node *node_parent(const struct node *n)
{
    return (struct node *)(void *)n->label.parent;
}

#endif
