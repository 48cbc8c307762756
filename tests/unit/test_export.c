/*
 * test_export.c - names from the network where other programs read them: what
 * hooks are told, and what is exported
 */
#include "nodes/export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/hook_env.h"
#include "crier/os.h"
#include "hex.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A name of these labels, in hex with a blank between; then the root. */
static struct name name_of(const char *hex)
{
    struct name n = {0};
    size_t len;
    uint8_t *bytes = hex_alloc(hex, &len);

    assert_true(len < sizeof n.wire);
    memcpy(n.wire, bytes, len);
    n.len = (uint16_t)(len + 1);
    free(bytes);
    return n;
}

static const struct {
    const char *name;  /* hex */
    const char *wanted; /* NULL: left out */
} hosts[] = {
    {"03 'nas' 05 'local'", "nas"},
    {"05 'Na_-9' 05 'LOCAL'", "na_-9"},
    {"01 'a' 05 'local'", "a"},
    {"02 'a-' 05 'local'", "a-"},
    {"02 '-a' 05 'local'", NULL},
    {"02 '--' 05 'local'", NULL},
    {"03 'a.b' 05 'local'", NULL},
    {"02 '..' 05 'local'", NULL},
    {"03 'a/b' 05 'local'", NULL},
    {"03 'a b' 05 'local'", NULL},
    {"03 'a' 0a 'b' 05 'local'", NULL},
    {"03 'a' 00 'b' 05 'local'", NULL},
    {"02 'a' 22 05 'local'", NULL},
    {"02 'a' 27 05 'local'", NULL},
    {"02 'a' 5c 05 'local'", NULL},
    {"02 '#a' 05 'local'", NULL},
    {"01 '*' 05 'local'", NULL},
    {"02 'a%' 05 'local'", NULL},
    {"02 c3bc 05 'local'", NULL},
    {"01 ff 05 'local'", NULL},
    {"09 'localhost' 05 'local'", NULL},
    {"09 'LocalHost' 05 'local'", NULL},
    {"0a 'localhost1' 05 'local'", "localhost1"},
    {"03 'all' 05 'local'", NULL},
    {"09 'ungrouped' 05 'local'", NULL},
    {"0d 'broadcasthost' 05 'local'", NULL},
    {"0c 'ip6-loopback' 05 'local'", NULL},
    {"03 'nas' 07 'example'", NULL},
    {"03 'nas' 05 'locaL' 03 'com'", NULL},
    {"01 'x' 03 'nas' 05 'local'", NULL},
    {"03 'nas'", NULL},
    {"05 'local'", NULL},
    {"", NULL},
};

static void host_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(hosts); i++) {
        struct name n = name_of(hosts[i].name);
        char out[REDUCE_HOST_MAX];

        print_message("host %s\n", hosts[i].name);
        assert_int_equal(reduce_host(&n, out), hosts[i].wanted != NULL);
        if (hosts[i].wanted != NULL)
            assert_string_equal(out, hosts[i].wanted);
    }
}

static void longest_host_name(void **state)
{
    struct name n = {71, {63}};
    char out[REDUCE_HOST_MAX];

    (void)state;
    memset(n.wire + 1, 'x', 63);
    memcpy(n.wire + 64, "\5local", 7);
    assert_true(reduce_host(&n, out));
    assert_int_equal(strlen(out), 63);
}

static void reductions(void **state)
{
    static const char bytes[] = "aZ09_-./\n\0\xc3\xbc{}$`'\"\\= @[`z";
    char buf[64];
    struct text t = text_memory(buf, sizeof buf);

    (void)state;
    reduce_put(&t, bytes, sizeof bytes - 1, REDUCE_KEEP);
    assert_string_equal(text_end(&t), "aZ09____________________z");
    t = text_memory(buf, sizeof buf);
    reduce_put(&t, bytes, sizeof bytes - 1, REDUCE_UPPER);
    assert_string_equal(text_end(&t), "AZ09____________________Z");
    t = text_memory(buf, sizeof buf);
    reduce_put(&t, bytes, sizeof bytes - 1, REDUCE_LOWER);
    assert_string_equal(text_end(&t), "az09____________________z");
}

static void reduced_keys_once(void **state)
{
    size_t len;
    uint8_t *txt = hex_alloc("05 'a-b=1' 05 'A_B=2' 03 'a.b' 02 'ab' 04 '=xyz'"
                             "00 03 'c=' ff", &len);
    struct reduce_txt r = {.count = 0};

    (void)state;
    assert_true(reduce_txt_next(&r, txt, len));
    assert_memory_equal(r.seen[0].key, "a-b", 3);
    assert_int_equal(r.value_len, 1);
    assert_memory_equal(r.value, "1", 1);
    assert_true(reduce_txt_next(&r, txt, len));
    assert_int_equal(r.seen[1].len, 2);
    assert_null(r.value);
    assert_true(reduce_txt_next(&r, txt, len));
    assert_memory_equal(r.value, "\xff", 1);
    assert_false(reduce_txt_next(&r, txt, len));
    assert_int_equal(r.count, 3);
    free(txt);
}

