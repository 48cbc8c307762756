/*
 * test_peers.c - hosts that are asked one by one: what they leave out is asked
 * for, what others send is not believed, and silence has an end
 */
#include "nodes/peers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crier/os.h"
#include "crier/rr.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- a host that answers as a test wants it ---------------------------------- */

static uint64_t now_ms;
static unsigned asked; /* questions so far */
static uint8_t answer[8192];
static size_t answer_len;
static uint16_t answer_port;
static const char *answer_from;
static void (*script)(uint16_t id, uint16_t type); /* NULL: silent */

static void put(const void *p, size_t len)
{
    memcpy(answer + answer_len, p, len);
    answer_len += len;
}

static void put_u16(unsigned v)
{
    uint8_t b[2] = {(uint8_t)(v >> 8), (uint8_t)v};

    put(b, 2);
}

static void put_name(const char *text)
{
    struct name n;

    assert_int_equal(name_from_text(text, &n, NULL), NAME_TEXT_OK);
    put(n.wire, n.len);
}

static void begin(unsigned id, unsigned records)
{
    answer_len = 0;
    put_u16(id);
    put_u16(MSG_QR | MSG_AA);
    put_u16(0);
    put_u16(records);
    put_u16(0);
    put_u16(0);
}

static void rr(const char *owner, unsigned type, const void *rdata, size_t len)
{
    put_name(owner);
    put_u16(type);
    put_u16(RR_IN);
    put_u16(0);
    put_u16(10);
    put_u16((unsigned)len);
    put(rdata, len);
}

static void ptr(const char *owner, const char *to)
{
    struct name n;

    assert_int_equal(name_from_text(to, &n, NULL), NAME_TEXT_OK);
    rr(owner, RR_PTR, n.wire, n.len);
}

static void srv(const char *owner, unsigned port, const char *host)
{
    struct name n;
    uint8_t rdata[6 + NAME_WIRE_MAX] = {0};

    assert_int_equal(name_from_text(host, &n, NULL), NAME_TEXT_OK);
    rdata[4] = (uint8_t)(port >> 8);
    rdata[5] = (uint8_t)port;
    memcpy(rdata + 6, n.wire, n.len);
    rr(owner, RR_SRV, rdata, 6u + n.len);
}

/* --- the kernel ---------------------------------------------------------------- */

static int fake_socket(int domain, int type, int protocol)
{
    (void)domain;
    (void)type;
    (void)protocol;
    return 7;
}

static int fake_setsockopt(int fd, int level, int option, const void *value,
                           socklen_t len)
{
    (void)fd;
    (void)level;
    (void)option;
    (void)value;
    (void)len;
    return 0;
}

static int fake_fcntl(int fd, int command, int value)
{
    (void)fd;
    (void)command;
    (void)value;
    return 0;
}

static int fake_close(int fd)
{
    (void)fd;
    return 0;
}

static ssize_t fake_sendto(int fd, const void *data, size_t len, int flags,
                           const struct sockaddr *to, socklen_t to_len)
{
    struct wire_reader rd = wire_reader(data, len);
    struct message_header h;
    struct question_view q;

    (void)fd;
    (void)flags;
    (void)to;
    (void)to_len;
    assert_true(message_header_read(&rd, &h));
    assert_true(question_read(&rd, &q));
    assert_false(q.qu);
    assert_int_equal(q.class, RR_IN);
    asked++;
    answer_len = 0;
    answer_port = 5353;
    answer_from = "10.0.0.1";
    if (script != NULL)
        script(h.id, q.type);
    return (ssize_t)len;
}

static ssize_t fake_recvfrom(int fd, void *buf, size_t cap, int flags,
                             struct sockaddr *from, socklen_t *from_len)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(answer_port)};
    size_t len = answer_len < cap ? answer_len : cap;

    (void)fd;
    (void)flags;
    if (answer_len == 0) {
        errno = EAGAIN;
        return -1;
    }
    assert_int_equal(inet_pton(AF_INET, answer_from, &in.sin_addr), 1);
    memcpy(buf, answer, len);
    memcpy(from, &in, sizeof in);
    *from_len = sizeof in;
    answer_len = 0;
    return (ssize_t)len;
}

static int fake_select(int count, fd_set *read, fd_set *write, fd_set *except,
                       struct timeval *tv)
{
    (void)count;
    (void)write;
    (void)except;
    if (answer_len > 0)
        return 1;
    now_ms += (uint64_t)tv->tv_sec * 1000 + (uint64_t)tv->tv_usec / 1000;
    FD_ZERO(read);
    return 0;
}

static int fake_clock(clockid_t which, struct timespec *ts)
{
    (void)which;
    ts->tv_sec = (time_t)(now_ms / 1000);
    ts->tv_nsec = (long)(now_ms % 1000 * 1000000);
    return 0;
}

/* --- asking ---------------------------------------------------------------------- */

static struct peers *peers;
static struct found **list;
static size_t found_count;

static void ask(void (*what)(uint16_t id, uint16_t type))
{
    struct os_calls real = os;
    struct dnssd_type type;
    struct cli cli = {.argc = 0};

    os.socket = fake_socket;
    os.setsockopt = fake_setsockopt;
    os.fcntl = fake_fcntl;
    os.close = fake_close;
    os.sendto = fake_sendto;
    os.recvfrom = fake_recvfrom;
    os.select = fake_select;
    os.clock_gettime = fake_clock;
    now_ms = 1000;
    asked = 0;
    script = what;
    assert_int_equal(dnssd_type_parse("_n._tcp", false, &type), DNSSD_TYPE_OK);
    peers = peers_new();
    assert_non_null(peers);
    assert_true(peers_add(peers, &cli, "10.0.0.1"));
    peers_ask(peers, &type, 10000, true);
    list = peers_found(peers, &found_count);
    os = real;
}

