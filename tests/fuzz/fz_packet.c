/*
 * fz_packet.c - a message: decode, encode, decode again, the same
 *
 * All questions and records that can be read are written anew with chains
 * of labels, as the engine does, and some of them are taken back and written
 * a second time, as the engine does when a packet is full. What is then read
 * must be what was read first.
 */
#include "crier/rr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct wire_writer writer(uint8_t *buf, size_t max, uint64_t mark)
{
    struct wire_writer w;

    wire_begin(&w, buf, max, mark);
    return w;
}

enum {
    ITEMS_MAX = 2048, /* 9000 bytes hold 1797 questions */
    ARENA_MAX = 1 << 20,
    LABELS_MAX = 1 << 16,
    BUCKETS = 4096,
};

/* A question or a record. */
struct item {
    bool is_question;
    struct name name;
    uint16_t type;
    uint16_t class; /* as in the message, with its top bit */
    uint32_t ttl_s;
    const uint8_t *rdata; /* flat, in the arena */
    size_t rdata_len;
};

struct items {
    struct item item[ITEMS_MAX];
    size_t count;
    uint8_t arena[ARENA_MAX];
    size_t arena_len;
};

/* --- decode ---------------------------------------------------------- */

/* What name_read() accepts, name_skip() skips to the same place. */
static void check_skip(const uint8_t *msg, size_t len, size_t at)
{
    struct wire_reader by_read = wire_reader(msg, len);
    struct wire_reader by_skip = wire_reader(msg, len);
    struct name name;

    by_read.pos = by_skip.pos = at;
    if (name_read(&by_read, &name)) {
        assert(name_skip(&by_skip));
        assert(by_read.pos == by_skip.pos);
        assert(name.wire[name.len - 1] == 0);
    } else {
        assert(by_read.err != WIRE_OK);
        assert(by_read.pos == at);
    }
}

static bool decode_question(struct wire_reader *rd, struct items *items)
{
    struct item *it = &items->item[items->count];
    struct question_view q;

    if (!question_read(rd, &q))
        return false;
    *it = (struct item){.is_question = true, .name = q.name, .type = q.type};
    it->class = (uint16_t)(q.class | (q.qu ? RR_CLASS_TOP : 0));
    items->count++;
    return true;
}

/* Facts that hold for any flat rdata. */
static void check_rdata(const struct item *it)
{
    int at = rdata_name_at(it->type, it->rdata, it->rdata_len);

    assert(it->rdata_len <= RR_RDATA_MAX);
    assert(at < (int)it->rdata_len);
    assert(rdata_equal(it->type, it->rdata, it->rdata_len, it->rdata,
                       it->rdata_len));
    if (rr_has_names(it->type))
        assert(rdata_valid(it->type, it->rdata, it->rdata_len));
    for (uint16_t type = 0; type < 300; type++) {
        if (it->type == RR_NSEC)
            rdata_nsec_has(it->rdata, it->rdata_len, type);
    }
}

static bool decode_record(struct wire_reader *rd, struct items *items)
{
    struct item *it = &items->item[items->count];
    uint8_t *buf = items->arena + items->arena_len;
    struct rr_view rr;
    int len;

    if (!rr_read(rd, &rr))
        return false;
    if (items->arena_len + RR_FLAT_MAX > ARENA_MAX)
        return false;
    len = rdata_flatten(rd, &rr, buf);
    if (len < 0)
        return true; /* skipped */
    *it = (struct item){
        .name = rr.name, .type = rr.type, .class = rr.class,
        .ttl_s = rr.ttl_s, .rdata = buf, .rdata_len = (size_t)len,
    };
    if (rr.flush)
        it->class |= RR_CLASS_TOP;
    check_rdata(it);
    items->arena_len += (size_t)len;
    items->count++;
    return true;
}

static void decode(const uint8_t *msg, size_t len, struct items *items)
{
    struct wire_reader rd = wire_reader(msg, len);
    struct message_header h;
    bool going = message_header_read(&rd, &h);

    items->count = 0;
    items->arena_len = 0;
    for (unsigned section = 0; going && section < 4; section++) {
        for (unsigned i = 0; going && i < h.count[section]; i++) {
            check_skip(msg, len, rd.pos);
            going = items->count < ITEMS_MAX &&
                    (section == 0 ? decode_question(&rd, items)
                                  : decode_record(&rd, items));
        }
    }
    assert(rd.pos <= rd.len);
}

/* --- encode ---------------------------------------------------------- */

/* Each name once, without regard to case, as the engine keeps them. */
static struct {
    struct label label[LABELS_MAX];
    struct label *next[LABELS_MAX]; /* in the same bucket */
    struct label *bucket[BUCKETS];
    size_t count;
} labels;

static bool same_text(const struct label *l, const uint8_t *text)
{
    if (l->len != text[0])
        return false;
    for (unsigned i = 0; i < l->len; i++) {
        if (name_fold(l->text[i]) != name_fold(text[1 + i]))
            return false;
    }
    return true;
}

static struct label *intern_label(struct label *parent, const uint8_t *text)
{
    size_t hash = (uintptr_t)parent / sizeof *parent;
    struct label *l;

