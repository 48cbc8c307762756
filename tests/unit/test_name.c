/*
 * test_name.c - names: from messages, compared, cut and joined, as text
 *
 * The ids in the titles are those of tests/requirements.tsv; H- ids name
 * hostile inputs that have hurt other programs.
 */
#include "crier/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define HEADER "0000 0000 0000 0000 0000 0000 " /* names begin at 12 = 0c */

static struct name named(const char *text)
{
    struct name name;

    assert_int_equal(name_from_text(text, &name, NULL), NAME_TEXT_OK);
    return name;
}

/* --- from messages --------------------------------------------------- */

static const struct {
    const char *title;
    const char *hex;
    size_t at; /* where the name starts */
    enum wire_err err;
    const char *text; /* expected name, and */
    size_t next;      /* rd.pos after it, if err is WIRE_OK */
} reads[] = {
    {"H-23 root", HEADER "00", 12, WIRE_OK, ".", 13},
    {"H-23 one label of one byte", HEADER "01 'a' 00", 12, WIRE_OK, "a.", 15},
    {"plain", HEADER "01 'a' 05 'local' 00", 12, WIRE_OK, "a.local.", 21},
    {"W-4343-4.0-01 case stays", HEADER "03 'AbC' 00", 12, WIRE_OK, "AbC.",
     17},
    {"M-18.14-05 pointer", HEADER "05 'local' 00 01 'b' c00c ff", 19, WIRE_OK,
     "b.local.", 23},
    {"M-18.14-05 pointer to the middle",
     HEADER "01 'a' 05 'local' 00 01 'b' c00e", 21, WIRE_OK, "b.local.", 25},
    {"M-18.14-05 two hops", HEADER "05 'local' 00 01 'b' c00c 01 'c' c013", 23,
     WIRE_OK, "c.b.local.", 27},
    {"pointer alone", HEADER "05 'local' 00 c00c 99", 19, WIRE_OK, "local.",
     21},
    {"pointer to a pointer", HEADER "01 'a' 00 c00c c00f", 17, WIRE_OK, "a.",
     19},
    {"H-13 pointer to a root byte", HEADER "00 01 'a' c00c", 13, WIRE_OK,
     "a.", 17},
    {"H-22 any bytes", HEADER "06 00ff 2e5c20c3 00", 12, WIRE_OK,
     "\\000\\255\\.\\\\\\032\\195.", 20},
    {"M-16.0-03 U+FEFF is a character", HEADER "04 efbbbf 61 00", 12, WIRE_OK,
     "\\239\\187\\191a.", 18},
    {"H-12 W-1035-4.1.4-02 pointer to itself", HEADER "c00c", 12,
     WIRE_BAD_POINTER, NULL, 0},
    {"H-12 label, then pointer to it", HEADER "01 'a' c00c", 12,
     WIRE_BAD_POINTER, NULL, 0},
    {"H-12 loop of two", HEADER "c00e c00c", 14, WIRE_BAD_POINTER, NULL, 0},
    {"H-12 loop of two with labels", HEADER "01 'a' c010 01 'b' c00c", 16,
     WIRE_BAD_POINTER, NULL, 0},
    {"H-13 forward", HEADER "c00e 01 'a' 00", 12, WIRE_BAD_POINTER, NULL, 0},
    {"H-13 forward in the second hop", HEADER "c010 c00c 01 'a' 00", 14,
     WIRE_BAD_POINTER, NULL, 0},
    {"H-13 into its own labels", HEADER "01 'a' 01 'b' c00e", 12,
     WIRE_BAD_POINTER, NULL, 0},
    {"H-13 to the header's first byte", HEADER "c000", 12, WIRE_BAD_POINTER,
     NULL, 0},
    {"H-13 to the header's last byte", HEADER "c00b", 12, WIRE_BAD_POINTER,
     NULL, 0},
    {"H-13 beyond the message", HEADER "ffff", 12, WIRE_BAD_POINTER, NULL, 0},
    {"H-14 half a pointer", HEADER "c0", 12, WIRE_TRUNCATED, NULL, 0},
    {"H-14 half a pointer after a label", HEADER "01 'a' c0", 12,
     WIRE_TRUNCATED, NULL, 0},
    {"H-16 no name", HEADER, 12, WIRE_TRUNCATED, NULL, 0},
    {"H-16 no final zero", HEADER "01 'a'", 12, WIRE_TRUNCATED, NULL, 0},
    {"H-16 label one longer than what is left", HEADER "03 'ab'", 12,
     WIRE_TRUNCATED, NULL, 0},
    {"H-16 label of nothing", HEADER "3f", 12, WIRE_TRUNCATED, NULL, 0},
    {"H-15 label type 01", HEADER "01 'a' 41 'b' 00", 12, WIRE_BAD_LABEL, NULL,
     0},
    {"H-15 label type 10 behind a pointer", HEADER "80 c00c", 13,
     WIRE_BAD_LABEL, NULL, 0},
};

