/*
 * test_hostile.c - packets that broke other programs, against a live engine
 *
 * The ids H-01 to H-30 in the titles name the kind of packet. Each row goes
 * in as query and as response, over IPv4 and over IPv6, to a host that has a
 * service announced, another name being probed, and a browse open. Then the
 * right counter must have gone up by one, nothing may have been said, found,
 * renamed or cached that the row does not name, and a normal query must be
 * answered. (H-04 and H-11 are about the kernel's side: a read that yields
 * nothing, and a hop count that is never read.)
 */
#include "hostile.h"

/* --- rows that are one message each ----------------------------------- */

#define QUESTION "0000 0000 0001 0000 0000 0000 "
#define TWO_QUESTIONS "0000 0000 0002 0000 0000 0000 "
/* Records come behind a question about our service, so that a query is read
 * to its end; HTTP stands in it at 0x10. */
#define ASKED "03 'Web' " HTTP "0021 0001 "
#define ANSWER "0000 0000 0001 0001 0000 0000 " ASKED
#define TWO_ANSWERS "0000 0000 0001 0002 0000 0000 " ASKED
#define LOCAL "05 'local' 00 "
#define BAD "03 'bad' " LOCAL
#define HTTP "05 '_http' 04 '_tcp' " LOCAL
#define IN_120 " 0001 00000078 "
#define GOOD_PTR HTTP "000c 0001 00001194 0008 05 'Other' c010 "

