/*
 * test_rdata.c - the form of rdata: from messages, flat, compared
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

/* --- rdata from a message -------------------------------------------- */

/*
 * A message whose one record has that type and rdata. Before it stands the
 * name h.local. at offset 0x0c for the pointers.
 */
static uint8_t *record_of(uint16_t type, const char *rdata_hex,
                          const char *after_hex, struct wire_reader *rd,
                          struct rr_view *rr)
{
    static const uint8_t names[] = "\1h\5local\0\0\0\1";
    size_t rdata_len;
    size_t after_len;
    uint8_t *rdata = hex_alloc(rdata_hex, &rdata_len);
    uint8_t *after = hex_alloc(after_hex, &after_len);
    size_t len = 12 + 13 + 11 + rdata_len + after_len;
    uint8_t *msg = calloc(1, len);

    memcpy(msg + 12, names, sizeof names - 1);
    msg[26] = (uint8_t)(type >> 8);
    msg[27] = (uint8_t)type;
    msg[29] = RR_IN;
    msg[34] = (uint8_t)(rdata_len >> 8);
    msg[35] = (uint8_t)rdata_len;
    memcpy(msg + 36, rdata, rdata_len);
    memcpy(msg + 36 + rdata_len, after, after_len);
    free(rdata);
    free(after);
    *rd = wire_reader(msg, len);
    rd->pos = 25;
    assert_true(rr_read(rd, rr));
    assert_int_equal(rr->type, type);
    assert_int_equal(rr->rdata_len, rdata_len);
    return msg;
}

#define H_LOCAL "01 'h' 05 'local' 00 "
#define WINDOW32 "ffffffff ffffffff ffffffff ffffffff" \
                 "ffffffff ffffffff ffffffff ffffffff "

