/*
 * question.h - what clients ask (question.c)
 */
#ifndef CRIER_MDNS_QUESTION_H
#define CRIER_MDNS_QUESTION_H

#include "state.h"

bool question_wants(const struct question *q, uint16_t type);
void question_link_up(struct engine *e, struct question *q, unsigned link);
/* Begin the series again; by QU if the link just came up (section 5.4). */
void question_restart(struct engine *e, struct question *q, unsigned link);
void question_link_down(struct engine *e, struct question *q, unsigned link);
struct qlink *question_on(const struct question *q, unsigned link);
void qlink_timer(struct engine *e, struct qlink *ql);
void qlink_refresh(struct engine *e, struct qlink *ql);
void qlink_sent(struct engine *e, struct qlink *ql);
/* Someone else asked the same, with no more known answers than ours. */
void qlink_overheard(struct engine *e, struct qlink *ql, uint8_t family);
/* What the cache knows has changed for questions at the node. */
void question_settle(struct engine *e, struct node *n, unsigned link);

#endif
