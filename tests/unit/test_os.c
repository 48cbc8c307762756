/*
 * test_os.c - addresses as text, lists of interfaces, clock and chance
 */
#include "crier/os.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "fake_kernel.h"
#include "hex.h"
#include "os/private.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- addresses as text ------------------------------------------------- */

static const struct {
    const char *in;
    const char *out; /* NULL: not an address */
} texts[] = {
    {"0.0.0.0", "0.0.0.0"},
    {"192.168.1.254", "192.168.1.254"},
    {"255.255.255.255", "255.255.255.255"},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"fe80::1", "fe80::1%eth0"},
    {"FE80:0:0:0:0:0:0:1", "fe80::1%eth0"},
    {"febf::1", "febf::1%eth0"},
    {"fec0::1", "fec0::1"},
    {"2001:db8::1", "2001:db8::1"},
    /* RFC 5952 section 4.1: no leading zeros. */
    {"2001:0db8::0001", "2001:db8::1"},
    /* Section 4.2.2: one group of zeros is not shortened. */
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    /* Section 4.2.3: the longest run, and of equal ones the first. */
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
    {"0:0:3:4:5:6:0:0", "::3:4:5:6:0:0"},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
    /* Section 5. */
    {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
    {"ff02::fb", "ff02::fb"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"", NULL},
    {"1.2.3", NULL},
    {"1.2.3.256", NULL},
    {"1.2.3.4 ", NULL},
    {"fe80::1%eth0", NULL},
    {"fe80:::1", NULL},
    {"nas.local", NULL},
};

static void addresses_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *buf = malloc(ADDR_TEXT_MAX);
        struct addr a;

        print_message("%s\n", texts[i].in);
        assert_int_equal(os_addr_parse(texts[i].in, &a),
                         texts[i].out != NULL);
        if (texts[i].out != NULL)
            assert_string_equal(os_addr_text(&a, "eth0", buf), texts[i].out);
        free(buf);
    }
}

static void longest_address_text(void **state)
{
    char *buf = malloc(ADDR_TEXT_MAX);
    struct addr a;

    (void)state;
    assert_true(os_addr_parse("fe80:1111:1111:1111:1111:1111:1111:1111", &a));
    os_addr_text(&a, "fifteen-letters-and-more", buf);
    assert_string_equal(buf, "fe80:1111:1111:1111:1111:1111:1111:1111"
                             "%fifteen-letters");
    a.family = ADDR_NONE;
    assert_string_equal(os_addr_text(&a, NULL, buf), "-");
    free(buf);
}

/* --- the list, whatever it is made of ---------------------------------- */

static struct os_iface room[8];

static struct iface_table table(int max)
{
    struct iface_table t = {.list = room, .max = max};

    memset(room, 0xa5, sizeof room);
    return t;
}

/* "name#index(master) flags mtu mac: addresses", one after the other. */
static const char *shown(const struct iface_table *t)
{
    static char out[4096];
    char text[ADDR_TEXT_MAX];
    size_t n = 0;

    out[0] = '\0';
    for (int i = 0; i < t->count; i++) {
        const struct os_iface *f = &t->list[i];

        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s#%u",
                              i > 0 ? " " : "", f->name, f->index);
        if (f->master != 0)
            n += (size_t)snprintf(out + n, sizeof out - n, "(%u)", f->master);
        if (f->mtu != 0)
            n += (size_t)snprintf(out + n, sizeof out - n, ":%x:%u:%02x",
                                  f->flags, f->mtu, f->mac[5]);
        for (unsigned k = 0; k < f->addr_count; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s/%u",
                                  k > 0 ? "," : " ",
                                  os_addr_text(&f->addrs[k].addr, NULL, text),
                                  f->addrs[k].prefix_len);
    }
    return out;
}

