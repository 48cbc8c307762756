/*
 * test_os_link.c - the sockets of one link, beside others and with faults
 */
#include "crier/os.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define BOTH (ADDR_V4 | ADDR_V6)

static struct os_link l;
static int err;

static int setup(void **state)
{
    (void)state;
    fake_start();
    os_link_init(&l);
    fake_iface("eth0", 2, "10.0.0.1/24 fe80::1/64 2001:db8::1/64");
    return 0;
}

/* No test may leave a descriptor open. */
static int teardown(void **state)
{
    unsigned open;

    (void)state;
    os_link_close(&l);
    open = fake_open_count();
    fake_stop();
    return open == 0 ? 0 : -1;
}

static uint8_t open_link(void)
{
    return os_link_open(&l, fake_iface_find("eth0"), BOTH, false, &err);
}

static void check_group(const char *addr, bool device)
{
    const struct fake_fd *f = fake_sock(addr, 2);

    assert_non_null(f);
    assert_true(f->reuseaddr);
    assert_int_equal(f->reuseport, device);
    assert_int_equal(f->device, device);
    assert_int_equal(f->out_if, 2);
    assert_int_equal(f->member, 2);
    assert_int_equal(f->ttl, 255);
    assert_int_equal(f->mc_ttl, 255);
    assert_int_equal(f->port, 5353);
}

static void check_unicast(const char *addr, bool there)
{
    const struct fake_fd *f = fake_sock(addr, 0);

    assert_int_equal(f != NULL, there);
    if (f == NULL)
        return;
    assert_true(f->reuseaddr); /* later responders can start */
    assert_false(f->reuseport);
    assert_int_equal(f->ttl, 255);
    assert_int_equal(f->member, 0);
}

static void usual_sockets(void **state)
{
    (void)state;
    assert_int_equal(open_link(), BOTH);
    assert_int_equal(err, 0);
    check_group("224.0.0.251", false);
    check_group("ff02::fb", false);
    assert_true(fake_sock("224.0.0.251", 2)->multicast_all_off);
    check_unicast("10.0.0.1", true);
    check_unicast("fe80::1", true);
    check_unicast("2001:db8::1", true);
    assert_int_equal(l.unicast_count, 3);
    assert_int_equal(l.polite | l.fallback | l.by_subnet, 0);
    assert_int_equal(fake_sock("fe80::1", 0)->scope, 2);
    /* Nothing to do: no descriptor more, no group left or joined. */
    assert_int_equal(open_link(), BOTH);
    assert_int_equal(fake_open_count(), 5);
    assert_int_equal(fake.joins, 2);
}

/* R6: the groups stay joined while addresses come and go. */
static void addresses_come_and_go(void **state)
{
    struct os_iface *i = fake_iface_find("eth0");

    (void)state;
    open_link();
    for (unsigned n = 0; n < 100; n++) {
        fake_iface_addrs(i, n % 2 == 0 ? "fe80::1/64 10.0.0.1/24 10.0.0.2/24"
                                       : "fe80::1/64 10.0.0.1/24");
        assert_int_equal(open_link(), BOTH);
        check_unicast("10.0.0.2", n % 2 == 0);
        check_unicast("2001:db8::1", false);
    }
    assert_int_equal(fake.joins, 2);
    fake_iface_addrs(i, "fe80::1/64");
    assert_int_equal(open_link(), ADDR_V6); /* it still listens on IPv4 */
    check_group("224.0.0.251", false);
    check_unicast("10.0.0.1", false);
    fake_iface_addrs(i, "");
    assert_int_equal(open_link(), 0);
    assert_int_equal(err, 0);
}

static void eight_unicast_sockets(void **state)
{
    (void)state;
    fake_iface_addrs(fake_iface_find("eth0"),
                     "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 "
                     "10.0.0.7 10.0.0.8 10.0.0.9 fe80::1 2001:db8::1");
    assert_int_equal(open_link(), BOTH);
    assert_int_equal(l.unicast_count, OS_UNICAST_MAX);
    check_unicast("fe80::1", true);
    check_unicast("10.0.0.9", false);
}

