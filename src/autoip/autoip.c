/*
 * autoip.c - claiming and defending a link-local IPv4 address
 *
 * Three phases: idle (the link is down, or the interface has another
 * address), probing a candidate, and holding it. Sections are those of
 * RFC 3927; where RFC 5227 is stricter, that is followed.
 */
#include "arp.h"

#include <assert.h>
#include <string.h>

#define NEVER UINT64_MAX
#define FIRST UINT32_C(0xa9fe0100) /* 169.254.1.0 */

/* --- chance --------------------------------------------------------------- */

/* SplitMix64: every seed gives another sequence, near ones unlike ones. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Uniform in 0..n-1, n small beside 2^32. */
static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next_random(state) >> 32) * n >> 32);
}

/* Section 2.1: uniform from 169.254.1.0 to 169.254.254.255. */
static void choose(struct autoip *a)
{
    uint32_t before = a->addr;

    do
        a->addr = FIRST + below(&a->choice, AUTOIP_ADDRESSES);
    while (a->addr == before);
}

/* --- addresses ------------------------------------------------------------ */

struct addr autoip_address(const struct autoip *a)
{
    struct addr out = {.family = ADDR_V4};

    for (int i = 0; i < 4; i++)
        out.b[i] = (uint8_t)(a->addr >> (24 - 8 * i));
    return out;
}

bool autoip_selectable(const struct addr *a)
{
    return a->family == ADDR_V4 && addr_link_local(a) && a->b[2] >= 1 &&
           a->b[2] <= 254;
}

/* --- what comes out ------------------------------------------------------- */

static struct autoip_action *push(struct autoip *a, enum autoip_kind kind)
{
    struct autoip_action *act;

    assert(a->queued < AUTOIP_QUEUE); /* the caller pulls after each call */
    act = &a->queue[a->queued++];
    memset(act, 0, sizeof *act);
    act->kind = kind;
    act->addr = autoip_address(a);
    return act;
}

static void tell_peer(struct autoip *a, enum autoip_kind kind,
                      const uint8_t *mac)
{
    memcpy(push(a, kind)->peer, mac, 6);
}

/* A probe (sender 0) or an announcement (sender the address): both are
 * Requests with a target hardware address of zeros (sections 1.2, 2.4). */
static void send_request(struct autoip *a, uint32_t sender)
{
    struct arp arp = {.op = ARP_REQUEST, .sender = sender, .target = a->addr};

    memcpy(arp.sender_mac, a->mac, 6);
    arp_write(&arp, push(a, AUTOIP_SEND)->arp);
}

/* --- phases --------------------------------------------------------------- */

static void probe_from(struct autoip *a, uint64_t now_ms)
{
    a->phase = AUTOIP_PROBING;
    a->sent = 0;
    a->from_ms = now_ms > a->not_before_ms ? now_ms : a->not_before_ms;
    a->due_ms = a->from_ms + below(&a->chance, AUTOIP_PROBE_WAIT_MS + 1);
}

static void leave(struct autoip *a, enum autoip_why why)
{
    if (a->phase == AUTOIP_HELD)
        push(a, AUTOIP_UNCONFIGURE)->why = why;
    a->phase = AUTOIP_IDLE;
    a->due_ms = a->retire_ms = NEVER;
}

/* The address may be used as soon as the first announcement is on its way
 * (RFC 5227 section 2.3). */
static void claim(struct autoip *a)
{
    a->phase = AUTOIP_HELD;
    a->sent = 0;
    a->defended = false;
    a->retire_ms = NEVER;
}

static void announce(struct autoip *a, uint64_t now_ms)
{
    send_request(a, a->addr);
    if (a->sent++ == 0)
        push(a, AUTOIP_CONFIGURE);
    a->due_ms = a->sent < AUTOIP_ANNOUNCE_NUM
                    ? now_ms + AUTOIP_ANNOUNCE_INTERVAL_MS
                    : NEVER;
}

static void probe(struct autoip *a, uint64_t now_ms)
{
    if (a->sent++ == 0)
        push(a, AUTOIP_TRYING);
    send_request(a, 0);
    a->due_ms = now_ms + (a->sent == AUTOIP_PROBE_NUM
                              ? AUTOIP_ANNOUNCE_WAIT_MS
                              : AUTOIP_PROBE_MIN_MS +
                                    below(&a->chance, AUTOIP_PROBE_MAX_MS -
                                                          AUTOIP_PROBE_MIN_MS +
                                                          1));
}

/* One thing that is due; its successor is counted from now, so that a late
 * caller does not send two at once. */
static void step(struct autoip *a, uint64_t now_ms)
{
    if (now_ms >= a->retire_ms) {
        leave(a, AUTOIP_WHY_OTHER);
    } else if (a->phase == AUTOIP_PROBING && a->sent < AUTOIP_PROBE_NUM) {
        probe(a, now_ms);
    } else {
        if (a->phase == AUTOIP_PROBING)
            claim(a);
        announce(a, now_ms);
    }
}

/* --- conflicts ------------------------------------------------------------ */

/* RFC 5227 section 2.1.1 counts those over a held address as well, and limits
 * from the tenth, RFC 3927 section 2.2.1 after it. */
static void count_conflict(struct autoip *a, uint64_t now_ms)
{
    if (now_ms - a->conflict_ms > AUTOIP_FORGET_MS)
        a->conflicts = 0;
    a->conflict_ms = now_ms;
    if (a->conflicts < AUTOIP_MAX_CONFLICTS)
        a->conflicts++;
    if (a->conflicts == AUTOIP_MAX_CONFLICTS)
        a->not_before_ms = now_ms + AUTOIP_RATE_LIMIT_MS;
}