static const struct {
    const char *title;
    uint16_t type;
    const char *rdata;
    const char *flat; /* NULL: malformed */
} flats[] = {
    {"A", RR_A, "0a000001", "0a000001"},
    {"H-28 A of 3", RR_A, "0a0000", NULL},
    {"H-28 A of 5", RR_A, "0a00000102", NULL},
    {"AAAA", RR_AAAA, "fe80000000000000 0000000000000001",
     "fe80000000000000 0000000000000001"},
    {"H-28 AAAA of 15", RR_AAAA, "fe80000000000000 00000000000001", NULL},
    {"H-28 AAAA of 17", RR_AAAA, "fe80000000000000 0000000000000001 00",
     NULL},
    {"PTR in full", RR_PTR, H_LOCAL, H_LOCAL},
    {"PTR by pointer", RR_PTR, "c00c", H_LOCAL},
    {"PTR to the root", RR_PTR, "00", "00"},
    {"H-28 PTR with a byte after it", RR_PTR, "c00c 00", NULL},
    {"PTR with two names", RR_PTR, H_LOCAL H_LOCAL, NULL},
    {"H-29 PTR that runs on", RR_PTR, "01 'h' 05 'loc'", NULL},
    {"H-29 PTR without final zero", RR_PTR, "01 'h'", NULL},
    {"H-29 PTR with half a pointer", RR_PTR, "01 'h' c0", NULL},
    {"H-12 PTR to itself", RR_PTR, "c024", NULL},
    {"H-13 PTR forward", RR_PTR, "c026", NULL},
    {"H-13 PTR into the header", RR_PTR, "c000", NULL},
    {"H-15 PTR with label type 10", RR_PTR, "80 00", NULL},
    {"CNAME", RR_CNAME, "01 'x' c00e", "01 'x' 05 'local' 00"},
    {"H-28 CNAME with bytes after it", RR_CNAME, "c00c 0102", NULL},
    {"NS", RR_NS, "c00c", H_LOCAL},
    {"MD", RR_MD, "c00c", H_LOCAL},
    {"MF", RR_MF, "c00c", H_LOCAL},
    {"MB", RR_MB, "c00c", H_LOCAL},
    {"MG", RR_MG, "c00c", H_LOCAL},
    {"MR", RR_MR, "c00c", H_LOCAL},
    {"DNAME", RR_DNAME, "c00c", H_LOCAL},
    {"SOA", RR_SOA,
     "c00c c00e 00000001 00000002 00000003 00000004 00000005",
     H_LOCAL "05 'local' 00 00000001 00000002 00000003 00000004 00000005"},
    {"SOA one byte short", RR_SOA,
     "c00c c00e 00000001 00000002 00000003 00000004 000000", NULL},
    {"SOA one byte long", RR_SOA,
     "c00c c00e 00000001 00000002 00000003 00000004 00000005 00", NULL},
    {"MINFO", RR_MINFO, "c00c c00e", H_LOCAL "05 'local' 00"},
    {"MINFO of one name", RR_MINFO, "c00c", NULL},
    {"RP", RR_RP, "c00c 00", H_LOCAL "00"},
    {"MX", RR_MX, "000a c00c", "000a" H_LOCAL},
    {"MX without name", RR_MX, "000a", NULL},
    {"MX with half a number", RR_MX, "00", NULL},
    {"AFSDB", RR_AFSDB, "0001 c00c", "0001" H_LOCAL},
    {"RT", RR_RT, "0001 c00c", "0001" H_LOCAL},
    {"KX", RR_KX, "0001 c00c", "0001" H_LOCAL},
    {"PX", RR_PX, "0001 c00c c00e", "0001" H_LOCAL "05 'local' 00"},
    {"PX of one name", RR_PX, "0001 c00c", NULL},
    {"SRV in full", RR_SRV, "ffff ffff ffff" H_LOCAL,
     "ffff ffff ffff" H_LOCAL},
    {"M-18.14-08 SRV by pointer", RR_SRV, "0001 0002 1f90 c00c",
     "0001 0002 1f90" H_LOCAL},
    {"SRV that is not available", RR_SRV, "0000 0000 0000 00",
     "0000 0000 0000 00"},
    {"H-28 SRV of 1", RR_SRV, "00", NULL},
    {"H-28 SRV of 5", RR_SRV, "0000 0000 00", NULL},
    {"H-28 SRV of 6", RR_SRV, "0000 0000 0000", NULL},
    {"H-28 SRV with a byte after it", RR_SRV, "0000 0000 0000 c00c 00", NULL},
    {"TXT", RR_TXT, "03 'a=1' 00 01 'b'", "03 'a=1' 00 01 'b'"},
    {"H-38 TXT of one zero byte", RR_TXT, "00", "00"},
    {"H-38 S-6.1-04 TXT of nothing", RR_TXT, "", "00"},
    {"H-38 TXT with NUL and high bytes", RR_TXT, "05 'k=' 00ff80",
     "05 'k=' 00ff80"},
    {"H-30 S-6.1-02 TXT string past the rdata", RR_TXT, "ff 'abcdefghi'",
     NULL},
    {"TXT string one too long", RR_TXT, "01 'a' 02 'b'", NULL},
    {"HINFO", RR_HINFO, "05 'AMD64' 05 'LINUX'", "05 'AMD64' 05 'LINUX'"},
    {"HINFO of empty strings", RR_HINFO, "00 00", "00 00"},
    {"HINFO of one string", RR_HINFO, "05 'AMD64'", NULL},
    {"HINFO of three strings", RR_HINFO, "00 00 00", NULL},
    {"H-30 HINFO string past the rdata", RR_HINFO, "00 ff 'abcdefgh'", NULL},
    {"M-6.1-04 NSEC", RR_NSEC, "c00c 00 01 40", H_LOCAL "00 01 40"},
    {"NSEC A+AAAA", RR_NSEC, "c00c 00 04 40000008", H_LOCAL
     "00 04 40000008"},
    {"NSEC of 32 bytes", RR_NSEC, "c00c 00 20" WINDOW32, H_LOCAL
     "00 20" WINDOW32},
    {"M-6.1-08 NSEC with another name", RR_NSEC, "c00e 00 01 40",
     "05 'local' 00 00 01 40"},
    {"M-6.1-08 NSEC with the root", RR_NSEC, "00 00 01 40", "00 00 01 40"},
    {"M-6.1-03 NSEC of two blocks", RR_NSEC, "c00c 00 01 40 04 01 80", H_LOCAL
     "00 01 40 04 01 80"},
    {"NSEC of block 1 only", RR_NSEC, "c00c 01 01 40", H_LOCAL "01 01 40"},
    {"H-31 NSEC without blocks", RR_NSEC, "c00c", NULL},
    {"H-31 NSEC with half a block header", RR_NSEC, "c00c 00", NULL},
    {"H-31 NSEC block of 0", RR_NSEC, "c00c 00 00", NULL},
    {"H-31 NSEC block of 33", RR_NSEC, "c00c 00 21" WINDOW32 "00", NULL},
    {"H-31 NSEC block of 255", RR_NSEC, "c00c 00 ff 40", NULL},
    {"H-31 NSEC block past the rdata", RR_NSEC, "c00c 00 02 40", NULL},
    {"H-31 NSEC byte after the blocks", RR_NSEC, "c00c 00 01 40 01", NULL},
    {"W-4034-4.1.2-02 NSEC blocks out of order", RR_NSEC,
     "c00c 04 01 80 00 01 40", NULL},
    {"H-31 NSEC block twice", RR_NSEC, "c00c 00 01 40 00 01 40", NULL},
    {"H-31 NSEC name longer than the rdata", RR_NSEC, "01 'h' 05 'loca'",
     NULL},
    {"H-32 OPT", RR_OPT, "0004 0001 00", "0004 0001 00"},
    {"H-32 RRSIG", 46, "c000", "c000"},
    {"H-32 DNSKEY of nothing", 48, "", ""},
    {"H-32 NSEC3", 50, "c00c ff", "c00c ff"},
    {"H-32 NAPTR", 35, "c0", "c0"},
    {"H-32 SIG", RR_SIG, "c0c0", "c0c0"},
    {"H-32 type 0", 0, "0102", "0102"},
    {"H-32 type ANY", RR_ANY, "0102", "0102"},
    {"H-32 type 65280", 65280, "c00c", "c00c"},
    {"H-27 A of nothing", RR_A, "", NULL},
    {"H-27 AAAA of nothing", RR_AAAA, "", NULL},
    {"H-27 PTR of nothing", RR_PTR, "", NULL},
    {"H-27 CNAME of nothing", RR_CNAME, "", NULL},
    {"H-27 SRV of nothing", RR_SRV, "", NULL},
    {"H-27 HINFO of nothing", RR_HINFO, "", NULL},
    {"H-27 NSEC of nothing", RR_NSEC, "", NULL},
    {"H-27 NS of nothing", RR_NS, "", NULL},
    {"H-27 SOA of nothing", RR_SOA, "", NULL},
};

