/*
 * test_txt.c - the strings of TXT records
 *
 * Ids in comments are those of tests/requirements.tsv.
 */
#include "crier/dnssd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* S-6.1-02 S-6.3-01 S-6.4-01 S-6.4-04 S-6.4-07 S-6.4-08 S-6.5-02 H-89 */
static const struct {
    const char *title;
    const char *before; /* rdata so far, hex */
    const char *string; /* hex */
    enum dnssd_txt_err err;
    const char *after;
} adds[] = {
    {"pair", "", "'a=1'", DNSSD_TXT_OK, "03 'a=1'"},
    {"second string", "03 'a=1'", "'b=2'", DNSSD_TXT_OK,
     "03 'a=1' 03 'b=2'"},
    {"boolean", "", "'passreq'", DNSSD_TXT_OK, "07 'passreq'"},
    {"empty value", "", "'c='", DNSSD_TXT_OK, "02 'c='"},
    {"the first = ends the key", "", "'a=b=c'", DNSSD_TXT_OK, "05 'a=b=c'"},
    {"quotes and blanks are kept", "", "'p=\"  A4 \" '", DNSSD_TXT_OK,
     "0a 'p=\"  A4 \" '"},
    {"value of any bytes", "", "'v=' 00ff3d0a", DNSSD_TXT_OK,
     "06 'v=' 00ff3d0a"},
    {"key of 0x20 and 0x7e", "", "20 7e '=1'", DNSSD_TXT_OK,
     "04 20 7e '=1'"},
    {"long key", "", "'tencharkey=1'", DNSSD_TXT_OK, "0c 'tencharkey=1'"},
    {"no key", "", "'=x'", DNSSD_TXT_KEY_EMPTY, ""},
    {"nothing", "", "", DNSSD_TXT_KEY_EMPTY, ""},
    {"control byte in key", "", "1f '=1'", DNSSD_TXT_KEY_CHARS, ""},
    {"DEL in key", "", "7f '=1'", DNSSD_TXT_KEY_CHARS, ""},
    {"UTF-8 in key", "", "c3a9 '=1'", DNSSD_TXT_KEY_CHARS, ""},
    {"NUL alone", "", "00", DNSSD_TXT_KEY_CHARS, ""},
    {"key twice", "03 'a=1'", "'a=2'", DNSSD_TXT_KEY_TWICE, "03 'a=1'"},
    {"key twice, other case", "04 'ab=1'", "'Ab'", DNSSD_TXT_KEY_TWICE,
     "04 'ab=1'"},
    {"key that begins like another", "03 'a=1'", "'aa=1'", DNSSD_TXT_OK,
     "03 'a=1' 04 'aa=1'"},
    {"blanks in keys count", "03 'a=1'", "' a=2'", DNSSD_TXT_OK,
     "03 'a=1' 04 ' a=2'"},
};

static void adds_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(adds); i++) {
        size_t len, string_len, after_len;
        uint8_t *before = hex_alloc(adds[i].before, &len);
        uint8_t *string = hex_alloc(adds[i].string, &string_len);
        uint8_t *after = hex_alloc(adds[i].after, &after_len);
        uint8_t rdata[64];

        print_message("dnssd_txt_add: %s\n", adds[i].title);
        memcpy(rdata, before, len);
        assert_int_equal(
            dnssd_txt_add(rdata, &len, sizeof rdata, string, string_len),
            adds[i].err);
        assert_int_equal(len, after_len);
        assert_memory_equal(rdata, after, len);
        free(before);
        free(string);
        free(after);
    }
}

/* S-6.1-01 S-6.1-02: strings up to 255 bytes, sets up to the caller's limit
 * (DNSSD_TXT_MAX where it goes on the wire). */
