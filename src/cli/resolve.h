/*
 * resolve.h - what the parts of crier resolve share
 */
#ifndef CRIER_CLI_RESOLVE_H
#define CRIER_CLI_RESOLVE_H

#include "crier/cli.h"

enum { RESOLVE_WORDS_MAX = 64 };

struct answer {
    struct addr addr;
    struct name name; /* with -a */
    uint32_t ttl_s;
    char iface[IF_NAMESIZE];
};

/* One word of the command line. */
struct item {
    const char *text;
    struct name name;
    struct addr addr;      /* with -a */
    char zone[IF_NAMESIZE]; /* with -a: the link after "%" */
    uint64_t news_ms;
    uint8_t denied;         /* families that it does not have */
    unsigned count;
    struct answer *answer;
};

struct resolve {
    struct session s;
    struct out out;
    bool by_address, all, instance;
    uint8_t families; /* of addresses wanted */
    unsigned count;
    struct item item[RESOLVE_WORDS_MAX];
    struct dnssd_type type;
    struct found_set found;
};

/* Print what was found and say what was not; whether there was anything.
 * ctx is the struct resolve. */
bool resolve_print(void *ctx);

/* The name under which an address has its own (RFC 1035 section 3.5 and
 * RFC 3596 section 2.5). */
void resolve_reverse(const struct addr *a, struct name *out);

#endif
