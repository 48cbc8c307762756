/*
 * receive.h - who gets a message that was received (answer.c, hear.c)
 */
#ifndef CRIER_MDNS_RECEIVE_H
#define CRIER_MDNS_RECEIVE_H

#include "state.h"

void answer_query(struct engine *e, const struct datagram *in,
                  struct wire_reader *rd, const struct message_header *h);
void hear_response(struct engine *e, const struct datagram *in,
                   struct wire_reader *rd, const struct message_header *h);

#endif
