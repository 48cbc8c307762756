/*
 * test_rr.c - header, questions and records as they stand in a message
 *
 * The ids in the titles are those of tests/requirements.tsv; H- ids name
 * hostile inputs that have hurt other programs.
 */
#include "crier/rr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define HEADER "0000 8400 0000 0000 0000 0000 " /* the rest begins at 0c */

/* --- header ---------------------------------------------------------- */

/* W-1035-4.1.1-01, H-02: twelve bytes or nothing. */
static void reads_headers(void **state)
{
    size_t full;
    uint8_t *msg = hex_alloc("1234 8400 0001 0203 0405 ffff", &full);

    (void)state;
    for (size_t len = 0; len <= full; len++) {
        uint8_t *cut = exact_copy(msg, len);
        struct wire_reader rd = wire_reader(cut, len);
        struct message_header h;

        print_message("header of %zu bytes\n", len);
        assert_int_equal(message_header_read(&rd, &h), len == full);
        if (len == full) {
            assert_int_equal(h.id, 0x1234);
            assert_int_equal(h.flags, MSG_QR | MSG_AA);
            assert_int_equal(h.count[0], 1);
            assert_int_equal(h.count[1], 0x0203);
            assert_int_equal(h.count[2], 0x0405);
            assert_int_equal(h.count[3], 0xffff);
            assert_int_equal(rd.pos, 12);
        } else {
            assert_int_equal(rd.err, WIRE_TRUNCATED);
        }
        free(cut);
    }
    free(msg);
}

/* --- questions ------------------------------------------------------- */

