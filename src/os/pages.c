/*
 * pages.c - memory for the engine: zeroed, and only real once it is touched
 */
#include "private.h"

#include <stdlib.h>
#include <sys/mman.h>

static size_t held;

size_t os_pages_held(void)
{
    return held;
}

#ifdef MAP_ANONYMOUS

void *os_pages(size_t len)
{
    void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (mem == MAP_FAILED)
        return NULL;
    held += len;
    return mem;
}

void os_pages_free(void *mem, size_t len)
{
    if (mem == NULL)
        return;
    held -= len;
    munmap(mem, len);
}

#else

void *os_pages(size_t len)
{
    return calloc(1, len);
}

void os_pages_free(void *mem, size_t len)
{
    (void)len;
    free(mem);
}

#endif
