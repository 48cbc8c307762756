/*
 * test_rrtext.c - records as zone-file text
 */
#include "crier/out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crier/rr.h"
#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *title;
    uint16_t type;
    const char *hex;
    const char *text;
} cases[] = {
    {"A", RR_A, "c0a84d01", "192.168.77.1"},
    {"A, too short", RR_A, "c0a84d", "\\# 3 c0a84d"},
    {"A, too long", RR_A, "c0a84d0101", "\\# 5 c0a84d0101"},
    {"AAAA", RR_AAAA, "fe80 0000 0000 0000 0000 0000 0000 0009", "fe80::9"},
    {"PTR", RR_PTR, "03 'a b' 05 'local' 00", "a\\032b.local."},
    {"PTR to the root", RR_PTR, "00", "."},
    {"PTR, cut", RR_PTR, "03 'a b'", "\\# 4 03612062"},
    {"PTR, bytes behind", RR_PTR, "00 00", "\\# 2 0000"},
    {"SRV", RR_SRV, "0001 0002 1f90 01 'h' 00", "1 2 8080 h."},
    {"SRV, cut", RR_SRV, "0001 0002 1f", "\\# 5 000100021f"},
    {"TXT", RR_TXT, "03 'a=1' 01 'b'", "\"a=1\" \"b\""},
    {"TXT, empty string", RR_TXT, "00", "\"\""},
    {"TXT, escapes", RR_TXT, "06 22 5c 00 1b 7f ff", "\"\\\"\\\\\\000\\027"
                                                     "\\127\\255\""},
    {"TXT, cut", RR_TXT, "03 'a'", "\\# 2 0361"},
    {"TXT, nothing", RR_TXT, "", "\\# 0"},
    {"HINFO", RR_HINFO, "03 'ARM' 05 'Linux'", "\"ARM\" \"Linux\""},
    {"MX", RR_MX, "000a 01 'm' 00", "10 m."},
    {"SOA", RR_SOA, "01 'a' 00 01 'b' 00 00000001 00000002 00000003 00000004 "
                    "ffffffff", "a. b. 1 2 3 4 4294967295"},
    {"NAPTR", 35, "0001 0002 01 'u' 00 00 01 'x' 00",
     "1 2 \"u\" \"\" \"\" x."},
    {"NSEC of A and AAAA", RR_NSEC, "01 'h' 00 00 04 40 00 00 08",
     "h. A AAAA"},
    {"NSEC, windows", RR_NSEC, "01 'h' 00 00 01 40 01 01 40",
     "h. A CAA"},
    {"unknown", 65280, "0123456789abcdef", "\\# 8 0123456789abcdef"},
    {"unknown, empty", 65280, "", "\\# 0"},
    {"known name, unknown form", 65, "0001 00", "\\# 3 000100"},
};

static void prints_rdata(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[512];
        struct text t = text_memory(out, sizeof out);
        size_t len;
        uint8_t *rdata = hex_alloc(cases[i].hex, &len);

        print_message("rdata: %s\n", cases[i].title);
        rrtext_rdata(&t, cases[i].type, rdata, len);
        assert_string_equal(text_end(&t), cases[i].text);
        free(rdata);
    }
}

/* Any bytes as any type: plain ASCII comes out, within the bytes. */
static void prints_any_bytes(void **state)
{
    static char out[8192];
    uint32_t seed = 7;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        struct text t = text_memory(out, sizeof out);
        uint8_t in[48];
        size_t len;
        uint8_t *exact;

        for (size_t i = 0; i < sizeof in; i++) {
            seed = seed * 1664525u + 1013904223u;
            in[i] = (uint8_t)(seed >> 24);
            if ((seed & 0x30000) != 0)
                in[i] &= 7; /* mostly short lengths */
        }
        len = seed >> 8 & 31;
        exact = exact_copy(in, len);
        rrtext_rdata(&t, (uint16_t)(round % 66), exact, len);
        for (size_t i = 0; i < t.len; i++)
            assert_in_range(out[i], 0x20, 0x7e);
        free(exact);
    }
}

static void names_types(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint16_t type;
        const char *back;
    } types[] = {
        {"A", true, 1, "A"},           {"aaaa", true, 28, "AAAA"},
        {"Txt", true, 16, "TXT"},      {"any", true, 255, "ANY"},
        {"TYPE1", true, 1, "A"},       {"type65280", true, 65280, "TYPE65280"},
        {"TYPE0", true, 0, "TYPE0"},   {"TYPE65535", true, 65535, "TYPE65535"},
        {"TYPE65536", false, 0, NULL}, {"TYPE", false, 0, NULL},
        {"TYPE1x", false, 0, NULL},    {"TYPE-1", false, 0, NULL},
        {"", false, 0, NULL},          {"AA", false, 0, NULL},
        {"A ", false, 0, NULL},        {"65", false, 0, NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        char out[32];
        struct text t = text_memory(out, sizeof out);
        uint16_t type = 9999;

        print_message("type: %s\n", types[i].text);
        assert_int_equal(rrtext_type_parse(types[i].text, &type),
                         types[i].ok);
        if (!types[i].ok)
            continue;
        assert_int_equal(type, types[i].type);
        rrtext_type(&t, type);
        assert_string_equal(text_end(&t), types[i].back);
    }
}

static void prints_records(void **state)
{
    struct dnssd_event ev = {
        .rr_type = RR_A,
        .ttl_s = 120,
        .rdata = (const uint8_t *)"\12\11\0\1",
        .rdata_len = 4,
    };
    char out[128];
    struct text t = text_memory(out, sizeof out);

    (void)state;
    assert_int_equal(name_from_text("a\\.b.local", &ev.name, NULL), 0);
    rrtext_record(&t, &ev);
    assert_string_equal(text_end(&t), "a\\.b.local. 120 IN A 10.9.0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prints_rdata),
        cmocka_unit_test(prints_any_bytes),
        cmocka_unit_test(names_types),
        cmocka_unit_test(prints_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
