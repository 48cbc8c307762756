/*
 * note.h - what clients are told (note.c)
 */
#ifndef CRIER_MDNS_NOTE_H
#define CRIER_MDNS_NOTE_H

#include "state.h"

void note_cached(struct engine *e, enum event_kind kind, struct cached *c);
void note_cached_to(struct engine *e, enum event_kind kind, struct cached *c,
                    struct watch *w);
void note_own(struct engine *e, enum event_kind kind, struct rrlink *rl);
void note_own_to(struct engine *e, enum event_kind kind, struct rrlink *rl,
                 struct watch *w);
/* That our own name on the link has no record of the watched type. */
void note_own_denial(struct engine *e, struct watch *w, unsigned link);
void note_own_denials(struct engine *e, const struct node *n, unsigned link);
void note_claim(struct engine *e, struct claim *c, enum claim_state state,
                unsigned link, struct node *old_name,
                const struct addr *rival);
bool note_next(struct engine *e, struct event *out);
void watch_drop(struct engine *e, struct watch *w);

#endif