static const struct {
    const char *title;
    const char *hex;
    struct expect want;
} rows[] = {
    {"H-01: empty datagram", "", {DROP_TRUNCATED, 0, BOTH}},
    {"H-02: one byte", "00", {DROP_TRUNCATED, 0, BOTH}},
    {"H-02: a phone's four bytes", "0aba1000", {DROP_TRUNCATED, 0, ONCE}},
    {"H-02: eleven bytes", "0000 0000 0001 0000 0000 00",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-06: 65535 questions, empty body", "0000 0000 ffff 0000 0000 0000",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-06: 65535 answers, empty body", "0000 0000 0000 ffff 0000 0000",
     {DROP_TRUNCATED, 0, LAZY}},
    {"H-06: 65535 authority records", "0000 0000 0000 0000 ffff 0000",
     {DROP_TRUNCATED, 0, LAZY}},
    {"H-06: 65535 additional records", "0000 0000 0000 0000 0000 ffff",
     {DROP_TRUNCATED, 0, LAZY}},
    {"H-06: 65535 of all", "0000 0000 ffff ffff ffff ffff",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-06: 65535 answers behind a question",
     "0000 0000 0001 ffff 0000 0000" ASKED, {DROP_TRUNCATED, 0, BOTH}},
    {"H-08: bytes left over after the last record",
     ANSWER GOOD_PTR "ffff ffff c0", {NO_DROP, 1, BOTH}},
    {"H-12: pointer to itself", QUESTION "c00c 0001 0001",
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-12: cycle of two", QUESTION "01 'a' c010 c00c 0001 0001",
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-12: cycle through a label", QUESTION "01 'a' c00c 0001 0001",
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-13: pointer forward", QUESTION "c012 0001 0001 " LOCAL,
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-13: pointer into the header", QUESTION "c004 0001 0001",
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-13: pointer beyond the packet", QUESTION "ffff 0001 0001",
     {DROP_BAD_POINTER, 0, BOTH}},
    {"H-13: pointer to the root byte is good",
     TWO_QUESTIONS LOCAL "0001 0001 c012 0001 0001", {NO_DROP, 0, BOTH}},
    {"H-14: lone c0 at the end", QUESTION "c0",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-14: lone c0 after a label", QUESTION "01 'a' c0",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-15: label of type 01", QUESTION "40 00 0001 0001",
     {DROP_BAD_LABEL, 0, BOTH}},
    {"H-15: bit-string label", QUESTION "41 08 ff 00 0001 0001",
     {DROP_BAD_LABEL, 0, BOTH}},
    {"H-15: label of type 10", QUESTION "80 00 0001 0001",
     {DROP_BAD_LABEL, 0, BOTH}},
    {"H-15: label bf", QUESTION "bf 00 0001 0001",
     {DROP_BAD_LABEL, 0, BOTH}},
    {"H-16: label one byte longer than the packet", QUESTION "06 'local'",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-16: no root at the packet's end", QUESTION "05 'local'",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-17: a question and no bytes", QUESTION, {DROP_TRUNCATED, 0, BOTH}},
    {"H-17: no type", QUESTION LOCAL, {DROP_TRUNCATED, 0, BOTH}},
    {"H-17: one byte of type", QUESTION LOCAL "00",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-17: no class", QUESTION LOCAL "0001", {DROP_TRUNCATED, 0, BOTH}},
    {"H-17: one byte of class", QUESTION LOCAL "0001 00",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-23: the root as question", QUESTION "00 00ff 0001",
     {NO_DROP, 0, BOTH}},
    {"H-23: one label as question", QUESTION LOCAL "00ff 0001",
     {NO_DROP, 0, BOTH}},
    {"H-23: one byte as question", QUESTION "01 'x' 00 00ff 0001",
     {NO_DROP, 0, BOTH}},
    {"H-23: the root as owner", ANSWER "00 0001" IN_120 "0004 01020304",
     {NO_DROP, 0, BOTH}},
    {"H-23: one label as owner", ANSWER LOCAL "0001" IN_120 "0004 01020304",
     {NO_DROP, 0, BOTH}},
    {"H-23: one byte as owner", ANSWER "01 'x' 00 0001" IN_120 "0004 01020304",
     {NO_DROP, 0, BOTH}},
    {"H-24: 1.2.3", QUESTION "01 '1' 01 '2' 01 '3' 07 'in-addr' 04 'arpa' 00 "
     "000c 0001", {NO_DROP, 0, BOTH}},
    {"H-24: 1.2.3.4x", QUESTION "01 '1' 01 '2' 01 '3' 02 '4x' 07 'in-addr' "
     "04 'arpa' 00 000c 0001", {NO_DROP, 0, BOTH}},
    {"H-24: 01.2.3.4", QUESTION "02 '01' 01 '2' 01 '3' 01 '4' 07 'in-addr' "
     "04 'arpa' 00 000c 0001", {NO_DROP, 0, BOTH}},
    {"H-24: 256.1.1.1", QUESTION "03 '256' 01 '1' 01 '1' 01 '1' 07 'in-addr' "
     "04 'arpa' 00 000c 0001", {NO_DROP, 0, BOTH}},
    {"H-24: nibbles of many characters", QUESTION "03 'abc' 02 '12' 03 'ip6' "
     "04 'arpa' 00 000c 0001", {NO_DROP, 0, BOTH}},
    {"H-26: RDLENGTH beyond the packet",
     ANSWER BAD "0001" IN_120 "0005 01020304", {DROP_TRUNCATED, 0, BOTH}},
    {"H-26: RDLENGTH 65535", ANSWER BAD "0010" IN_120 "ffff 00",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-26: no RDLENGTH", ANSWER BAD "0010" IN_120,
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-26: the second of two, after a good one",
     TWO_ANSWERS GOOD_PTR BAD "0001" IN_120 "0005 01020304",
     {DROP_TRUNCATED, 0, BOTH}},
    {"H-29: name in rdata runs past the packet",
     ANSWER BAD "000c" IN_120 "0003 05 'lo'", {DROP_BAD_RDATA, 0, BOTH}},
    {"H-29: name in rdata goes on in the next record",
     TWO_ANSWERS BAD "000c" IN_120 "0002 05 'l' " GOOD_PTR,
     {DROP_BAD_RDATA, 1, BOTH}},
};

static void rows_change_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(rows[i].hex, &len);

        print_message("%s\n", rows[i].title);
        check(msg, len, &rows[i].want);
        free(msg);
    }
}

/* --- rows that are built -------------------------------------------- */

struct builder {
    size_t len;
    uint8_t msg[9200];
};

static void put(struct builder *b, const char *hex)
{
    size_t len;
    uint8_t *p = hex_alloc(hex, &len);

    assert_true(b->len + len <= sizeof b->msg);
    memcpy(b->msg + b->len, p, len);
    b->len += len;
    free(p);
}

static void put_byte(struct builder *b, unsigned v)
{
    assert_true(b->len < sizeof b->msg);
    b->msg[b->len++] = (uint8_t)v;
}

static void put_pointer(struct builder *b, size_t at)
{
    put_byte(b, (unsigned)(0xc0 | at >> 8));
    put_byte(b, (unsigned)(at & 0xff));
}

static void put_label(struct builder *b, size_t len, unsigned fill)
{
    put_byte(b, (unsigned)len);
    while (len-- > 0)
        put_byte(b, fill);
}

