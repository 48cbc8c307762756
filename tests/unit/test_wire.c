/*
 * test_wire.c - reader and writer: bounds, byte order, compression, and
 * taking back
 *
 * The ids in the titles are those of tests/requirements.tsv.
 */
#include "crier/name.h"
#include "crier/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "hex.h"
#include "tree.h"

static struct wire_writer writer(uint8_t *buf, size_t max, uint64_t mark)
{
    struct wire_writer w;

    wire_begin(&w, buf, max, mark);
    return w;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* --- reader ---------------------------------------------------------- */

/* W-1035-2.3.2-01: most significant byte first. */
static void reads_integers(void **state)
{
    size_t len;
    uint8_t *msg = hex_alloc("80 0102 fffefdfc 'ab' 00", &len);
    struct wire_reader rd = wire_reader(msg, len);

    (void)state;
    assert_int_equal(wire_u8(&rd), 0x80);
    assert_int_equal(wire_u16(&rd), 0x0102);
    assert_int_equal(wire_u32(&rd), 0xfffefdfc);
    assert_ptr_equal(wire_bytes(&rd, 2), msg + 7);
    assert_int_equal(wire_u8(&rd), 0);
    assert_int_equal(rd.pos, len);
    assert_non_null(wire_bytes(&rd, 0)); /* nothing is there, at the end too */
    assert_int_equal(rd.err, WIRE_OK);
    free(msg);
}

/* W-1035-3.2.1-01: a field that the message's end cuts is not read. */
static void refuses_past_the_end(void **state)
{
    (void)state;
    for (size_t len = 0; len < 4; len++) {
        uint8_t *msg = exact_copy("\xff\xff\xff\xff", len);
        struct wire_reader rd = wire_reader(msg, len);

        print_message("u32 with %zu bytes left\n", len);
        assert_int_equal(wire_u32(&rd), 0);
        assert_int_equal(rd.err, WIRE_TRUNCATED);
        assert_int_equal(rd.pos, 0);
        rd = wire_reader(msg, len);
        assert_int_equal(wire_u16(&rd), len < 2 ? 0 : 0xffff);
        assert_int_equal(rd.err, len < 2 ? WIRE_TRUNCATED : WIRE_OK);
        rd = wire_reader(msg, len);
        assert_int_equal(wire_u8(&rd), len < 1 ? 0 : 0xff);
        assert_int_equal(rd.err, len < 1 ? WIRE_TRUNCATED : WIRE_OK);
        rd = wire_reader(msg, len);
        assert_null(wire_bytes(&rd, SIZE_MAX));
        assert_int_equal(rd.err, WIRE_TRUNCATED);
        free(msg);
    }
}

static void keeps_the_first_error(void **state)
{
    uint8_t *msg = exact_copy("\1\2\3\4\5\6\7\10", 8);
    struct wire_reader rd = wire_reader(msg, 8);

    (void)state;
    assert_false(wire_fail(&rd, WIRE_BAD_LABEL));
    assert_false(wire_fail(&rd, WIRE_TRUNCATED));
    assert_int_equal(rd.err, WIRE_BAD_LABEL);
    assert_int_equal(wire_u8(&rd), 0);
    assert_int_equal(wire_u16(&rd), 0);
    assert_int_equal(wire_u32(&rd), 0);
    assert_null(wire_bytes(&rd, 1));
    assert_null(wire_bytes(&rd, 99));
    assert_int_equal(rd.pos, 0);
    assert_int_equal(rd.err, WIRE_BAD_LABEL);
    free(msg);
}

/* --- writer: bytes --------------------------------------------------- */

/* W-1035-2.3.2-01 */
static void writes_integers(void **state)
{
    static const uint8_t want[] = {0x80, 1, 2, 0xff, 0xfe, 0xfd, 0xfc, 'a'};
    uint8_t *buf = malloc(sizeof want);
    struct wire_writer w = writer(buf, sizeof want, 1);

    (void)state;
    wire_put_u8(&w, 0x80);
    wire_put_u16(&w, 0);
    wire_put_u32(&w, 0xfffefdfc);
    wire_put_bytes(&w, "a", 1);
    wire_put_bytes(&w, NULL, 0);
    wire_set_u16(&w, 1, 0x0102);
    assert_false(w.full);
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(buf, want, sizeof want);
    free(buf);
}

/* Each call writes all or nothing, and nothing after the first that failed. */
static void stops_when_full(void **state)
{
    static const size_t sizes[] = {1, 2, 4, 7};

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        for (size_t max = 0; max < sizes[i]; max++) {
            uint8_t *buf = malloc(max + 1);
            struct wire_writer w = writer(buf, max, 1);

            print_message("%zu bytes into %zu\n", sizes[i], max);
            memset(buf, 0xee, max + 1);
            if (sizes[i] == 1)
                wire_put_u8(&w, 0);
            else if (sizes[i] == 2)
                wire_put_u16(&w, 0);
            else if (sizes[i] == 4)
                wire_put_u32(&w, 0);
            else
                wire_put_bytes(&w, "1234567", 7);
            assert_true(w.full);
            assert_int_equal(w.len, 0);
            wire_put_bytes(&w, NULL, 0);
            wire_put_u8(&w, 0);
            assert_int_equal(w.len, 0);
            for (size_t at = 0; at <= max; at++)
                assert_int_equal(buf[at], 0xee);
            wire_back(&w, 0);
            assert_false(w.full);
            if (max > 0) {
                wire_put_u8(&w, 7);
                assert_int_equal(w.len, 1);
            }
            free(buf);
        }
    }
}

