/*
 * test_loop.c - the loop between a fake kernel and a fake engine
 *
 * The engine here only writes down what it is told and sends what a test
 * queues, so that each test sees the loop's own doing.
 */
#include "crier/loop.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

/* --- the fake engine --------------------------------------------------- */

struct engine {
    unsigned todo[ENGINE_LINKS_MAX][2]; /* packets to send; IPv4, IPv6 */
    bool blocked[ENGINE_LINKS_MAX][2];
    bool up[ENGINE_LINKS_MAX];
    struct link_state st[ENGINE_LINKS_MAX];
    unsigned packet;   /* number of the next one */
    unsigned received[ENGINE_LINKS_MAX];
    uint64_t beat_ms;  /* each second a packet on all links; 0 never */
    bool always_due;
    bool echo;         /* answer by unicast what comes */
    struct datagram reply;
    bool has_reply;
    bool shut;
};
static struct engine e;

static char trace[8192];

static void note(const char *format, ...)
{
    size_t n = strlen(trace);
    va_list ap;

    va_start(ap, format);
    vsnprintf(trace + n, sizeof trace - n, format, ap);
    va_end(ap);
}

void engine_config_default(struct engine_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
}

size_t engine_memory(const struct engine_config *cfg)
{
    (void)cfg;
    return 1;
}

struct engine *engine_init(void *mem, size_t len,
                           const struct engine_config *cfg, uint64_t now_ms)
{
    (void)mem;
    (void)len;
    (void)cfg;
    (void)now_ms;
    memset(&e, 0, sizeof e);
    return &e;
}

void engine_receive(struct engine *en, uint64_t now_ms,
                    const struct datagram *in)
{
    (void)now_ms;
    assert_true(en->up[in->link]);
    en->received[in->link]++;
    if (in->len > 9000)
        note("big ");
    if (en->echo) {
        en->reply = *in;
        en->reply.multicast = false;
        en->has_reply = true;
    }
}

static bool due(const struct engine *en)
{
    for (unsigned l = 0; l < ENGINE_LINKS_MAX; l++) {
        for (unsigned f = 0; f < 2; f++) {
            if (en->todo[l][f] > 0 && !en->blocked[l][f])
                return true;
        }
    }
    return en->has_reply;
}

void engine_advance(struct engine *en, uint64_t now_ms)
{
    if (en->beat_ms == 0 || now_ms < en->beat_ms)
        return;
    en->beat_ms = now_ms + 1000;
    for (unsigned l = 0; l < ENGINE_LINKS_MAX; l++) {
        for (unsigned f = 0; f < 2 && en->up[l]; f++)
            en->todo[l][f] += (en->st[l].families & 1u << f) != 0;
    }
}

bool engine_transmit(struct engine *en, uint64_t now_ms, struct datagram *out)
{
    static char data[32];

    (void)now_ms;
    if (en->has_reply) {
        *out = en->reply;
        en->has_reply = false;
        return true;
    }
    for (unsigned l = 0; l < ENGINE_LINKS_MAX; l++) {
        for (unsigned f = 0; f < 2; f++) {
            if (en->todo[l][f] == 0 || en->blocked[l][f])
                continue;
            en->todo[l][f]--;
            snprintf(data, sizeof data, "packet %u", en->packet++);
            memset(out, 0, sizeof *out);
            out->link = (uint8_t)l;
            out->family = f == 0 ? ADDR_V4 : ADDR_V6;
            out->multicast = true;
            out->data = (const uint8_t *)data;
            out->len = strlen(data);
            return true;
        }
    }
    return false;
}

void engine_link_blocked(struct engine *en, unsigned link, uint8_t family,
                         bool blocked)
{
    assert_int_not_equal(en->blocked[link][family - 1], blocked);
    en->blocked[link][family - 1] = blocked;
}

uint64_t engine_deadline_ms(const struct engine *en)
{
    if (due(en) || en->always_due)
        return 0;
    return en->beat_ms != 0 && !en->shut ? en->beat_ms : UINT64_MAX;
}