/* H-03: nothing may go to port 0, so what comes from it is not answered. */
static void refuses_port_zero(void **state)
{
    size_t len;
    uint8_t *query = hex_alloc(QUESTION "03 'Web' " HTTP "0021 0001", &len);
    struct host h;

    (void)state;
    host_start(&h);
    for (unsigned form = 0; form < 4; form++) {
        query[2] = form & 1 ? 0x84 : 0;
        h.said = 0;
        receive(&h, form & 2 ? ADDR_V6 : ADDR_V4, 0, query, len);
        run(&h, 1000);
        assert_int_equal(h.said, 0);
        assert_int_equal(engine_stats(h.e)->dropped[DROP_PORT], form + 1);
    }
    ask(&h);
    host_stop(&h);
    free(query);
}

/* H-05, M-18.3-02, M-18.11-02: an opcode or a response code not zero. */
static void refuses_opcodes_and_rcodes(void **state)
{
    struct expect opcode = {DROP_OPCODE, 0, BOTH};
    struct expect rcode = {DROP_RCODE, 0, BOTH};

    (void)state;
    for (unsigned v = 1; v < 16; v++) {
        size_t len;
        uint8_t *msg = hex_alloc(QUESTION "03 'Web' " HTTP "0021 0001", &len);

        print_message("H-05: %u\n", v);
        msg[3] = (uint8_t)v;
        check(msg, len, &rcode);
        msg[3] = 0;
        msg[2] = (uint8_t)(v << 3);
        check(msg, len, &opcode);
        free(msg);
    }
}

/* H-07: over 9000 bytes with headers (RFC 6762 section 17). */
static void refuses_oversize(void **state)
{
    static const size_t sizes[] = {9001, 20000, 65507};
    struct expect want = {DROP_TOO_BIG, 0, BOTH};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        uint8_t *msg = calloc(1, sizes[i]);

        print_message("H-07: %zu bytes\n", sizes[i]);
        assert_non_null(msg);
        msg[5] = 1;
        check(msg, sizes[i], &want);
        free(msg);
    }
}

/* H-08: a query with bytes behind it is a query. */
static void answers_before_leftovers(void **state)
{
    size_t len;
    uint8_t *msg = hex_alloc(QUESTION "03 'Web' " HTTP "0021 0001 ffffff",
                             &len);
    struct host h;

    (void)state;
    host_start(&h);
    receive(&h, ADDR_V4, ASKER_PORT, msg, len);
    assert_int_equal(h.answered, 1);
    host_stop(&h);
    free(msg);
}

/* H-09: random bytes, and good packets with random faults. */
static void survives_random_bytes(void **state)
{
    uint64_t random = 88172645463325252u;
    struct host h;

    (void)state;
    host_start(&h);
    for (unsigned n = 0; n < 60000; n++) {
        uint8_t msg[128];

        for (size_t i = 0; i < sizeof msg; i += 8) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            memcpy(msg + i, &random, 8);
        }
        size_t len = msg[127] & 127;
        if (n & 1) {
            static const uint8_t head[] = {0, 0, 0, 0, 0, 1, 0, 1, 0, 0,
                                           0, 0, 3, 'b', 'a', 'd', 5};
            memcpy(msg, head, sizeof head);
            msg[2] = n & 2 ? 0x84 : 0;
        }
        receive(&h, n & 4 ? ADDR_V6 : ADDR_V4, 5353, msg, len);
        if (n % 64 == 0)
            run(&h, 7);
    }
    run(&h, 2000);
    assert_int_equal(engine_stats(h.e)->renames, 0);
    assert_int_equal(engine_stats(h.e)->cached_records, 0);
    ask(&h);
    host_stop(&h);
}

/* H-10: the same question ten times in a second is answered once. */
static void answers_repeats_once(void **state)
{
    size_t len;
    uint8_t *msg = hex_alloc(QUESTION HTTP "000c 0001", &len);
    struct host h;

    (void)state;
    host_start(&h);
    run(&h, 5000);
    h.said = 0;
    for (unsigned i = 0; i < 10; i++) {
        receive(&h, ADDR_V4, 5353, msg, len);
        run(&h, 50);
    }
    assert_int_equal(h.said, 1);
    host_stop(&h);
    free(msg);
}

/* H-12, H-19: a cycle, and a chain that ends, of very many pointers. */
static void refuses_pointer_chains(void **state)
{
    struct expect want = {DROP_BAD_POINTER, 0, BOTH};
    struct builder b = {0};

    (void)state;
    print_message("H-12: cycle of 127\n");
    put(&b, "0000 0000 0080 0000 0000 0000");
    for (unsigned i = 0; i < 127; i++)
        put_pointer(&b, i == 0 ? 12 + 2 * 126 : 12 + 2 * (i - 1));
    check(b.msg, b.len, &want);
    print_message("H-19: 130 pointers backwards\n");
    /* Inside a record that is skipped, then used as a name. */
    b.len = 0;
    put(&b, TWO_ANSWERS "00 ff00" IN_120 "0109 " LOCAL);
    size_t chain = b.len - 7;
    put_pointer(&b, chain);
    while (b.len < chain + 0x109)
        put_pointer(&b, b.len - 2);
    put_pointer(&b, b.len - 2);
    put(&b, "0001" IN_120 "0004 01020304");
    check(b.msg, b.len, &want);
}