/* W-1035-3.1-01, W-1035-4.1.4-02, M-18.14-05, M-16.0-03, W-4343-4.0-01 */
static void reads_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reads); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(reads[i].hex, &len);
        struct wire_reader rd = wire_reader(msg, len);
        struct name got;
        char text[NAME_TEXT_MAX];

        print_message("name_read: %s\n", reads[i].title);
        rd.pos = reads[i].at;
        assert_int_equal(name_read(&rd, &got), reads[i].err == WIRE_OK);
        assert_int_equal(rd.err, reads[i].err);
        if (reads[i].err == WIRE_OK) {
            assert_string_equal(name_text(&got, text), reads[i].text);
            assert_int_equal(rd.pos, reads[i].next);
        } else {
            assert_int_equal(rd.pos, reads[i].at);
        }
        free(msg);
    }
}

/* The same table: what is good is skipped to the same place. */
static void skips_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(reads); i++) {
        size_t len;
        uint8_t *msg = hex_alloc(reads[i].hex, &len);
        struct wire_reader rd = wire_reader(msg, len);

        rd.pos = reads[i].at;
        if (reads[i].err == WIRE_OK) {
            print_message("name_skip: %s\n", reads[i].title);
            assert_true(name_skip(&rd));
            assert_int_equal(rd.pos, reads[i].next);
        } else if (!name_skip(&rd)) {
            print_message("name_skip refuses: %s\n", reads[i].title);
            assert_int_equal(rd.err, reads[i].err);
        } else {
            /* The fault lies behind the pointer, where skip does not look. */
            assert_int_equal(msg[rd.pos - 2] & 0xc0, 0xc0);
        }
        free(msg);
    }
}

static void leaves_a_reader_in_error_alone(void **state)
{
    uint8_t *msg = exact_copy("\0\0\0\0\0\0\0\0\0\0\0\0\1a\0", 15);
    struct wire_reader rd = wire_reader(msg, 15);
    struct name name;

    (void)state;
    rd.pos = 12;
    wire_fail(&rd, WIRE_BAD_RDATA);
    assert_false(name_read(&rd, &name));
    assert_false(name_skip(&rd));
    assert_int_equal(rd.err, WIRE_BAD_RDATA);
    assert_int_equal(rd.pos, 12);
    free(msg);
}

/* H-15, W-1035-3.1-02, W-6891-5.0-01: 0x40 to 0xbf are no label lengths. */
static void refuses_other_label_types(void **state)
{
    (void)state;
    for (unsigned head = 0x40; head < 0xc0; head++) {
        uint8_t *msg = calloc(1, 12 + 200);
        struct wire_reader rd = wire_reader(msg, 12 + 200);
        struct name name;

        msg[12] = (uint8_t)head;
        rd.pos = 12;
        assert_false(name_read(&rd, &name));
        assert_int_equal(rd.err, WIRE_BAD_LABEL);
        rd = wire_reader(msg, 12 + 200);
        rd.pos = 12;
        assert_false(name_skip(&rd));
        assert_int_equal(rd.err, WIRE_BAD_LABEL);
        free(msg);
    }
}

/* W-1035-3.1-01: every length of label, and none cut anywhere is read. */
static void label_lengths(void **state)
{
    (void)state;
    for (size_t len = 1; len <= NAME_LABEL_MAX; len++) {
        for (size_t cut = 0; cut <= 1 + len + 1; cut++) {
            uint8_t *msg = calloc(1, 12 + cut + 1);
            uint8_t *exact;
            struct wire_reader rd;
            struct name name;

            if (cut > 0)
                msg[12] = (uint8_t)len;
            for (size_t i = 1; i < cut && i <= len; i++)
                msg[12 + i] = 'x';
            exact = exact_copy(msg, 12 + cut);
            rd = wire_reader(exact, 12 + cut);
            rd.pos = 12;
            assert_int_equal(name_read(&rd, &name), cut == 1 + len + 1);
            if (cut == 1 + len + 1)
                assert_int_equal(name.wire[0], len);
            else
                assert_int_equal(rd.err, WIRE_TRUNCATED);
            free(exact);
            free(msg);
        }
    }
}