static void one_family_only(void **state)
{
    (void)state;
    assert_int_equal(os_link_open(&l, fake_iface_find("eth0"), ADDR_V6, false,
                                  &err), ADDR_V6);
    assert_null(fake_sock("224.0.0.251", 0));
    check_unicast("10.0.0.1", false);
    fake.no_ipv6 = true;
    os_link_close(&l);
    fake_iface_addrs(fake_iface_find("eth0"), "10.0.0.1/24");
    assert_int_equal(open_link(), ADDR_V4);
    assert_int_equal(err, 0);
}

static void tentative_address(void **state)
{
    (void)state;
    fake.tentative[0] = true; /* but the list did not know */
    assert_int_equal(open_link(), BOTH);
    assert_true(l.unbound);
    check_unicast("fe80::1", false);
    check_group("ff02::fb", false);
    fake.tentative[0] = false;
    assert_int_equal(open_link(), BOTH);
    assert_false(l.unbound);
    check_unicast("fe80::1", true);
}

/* --- beside other responders ------------------------------------------- */

static const struct {
    const char *title;
    const char *addr;
    bool reuseaddr, reuseport;
    bool can_open; /* that family */
    bool polite, device;
} rivals[] = {
    {"avahi, both options", "0.0.0.0", true, true, true, true, false},
    {"mDNSResponder, SO_REUSEADDR", "0.0.0.0", true, false, true, true,
     false},
    {"SO_REUSEPORT alone", "0.0.0.0", false, true, true, true, true},
    {"alone on the port", "0.0.0.0", false, false, false, false, false},
    {"another crier's unicast socket", "10.0.0.1", true, false, true, true,
     false},
    {"another crier's group socket", "224.0.0.251", true, false, true, false,
     false},
    {"somebody on another address", "10.0.0.99", true, false, true, false,
     false},
};

static void beside_rivals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rivals); i++) {
        int fd = fake_foreign(rivals[i].addr, rivals[i].reuseaddr,
                              rivals[i].reuseport);
        uint8_t want = rivals[i].can_open ? BOTH : ADDR_V6;
        bool wildcard = strcmp(rivals[i].addr, "0.0.0.0") == 0;

        print_message("%s\n", rivals[i].title);
        assert_int_equal(open_link(), want);
        assert_int_equal(err, rivals[i].can_open ? 0 : -EADDRINUSE);
        assert_int_equal(l.polite, rivals[i].polite ? ADDR_V4 : 0);
        if (rivals[i].can_open)
            check_group("224.0.0.251", rivals[i].device);
        check_unicast("10.0.0.1", rivals[i].can_open && !rivals[i].polite);
        check_unicast("fe80::1", true); /* the other family is its own */
        assert_int_equal(os_port_shared(ADDR_V4), wildcard);
        assert_false(os_port_shared(ADDR_V6));
        fake_close(fd);
        assert_int_equal(open_link(), BOTH); /* it left */
        assert_int_equal(l.polite, 0);
        check_unicast("10.0.0.1", true);
        os_link_close(&l);
    }
}

static void port_only_without_device(void **state)
{
    (void)state;
    fake_foreign("0.0.0.0", false, true);
    fake.no_bind_device = true;
    assert_int_equal(open_link(), ADDR_V6); /* never guess the link */
    assert_int_equal(err, -EADDRINUSE);
}

static void rival_starts_later(void **state)
{
    (void)state;
    assert_int_equal(open_link(), BOTH);
    fake_foreign("0.0.0.0", true, true);
    assert_true(os_port_shared(ADDR_V4));
    os_link_yield(&l, ADDR_V4);
    check_unicast("10.0.0.1", false);
    check_unicast("2001:db8::1", true);
    assert_int_equal(l.polite, ADDR_V4);
    assert_int_equal(open_link(), BOTH); /* it tries, and stays polite */
    assert_int_equal(l.polite, ADDR_V4);
    check_group("224.0.0.251", false);
}