    for (unsigned i = 0; i <= text[0]; i++)
        hash = hash * 31 + name_fold(text[i]);
    hash %= BUCKETS;
    for (l = labels.bucket[hash]; l != NULL;
         l = labels.next[l - labels.label]) {
        if (l->parent == parent && same_text(l, text))
            return l;
    }
    if (labels.count == LABELS_MAX)
        return NULL;
    l = &labels.label[labels.count];
    *l = (struct label){.parent = parent, .text = text + 1, .len = text[0]};
    labels.next[labels.count++] = labels.bucket[hash];
    labels.bucket[hash] = l;
    return l;
}

/* wire, a whole name, must outlive the labels. False if there are too many. */
static bool intern(const uint8_t *wire, struct label **out)
{
    const uint8_t *stack[NAME_LABELS_MAX];
    unsigned n = 0;

    for (; wire[0] != 0; wire += 1u + wire[0])
        stack[n++] = wire;
    *out = NULL;
    while (n-- > 0) {
        *out = intern_label(*out, stack[n]);
        if (*out == NULL)
            return false;
    }
    return true;
}

/* A name in flat rdata, and what stands before and after it. */
static bool put_rdata(struct wire_writer *w, const struct item *it, bool plain)
{
    int at = rdata_name_at(it->type, it->rdata, it->rdata_len);
    size_t head = (size_t)at;
    struct label *name;

    if (at < 0) {
        wire_put_bytes(w, it->rdata, it->rdata_len);
        return true;
    }
    if (!intern(it->rdata + at, &name))
        return false;
    wire_put_bytes(w, it->rdata, head);
    if (plain)
        wire_put_name_plain(w, name);
    else
        wire_put_name(w, name);
    while (it->rdata[head] != 0)
        head += 1u + it->rdata[head];
    wire_put_bytes(w, it->rdata + head + 1, it->rdata_len - head - 1);
    return true;
}

static bool put_item(struct wire_writer *w, const struct item *it, bool plain)
{
    struct label *name;
    size_t at;

    if (!intern(it->name.wire, &name))
        return false;
    wire_put_name(w, name);
    wire_put_u16(w, it->type);
    wire_put_u16(w, it->class);
    if (it->is_question)
        return true;
    wire_put_u32(w, it->ttl_s);
    at = w->len;
    wire_put_u16(w, 0);
    if (!put_rdata(w, it, plain))
        return false;
    if (!w->full)
        wire_set_u16(w, at, (uint16_t)(w->len - at - 2));
    return true;
}

/* Other bytes come to stand where names may be remembered. */
static void overwrite(struct wire_writer *w, size_t at)
{
    for (int i = 0; i < 32; i++)
        wire_put_u16(w, 0xffff);
    wire_back(w, at);
}

/*
 * Write as many items as fit; choices says which are taken back and written
 * again, and which have their names in rdata in full. Returns how many.
 */
static size_t encode(const struct items *items, uint32_t choices,
                     struct wire_writer *w)
{
    size_t questions = 0;
    size_t i;

    labels.count = 0;
    memset(labels.bucket, 0, sizeof labels.bucket);
    for (i = 0; i < 6; i++)
        wire_put_u16(w, 0);
    for (i = 0; i < items->count; i++) {
        const struct item *it = &items->item[i];
        size_t start = w->len;
        uint32_t choice = (choices * 2654435761u + (uint32_t)i * 40503u) >> 13;

        if (choice % 8 < 3) {
            put_item(w, it, false);
            wire_back(w, start);
            if (choice & 64)
                overwrite(w, start);
        }
        if (!put_item(w, it, choice & 128) || w->full) {
            wire_back(w, start);
            break;
        }
        questions += it->is_question;
    }
    wire_set_u16(w, 4, (uint16_t)questions);
    wire_set_u16(w, 6, (uint16_t)(i - questions));
    return i;
}

/* --- compare --------------------------------------------------------- */

static void check_same(const struct item *a, const struct item *b)
{
    assert(a->is_question == b->is_question);
    assert(name_equal(&a->name, &b->name));
    assert(a->type == b->type);
    assert(a->class == b->class);
    assert(a->ttl_s == b->ttl_s);
    if (!a->is_question)
        assert(rdata_equal(a->type, a->rdata, a->rdata_len, b->rdata,
                           b->rdata_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct items first;
    static struct items again;
    static uint64_t mark;
    uint8_t *buf = malloc(WIRE_MESSAGE_MAX);
    struct wire_writer w = writer(buf, WIRE_MESSAGE_MAX, ++mark);
    uint8_t *exact;
    size_t count;

    decode(data, size, &first);
    count = encode(&first, size > 1 ? data[0] * 256u + data[1] : 0, &w);
    exact = malloc(w.len);
    memcpy(exact, buf, w.len);
    decode(exact, w.len, &again);
    assert(again.count == count);
    for (size_t i = 0; i < count; i++)
        check_same(&first.item[i], &again.item[i]);
    free(exact);
    free(buf);
    return 0;
}