/* A name of `len` bytes in all, without pointers, appended to msg. */
static size_t put_long_name(uint8_t *msg, size_t at, size_t len)
{
    size_t left = len - 1;

    while (left > 0) {
        size_t size = left > 64 ? 64 : left;

        if (left - size == 1)
            size--; /* a length byte alone would be no label */
        msg[at] = (uint8_t)(size - 1);
        memset(msg + at + 1, 'x', size - 1);
        at += size;
        left -= size;
    }
    msg[at] = 0;
    return at + 1;
}

/* H-18, M-C.0-01, M-C.0-02: 256 bytes with the final zero, no more. */
static void longest_names(void **state)
{
    (void)state;
    for (size_t len = 250; len <= 300; len++) {
        uint8_t *msg = calloc(1, 12 + len);
        struct wire_reader rd = wire_reader(msg, 12 + len);
        struct name name;
        enum wire_err want = len <= 256 ? WIRE_OK : WIRE_NAME_TOO_LONG;

        print_message("%zu bytes\n", len);
        assert_int_equal(put_long_name(msg, 12, len), 12 + len);
        rd.pos = 12;
        assert_int_equal(name_read(&rd, &name), want == WIRE_OK);
        assert_int_equal(rd.err, want);
        if (want == WIRE_OK) {
            assert_int_equal(name.len, len);
            assert_memory_equal(name.wire, msg + 12, len);
        }
        rd = wire_reader(msg, 12 + len);
        rd.pos = 12;
        assert_int_equal(name_skip(&rd), want == WIRE_OK);
        assert_int_equal(rd.err, want);
        free(msg);
    }
}

/* H-18, M-C.0-02: too long only by what a pointer adds. */
static void longest_names_by_pointer(void **state)
{
    (void)state;
    for (size_t front = 2; front <= 64; front++) {
        /* 200 bytes, then front bytes of label and a pointer to them */
        size_t len = 12 + 200 + front + 2;
        uint8_t *msg = calloc(1, len);
        struct wire_reader rd = wire_reader(msg, len);
        struct name name;
        enum wire_err want =
            200 + front <= 256 ? WIRE_OK : WIRE_NAME_TOO_LONG;

        put_long_name(msg, 12, 200);
        msg[212] = (uint8_t)(front - 1);
        memset(msg + 213, 'y', front - 1);
        msg[len - 2] = 0xc0;
        msg[len - 1] = 12;
        rd.pos = 212;
        assert_int_equal(name_read(&rd, &name), want == WIRE_OK);
        assert_int_equal(rd.err, want);
        if (want == WIRE_OK) {
            assert_int_equal(name.len, 200 + front);
            assert_int_equal(rd.pos, len);
        }
        free(msg);
    }
}

/* 127 labels of one byte: the most there can be. */
static void most_labels(void **state)
{
    uint8_t *msg = calloc(1, 12 + 257);
    struct wire_reader rd = wire_reader(msg, 12 + 257);
    struct name name;

    (void)state;
    for (size_t i = 0; i < 254; i += 2) {
        msg[12 + i] = 1;
        msg[12 + i + 1] = 'a';
    }
    rd.pos = 12;
    assert_true(name_read(&rd, &name));
    assert_int_equal(name.len, 255);
    assert_int_equal(name_labels(&name), NAME_LABELS_MAX);
    msg[12 + 254] = 1;
    msg[12 + 255] = 'a';
    rd = wire_reader(msg, 12 + 257);
    rd.pos = 12;
    assert_false(name_read(&rd, &name));
    assert_int_equal(rd.err, WIRE_NAME_TOO_LONG);
    free(msg);
}

