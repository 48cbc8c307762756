/*
 * name_text.c - names as text and back
 *
 * For people, at the edges: inside, names stay in wire form. Letters, digits
 * and dots are tested by hand because <ctype.h> follows the locale.
 */
#include "crier/name.h"

#include <assert.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * The byte that the escape at text (a backslash) stands for. Returns how
 * many characters it takes, 0 if it is none. RFC 1035 section 5.1: three
 * digits, or any character that is no digit. One or two digits are undefined
 * (RFC 4343 section 2.1) and refused.
 */
static size_t read_escape(const char *text, uint8_t *byte)
{
    int value;

    if (text[1] == '\0')
        return 0;
    if (!is_digit(text[1])) {
        *byte = (uint8_t)text[1];
        return 2;
    }
    if (!is_digit(text[2]) || !is_digit(text[3]))
        return 0;
    value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    if (value > 255)
        return 0;
    *byte = (uint8_t)value;
    return 4;
}

/*
 * Read the label that begins at text[*pos], up to its dot or the end, to
 * label[1..63] with the length in label[0]. *pos ends at the dot or the end,
 * or on the offending byte. room: how long it may be in this name.
 */
static enum name_text_err read_label(const char *text, size_t *pos,
                                     size_t room, uint8_t *label)
{
    size_t len = 0;

    while (text[*pos] != '\0' && text[*pos] != '.') {
        uint8_t byte = (uint8_t)text[*pos];
        size_t size = 1;

        if (byte == '\\') {
            size = read_escape(text + *pos, &byte);
            if (size == 0)
                return NAME_TEXT_ESCAPE;
        }
        if (len == NAME_LABEL_MAX)
            return NAME_TEXT_LABEL_LONG;
        if (len == room)
            return NAME_TEXT_LONG;
        label[++len] = byte;
        *pos += size;
    }
    label[0] = (uint8_t)len;
    return len == 0 ? NAME_TEXT_EMPTY_LABEL : NAME_TEXT_OK;
}

enum name_text_err name_from_text(const char *text, struct name *out,
                                  size_t *at)
{
    enum name_text_err err = NAME_TEXT_OK;
    uint8_t label[1 + NAME_LABEL_MAX];
    size_t pos = 0;

    name_root(out);
    if (text[0] == '\0')
        err = NAME_TEXT_EMPTY;
    else if (text[0] == '.' && text[1] == '\0')
        pos = 1; /* the root */

    while (err == NAME_TEXT_OK && text[pos] != '\0') {
        /* A length byte is to come, so 255 bytes leave room for none. */
        size_t left = NAME_WIRE_MAX - (size_t)out->len;

        err = read_label(text, &pos, left > 0 ? left - 1 : 0, label);
        if (err != NAME_TEXT_OK)
            break;
        memcpy(out->wire + out->len - 1, label, 1u + label[0]);
        out->len = (uint16_t)(out->len + 1 + label[0]);
        out->wire[out->len - 1] = 0;
        if (text[pos] == '.')
            pos++;
    }
    if (at != NULL)
        *at = pos;
    return err;
}

const char *name_text_error(enum name_text_err err)
{
    switch (err) {
    case NAME_TEXT_OK:
        return "no error";
    case NAME_TEXT_EMPTY:
        return "the name is empty";
    case NAME_TEXT_EMPTY_LABEL:
        return "a label is empty";
    case NAME_TEXT_LABEL_LONG:
        return "a label is longer than 63 bytes";
    case NAME_TEXT_LONG:
        return "the name is longer than 255 bytes";
    case NAME_TEXT_ESCAPE:
        return "a backslash needs three digits up to 255 or a character "
               "after it";
    }
    return "unknown error";
}

/* Write one byte of a label as text; returns the end of it. */
static char *write_byte(char *to, uint8_t byte)
{
    if (byte == '.' || byte == '\\') {
        *to++ = '\\';
        *to++ = (char)byte;
    } else if (byte >= 0x21 && byte <= 0x7e) {
        *to++ = (char)byte;
    } else {
        *to++ = '\\';
        *to++ = (char)('0' + byte / 100);
        *to++ = (char)('0' + byte / 10 % 10);
        *to++ = (char)('0' + byte % 10);
    }
    return to;
}

/* 255 bytes in at least four labels: 4 * 251 + 4 dots + NUL. */
_Static_assert(NAME_TEXT_MAX >= 1009, "every byte of a name may be escaped");

char *name_text(const struct name *n, char buf[NAME_TEXT_MAX])
{
    const uint8_t *label = n->wire;
    char *to = buf;

    if (label[0] == 0)
        *to++ = '.';
    while (label[0] != 0) {
        for (unsigned i = 1; i <= label[0]; i++)
            to = write_byte(to, label[i]);
        *to++ = '.';
        label += 1u + label[0];
    }
    *to++ = '\0';
    assert(to <= buf + NAME_TEXT_MAX);
    return buf;
}
