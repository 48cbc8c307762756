/*
 * malloc.c - malloc() for static programs, where every byte of libc counts
 *
 * Only with musl, whose own takes 9 KB of code and a page for each size. The
 * daemon allocates a little, for its configuration; what the network sends
 * is kept in blocks of a fixed size (pages.c). So this is as plain as can
 * be: sizes are rounded up to a power of two or one and a half of it, and
 * what is freed waits in a list for the next of that size.
 *
 * Defining these names replaces the library's (musl's manual, "malloc
 * replacement"). One thread.
 */
#include "crier/os.h"

#include <stdlib.h>

#if defined(__linux__) && !defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
    LEAST = 32,             /* bytes of the smallest block */
    CLASSES = 40,           /* 32, 48, 64, 96, ...: the largest is 24 MB */
    CHUNK = 64 * 1024,      /* taken from the system at a time */
    IN_USE = 0x63726965,    /* "crie" */
};

/* In front of each block, which stays aligned to 16 bytes. */
struct head {
    union {
        struct head *next; /* free */
        uint32_t mark;     /* in use */
    } u;
    uint32_t class;
};
enum { HEAD = 16 };
_Static_assert(sizeof(struct head) <= HEAD, "head of a block");

static struct head *waiting[CLASSES];
static uint8_t *chunk;
static size_t chunk_left;

static size_t class_size(unsigned class)
{
    return ((size_t)LEAST + (class & 1) * (LEAST / 2)) << class / 2;
}

static unsigned class_of(size_t size)
{
    unsigned class = 0;

    while (class < CLASSES && class_size(class) < size)
        class++;
    return class;
}

static struct head *head_of(void *p)
{
    struct head *h = (struct head *)(void *)((uint8_t *)p - HEAD);

    assert(h->u.mark == IN_USE && h->class < CLASSES);
    return h;
}

static struct head *take(size_t size)
{
    struct head *h;

    if (size > chunk_left) {
        size_t len = size > CHUNK ? size : CHUNK;
        uint8_t *more = os_pages(len);

        if (more == NULL)
            return NULL;
        if (size == len) /* all of it, and the chunk goes on behind */
            return (struct head *)(void *)more;
        chunk = more;
        chunk_left = len;
    }
    h = (struct head *)(void *)chunk;
    chunk += size;
    chunk_left -= size;
    return h;
}

/* Not malloc() itself: compilers make calloc() of malloc() and memset(). */
static void *get(size_t len)
{
    unsigned class = len < SIZE_MAX - HEAD ? class_of(len + HEAD) : CLASSES;
    struct head *h = class < CLASSES ? waiting[class] : NULL;

    if (h != NULL)
        waiting[class] = h->u.next;
    else if (class < CLASSES)
        h = take(class_size(class));
    if (h == NULL) {
        errno = ENOMEM;
        return NULL;
    }
    h->class = class;
    h->u.mark = IN_USE;
    return (uint8_t *)h + HEAD;
}

void *malloc(size_t len)
{
    return get(len);
}

void free(void *p)
{
    struct head *h;

    if (p == NULL)
        return;
    h = head_of(p);
    h->u.next = waiting[h->class];
    waiting[h->class] = h;
}

void *calloc(size_t count, size_t size)
{
    bool fits = size == 0 || count <= SIZE_MAX / size;
    void *p = get(fits ? count * size : SIZE_MAX);

    if (p != NULL)
        memset(p, 0, count * size);
    return p;
}

void *realloc(void *p, size_t len)
{
    size_t old = p != NULL ? class_size(head_of(p)->class) - HEAD : 0;
    void *q;

    if (p != NULL && len <= old)
        return p;
    q = get(len);
    if (q == NULL || p == NULL)
        return q;
    memcpy(q, p, old);
    free(p);
    return q;
}

#else
typedef int malloc_of_libc; /* ISO C wants something in each file */
#endif