static const struct {
    const char *title;
    const char *text;
    const char *shown;
} inet6_files[] = {
    {"empty", "", ""},
    {"loop-back and a link",
     "00000000000000000000000000000001 01 80 10 80       lo\n"
     "fe80000000000000505400fffe123456 02 40 20 80     eth0\n",
     "lo#1 ::1/128 eth0#2 fe80::5054:ff:fe12:3456/64"},
    {"tentative, failed and deprecated ones are left out",
     "fe800000000000000000000000000001 02 40 20 c0     eth0\n"
     "20010db8000000000000000000000001 02 40 00 88     eth0\n"
     "20010db8000000000000000000000002 02 40 00 20     eth0\n"
     "20010db8000000000000000000000003 02 40 00 00     eth0\n",
     "eth0#2 2001:db8::3/64"},
    {"link-local first, temporary last",
     "20010db8000000000000000000000009 02 40 00 01     eth0\n"
     "20010db8000000000000000000000001 02 40 00 00     eth0\n"
     "fe800000000000000000000000000001 02 40 20 80     eth0\n",
     "eth0#2 fe80::1/64,2001:db8::1/64,2001:db8::9/64"},
    {"a long name and a large index",
     "fe800000000000000000000000000001 1a2b3 40 20 80 fifteen-letters\n",
     "fifteen-letters#107187 fe80::1/64"},
    {"a name that is too long",
     "fe800000000000000000000000000001 02 40 20 80 sixteen--letters\n", ""},
    {"the last line is cut off",
     "fe800000000000000000000000000001 02 40 20 80     eth0\n"
     "20010db8000000000000000000000001 02 40 00 80     eth",
     "eth0#2 fe80::1/64"},
    {"lines that are none",
     "\n"
     "x\n"
     "fe80\n"
     "fe800000000000000000000000000001\n"
     "fe800000000000000000000000000001 02 40 20\n"
     "fe800000000000000000000000000001 02 40 20 80\n"
     "fe800000000000000000000000000001 02 40 20 80     \n"
     "fe800000000000000000000000000001 0200000000 40 20 80 eth0\n"
     "fe800000000000000000000000000001 02 zz 20 80 eth0\n"
     "fe800000000000000000000000000001 02 81 20 80 eth1\n",
     "eth1#2"},
};

static void reads_if_inet6(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(inet6_files); i++) {
        struct iface_table t = table(8);
        char *text = (char *)exact_copy(inet6_files[i].text,
                                        strlen(inet6_files[i].text) + 1);

        print_message("%s\n", inet6_files[i].title);
        if_inet6_parse(text, &t);
        assert_string_equal(shown(&t), inet6_files[i].shown);
        free(text);
    }
}

static void order_of_addresses(void **state)
{
    static const char *const in[] = {"2001:db8::1", "10.0.0.1", "fe80::1",
                                     "169.254.1.1", "fe80::2", "2001:db8::1"};
    struct iface_table t = table(1);
    struct os_iface *f = iface_by_index(&t, 1);

    (void)state;
    for (size_t i = 0; i < COUNT(in); i++) {
        struct addr a = fake_addr(in[i]);

        iface_add_addr(f, &a, 24, false);
    }
    assert_string_equal(shown(&t), "#1 fe80::1/24,fe80::2/24,10.0.0.1/24,"
                                   "169.254.1.1/24,2001:db8::1/24");
    assert_int_equal(iface_families(f), ADDR_V4 | ADDR_V6);
    assert_null(iface_by_index(&t, 2));
    assert_null(iface_by_name(&t, "eth0", 4));
}

/* The better address pushes out the last one, never the other way round. */
static void too_many_addresses(void **state)
{
    struct iface_table t = table(1);
    struct os_iface *f = iface_by_index(&t, 1);
    struct addr a = fake_addr("2001:db8::");
    struct addr v4 = fake_addr("10.0.0.1");

    (void)state;
    for (unsigned i = 0; i < LINK_ADDRS_MAX + 5; i++) {
        a.b[15] = (uint8_t)i;
        iface_add_addr(f, &a, 64, i % 2 == 1);
    }
    assert_int_equal(f->addr_count, LINK_ADDRS_MAX);
    assert_int_equal(f->temporary_count, LINK_ADDRS_MAX / 2 - 3);
    iface_add_addr(f, &v4, 24, false);
    assert_int_equal(f->addr_count, LINK_ADDRS_MAX);
    assert_true(addr_equal(&f->addrs[0].addr, &v4));
    a.b[14] = 1;
    iface_add_addr(f, &a, 64, true);
    assert_false(iface_has_addr(f, &a));
}

