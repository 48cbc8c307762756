/*
 * deny.h - a kernel that lacks pieces, made by a seccomp filter
 */
#ifndef CRIER_TESTS_NET_DENY_H
#define CRIER_TESTS_NET_DENY_H

/*
 * From now on, here and in programs started from here, the named things fail
 * as they do where the kernel does not have them. words: a list with commas
 * of netlink, ipv6, multicast_all, bindtodevice, getrandom, packet.
 * Ends the program on an unknown word or where there is no seccomp.
 */
void deny(const char *words);

#endif
