/*
 * manager.h - the ear of a service manager
 */
#ifndef CRIER_TESTS_NET_MANAGER_H
#define CRIER_TESTS_NET_MANAGER_H

#include <signal.h>

/*
 * Until *stop: print each line of each datagram that comes to a Unix socket
 * at path ("@..." is an abstract name), behind the time. Returns 0.
 */
int manager(const char *path, const volatile sig_atomic_t *stop);

#endif