static void keeps_limits(void **state)
{
    uint8_t *rdata = malloc(DNSSD_TXT_MAX);
    char string[257];
    size_t len = 0;

    (void)state;
    assert_non_null(rdata);
    memset(string, 'x', sizeof string);
    assert_int_equal(dnssd_txt_add(rdata, &len, DNSSD_TXT_MAX, string, 256),
                     DNSSD_TXT_STRING_LONG);
    for (int i = 0; i < 34; i++) { /* 34 * 256 = 8704, 196 are left */
        string[0] = (char)('A' + i / 10);
        string[1] = (char)('0' + i % 10);
        string[2] = '=';
        assert_int_equal(
            dnssd_txt_add(rdata, &len, DNSSD_TXT_MAX, string, 255),
            DNSSD_TXT_OK);
    }
    assert_int_equal(len, 8704);
    string[0] = 'z';
    assert_int_equal(dnssd_txt_add(rdata, &len, DNSSD_TXT_MAX, string, 196),
                     DNSSD_TXT_FULL);
    assert_int_equal(len, 8704);
    assert_int_equal(dnssd_txt_add(rdata, &len, DNSSD_TXT_MAX, string, 195),
                     DNSSD_TXT_OK);
    assert_int_equal(len, DNSSD_TXT_MAX);
    string[0] = 'y';
    assert_int_equal(dnssd_txt_add(rdata, &len, DNSSD_TXT_MAX, string, 3),
                     DNSSD_TXT_FULL);
    free(rdata);
}

/* S-6.1-02 S-6.1-04 S-6.4-02 S-6.4-05 S-6.4-06 S-6.4-09 S-6.6-01 S-6.7-01
 * H-30 H-38 */
static const struct {
    const char *title;
    const char *rdata;
    const char *strings; /* what is delivered, each followed by '|' */
} walks[] = {
    {"the example of RFC 6763 section 6.6",
     "09 'key=value' 08 'paper=A4' 07 'passreq'",
     "key=value|paper=A4|passreq|"},
    {"one zero byte", "00", ""},
    {"no byte", "", ""},
    {"empty strings between", "00 03 'a=1' 00 00 01 'b' 00", "a=1|b|"},
    {"begins with =", "02 '=x' 03 'a=1' 01 '='", "a=1|"},
    {"keys again", "03 'a=1' 03 'A=2' 01 'a' 03 'b=1'", "a=1|b=1|"},
    {"a boolean first", "01 'a' 03 'a=1'", "a|"},
    {"blanks count", "03 'a=1' 04 ' a=2' 04 'a =3'", "a=1| a=2|a =3|"},
    {"order is kept", "09 'txtvers=1' 01 'z' 01 'b'", "txtvers=1|z|b|"},
    {"odd keys are passed on", "03 c3a9 '=' 02 01 '='", "\xc3\xa9=|\x01=|"},
    {"a length past the end", "03 'a=1' 05 'b=2'", "a=1|"},
    {"length 255 in ten bytes", "ff 'a=1234567'", ""},
    {"a length and nothing", "03 'a=1' 01", "a=1|"},
};

static void walks_strings(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(walks); i++) {
        size_t len;
        uint8_t *rdata = hex_alloc(walks[i].rdata, &len);
        char got[256] = "";
        size_t got_len = 0;
        size_t pos = 0;
        const uint8_t *s;
        uint8_t s_len;

        print_message("dnssd_txt_next: %s\n", walks[i].title);
        while (dnssd_txt_next(rdata, len, &pos, &s, &s_len)) {
            memcpy(got + got_len, s, s_len);
            got_len += s_len;
            got[got_len++] = '|';
            got[got_len] = '\0';
        }
        assert_string_equal(got, walks[i].strings);
        free(rdata);
    }
}

/* S-6.3-01 S-6.4-06 S-6.4-07 S-6.4-09 S-6.4-10 S-6.5-01 */
static const struct {
    const char *rdata;
    const char *key;
    enum dnssd_txt_value is;
    const char *value; /* hex */
} gets[] = {
    {"01 'b' 02 'c=' 03 'd=1'", "x", DNSSD_TXT_ABSENT, ""},
    {"01 'b' 02 'c=' 03 'd=1'", "b", DNSSD_TXT_NO_VALUE, ""},
    {"01 'b' 02 'c=' 03 'd=1'", "c", DNSSD_TXT_EMPTY, ""},
    {"01 'b' 02 'c=' 03 'd=1'", "d", DNSSD_TXT_VALUE, "'1'"},
    {"01 'b' 02 'c=' 03 'd=1'", "", DNSSD_TXT_ABSENT, ""},
    {"0c 'PaperSize=A4'", "papersize", DNSSD_TXT_VALUE, "'A4'"},
    {"0c 'PaperSize=A4'", "PAPERSIZE", DNSSD_TXT_VALUE, "'A4'"},
    {"0c 'PaperSize=A4'", "Paper", DNSSD_TXT_ABSENT, ""},
    {"05 'a=b=c'", "a", DNSSD_TXT_VALUE, "'b=c'"},
    {"03 'a=1' 03 'A=2' 01 'a'", "a", DNSSD_TXT_VALUE, "'1'"},
    {"02 '=x' 03 'a=1'", "a", DNSSD_TXT_VALUE, "'1'"},
    {"04 ' a=1' 03 'a=2'", "a", DNSSD_TXT_VALUE, "'2'"},
    {"07 'v=' 00ff0a3d80", "v", DNSSD_TXT_VALUE, "00ff0a3d80"},
    {"00", "a", DNSSD_TXT_ABSENT, ""},
    {"", "a", DNSSD_TXT_ABSENT, ""},
};

