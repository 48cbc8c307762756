/*
 * The calls from outside: set up, the five calls of the driver, counters.
 */
#include "cache.h"
#include "claim.h"
#include "compose.h"
#include "names.h"
#include "note.h"
#include "question.h"
#include "receive.h"
#include "schedule.h"

enum { RESERVE = 512 * 1024 }; /* bytes beside what the tables need */

/* --- set up ------------------------------------------------------------- */

void engine_config_default(struct engine_config *cfg)
{
    *cfg = (struct engine_config){
        .seed = 1,
        .claims_max = 1024,
        .records_max = 8192,
        .rdata_max = 1024 * 1024,
        .cache_max = 4096,
        .cache_per_source = 512,
        .watches_max = 1024,
        .tx_rate = 200,
    };
}

/* For cached records, however many there are. */
static size_t cache_share(const struct engine_config *cfg)
{
    return (size_t)cfg->cache_max *
           (sizeof(struct cached) + sizeof(struct node) + 384);
}

size_t engine_memory(const struct engine_config *cfg)
{
    enum { NAME = sizeof(struct node) + 48, ON_LINKS = 2 };

    return sizeof(struct engine) + RESERVE + cfg->rdata_max +
           (size_t)cfg->claims_max *
               (sizeof(struct claim) + NAME +
                ON_LINKS * (sizeof(struct clink) + 48)) +
           (size_t)cfg->records_max *
               (sizeof(struct rr) + 24 +
                ON_LINKS * (sizeof(struct rrlink) + 8)) +
           cache_share(cfg) +
           (size_t)cfg->cache_max * (sizeof(struct source) + 64) +
           (size_t)cfg->watches_max *
               (sizeof(struct watch) + sizeof(struct question) + NAME +
                ON_LINKS * (sizeof(struct qlink) + 48));
}