/*
 * M-18.14-06, M-18.14-07, M-18.14-08, W-1035-4.1.4-03, W-1035-4.1.4-04,
 * W-1035-3.3-01, W-1035-3.3.2-01, W-1035-3.4.1-01, W-2782-format-01,
 * M-6.1-04, M-6.1-08, M-6.1-09, S-6.1-02, S-6.1-04
 *
 * Each once at the message's end, and once before bytes that would complete
 * a name, a string or a block that is cut by RDLENGTH.
 */
static void flattens_rdata(void **state)
{
    static uint8_t buf[RR_FLAT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(flats); i++) {
        print_message("rdata_flatten: %s\n", flats[i].title);
        for (int more = 0; more < 2; more++) {
            struct wire_reader rd;
            struct rr_view rr;
            uint8_t *msg = record_of(flats[i].type, flats[i].rdata,
                                     more ? "00 0c 00 01 40 00 00 00" : "",
                                     &rd, &rr);
            int got = rdata_flatten(&rd, &rr, buf);

            if (flats[i].flat == NULL) {
                assert_int_equal(got, -1);
            } else {
                size_t len;
                uint8_t *want = hex_alloc(flats[i].flat, &len);

                assert_int_equal(got, len);
                assert_memory_equal(buf, want, len);
                free(want);
            }
            assert_int_equal(rd.err, WIRE_OK); /* D16: the message is good */
            free(msg);
        }
    }
}

