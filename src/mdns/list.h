/*
 * list.h - a ring of nodes that live inside other structs
 *
 * The head is a node too; an item that is in no list points at itself, so
 * that list_remove() may be called on it at any time.
 */
#ifndef CRIER_MDNS_LIST_H
#define CRIER_MDNS_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *prev, *next;
};

/* The struct of that type whose member is at ptr. */
#define CONTAINER(ptr, type, member) \
    ((type *)(void *)((char *)(ptr) - offsetof(type, member)))

static inline void list_init(struct list *l)
{
    l->prev = l->next = l;
}

static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}

static inline void list_remove(struct list *item)
{
    item->prev->next = item->next;
    item->next->prev = item->prev;
    list_init(item);
}

/* Put item, which is in no list, at the end of the list. */
static inline void list_append(struct list *head, struct list *item)
{
    item->prev = head->prev;
    item->next = head;
    head->prev->next = item;
    head->prev = item;
}

#endif
