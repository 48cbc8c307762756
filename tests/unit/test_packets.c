/*
 * test_packets.c - the packets of tests/packets: read, and written again
 *
 * They were encoded by another program, so that reader and writer cannot be
 * wrong in the same way. Where all names are compressed as far as they can
 * be, our writer must come to the same bytes.
 */
#include "crier/rr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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

enum again {
    AGAIN,       /* written again it is the same */
    AGAIN_PLAIN, /* ... with names in rdata in full */
    READ_ONLY,   /* it also compresses the first of two names in rdata */
};

static const struct {
    const char *file; /* NAME.hex is the packet, NAME.list what it says */
    enum again again;
} packets[] = {
    {"announcement", AGAIN},    {"browse-answer", AGAIN},
    {"browse-known", AGAIN},    {"browse-known-tc", AGAIN},
    {"goodbye", AGAIN},         {"known-rest", AGAIN},
    {"large-txt", AGAIN},       {"legacy-answer", AGAIN_PLAIN},
    {"legacy-query", AGAIN},    {"names-in-rdata", READ_ONLY},
    {"negative", AGAIN},        {"no-compression", AGAIN},
    {"opaque-types", AGAIN},    {"owner-option", AGAIN},
    {"probe", AGAIN},           {"question-repeated", AGAIN},
    {"reverse-ip6", AGAIN},     {"utf8-instance", AGAIN},
};

/* One line a question or record goes to `list`. */
struct listing {
    char text[8192];
    size_t len;
};

static void add(struct listing *list, const char *format, ...)
{
    size_t room = sizeof list->text - list->len;
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(list->text + list->len, room, format, args);
    va_end(args);
    assert_true(size >= 0 && (size_t)size < room);
    list->len += (size_t)size;
}

static void add_bytes(struct listing *list, const uint8_t *p, size_t len)
{
    if (len > 0)
        add(list, " ");
    for (size_t i = 0; i < len && i < 20; i++)
        add(list, "%02x", p[i]);
    if (len > 20)
        add(list, "... (%zu)", len);
}

/* The name at rdata, and its length there. */
static size_t name_there(const uint8_t *rdata, struct name *name)
{
    name_root(name);
    while (rdata[name->len - 1] != 0)
        name->len = (uint16_t)(name->len + 1 + rdata[name->len - 1]);
    memcpy(name->wire, rdata, name->len);
    return name->len;
}

static void list_record(struct listing *list, const struct rr_view *rr,
                        const uint8_t *rdata, size_t len)
{
    int at = rdata_name_at(rr->type, rdata, len);
    char text[NAME_TEXT_MAX];
    struct name name;

    add(list, "%s %u %u%s %u:", name_text(&rr->name, text), rr->type,
        rr->class, rr->flush ? " flush" : "", (unsigned)rr->ttl_s);
    if (at >= 0) {
        size_t end = (size_t)at + name_there(rdata + at, &name);

        add_bytes(list, rdata, (size_t)at);
        add(list, " %s", name_text(&name, text));
        add_bytes(list, rdata + end, len - end);
    } else {
        add_bytes(list, rdata, len);
    }
    add(list, "\n");
}

static void write_record(struct wire_writer *w, struct tree *tree, bool plain,
                         const struct rr_view *rr, const uint8_t *rdata,
                         size_t len)
{
    int at = rdata_name_at(rr->type, rdata, len);
    size_t len_at;

    wire_put_name(w, tree_name(tree, &rr->name));
    wire_put_u16(w, rr->type);
    wire_put_u16(w, (uint16_t)(rr->class | (rr->flush ? RR_CLASS_TOP : 0)));
    wire_put_u32(w, rr->ttl_s);
    len_at = w->len;
    wire_put_u16(w, 0);
    if (at >= 0) {
        struct name name;
        size_t end = (size_t)at + name_there(rdata + at, &name);

        wire_put_bytes(w, rdata, (size_t)at);
        if (plain)
            wire_put_name_plain(w, tree_name(tree, &name));
        else
            wire_put_name(w, tree_name(tree, &name));
        wire_put_bytes(w, rdata + end, len - end);
    } else {
        wire_put_bytes(w, rdata, len);
    }
    assert_false(w->full);
    wire_set_u16(w, len_at, (uint16_t)(w->len - len_at - 2));
}

/* Reads the whole packet, and does with each part what there is to do. */
static void copy_packet(struct wire_reader *rd, bool plain,
                        struct listing *list, struct wire_writer *w)
{
    static const char *const sections[] = {"qd", "an", "ns", "ar"};
    static uint8_t rdata[RR_FLAT_MAX];
    static struct tree tree;
    struct message_header h;

    memset(&tree, 0, sizeof tree);
    assert_true(message_header_read(rd, &h));
    add(list, "%u %04x\n", h.id, h.flags);
    wire_put_u16(w, h.id);
    wire_put_u16(w, h.flags);
    for (unsigned s = 0; s < 4; s++)
        wire_put_u16(w, h.count[s]);
    for (unsigned i = 0; i < h.count[0]; i++) {
        struct question_view q;
        char text[NAME_TEXT_MAX];

        assert_true(question_read(rd, &q));
        add(list, "qd %s %u %u%s\n", name_text(&q.name, text), q.type,
            q.class, q.qu ? " qu" : "");
        wire_put_name(w, tree_name(&tree, &q.name));
        wire_put_u16(w, q.type);
        wire_put_u16(w, (uint16_t)(q.class | (q.qu ? RR_CLASS_TOP : 0)));
    }
    for (unsigned s = 1; s < 4; s++) {
        for (unsigned i = 0; i < h.count[s]; i++) {
            struct rr_view rr;
            int len;

            assert_true(rr_read(rd, &rr));
            len = rdata_flatten(rd, &rr, rdata);
            assert_true(len >= 0);
            add(list, "%s ", sections[s]);
            list_record(list, &rr, rdata, (size_t)len);
            write_record(w, &tree, plain, &rr, rdata, (size_t)len);
        }
    }
    assert_int_equal(rd->pos, rd->len);
}

/*
 * M-18.14-01, M-18.14-02, M-18.14-03, M-18.14-05, M-18.14-06, M-18.14-08,
 * M-18.14-09, W-1035-2.3.2-01, W-1035-4.1.4-01, W-1035-4.1.4-04,
 * W-4034-4.1.2-01
 */
static void golden_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(packets); i++) {
        static struct listing list;
        static uint8_t buf[WIRE_MESSAGE_MAX];
        struct wire_writer w = writer(buf, sizeof buf, i + 1);
        struct wire_reader rd;
        char path[100];
        uint8_t *msg;
        char *want;
        size_t len;

        print_message("packet %s\n", packets[i].file);
        snprintf(path, sizeof path, "tests/packets/%s.hex", packets[i].file);
        msg = hex_file_alloc(path, &len);
        list.len = 0;
        rd = wire_reader(msg, len);
        copy_packet(&rd, packets[i].again == AGAIN_PLAIN, &list, &w);
        snprintf(path, sizeof path, "tests/packets/%s.list", packets[i].file);
        want = text_file_alloc(path);
        assert_string_equal(list.text, want);
        free(want);
        if (packets[i].again != READ_ONLY) {
            assert_int_equal(w.len, len);
            assert_memory_equal(buf, msg, len);
        }
        free(msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
