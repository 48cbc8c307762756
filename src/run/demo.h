/*
 * demo.h - `crier run --demo`: see without configuration that it works
 */
#ifndef CRIER_RUN_DEMO_H
#define CRIER_RUN_DEMO_H

#include "crier/conf.h"
#include "crier/dnssd.h"
#include "crier/loop.h"
#include "crier/out.h"

struct demo;

/* Register the example service, say what is offered, and start to look for
 * what others offer. NULL after a report. */
struct demo *demo_new(struct loop *loop, struct pub *pub,
                      const struct conf *c, const struct out *out);

/* Events of the loop that are not about our own names. */
void demo_event(struct demo *d, const struct dnssd_event *ev);

/* A link came up: say with which addresses. */
void demo_link(struct demo *d, unsigned link);

#endif