/* H-19, H-12: 128 hops are followed, 129 are not; nor is a cycle of 127. */
static void counts_pointers(void **state)
{
    (void)state;
    for (unsigned hops = 1; hops <= 200; hops++) {
        size_t len = 12 + 3 + 2 * (size_t)hops;
        uint8_t *msg = calloc(1, len);
        struct wire_reader rd = wire_reader(msg, len);
        struct name name;

        msg[12] = 1;
        msg[13] = 'a';
        for (unsigned i = 0; i < hops; i++) {
            size_t target = i == 0 ? 12 : 13 + 2 * (size_t)i;

            msg[15 + 2 * i] = (uint8_t)(0xc0 | target >> 8);
            msg[16 + 2 * i] = (uint8_t)target;
        }
        rd.pos = len - 2;
        assert_int_equal(name_read(&rd, &name), hops <= 128);
        assert_int_equal(rd.err, hops <= 128 ? WIRE_OK : WIRE_BAD_POINTER);

        /* now let the first of them point to the last */
        msg[15] = (uint8_t)(0xc0 | (len - 2) >> 8);
        msg[16] = (uint8_t)(len - 2);
        rd = wire_reader(msg, len);
        rd.pos = len - 2;
        assert_false(name_read(&rd, &name));
        assert_int_equal(rd.err, WIRE_BAD_POINTER);
        free(msg);
    }
}

/* W-1035-4.1.4-01: the largest offset is 0x3fff, whatever the message. */
static void pointer_offset_has_14_bits(void **state)
{
    size_t len = 0x4000 + 20;
    uint8_t *msg = calloc(1, len);
    struct wire_reader rd = wire_reader(msg, len);
    struct name name;
    char text[NAME_TEXT_MAX];

    (void)state;
    msg[0x3fff] = 1;
    msg[0x4000] = 'z';
    msg[len - 2] = 0xff;
    msg[len - 1] = 0xff;
    rd.pos = len - 2;
    assert_true(name_read(&rd, &name));
    assert_string_equal(name_text(&name, text), "z.");
    free(msg);
}

/*
 * H-20: a full-size packet of names that each follow as many pointers and
 * copy as many bytes as is allowed. The limit leaves room for sanitizers;
 * without them it takes half a millisecond.
 */
static void dense_pointers_cost_little(void **state)
{
    uint8_t *msg = calloc(1, WIRE_MESSAGE_MAX);
    clock_t best = CLOCKS_PER_SEC;
    size_t first = 12 + 128 * 4 + 1;

    (void)state;
    /* 12: root; then 127 times a label and a pointer to the one before */
    for (size_t i = 0; i < 127; i++) {
        size_t at = 13 + 4 * i;
        size_t target = i == 0 ? 12 : at - 4;

        msg[at] = 1;
        msg[at + 1] = 'a';
        msg[at + 2] = (uint8_t)(0xc0 | target >> 8);
        msg[at + 3] = (uint8_t)target;
    }
    for (size_t at = first; at + 1 < WIRE_MESSAGE_MAX; at += 2) {
        size_t target = 13 + 4 * 126;

        msg[at] = (uint8_t)(0xc0 | target >> 8);
        msg[at + 1] = (uint8_t)target;
    }
    for (int run = 0; run < 5; run++) {
        struct wire_reader rd = wire_reader(msg, WIRE_MESSAGE_MAX);
        clock_t start = clock();
        unsigned count = 0;

        rd.pos = first;
        /* a record has ten more bytes, so there are no more names than this */
        while (count < WIRE_MESSAGE_MAX / 12) {
            struct name name;

            assert_true(name_read(&rd, &name));
            assert_int_equal(name.len, 255);
            count++;
        }
        if (clock() - start < best)
            best = clock() - start;
    }
    print_message("H-20: %ld us\n", (long)(best * 1000000 / CLOCKS_PER_SEC));
    assert_true(best < CLOCKS_PER_SEC / 50);
    free(msg);
}

/* --- compared -------------------------------------------------------- */

/*
 * H-25, M-16.0-05, M-16.0-06, W-4343-3.0-01, W-4343-3.0-02, W-2181-11.0-01:
 * all pairs of bytes.
 */
static void compares_bytes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++) {
        for (unsigned b = 0; b < 256; b++) {
            struct name na = {.len = 3, .wire = {1, (uint8_t)a, 0}};
            struct name nb = {.len = 3, .wire = {1, (uint8_t)b, 0}};
            bool letters = (a | 0x20) >= 'a' && (a | 0x20) <= 'z';
            bool want = a == b || (letters && (a ^ b) == 0x20);
            int order = name_compare(&na, &nb);

            assert_int_equal(name_equal(&na, &nb), want);
            assert_int_equal(order == 0, want);
            assert_int_equal(order < 0, name_compare(&nb, &na) > 0);
        }
    }
}

