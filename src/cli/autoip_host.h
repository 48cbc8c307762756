/*
 * autoip_host.h - what `crier autoip` does to the host
 */
#ifndef CRIER_AUTOIP_HOST_H
#define CRIER_AUTOIP_HOST_H

#include "crier/os.h"

struct autoip_undo;

struct autoip_host {
    const char *iface;
    unsigned ifindex;        /* 0: there is no such interface now */
    char label[IF_NAMESIZE]; /* of the address: IF:crier, or IF if long */
    int arp_fd;              /* -1: closed */
    bool settings_fail;      /* the kernel's ARP could not be set */
    struct autoip_undo *undo;
    int guard_fd;
    long guard_pid;
};

/*
 * Start the guard: a child that takes the address off and restores the
 * settings if this process dies without doing so. Call it before anything is
 * opened, for the child keeps that open. Returns 0 or a negative errno.
 */
int autoip_host_init(struct autoip_host *h, const char *iface);
/* Undo what is left, and end the guard. */
void autoip_host_end(struct autoip_host *h);

/* Whether the address is there from a run that was killed with its guard. */
bool autoip_host_left_over(const struct autoip_host *h, struct addr *a);

/* The interface has that index now: a socket for it. */
int autoip_host_open(struct autoip_host *h, unsigned ifindex);
void autoip_host_close(struct autoip_host *h);

int autoip_host_configure(struct autoip_host *h, const struct addr *a);
int autoip_host_deprecate(struct autoip_host *h, const struct addr *a);
void autoip_host_remove(struct autoip_host *h);

/* The address that is kept in DIR/IFACE; false if there is none. Saving
 * returns 0 or a negative errno. */
bool autoip_host_load(const char *dir, const char *iface, struct addr *a);
int autoip_host_save(const char *dir, const char *iface,
                     const struct addr *a);

#endif