static void done(void)
{
    for (size_t i = 0; i < found_count; i++) {
        free(list[i]->txt);
        free(list[i]);
    }
    free(list);
}

static const uint8_t self[4] = {10, 0, 0, 1}, other[4] = {10, 0, 0, 2};

/* All in one, in the wrong order, and what is not of it. */
static void all(uint16_t id, uint16_t type)
{
    assert_int_equal(type, RR_PTR);
    begin(id, 8);
    rr("h.local", RR_A, other, 4);
    rr("h.local", RR_A, self, 4);
    rr("h.local", RR_A, self, 4);
    rr("else.local", RR_A, "\x0a\0\0\x03", 4);
    srv("x._n._tcp.local", 80, "h.local");
    rr("x._n._tcp.local", RR_TXT, "\x04id=X", 5);
    ptr("_n._tcp.local", "x._n._tcp.local");
    ptr("_other._tcp.local", "y._n._tcp.local");
}

static void one_answer(void **state)
{
    (void)state;
    ask(all);
    assert_int_equal(asked, 1);
    assert_int_equal(found_count, 1);
    assert_true(list[0]->ev.resolved);
    assert_int_equal(list[0]->ev.port, 80);
    assert_int_equal(list[0]->ev.txt_len, 5);
    assert_int_equal(list[0]->ev.addr_count, 2);
    assert_memory_equal(list[0]->ev.addrs[0].b, self, 4);
    done();
}

static void piecemeal(uint16_t id, uint16_t type)
{
    begin(id, type == RR_PTR || type == RR_A ? 1 : 2);
    if (type == RR_PTR) {
        ptr("_n._tcp.local", "x._n._tcp.local");
    } else if (type == RR_SRV) {
        rr("x._n._tcp.local", RR_TXT, "\x04id=X", 5);
        srv("x._n._tcp.local", 80, "h.local");
    } else {
        rr("h.local", RR_A, other, 4);
    }
}

static void what_is_left_out(void **state)
{
    (void)state;
    ask(piecemeal);
    assert_int_equal(asked, 3);
    assert_int_equal(found_count, 1);
    assert_true(list[0]->ev.resolved);
    assert_memory_equal(list[0]->ev.addrs[0].b, other, 4);
    done();
}

/* A host without the addresses of what it offers. */
static void half(uint16_t id, uint16_t type)
{
    if (type != RR_A)
        piecemeal(id, type);
}

static void what_never_comes(void **state)
{
    (void)state;
    ask(half);
    assert_int_equal(asked, 2 + 3);
    assert_int_equal(found_count, 1);
    assert_true(list[0]->ev.resolved);
    assert_int_equal(list[0]->ev.addr_count, 0);
    done();
}

static void silence(void **state)
{
    (void)state;
    ask(NULL);
    assert_int_equal(asked, 3);
    assert_int_equal(now_ms, 1000 + 400 + 800 + 1600);
    assert_int_equal(found_count, 0);
    done();
}

static void nothing(uint16_t id, uint16_t type)
{
    (void)type;
    begin(id, 0);
}

static void other_id(uint16_t id, uint16_t type)
{
    all(id, type);
    answer[0] ^= 1;
}

static void other_host(uint16_t id, uint16_t type)
{
    all(id, type);
    answer_from = "10.0.0.2";
}

static void other_port(uint16_t id, uint16_t type)
{
    all(id, type);
    answer_port = 53;
}

static void question(uint16_t id, uint16_t type)
{
    all(id, type);
    answer[2] = 0;
}

/* What is none of the host's, or no instance at all. */
static void no_instance(uint16_t id, uint16_t type)
{
    (void)type;
    begin(id, 4);
    ptr("_n._tcp.local", "x._m._tcp.local");
    ptr("_n._tcp.local", "_n._tcp.local");
    ptr("_n._tcp.local", ".");
    rr("_n._tcp.local", RR_PTR, "\x05x", 2);
}

static void not_believed(void **state)
{
    static void (*const scripts[])(uint16_t, uint16_t) = {
        nothing, other_id, other_host, other_port, question, no_instance};

    (void)state;
    for (unsigned i = 0; i < COUNT(scripts); i++) {
        ask(scripts[i]);
        assert_int_equal(found_count, 0);
        done();
    }
}

/* Each prefix of a good answer. */
static size_t cut_at;

static void cut(uint16_t id, uint16_t type)
{
    if (type != RR_PTR)
        return;
    all(id, type);
    if (answer_len > cut_at)
        answer_len = cut_at;
}

static void cut_off(void **state)
{
    (void)state;
    for (cut_at = 0; cut_at < 300; cut_at++) {
        ask(cut);
        done();
    }
}

/* More instances than one host can have. */
static void many(uint16_t id, uint16_t type)
{
    char name[] = "aa._n._tcp.local";

    if (type != RR_PTR)
        return;
    begin(id, 70);
    for (unsigned i = 0; i < 70; i++) {
        name[0] = (char)('a' + i / 26);
        name[1] = (char)('a' + i % 26);
        ptr("_n._tcp.local", name);
    }
}

static void too_many(void **state)
{
    (void)state;
    ask(many);
    assert_int_equal(found_count, 64);
    done();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_answer),   cmocka_unit_test(what_is_left_out),
        cmocka_unit_test(silence),      cmocka_unit_test(what_never_comes),
        cmocka_unit_test(not_believed), cmocka_unit_test(cut_off),
        cmocka_unit_test(too_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