/* --- netlink ----------------------------------------------------------- */

/* A message as the kernel sends it: numbers in this machine's order. */
struct nl_build {
    uint8_t bytes[2048];
    size_t len;
    size_t start; /* of the last message */
};

static void put(struct nl_build *b, const void *p, size_t len)
{
    memcpy(b->bytes + b->len, p, len);
    b->len += len;
    while (b->len % 4 != 0)
        b->bytes[b->len++] = 0;
}

static void set_len(struct nl_build *b)
{
    uint32_t len = (uint32_t)(b->len - b->start);

    memcpy(b->bytes + b->start, &len, 4);
}

static void put_head(struct nl_build *b, uint16_t type, uint16_t flags,
                     uint32_t seq)
{
    uint32_t len = 0, pid = 77;

    b->start = b->len;
    put(b, &len, 4);
    memcpy(b->bytes + b->len, &type, 2);
    memcpy(b->bytes + b->len + 2, &flags, 2);
    b->len += 4;
    put(b, &seq, 4);
    put(b, &pid, 4);
    set_len(b);
}

static void put_attr(struct nl_build *b, uint16_t type, const void *p,
                     size_t len)
{
    uint16_t head[2] = {(uint16_t)(len + 4), type};

    put(b, head, 4);
    put(b, p, len);
    set_len(b);
}

static void put_link(struct nl_build *b, uint32_t index, uint32_t flags,
                     const char *name, uint32_t mtu)
{
    uint32_t info[4] = {0, index, flags, 0};
    uint8_t mac[6] = {2, 0, 0, 0, 0, (uint8_t)index};

    put_head(b, 16, 2, 1);
    put(b, info, sizeof info);
    put_attr(b, 3, name, strlen(name) + 1);
    put_attr(b, 4, &mtu, 4);
    put_attr(b, 1, mac, sizeof mac);
}

static void put_addr(struct nl_build *b, uint32_t index, const char *text,
                     uint8_t prefix, uint32_t flags)
{
    struct addr a = fake_addr(text);
    uint8_t head[4] = {a.family == ADDR_V4 ? AF_INET : AF_INET6, prefix,
                       (uint8_t)flags, 0};

    put_head(b, 20, 2, 1);
    put(b, head, 4);
    put(b, &index, 4);
    put_attr(b, 1, a.b, addr_len(&a));
    put_attr(b, 8, &flags, 4);
}

/* Parse an exact-size copy, so that the sanitizer sees any read past it. */
static int parse(const struct nl_build *b, size_t len, struct iface_table *t)
{
    uint8_t *copy = exact_copy(b->bytes, len);
    int result = netlink_parse(copy, len, 1, t);

    free(copy);
    return result;
}

static void reads_netlink(void **state)
{
    struct nl_build b = {.len = 0};
    struct iface_table t = table(8);
    uint32_t master = 9;

    (void)state;
    put_link(&b, 2, 0x1043, "eth0", 1500);
    put_link(&b, 3, 0x1043, "eth1", 9000);
    put_attr(&b, 10, &master, 4);
    put_addr(&b, 2, "10.0.0.1", 24, 0x80);
    put_addr(&b, 2, "10.0.0.2", 24, 0x81); /* secondary, not temporary */
    put_addr(&b, 2, "2001:db8::9", 64, 0x301);
    put_addr(&b, 2, "2001:db8::1", 64, 0x300);
    put_addr(&b, 2, "fe80::1", 64, 0x80);
    put_addr(&b, 2, "fe80::2", 64, 0xc0); /* tentative */
    put_addr(&b, 3, "fe80::3", 64, 0x88); /* duplicate */
    assert_int_equal(parse(&b, b.len, &t), 0);
    assert_string_equal(shown(&t),
                        "eth0#2:1043:1500:02 fe80::1/64,10.0.0.1/24,"
                        "10.0.0.2/24,2001:db8::1/64,2001:db8::9/64 "
                        "eth1#3(9):1043:9000:03");
    assert_int_equal(room[0].temporary_count, 1);
    put_head(&b, 3, 2, 1);
    assert_int_equal(parse(&b, b.len, &t), 1);
}