/* --- writer: names --------------------------------------------------- */

static void put_header(struct wire_writer *w)
{
    wire_put_u32(w, 0);
    wire_put_u32(w, 0);
    wire_put_u32(w, 0);
}

/* The name that stands at `at`, as text. */
static void expect_name(const struct wire_writer *w, size_t at,
                        const char *want)
{
    struct wire_reader rd = wire_reader(w->buf, w->len);
    char text[NAME_TEXT_MAX];
    struct name name;

    rd.pos = at;
    assert_true(name_read(&rd, &name));
    assert_string_equal(name_text(&name, text), want);
}

/* M-18.14-01, M-18.14-02, M-18.14-03, W-1035-4.1.4-01, W-4343-4.0-01 */
static void compresses_names(void **state)
{
    static const struct {
        const char *title;
        const char *names[4];
        const char *hex; /* after the header, which ends at offset 12 */
    } cases[] = {
        {"root", {"."}, "00"},
        {"root twice: one byte is less than a pointer", {".", "."}, "00 00"},
        {"alone", {"a.local."}, "01 'a' 05 'local' 00"},
        {"whole name", {"a.local.", "a.local."},
         "01 'a' 05 'local' 00 c00c"},
        {"suffix", {"a.local.", "b.local."},
         "01 'a' 05 'local' 00 01 'b' c00e"},
        {"suffix that is a whole name", {"a.local.", "local."},
         "01 'a' 05 'local' 00 c00e"},
        {"longer name", {"local.", "a.local.", "b.a.local."},
         "05 'local' 00 01 'a' c00c 01 'b' c013"},
        {"no common suffix", {"a.", "b."}, "01 'a' 00 01 'b' 00"},
        {"same label elsewhere is no suffix", {"a.b.", "a.c."},
         "01 'a' 01 'b' 00 01 'a' 01 'c' 00"},
        {"case as it was first written", {"MyHost.local.", "A.MyHost.local."},
         "06 'MyHost' 05 'local' 00 01 'A' c00c"},
        {"dots and zeros in labels", {"a\\.b\\000.local.", "local."},
         "04 'a.b' 00 05 'local' 00 c011"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        static struct tree tree;
        uint8_t buf[512];
        struct wire_writer w = writer(buf, sizeof buf, 1);
        size_t len;
        uint8_t *want = hex_alloc(cases[i].hex, &len);

        print_message("wire_put_name: %s\n", cases[i].title);
        memset(&tree, 0, sizeof tree);
        put_header(&w);
        for (size_t n = 0; n < 4 && cases[i].names[n] != NULL; n++) {
            size_t at = w.len;

            wire_put_name(&w, tree_text(&tree, cases[i].names[n]));
            expect_name(&w, at, cases[i].names[n]);
        }
        assert_int_equal(w.len, WIRE_HEADER_LEN + len);
        assert_memory_equal(buf + WIRE_HEADER_LEN, want, len);
        free(want);
    }
}

/* W-1035-4.1.4-01: marks of one message mean nothing in the next. */
static void begins_each_message_anew(void **state)
{
    static struct tree tree;
    struct label *name = tree_text(&tree, "a.local");
    uint8_t buf[64];

    (void)state;
    for (uint64_t mark = 1; mark < 5; mark++) {
        struct wire_writer w = writer(buf, sizeof buf, mark);

        put_header(&w);
        wire_put_name(&w, name);
        assert_int_equal(w.len, 12 + 9);
        wire_put_name(&w, name);
        assert_int_equal(w.len, 12 + 9 + 2);
        /* and generations of one are no message's number */
        for (unsigned n = 0; n < 100; n++) {
            wire_put_u8(&w, 0);
            wire_back(&w, 12);
        }
    }
}

/* M-18.14-09, W-2782-format-06, W-4034-4.1.1-01: no pointer; and no mark. */
static void writes_plain_names(void **state)
{
    static struct tree tree;
    struct label *a = tree_text(&tree, "a.local");
    struct label *b = tree_text(&tree, "b.local");
    uint8_t buf[64];
    struct wire_writer w = writer(buf, sizeof buf, 1);

    (void)state;
    put_header(&w);
    wire_put_name_plain(&w, a);
    assert_int_equal(w.len, 12 + 9);
    wire_put_name(&w, a);
    assert_int_equal(w.len, 12 + 9 + 9); /* the plain one was not marked */
    wire_put_name_plain(&w, b);
    assert_int_equal(w.len, 12 + 9 + 9 + 9);
    assert_memory_equal(buf + 30, "\1b\5local\0", 9);
    wire_put_name_plain(&w, NULL);
    assert_int_equal(w.len, 12 + 9 + 9 + 9 + 1);
    assert_false(w.full);
}

/* M-18.14-01: a name that came as bytes is pointed at like any other. */
static void points_at_marked_names(void **state)
{
    static struct tree tree;
    struct label *name = tree_text(&tree, "a.local");
    uint8_t buf[64];
    struct wire_writer w = writer(buf, sizeof buf, 1);

    (void)state;
    put_header(&w);
    wire_put_bytes(&w, "\1A\5LOCAL\0", 9);
    wire_mark_name(&w, name, 12);
    wire_put_name(&w, name);
    assert_int_equal(w.len, 12 + 9 + 2);
    expect_name(&w, 12 + 9, "A.LOCAL.");
    wire_put_name(&w, tree_text(&tree, "b.local"));
    assert_int_equal(w.len, 12 + 9 + 2 + 4);
    expect_name(&w, 12 + 9 + 2, "b.LOCAL.");
    wire_back(&w, 12);
    wire_put_name(&w, name);
    assert_int_equal(w.len, 12 + 9); /* no pointer to nowhere */
}

/* A name that does not fit leaves nothing: neither bytes nor marks. */
static void names_are_all_or_nothing(void **state)
{
    (void)state;
    for (size_t max = 12; max < 12 + 15; max++) {
        static struct tree tree;
        struct label *name;
        uint8_t *buf = malloc(max);
        struct wire_writer w = writer(buf, max, 1);

        print_message("15 bytes of name into %zu\n", max - 12);
        memset(&tree, 0, sizeof tree);
        name = tree_text(&tree, "a.bcd.ef.local");
        put_header(&w);
        wire_put_name_plain(&w, name);
        assert_true(w.full);
        assert_int_equal(w.len, 12);
        wire_back(&w, 12);
        wire_put_name(&w, name);
        assert_true(w.full);
        assert_int_equal(w.len, 12);
        wire_put_u8(&w, 1);
        assert_int_equal(w.len, 12); /* still full */

        wire_back(&w, 12);
        assert_false(w.full);
        wire_put_name(&w, tree_text(&tree, "local"));
        if (max >= 12 + 7) {
            assert_int_equal(w.len, 12 + 7); /* no pointer to nowhere */
            expect_name(&w, 12, "local.");
        }
        free(buf);
    }
}

/* A pointer that does not fit is like any name. */
static void pointer_may_not_fit(void **state)
{
    static struct tree tree;
    struct label *name = tree_text(&tree, "a.local");
    uint8_t *buf = malloc(12 + 9 + 1);
    struct wire_writer w = writer(buf, 12 + 9 + 1, 1);

    (void)state;
    put_header(&w);
    wire_put_name(&w, name);
    wire_put_name(&w, name);
    assert_true(w.full);
    assert_int_equal(w.len, 12 + 9);
    wire_back(&w, 12 + 9);
    assert_false(w.full);
    wire_put_name(&w, tree_text(&tree, "b.local"));
    assert_true(w.full);
    assert_int_equal(w.len, 12 + 9);
    free(buf);
}

/* --- writer: taking back --------------------------------------------- */

/* W-1035-4.1.4-01, M-18.14-01 */
static void takes_names_back(void **state)
{
    static struct tree tree;
    struct label *kept = tree_text(&tree, "kept.local");
    struct label *gone = tree_text(&tree, "gone.local");
    struct label *next = tree_text(&tree, "next.gone.local");
    uint8_t buf[256];
    struct wire_writer w = writer(buf, sizeof buf, 1);
    size_t mark;
    size_t at;

    (void)state;
    put_header(&w);
    wire_put_name(&w, kept);
    mark = w.len;
    wire_put_name(&w, gone);
    wire_back(&w, mark);
    assert_int_equal(w.len, mark);

    print_message("other bytes over the place of what is gone\n");
    for (int i = 0; i < 8; i++)
        wire_put_u32(&w, 0x01010101);
    at = w.len;
    wire_put_name(&w, next);
    assert_int_equal(w.len - at, 1 + 4 + 1 + 4 + 2); /* "local" stands */
    expect_name(&w, at, "next.gone.local.");

    print_message("what stands before is still pointed at\n");
    at = w.len;
    wire_put_name(&w, kept);
    assert_int_equal(w.len - at, 2);
    expect_name(&w, at, "kept.local.");

    print_message("what was written since the taking back, too\n");
    at = w.len;
    wire_put_name(&w, gone);
    assert_int_equal(w.len - at, 2);
    expect_name(&w, at, "gone.local.");
}

/* Going back to where the writer stands forgets nothing. */
static void back_by_nothing(void **state)
{
    static struct tree tree;
    struct label *name = tree_text(&tree, "a.local");
    uint8_t buf[64];
    struct wire_writer w = writer(buf, sizeof buf, 1);

    (void)state;
    put_header(&w);
    wire_put_name(&w, name);
    for (int i = 0; i < 100; i++)
        wire_back(&w, w.len);
    wire_put_name(&w, name);
    assert_int_equal(w.len, 12 + 9 + 2);
}

/* Each kept part stays good through later backs, also into its middle. */
static void takes_back_again(void **state)
{
    static struct tree tree;
    uint8_t buf[256];
    struct wire_writer w = writer(buf, sizeof buf, 1);
    size_t ends[5];
    char text[16];

    (void)state;
    put_header(&w);
    for (unsigned i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "n%u", i);
        wire_put_name(&w, tree_text(&tree, text));
        ends[i] = w.len;
        wire_put_u32(&w, 0); /* something to take back */
        wire_back(&w, ends[i]);
    }
    for (unsigned back = 5; back-- > 0;) {
        print_message("back to the end of name %u\n", back);
        wire_back(&w, ends[back]);
        for (unsigned i = 0; i < 5; i++) {
            size_t at = w.len;

            snprintf(text, sizeof text, "n%u", i);
            wire_put_name(&w, tree_text(&tree, text));
            assert_int_equal(w.len - at, i <= back ? 2 : 4);
            wire_back(&w, at);
        }
    }
    wire_back(&w, 0);
    put_header(&w);
    for (unsigned i = 0; i < 5; i++) {
        snprintf(text, sizeof text, "n%u", i);
        wire_put_name(&w, tree_text(&tree, text));
        assert_int_equal(w.len, 12 + 4 * (i + 1));
    }
}

