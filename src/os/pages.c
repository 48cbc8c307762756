/*
 * pages.c - memory for the engine: zeroed, and only real once it is touched
 */
#include "private.h"

#include <stdlib.h>
#include <sys/mman.h>

void *os_pages(size_t len)
{
#ifdef MAP_ANONYMOUS
    void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mem != MAP_FAILED)
        return mem;
#endif
    return calloc(1, len);
}