void engine_link_set(struct engine *en, uint64_t now_ms, unsigned link,
                     const struct link_state *st)
{
    (void)now_ms;
    note("set%u:%u:%u ", link, st->families, st->addr_count);
    en->up[link] = true;
    en->st[link] = *st;
}

void engine_link_down(struct engine *en, uint64_t now_ms, unsigned link)
{
    (void)now_ms;
    note("down%u ", link);
    assert_true(en->up[link]);
    en->up[link] = false;
    memset(en->todo[link], 0, sizeof en->todo[link]);
}

void engine_links_refresh(struct engine *en, uint64_t now_ms, uint64_t links)
{
    (void)en;
    (void)now_ms;
    note(links == LINKS_ALL ? "refresh " : "refresh? ");
}

void engine_shutdown(struct engine *en, uint64_t now_ms)
{
    (void)now_ms;
    note("shutdown ");
    en->shut = true;
    for (unsigned l = 0; l < ENGINE_LINKS_MAX; l++) {
        for (unsigned f = 0; f < 2 && en->up[l]; f++)
            en->todo[l][f] += (en->st[l].families & 1u << f) != 0;
    }
}

void dnssd_config_default(struct dnssd_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
}

uint32_t dnssd_watches(const struct dnssd_config *cfg)
{
    (void)cfg;
    return 16;
}

size_t dnssd_memory(const struct dnssd_config *cfg)
{
    (void)cfg;
    return 1;
}

struct dnssd *dnssd_init(void *mem, size_t len, const struct dnssd_config *cfg,
                         struct engine *en)
{
    (void)len;
    (void)cfg;
    (void)en;
    return mem;
}

bool dnssd_event(struct dnssd *d, uint64_t now_ms, struct dnssd_event *out)
{
    (void)d;
    (void)now_ms;
    (void)out;
    return false;
}

/* --- one loop ---------------------------------------------------------- */

static struct loop *loop;
static struct loop_config cfg;
static uint64_t start_ms;

static void on_link(void *ctx, unsigned link, enum loop_link_event what,
                    int err)
{
    (void)ctx;
    if (what == LOOP_LINK_ERROR)
        note("error%u:%d ", link, -err);
    else if (what == LOOP_LINK_POLITE)
        note("polite%u ", link);
}

static void end(void)
{
    loop_stop(loop, false);
    fake.interrupt = true;
}

static int setup(void **state)
{
    (void)state;
    fake_start();
    fake.at_end = end;
    fake_iface("eth0", 2, "10.0.0.1/24 fe80::1/64");
    trace[0] = '\0';
    loop_config_default(&cfg);
    cfg.poll_interfaces = true;
    cfg.poll_ms = 1000;
    cfg.rejoin_ms = 0;
    start_ms = fake.now_ms;
    return 0;
}

static void begin(void)
{
    static const struct loop_hooks hooks = {.link = on_link};
    int err;

    loop = loop_new(&cfg, &hooks, &err);
    assert_non_null(loop);
}

static void finish(void)
{
    loop_free(loop);
    assert_int_equal(fake_open_count(), 0);
}

static int teardown(void **state)
{
    (void)state;
    fake_stop();
    return 0;
}

/* Run for that time, measured from the start of the test. */
static void run_to(uint64_t ms)
{
    fake_at(start_ms + ms, end);
    begin();
    loop_run(loop);
    finish();
}

static void at(uint64_t ms, void (*run)(void))
{
    fake_at(start_ms + ms, run);
}

/* --- links ------------------------------------------------------------- */

static void add_address(void)
{
    fake_iface_addrs(fake_iface_find("eth0"),
                     "10.0.0.1/24 10.0.0.2/24 fe80::1/64");
}

static void lose_carrier(void)
{
    fake_iface_find("eth0")->flags &= ~(unsigned)IFF_RUNNING;
}

static void regain_carrier(void)
{
    fake_iface_find("eth0")->flags |= IFF_RUNNING;
}

