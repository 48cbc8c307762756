/*
 * doctor.h - what the parts of `crier doctor` share
 *
 * Links are the interfaces that the options want, whether or not they can be
 * used. Each check looks at one link, one peer or the host, and fills in a
 * finding; it opens and sends nothing: that is the experiment's, which runs
 * once, before the first check that needs it.
 */
#ifndef CRIER_DOCTOR_DOCTOR_H
#define CRIER_DOCTOR_DOCTOR_H

#include "crier/cli.h"
#include "crier/probe.h"

enum {
    DOCTOR_HOSTS_MAX = 32, /* others that are counted, a link */
    DOCTOR_PEERS_MAX = 8,
    DOCTOR_HOLDERS_MAX = 16,
};

enum verdict { DOCTOR_PASS, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_SKIP };

struct finding {
    enum verdict verdict;
    const char *remedy; /* at most one %s, for iface; NULL: none */
    const char *iface;
    struct text text;   /* the evidence, in memory */
};

struct doctor_host {
    struct addr addr;
    bool answers;
};

struct doctor_link {
    const struct os_iface *iface;
    bool usable;
    struct os_link os;
    uint8_t families; /* that are open */
    int err;          /* why one is not */

    /* The experiment. Masks of families: */
    uint8_t sent, returned, left;
    int send_err;
    unsigned rounds[2], returns[2]; /* of a family; see family_index() */
    struct doctor_host hosts[DOCTOR_HOSTS_MAX];
    unsigned host_count;
    struct addr mirror;    /* who sends back what we sent */
    const char *twin;      /* our other interface that heard it */
    struct addr rival;     /* who has our host name, with that address */
    struct addr rival_has;
    struct addr low;       /* who sends with another TTL than 255 */
    uint8_t low_ttl;
    struct addr cut;       /* who sends too large packets */
    unsigned sniffed;      /* packets of others */
};

struct doctor_peer {
    const char *text; /* as given */
    struct addr addr;
    struct name reverse;
    struct doctor_link *link; /* NULL: none has that family */
    struct os_link os;
    int err;
    uint64_t asked_ms;
    uint32_t reply_ms;
    bool on_link, replied, heard;
};

struct doctor {
    const struct cli *cli;
    struct out out;
    struct os_iface ifaces[OS_IFACES_MAX];
    int iface_count;
    struct doctor_link links[ENGINE_LINKS_MAX];
    unsigned link_count;
    struct doctor_peer peers[DOCTOR_PEERS_MAX];
    unsigned peer_count;
    struct os_holder holders[DOCTOR_HOLDERS_MAX];
    int holder_count; /* or why they are not known */
    bool has_host;
    struct name host; /* this host's, in .local */

    int sniff_fd; /* or why there is none */
    unsigned late_ms;
    int64_t clock_step_ms;
};

static inline unsigned family_index(uint8_t family)
{
    return family == ADDR_V6;
}

/* --- doctor_wire.c: the experiment ---------------------------------------- */

void doctor_open(struct doctor *d);       /* the sockets of usable links */
void doctor_experiment(struct doctor *d); /* two seconds */
void doctor_close(struct doctor *d);
/* Whether this host has the address. */
bool doctor_own(const struct doctor *d, const struct addr *a);

/* --- the checks -------------------------------------------------------------- */

typedef void doctor_check(const struct doctor *d, struct finding *f,
                          const struct doctor_link *l);

/* doctor_links.c: what the system says of an interface */
doctor_check doctor_interface, doctor_join, doctor_bridge, doctor_filter,
    doctor_ipv6;
/* doctor_heard.c: what the experiment showed on a link */
doctor_check doctor_loop, doctor_others, doctor_mirror, doctor_name,
    doctor_ttl;
/* doctor_host.c: of the host as a whole (l is NULL) */
doctor_check doctor_port, doctor_lookups, doctor_clock;
/* doctor_heard.c: one peer */
void doctor_peer(const struct doctor *d, struct finding *f,
                 const struct doctor_peer *p);

/* doctor_host.c: --kernel */
void doctor_kernel(struct out *o);

/* An address as people write it, link-local ones with the interface. */
void doctor_addr(struct finding *f, const struct addr *a, const char *iface);
/* A string, or null. */
void doctor_json_str(struct text *t, const char *key, const char *value);
/* "IPv4", "IPv6" or "IPv4 and IPv6". */
const char *doctor_families(uint8_t mask);

#endif
