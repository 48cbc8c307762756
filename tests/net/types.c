/*
 * types.c - names of record types; see types.h
 */
#include "types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    unsigned type;
    const char *name;
} types[] = {
    {TYPE_A, "A"},         {TYPE_NS, "NS"},       {TYPE_CNAME, "CNAME"},
    {TYPE_PTR, "PTR"},     {TYPE_HINFO, "HINFO"}, {TYPE_TXT, "TXT"},
    {TYPE_AAAA, "AAAA"},   {TYPE_SRV, "SRV"},     {TYPE_OPT, "OPT"},
    {TYPE_NSEC, "NSEC"},   {TYPE_ANY, "ANY"},
};

unsigned type_number(const char *name)
{
    char *end;
    unsigned long v;

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, name) == 0)
            return types[i].type;
    if (strncmp(name, "TYPE", 4) == 0) {
        v = strtoul(name + 4, &end, 10);
        if (*end == '\0' && v <= 0xffff)
            return (unsigned)v;
    }
    fprintf(stderr, "peer: unknown type %s\n", name);
    exit(2);
}

const char *type_name(unsigned type)
{
    static char other[16];

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i].type == type)
            return types[i].name;
    snprintf(other, sizeof other, "TYPE%u", type);
    return other;
}