static void remove_eth0(void)
{
    fake_iface_remove("eth0");
}

static void add_eth1(void)
{
    fake_iface("eth1", 5, "10.1.0.1/24");
}

static void new_eth0(void)
{
    fake_iface("eth0", 7, "10.0.0.1/24");
}

static void swap_eth0(void)
{
    remove_eth0();
    fake_iface("eth0", 8, "10.0.0.1/24");
}

static void drop_addresses(void)
{
    fake_iface_addrs(fake_iface_find("eth0"), "");
}

static void links_come_and_go(void **state)
{
    (void)state;
    at(5000, add_address);
    at(10000, lose_carrier);
    at(15000, regain_carrier);
    at(20000, add_eth1);
    at(25000, remove_eth0);
    at(30000, new_eth0); /* the old name gets the old number */
    at(35000, swap_eth0);
    at(40000, drop_addresses);
    at(45000, add_address);
    run_to(50000);
    assert_string_equal(trace, "set0:3:2 set0:3:3 down0 set0:3:3 set1:1:1 "
                               "down0 set0:1:1 down0 set0:1:1 down0 "
                               "set0:3:3 ");
}

static void unchanged_is_silent(void **state)
{
    (void)state;
    cfg.poll_ms = 5000;
    run_to(HOUR);
    assert_string_equal(trace, "set0:3:2 ");
    assert_int_equal(fake.joins, 2);
    assert_in_range(fake.selects, 700, 740); /* as often as it polls */
}

static void starts_with_nothing(void **state)
{
    (void)state;
    remove_eth0();
    at(5000, add_eth1);
    run_to(10000);
    assert_string_equal(trace, "set0:1:1 ");
}

static const struct {
    const char *globs; /* separated by blanks */
    const char *yes, *no;
} choices[] = {
    {"", "eth0 wlan0 enp3s0 br0 bond0 virbr0 br-lan br-0123456789abc tap0",
     "lo veth12 docker0 br-0123456789ab tun0 ppp0"},
    {"!eth1", "eth0 wlan0", "eth1 lo veth0"},
    {"eth*", "eth0 eth", "wlan0 xeth0 lo"},
    {"eth* !eth1", "eth0 eth2", "eth1 wlan0"},
    {"!eth1 eth*", "eth0 eth2", "eth1 wlan0"},
    {"lo veth?", "lo veth1", "veth12 eth0"},
    {"*", "eth0 lo docker0", ""},
    {"* !*", "", "eth0 lo"},
};

static unsigned split(char *text, const char **words)
{
    unsigned n = 0;

    for (char *p = text; *p != '\0';) {
        words[n++] = p;
        p += strcspn(p, " ");
        if (*p != '\0')
            *p++ = '\0';
    }
    return n;
}

static void chooses_interfaces(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(choices); i++) {
        const char *globs[8], *words[16];
        char texts[3][100];
        unsigned n;

        snprintf(texts[0], 100, "%s", choices[i].globs);
        snprintf(texts[1], 100, "%s", choices[i].yes);
        snprintf(texts[2], 100, "%s", choices[i].no);
        n = split(texts[0], globs);
        for (unsigned no = 0; no < 2; no++) {
            unsigned m = split(texts[1 + no], words);

            for (unsigned k = 0; k < m; k++) {
                print_message("%s: %s\n", choices[i].globs, words[k]);
                assert_int_equal(loop_iface_wanted(globs, n, words[k]),
                                 no == 0);
            }
        }
    }
}

static void serves_what_it_can(void **state)
{
    (void)state;
    fake_iface("down0", 11, "10.2.0.1/24")->flags = IFF_MULTICAST;
    fake_iface("deaf0", 12, "10.3.0.1/24")->flags = IFF_UP | IFF_RUNNING;
    fake_iface("bare0", 13, "");
    fake_iface("lo", 1, "127.0.0.1/8")->flags =
        IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
    cfg.ifglobs[cfg.ifglob_count++] = "*";
    run_to(5000);
    assert_string_equal(trace, "set0:3:2 set1:1:1 "); /* eth0 and lo */
}