/* The flat form, sent back as rdata, is its own flat form; and is valid. */
static void flat_is_flat(void **state)
{
    static uint8_t buf[RR_FLAT_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(flats); i++) {
        struct wire_reader rd;
        struct rr_view rr;
        size_t len;
        uint8_t *want;
        uint8_t *msg;

        if (flats[i].flat == NULL)
            continue;
        msg = record_of(flats[i].type, flats[i].flat, "", &rd, &rr);
        want = hex_alloc(flats[i].flat, &len);
        assert_int_equal(rdata_flatten(&rd, &rr, buf), len);
        assert_memory_equal(buf, want, len);
        assert_true(rdata_equal(flats[i].type, buf, len, want, len));
        if (flats[i].type != RR_OPT && flats[i].type != RR_ANY &&
            flats[i].type != 0 && len > 0)
            assert_true(rdata_valid(flats[i].type, want, len));
        free(want);
        free(msg);
    }
}

/* S-6.1-01, H-38: strings of 255 bytes up to the limit, and past it. */
static void flattens_large_rdata(void **state)
{
    static uint8_t buf[RR_FLAT_MAX];
    size_t room = 12 + 11 + 65535;
    uint8_t *msg = calloc(1, room);

    (void)state;
    for (size_t len = 8700; len <= 9100; len++) {
        struct wire_reader rd = wire_reader(msg, 12 + 11 + len);
        struct rr_view rr;

        memset(msg, 0, room);
        msg[14] = RR_TXT;
        msg[21] = (uint8_t)(len >> 8);
        msg[22] = (uint8_t)len;
        for (size_t at = 0; at < len; at += 256)
            msg[23 + at] = (uint8_t)(len - at > 256 ? 255 : len - at - 1);
        rd.pos = 12;
        assert_true(rr_read(&rd, &rr));
        assert_int_equal(rdata_flatten(&rd, &rr, buf),
                         len <= RR_RDATA_MAX ? (int)len : -1);
    }
    free(msg);
}

/* Two names that grow to their longest: the buffer holds them. */
static void flattens_long_names(void **state)
{
    uint8_t *buf = malloc(RR_FLAT_MAX);
    uint8_t msg[12 + 256 + 11 + 2 + 2 + 2] = {0};
    struct wire_reader rd = wire_reader(msg, sizeof msg);
    struct rr_view rr;

    (void)state;
    for (size_t at = 12; at < 12 + 256 - 64; at += 64)
        msg[at] = 63;
    msg[12 + 192] = 62;
    msg[12 + 256 + 2] = RR_PX;
    msg[12 + 256 + 10] = 6;
    for (size_t i = 0; i < 4; i += 2) {
        msg[12 + 256 + 11 + 2 + i] = 0xc0;
        msg[12 + 256 + 11 + 2 + i + 1] = 12;
    }
    rd.pos = 12 + 256;
    assert_true(rr_read(&rd, &rr));
    assert_int_equal(rdata_flatten(&rd, &rr, buf), 2 + 256 + 256);
    free(buf);
}