/* W-1035-4.1.2-01, M-5.4-01, M-10.2-10, M-10.2-11 */
static void reads_questions(void **state)
{
    static const struct {
        const char *title;
        const char *hex;
        uint16_t type, class;
        bool qu;
    } cases[] = {
        {"QM", HEADER "01 'a' 00 000c 0001", RR_PTR, RR_IN, false},
        {"QU", HEADER "01 'a' 00 000c 8001", RR_PTR, RR_IN, true},
        {"ANY ANY", HEADER "01 'a' 00 00ff 00ff", RR_ANY, RR_CLASS_ANY, false},
        {"QU, class ANY", HEADER "01 'a' 00 ffff 80ff", 0xffff, RR_CLASS_ANY,
         true},
        {"largest class", HEADER "01 'a' 00 0001 ffff", RR_A, 0x7fff, true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(cases[i].hex, &len);
        struct wire_reader rd = wire_reader(msg, len);
        struct question_view q;

        print_message("question_read: %s\n", cases[i].title);
        rd.pos = 12;
        assert_true(question_read(&rd, &q));
        assert_int_equal(q.type, cases[i].type);
        assert_int_equal(q.class, cases[i].class);
        assert_int_equal(q.qu, cases[i].qu);
        assert_int_equal(rd.pos, len);
        free(msg);
    }
}

/* W-1035-4.1.2-01, M-18.14-05: no padding; names of odd and even length. */
static void reads_questions_in_a_row(void **state)
{
    size_t len;
    uint8_t *msg = hex_alloc(HEADER "01 'a' 05 'local' 00 0001 0001"
                                    "02 'ab' c00e 001c 8001"
                                    "c019 0010 0001", &len);
    struct wire_reader rd = wire_reader(msg, len);
    struct question_view q;
    char text[NAME_TEXT_MAX];

    (void)state;
    rd.pos = 12;
    assert_true(question_read(&rd, &q));
    assert_string_equal(name_text(&q.name, text), "a.local.");
    assert_true(question_read(&rd, &q));
    assert_string_equal(name_text(&q.name, text), "ab.local.");
    assert_int_equal(q.type, RR_AAAA);
    assert_true(question_read(&rd, &q));
    assert_string_equal(name_text(&q.name, text), "ab.local.");
    assert_int_equal(q.type, RR_TXT);
    assert_int_equal(rd.pos, len);
    assert_false(question_read(&rd, &q)); /* H-06: the count promised more */
    assert_int_equal(rd.err, WIRE_TRUNCATED);
    free(msg);
}

/* H-17, H-26, W-1035-3.2.1-01: cut at every byte, nothing is read. */
static void refuses_cut_messages(void **state)
{
    static const char question[] = HEADER "03 'abc' 00 0001 0001";
    static const char record[] = HEADER "03 'abc' 00 0001 0001 00000078"
                                        "0004 0a000001";

    (void)state;
    for (int is_rr = 0; is_rr < 2; is_rr++) {
        size_t len;
        uint8_t *msg = hex_alloc(is_rr ? record : question, &len);

        for (size_t size = 12; size <= len; size++) {
            uint8_t *cut = exact_copy(msg, size);
            struct wire_reader rd = wire_reader(cut, size);
            struct question_view q;
            struct rr_view rr;

            rd.pos = 12;
            assert_int_equal(is_rr ? rr_read(&rd, &rr)
                                   : question_read(&rd, &q), size == len);
            assert_int_equal(rd.err, size == len ? WIRE_OK : WIRE_TRUNCATED);
            free(cut);
        }
        free(msg);
    }
}

/* --- records --------------------------------------------------------- */

/* W-1035-3.2.1-01, M-10.2-11, W-2181-8.0-02, and the pseudo-records */
static void reads_records(void **state)
{
    static const struct {
        const char *title;
        const char *hex;
        uint16_t type, class;
        bool flush;
        uint32_t ttl_s;
        uint16_t rdata_len;
    } cases[] = {
        {"shared", HEADER "00 000c 0001 00001194 0001 00", RR_PTR, RR_IN,
         false, 4500, 1},
        {"unique", HEADER "00 0001 8001 00000078 0004 0a000001", RR_A, RR_IN,
         true, 120, 4},
        {"goodbye", HEADER "00 0001 8001 00000000 0004 0a000001", RR_A, RR_IN,
         true, 0, 4},
        {"no rdata", HEADER "00 0010 0001 00001194 0000", RR_TXT, RR_IN, false,
         4500, 0},
        {"H-32 M-22.0-01 class of all low bits",
         HEADER "00 ff00 ffff 00000001 0000", 0xff00, 0x7fff, true, 1, 0},
        {"H-32 class 0, type 0", HEADER "00 0000 0000 00000001 0000", 0, 0,
         false, 1, 0},
        {"H-35 TTL 7fffffff", HEADER "00 0001 0001 7fffffff 0000", RR_A, RR_IN,
         false, 0x7fffffff, 0},
        {"H-35 TTL 80000000", HEADER "00 0001 0001 80000000 0000", RR_A, RR_IN,
         false, 0, 0},
        {"H-35 TTL ffffffff", HEADER "00 0001 0001 ffffffff 0000", RR_A, RR_IN,
         false, 0, 0},
        {"H-33 OPT, its class is a size", HEADER "00 0029 05a0 00000000 0000",
         RR_OPT, 1440, false, 0, 0},
        {"H-33 M-10.2-12 OPT of 65535 bytes, rcode 255, version 1",
         HEADER "00 0029 ffff ff018000 0004 0004 0000", RR_OPT, 0xffff, false,
         0xff018000, 4},
        {"H-33 OPT that is no root's", HEADER "01 'a' 00 0029 8001 00000000"
         "0000", RR_OPT, 0x8001, false, 0, 0},
        {"M-10.2-12 TSIG", HEADER "00 00fa 80ff 00000000 0000", RR_TSIG,
         0x80ff, false, 0, 0},
        {"M-10.2-12 TKEY", HEADER "00 00f9 80ff 00000000 0000", RR_TKEY,
         0x80ff, false, 0, 0},
        {"M-10.2-12 SIG(0)", HEADER "00 0018 80ff 00000000 0002 0000", RR_SIG,
         0x80ff, false, 0, 2},
        {"SIG that covers A", HEADER "00 0018 8001 00000000 0002 0001", RR_SIG,
         RR_IN, true, 0, 2},
        {"SIG cut short", HEADER "00 0018 8001 00000000 0001 00", RR_SIG,
         RR_IN, true, 0, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(cases[i].hex, &len);
        struct wire_reader rd = wire_reader(msg, len);
        struct rr_view rr;

        print_message("rr_read: %s\n", cases[i].title);
        rd.pos = 12;
        assert_true(rr_read(&rd, &rr));
        assert_int_equal(rr.type, cases[i].type);
        assert_int_equal(rr.class, cases[i].class);
        assert_int_equal(rr.flush, cases[i].flush);
        assert_int_equal(rr.ttl_s, cases[i].ttl_s);
        assert_int_equal(rr.rdata_len, cases[i].rdata_len);
        assert_int_equal(rr.rdata_at + rr.rdata_len, len);
        assert_int_equal(rd.pos, len);
        free(msg);
    }
}

/* H-26, H-12..H-16: what makes the rest of the message unreadable. */
static void refuses_records(void **state)
{
    static const struct {
        const char *title;
        const char *hex;
        enum wire_err err;
    } cases[] = {
        {"H-26 RDLENGTH one too many", HEADER "00 0001 0001 00000078 0005"
         "0a000001", WIRE_TRUNCATED},
        {"H-26 RDLENGTH 65535", HEADER "00 0010 0001 00000078 ffff 00",
         WIRE_TRUNCATED},
        {"owner points to itself", HEADER "c00c 0001 0001 00000078 0000",
         WIRE_BAD_POINTER},
        {"owner points into the header", HEADER "c000 0001 0001 00000078 0000",
         WIRE_BAD_POINTER},
        {"owner with a label of type 01", HEADER "4161 0001 0001 00000078",
         WIRE_BAD_LABEL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(cases[i].hex, &len);
        struct wire_reader rd = wire_reader(msg, len);
        struct rr_view rr;

        print_message("rr_read refuses: %s\n", cases[i].title);
        rd.pos = 12;
        assert_false(rr_read(&rd, &rr));
        assert_int_equal(rd.err, cases[i].err);
        free(msg);
    }
}

/* --- order --------------------------------------------------------- */

/* M-8.2-06, M-8.2-08: class, type, then bytes as unsigned numbers. */
static void compares_records(void **state)
{
    static const struct {
        const char *title;
        uint16_t class_a, type_a;
        const char *a;
        uint16_t class_b, type_b;
        const char *b;
        int order;
    } cases[] = {
        {"equal", RR_IN, RR_A, "0a000001", RR_IN, RR_A, "0a000001", 0},
        {"169.254.99.200 and .200.50 (section 8.2.1)", RR_IN, RR_A,
         "a9fe63c8", RR_IN, RR_A, "a9fec832", -1},
        {"class first", RR_IN, RR_TXT, "ff", 3, RR_A, "00", -1},
        {"type before rdata", RR_IN, RR_A, "0affffff", RR_IN, RR_TXT, "00",
         -1},
        {"a prefix is earlier", RR_IN, RR_TXT, "01 'a'", RR_IN, RR_TXT,
         "01 'a' 00", -1},
        {"nothing is earlier", RR_IN, RR_TXT, "", RR_IN, RR_TXT, "00", -1},
        {"nothing and nothing", RR_IN, RR_TXT, "", RR_IN, RR_TXT, "", 0},
        {"bytes are unsigned", RR_IN, RR_TXT, "7f", RR_IN, RR_TXT, "80", -1},
        {"case counts", RR_IN, RR_PTR, "01 'A' 00", RR_IN, RR_PTR,
         "01 'a' 00", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t alen;
        size_t blen;
        uint8_t *a = hex_alloc(cases[i].a, &alen);
        uint8_t *b = hex_alloc(cases[i].b, &blen);
        int there = rr_compare(cases[i].class_a, cases[i].type_a, a, alen,
                               cases[i].class_b, cases[i].type_b, b, blen);
        int back = rr_compare(cases[i].class_b, cases[i].type_b, b, blen,
                              cases[i].class_a, cases[i].type_a, a, alen);

        print_message("rr_compare: %s\n", cases[i].title);
        assert_int_equal((there > 0) - (there < 0), cases[i].order);
        assert_int_equal((back > 0) - (back < 0), -cases[i].order);
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers),
        cmocka_unit_test(reads_questions),
        cmocka_unit_test(reads_questions_in_a_row),
        cmocka_unit_test(refuses_cut_messages),
        cmocka_unit_test(reads_records),
        cmocka_unit_test(refuses_records),
        cmocka_unit_test(compares_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