static void more_than_64_links(void **state)
{
    char name[16], addr[32];

    (void)state;
    for (unsigned i = 1; i < FAKE_IFACES; i++) {
        snprintf(name, sizeof name, "v%u", i);
        snprintf(addr, sizeof addr, "10.1.%u.1/24", i);
        fake_iface(name, 100 + i, addr);
    }
    run_to(20000);
    assert_non_null(strstr(trace, "set63:1:1 error255:28 "));
    assert_null(strstr(strstr(trace, "error") + 1, "error")); /* told once */
    assert_int_equal(fake.joins, 64 * 2);
}

/* --- sending ----------------------------------------------------------- */

static void send_three(void)
{
    e.todo[0][0] += 3;
}

static void send_three_six(void)
{
    e.todo[0][1] += 3;
}

static int send_error;

static void break_v4(void)
{
    fake_sock("224.0.0.251", 2)->send_err = send_error;
}

static void mend_v4(void)
{
    fake_sock("224.0.0.251", 2)->send_err = 0;
}

static const char *sent_list(void)
{
    static char out[4096];
    size_t n = 0;

    out[0] = '\0';
    for (unsigned i = 0; i < fake.sent_count && n < sizeof out - 60; i++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%u:%s@%u ",
                              fake.sent[i].family, fake.sent[i].start + 7,
                              (unsigned)(fake.sent[i].at_ms - start_ms));
    return out;
}

/* What would block is kept as it is, and the other family goes on. */
static void send_would_block(void **state)
{
    (void)state;
    cfg.poll_ms = 100;
    send_error = EAGAIN;
    at(1000, break_v4);
    at(1001, send_three);
    at(1500, send_three_six);
    at(2000, mend_v4);
    run_to(3000);
    assert_string_equal(sent_list(), "2:1@1500 2:2@1500 2:3@1500 "
                                     "1:0@2000 1:4@2000 1:5@2000 ");
}

static void no_buffers(void **state)
{
    (void)state;
    cfg.poll_ms = 100;
    send_error = ENOBUFS;
    at(1000, break_v4);
    at(1001, send_three);
    at(1150, mend_v4);
    run_to(3000);
    assert_string_equal(sent_list(), "1:0@1160 1:1@1160 1:2@1160 ");
}

/* H-72: for an hour; one report, bounded work, the other family unharmed. */
static void cannot_send_for_an_hour(void **state)
{
    static const int errors[] = {EAGAIN, ENOBUFS, EPERM, EMSGSIZE, EINVAL};

    for (size_t i = 0; i < COUNT(errors); i++) {
        char want[64];

        fake_stop();
        setup(state);
        snprintf(want, sizeof want, "set0:3:2 error0:%d ", errors[i]);
        send_error = errors[i];
        at(2000, break_v4);
        at(HOUR, end);
        begin();
        e.beat_ms = start_ms + 2500;
        loop_run(loop);
        finish();
        assert_string_equal(trace, want);
        assert_in_range(fake.sent_count, 3590, 3600); /* IPv6, all of it */
        assert_in_range(fake.selects, 3600, 200000);
    }
}

/* H-71: an error that tells of the link makes the loop look, not spin. */
static void link_is_going_away(void **state)
{
    static const int errors[] = {ENETDOWN, ENODEV, EADDRNOTAVAIL, ENETUNREACH};

    for (size_t i = 0; i < COUNT(errors); i++) {
        fake_stop();
        setup(state);
        cfg.poll_ms = HOUR;
        send_error = errors[i];
        at(2000, break_v4);
        at(10000, remove_eth0);
        at(20000, end);
        begin();
        e.beat_ms = start_ms + 2500;
        loop_run(loop);
        finish();
        assert_string_equal(trace, "set0:3:2 down0 ");
        assert_in_range(fake.selects, 10, 100);
    }
}

static void send_hundred(void)
{
    e.todo[0][0] += 100;
}