/* The far end's address is no address of ours. */
static void point_to_point(void **state)
{
    struct nl_build b = {.len = 0};
    struct iface_table t = table(8);
    struct addr near = fake_addr("10.8.0.1");
    struct addr later = fake_addr("10.8.0.7");

    (void)state;
    put_link(&b, 4, 0x10d1, "p2p", 1400);
    put_addr(&b, 4, "10.8.0.2", 32, 0x80);
    put_attr(&b, 2, near.b, 4);
    put_attr(&b, 1, later.b, 4);
    assert_int_equal(parse(&b, b.len, &t), 0);
    assert_string_equal(shown(&t), "p2p#4:10d1:1400:04 10.8.0.1/32");
}

static void members_of_a_vrf(void **state)
{
    static const char *const kinds[] = {"bridge", "vrf"};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct nl_build b = {.len = 0};
        struct iface_table t = table(8);
        uint32_t master = 9;
        uint8_t info[16] = {0};
        uint16_t head[2] = {(uint16_t)(strlen(kinds[i]) + 5), 4};

        put_link(&b, 2, 0x1043, "eth0", 1500);
        put_attr(&b, 10, &master, 4);
        memcpy(info, head, 4);
        memcpy(info + 4, kinds[i], strlen(kinds[i]) + 1);
        put_attr(&b, 18 | 0x8000, info, sizeof info);
        assert_int_equal(parse(&b, b.len, &t), 0);
        assert_int_equal(room[0].master, i == 0 ? 9 : 0);
    }
}

static void netlink_says_no(void **state)
{
    struct nl_build b = {.len = 0};
    struct iface_table t = table(8);

    (void)state;
    put_head(&b, 2, 0, 1); /* an error */
    assert_int_equal(parse(&b, b.len, &t), -EOPNOTSUPP);
    b.len = 0;
    put_head(&b, 16, 0x10, 1); /* changed meanwhile */
    assert_int_equal(parse(&b, b.len, &t), -EINTR);
    b.len = 0;
    put_head(&b, 3, 0, 2); /* the answer to another question */
    assert_int_equal(parse(&b, b.len, &t), 0);
    assert_int_equal(t.count, 0);
}

/* Cut anywhere, and with each byte wrong in turn: no read past the end. */
static void netlink_damaged(void **state)
{
    struct nl_build b = {.len = 0};

    (void)state;
    put_link(&b, 2, 0x1043, "eth0", 1500);
    put_addr(&b, 2, "10.0.0.1", 24, 0x80);
    put_addr(&b, 2, "fe80::1", 64, 0x80);
    for (size_t len = 0; len < b.len; len++) {
        struct iface_table t = table(8);

        parse(&b, len, &t);
    }
    for (size_t at = 0; at < b.len; at++) {
        for (unsigned v = 0; v < 256; v += 5) {
            struct nl_build wrong = b;
            struct iface_table t = table(8);

            wrong.bytes[at] = (uint8_t)v;
            parse(&wrong, wrong.len, &t);
            for (int i = 0; i < t.count; i++)
                assert_in_range(strlen(t.list[i].name), 0, IF_NAMESIZE - 1);
        }
    }
}

/* --- polling ----------------------------------------------------------- */

static const char *polled(void)
{
    struct os_ifwatch *w = os_ifwatch_open(true);
    struct iface_table t = table(8);

    assert_int_equal(os_ifwatch_fd(w), -1);
    assert_true(os_ifwatch_changed(w));
    t.count = os_ifwatch_list(w, room, 8);
    os_ifwatch_close(w);
    assert_int_equal(fake_open_count(), 0);
    return shown(&t);
}

