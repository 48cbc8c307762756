/*
 * fz_engine.c - fuzz target: the life of one host as a sequence of steps
 *
 * The input is read as steps: time passes; packets come, built from names,
 * types and rdata that matter to this host and then damaged, or raw bytes;
 * links go and come back; clients publish, change, withdraw, ask and stop
 * asking; packets it sent come back. The oracles are in host.h, and at the
 * end the host says goodbye and must become silent.
 */
#include <stddef.h>

#include "fuzz/host.h"

enum {
    PACKET_ROOM = 9100,
    ECHOES = 8,     /* packets sent lately, to be sent back */
    STEPS_MAX = 400,
};

struct life {
    struct fz_host h;
    bool nameless[HOST_CLAIMS];
    struct input in;
    uint8_t packet[PACKET_ROOM];
    size_t len;
    struct {
        struct datagram d;
        uint8_t data[9000];
    } echo[ECHOES];
    unsigned echoes;
};

static const char *const names[] = {
    "crh.local", "crh-2.local", "Web._http._tcp.local",
    "Web #2._http._tcp.local", "_http._tcp.local",
    "_services._dns-sd._udp.local", "_cdm._sub._http._tcp.local",
    "other.local", "Other._http._tcp.local", "Other._ipp._tcp.local",
    "_ipp._tcp.local", "2.7.168.192.in-addr.arpa", "local", ".",
    "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.local",
    "WEB._HTTP._tcp.local",
};
static const uint16_t types[] = {
    RR_A, RR_AAAA, RR_PTR, RR_SRV, RR_TXT, RR_ANY, RR_NSEC, RR_CNAME,
    RR_HINFO, RR_OPT, 65280, RR_MX, RR_SOA, RR_DNAME,
};
static const uint32_t ttls[] = {
    120, 4500, 0, 1, 60, 2250, 10, 0x7fffffff, 0x80000000, 0xffffffff, 59,
};
static const uint32_t steps_ms[] = {
    1, 20, 100, 125, 250, 251, 500, 999, 1000, 1001, 2000, 5000, 10000,
    60000, 125000, 65535,
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void pick_name(struct life *l, struct name *out)
{
    unsigned n = take8(&l->in);

    if (n >= 224) { /* the name that a claim has by now */
        const struct claim *c = l->h.claims[n % HOST_CLAIMS];

        if (c != NULL && !l->nameless[n % HOST_CLAIMS]) {
            engine_claim_name(c, out);
            return;
        }
    }
    fz_name(out, names[n % COUNT(names)]);
}

static struct addr pick_addr(struct life *l, uint8_t family)
{
    static const struct addr v4[] = {
        {ADDR_V4, {192, 168, 7, 3}}, {ADDR_V4, {192, 168, 7, 4}},
        {ADDR_V4, {192, 168, 7, 2}}, {ADDR_V4, {10, 9, 9, 9}},
        {ADDR_V4, {169, 254, 3, 4}}, {ADDR_V4, {192, 168, 8, 9}},
    };
    static const struct addr v6[] = {
        {ADDR_V6, {0xfe, 0x80, [15] = 3}}, {ADDR_V6, {0xfe, 0x80, [15] = 4}},
        {ADDR_V6, {0xfe, 0x80, [15] = 2}}, {ADDR_V6, {0x20, 1, [15] = 9}},
        {ADDR_V6, {0xfd, 7, [15] = 3}}, {ADDR_V6, {0xfe, 0x80, [15] = 7}},
    };
    unsigned n = take8(&l->in) % 6;

    return family == ADDR_V4 ? v4[n] : v6[n];
}

/* --- packets ----------------------------------------------------------- */

static void put8(struct life *l, unsigned v)
{
    if (l->len < PACKET_ROOM)
        l->packet[l->len++] = (uint8_t)v;
}

static void put16(struct life *l, unsigned v)
{
    put8(l, v >> 8);
    put8(l, v & 0xff);
}

static void put32(struct life *l, uint32_t v)
{
    put16(l, v >> 16);
    put16(l, v & 0xffff);
}

static void put_name(struct life *l, const struct name *n)
{
    for (unsigned i = 0; i < n->len; i++)
        put8(l, n->wire[i]);
}

static void put_rdata(struct life *l, uint16_t type)
{
    struct name n;
    unsigned form = take8(&l->in);

    switch (type) {
    case RR_A:
        put32(l, 0xc0a80700u + form % 8);
        break;
    case RR_AAAA:
        put32(l, 0xfe800000);
        put32(l, 0);
        put32(l, 0);
        put32(l, form % 8);
        break;
    case RR_SRV:
        put32(l, form & 0x80 ? 0x10001 : 0);
        put16(l, 80 + form % 3);
        pick_name(l, &n);
        put_name(l, &n);
        break;
    case RR_PTR: case RR_CNAME: case RR_DNAME:
        pick_name(l, &n);
        put_name(l, &n);
        break;
    case RR_NSEC:
        pick_name(l, &n);
        put_name(l, &n);
        put8(l, 0);
        put8(l, 5);
        put8(l, form);
        for (unsigned i = 0; i < 4; i++)
            put8(l, take8(&l->in));
        break;
    case RR_TXT:
        put8(l, 3);
        put8(l, 'a');
        put8(l, '=');
        put8(l, '1' + form % 3);
        break;
    default:
        for (unsigned i = form % 24; i > 0; i--)
            put8(l, take8(&l->in));
        break;
    }
}

/* A name of this packet by pointer now and then, else in full. */
static void put_owner(struct life *l)
{
    unsigned how = take8(&l->in);
    struct name n;

    if (how >= 240) {
        put16(l, 0xc000u | (how & 0x0f));
    } else if (how >= 200 && l->len > 12) {
        put16(l, 0xc00c);
    } else {
        pick_name(l, &n);
        put_name(l, &n);
    }
}

static void build_packet(struct life *l)
{
    static const uint16_t flags[] = {0, 0x8400, 0x0200, 0x8400, 0x8403,
                                     0x0800, 0x8600, 0x8000};
    unsigned shape = take8(&l->in);
    unsigned counts[4];

    l->len = 0;
    put16(l, shape & 8 ? take16(&l->in) : 0);
    put16(l, flags[shape & 7]);
    counts[0] = shape >> 4 & 3;
    counts[1] = take8(&l->in) % 8;
    counts[2] = shape >> 6 == 1 ? 1 + take8(&l->in) % 4 : 0;
    counts[3] = shape >> 6 == 2 ? 1 + take8(&l->in) % 4 : 0;
    for (unsigned i = 0; i < 4; i++)
        put16(l, counts[i]);
    for (unsigned i = 0; i < counts[0]; i++) {
        put_owner(l);
        unsigned pick = take8(&l->in);
        put16(l, types[pick % COUNT(types)]);
        put16(l, pick >= 200 ? 0x8001 : pick >= 190 ? 255 : 1);
    }
    for (unsigned i = counts[1] + counts[2] + counts[3]; i > 0; i--) {
        put_owner(l);
        unsigned pick = take8(&l->in);
        uint16_t type = types[pick % COUNT(types)];
        put16(l, type);
        put16(l, pick >= 250 ? pick : pick >= 128 ? 0x8001 : 1);
        put32(l, ttls[take8(&l->in) % COUNT(ttls)]);
        size_t mark = l->len;
        put16(l, 0);
        put_rdata(l, type);
        if (mark + 2 <= PACKET_ROOM) {
            l->packet[mark] = (uint8_t)((l->len - mark - 2) >> 8);
            l->packet[mark + 1] = (uint8_t)(l->len - mark - 2);
        }
    }
}

static void damage(struct life *l)
{
    unsigned how = take8(&l->in);

    if (how < 192)
        return;
    for (unsigned i = how & 3; i > 0 && l->len > 0; i--) {
        size_t at = take16(&l->in) % l->len;

        l->packet[at] ^= take8(&l->in);
    }
    if (how & 4 && l->len > 0)
        l->len = take16(&l->in) % l->len;
}

static void deliver(struct life *l)
{
    struct datagram d = {.data = l->packet, .len = l->len};
    unsigned how = take8(&l->in);

    d.link = how & 1;
    d.family = how & 2 ? ADDR_V6 : ADDR_V4;
    d.multicast = (how & 12) != 12;
    d.peer = pick_addr(l, d.family);
    d.port = how >= 224 ? (uint16_t)(how & 16 ? 0 : 40000) : MDNS_PORT;
    d.oneshot = l->h.links[d.link].oneshot && !d.multicast;
    if (!d.multicast && how & 32 && l->h.links[d.link].addr_count > 0 &&
        l->h.links[d.link].addrs[0].addr.family == d.family)
        d.local = l->h.links[d.link].addrs[0].addr;
    if (l->h.up[d.link] && (l->h.links[d.link].families & d.family) != 0)
        fz_receive(&l->h, &d);
}

static void step_raw(struct life *l)
{
    l->len = take16(&l->in) % PACKET_ROOM;
    if (l->len > l->in.left + 16)
        l->len = l->in.left;
    take_bytes(&l->in, l->packet, l->len);
    deliver(l);
}

static void remember(void *ctx, const struct datagram *d)
{
    struct life *l = ctx;
    unsigned i = l->echoes++ % ECHOES;

    l->echo[i].d = *d;
    memcpy(l->echo[i].data, d->data, d->len);
}

static void step_echo(struct life *l)
{
    unsigned i = take8(&l->in) % ECHOES;
    const struct datagram *was = &l->echo[i].d;

    if (l->echoes <= i)
        return;
    l->len = was->len;
    memcpy(l->packet, l->echo[i].data, l->len);
    damage(l);
    deliver(l);
}

/* --- links and clients --------------------------------------------------- */

static void step_link(struct life *l)
{
    unsigned how = take8(&l->in);
    unsigned link = how & 1;
    struct link_state st = {.families = ADDR_V4 | ADDR_V6, .mtu = 1500};

    if ((how & 6) == 0) {
        if (l->h.up[link])
            fz_link_down(&l->h, link);
        return;
    }
    if (how & 8)
        st.families = how & 16 ? ADDR_V4 : ADDR_V6;
    if (how & 32)
        st.mtu = how & 64 ? 576 : 9000;
    if (how & 128) {
        unsigned odd = take8(&l->in);

        st.polite = odd & 3;
        st.oneshot = (odd & 28) == 28;
    }
    unsigned addrs = take8(&l->in);
    if (st.families & ADDR_V4)
        st.addrs[st.addr_count++] = (struct link_addr){
            {ADDR_V4, {192, 168, (uint8_t)(7 + link), (uint8_t)(2 + addrs % 2)}},
            24};
    if (st.families & ADDR_V6)
        st.addrs[st.addr_count++] = (struct link_addr){
            {ADDR_V6, {0xfe, 0x80, [15] = (uint8_t)(2 + link)}}, 64};
    for (unsigned i = addrs >> 4; i > 0; i--)
        st.addrs[st.addr_count++] = (struct link_addr){
            {ADDR_V6, {0xfd, 7, [15] = (uint8_t)i}}, 64};
    fz_link_set(&l->h, link, &st);
}

/* A service: TXT, SRV at the host if there is one, and its PTR. */
static void publish_service(struct life *l, struct claim *c)
{
    struct name stype;
    struct rr_spec txt = {.type = RR_TXT, .rdata = (const uint8_t *)"\3a=1",
                          .rdata_len = 4};
    struct rr_spec ptr = {.owner = &stype, .type = RR_PTR, .shared = true,
                          .target = c};
    struct rr_spec srv = {.type = RR_SRV, .rdata_len = 6,
                          .rdata = (const uint8_t *)"\0\0\0\0\0\x50",
                          .target = l->h.claims[0]};

    if (srv.target == NULL)
        srv.target = c;
    fz_name(&stype, "_http._tcp.local");
    engine_claim_add(l->h.e, c, &txt);
    engine_claim_add(l->h.e, c, &ptr);
    engine_claim_add(l->h.e, c, &srv);
}

/* Only a shared record, of a subtype, that names an older claim. Its owner
 * differs by slot: no client publishes one shared record twice. */
static void publish_subtype(struct life *l, struct claim *c, unsigned slot)
{
    struct name owner;
    char label[] = {'_', (char)('a' + slot), 'd', 'm'};
    struct rr_spec ptr = {.owner = &owner, .type = RR_PTR, .shared = true,
                          .target = slot > 1 ? l->h.claims[1] : NULL};

    fz_name(&owner, "_sub._http._tcp.local");
    name_prepend(&owner, label, sizeof label);
    if (ptr.target == NULL) {
        ptr.rdata = (const uint8_t *)"\1x\5local";
        ptr.rdata_len = 9;
    }
    engine_claim_add(l->h.e, c, &ptr);
}

static void publish(struct life *l, unsigned slot, unsigned how)
{
    bool service = (how & 1) != 0;
    bool nameless = (how & 128) != 0;
    struct name name;
    struct claim *c;
    struct claim_spec spec = {
        .kind = service ? CLAIM_SERVICE : CLAIM_HOST,
        .on_conflict = (enum claim_conflict)((how >> 1 & 3) % 3),
        .links = how & 8 ? 1 : LINKS_ALL,
        .addresses = !service && !nameless,
        .reverse = !service && !nameless && (how & 16) != 0,
        .rename_suffix = how & 32 ? "00aa" : NULL,
        .name = nameless ? NULL : &name,
    };

    fz_name(&name, names[(service ? 2 : 0) + (how & 64 ? 6 : 0)]);
    if (engine_claim_new(l->h.e, &spec, &c) != ENGINE_OK)
        return;
    if (nameless)
        publish_subtype(l, c, slot);
    else if (service)
        publish_service(l, c);
    l->h.claims[slot] = c;
    l->nameless[slot] = nameless;
    engine_claim_commit(l->h.e, l->h.now_ms, c);
    fz_pull(&l->h);
}

/* Claims point at older ones: those after it go first. */
static void withdraw_from(struct life *l, unsigned slot)
{
    for (unsigned i = HOST_CLAIMS; i-- > slot;) {
        struct claim *c = l->h.claims[i];

        if (c == NULL)
            continue;
        l->h.claims[i] = NULL;
        engine_claim_withdraw(l->h.e, l->h.now_ms, c);
        fz_pull(&l->h);
    }
}

static void step_claim(struct life *l)
{
    unsigned what = take8(&l->in);
    unsigned slot = what % HOST_CLAIMS;
    struct claim *c = l->h.claims[slot];
    struct name name;

    if (c == NULL) {
        publish(l, slot, take8(&l->in));
    } else if (what < 80) {
        withdraw_from(l, slot);
    } else if (what < 200) {
        uint8_t txt[64] = {(uint8_t)(take8(&l->in) % 64)};

        take_bytes(&l->in, txt + 1, txt[0]);
        engine_claim_update(l->h.e, l->h.now_ms, c, RR_TXT, txt, txt[0] + 1u);
        fz_pull(&l->h);
    } else if (!l->nameless[slot]) {
        fz_name(&name, names[take8(&l->in) % 9]);
        engine_claim_rename(l->h.e, l->h.now_ms, c, &name);
        fz_pull(&l->h);
    }
}

static void step_watch(struct life *l)
{
    unsigned what = take8(&l->in);
    unsigned slot = what % HOST_WATCHES;
    struct name name;

    if (l->h.watches[slot].w != NULL) {
        fz_unwatch(&l->h, slot);
        return;
    }
    pick_name(l, &name);
    fz_watch(&l->h, slot, &name, types[take8(&l->in) % 9],
             what >= 240 ? 2 : LINKS_ALL);
}

static void step_rest(struct life *l)
{
    unsigned what = take8(&l->in);
    unsigned link = what & 1;
    uint8_t family = what & 2 ? ADDR_V6 : ADDR_V4;
    struct name name;

    if (what < 64) {
        engine_links_refresh(l->h.e, l->h.now_ms, what & 4 ? 1 : LINKS_ALL);
    } else if (what < 128) {
        pick_name(l, &name);
        engine_reconfirm(l->h.e, l->h.now_ms, &name,
                         types[take8(&l->in) % 6], NULL, 0);
    } else if (l->h.up[link]) {
        bool blocked = !l->h.blocked[link][family];

        l->h.blocked[link][family] = blocked;
        engine_link_blocked(l->h.e, link, family, blocked);
    }
    fz_pull(&l->h);
}

static void start(struct life *l)
{
    unsigned how = take8(&l->in);
    struct link_state st = {
        .families = ADDR_V4 | ADDR_V6, .mtu = 1500, .addr_count = 2,
        .addrs = {{{ADDR_V4, {192, 168, 7, 2}}, 24},
                  {{ADDR_V6, {0xfe, 0x80, [15] = 2}}, 64}}};
    struct name name;

    engine_config_default(&l->h.config);
    l->h.config.seed = how;
    l->h.config.claims_max = how & 1 ? 4 : HOST_CLAIMS;
    l->h.config.records_max = how & 2 ? 40 : 400;
    l->h.config.rdata_max = how & 4 ? 600 : 16384;
    l->h.config.cache_max = how & 8 ? 8 : 128;
    l->h.config.cache_per_source = how & 16 ? 4 : 64;
    l->h.config.watches_max = HOST_WATCHES;
    l->h.sent = remember;
    l->h.ctx = l;
    fz_open(&l->h, 1000);
    if (how & 32)
        fz_link_set(&l->h, 0, &st);
    publish(l, 0, 0x10);
    publish(l, 1, 0x01);
    fz_name(&name, "_http._tcp.local");
    fz_watch(&l->h, 0, &name, RR_PTR, LINKS_ALL);
    fz_name(&name, "Other._http._tcp.local");
    fz_watch(&l->h, 1, &name, RR_SRV, LINKS_ALL);
    if ((how & 32) == 0)
        fz_link_set(&l->h, 0, &st);
    if (how & 64)
        fz_run(&l->h, l->h.now_ms + 3000); /* announced */
}

static void step(struct life *l)
{
    unsigned op = take8(&l->in);

    switch (op % 16) {
    case 0: case 1: case 2: case 3:
        fz_run(&l->h, l->h.now_ms + steps_ms[take8(&l->in) % 16]);
        break;
    case 4: case 5: case 6: case 7: case 8:
        build_packet(l);
        damage(l);
        deliver(l);
        break;
    case 9: step_raw(l); break;
    case 10: step_echo(l); break;
    case 11: step_link(l); break;
    case 12: step_claim(l); break;
    case 13: step_watch(l); break;
    case 14: step_rest(l); break;
    default:
        fz_run(&l->h, l->h.now_ms + take8(&l->in));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct life life;
    struct life *l = &life;

    memset(l, 0, sizeof *l);
    l->in = (struct input){data, size};
    start(l);
    for (unsigned i = 0; i < STEPS_MAX && l->in.left > 0; i++)
        step(l);
    fz_close(&l->h);
    return 0;
}
