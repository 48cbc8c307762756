/*
 * glob.c - patterns for interface names: * ? [a-z] [!a-z]
 */
#include <stddef.h>

#include "crier/conf.h"

/* Whether c is in the class at p, just behind "["; *end is behind its "]". */
static bool class_has(const char *p, char c, const char **end)
{
    bool negate = *p == '!';
    bool in = false;

    if (negate)
        p++;
    do {
        char low = *p, high = *p;

        if (low == '\0') {
            *end = NULL; /* no "]": the bracket stands for itself */
            return false;
        }
        if (p[1] == '-' && p[2] != ']' && p[2] != '\0') {
            high = p[2];
            p += 2;
        }
        in |= c >= low && c <= high;
        p++;
    } while (*p != ']');
    *end = p + 1;
    return in != negate;
}

/* Whether the one pattern element at *glob takes c; moves *glob behind it. */
static bool takes(const char **glob, char c)
{
    const char *end;
    bool in;

    if (**glob == '[') {
        in = class_has(*glob + 1, c, &end);
        if (end != NULL) {
            *glob = end;
            return in;
        }
    }
    in = **glob == '?' || **glob == c;
    (*glob)++;
    return in;
}

bool pub_glob(const char *glob, const char *name)
{
    const char *star = NULL; /* just behind the last "*" */
    const char *retry = NULL;

    while (*name != '\0') {
        if (*glob == '*') {
            star = ++glob;
            retry = name;
            continue;
        }
        if (*glob != '\0' && takes(&glob, *name)) {
            name++;
            continue;
        }
        if (star == NULL)
            return false;
        glob = star; /* let the star take one character more */
        name = ++retry;
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}
