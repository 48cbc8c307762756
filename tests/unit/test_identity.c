/*
 * test_identity.c - the hash, the codes, and what sources of an identity say,
 * also such as say it badly
 */
#include "crier/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- FIPS 180-4, examples, and lengths around a block ----------------------- */

static void expect_hash(const char *data, size_t len, const char *hex)
{
    uint8_t out[32];

    sha256(out, data, len);
    for (unsigned i = 0; i < sizeof out; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        assert_int_equal(out[i], strtoul(byte, NULL, 16));
    }
}

static void hash(void **state)
{
    static const char two[] =
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    char a[119];

    (void)state;
    expect_hash("", 0, "e3b0c44298fc1c149afbf4c8996fb924"
                       "27ae41e4649b934ca495991b7852b855");
    expect_hash("abc", 3, "ba7816bf8f01cfea414140de5dae2223"
                          "b00361a396177a9cb410ff61f20015ad");
    expect_hash(two, sizeof two - 1, "248d6a61d20638b8e5c026930c3e6039"
                                     "a33ce45964ff2167f6ecedd419db06c1");
    memset(a, 'a', sizeof a);
    expect_hash(a, 55, "9f4390f8d30c2dd92ec9f095b65e2b9a"
                       "e9b0a925a5258e241c9f1e910f734318");
    expect_hash(a, 64, "ffe054fe7ae0cb6dc65c3af9b61d5209"
                       "f439851db43d0ba5997337df154668eb");
    expect_hash(a, 119, "31eba51c313a5c08226adf18d4a359cf"
                        "dfd8d2e816b13f4af952f7ea6584dcfb");
}

static void codes(void **state)
{
    char a[IDENTITY_CODE_LEN + 1], b[IDENTITY_CODE_LEN + 1];

    (void)state;
    identity_code(a, "machine-id", "0123456789abcdef0123456789abcdef", 32);
    assert_string_equal(a, "HM2XIZLYY3QGLWW");
    identity_code(b, "mac", "0123456789abcdef0123456789abcdef", 32);
    assert_string_not_equal(a, b);
}

/* --- lines ------------------------------------------------------------------ */

static struct identity id;

static const char *value(unsigned field)
{
    return id.value[field].source != ID_NONE ? id.value[field].text : NULL;
}

static void lines(void **state)
{
    static const char text[] =
        "# id=comment\nid= A b \nid=second\r\nunknown=x\napp\npos=\nver=\n"
        "=x\nrole=a\x01" "b\nserial=\t\nstate=new\0model=M";
    char longest[IDENTITY_VALUE_MAX + 4] = "fp=";

    (void)state;
    memset(&id, 0, sizeof id);
    identity_lines(&id, ID_FILE, text, sizeof text - 1);
    assert_string_equal(value(ID_ID), "A b");
    assert_string_equal(value(ID_STATE), "new");
    assert_string_equal(value(ID_MODEL), "M");
    for (unsigned i = 0; i < ID_COUNT; i++)
        if (i != ID_ID && i != ID_STATE && i != ID_MODEL)
            assert_null(value(i));
    memset(longest + 3, 'x', IDENTITY_VALUE_MAX + 1);
    identity_lines(&id, ID_FILE, longest, IDENTITY_VALUE_MAX + 4);
    assert_null(value(ID_FP));
    identity_lines(&id, ID_FILE, longest, IDENTITY_VALUE_MAX + 3);
    assert_int_equal(id.value[ID_FP].len, IDENTITY_VALUE_MAX);
    identity_lines(&id, ID_FILE, text, 0);
}

/* --- SMBIOS ----------------------------------------------------------------- */

/* Each length in memory of its own, so that a sanitizer sees a byte too far. */
static void smbios(const char *raw, size_t len)
{
    uint8_t *own = malloc(len > 0 ? len : 1);

    assert_non_null(own);
    memcpy(own, raw, len);
    memset(&id, 0, sizeof id);
    identity_smbios(&id, own, len);
    free(own);
}