static void compares_names(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool equal;
    } cases[] = {
        {".", ".", true},
        {".", "a", false},
        {"MyPrinter.local", "myprinter.LOCAL", true},
        {"a.local", "b.local", false},
        {"a.local", "a.local.local", false},
        {"ab.c", "a.bc", false}, /* same bytes but for the cuts */
        {"a\\.b", "a.b", false},
        {"\\001a", "a", false},
        {"\\195\\137", "\\195\\169", false}, /* accented E, e */
        {"@", "`", false},
        {"[", "{", false},
        {"\\221", "\\253", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name a = named(cases[i].a);
        struct name b = named(cases[i].b);

        print_message("compare %s and %s\n", cases[i].a, cases[i].b);
        assert_int_equal(name_equal(&a, &b), cases[i].equal);
        assert_int_equal(name_equal(&b, &a), cases[i].equal);
        assert_int_equal(name_compare(&a, &b) == 0, cases[i].equal);
    }
}

/* --- cut and joined -------------------------------------------------- */

static void roots_and_labels(void **state)
{
    struct name name;

    (void)state;
    name_root(&name);
    assert_int_equal(name.len, 1);
    assert_int_equal(name_labels(&name), 0);
    assert_null(name_label(&name, 0));
    assert_null(name_label(&name, 1));

    name = named("ab.c.local");
    assert_int_equal(name_labels(&name), 3);
    assert_memory_equal(name_label(&name, 0), "\2ab", 3);
    assert_memory_equal(name_label(&name, 1), "\1c", 2);
    assert_memory_equal(name_label(&name, 2), "\5local", 6);
    assert_null(name_label(&name, 3));
    assert_null(name_label(&name, 4));
    assert_null(name_label(&name, UINT32_MAX));
}

static void prepends_labels(void **state)
{
    char label[NAME_LABEL_MAX + 1];
    struct name name = named("local");
    struct name before;
    char text[NAME_TEXT_MAX];

    (void)state;
    memset(label, 'x', sizeof label);
    assert_true(name_prepend(&name, "a.b", 3));
    assert_string_equal(name_text(&name, text), "a\\.b.local.");
    before = name;
    assert_false(name_prepend(&name, label, 0));
    assert_false(name_prepend(&name, label, NAME_LABEL_MAX + 1));
    assert_true(name_equal(&name, &before));

    name_root(&name);
    for (int i = 0; i < 3; i++)
        assert_true(name_prepend(&name, label, 63));
    for (size_t len = 63; len > 0; len--) {
        before = name;
        /* M-C.0-01: 193 bytes there, 256 may be */
        assert_int_equal(name_prepend(&name, label, len), len <= 62);
        assert_int_equal(name.len, len <= 62 ? 194 + len : 193);
        name = before;
    }
}

static void appends_names(void **state)
{
    struct name name = named("a");
    struct name suffix = named("b.local");
    struct name root = named(".");
    struct name before;
    char text[NAME_TEXT_MAX];

    (void)state;
    assert_true(name_append(&name, &suffix));
    assert_string_equal(name_text(&name, text), "a.b.local.");
    assert_true(name_append(&name, &root));
    assert_string_equal(name_text(&name, text), "a.b.local.");
    assert_true(name_append(&root, &name));
    assert_string_equal(name_text(&root, text), "a.b.local.");
    assert_true(name_append(&name, &name));
    assert_string_equal(name_text(&name, text), "a.b.local.a.b.local.");

    name.len = (uint16_t)put_long_name(name.wire, 0, 128);
    suffix.len = (uint16_t)put_long_name(suffix.wire, 0, 129);
    before = name;
    assert_true(name_append(&name, &suffix));
    assert_int_equal(name.len, 256);
    name = before;
    suffix.len = (uint16_t)put_long_name(suffix.wire, 0, 130);
    assert_false(name_append(&name, &suffix));
    assert_int_equal(name.len, before.len);
    assert_memory_equal(name.wire, before.wire, before.len);
}