static void allowed(void **state)
{
    static const struct {
        const char *list, *host;
        bool is;
    } cases[] = {
        {"nas", "nas", true},
        {"nas\n", "nas", true},
        {"\n\n  NAS \r\n", "nas", true},
        {"na", "nas", false},
        {"nass", "nas", false},
        {"na*", "nas", true},
        {"x\nn?s\ny", "nas", true},
        {"#nas", "nas", false},
        {"# *", "nas", false},
        {"", "nas", false},
        {"\n", "nas", false},
        {"*", "nas", true},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa*",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("list %s\n", cases[i].list);
        assert_int_equal(export_allowed(cases[i].list, strlen(cases[i].list),
                                        cases[i].host), cases[i].is);
    }
}

/* --- a service ------------------------------------------------------------- */

static struct addr addr_of(const char *hex)
{
    struct addr a = {0};
    size_t len;
    uint8_t *b = hex_alloc(hex, &len);

    a.family = len == 4 ? ADDR_V4 : ADDR_V6;
    memcpy(a.b, b, len);
    free(b);
    return a;
}

static struct found service(const char *label, const char *type,
                            const char *host, uint16_t port,
                            const char *address, const char *txt)
{
    struct found f = {0};
    char full[512];
    struct text t = text_memory(full, sizeof full);

    memcpy(f.iface, "eth0", 5);
    text_str(&t, label);
    text_str(&t, " ");
    text_str(&t, type);
    text_str(&t, " 05 'local'");
    f.ev.resolved = true;
    f.ev.name = name_of(text_end(&t));
    f.ev.type = name_of(type);
    f.ev.domain = name_of("05 'local'");
    f.ev.host = name_of(host);
    f.ev.port = port;
    f.ev.addr_count = 1;
    f.ev.addrs[0] = addr_of(address);
    f.txt = hex_alloc(txt, &f.ev.txt_len);
    f.ev.txt = f.txt;
    return f;
}

#define SSH "04 '_ssh' 04 '_tcp'"
#define NAS "03 'nas' 05 'local'"

static bool has(const struct hook_env *e, const char *var)
{
    for (unsigned i = 0; i < e->count; i++)
        if (strcmp(e->vars[i], var) == 0)
            return true;
    return false;
}

static void hook_variables(void **state)
{
    static struct hook_env e;
    struct found f = service(
        "06 'a' 0a '$(b)'", SSH, NAS, 22, "0a000001",
        "0f 'LD_PRELOAD=evil' 05 'PATH=' 06 'a b=c' 0a 05 'n=' 00 '=y'"
        "04 '=IFS' 04 'flag' 05 'FLAG=' 06 00 'k=nul'");

    (void)state;
    f.ev.addr_count = 2;
    f.ev.addrs[1] = addr_of("fe80 0000000000000000000000000001");
    hook_env_make(&e, "add", true, &f, NULL);
    for (unsigned i = 0; i < e.count; i++) {
        size_t len = strcspn(e.vars[i], "=");

        print_message("%s\n", e.vars[i]);
        assert_memory_equal(e.vars[i], "CRIER_", 6);
        for (size_t k = 6; k < len; k++)
            assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
                                   e.vars[i][k]));
        assert_int_equal(e.vars[i][len], '=');
        assert_true(hook_env_ours(e.vars[i]));
    }
    assert_true(has(&e, "CRIER_EVENT=add"));
    assert_true(has(&e, "CRIER_INITIAL=1"));
    assert_true(has(&e, "CRIER_NAME=a\n$(b)"));
    assert_true(has(&e, "CRIER_TYPE=_ssh._tcp"));
    assert_true(has(&e, "CRIER_DOMAIN=local"));
    assert_true(has(&e, "CRIER_IFACE=eth0"));
    assert_true(has(&e, "CRIER_HOST=nas.local"));
    assert_true(has(&e, "CRIER_PORT=22"));
    assert_true(has(&e, "CRIER_ADDRESS=10.0.0.1"));
    assert_true(has(&e, "CRIER_ADDRESSES=10.0.0.1 fe80::1%eth0"));
    assert_true(has(&e, "CRIER_TXT_LD_PRELOAD=evil"));
    assert_true(has(&e, "CRIER_TXT_PATH="));
    assert_true(has(&e, "CRIER_TXT_A_B=c\n"));
    assert_true(has(&e, "CRIER_TXT_FLAG="));
    assert_true(has(&e, "CRIER_TXT__K=nul"));
    assert_int_equal(e.count, 16); /* with the JSON; n= has a NUL inside */
    assert_string_equal(e.name, "a\n$(b)");
    assert_string_equal(e.type, "_ssh._tcp");
    assert_int_equal(e.json[0], '{');
    assert_int_equal(e.json[e.json_len - 1], '}');
    assert_null(strchr(e.json, '\n'));
    free(f.txt);
}

