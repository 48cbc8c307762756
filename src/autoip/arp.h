/*
 * arp.h - ARP packets of Ethernet and IPv4 (RFC 826)
 */
#ifndef CRIER_ARP_H
#define CRIER_ARP_H

#include "crier/autoip.h"

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

struct arp {
    uint16_t op;
    uint8_t sender_mac[6], target_mac[6];
    uint32_t sender, target; /* IPv4 addresses as numbers */
};

/* False if it is of another kind, or cut off. */
bool arp_read(const uint8_t *p, size_t len, struct arp *out);
void arp_write(const struct arp *arp, uint8_t out[AUTOIP_ARP_LEN]);

#endif