/* H-18, D13: 256 bytes with the root are a name, 257 are not. */
static void limits_name_length(void **state)
{
    (void)state;
    for (size_t last = 60; last <= 63; last++) {
        /* 3 * 64 + 1 + last + 1: 254 to 257 */
        struct expect want = {last == 63 ? DROP_NAME_TOO_LONG : NO_DROP, 0,
                              BOTH};
        struct builder b = {0};

        print_message("H-18: %zu bytes\n", 194 + last);
        put(&b, QUESTION);
        for (unsigned i = 0; i < 3; i++)
            put_label(&b, 63, 'n');
        put_label(&b, last, 'n');
        put(&b, "00 0001 0001");
        check(b.msg, b.len, &want);
        print_message("H-18: the same over a pointer\n");
        want.form = EAGER;
        b.len = 0;
        put(&b, TWO_QUESTIONS);
        for (unsigned i = 0; i < 3; i++)
            put_label(&b, 63, 'n');
        put(&b, "00 0001 0001");
        put_label(&b, last, 'n');
        put(&b, "c00c 0001 0001");
        check(b.msg, b.len, &want);
    }
}

/* H-20: names that share all they can, as many as a packet holds. */
static void expands_many_names_quickly(void **state)
{
    struct expect want = {NO_DROP, 0, BOTH};
    struct builder b = {0};
    unsigned count = 1;

    (void)state;
    put(&b, QUESTION);
    for (unsigned i = 0; i < 126; i++)
        put(&b, "01 'n'");
    put(&b, "00 0001 0001");
    while (b.len + 6 <= 8972) {
        put(&b, "c00c 0001 0001");
        count++;
    }
    b.msg[4] = (uint8_t)(count >> 8);
    b.msg[5] = (uint8_t)count;
    check(b.msg, b.len, &want);
}

/* H-21, H-22: every byte in a name, as owner, question and target. */
static void keeps_odd_names(void **state)
{
    static const char *const labels[] = {
        "04 c9c9c9c9", "03 ff80fe", "02 0000", "03 1b5b41", "03 '.\\ '",
        "03 efbbbf", "01 7f",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(labels); i++) {
        struct expect want = {NO_DROP, 1, BOTH};
        struct builder b = {0};

        print_message("H-22: label %s\n", labels[i]);
        put(&b, ANSWER HTTP "000c 0001 00001194 00");
        size_t mark = b.len;
        put_byte(&b, 0);
        put(&b, labels[i]);
        put(&b, "c010");
        b.msg[mark] = (uint8_t)(b.len - mark - 1);
        check(b.msg, b.len, &want);
        b.len = 0;
        want.found = 0;
        put(&b, QUESTION);
        put(&b, labels[i]);
        put(&b, LOCAL "00ff 0001");
        check(b.msg, b.len, &want);
    }
}

/* H-21: the longest text a name can have. */
static void keeps_longest_text(void **state)
{
    struct expect want = {NO_DROP, 1, BOTH};
    struct builder b = {0};
    struct name name;
    char text[NAME_TEXT_MAX];

    (void)state;
    put(&b, ANSWER HTTP "000c 0001 00001194 0100");
    size_t at = b.len;
    for (unsigned i = 0; i < 3; i++)
        put_label(&b, 63, 0xff);
    put_label(&b, 62, 0xff);
    put_byte(&b, 0);
    assert_int_equal(b.len - at, NAME_WIRE_MAX);
    check(b.msg, b.len, &want);
    struct wire_reader rd = wire_reader(b.msg, b.len);
    rd.pos = at;
    assert_true(name_read(&rd, &name));
    assert_int_equal(strlen(name_text(&name, text)), 4 * 251 + 4);
}

/* H-24: a reverse question of many labels. */
static void ignores_long_reverse_names(void **state)
{
    struct expect want = {NO_DROP, 0, BOTH};
    struct builder b = {0};

    (void)state;
    put(&b, QUESTION);
    for (unsigned i = 0; i < 64; i++)
        put(&b, "01 'f'");
    put(&b, "03 'ip6' 04 'arpa' 00 000c 0001");
    check(b.msg, b.len, &want);
    b.len = 0;
    put(&b, QUESTION);
    for (unsigned i = 0; i < 3; i++)
        put_label(&b, 63, '1');
    put(&b, "07 'in-addr' 04 'arpa' 00 000c 0001");
    check(b.msg, b.len, &want);
}