/* H-79: what waited when the link went is not sent when it is back. */
static void nothing_stale(void **state)
{
    (void)state;
    cfg.poll_ms = 100;
    send_error = EAGAIN;
    at(1000, break_v4);
    at(1001, send_hundred);
    at(1200, lose_carrier);
    at(2200, regain_carrier);
    at(3000, send_three);
    run_to(5000);
    assert_string_equal(trace, "set0:3:2 down0 set0:3:2 ");
    assert_string_equal(sent_list(), "1:1@3000 1:2@3000 1:3@3000 ");
}

/* --- receiving --------------------------------------------------------- */

static void flood(void)
{
    for (unsigned i = 0; i < 200; i++)
        fake_arrive(fake_sock("224.0.0.251", 2), "10.0.0.9", 5353, "q", 1);
    fake_arrive(fake_sock("fe80::1", 2), "fe80::9", 5353, "q", 1);
}

static unsigned selects_before;

static void count_from_here(void)
{
    selects_before = (unsigned)fake.selects;
}

static void floods_are_read_in_batches(void **state)
{
    (void)state;
    cfg.poll_ms = HOUR;
    at(2000, flood);
    at(3000, count_from_here);
    at(3000, flood);
    run_to(4000);
    assert_int_equal(e.received[0], 402);
    /* One select() for many packets: at most 64, fewer to begin with. */
    assert_in_range(fake.selects - selects_before, 4, 15);
}

static void too_long_a_packet(void)
{
    static uint8_t data[9050];

    for (unsigned i = 0; i < 3; i++)
        fake_arrive(fake_sock("10.0.0.1", 0), "10.0.0.9", 5353, data,
                    8999 + i);
    fake_arrive(fake_sock("10.0.0.1", 0), "10.0.0.9", 5353, data, 9050);
    fake_arrive(fake_sock("10.0.0.1", 0), "10.0.0.9", 5353, data, 0);
}

/* The engine is given them to count. */
static void long_packets(void **state)
{
    (void)state;
    at(2000, too_long_a_packet);
    run_to(3000);
    assert_string_equal(trace, "set0:3:2 big big ");
    assert_int_equal(e.received[0], 5);
}

static void break_receiving(void)
{
    struct fake_fd *f = fake_sock("224.0.0.251", 2);

    if (f != NULL)
        f->recv_err = EIO;
}

static unsigned reopened;

static void break_again(void)
{
    struct fake_fd *f = fake_sock("224.0.0.251", 2);

    reopened += f != NULL && f->recv_err == 0;
    break_receiving();
    if (fake.now_ms < start_ms + HOUR)
        fake.steps[--fake.step_next].at_ms += 100;
}

/* H-73: the socket is replaced, ever more seldom; no spinning meanwhile. */
static void cannot_receive_for_an_hour(void **state)
{
    (void)state;
    cfg.poll_ms = 2 * HOUR;
    reopened = 0;
    at(2000, break_again);
    run_to(HOUR);
    assert_string_equal(trace, "set0:3:2 ");
    assert_in_range(reopened, 59, 70);
    assert_in_range(fake.selects, 500, 4000);
}

static void mend_receiving(void)
{
    fake_arrive(fake_sock("224.0.0.251", 2), "10.0.0.9", 5353, "q", 1);
}

static void receives_again(void **state)
{
    (void)state;
    at(2000, break_receiving);
    at(10000, mend_receiving);
    run_to(11000);
    assert_int_equal(e.received[0], 1);
}

static void close_behind_its_back(void)
{
    fake_close((int)(fake_sock("224.0.0.251", 2) - fake.fds) +
               FAKE_FIRST_FD);
}

static void closed_descriptor(void **state)
{
    (void)state;
    at(2000, close_behind_its_back);
    at(10000, mend_receiving); /* it is back */
    run_to(11000);
    assert_int_equal(e.received[0], 1);
    assert_in_range(fake.selects, 5, 40);
}

/* --- which link -------------------------------------------------------- */