static void looks_keys_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(gets); i++) {
        size_t len, want_len;
        uint8_t *rdata = hex_alloc(gets[i].rdata, &len);
        uint8_t *want = hex_alloc(gets[i].value, &want_len);
        const uint8_t *value;
        uint8_t value_len;

        print_message("dnssd_txt_get: %s in %s\n", gets[i].key,
                      gets[i].rdata);
        assert_int_equal(
            dnssd_txt_get(rdata, len, gets[i].key, &value, &value_len),
            gets[i].is);
        assert_int_equal(value_len, want_len);
        if (want_len > 0)
            assert_memory_equal(value, want, want_len);
        free(rdata);
        free(want);
    }
}

/* S-6.5-01: all byte values, over two keys. */
static void keeps_every_byte(void **state)
{
    uint8_t rdata[300], string[2 + 128];
    size_t len = 0;
    const uint8_t *value;
    uint8_t value_len;

    (void)state;
    for (int half = 0; half < 2; half++) {
        string[0] = half == 0 ? 'a' : 'b';
        string[1] = '=';
        for (int i = 0; i < 128; i++)
            string[2 + i] = (uint8_t)(half * 128 + i);
        assert_int_equal(dnssd_txt_add(rdata, &len, sizeof rdata, string,
                                       sizeof string),
                         DNSSD_TXT_OK);
    }
    for (int half = 0; half < 2; half++) {
        assert_int_equal(dnssd_txt_get(rdata, len, half == 0 ? "a" : "b",
                                       &value, &value_len),
                         DNSSD_TXT_VALUE);
        assert_int_equal(value_len, 128);
        for (int i = 0; i < 128; i++)
            assert_int_equal(value[i], half * 128 + i);
    }
}

/* H-38: the most strings that fit, empty and of one letter. */
static void walks_many_strings(void **state)
{
    uint8_t *rdata = calloc(1, DNSSD_TXT_MAX);
    size_t pos = 0;
    unsigned count = 0;
    const uint8_t *s;
    uint8_t s_len;

    (void)state;
    assert_non_null(rdata);
    assert_false(dnssd_txt_next(rdata, DNSSD_TXT_MAX, &pos, &s, &s_len));
    for (size_t i = 0; i + 1 < DNSSD_TXT_MAX; i += 2) {
        rdata[i] = 1;
        rdata[i + 1] = (uint8_t)(i / 2);
    }
    pos = 0;
    while (dnssd_txt_next(rdata, DNSSD_TXT_MAX, &pos, &s, &s_len))
        count++;
    assert_int_equal(count, 256 - 26 - 1); /* two cases, and "=" */
    free(rdata);
}

static void explains_errors(void **state)
{
    (void)state;
    for (int i = DNSSD_TXT_OK; i <= DNSSD_TXT_FULL; i++) {
        for (int j = DNSSD_TXT_OK; j < i; j++)
            assert_string_not_equal(dnssd_txt_error((enum dnssd_txt_err)i),
                                    dnssd_txt_error((enum dnssd_txt_err)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_strings),
        cmocka_unit_test(keeps_limits),
        cmocka_unit_test(walks_strings),
        cmocka_unit_test(looks_keys_up),
        cmocka_unit_test(keeps_every_byte),
        cmocka_unit_test(walks_many_strings),
        cmocka_unit_test(explains_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
