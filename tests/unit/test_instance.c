/*
 * test_instance.c - what may be an instance or host label of ours
 *
 * Ids in comments are those of tests/requirements.tsv; D20 is the decision
 * to refuse, not to convert, what is not in Normalization Form C.
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
#define CHARS_60 "012345678901234567890123456789012345678901234567890123456789"

/* S-4.1.1-01 S-4.1.1-02 S-4.1.1-07 S-4.1.1-08 M-16.0-01 M-16.0-02 */
static const struct {
    const char *title;
    const char *label; /* hex */
    enum dnssd_instance_err err;
} cases[] = {
    {"plain", "'My Printer'", DNSSD_INSTANCE_OK},
    {"punctuation", "'A.B \\ C; \"D\"'", DNSSD_INSTANCE_OK},
    {"Kanji", "e69db1e4baac", DNSSD_INSTANCE_OK},
    {"four bytes", "f09f96a8", DNSSD_INSTANCE_OK},
    {"last code point", "f48fbfbf", DNSSD_INSTANCE_OK},
    {"63 bytes", "'" CHARS_60 "012'", DNSSD_INSTANCE_OK},
    {"64 bytes", "'" CHARS_60 "0123'", DNSSD_INSTANCE_LONG},
    {"63 bytes with a character at the end", "'" CHARS_60 "0' c3a9",
     DNSSD_INSTANCE_OK},
    {"64 bytes, 63 characters", "'" CHARS_60 "01' c3a9",
     DNSSD_INSTANCE_LONG},
    {"nothing", "", DNSSD_INSTANCE_EMPTY},

    {"NUL", "'a' 00", DNSSD_INSTANCE_CONTROL},
    {"newline", "'a' 0a 'b'", DNSSD_INSTANCE_CONTROL},
    {"0x1f", "1f", DNSSD_INSTANCE_CONTROL},
    {"DEL", "'a' 7f", DNSSD_INSTANCE_CONTROL},
    {"byte order mark", "efbbbf 'a'", DNSSD_INSTANCE_CONTROL},
    {"byte order mark inside", "'a' efbbbf 'b'", DNSSD_INSTANCE_CONTROL},

    {"Latin-1", "'caf' e9", DNSSD_INSTANCE_UTF8},
    {"continuation first", "80 'a'", DNSSD_INSTANCE_UTF8},
    {"cut after one of two", "'a' c3", DNSSD_INSTANCE_UTF8},
    {"cut after two of three", "e69d", DNSSD_INSTANCE_UTF8},
    {"cut after three of four", "f09f96", DNSSD_INSTANCE_UTF8},
    {"lead, then ASCII", "c3 'a'", DNSSD_INSTANCE_UTF8},
    {"overlong slash", "c0af", DNSSD_INSTANCE_UTF8},
    {"overlong in three", "e08080", DNSSD_INSTANCE_UTF8},
    {"overlong in four", "f0808080", DNSSD_INSTANCE_UTF8},
    {"surrogate", "eda080", DNSSD_INSTANCE_UTF8},
    {"beyond U+10FFFF", "f4908080", DNSSD_INSTANCE_UTF8},
    {"five bytes", "f888808080", DNSSD_INSTANCE_UTF8},
    {"ff", "ff", DNSSD_INSTANCE_UTF8},
    {"bad UTF-8 after a control byte", "0a ff", DNSSD_INSTANCE_UTF8},

    {"e with acute, one character", "'caf' c3a9", DNSSD_INSTANCE_OK},
    {"e and combining acute", "'cafe' cc81", DNSSD_INSTANCE_NFC},
    {"acute on what has none", "'q' cc81", DNSSD_INSTANCE_OK},
    {"combining acute alone", "cc81", DNSSD_INSTANCE_OK},
    {"Angstrom sign", "e284ab", DNSSD_INSTANCE_NFC},
    {"CJK compatibility ideograph", "efa480", DNSSD_INSTANCE_NFC},
    {"the same in plane 2", "f0afa080", DNSSD_INSTANCE_NFC},
    {"ligature fi (only compatible)", "efac81", DNSSD_INSTANCE_OK},
    {"marks out of order", "'q' cc87 cca3", DNSSD_INSTANCE_NFC},
    {"marks in order", "'q' cca3 cc87", DNSSD_INSTANCE_OK},
    {"blocked by a mark between", "'a' cc8e cc81", DNSSD_INSTANCE_OK},
    {"composes past a lower mark", "'a' cca1 cc81", DNSSD_INSTANCE_NFC},
    {"composes below the marks inside", "e1b897 cca8", DNSSD_INSTANCE_NFC},
    {"Hangul syllable", "ed959c", DNSSD_INSTANCE_OK},
    {"Hangul letters L V", "e18492 e185a1", DNSSD_INSTANCE_NFC},
    {"Hangul syllable and T", "ed9598 e186ab", DNSSD_INSTANCE_NFC},
    {"Hangul full syllable and T", "ed959c e186ab", DNSSD_INSTANCE_OK},
    {"Hangul letters apart", "e18492 'a' e185a1", DNSSD_INSTANCE_OK},
    {"Devanagari excluded composite", "e0a598", DNSSD_INSTANCE_NFC},
    {"the same apart", "e0a495 e0a4bc", DNSSD_INSTANCE_OK},
    {"Kaithi, plane 1", "f091829a", DNSSD_INSTANCE_OK},
    {"the same apart", "f0918299 f09182ba", DNSSD_INSTANCE_NFC},
    {"kana and voiced mark", "e3818b e38299", DNSSD_INSTANCE_NFC},
};

static void checks_labels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len;
        uint8_t *label = hex_alloc(cases[i].label, &len);

        print_message("dnssd_instance_check: %s\n", cases[i].title);
        assert_int_equal(dnssd_instance_check(label, len), cases[i].err);
        free(label);
    }
}

static void explains_errors(void **state)
{
    (void)state;
    for (int i = DNSSD_INSTANCE_OK; i <= DNSSD_INSTANCE_NFC; i++) {
        for (int j = DNSSD_INSTANCE_OK; j < i; j++)
            assert_string_not_equal(
                dnssd_instance_error((enum dnssd_instance_err)i),
                dnssd_instance_error((enum dnssd_instance_err)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(checks_labels),
        cmocka_unit_test(explains_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
