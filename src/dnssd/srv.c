/*
 * srv.c - the order in which to use SRV targets (RFC 2782, usage rules)
 */
#include "crier/dnssd.h"

/* Sort by priority, and weight 0 first among equals, as the draw wants it. */
static void sort_groups(const uint16_t *priority, const uint16_t *weight,
                        unsigned *idx, unsigned n)
{
    for (unsigned i = 1; i < n; i++) {
        unsigned cur = idx[i];
        unsigned j = i;

        for (; j > 0; j--) {
            unsigned prev = idx[j - 1];

            if (priority[prev] < priority[cur])
                break;
            if (priority[prev] == priority[cur] &&
                (weight[prev] == 0 || weight[cur] != 0))
                break;
            idx[j] = prev;
        }
        idx[j] = cur;
    }
}

/* Position in idx[from..to) of the first whose running sum reaches a number
 * drawn from 0 to the sum of all weights. */
static unsigned draw(const uint16_t *weight, const unsigned *idx,
                     unsigned from, unsigned to, uint32_t rnd)
{
    uint32_t total = 0;
    uint32_t sum = 0;
    unsigned at = from;

    for (unsigned i = from; i < to; i++)
        total += weight[idx[i]];
    rnd %= total + 1;
    for (; at + 1 < to; at++) {
        sum += weight[idx[at]];
        if (sum >= rnd)
            break;
    }
    return at;
}

void dnssd_srv_order(const uint16_t *priority, const uint16_t *weight,
                     const uint32_t *rnd, unsigned *idx, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        idx[i] = i;
    sort_groups(priority, weight, idx, n);
    for (unsigned i = 0; i < n; i++) {
        unsigned end = i + 1;
        unsigned at;
        unsigned chosen;

        while (end < n && priority[idx[end]] == priority[idx[i]])
            end++;
        at = draw(weight, idx, i, end, rnd[i]);
        chosen = idx[at];
        for (; at > i; at--) /* the others keep their order */
            idx[at] = idx[at - 1];
        idx[i] = chosen;
    }
}