static void polls_interfaces(void **state)
{
    (void)state;
    fake_start();
    assert_string_equal(polled(), "");
    fake_iface("eth0", 2, "10.0.0.1/24 fe80::1/64 10.0.0.2/23");
    fake_iface("eth1", 3, "fe80::3/64")->mtu = 9000;
    assert_string_equal(polled(), "eth0#2:1041:1500:02 fe80::1/64,"
                                  "10.0.0.1/24,10.0.0.2/23 "
                                  "eth1#3:1041:9000:03 fe80::3/64");
    assert_int_equal(os_facility(OS_IF_INET6), OS_HAS);
    fake.tentative[1] = true;
    assert_string_equal(polled(), "eth0#2:1041:1500:02 fe80::1/64,"
                                  "10.0.0.1/24,10.0.0.2/23 "
                                  "eth1#3:1041:9000:03");
    /* Without /proc the kernel is asked what it would send from. */
    fake.no_proc = true;
    fake.tentative[1] = false;
    assert_string_equal(polled(), "eth0#2:1041:1500:02 fe80::1/64,"
                                  "10.0.0.1/24,10.0.0.2/23 "
                                  "eth1#3:1041:9000:03 fe80::3/64");
    assert_int_equal(os_facility(OS_IF_INET6), OS_LACKS);
    fake.tentative[1] = true;
    assert_string_equal(polled(), "eth0#2:1041:1500:02 fe80::1/64,"
                                  "10.0.0.1/24,10.0.0.2/23 "
                                  "eth1#3:1041:9000:03");
    fake.no_ipv6 = true;
    assert_string_equal(polled(), "eth0#2:1041:1500:02 10.0.0.1/24,"
                                  "10.0.0.2/23 eth1#3:1041:9000:03");
    fake_stop();
}

/* Whatever fails, the list is a list and nothing stays open. */
static void polls_with_faults(void **state)
{
    static const int errors[] = {ENODEV, EMFILE, EINTR, ENOMEM, EINVAL};

    (void)state;
    fake_start();
    fake_iface("eth0", 2, "10.0.0.1/24 fe80::1/64");
    fake_iface("eth1", 3, "fe80::3/64");
    for (size_t e = 0; e < COUNT(errors); e++) {
        for (unsigned proc = 0; proc < 2; proc++) {
            for (unsigned long n = 1; n < 60; n++) {
                fake.no_proc = proc == 0;
                fake.calls = 0;
                fake.fail_at = n;
                fake.fail_errno = errors[e];
                polled();
            }
        }
    }
    fake_stop();
}

static const struct os_iface *loopback_by(bool polling, struct os_iface *out)
{
    struct os_ifwatch *w = os_ifwatch_open(polling);
    bool can = polling || os_ifwatch_fd(w) >= 0;
    int count = os_ifwatch_list(w, out, 64);

    os_ifwatch_close(w);
    for (int i = 0; i < count && can; i++) {
        if (strcmp(out[i].name, "lo") == 0)
            return &out[i];
    }
    return NULL;
}

/* The two ways to ask the real kernel agree; of the one interface that comes
 * and goes with no test. */
static void netlink_and_ioctl_agree(void **state)
{
    static struct os_iface lists[2][64];
    const struct os_iface *a = loopback_by(false, lists[0]);
    const struct os_iface *b = loopback_by(true, lists[1]);

    (void)state;
    if (a == NULL || b == NULL)
        skip();
    assert_int_equal(a->index, b->index);
    assert_int_equal(a->mtu, b->mtu);
    assert_int_equal(a->flags & 0xffff, b->flags);
    assert_int_equal(a->addr_count, b->addr_count);
    for (unsigned i = 0; i < a->addr_count; i++) {
        assert_true(addr_equal(&a->addrs[i].addr, &b->addrs[i].addr));
        assert_int_equal(a->addrs[i].prefix_len, b->addrs[i].prefix_len);
    }
}

/* --- clock, chance, name ----------------------------------------------- */

static int broken_clock(clockid_t id, struct timespec *out)
{
    (void)id;
    (void)out;
    errno = EINVAL;
    return -1;
}

static void clock_never_goes_back(void **state)
{
    uint64_t first, second;

    (void)state;
    fake_start();
    first = os_now_ms();
    assert_int_equal(first, fake.now_ms);
    fake.now_ms += 5;
    assert_int_equal(os_now_ms(), first + 5);
    fake.now_ms -= 1000;
    assert_int_equal(os_now_ms(), first + 5);
    os.clock_gettime = broken_clock;
    second = os_now_ms();
    fake_stop();
    assert_int_equal(second, first + 5);
}

