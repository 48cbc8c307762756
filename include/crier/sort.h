/*
 * sort.h - qsort() of our own
 *
 * The C libraries' are fast for a million items and 2 KB large; what is
 * sorted here is a list for people.
 */
#ifndef CRIER_SORT_H
#define CRIER_SORT_H

#include <stddef.h>

/* As qsort(); n log n in the worst case, no memory of its own. */
void sort(void *base, size_t count, size_t size,
          int (*compare)(const void *a, const void *b));

#endif