/* H-25, M-16.0-05, M-16.0-06: ASCII case is one, other bytes are not. */
static void folds_ascii_only(void **state)
{
    size_t len;
    struct host h;
    uint8_t *upper = hex_alloc(QUESTION "03 'WEB' 05 '_HTTP' 04 '_tcp' "
                               "05 'LOCAL' 00 0021 0001", &len);
    struct name name;

    (void)state;
    host_start(&h);
    receive(&h, ADDR_V4, ASKER_PORT, upper, len);
    assert_int_equal(h.answered, 1);
    free(upper);

    name_of(&name, "\\233.local"); /* e9: e acute in Latin-1 */
    assert_non_null(
        engine_watch(h.e, h.now_ms, &name, RR_A, LINKS_ALL, NULL));
    pull(&h);
    h.added = 0;
    uint8_t *other = hex_alloc("0000 8400 0000 0001 0000 0000 01 c9 " LOCAL
                               "0001" IN_120 "0004 01020304", &len);
    receive(&h, ADDR_V4, 5353, other, len);
    assert_int_equal(h.added, 0);
    other[13] = 0xe9;
    receive(&h, ADDR_V4, 5353, other, len);
    assert_int_equal(h.added, 1);
    free(other);
    host_stop(&h);
}

/* H-27, H-28, H-30: rdata that does not have the form of its type: that
 * record is skipped, the one after it is kept. */
static void skips_bad_rdata(void **state)
{
    static const struct {
        const char *title;
        const char *type;
        const char *rdata; /* with its length */
        bool good;
    } cases[] = {
        {"H-27: A", "0001", "0000", false},
        {"H-27: AAAA", "001c", "0000", false},
        {"H-27: PTR", "000c", "0000", false},
        {"H-27: CNAME", "0005", "0000", false},
        {"H-27: SRV", "0021", "0000", false},
        {"H-27: TXT is an empty one", "0010", "0000", true},
        {"H-27: HINFO", "000d", "0000", false},
        {"H-27: NSEC", "002f", "0000", false},
        {"H-27: NS", "0002", "0000", false},
        {"H-28: A of 3", "0001", "0003 010203", false},
        {"H-28: A of 5", "0001", "0005 0102030405", false},
        {"H-28: AAAA of 15", "001c",
         "000f fe80 0000 0000 0000 0000 0000 0000 01", false},
        {"H-28: AAAA of 17", "001c",
         "0011 fe80 0000 0000 0000 0000 0000 0000 0000 01", false},
        {"H-28: SRV of 1", "0021", "0001 00", false},
        {"H-28: SRV of 6", "0021", "0006 000000000050", false},
        {"H-28: PTR with bytes after the name", "000c",
         "0009 " LOCAL "0000", false},
        {"H-28: SRV with bytes after the name", "0021",
         "000e 000000000050 " LOCAL "00", false},
        {"H-28: CNAME with bytes after the name", "0005",
         "0008 " LOCAL "00", false},
        {"H-30: TXT string of 255 in 10 bytes", "0010",
         "000a ff 'abcdefghi'", false},
        {"H-30: HINFO string of 255 in 10 bytes", "000d",
         "000a ff 'abcdefghi'", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct builder b = {0};
        struct expect want = {cases[i].good ? NO_DROP : DROP_BAD_RDATA,
                              cases[i].good ? 2 : 1, BOTH};

        print_message("%s\n", cases[i].title);
        put(&b, TWO_ANSWERS BAD);
        put(&b, cases[i].type);
        put(&b, IN_120);
        put(&b, cases[i].rdata);
        put(&b, HTTP "000c 0001 00001194 000f 05 'Other' 01 'x' " LOCAL);
        check(b.msg, b.len, &want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_change_nothing),
        cmocka_unit_test(refuses_port_zero),
        cmocka_unit_test(refuses_opcodes_and_rcodes),
        cmocka_unit_test(refuses_oversize),
        cmocka_unit_test(answers_before_leftovers),
        cmocka_unit_test(survives_random_bytes),
        cmocka_unit_test(answers_repeats_once),
        cmocka_unit_test(refuses_pointer_chains),
        cmocka_unit_test(limits_name_length),
        cmocka_unit_test(expands_many_names_quickly),
        cmocka_unit_test(keeps_odd_names),
        cmocka_unit_test(keeps_longest_text),
        cmocka_unit_test(ignores_long_reverse_names),
        cmocka_unit_test(folds_ascii_only),
        cmocka_unit_test(skips_bad_rdata),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