static void from_anywhere(void)
{
    static const char *const sources[] = {"10.0.0.9", "10.1.0.9",
                                          "172.16.0.1"};

    for (unsigned i = 0; i < COUNT(sources); i++) {
        fake_arrive(fake_sock("224.0.0.251", 2), sources[i], 5353, "q", 1);
        fake_arrive(fake_sock("224.0.0.251", 5), sources[i], 5353, "q", 1);
    }
}

/* M-11.0-03: where nothing keeps links apart the source's subnet does; a
 * source in none is heard once, on the first link. */
static void link_by_subnet(void **state)
{
    (void)state;
    add_eth1();
    fake.no_multicast_all = fake.no_bind_device = true;
    at(2000, from_anywhere);
    run_to(3000);
    assert_int_equal(e.received[0], 2);
    assert_int_equal(e.received[1], 1);
}

/* --- others on this host ----------------------------------------------- */

static void own_packet_is_heard(void)
{
    const struct fake_sent *s = &fake.sent[fake.sent_count - 1];

    fake_arrive(fake_sock("224.0.0.251", 2), "10.0.0.1", 5353, s->start,
                s->len);
}

static void wildcard_starts(void)
{
    fake_foreign("0.0.0.0", true, true);
}

static void foreign_packet_from_own_address(void)
{
    fake_arrive(fake_sock("224.0.0.251", 2), "10.0.0.1", 5353, "other", 5);
}

static void everybody_leaves(void)
{
    for (int i = 0; i < FAKE_SOCKS; i++) {
        if (fake.fds[i].kind == FAKE_SOCKET && fake.fds[i].foreign)
            fake_close(FAKE_FIRST_FD + i);
    }
}

static void rival_comes_and_goes(void **state)
{
    (void)state;
    cfg.poll_ms = 100;
    cfg.rejoin_ms = 60000;
    at(2000, send_three);
    at(2500, own_packet_is_heard);
    at(3000, foreign_packet_from_own_address); /* a polite second crier */
    at(4000, wildcard_starts);
    at(5000, own_packet_is_heard); /* tells nothing */
    at(10000, foreign_packet_from_own_address);
    at(20000, everybody_leaves);
    run_to(70000);
    assert_string_equal(trace, "set0:3:2 set0:3:2 polite0 set0:3:2 ");
    assert_int_equal(e.st[0].polite, 0);
}

/* --- time -------------------------------------------------------------- */

static void sleep_half_an_hour(void)
{
    fake.slept_ms += 30 * MINUTE;
}

static void wakes_from_sleep(void **state)
{
    (void)state;
    at(5000, sleep_half_an_hour);
    run_to(20000);
    assert_string_equal(trace, "set0:3:2 refresh ");
}

static void joins_now_and_then(void **state)
{
    (void)state;
    cfg.poll_ms = HOUR;
    cfg.rejoin_ms = 600000;
    run_to(HOUR - 1);
    assert_int_equal(fake.joins, 2 * 6); /* at the start and five times */
    assert_string_equal(trace, "set0:3:2 ");
}

/* I13: an engine that is always due, with nothing to do, must not spin. */
static void due_without_work(void **state)
{
    (void)state;
    at(3000, end);
    begin();
    e.always_due = true;
    loop_run(loop);
    finish();
    assert_in_range(fake.selects, 100, 3100);
}

static void dawdle(void *ctx, uint64_t now_ms)
{
    static const unsigned takes_ms[] = {20, 250, 30, 0};
    unsigned *turn = ctx;

    (void)now_ms;
    fake.now_ms += takes_ms[*turn < 3 ? (*turn)++ : 3];
}

/* A turn is what lies between two waits, however long these are. */
static void longest_turn(void **state)
{
    unsigned turn = 0;
    struct loop_hooks hooks = {.ctx = &turn, .tick = dawdle};
    int err;

    (void)state;
    at(60000, end);
    loop = loop_new(&cfg, &hooks, &err);
    assert_non_null(loop);
    loop_run(loop);
    assert_int_equal(turn, 3);
    assert_int_equal(loop_longest_ms(loop), 250);
    finish();
}

