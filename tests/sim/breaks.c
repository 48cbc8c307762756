/*
 * breaks.c - hosts broken on purpose, to see that each invariant can fail
 *
 * An oracle that never complains proves nothing. Each break below spoils
 * what the driver passes on; the run must then fail, and with the right
 * number. Without a break the same worlds must be clean.
 */
#include <string.h>

#include "sim.h"

static const struct {
    const char *name;
    const char *fails; /* how the complaint begins, after the time */
} breaks[] = {
    {"deaf", "I1:"},           {"stuck", "I2:"},
    {"no-answers", "I3:"},     {"forged", "I4:"},
    {"repeat", "I5:"},         {"wrong-address", "I6:"},
    {"off-link", "I7:"},       {"trailing", "I8:"},
    {"no-aa", "I8/I9:"},       {"nsec-lie", "I11:"},
    {"fat-cache", "I12:"},     {"busy", "I13:"},
    {"twice-found", "I16:"},  {"forgetful", "I3:"},
};

static bool is_response(const uint8_t *data, size_t len)
{
    return len > 12 && (data[2] & 0x80) != 0;
}

/* Put another address in place of the link's own. */
static void spoil_address(struct host *h, unsigned nic, uint8_t *data,
                          size_t len)
{
    struct addr a = nic_source(&h->nics[nic], ADDR_V4);

    for (size_t i = 12; i + 4 <= len; i++)
        if (memcmp(data + i, a.b, 4) == 0)
            data[i + 3] ^= 0x55;
}

/* Claim a CNAME in every NSEC of class IN with the flush bit. */
static void spoil_nsec(uint8_t *data, size_t len)
{
    static const uint8_t head[] = {0, 47, 0x80, 1};

    for (size_t i = 12; i + 15 <= len; i++) {
        size_t at = i + 10;

        if (memcmp(data + i, head, sizeof head) != 0)
            continue;
        while (at < len && data[at] != 0 && data[at] < 0xc0)
            at += 1u + data[at];
        at += at < len && data[at] >= 0xc0 ? 2 : 1;
        if (at + 2 < len)
            data[at + 2] ^= 0x04;
    }
}

/* Answer a probe of its own in another's name. */
static void forge(struct world *w, struct host *h, unsigned nic,
                  const uint8_t *data, size_t len)
{
    struct datagram d = {.family = ADDR_V4, .multicast = true,
                         .port = MDNS_PORT};
    struct addr src = {.family = ADDR_V4, .b = {10, 0, 0, 99}};
    static const uint8_t rest[] = {0, 1, 0x80, 1, 0, 0, 0, 120, 0, 4,
                                   10, 0, 0, 99};
    uint8_t out[300] = {0, 0, 0x84, 0, 0, 0, 0, 1};
    size_t at = 12;

    if (is_response(data, len) || data[9] == 0)
        return;
    while (at < len && data[at] != 0 && data[at] < 0xc0 && at < 260)
        at += 1u + data[at];
    if (at >= 260)
        return;
    memcpy(out + 12, data + 12, at + 1 - 12);
    memcpy(out + at + 1, rest, sizeof rest);
    d.data = out;
    d.len = at + 1 + sizeof rest;
    world_send(w, NULL, 0, &d, h->nics[nic].lan, src, MDNS_PORT);
}

bool break_packet(struct world *w, struct host *h, unsigned nic,
                  struct datagram *d, uint8_t *data, size_t max)
{
    bool response = is_response(data, d->len);

    if (w->broken[0] == '\0')
        return false;
    if (is_broken(w, "wrong-address") && response) {
        spoil_address(h, nic, data, d->len);
    } else if (is_broken(w, "off-link") && response) {
        d->multicast = false;
        d->port = MDNS_PORT;
        d->peer = (struct addr){.family = ADDR_V4, .b = {203, 0, 113, 5}};
    } else if (is_broken(w, "trailing") && d->len < max) {
        data[d->len++] = 0;
    } else if (is_broken(w, "no-aa") && response) {
        data[2] &= 0xfb;
    } else if (is_broken(w, "nsec-lie") && response) {
        spoil_nsec(data, d->len);
    } else if (is_broken(w, "forged")) {
        forge(w, h, nic, data, d->len);
    }
    return false;
}

bool break_delivery(struct world *w, struct host *to,
                    const struct datagram *d)
{
    (void)to;
    return is_broken(w, "deaf") ||
           (is_broken(w, "no-answers") && is_response(d->data, d->len));
}

static void add_host(struct world *w, const char *label, const char *name,
                     uint8_t number, const char *service)
{
    struct host *h = host_new(w, label);
    struct nic *n = host_add_nic(h, 0);
    struct addr a = {.family = ADDR_V4, .b = {10, 0, 0, number}};

    nic_add_addr(n, a, 24);
    snprintf(h->name, sizeof h->name, "%s.local", name);
    if (service != NULL)
        host_service(h, service, "_http._tcp", 80);
    host_start(h);
    host_browse(h, "browse", "_http._tcp", 0, 0);
    host_browse(h, "browse", "_http._tcp", 0, DNSSD_RESOLVE);
    host_browse(h, "lookup", "b.local", 0, ADDR_V4 | ADDR_V6);
}

static void small_world(struct world *w, bool same_name)
{
    add_host(w, "a", same_name ? "node" : "a", 1, "Web");
    add_host(w, "b", same_name ? "node" : "b", 2, "Mail");
    world_run(w, w->now_ms + 20000);
    add_host(w, "c", same_name ? "node" : "c", 3, NULL);
    world_run(w, w->now_ms + 60000);
    if (!w->failed)
        oracle_quiet(w, SETS_EXACT);
}

static uint64_t one_run(const char *broken, bool same_name, char *failure,
                        size_t max)
{
    struct world *w = world_new(7, 1000000);
    uint64_t hash;

    snprintf(w->broken, sizeof w->broken, "%s", broken);
    small_world(w, same_name);
    snprintf(failure, max, "%s", w->failed ? w->failure : "");
    hash = w->hash;
    world_free(w);
    return hash;
}

static bool report(const char *name, bool good, const char *failure)
{
    if (good)
        printf("ok break %s\n", name);
    else
        printf("not ok break %s\n  got: %s\n", name,
               failure[0] ? failure : "no complaint");
    return good;
}

unsigned breaks_run(const struct options *op)
{
    unsigned failed = 0;
    char failure[512];
    uint64_t hash, again;

    (void)op;
    hash = one_run("", false, failure, sizeof failure);
    failed += !report("nothing", failure[0] == '\0', failure);
    again = one_run("", true, failure, sizeof failure);
    failed += !report("nothing, same names", failure[0] == '\0', failure);
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        bool same = strcmp(breaks[i].name, "deaf") == 0;
        const char *at;

        one_run(breaks[i].name, same, failure, sizeof failure);
        at = strstr(failure, "s: ");
        failed += !report(breaks[i].name,
                          at != NULL && strncmp(at + 3, breaks[i].fails,
                                                strlen(breaks[i].fails)) == 0,
                          failure);
    }
    again = one_run("", false, failure, sizeof failure);
    failed += !report("same seed, same bytes", again == hash, "I15");
    again = one_run("dice", false, failure, sizeof failure);
    failed += !report("dice", again != hash, "I15 not seen");
    return failed;
}
