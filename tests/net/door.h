/*
 * door.h - a TCP port that is open
 */
#ifndef CRIER_TESTS_NET_DOOR_H
#define CRIER_TESTS_NET_DOOR_H

#include <signal.h>

/* Until *stop: accept connections to that port of 127.0.0.1, print a line for
 * each, and hang up. Returns 0. */
int door(unsigned port, const volatile sig_atomic_t *stop);

#endif