static void hook_name_with_zero(void **state)
{
    static struct hook_env e;
    struct found f = service("03 'a' 00 'b'", SSH, NAS, 22, "0a000001", "00");

    (void)state;
    hook_env_make(&e, "remove", false, &f, NULL);
    assert_string_equal(e.name, "");
    for (unsigned i = 0; i < e.count; i++)
        assert_memory_not_equal(e.vars[i], "CRIER_NAME", 10);
    free(f.txt);
}

static void hook_resync(void **state)
{
    static struct hook_env e;

    (void)state;
    hook_env_make(&e, "resync", false, NULL, NULL);
    assert_int_equal(e.count, 2);
    assert_string_equal(e.name, "");
    assert_string_equal(e.type, "");
    assert_non_null(strstr(e.json, "\"event\":\"resync\""));
}

/* The largest TXT there can be, in the form that takes most room. */
static void hook_room(void **state)
{
    static struct hook_env e;
    struct found f = service("01 'a'", SSH, NAS, 22, "0a000001", "00");
    static uint8_t txt[DNSSD_TXT_MAX + 100];
    size_t len = 0;

    (void)state;
    for (unsigned i = 0; len + 6 < sizeof txt; i++) {
        uint8_t s[6] = {5, (uint8_t)(1 + i % 31), (uint8_t)(1 + i / 31 % 31),
                        (uint8_t)(1 + i / 961), '=', 0xff};

        memcpy(txt + len, s, sizeof s);
        len += sizeof s;
    }
    free(f.txt);
    f.ev.txt = txt;
    f.ev.txt_len = len;
    hook_env_make(&e, "add", false, &f, NULL);
    assert_int_equal(e.json[e.json_len - 1], '}');
    assert_memory_equal(e.vars[e.count - 1], "CRIER_JSON=", 11);
    memset(txt, 1, sizeof txt);
    for (size_t at = 0; at < sizeof txt; at += 256)
        txt[at] = 255;
    txt[1] = '=';
    hook_env_make(&e, "add", false, &f, NULL);
    assert_int_equal(e.json[e.json_len - 1], '}');
}

static void what_hooks_inherit(void **state)
{
    (void)state;
    assert_true(hook_env_ours("CRIER_TXT_=x"));
    assert_true(hook_env_ours("CRIER_TXT_ANY=x"));
    assert_true(hook_env_ours("CRIER_NAME=x"));
    assert_true(hook_env_ours("CRIER_ADDRESS=x"));
    assert_true(hook_env_ours("CRIER_ADDRESSES=x"));
    assert_true(hook_env_ours("CRIER_INITIAL="));
    assert_false(hook_env_ours("CRIER_NAMES=x"));
    assert_false(hook_env_ours("CRIER_SOCKET=x"));
    assert_false(hook_env_ours("CRIER_CONFIG=x"));
    assert_false(hook_env_ours("PATH=x"));
    assert_false(hook_env_ours("CRIER_"));
    assert_false(hook_env_ours(""));
}

/* --- exports --------------------------------------------------------------- */

static const struct {
    const char *address;
    bool usable;
} addresses[] = {
    {"0a000001", true},   {"7f000001", false}, {"00000000", false},
    {"00000001", false},  {"e0000001", false}, {"ffffffff", false},
    {"f0000001", false},  {"a9fe0001", true},
    {"fe80 0000000000000000000000000001", true},
    {"fd00 0000000000000000000000000001", true},
    {"0000 0000000000000000000000000001", false},
    {"0000 0000000000000000000000000000", false},
    {"0000 0000000000000000 ffff 7f000001", false},
    {"ff02 0000000000000000000000000001", false},
};

static void addresses_of_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct found f = service("01 'a'", SSH, NAS, 22, addresses[i].address,
                                 "00");
        struct export_row row;

        print_message("address %s\n", addresses[i].address);
        assert_int_equal(export_row(&row, &f), addresses[i].usable);
        free(f.txt);
    }
}

