/*
 * types.h - names of the record types that the net tests speak of
 */
#ifndef CRIER_TESTS_NET_TYPES_H
#define CRIER_TESTS_NET_TYPES_H

enum {
    TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_PTR = 12, TYPE_HINFO = 13,
    TYPE_TXT = 16, TYPE_AAAA = 28, TYPE_SRV = 33, TYPE_OPT = 41,
    TYPE_NSEC = 47, TYPE_ANY = 255,
};

/* "A" or "TYPE1"; ends the program on anything unknown. */
unsigned type_number(const char *name);
/* The mnemonic, or "TYPE1" in a static buffer. */
const char *type_name(unsigned type);

#endif