static void reload(void *ctx, int signo)
{
    (void)ctx;
    if (signo == SIGHUP)
        fake.now_ms += 140;
}

static void note_clock(void *ctx, uint64_t now_ms)
{
    (void)ctx;
    assert_int_equal(now_ms, fake.now_ms);
}

static void hang_up(void)
{
    raise(SIGHUP);
}

/* What an owner does on a signal may take long, and is part of the turn; what
 * comes after it sees the time as it is. */
static void clock_after_a_reload(void **state)
{
    struct loop_hooks hooks = {.signal = reload, .tick = note_clock};
    int err;

    (void)state;
    at(2000, hang_up);
    at(60000, end);
    loop = loop_new(&cfg, &hooks, &err);
    assert_non_null(loop);
    loop_run(loop);
    assert_int_equal(loop_longest_ms(loop), 140);
    finish();
}

/* --- the end ----------------------------------------------------------- */

static void terminate(void)
{
    raise(SIGTERM);
}

static void says_goodbye(void **state)
{
    (void)state;
    at(2000, terminate);
    begin();
    loop_run(loop);
    finish();
    assert_string_equal(trace, "set0:3:2 shutdown ");
    assert_string_equal(sent_list(), "1:0@2000 2:1@2000 ");
    assert_int_equal(fake.now_ms, start_ms + 2000);
}

static void goodbye_that_cannot_leave(void **state)
{
    (void)state;
    send_error = EAGAIN;
    at(1900, break_v4);
    at(2000, terminate);
    begin();
    loop_run(loop);
    finish();
    assert_string_equal(sent_list(), "2:1@2000 ");
    assert_int_equal(fake.now_ms, start_ms + 2500);
}

static void every_signal_a_thousand_times(void)
{
    static const int signals[] = {SIGHUP, SIGUSR1, SIGCHLD, SIGPIPE};

    for (unsigned i = 0; i < 4000; i++)
        raise(signals[i % COUNT(signals)]);
}

/* H-80: without hooks they do nothing, and TERM still gets through after. */
static void storm_of_signals(void **state)
{
    (void)state;
    at(1000, every_signal_a_thousand_times);
    at(2000, terminate);
    run_to(10000);
    assert_string_equal(trace, "set0:3:2 shutdown ");
}

/* --- descriptors of the owner ------------------------------------------ */

static int pipes[3][2];
static unsigned calls[3];

static void on_pipe(void *ctx, int fd)
{
    unsigned i = *(unsigned *)ctx;
    char byte;

    assert_int_equal(fd, pipes[i][0]);
    assert_int_equal(read(fd, &byte, 1), 1);
    calls[i]++;
    /* The first takes the second away, though that is ready too. */
    if (i == 0)
        loop_fd_remove(loop, pipes[1][0]);
}

static void write_pipes(void)
{
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(write(pipes[i][1], "x", 1), 1);
}

static void owners_descriptors(void **state)
{
    unsigned index[3] = {0, 1, 2};

    (void)state;
    at(1000, write_pipes);
    at(2000, end);
    begin();
    for (unsigned i = 0; i < 3; i++) {
        calls[i] = 0;
        assert_int_equal(pipe(pipes[i]), 0);
        assert_int_equal(loop_fd_add(loop, pipes[i][0], false, on_pipe,
                                     &index[i]), 0);
    }
    assert_int_equal(loop_fd_add(loop, FD_SETSIZE, false, on_pipe, NULL), -1);
    assert_int_equal(loop_fd_add(loop, -1, false, on_pipe, NULL), -1);
    for (int fd = 500; fd < 500 + LOOP_FDS_MAX - 3; fd++)
        assert_int_equal(loop_fd_add(loop, fd, false, on_pipe, NULL), 0);
    assert_int_equal(loop_fd_add(loop, 400, false, on_pipe, NULL), -1);
    for (int fd = 500; fd < 500 + LOOP_FDS_MAX - 3; fd++)
        loop_fd_remove(loop, fd);
    loop_run(loop);
    finish();
    assert_int_equal(calls[0], 1);
    assert_int_equal(calls[1], 0);
    assert_int_equal(calls[2], 1);
    for (unsigned i = 0; i < 3; i++) {
        close(pipes[i][0]);
        close(pipes[i][1]);
    }
}