static const char *export_of(enum export_form form, struct found *f,
                             size_t count)
{
    static char buf[8192];
    static struct export_row rows[8];
    struct text t = text_memory(buf, sizeof buf);
    size_t n = 0;

    assert_true(count <= COUNT(rows));
    for (size_t i = 0; i < count; i++)
        n += export_row(&rows[n], &f[i]);
    assert_true(export_put(&t, form, rows, n));
    assert_false(t.failed);
    return text_end(&t);
}

static void empty_exports(void **state)
{
    (void)state;
    assert_string_equal(export_of(EXPORT_HOSTS, NULL, 0),
                        "# written by crier\n");
    assert_string_equal(export_of(EXPORT_SSH, NULL, 0),
                        "# written by crier\n");
    assert_string_equal(export_of(EXPORT_PROM, NULL, 0), "[]\n");
    assert_string_equal(export_of(EXPORT_ANSIBLE, NULL, 0),
                        "{\"_meta\":{\"hostvars\":{}},\n"
                        "\"all\":{\"children\":[]}}\n");
}

/* One host on two links, and with two types. */
static void host_on_two_links(void **state)
{
    struct found f[3] = {
        service("01 'n'", "0b '_crier-node' 04 '_tcp'", NAS, 443, "0a000001",
                "05 'id={%' 05 'x={#y' 04 '{{=1' 04 '{=}}' "
                "11 '__ansible_vault=x'"),
        service("01 'a'", SSH, NAS, 22,
                "fe80 0000000000000000000000000001", "00"),
        service("01 'a'", SSH, "03 'NAS' 05 'local'", 22, "0a000001", "00"),
    };

    (void)state;
    memcpy(f[2].iface, "eth1", 5);
    assert_string_equal(export_of(EXPORT_HOSTS, f, 3),
                        "# written by crier\n10.0.0.1 nas.local nas\n");
    assert_string_equal(export_of(EXPORT_SSH, f, 3),
                        "# written by crier\nHost nas nas.local\n"
                        "    HostName 10.0.0.1\n    Port 22\n"
                        "    HostKeyAlias nas.local\n");
    assert_string_equal(export_of(EXPORT_SSH, f, 2),
                        "# written by crier\nHost nas nas.local\n"
                        "    HostName fe80::1%%eth0\n    Port 22\n"
                        "    HostKeyAlias nas.local\n");
    assert_string_equal(
        export_of(EXPORT_ANSIBLE, f, 3),
        "{\"_meta\":{\"hostvars\":{\n"
        "\"nas\":{\"ansible_host\":\"10.0.0.1\",\"ansible_port\":22,"
        "\"crier_txt\":{\"{\":\"}}\"}}}},\n"
        "\"all\":{\"children\":[\"type_crier_node_tcp\",\"type_ssh_tcp\"]},\n"
        "\"type_crier_node_tcp\":{\"hosts\":[\"nas\"]},\n"
        "\"type_ssh_tcp\":{\"hosts\":[\"nas\"]}}\n");
    assert_string_equal(
        export_of(EXPORT_PROM, f + 1, 1),
        "[\n{\"targets\":[\"[fe80::1%eth0]:22\"],\"labels\":{"
        "\"__meta_crier_host\":\"nas\",\"__meta_crier_iface\":\"eth0\","
        "\"__meta_crier_name\":\"a\",\"__meta_crier_type\":\"_ssh._tcp\"}}\n"
        "]\n");
    for (size_t i = 0; i < COUNT(f); i++)
        free(f[i].txt);
}

static void long_group_names(void **state)
{
    struct found f = service("01 'a'", SSH, NAS, 22, "0a000001", "00");
    uint8_t txt[256] = {255, 'a', 'p', 'p', '='};
    const char *out;

    (void)state;
    free(f.txt);
    memset(txt + 5, '"', sizeof txt - 5);
    f.ev.txt = txt;
    f.ev.txt_len = sizeof txt;
    out = export_of(EXPORT_ANSIBLE, &f, 1);
    assert_non_null(strstr(out, "\"app________"));
    assert_null(strstr(out, "_____________________________________________"
                            "______________________________________\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(host_names),
        cmocka_unit_test(longest_host_name),
        cmocka_unit_test(reductions),
        cmocka_unit_test(reduced_keys_once),
        cmocka_unit_test(allowed),
        cmocka_unit_test(hook_variables),
        cmocka_unit_test(hook_name_with_zero),
        cmocka_unit_test(hook_resync),
        cmocka_unit_test(hook_room),
        cmocka_unit_test(what_hooks_inherit),
        cmocka_unit_test(addresses_of_others),
        cmocka_unit_test(empty_exports),
        cmocka_unit_test(host_on_two_links),
        cmocka_unit_test(long_group_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
