/*
 * arp.c - reading and writing ARP packets
 *
 *   0 hardware type   2 protocol   4 their lengths   6 operation
 *   8 sender MAC     14 sender IP 18 target MAC     24 target IP
 */
#include "arp.h"

#include <string.h>

/* Ethernet, IPv4, 6, 4 */
static const uint8_t head[6] = {0, 1, 8, 0, 6, 4};

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

static void put_u32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

bool arp_read(const uint8_t *p, size_t len, struct arp *out)
{
    if (len < AUTOIP_ARP_LEN || memcmp(p, head, sizeof head) != 0)
        return false;
    out->op = (uint16_t)(p[6] << 8 | p[7]);
    memcpy(out->sender_mac, p + 8, 6);
    out->sender = get_u32(p + 14);
    memcpy(out->target_mac, p + 18, 6);
    out->target = get_u32(p + 24);
    return out->op == ARP_REQUEST || out->op == ARP_REPLY;
}

void arp_write(const struct arp *arp, uint8_t out[AUTOIP_ARP_LEN])
{
    memcpy(out, head, sizeof head);
    out[6] = (uint8_t)(arp->op >> 8);
    out[7] = (uint8_t)arp->op;
    memcpy(out + 8, arp->sender_mac, 6);
    put_u32(out + 14, arp->sender);
    memcpy(out + 18, arp->target_mac, 6);
    put_u32(out + 24, arp->target);
}