static void strings(void **state)
{
    static const char raw[] = "\x0b\x05\x02\x00\x03" "crier:id=X1\0"
                              "crier:\0" "other\0" "crier:pos=7\0\0crier:ver=9";
    static const char area[] = "\x0b\x08\x02\x00\x01" "abc" "crier:id=X2\0";
    static const char *const bad[] = {
        "\x0c\x05\x02\x00\x01" "crier:id=X\0\0", /* of another type */
        "\x0b\x03\x02\x00\x01" "crier:id=X\0\0", /* shorter than its head */
        "\x0b\xff\x02\x00\x01" "crier:id=X\0\0", /* longer than all */
        "\x0b\x05\x02\x00\x01" "\0crier:id=X\0", /* behind the end */
    };

    (void)state;
    smbios(raw, sizeof raw);
    assert_string_equal(value(ID_ID), "X1");
    assert_string_equal(value(ID_POS), "7");
    assert_null(value(ID_VER));
    smbios(area, sizeof area - 1);
    assert_string_equal(value(ID_ID), "X2");
    smbios(area, sizeof area - 2); /* without its terminator */
    assert_null(value(ID_ID));
    for (unsigned i = 0; i < 4; i++) {
        smbios(bad[i], 17);
        assert_null(value(ID_ID));
    }
    for (size_t len = 0; len <= sizeof raw; len++) {
        smbios(raw, len);
        assert_int_equal(value(ID_ID) != NULL, len >= 17);
    }
}

/* --- cloud-init ------------------------------------------------------------- */

static bool cloud(const char *json)
{
    size_t len = strlen(json);
    char *own = malloc(len + 1);

    assert_non_null(own);
    memcpy(own, json, len); /* without a NUL */
    memset(&id, 0, sizeof id);
    identity_cloud(&id, own, len);
    free(own);
    return value(ID_ID) != NULL;
}

static void instance(void **state)
{
    (void)state;
    assert_true(cloud("{\"v1\":{\"instance_id\" : \"i-1\"}}"));
    assert_true(cloud("\"instance-id\":\"i-1\""));
    assert_true(cloud("\"instance_id\":7,\"instance_id\":\"i-1\""));
    assert_false(cloud(""));
    assert_false(cloud("\"instance_id\""));
    assert_false(cloud("\"instance_id\":"));
    assert_false(cloud("\"instance_id\":\""));
    assert_false(cloud("\"instance_id\":\"i-1"));
    assert_false(cloud("\"instance_id\":\"\""));
    assert_false(cloud("\"instance_id\":\"a\\\"b\""));
    assert_false(cloud("\"x\":\"\\\"instance_id\\\":\\\"i\\\"\""));
    assert_false(cloud("\"instance_id\":\"iid-datasource-none\""));
}

/* --- what is told ------------------------------------------------------------ */

static void record(void **state)
{
    static const char few[] = "serial=S\nid=I\nuuid=U\nver=2";
    uint8_t txt[IDENTITY_TXT_MAX];
    size_t len;
    char buf[IDENTITY_VALUE_MAX];

    (void)state;
    memset(&id, 0, sizeof id);
    identity_lines(&id, ID_FILE, few, sizeof few - 1);
    assert_true(identity_txt(&id, IDENTITY_USUAL, txt, &len));
    assert_int_equal(len, 10 + 5 + 6);
    assert_memory_equal(txt, "\x09txtvers=1\x04id=I\x05ver=2", len);
    assert_true(identity_txt(&id, 1u << ID_SERIAL, txt, &len));
    assert_memory_equal(txt, "\x09txtvers=1\x08serial=S", len);
    memset(buf, 'x', sizeof buf);
    for (unsigned i = 0; i < ID_COUNT; i++) {
        id.value[i].source = ID_FILE;
        id.value[i].len = sizeof buf;
        memcpy(id.value[i].text, buf, sizeof buf);
    }
    assert_false(identity_txt(&id, IDENTITY_USUAL, txt, &len));
    assert_true(len <= IDENTITY_TXT_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash),     cmocka_unit_test(codes),
        cmocka_unit_test(lines),    cmocka_unit_test(strings),
        cmocka_unit_test(instance), cmocka_unit_test(record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