/* Somebody has the candidate. Before its probing began that is no conflict,
 * just a reason to try another one then. */
static void taken(struct autoip *a, uint64_t now_ms, const uint8_t *mac)
{
    if (now_ms >= a->from_ms) {
        tell_peer(a, AUTOIP_TAKEN, mac);
        count_conflict(a, now_ms);
        choose(a);
        probe_from(a, now_ms);
    } else {
        choose(a);
    }
}

/* Section 2.5: defend once in 10 s, else give up. */
static void contend(struct autoip *a, uint64_t now_ms, const uint8_t *mac)
{
    bool again = a->defended &&
                 now_ms - a->defend_ms <= AUTOIP_DEFEND_INTERVAL_MS;
    bool retiring = a->retire_ms != NEVER;

    count_conflict(a, now_ms);
    if (!again) {
        a->defended = true;
        a->defend_ms = now_ms;
        tell_peer(a, AUTOIP_DEFENDED, mac);
        send_request(a, a->addr);
        return;
    }
    tell_peer(a, AUTOIP_LOST, mac);
    leave(a, AUTOIP_WHY_CONFLICT);
    choose(a);
    if (!retiring)
        probe_from(a, now_ms);
}

/* By broadcast like all we send (section 2.5), which lets everybody on the
 * link notice a conflict. */
static void reply(struct autoip *a, uint64_t now_ms, const struct arp *to)
{
    struct arp arp = {.op = ARP_REPLY, .sender = a->addr,
                      .target = to->sender};

    if (now_ms - a->reply_ms >= 1000) {
        a->reply_ms = now_ms;
        a->replies = 0;
    }
    if (a->replies == AUTOIP_REPLIES_MAX)
        return;
    a->replies++;
    memcpy(arp.sender_mac, a->mac, 6);
    memcpy(arp.target_mac, to->sender_mac, 6);
    arp_write(&arp, push(a, AUTOIP_SEND)->arp);
}

/* --- calls ---------------------------------------------------------------- */

void autoip_init(struct autoip *a, const uint8_t mac[6], uint64_t seed,
                 const struct addr *first)
{
    memset(a, 0, sizeof *a);
    memcpy(a->mac, mac, 6);
    for (int i = 0; i < 6; i++)
        a->choice = a->choice << 8 | mac[i];
    a->chance = seed;
    a->due_ms = a->retire_ms = NEVER;
    if (first == NULL || !autoip_selectable(first)) {
        choose(a);
        return;
    }
    for (int i = 0; i < 4; i++)
        a->addr = a->addr << 8 | first->b[i];
}

void autoip_iface(struct autoip *a, uint64_t now_ms,
                  const struct autoip_iface *i)
{
    bool held;

    if (!i->up || memcmp(i->mac, a->mac, 6) != 0)
        leave(a, AUTOIP_WHY_DOWN);
    else if (i->removed && a->phase == AUTOIP_HELD)
        leave(a, AUTOIP_WHY_REMOVED);
    memcpy(a->mac, i->mac, 6);
    held = a->phase == AUTOIP_HELD;
    if (held && i->other && a->retire_ms == NEVER) {
        push(a, AUTOIP_DEPRECATE);
        a->retire_ms = now_ms + AUTOIP_RETIRE_MS;
    } else if (held && !i->other && a->retire_ms != NEVER) {
        push(a, AUTOIP_CONFIGURE);
        a->retire_ms = NEVER;
    } else if (!held && i->other) {
        leave(a, AUTOIP_WHY_OTHER);
    } else if (a->phase == AUTOIP_IDLE && i->up) {
        probe_from(a, now_ms);
    }
}

void autoip_receive(struct autoip *a, uint64_t now_ms, const uint8_t *bytes,
                    size_t len)
{
    struct arp arp;
    bool asked;

    if (a->phase == AUTOIP_IDLE || !arp_read(bytes, len, &arp))
        return;
    /* Our own, come back from a hub or access point. Other interfaces of this
     * host are others: on one link they need addresses of their own
     * (section 3.4). */
    if (memcmp(arp.sender_mac, a->mac, 6) == 0)
        return;
    asked = arp.op == ARP_REQUEST && arp.target == a->addr;
    if (a->phase == AUTOIP_PROBING) {
        if (arp.sender == a->addr || (asked && arp.sender == 0))
            taken(a, now_ms, arp.sender_mac);
    } else if (arp.sender == a->addr) {
        contend(a, now_ms, arp.sender_mac);
    } else if (asked) {
        reply(a, now_ms, &arp);
    }
}

void autoip_end(struct autoip *a)
{
    leave(a, AUTOIP_WHY_END);
}

uint64_t autoip_deadline_ms(const struct autoip *a)
{
    return a->due_ms < a->retire_ms ? a->due_ms : a->retire_ms;
}

void autoip_advance(struct autoip *a, uint64_t now_ms)
{
    if (now_ms >= autoip_deadline_ms(a))
        step(a, now_ms);
}

bool autoip_pull(struct autoip *a, struct autoip_action *out)
{
    if (a->queued == 0)
        return false;
    *out = a->queue[0];
    a->queued--;
    memmove(a->queue, a->queue + 1, a->queued * sizeof a->queue[0]);
    return true;
}
