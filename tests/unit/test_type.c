/*
 * test_type.c - service types, subtypes, and full instance names
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
#define CHARS_63 \
    "012345678901234567890123456789012345678901234567890123456789012"

/* S-7.0-01 S-7.0-02 S-7.1-04 S-7.1-05 S-7.2-01 D25 */
static const struct {
    const char *text;
    enum dnssd_type_err strict, loose;
    const char *base; /* if the loose way takes it */
    const char *sub;  /* hex */
} cases[] = {
    {"_http._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.", ""},
    {"_http._tcp.", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.", ""},
    {"_bar._udp", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_bar._udp.", ""},
    {"_HTTP._TCP", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_HTTP._TCP.", ""},
    {"_foo._sctp", DNSSD_TYPE_FORM, DNSSD_TYPE_OK, "_foo._sctp.", ""},
    {"_http", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"http._tcp", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_http.tcp", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_http._tcp.local", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"a._http._tcp", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {".", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_http..tcp", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_a\\", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_._tcp", DNSSD_TYPE_LENGTH, DNSSD_TYPE_LENGTH, "", ""},
    {"_abcdefghijklmno._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK,
     "_abcdefghijklmno._tcp.", ""},
    {"_abcdefghijklmnop._tcp", DNSSD_TYPE_LENGTH, DNSSD_TYPE_OK,
     "_abcdefghijklmnop._tcp.", ""},
    {"_a--b._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_a--b._tcp.", ""},
    {"_-a._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_-a._tcp.", ""},
    {"_a-._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_a-._tcp.", ""},
    {"_-._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_-._tcp.", ""},
    {"_a-b-c._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_a-b-c._tcp.", ""},
    {"_80._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_80._tcp.", ""},
    {"_6000-6063._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_6000-6063._tcp.",
     ""},
    {"_8a._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_8a._tcp.", ""},
    {"_a_b._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_a_b._tcp.", ""},
    {"_a b._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_a\\032b._tcp.", ""},
    {"_a\\195\\169._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK,
     "_a\\195\\169._tcp.", ""},

    {"_printer._sub._http._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK,
     "_http._tcp.", "'_printer'"},
    {"_printer._SUB._http._tcp.", DNSSD_TYPE_OK, DNSSD_TYPE_OK,
     "_http._tcp.", "'_printer'"},
    {"_http._tcp,_printer", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "'_printer'"},
    {"_http._tcp.,printer", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "'printer'"},
    {"\\001\\.\\255._sub._http._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK,
     "_http._tcp.", "01 '.' ff"},
    {"_http._tcp,\\001\\.\\255", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "01 '.' ff"},
    {"_http._tcp,a\\,b", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "'a,b'"},
    {"a,b._sub._http._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "'a,b'"},
    {CHARS_63 "._sub._http._tcp", DNSSD_TYPE_OK, DNSSD_TYPE_OK,
     "_http._tcp.", "'" CHARS_63 "'"},
    {"_http._tcp," CHARS_63, DNSSD_TYPE_OK, DNSSD_TYPE_OK, "_http._tcp.",
     "'" CHARS_63 "'"},
    {CHARS_63 "4._sub._http._tcp", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE,
     "", ""},
    {"_http._tcp," CHARS_63 "4", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "",
     ""},
    {"_http._tcp,", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"_http._tcp,.", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"_http._tcp,a.b", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"_http._tcp,_a,_b", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"_http._tcp,\\99", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"_http._tcp,\\256", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"._sub._http._tcp", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"\\99._sub._http._tcp", DNSSD_TYPE_SUBTYPE, DNSSD_TYPE_SUBTYPE, "", ""},
    {"http._tcp,_printer", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {",_printer", DNSSD_TYPE_FORM, DNSSD_TYPE_FORM, "", ""},
    {"_p._sub._a--b._tcp", DNSSD_TYPE_CHARS, DNSSD_TYPE_OK, "_a--b._tcp.",
     "'_p'"},
};

static void parses_types(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t sub_len;
        uint8_t *sub = hex_alloc(cases[i].sub, &sub_len);
        struct dnssd_type got;
        char text[NAME_TEXT_MAX];

        print_message("dnssd_type_parse: %s\n", cases[i].text);
        assert_int_equal(dnssd_type_parse(cases[i].text, true, &got),
                         cases[i].strict);
        assert_int_equal(dnssd_type_parse(cases[i].text, false, &got),
                         cases[i].loose);
        if (cases[i].loose == DNSSD_TYPE_OK) {
            assert_string_equal(name_text(&got.base, text), cases[i].base);
            assert_int_equal(got.sub_len, sub_len);
            assert_memory_equal(got.sub, sub, sub_len);
        }
        free(sub);
    }
}

/* A text longer than any name is refused, whatever it holds. */
static void refuses_endless_types(void **state)
{
    char text[5000];
    struct dnssd_type got;

    (void)state;
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(dnssd_type_parse(text, false, &got), DNSSD_TYPE_FORM);
    text[4000] = ',';
    assert_int_equal(dnssd_type_parse(text, false, &got), DNSSD_TYPE_FORM);
}

static void explains_errors(void **state)
{
    (void)state;
    for (int i = DNSSD_TYPE_OK; i <= DNSSD_TYPE_SUBTYPE; i++) {
        for (int j = DNSSD_TYPE_OK; j < i; j++)
            assert_string_not_equal(dnssd_type_error((enum dnssd_type_err)i),
                                    dnssd_type_error((enum dnssd_type_err)j));
    }
}

/* S-4.1.1-01 S-4.1.1-07 S-4.2-02 S-4.2-03 S-4.3-01 */
static const struct {
    const char *full;
    const char *instance; /* hex; NULL: no instance name */
    const char *type, *domain;
} splits[] = {
    {"My\\032Printer._ipp._tcp.local", "0a 'My Printer'", "_ipp._tcp.",
     "local."},
    {"a\\.b\\\\c._http._tcp.local", "05 'a.b\\c'", "_http._tcp.", "local."},
    {"x._http._tcp.example.com", "01 'x'", "_http._tcp.", "example.com."},
    {"_x._http._tcp.local", "02 '_x'", "_http._tcp.", "local."},
    {"x._HTTP._tcp.Local", "01 'x'", "_HTTP._tcp.", "Local."},
    {"x._http._tcp", NULL, "", ""},
    {"_http._tcp.local", NULL, "", ""},
    {"x.http._tcp.local", NULL, "", ""},
    {"x._http.tcp.local", NULL, "", ""},
    {"x", NULL, "", ""},
    {".", NULL, "", ""},
};

static void splits_instance_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(splits); i++) {
        struct name full, type, domain, joined;
        const uint8_t *label = NULL;
        char text[NAME_TEXT_MAX];
        bool want = splits[i].instance != NULL;

        print_message("dnssd_split: %s\n", splits[i].full);
        assert_int_equal(name_from_text(splits[i].full, &full, NULL),
                         NAME_TEXT_OK);
        assert_int_equal(dnssd_split(&full, &label, &type, &domain), want);
        if (!want)
            continue;

        size_t len;
        uint8_t *instance = hex_alloc(splits[i].instance, &len);

        assert_int_equal(label[0] + 1, len);
        assert_memory_equal(label, instance, len);
        free(instance);
        assert_string_equal(name_text(&type, text), splits[i].type);
        assert_string_equal(name_text(&domain, text), splits[i].domain);
        joined = type;
        assert_true(name_append(&joined, &domain));
        assert_true(name_prepend(&joined, label + 1, label[0]));
        assert_true(name_equal(&joined, &full));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_types),
        cmocka_unit_test(refuses_endless_types),
        cmocka_unit_test(explains_errors),
        cmocka_unit_test(splits_instance_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