static void ephemeral_port(void **state)
{
    const struct fake_fd *f;
    struct datagram d = {.family = ADDR_V4, .multicast = true,
                         .oneshot = true, .data = (const uint8_t *)"q",
                         .len = 1};
    int fd4 = fake_foreign("0.0.0.0", false, false);

    (void)state;
    fake_foreign("::", false, false);
    assert_int_equal(open_link(), 0);
    assert_int_equal(err, -EADDRINUSE);
    assert_false(l.oneshot);
    assert_int_equal(os_link_open(&l, fake_iface_find("eth0"), BOTH, true,
                                  &err), BOTH);
    assert_int_equal(err, 0);
    assert_true(l.oneshot);
    f = fake_sock("10.0.0.1", 0);
    assert_int_not_equal(f->port, 5353);
    assert_int_equal(f->out_if, 2);
    assert_non_null(fake_sock("fe80::1", 0));
    assert_int_equal(os_send(&l, &d), 0);
    assert_int_equal(fake.sent[0].port, 5353);
    /* The address goes, the socket moves to another one. */
    fake_iface_addrs(fake_iface_find("eth0"), "10.0.0.9/24 fe80::1/64");
    os_link_open(&l, fake_iface_find("eth0"), BOTH, true, &err);
    assert_null(fake_sock("10.0.0.1", 0));
    assert_non_null(fake_sock("10.0.0.9", 0));
    fake_close(fd4);
}

/* --- kernels that lack pieces ------------------------------------------ */

static void lacking_kernels(void **state)
{
    (void)state;
    for (unsigned lacks = 0; lacks < 32; lacks++) {
        uint8_t wildcard, subnet = 0;

        fake.no_multicast_all = (lacks & 1) != 0;
        fake.no_bind_device = (lacks & 2) != 0;
        fake.no_group_bind = (lacks & 4) != 0;
        fake.no_mreqn = (lacks & 8) != 0;
        fake.no_flags = (lacks & 16) != 0;
        wildcard = fake.no_group_bind ? BOTH : 0;
        if (fake.no_bind_device && fake.no_multicast_all)
            subnet |= ADDR_V4;
        if (fake.no_bind_device && fake.no_group_bind)
            subnet |= ADDR_V6;
        assert_int_equal(open_link(), BOTH);
        assert_int_equal(l.fallback, wildcard);
        assert_int_equal(l.by_subnet, subnet);
        assert_int_equal(l.polite, wildcard);
        assert_int_equal(l.unicast_count, wildcard != 0 ? 0 : 3);
        assert_int_equal(fake_sock(wildcard ? "0.0.0.0" : "224.0.0.251", 0)
                             ->out_if, 2);
        os_link_close(&l);
    }
}

static void descriptors_past_the_set(void **state)
{
    (void)state;
    fake.first_fd = FD_SETSIZE - 2;
    assert_int_equal(open_link(), BOTH); /* the group sockets, no more */
    assert_int_equal(fake_open_count(), 2);
    os_link_close(&l);
    fake.first_fd = FD_SETSIZE;
    assert_int_equal(open_link(), 0);
    assert_int_equal(err, -EMFILE);
}

static void joins_again(void **state)
{
    (void)state;
    open_link();
    os_link_rejoin(&l);
    assert_int_equal(fake.joins, 4);
    check_group("224.0.0.251", false);
    fake.calls = 0;
    fake.fail_at = 2; /* R27: the second call is the first join */
    fake.fail_errno = ENOBUFS;
    os_link_rejoin(&l);
    assert_null(fake_sock("224.0.0.251", 0));
    fake.fail_at = 0;
    assert_int_equal(open_link(), BOTH);
    check_group("224.0.0.251", false);
}

/* The n-th call fails, or all from there on: nothing leaks, and when it is
 * over the link is what it always is. */
static void faults_while_opening(void **state)
{
    static const int errors[] = {EMFILE, EACCES, EAFNOSUPPORT, EADDRINUSE,
                                 EADDRNOTAVAIL, ENODEV, ENOBUFS, EPERM,
                                 ENOPROTOOPT, EINVAL, EINTR};
    unsigned long n = 0;
    int failed = 1;

    (void)state;
    for (size_t e = 0; e < COUNT(errors); e++) {
        for (unsigned from = 0; from < 2; from++) {
            for (n = 1, failed = 1; failed > 0; n++) {
                fake.calls = 0;
                fake.failed = 0;
                fake.fail_at = n;
                fake.fail_from = from != 0;
                fake.fail_errno = errors[e];
                os_link_open(&l, fake_iface_find("eth0"), BOTH, n % 2 == 0,
                             &err);
                failed = fake.failed;
                fake.fail_at = 0;
                if (!l.oneshot) {
                    assert_int_equal(open_link(), BOTH);
                    assert_int_equal(err, 0);
                }
                os_link_close(&l);
                assert_int_equal(fake_open_count(), 0);
            }
        }
    }
    assert_true(n > 40);
}

/* --- datagrams --------------------------------------------------------- */

