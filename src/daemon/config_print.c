/*
 * config_print.c - a configuration as a file that says the same
 */
#include "config.h"

#include <assert.h>
#include <string.h>

#include "crier/identity.h"
#include "crier/os.h"

/* --- values ---------------------------------------------------------------- */

static bool plain(const char *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)p[i];

        if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
            return false;
    }
    return len > 0 && p[0] != '#';
}

/* " " and a value, in quotes if it takes them. */
static void put(struct text *t, const char *p, size_t len)
{
    text_str(t, " ");
    if (plain(p, len))
        text_bytes(t, p, len);
    else
        tokens_quote(t, p, len);
}

static void put_str(struct text *t, const char *s)
{
    put(t, s, strlen(s));
}

static void put_name(struct text *t, const struct name *n)
{
    char buf[4 * NAME_WIRE_MAX];
    struct text to = text_memory(buf, sizeof buf);

    text_name(&to, n);
    put(t, buf, to.len);
}

static void put_choice(struct text *t, const char *words, uint32_t index)
{
    for (const char *p = words; *p != '\0'; p += strspn(p, ", ")) {
        size_t len = strcspn(p, ", ");

        if (len != 2 || memcmp(p, "or", 2) != 0)
            if (index-- == 0)
                put(t, p, len);
        p += len;
    }
}

static void put_duration(struct text *t, uint32_t ms)
{
    text_fmt(t, ms % 1000 == 0 ? " %us" : " %ums",
             ms % 1000 == 0 ? ms / 1000 : ms);
}

/* --- keys of a kind of their own; each prints whole lines ------------------ */

static void put_hostname(const struct conf *c, struct text *t)
{
    struct name n = {1, {0}};

    text_str(t, "hostname");
    if (c->host_auto || c->host_label_len == 0 ||
        !name_prepend(&n, c->host_label, c->host_label_len))
        text_str(t, " auto");
    else
        put_name(t, &n);
    text_str(t, "\n");
}

static void put_rename(const struct conf *c, struct text *t)
{
    text_fmt(t, "rename-style %s\n", c->rename_mac ? "mac" : "number");
}

static void put_list(struct text *t, const char *key, const char *const *list,
                     unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        text_str(t, key);
        put_str(t, list[i]);
        text_str(t, "\n");
    }
}

static void put_interfaces(const struct conf *c, struct text *t)
{
    if (c->ifglob_count == 0)
        text_str(t, "#interface: all but lo veth* docker* br-<12 hex> tun* "
                    "ppp*\n");
    put_list(t, "interface", c->ifglobs, c->ifglob_count);
}

static void put_dirs(const struct conf *c, struct text *t)
{
    /* Named in a file they would have to be there. */
    put_list(t, c->dirs_default ? "#services" : "services", c->dirs,
             c->dir_count);
    if (c->dir_count == 0)
        text_str(t, "services none\n");
}

static void put_fields(const struct conf *c, struct text *t)
{
    text_str(t, "identity-fields");
    for (unsigned i = 0; i < ID_COUNT; i++)
        if ((c->identity_fields >> i & 1) != 0)
            put_str(t, identity_field_name(i));
    text_str(t, "\n");
}

static void put_aliases(const struct conf *c, struct text *t)
{
    for (unsigned i = 0; i < c->alias_count; i++) {
        text_str(t, "alias");
        put_name(t, c->aliases[i]);
        text_str(t, "\n");
    }
}

static void put_hosts(const struct conf *c, struct text *t)
{
    char buf[ADDR_TEXT_MAX];

    for (const struct conf_host *h = c->hosts; h != NULL; h = h->next) {
        text_str(t, "host");
        put_name(t, &h->name);
        for (unsigned i = 0; i < h->addr_count; i++)
            put_str(t, os_addr_text(&h->addrs[i], NULL, buf));
        text_str(t, "\n");
    }
}

static void put_mode(const struct conf *c, struct text *t)
{
    char digits[] = "0000";

    for (unsigned i = 1; i < 4; i++)
        digits[i] = (char)('0' + (c->socket_mode >> (9 - 3 * i) & 7));
    text_fmt(t, "socket-mode %s\n", digits);
}

static void put_guests(const struct conf *c, struct text *t)
{
    static const char words[][8] = {
        [GRANT_NAME] = "name", [GRANT_TYPE] = "type",
        [GRANT_ADDRESS] = "address", [GRANT_QUOTA] = "quota",
    };

    for (const struct conf_guest *g = c->guests; g != NULL; g = g->next) {
        text_str(t, "guest-socket");
        put_str(t, g->path);
        for (unsigned i = 0; i < g->grant_count; i++) {
            put_str(t, words[g->grants[i].kind]);
            put_str(t, g->grants[i].glob);
        }
        text_fmt(t, " quota %u\n", (unsigned)g->quota);
    }
}

static const struct {
    char key[17];
    void (*put)(const struct conf *c, struct text *t);
} special[] = {
    {"hostname", put_hostname}, {"rename-style", put_rename},
    {"interface", put_interfaces}, {"services", put_dirs},
    {"identity-fields", put_fields}, {"alias", put_aliases},
    {"host", put_hosts}, {"socket-mode", put_mode},
    {"guest-socket", put_guests},
};

/* --- all of it ------------------------------------------------------------- */

static void put_simple(const struct conf *c, const struct conf_key *k,
                       struct text *t)
{
    const char *at = (const char *)c + k->at;
    uint32_t v = 0;

    text_str(t, k->name);
    if (k->take == config_take_family) {
        put_str(t, (c->families & k->at) != 0 ? "yes" : "no");
    } else if (k->take == conf_take_bool) {
        put_str(t, *(const bool *)at ? "yes" : "no");
    } else if (k->take == config_take_text || k->take == config_take_file ||
               k->take == config_take_socket) {
        put_str(t, *at != '\0' ? at : "none");
    } else {
        memcpy(&v, at, sizeof v);
        if (k->take == config_take_choice)
            put_choice(t, k->expect, v);
        else if (k->take == conf_take_duration)
            put_duration(t, v);
        else if (k->take == conf_take_number)
            text_fmt(t, " %u", (unsigned)v);
        else
            assert(false); /* it is none of special[] */
    }
    text_str(t, "\n");
}

void conf_print(const struct conf *c, struct text *t)
{
    enum { SPECIAL = sizeof special / sizeof special[0] };

    for (size_t i = 0; i < config_key_count; i++) {
        const struct conf_key *k = &config_keys[i];
        unsigned s = 0;

        while (s < SPECIAL && strcmp(special[s].key, k->name) != 0)
            s++;
        if (s < SPECIAL)
            special[s].put(c, t);
        else
            put_simple(c, k, t);
    }
}