/* H-34, M-6.1-10: a bad record between good ones costs itself only. */
static void bad_rdata_spoils_nothing_else(void **state)
{
    static uint8_t buf[RR_FLAT_MAX];
    static const int want[] = {9, -1, 4, -1, 1};
    size_t len;
    uint8_t *msg = hex_alloc(
        HEADER "01 'h' 05 'local' 00 000c 0001 00001194 0002 c00c"
               "c00c 002f 8001 00000078 0003 00 0021"
               "c00c 0001 8001 00000078 0004 0a000001"
               "c00c 0001 8001 00000078 0003 0a0000"
               "c00c 0010 8001 00000078 0000", &len);
    struct wire_reader rd = wire_reader(msg, len);

    (void)state;
    rd.pos = 12;
    for (size_t i = 0; i < COUNT(want); i++) {
        struct rr_view rr;
        char text[NAME_TEXT_MAX];

        /* the first PTR points to its own owner, which is allowed */
        assert_true(rr_read(&rd, &rr));
        assert_string_equal(name_text(&rr.name, text), "h.local.");
        assert_int_equal(rdata_flatten(&rd, &rr, buf), want[i]);
    }
    assert_int_equal(rd.pos, len);
    free(msg);
}

/* --- flat rdata ------------------------------------------------------ */

static void knows_what_has_a_form(void **state)
{
    static const uint16_t yes[] = {
        RR_A, RR_NS, RR_MD, RR_MF, RR_CNAME, RR_SOA, RR_MB, RR_MG, RR_MR,
        RR_PTR, RR_HINFO, RR_MINFO, RR_MX, RR_TXT, RR_RP, RR_AFSDB, RR_RT,
        RR_PX, RR_AAAA, RR_SRV, RR_KX, RR_DNAME, RR_NSEC,
    };

    (void)state;
    for (uint16_t type = 0; type < 300; type++) {
        bool want = false;

        for (size_t i = 0; i < COUNT(yes); i++)
            want = want || yes[i] == type;
        assert_int_equal(rr_has_names(type), want);
    }
}