static struct datagram to(const char *peer, const char *local)
{
    struct datagram d = {.port = 1234, .data = (const uint8_t *)"answer",
                         .len = 6};

    d.peer = fake_addr(peer);
    d.family = d.peer.family;
    if (local != NULL)
        d.local = fake_addr(local);
    return d;
}

static const struct fake_sent *sent(const struct datagram *d)
{
    assert_int_equal(os_send(&l, d), 0);
    return &fake.sent[fake.sent_count - 1];
}

static void sends_from_the_right_socket(void **state)
{
    struct datagram d = to("10.0.0.7", "10.0.0.1");

    (void)state;
    open_link();
    assert_false(sent(&d)->group_socket); /* from the address that was asked */
    assert_int_equal(fake.sent[0].port, 1234);
    d = to("10.0.0.7", NULL);
    assert_true(sent(&d)->group_socket);
    d = to("10.0.0.7", "10.0.0.99"); /* an address that is gone */
    assert_true(sent(&d)->group_socket);
    d = to("fe80::7", "fe80::1");
    assert_false(sent(&d)->group_socket);
    d.multicast = true;
    assert_true(sent(&d)->group_socket);
    struct addr group = fake_addr("ff02::fb");
    assert_true(addr_equal(&sent(&d)->to, &group));
    assert_int_equal(sent(&d)->port, 5353);
    os_link_close(&l);
    assert_int_equal(os_send(&l, &d), -ENOTCONN);
}

static void receives(void **state)
{
    uint8_t data[100] = "hello";
    uint8_t *buf = malloc(50);
    struct datagram d;
    struct addr from = fake_addr("10.0.0.9");
    struct addr local = fake_addr("10.0.0.1");

    (void)state;
    open_link();
    assert_int_equal(os_recv(&l.group4, &d, buf, 50), -EAGAIN);
    fake_arrive(fake_sock("224.0.0.251", 2), "10.0.0.9", 999, data, 5);
    assert_int_equal(os_recv(&l.group4, &d, buf, 50), 5);
    assert_true(d.multicast && !d.oneshot && d.family == ADDR_V4);
    assert_true(addr_equal(&d.peer, &from));
    assert_int_equal(d.port, 999);
    assert_int_equal(d.local.family, ADDR_NONE);
    assert_int_equal(d.len, 5);
    /* H-01 and its like: empty, just fitting, one byte too long, far more */
    for (size_t len = 0; len <= 100; len += len == 48 ? 1 : len == 0 ? 48 : 1) {
        int n = -EAGAIN;

        fake_arrive(fake_sock("10.0.0.1", 0), "10.0.0.9", 5353, data, len);
        for (unsigned i = 0; i < l.unicast_count; i++) {
            n = os_recv(&l.unicast[i], &d, buf, 50);
            if (n != -EAGAIN)
                break;
        }
        assert_int_equal(n, len < 50 ? (int)len : -EMSGSIZE);
        assert_int_equal(d.len, len < 50 ? len : 50);
        assert_false(d.multicast);
        assert_true(addr_equal(&d.local, &local));
    }
    free(buf);
}

/* A wildcard IPv6 socket hears all links; the scope tells them apart. */
static void leaves_other_links_alone(void **state)
{
    uint8_t buf[20];
    struct datagram d;
    struct fake_fd *f;

    (void)state;
    fake.no_group_bind = fake.no_bind_device = true;
    assert_int_equal(open_link(), BOTH);
    f = fake_sock("::", 2);
    f->scope = 3;
    fake_arrive(f, "fe80::9", 5353, "x", 1);
    assert_int_equal(os_recv(&l.group6, &d, buf, sizeof buf), -ESTALE);
    f->scope = 2;
    fake_arrive(f, "fe80::9", 5353, "x", 1);
    assert_int_equal(os_recv(&l.group6, &d, buf, sizeof buf), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(usual_sockets),
        TEST(addresses_come_and_go),
        TEST(eight_unicast_sockets),
        TEST(one_family_only),
        TEST(tentative_address),
        TEST(beside_rivals),
        TEST(port_only_without_device),
        TEST(rival_starts_later),
        TEST(ephemeral_port),
        TEST(lacking_kernels),
        TEST(descriptors_past_the_set),
        TEST(joins_again),
        TEST(faults_while_opening),
        TEST(sends_from_the_right_socket),
        TEST(receives),
        TEST(leaves_other_links_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
