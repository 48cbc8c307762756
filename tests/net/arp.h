/*
 * arp.h - ARP and IPv4 frames, for the tests of link-local addresses
 */
#ifndef CRIER_TESTS_NET_ARP_H
#define CRIER_TESTS_NET_ARP_H

/* Print every ARP and IPv4 frame until killed: "TIME in|out TO FROM
 * request|reply MAC ADDRESS MAC ADDRESS" (sender, target), or "... ip SOURCE
 * DESTINATION proto=N", for TCP with " tcp=FLAGS" in hex behind. */
int arp_capture(const char *ifname);

/* Send one: request|reply MAC SENDER TARGET [TO], TO being the link address
 * it goes to, by default broadcast. Returns the exit status. */
int arp_send(const char *ifname, int argc, char **argv);

#endif
