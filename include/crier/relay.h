/*
 * relay.h - what a daemon finds and does, passed on to a client verb
 *
 * On a control socket the answers to a client that said "attach" are frames:
 * a length in two bytes, big-endian, then one thing that happened, in a fixed
 * order, names in wire form. So a client verb is told by a daemon just what
 * its own engine would tell it. The first byte of a frame is never "{": that
 * begins a line of JSON, with which a request is refused.
 */
#ifndef CRIER_RELAY_H
#define CRIER_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/dnssd.h"
#include "crier/text.h"

enum {
    RELAY_FRAME_MAX = 12288, /* bytes, with its length */
    RELAY_IFACE_MAX = 15,    /* bytes of an interface's name */
};

enum relay_what { RELAY_EVENT, RELAY_LINK_UP, RELAY_LINK_DOWN };

struct relay {
    enum relay_what what;
    uint16_t tag; /* number of the question, from 0 in the order asked */
    char iface[RELAY_IFACE_MAX + 1];
    struct dnssd_event ev; /* of RELAY_EVENT; without cookie and link; txt and
                              rdata are borrowed from the frame */
};

/* Append a frame; ev is NULL for a link. Without room t fails, as always. A
 * longer name of an interface is cut. */
void relay_put(struct text *t, enum relay_what what, uint16_t tag,
               const char *iface, const struct dnssd_event *ev);

/* A frame without its length; false if it is none. */
bool relay_get(const uint8_t *frame, size_t len, struct relay *out);

#endif