/* --- torture ----------------------------------------------------------- */

static void ask_unicast(void)
{
    struct fake_fd *f = fake_sock("10.0.0.1", 0);

    e.echo = true;
    if (f != NULL)
        fake_arrive(f, "10.0.0.9", 40000, "echo", 4);
}

static void stop_failing(void)
{
    fake.fail_at = 0;
}

static unsigned sent_before;

static void count_sent(void)
{
    sent_before = fake.sent_count;
}

/* A life with a bit of everything; the n-th call of it fails. Returns
 * whether there was such a call. */
static bool tortured_life(unsigned long n, bool from, int err)
{
    bool failed;

    fake_stop();
    setup(NULL);
    cfg.rejoin_ms = 4000;
    at(1500, add_address);
    at(2500, ask_unicast);
    at(3000, lose_carrier);
    at(5000, regain_carrier);
    at(6000, add_eth1);
    at(8000, stop_failing);
    at(150000, count_sent); /* longer than any back-off */
    at(152500, terminate);
    begin();
    e.beat_ms = start_ms + 1000;
    fake.calls = 0;
    fake.fail_at = n;
    fake.fail_from = from;
    fake.fail_errno = err;
    loop_run(loop);
    failed = fake.failed > 0;
    /* All is well again: both links, both families of the first. */
    assert_int_equal(loop_link_count(loop), 2);
    assert_int_equal(e.st[0].families, ADDR_V4 | ADDR_V6);
    assert_in_range(fake.sent_count - sent_before, 9, 15);
    assert_in_range(fake.selects, 100, 20000);
    finish();
    return failed;
}

static void every_call_fails_once(void **state)
{
    static const int errors[] = {EINTR, EAGAIN, ENOBUFS, ENETDOWN, EMFILE,
                                 EADDRINUSE, EBADF, EINVAL};
    unsigned long n;

    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        /* Each call with one error, each third with the others. */
        unsigned step = i == 0 ? 1 : 3;

        for (n = 1 + i % step; tortured_life(n, false, errors[i]); n += step)
            ;
        print_message("errno %d: %lu calls\n", errors[i], n);
        assert_true(n > 200);
    }
}

static void all_calls_fail_for_a_while(void **state)
{
    static const int errors[] = {EAGAIN, ENOBUFS, ENETDOWN, EMFILE, EINVAL};

    (void)state;
    for (size_t i = 0; i < COUNT(errors); i++) {
        for (unsigned long n = 1; n < 300; n += 7)
            tortured_life(n, true, errors[i]);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(links_come_and_go),
        TEST(unchanged_is_silent),
        TEST(starts_with_nothing),
        TEST(chooses_interfaces),
        TEST(serves_what_it_can),
        TEST(more_than_64_links),
        TEST(send_would_block),
        TEST(no_buffers),
        TEST(cannot_send_for_an_hour),
        TEST(link_is_going_away),
        TEST(nothing_stale),
        TEST(floods_are_read_in_batches),
        TEST(long_packets),
        TEST(cannot_receive_for_an_hour),
        TEST(receives_again),
        TEST(closed_descriptor),
        TEST(link_by_subnet),
        TEST(rival_comes_and_goes),
        TEST(wakes_from_sleep),
        TEST(joins_now_and_then),
        TEST(due_without_work),
        TEST(longest_turn),
        TEST(clock_after_a_reload),
        TEST(says_goodbye),
        TEST(goodbye_that_cannot_leave),
        TEST(storm_of_signals),
        TEST(owners_descriptors),
        TEST(every_call_fails_once),
        TEST(all_calls_fail_for_a_while),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
