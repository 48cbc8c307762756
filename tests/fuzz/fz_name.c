/*
 * fz_name.c - names: from bytes to text and back, from text, and in order
 *
 * The input is used three times: as a message of names that stand one after
 * the other behind a header, as a text, and as three raw names to compare.
 */
#include "crier/name.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void check_same(const struct name *a, const struct name *b)
{
    assert(a->len == b->len);
    assert(memcmp(a->wire, b->wire, a->len) == 0);
    assert(name_equal(a, b));
    assert(name_compare(a, b) == 0);
}

/* The wire form reads as itself, and the text form gives it back. */
static void check_forms(const struct name *n)
{
    uint8_t msg[WIRE_HEADER_LEN + NAME_WIRE_MAX] = {0};
    struct wire_reader rd = wire_reader(msg, WIRE_HEADER_LEN + n->len);
    char text[NAME_TEXT_MAX];
    struct name back;
    size_t at;

    memcpy(msg + WIRE_HEADER_LEN, n->wire, n->len);
    rd.pos = WIRE_HEADER_LEN;
    assert(name_read(&rd, &back));
    assert(rd.pos == rd.len);
    check_same(n, &back);

    name_text(n, text);
    for (const char *p = text; *p != '\0'; p++)
        assert(*p >= 0x21 && *p <= 0x7e);
    assert(name_from_text(text, &back, &at) == NAME_TEXT_OK);
    assert(text[at] == '\0');
    check_same(n, &back);
}

/* Taking a name apart and joining the parts gives the name. */
static void check_parts(const struct name *n)
{
    unsigned count = name_labels(n);
    struct name whole;

    name_root(&whole);
    for (unsigned i = count; i-- > 0;) {
        const uint8_t *label = name_label(n, i);
        struct name suffix;

        assert(name_prepend(&whole, label + 1, label[0]));
        name_suffix(n, i, &suffix);
        check_same(&whole, &suffix);
        assert(name_under(n, &suffix));
        assert(i == 0 || !name_under(&suffix, n));
    }
    assert(name_label(n, count) == NULL);
    check_same(&whole, n);
}

static int sign(int n)
{
    return (n > 0) - (n < 0);
}

/* One pair: name_compare() is antisymmetric and 0 only if equal. */
static int check_pair(const struct name *a, const struct name *b)
{
    int order = sign(name_compare(a, b));
    struct name joined = *a;

    assert(sign(name_compare(b, a)) == -order);
    assert(name_equal(a, b) == (order == 0));
    assert(name_equal(b, a) == (order == 0));
    if (name_append(&joined, b)) {
        assert(joined.len == a->len + b->len - 1);
        assert(name_under(&joined, b));
        check_forms(&joined);
    } else {
        check_same(&joined, a);
    }
    return order;
}

static void check_order(const struct name n[3])
{
    int ab = check_pair(&n[0], &n[1]);
    int bc = check_pair(&n[1], &n[2]);
    int ac = check_pair(&n[0], &n[2]);

    if (ab <= 0 && bc <= 0)
        assert(ac <= 0);
    if (ab >= 0 && bc >= 0)
        assert(ac >= 0);
    if (ab == 0)
        assert(ac == bc);
}

static void run_message(const uint8_t *data, size_t size)
{
    uint8_t *msg = calloc(1, WIRE_HEADER_LEN + size);
    struct wire_reader rd = wire_reader(msg, WIRE_HEADER_LEN + size);
    struct name names[3];
    unsigned count = 0;

    memcpy(msg + WIRE_HEADER_LEN, data, size);
    rd.pos = WIRE_HEADER_LEN;
    while (count < 1000 && name_read(&rd, &names[count % 3])) {
        check_forms(&names[count % 3]);
        check_parts(&names[count % 3]);
        if (++count % 3 == 0)
            check_order(names);
    }
    free(msg);
}

static void run_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    enum name_text_err err;
    struct name name;
    size_t at;

    memcpy(text, data, size);
    text[size] = '\0';
    err = name_from_text(text, &name, &at);
    assert(at <= strlen(text));
    if (err == NAME_TEXT_OK) {
        assert(text[at] == '\0');
        check_forms(&name);
        check_parts(&name);
    }
    free(text);
}

/* The next label of at most 63 of the bytes becomes the name's front. */
static void run_raw(const uint8_t *data, size_t size)
{
    struct name names[3];

    for (unsigned i = 0; i < 3; i++) {
        name_root(&names[i]);
        while (size > 0) {
            size_t len = data[0] % 16;

            data++;
            size--;
            if (len > size || !name_prepend(&names[i], data, len))
                break;
            data += len;
            size -= len;
        }
        check_forms(&names[i]);
    }
    check_order(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    run_message(data, size);
    run_text(data, size);
    run_raw(data, size);
    return 0;
}
