/*
 * witness.h - what a host sends, kept for another dissector
 */
#ifndef CRIER_TESTS_NET_WITNESS_H
#define CRIER_TESTS_NET_WITNESS_H

#include <signal.h>

/*
 * The raw peer marks its own packets by this type of service (traffic
 * class): they may be wrong on purpose. The witness passes over them.
 */
enum { WITNESS_NOT = 4 };

/*
 * Until *stop: write every DNS packet, and every fragment, that leaves this
 * host on any Ethernet interface into a pcap file. Returns 0.
 */
int witness(const char *path, const volatile sig_atomic_t *stop);

#endif