/* splitmix64 */
static uint64_t random_bits(struct engine *e)
{
    uint64_t z = e->rng += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t engine_random(struct engine *e, uint32_t low, uint32_t high)
{
    uint64_t range = (uint64_t)high - low + 1;

    return low + (uint32_t)((random_bits(e) >> 32) * range >> 32);
}

struct engine *engine_init(void *mem, size_t len,
                           const struct engine_config *cfg, uint64_t now_ms)
{
    struct engine *e = mem;
    size_t own = (sizeof *e + 15) & ~(size_t)15;
    bool room;

    assert(len >= engine_memory(cfg));
    assert(cfg->tx_rate > 0 && cfg->cache_max > 0);
    e->cfg = *cfg;
    e->now = now_ms + TIME_BIAS_MS;
    e->rng = cfg->seed;
    e->hash_key = random_bits(e) | 1;
    heap_init(&e->heap, (uint8_t *)mem + own, len - own);
    timers_init(&e->timers, &e->heap);
    e->notes_end = &e->notes;
    e->stats.memory_size = len;
    e->cache_bytes_max = cache_share(cfg);
    room = names_init(e) && source_init(e);
    assert(room); /* engine_memory() saw to it */
    return e;
}

void *engine_get(struct engine *e, size_t len)
{
    void *p;

    do
        p = heap_get(&e->heap, len);
    while (p == NULL && cache_evict(e));
    return p;
}

bool engine_reserve_timer(struct engine *e)
{
    while (!timers_reserve(&e->timers))
        if (!cache_evict(e))
            return false;
    return true;
}

void engine_drop(struct engine *e, enum drop_reason why)
{
    e->stats.dropped[why]++;
}

void engine_malformed(struct engine *e, unsigned link, enum drop_reason why)
{
    engine_drop(e, why);
    e->stats.malformed[why][link]++;
}

/* --- the five calls -------------------------------------------------------- */

/* Header first: what is refused without a look at the rest. */
static bool is_acceptable(struct engine *e, const struct datagram *in,
                          const struct message_header *h)
{
    if (in->port == 0)
        engine_drop(e, DROP_PORT);
    else if (h->flags & MSG_OPCODE)
        engine_drop(e, DROP_OPCODE);
    else if (h->flags & MSG_RCODE)
        engine_drop(e, DROP_RCODE);
    else
        return true;
    return false;
}

void engine_receive(struct engine *e, uint64_t now_ms,
                    const struct datagram *in)
{
    struct wire_reader rd = wire_reader(in->data, in->len);
    struct message_header h;

    e->now = now_ms + TIME_BIAS_MS;
    if (in->link >= ENGINE_LINKS_MAX || !(e->up_links & link_bit(in->link)))
        return;
    e->packet++;
    e->stats.rx_packets[in->family >> 1][in->link]++;
    if (in->len > WIRE_MESSAGE_MAX) {
        engine_drop(e, DROP_TOO_BIG);
        return;
    }
    if (message_header_read(&rd, &h) && is_acceptable(e, in, &h)) {
        if (h.flags & MSG_QR)
            hear_response(e, in, &rd, &h);
        else
            answer_query(e, in, &rd, &h);
    }
    if (rd.err != WIRE_OK)
        engine_malformed(e, in->link, (enum drop_reason)(rd.err - 1));
}

static void run(struct engine *e, struct timer *t)
{
    struct link *l;

    switch (t->kind) {
    case TIMER_CLINK:
        clink_timer(e, CONTAINER(t, struct clink, timer));
        break;
    case TIMER_BATCH:
        schedule_batch_due(e, CONTAINER(t, struct batch, timer));
        break;
    case TIMER_REPLY:
        reply_due(e, CONTAINER(t, struct reply, timer), e->now);
        break;
    case TIMER_FLUSH:
        l = CONTAINER(t, struct link, flush);
        l->flush_now = true;
        tx_wanted(e, l->number);
        break;
    case TIMER_PACE:
        tx_wanted(e, CONTAINER(t, struct link, pace_timer)->number);
        break;
    case TIMER_QLINK:
        qlink_timer(e, CONTAINER(t, struct qlink, timer));
        break;
    case TIMER_CACHED:
        cache_timer(e, CONTAINER(t, struct cached, timer));
        break;
    default:
        assert(false);
    }
}

void engine_advance(struct engine *e, uint64_t now_ms)
{
    struct timer *t;

    e->now = now_ms + TIME_BIAS_MS;
    while ((t = timers_pop(&e->timers, e->now)) != NULL)
        run(e, t);
}

/* The packet in out[] over the next of its families. */
static void give_out(struct engine *e, struct datagram *out)
{
    uint8_t family = e->out_families & ADDR_V4 ? ADDR_V4 : ADDR_V6;

    e->out_families &= (uint8_t)~family;
    *out = (struct datagram){
        .link = e->out_link,
        .family = family,
        .multicast = true,
        .oneshot = e->out_oneshot,
        .port = 5353,
        .data = e->out,
        .len = e->out_len,
    };
}

/* The next link that may have something, in turn. */
static unsigned next_turn(struct engine *e)
{
    uint64_t behind = e->tx_links & (UINT64_MAX << e->tx_turn);
    unsigned link =
        (unsigned)__builtin_ctzll(behind != 0 ? behind : e->tx_links);

    e->tx_turn = (link + 1) % ENGINE_LINKS_MAX;
    return link;
}

bool engine_transmit(struct engine *e, uint64_t now_ms, struct datagram *out)
{
    e->now = now_ms + TIME_BIAS_MS;
    while (e->out_families == 0 && e->tx_links != 0) {
        unsigned turn = next_turn(e);

        out->data = NULL;
        if (!compose(e, &e->links[turn], out))
            e->tx_links &= ~link_bit(turn);
        else if (e->out_families == 0 && out->data != NULL)
            return true; /* a unicast reply */
    }
    if (e->out_families == 0)
        return false;
    give_out(e, out);
    return true;
}

bool engine_event(struct engine *e, struct event *out)
{
    return note_next(e, out);
}

/* After engine_shutdown() only the goodbyes count. */
static bool is_done(const struct engine *e)
{
    for (unsigned i = 0; e->shutdown && i < ENGINE_LINKS_MAX; i++)
        if ((e->up_links & link_bit(i)) && !list_empty(&e->links[i].ready))
            return false;
    return e->shutdown;
}

uint64_t engine_deadline_ms(const struct engine *e)
{
    uint64_t at = timers_next_ms(&e->timers);

    if (is_done(e) && e->out_families == 0)
        return UINT64_MAX;
    if (e->out_families != 0 || e->tx_links != 0)
        at = e->now;
    return at == UINT64_MAX ? at : at - TIME_BIAS_MS;
}

/* --- looking in -------------------------------------------------------------- */

const struct engine_stats *engine_stats(const struct engine *e)
{
    struct engine_stats *s = &((struct engine *)(uintptr_t)e)->stats;

    s->memory_used = sizeof *e + (size_t)e->heap.used * 8;
    return s;
}

const char *engine_drop_text(enum drop_reason why)
{
    static const char text[DROP_REASON_COUNT][16] = {
        "truncated", "bad-label", "bad-pointer", "name-too-long",
        "bad-rdata", "opcode",    "rcode",       "port",
        "off-link",  "unasked",   "too-big",     "cache-full",
        "busy",
    };

    return text[why];
}