static void cuts_suffixes(void **state)
{
    static const char *const want[] = {"A.b.local.", "b.local.", "local.",
                                       "."};
    struct name name = named("A.b.local");
    char text[NAME_TEXT_MAX];

    (void)state;
    for (unsigned drop = 0; drop < 4; drop++) {
        struct name out;

        name_suffix(&name, drop, &out);
        assert_string_equal(name_text(&out, text), want[drop]);
    }
    name_suffix(&name, 1, &name);
    assert_string_equal(name_text(&name, text), "b.local.");
}

static void finds_what_is_under(void **state)
{
    static const struct {
        const char *name;
        const char *suffix;
        bool under;
    } cases[] = {
        {"a.local", "local", true},
        {"a.b.LOCAL", "B.local", true},
        {"local", "local", true},
        {"local", ".", true},
        {".", ".", true},
        {".", "local", false},
        {"local", "a.local", false},
        {"xlocal", "local", false},
        {"a.local.arpa", "local", false},
        {"a\\005local", "local", false}, /* the label's bytes, not a label */
        {"ab.local", "b.local", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct name name = named(cases[i].name);
        struct name suffix = named(cases[i].suffix);

        print_message("%s under %s\n", cases[i].name, cases[i].suffix);
        assert_int_equal(name_under(&name, &suffix), cases[i].under);
    }
}

/* --- text ------------------------------------------------------------ */

#define X10 "xxxxxxxxxx"
#define X60 X10 X10 X10 X10 X10 X10
#define X63 X60 "xxx"

/* W-4343-2.1-02, W-2181-11.0-01, M-C.0-02 */
static void reads_text(void **state)
{
    static const struct {
        const char *title;
        const char *text;
        enum name_text_err err;
        size_t at;
        const char *hex; /* of the wire form if it is a name */
    } cases[] = {
        {"plain", "a.local", NAME_TEXT_OK, 7, "01 'a' 05 'local' 00"},
        {"final dot", "a.local.", NAME_TEXT_OK, 8, "01 'a' 05 'local' 00"},
        {"root", ".", NAME_TEXT_OK, 1, "00"},
        {"escaped dot and backslash", "a\\.b\\\\c", NAME_TEXT_OK, 7,
         "05 'a.b\\c' 00"},
        {"escaped letter", "\\a\\-", NAME_TEXT_OK, 4, "02 'a-' 00"},
        {"decimal", "\\000\\046\\255", NAME_TEXT_OK, 12, "03 00 2e ff 00"},
        {"digits after a decimal", "\\0321", NAME_TEXT_OK, 5, "02 ' 1' 00"},
        {"escaped final dot belongs to the label", "a\\.", NAME_TEXT_OK, 3,
         "02 'a.' 00"},
        {"raw UTF-8 and blanks", "\xc3\xa9 b", NAME_TEXT_OK, 4,
         "04 c3a92062 00"},
        {"label of 63", X63, NAME_TEXT_OK, 63, NULL},
        {"name of 256", X63 "." X63 "." X63 "." X60 "xx", NAME_TEXT_OK, 254,
         NULL},
        {"empty", "", NAME_TEXT_EMPTY, 0, NULL},
        {"dot in front", ".a", NAME_TEXT_EMPTY_LABEL, 0, NULL},
        {"two dots", "a..b", NAME_TEXT_EMPTY_LABEL, 2, NULL},
        {"two dots at the end", "a..", NAME_TEXT_EMPTY_LABEL, 2, NULL},
        {"dots only", "..", NAME_TEXT_EMPTY_LABEL, 0, NULL},
        {"label of 64", "a." X63 "y", NAME_TEXT_LABEL_LONG, 65, NULL},
        {"label of 64 by an escape", X63 "\\001", NAME_TEXT_LABEL_LONG, 63,
         NULL},
        {"name of 257", X63 "." X63 "." X63 "." X63, NAME_TEXT_LONG, 254,
         NULL},
        {"name of 258", X63 "." X63 "." X63 "." X60 "x.x", NAME_TEXT_LONG,
         254, NULL},
        {"name of 258 after a full one",
         X63 "." X63 "." X63 "." X60 "xx.y", NAME_TEXT_LONG, 255, NULL},
        {"backslash at the end", "a\\", NAME_TEXT_ESCAPE, 1, NULL},
        {"one digit", "a\\1", NAME_TEXT_ESCAPE, 1, NULL},
        {"two digits", "ab\\12", NAME_TEXT_ESCAPE, 2, NULL},
        {"two digits and a letter", "\\12a", NAME_TEXT_ESCAPE, 0, NULL},
        {"over 255", "a\\256", NAME_TEXT_ESCAPE, 1, NULL},
        {"999", "a.\\999", NAME_TEXT_ESCAPE, 2, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *text = (char *)exact_copy(cases[i].text,
                                        strlen(cases[i].text) + 1);
        struct name name;
        size_t at = 9999;

        print_message("name_from_text: %s\n", cases[i].title);
        assert_int_equal(name_from_text(text, &name, &at), cases[i].err);
        assert_int_equal(at, cases[i].at);
        assert_int_equal(name_from_text(text, &name, NULL), cases[i].err);
        if (cases[i].hex != NULL) {
            size_t len;
            uint8_t *want = hex_alloc(cases[i].hex, &len);

            assert_int_equal(name.len, len);
            assert_memory_equal(name.wire, want, len);
            free(want);
        }
        free(text);
    }
}

static void explains_errors(void **state)
{
    (void)state;
    for (int a = NAME_TEXT_OK; a <= NAME_TEXT_ESCAPE; a++) {
        const char *text = name_text_error((enum name_text_err)a);

        assert_true(strlen(text) > 5);
        for (int b = NAME_TEXT_OK; b < a; b++)
            assert_string_not_equal(text,
                                    name_text_error((enum name_text_err)b));
    }
}

/* W-4343-2.1-01, H-22: any byte in any place survives the way to text. */
static void text_round_trip(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        struct name name = {.len = 6, .wire = {2, 'a', 0, 1, 0, 0}};
        struct name back;
        char text[NAME_TEXT_MAX];
        bool plain = byte >= 0x21 && byte <= 0x7e;

        name.wire[2] = (uint8_t)byte;
        name.wire[4] = (uint8_t)byte;
        name_text(&name, text);
        for (const char *p = text; *p != '\0'; p++)
            assert_true(*p >= 0x21 && *p <= 0x7e);
        if (byte == '.' || byte == '\\')
            assert_int_equal(strlen(text), 7);
        else
            assert_int_equal(strlen(text), plain ? 5 : 11);
        assert_int_equal(name_from_text(text, &back, NULL), NAME_TEXT_OK);
        assert_int_equal(back.len, name.len);
        assert_memory_equal(back.wire, name.wire, name.len);
    }
}

/* H-21: the longest text there is fits, and comes back. */
static void longest_text(void **state)
{
    struct name name;
    struct name back;
    char *text = malloc(NAME_TEXT_MAX);

    (void)state;
    name.len = (uint16_t)put_long_name(name.wire, 0, NAME_WIRE_MAX);
    for (size_t at = 0; name.wire[at] != 0; at += 1u + name.wire[at])
        memset(name.wire + at + 1, 0xff, name.wire[at]);
    name_text(&name, text);
    assert_int_equal(strlen(text), 1008);
    assert_int_equal(name_from_text(text, &back, NULL), NAME_TEXT_OK);
    assert_int_equal(back.len, NAME_WIRE_MAX);
    assert_memory_equal(back.wire, name.wire, NAME_WIRE_MAX);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_names),
        cmocka_unit_test(skips_names),
        cmocka_unit_test(leaves_a_reader_in_error_alone),
        cmocka_unit_test(refuses_other_label_types),
        cmocka_unit_test(label_lengths),
        cmocka_unit_test(longest_names),
        cmocka_unit_test(longest_names_by_pointer),
        cmocka_unit_test(most_labels),
        cmocka_unit_test(counts_pointers),
        cmocka_unit_test(pointer_offset_has_14_bits),
        cmocka_unit_test(dense_pointers_cost_little),
        cmocka_unit_test(compares_bytes),
        cmocka_unit_test(compares_names),
        cmocka_unit_test(roots_and_labels),
        cmocka_unit_test(prepends_labels),
        cmocka_unit_test(appends_names),
        cmocka_unit_test(cuts_suffixes),
        cmocka_unit_test(finds_what_is_under),
        cmocka_unit_test(reads_text),
        cmocka_unit_test(explains_errors),
        cmocka_unit_test(text_round_trip),
        cmocka_unit_test(longest_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
