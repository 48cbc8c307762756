/*
 * pub.h - what this host publishes, for publish.c, entries.c and reload.c
 *
 * The engine holds all that there is to know of a service; here is only what
 * a later reading of the files is compared with. Name, type, subtypes and all
 * else that cannot change without a goodbye make the key. What may change
 * under the same key, port and TXT, is compared with the records themselves.
 * So ten thousand services cost 16 bytes each.
 */
#ifndef CRIER_DAEMON_PUB_H
#define CRIER_DAEMON_PUB_H

#include "crier/conf.h"

enum {
    KEY_BOUND = 1, /* what: a struct bound; else a struct dnssd_service */
    KEY_SEEN = 2,  /* the files that are read now have it */
    KEY_ADDED = 4, /* it is of no file */
    KEY_MARKS = 7,
};

struct entry {
    uint64_t key; /* a hash, and marks in its lowest bits */
    void *what;
};

/* An alias, the name of another host, or one that a service brought. */
struct pub_host {
    uint64_t key;
    struct dnssd_host *host;
};

/* A service that is bound to interfaces: its links change with them. */
struct bound {
    struct dnssd_service *reg; /* NULL: on no link yet */
    struct dnssd_service_spec spec;
    unsigned glob_count;
    char (*globs)[SERVICE_GLOB_MAX + 1];
    struct dnssd_type *subtypes;
    uint8_t *txt;
    char instance[NAME_LABEL_MAX];
};

struct pub {
    struct loop *loop;
    struct conf *conf;
    struct dnssd_host *host; /* NULL: not published */
    struct name host_name;   /* as wished */
    char mac[7];             /* to rename with, for as long as claims live */
    struct pub_host *hosts;
    unsigned host_count;
    struct entry *entries;   /* room for max-services, in pages */
    uint32_t entry_count, entry_room;
};

/* FNV-1a in 64 bits, over names without their case. */
uint64_t pub_hash(uint64_t h, const void *p, size_t len);
uint64_t pub_hash_name(uint64_t h, const struct name *n);
enum { PUB_HASH_START = 0 };

/* publish.c */
uint64_t pub_host_key(const struct name *name, const struct conf_host *fixed,
                      bool reverse);
struct pub_host *pub_host_find(const struct pub *p, uint64_t key);
/* All that the configuration names besides this host itself; again: some of
 * it may be there already. */
void pub_hosts_add(struct pub *p, bool again, struct report *r);
void pub_wished_name(const struct conf *c, struct name *out);
bool pub_cnames_add(struct pub *p, const struct service *s, struct report *r);
void pub_say_refused(struct report *r, const struct name *name,
                     enum engine_err err);

/* entries.c */
uint64_t entry_key(const struct pub *p, const struct service *s);
void entry_name(const struct service *s, struct name *out);
/* Register it; marks as above. NULL after a report. */
struct entry *entry_add(struct pub *p, const struct service *s,
                        unsigned marks, struct report *r);
/* Port and TXT as s has them; *changed: they were others. */
bool entry_update(struct pub *p, struct entry *e, const struct service *s,
                  bool *changed, struct report *r);
/* Its full name now; false while it is on no link. */
bool entry_full_name(const struct entry *e, struct name *out);
/* Goodbye; the entry is void and is to be taken out by the caller. */
void entry_withdraw(struct pub *p, struct entry *e);
void bound_free(struct bound *b);

#endif
