/*
 * dump.h - packets for people
 */
#ifndef CRIER_DOCTOR_DUMP_H
#define CRIER_DOCTOR_DUMP_H

#include <time.h>

#include "crier/out.h"

struct dump_from {
    const char *iface; /* NULL: unknown */
    struct timespec time;
};

/*
 * Print an IP packet if it is of Multicast DNS, from or to port 5353: a line
 * about it and one for each question and record. False: it is not. What is
 * malformed is told as far as it goes.
 */
bool dump_packet(const struct out *o, const struct dump_from *from,
                 const uint8_t *ip, size_t len);

/* All packets of a capture file, in any byte order. Their number, or -1 after
 * a message if it is none. */
int64_t dump_file(const struct out *o, const char *path);

#endif