static void finds_the_last_name(void **state)
{
    static const struct {
        const char *title;
        uint16_t type;
        const char *hex;
        int at;
    } cases[] = {
        {"PTR", RR_PTR, H_LOCAL, 0},
        {"PTR cut", RR_PTR, "01 'h' 05 'local'", -1},
        {"PTR of nothing", RR_PTR, "", -1},
        {"CNAME", RR_CNAME, H_LOCAL, 0},
        {"DNAME", RR_DNAME, H_LOCAL, 0},
        {"NS", RR_NS, H_LOCAL, 0},
        {"SRV", RR_SRV, "0000 0000 0050" H_LOCAL, 6},
        {"SRV without target", RR_SRV, "0000 0000 0050", -1},
        {"SRV cut", RR_SRV, "0000 0000 00", -1},
        {"NSEC", RR_NSEC, H_LOCAL "00 01 40", 0},
        {"MX", RR_MX, "000a" H_LOCAL, 2},
        {"RP", RR_RP, "01 'a' 00" H_LOCAL, 3},
        {"PX", RR_PX, "0001 01 'a' 00" H_LOCAL, 5},
        {"SOA", RR_SOA, "00 01 'a' 00 0000000000000000000000000000000000000000",
         1},
        {"M-18.14-04 MINFO is not compressed", RR_MINFO, H_LOCAL H_LOCAL, -1},
        {"M-18.14-04 NAPTR", 35, H_LOCAL, -1},
        {"A", RR_A, "0a000001", -1},
        {"TXT", RR_TXT, "00", -1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *rdata = hex_alloc(cases[i].hex, &len);

        print_message("rdata_name_at: %s\n", cases[i].title);
        assert_int_equal(rdata_name_at(cases[i].type, rdata, len),
                         cases[i].at);
        free(rdata);
    }
}

/* M-16.0-05: names in rdata without case, everything else to the byte. */
static void equals_rdata(void **state)
{
    static const struct {
        const char *title;
        uint16_t type;
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {"PTR in other case", RR_PTR, H_LOCAL, "01 'H' 05 'LOCAL' 00", true},
        {"PTR to another", RR_PTR, H_LOCAL, "01 'i' 05 'local' 00", false},
        {"PTR of other length", RR_PTR, H_LOCAL, "01 'h' 00", false},
        {"labels cut elsewhere", RR_PTR, "02 'ab' 01 'c' 00",
         "01 'a' 02 'bc' 00", false},
        {"SRV in other case", RR_SRV, "0000 0000 0050" H_LOCAL,
         "0000 0000 0050 01 'H' 05 'local' 00", true},
        {"SRV: 'A' and 'a' in numbers differ", RR_SRV,
         "0000 0000 0041" H_LOCAL, "0000 0000 0061 01 'H' 05 'local' 00",
         false},
        {"NSEC in other case", RR_NSEC, H_LOCAL "00 01 40",
         "01 'H' 05 'local' 00 00 01 40", true},
        {"NSEC: 'A' and 'a' in the bitmap differ", RR_NSEC, H_LOCAL
         "00 01 41", "01 'H' 05 'local' 00 00 01 61", false},
        {"SOA in other case", RR_SOA,
         "00 01 'a' 00 0000000000000000000000000000000000000041",
         "00 01 'A' 00 0000000000000000000000000000000000000041", true},
        {"SOA of other numbers", RR_SOA,
         "00 01 'a' 00 0000000000000000000000000000000000000041",
         "00 01 'A' 00 0000000000000000000000000000000000000061", false},
        {"TXT in other case differs", RR_TXT, "01 'a'", "01 'A'", false},
        {"TXT", RR_TXT, "01 'a'", "01 'a'", true},
        {"A", RR_A, "0a000041", "0a000061", false},
        {"opaque", 65280, "01 'a' 00", "01 'A' 00", false},
        {"nothing", 65280, "", "", true},
        {"malformed but the same", RR_PTR, "05 'ab'", "05 'ab'", true},
        {"malformed and not the same", RR_PTR, "05 'ab'", "05 'AB'", false},
        {"SRV too short", RR_SRV, "0000", "0001", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t alen;
        size_t blen;
        uint8_t *a = hex_alloc(cases[i].a, &alen);
        uint8_t *b = hex_alloc(cases[i].b, &blen);

        print_message("rdata_equal: %s\n", cases[i].title);
        assert_int_equal(rdata_equal(cases[i].type, a, alen, b, blen),
                         cases[i].equal);
        assert_int_equal(rdata_equal(cases[i].type, b, blen, a, alen),
                         cases[i].equal);
        free(a);
        free(b);
    }
}

/*
 * W-4034-4.1.2-01, W-4034-4.1.2-03, W-4034-4.1.2-05, M-6.1-03: the bitmap,
 * for every type in the first blocks.
 */
static void reads_nsec_bitmaps(void **state)
{
    static const struct {
        const char *title;
        const char *hex;
        uint16_t has[6]; /* 0-terminated; all others not */
    } cases[] = {
        {"A", H_LOCAL "00 01 40", {RR_A}},
        {"A and AAAA", H_LOCAL "00 04 40000008", {RR_A, RR_AAAA}},
        {"TXT and SRV", H_LOCAL "00 05 0000800040", {RR_TXT, RR_SRV}},
        {"trailing zeros", H_LOCAL "00 20 40 00000000000000 0000000000000000"
         "0000000000000000 0000000000000000", {RR_A}},
        {"OPT, ANY and type 0 do not count", H_LOCAL
         "00 20 c0 00000000400000 0000000000000000"
         "0000000000000000 0000000000000001", {RR_A}},
        {"A and TYPE257", H_LOCAL "00 01 40 01 01 40", {RR_A, 257}},
        {"TYPE257 alone", H_LOCAL "01 01 40", {257}},
        {"root as next name", "00 00 01 40", {RR_A}},
        {"none: blocks cut", H_LOCAL "00 04 400000", {0}},
        {"none: no blocks", H_LOCAL, {0}},
        {"none: name cut", "01 'h' 05 'local'", {0}},
        {"none: nothing", "", {0}},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *rdata = hex_alloc(cases[i].hex, &len);

        print_message("rdata_nsec_has: %s\n", cases[i].title);
        for (uint16_t type = 0; type < 600; type++) {
            bool want = false;

            for (size_t t = 0; t < 6 && cases[i].has[t] != 0; t++)
                want = want || cases[i].has[t] == type;
            assert_int_equal(rdata_nsec_has(rdata, len, type), want);
        }
        free(rdata);
    }
}

/* H-91, S-6.1-03, W-6891-6.1.1-02: what a local client may not publish. */
static void checks_what_is_published(void **state)
{
    static const struct {
        const char *title;
        uint16_t type;
        const char *hex;
        bool valid;
    } cases[] = {
        {"A", RR_A, "0a000001", true},
        {"A of 3", RR_A, "0a0000", false},
        {"A of nothing", RR_A, "", false},
        {"TXT of one zero byte", RR_TXT, "00", true},
        {"TXT of nothing", RR_TXT, "", false},
        {"TXT string past the end", RR_TXT, "02 'a'", false},
        {"PTR", RR_PTR, H_LOCAL, true},
        {"PTR with a pointer", RR_PTR, "01 'a' c000", false},
        {"PTR with label type 01", RR_PTR, "4100", false},
        {"PTR with bytes after it", RR_PTR, "00 00", false},
        {"SRV", RR_SRV, "0000 0000 ffff" H_LOCAL, true},
        {"SRV without target", RR_SRV, "0000 0000 ffff", false},
        {"HINFO", RR_HINFO, "01 'a' 01 'b'", true},
        {"HINFO of one string", RR_HINFO, "01 'a'", false},
        {"NSEC", RR_NSEC, H_LOCAL "00 01 40", true},
        {"NSEC block past the end", RR_NSEC, H_LOCAL "00 02 40", false},
        {"NSEC without blocks", RR_NSEC, H_LOCAL, false},
        {"unknown type", 65280, "c0", true},
        {"unknown type of nothing", 65280, "", false},
        {"type 0", 0, "00", false},
        {"OPT", RR_OPT, "00", false},
        {"type 128", 128, "00", false},
        {"TKEY", RR_TKEY, "00", false},
        {"TSIG", RR_TSIG, "00", false},
        {"ANY", RR_ANY, "00", false},
        {"type 256", 256, "00", true},
    };
    uint8_t *large = calloc(1, RR_RDATA_MAX + 1);
    uint8_t name[257] = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *rdata = hex_alloc(cases[i].hex, &len);

        print_message("rdata_valid: %s\n", cases[i].title);
        assert_int_equal(rdata_valid(cases[i].type, rdata, len),
                         cases[i].valid);
        free(rdata);
    }
    assert_true(rdata_valid(RR_TXT, large, RR_RDATA_MAX));
    assert_false(rdata_valid(RR_TXT, large, RR_RDATA_MAX + 1));
    assert_true(rdata_valid(65280, large, RR_RDATA_MAX));
    assert_false(rdata_valid(65280, large, RR_RDATA_MAX + 1));
    free(large);

    print_message("M-C.0-02: names of 256 and 257 bytes\n");
    name[0] = name[64] = name[128] = 63;
    name[192] = 62;
    assert_true(rdata_valid(RR_PTR, name, 256));
    name[192] = 63;
    assert_false(rdata_valid(RR_PTR, name, 257));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flattens_rdata),
        cmocka_unit_test(flat_is_flat),
        cmocka_unit_test(flattens_large_rdata),
        cmocka_unit_test(flattens_long_names),
        cmocka_unit_test(bad_rdata_spoils_nothing_else),
        cmocka_unit_test(knows_what_has_a_form),
        cmocka_unit_test(finds_the_last_name),
        cmocka_unit_test(equals_rdata),
        cmocka_unit_test(reads_nsec_bitmaps),
        cmocka_unit_test(checks_what_is_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