static void chance_without_sources(void **state)
{
    uint64_t a, b;

    (void)state;
    a = os_entropy();
    b = os_entropy();
    assert_true(a != b);
    fake_start(); /* no /dev/urandom there, and now no getrandom() */
    fake.fail_at = 1;
    fake.fail_from = true;
    fake.fail_errno = ENOSYS;
    a = os_entropy();
    fake.now_ms += 1;
    b = os_entropy();
    fake_stop();
    assert_true(a != b && a != 0);
    assert_int_equal(os_facility(OS_GETRANDOM), OS_LACKS);
}

static const char *host_name;

static int fixed_hostname(char *buf, size_t len)
{
    if (host_name == NULL)
        return -1;
    snprintf(buf, len, "%s", host_name);
    return 0;
}

static void host_names(void **state)
{
    static const struct {
        const char *is, *want;
    } cases[] = {
        {"nas", "nas"},          {"nas.example.org", "nas"},
        {"", NULL},              {".x", NULL},
        {"localhost", NULL},     {"localhost.localdomain", NULL},
        {"(none)", NULL},        {"longer-than-12", NULL},
        {"eleven-char", "eleven-char"}, {NULL, NULL},
    };
    char buf[12];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        fake_start();
        os.gethostname = fixed_hostname;
        host_name = cases[i].is;
        bool ok = os_hostname(buf, sizeof buf);
        fake_stop();
        assert_int_equal(ok, cases[i].want != NULL);
        if (ok)
            assert_string_equal(buf, cases[i].want);
    }
}

/* --- closed standard descriptors --------------------------------------- */

static bool closed[4];
static int opens, sockets, closes;
static bool no_dev;

static int stdio_fcntl(int fd, int command, int arg)
{
    (void)command;
    (void)arg;
    errno = EBADF;
    return closed[fd] ? -1 : 0;
}

static int lowest(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (closed[fd]) {
            closed[fd] = false;
            return fd;
        }
    }
    return 3;
}

static int stdio_open(const char *path, int flags, int mode)
{
    (void)flags;
    (void)mode;
    assert_string_equal(path, "/dev/null");
    opens++;
    errno = ENOENT;
    return no_dev ? -1 : lowest();
}

static int stdio_socket(int domain, int type, int protocol)
{
    (void)type;
    (void)protocol;
    sockets++;
    errno = EAFNOSUPPORT;
    return domain == AF_INET6 ? -1 : lowest();
}

static int stdio_close(int fd)
{
    (void)fd;
    closes++;
    return 0;
}

static void guards_stdio(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 16; which++) {
        int missing = 0;

        fake_start();
        os.fcntl = stdio_fcntl;
        os.open = stdio_open;
        os.socket = stdio_socket;
        os.close = stdio_close;
        opens = sockets = closes = 0;
        no_dev = (which & 8) != 0;
        for (unsigned fd = 0; fd < 3; fd++) {
            closed[fd] = (which & 1u << fd) != 0;
            missing += closed[fd];
        }
        os_guard_stdio();
        fake_stop();
        assert_int_equal(opens, missing);
        assert_int_equal(sockets, no_dev ? 2 * missing : 0);
        assert_int_equal(closes, 0);
        assert_false(closed[0] || closed[1] || closed[2]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_as_text),
        cmocka_unit_test(longest_address_text),
        cmocka_unit_test(reads_if_inet6),
        cmocka_unit_test(order_of_addresses),
        cmocka_unit_test(too_many_addresses),
        cmocka_unit_test(reads_netlink),
        cmocka_unit_test(point_to_point),
        cmocka_unit_test(members_of_a_vrf),
        cmocka_unit_test(netlink_says_no),
        cmocka_unit_test(netlink_damaged),
        cmocka_unit_test(polls_interfaces),
        cmocka_unit_test(polls_with_faults),
        cmocka_unit_test(netlink_and_ioctl_agree),
        cmocka_unit_test(clock_never_goes_back),
        cmocka_unit_test(chance_without_sources),
        cmocka_unit_test(host_names),
        cmocka_unit_test(guards_stdio),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