/*
 * More kept parts than the writer remembers: names of the first ones are
 * compressed, those of later ones are written once more, and all are right.
 */
static void takes_back_many_times(void **state)
{
    enum { PARTS = WIRE_KEPT_MAX + 12 };
    static struct tree tree;
    uint8_t buf[512];
    struct wire_writer w = writer(buf, sizeof buf, 1);
    char text[16];

    (void)state;
    put_header(&w);
    for (unsigned i = 0; i < PARTS; i++) {
        size_t end;

        snprintf(text, sizeof text, "n%02u", i);
        wire_put_name(&w, tree_text(&tree, text));
        end = w.len;
        wire_put_u32(&w, 0);
        wire_back(&w, end);
    }
    for (unsigned i = 0; i < PARTS; i++) {
        size_t at = w.len;

        snprintf(text, sizeof text, "n%02u.", i);
        wire_put_name(&w, tree_text(&tree, text));
        assert_int_equal(w.len - at, i < WIRE_KEPT_MAX ? 2 : 5);
        expect_name(&w, at, text);
        at = w.len;
        wire_put_name(&w, tree_text(&tree, text));
        assert_int_equal(w.len - at, 2);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/*
 * Long random runs of writing names and bytes and taking back, more often
 * than the writer keeps generations: whatever the pointers are, each name
 * that stands must read as it was written.
 */
static void random_backs_never_lie(void **state)
{
    static const char *const names[] = {
        "local.", "a.local.", "b.local.", "c.a.local.", "d.c.a.local.",
        "e.", "_tcp.local.", "_http._tcp.local.", "x._http._tcp.local.",
        "y._http._tcp.local.", ".", "c.b.local.",
    };
    static struct tree tree;
    uint32_t seed = 1;

    (void)state;
    for (uint64_t message = 1; message <= 300; message++) {
        struct {
            size_t at, end;
            const char *text;
        } log[400];
        size_t count = 0;
        uint8_t buf[400];
        struct wire_writer w = writer(buf, sizeof buf, message);

        put_header(&w);
        for (int step = 0; step < 60; step++) {
            uint32_t what = next_random(&seed) % 8;
            size_t at = w.len;

            if (what < 5) {
                const char *text = names[next_random(&seed) % COUNT(names)];

                wire_put_name(&w, tree_text(&tree, text));
                if (!w.full) {
                    log[count].text = text;
                    log[count].at = at;
                    log[count++].end = w.len;
                }
            } else if (what < 7 || count == 0) {
                wire_put_u16(&w, (uint16_t)next_random(&seed));
            } else {
                size_t keep = next_random(&seed) % count;

                wire_back(&w, log[keep].end);
                count = keep + 1;
            }
            if (w.full) {
                assert_int_equal(w.len, at);
                wire_back(&w, at);
            }
            for (size_t i = 0; i < count; i++)
                expect_name(&w, log[i].at, log[i].text);
        }
    }
}

/* M-17.0-05: the limit is that of RFC 6762 section 17. */
static void holds_the_largest_message(void **state)
{
    uint8_t *buf = malloc(WIRE_MESSAGE_MAX);
    struct wire_writer w = writer(buf, WIRE_MESSAGE_MAX, 1);
    static struct tree tree;
    struct label *name = tree_text(&tree, "a.local");
    size_t at = 0;

    (void)state;
    assert_int_equal(WIRE_MESSAGE_MAX, 9000 - 20 - 8);
    put_header(&w);
    while (w.len < WIRE_MESSAGE_MAX - 20)
        wire_put_u8(&w, 0);
    at = w.len;
    wire_put_name(&w, name);
    wire_put_name(&w, name);
    assert_false(w.full);
    assert_int_equal(w.len, at + 9 + 2);
    expect_name(&w, at + 9, "a.local.");
    while (!w.full)
        wire_put_u8(&w, 0);
    assert_int_equal(w.len, WIRE_MESSAGE_MAX);
    free(buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_integers),
        cmocka_unit_test(refuses_past_the_end),
        cmocka_unit_test(keeps_the_first_error),
        cmocka_unit_test(writes_integers),
        cmocka_unit_test(stops_when_full),
        cmocka_unit_test(compresses_names),
        cmocka_unit_test(begins_each_message_anew),
        cmocka_unit_test(writes_plain_names),
        cmocka_unit_test(points_at_marked_names),
        cmocka_unit_test(names_are_all_or_nothing),
        cmocka_unit_test(pointer_may_not_fit),
        cmocka_unit_test(takes_names_back),
        cmocka_unit_test(back_by_nothing),
        cmocka_unit_test(takes_back_again),
        cmocka_unit_test(takes_back_many_times),
        cmocka_unit_test(random_backs_never_lie),
        cmocka_unit_test(holds_the_largest_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
