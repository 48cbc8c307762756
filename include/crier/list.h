/*
 * list.h - a ring of items that live inside other structs
 *
 * The head is an item too; one that is in no list is a ring of itself, so
 * that list_remove() may be called on it at any time. Links are distances:
 * half the size of pointers, and all zeros is an empty ring. So head and
 * items lie within 16 GiB of each other, and none may be copied or moved
 * while it is in a list.
 */
#ifndef CRIER_LIST_H
#define CRIER_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct list {
    _Alignas(8) int32_t prev; /* in units of its size, from itself */
    int32_t next;
};

/* The struct of that type whose member is at ptr. */
#define CONTAINER(ptr, type, member) \
    ((type *)(void *)((char *)(uintptr_t)(ptr) - offsetof(type, member)))

#define LIST_FIRST(head, type, member) \
    CONTAINER(list_next(head), type, member)

/* Go through the items of a list, none of which may leave it meanwhile. */
#define LIST_EACH(type, item, head, member)                           \
    for (type *item = LIST_FIRST(head, type, member);                 \
         &item->member != (head);                                     \
         item = LIST_FIRST(&item->member, type, member))

static inline struct list *list_next(const struct list *l)
{
    return (struct list *)(uintptr_t)(l + l->next);
}

static inline struct list *list_prev(const struct list *l)
{
    return (struct list *)(uintptr_t)(l + l->prev);
}

static inline bool list_empty(const struct list *l)
{
    return l->next == 0;
}

static inline void list_join(struct list *a, struct list *b)
{
    int32_t by = (int32_t)(b - a);

    a->next = by;
    b->prev = -by;
}

static inline void list_remove(struct list *item)
{
    list_join(list_prev(item), list_next(item));
    item->prev = item->next = 0;
}

/* Put item, which is in no list, at the end of the list ... */
static inline void list_append(struct list *head, struct list *item)
{
    list_join(list_prev(head), item);
    list_join(item, head);
}

/* ... or at its front. */
static inline void list_prepend(struct list *head, struct list *item)
{
    list_join(item, list_next(head));
    list_join(head, item);
}

#endif
