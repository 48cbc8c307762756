/*
 * config.c - /etc/crier/crier.conf
 */
#include "config.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "crier/ctl.h"
#include "crier/identity.h"
#include "crier/os.h"

enum {
    SERVICES_MOST = 16384,
    RECORDS_MOST = 131072,
    CACHE_MOST = 1 << 20,
    RATE_MOST = 100000,
    RDATA_PER_RECORD = 128, /* bytes; only touched memory is used */
    INSTANCES = 16384, /* that clients browse for; untouched room is free */
    BROWSES = 1024,
    CNAMES = 256, /* names that services bring along */
};

void conf_default(struct conf *c)
{
    struct engine_config e;
    struct loop_config l;

    engine_config_default(&e);
    loop_config_default(&l);
    *c = (struct conf){
        .families = ADDR_V4 | ADDR_V6,
        .poll_ms = l.poll_ms,
        .rejoin_ms = l.rejoin_ms,
        .dirs = {"/etc/crier/services", "/run/crier/services"},
        .dir_count = 2,
        .dirs_default = true,
        .addresses = true,
        .reverse = true,
        .identity_fields = IDENTITY_USUAL,
        .identity_file = IDENTITY_FILE,
        .services_max = 1024,
        .records_max = e.records_max,
        .cache_max = e.cache_max,
        .cache_per_source = e.cache_per_source,
        .tx_rate = e.tx_rate,
        .metrics_ms = 15000,
        .log_rate = 10,
        .level = CONF_INFO,
        .socket = CONF_SOCKET,
        .socket_ro = CONF_SOCKET_RO,
        .socket_mode = 0660,
        .clients = CTL_CLIENTS_MAX,
    };
}

static void drop_globs(struct conf *c)
{
    while (c->ifglob_count > 0)
        free((char *)(uintptr_t)c->ifglobs[--c->ifglob_count]);
}

bool conf_set_globs(struct conf *c, const char *const *globs, unsigned count)
{
    drop_globs(c);
    while (c->ifglob_count < count) {
        c->ifglobs[c->ifglob_count] = strdup(globs[c->ifglob_count]);
        if (c->ifglobs[c->ifglob_count] == NULL)
            return false;
        c->ifglob_count++;
    }
    return true;
}

void conf_clear(struct conf *c)
{
    drop_globs(c);
    if (!c->dirs_default)
        for (unsigned i = 0; i < c->dir_count; i++)
            free((char *)(uintptr_t)c->dirs[i]);
    for (unsigned i = 0; i < c->alias_count; i++)
        free(c->aliases[i]);
    while (c->hosts != NULL) {
        struct conf_host *next = c->hosts->next;

        free(c->hosts);
        c->hosts = next;
    }
    while (c->guests != NULL) {
        struct conf_guest *next = c->guests->next;

        free(c->guests);
        c->guests = next;
    }
    memset(c, 0, sizeof *c);
}

const char *conf_host_name(const char *text, bool any_domain,
                           struct name *out)
{
    static const struct name local = {7, "\5local"};
    enum name_text_err err = name_from_text(text, out, NULL);
    enum dnssd_instance_err bad;
    struct name domain;

    if (err != NAME_TEXT_OK)
        return name_text_error(err);
    if (name_labels(out) == 0)
        return "the root is no host";
    bad = dnssd_instance_check(out->wire + 1, out->wire[0]);
    if (bad != DNSSD_INSTANCE_OK)
        return dnssd_instance_error(bad);
    if (name_labels(out) == 1 && !name_append(out, &local))
        return name_text_error(NAME_TEXT_LONG);
    name_suffix(out, 1, &domain);
    if (!any_domain && !name_equal(&domain, &local))
        return "it lies in another domain than .local";
    return NULL;
}

/* Value i as a host name of ours; false after a report. */
static bool take_name(const struct conf_key *key, const struct tokens *t,
                      unsigned i, struct name *out, struct report *r)
{
    const struct token *w = &t->word[i];
    const char *why = strlen(w->text) < w->len
                          ? "it holds a zero byte"
                          : conf_host_name(w->text, false, out);

    if (why == NULL)
        return true;
    report_at(r, w->col, "E021",
              "%s: read \"%b\": %s; expected a name like web or web.local",
              key->name, w->text, w->len, why);
    return false;
}

static bool take_hostname(void *ctx, const struct conf_key *key,
                          const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    struct name n;

    if (strcmp(t->word[1].text, "auto") == 0)
        return true;
    if (!take_name(key, t, 1, &n, r))
        return false;
    c->host_label_len = n.wire[0];
    memcpy(c->host_label, n.wire + 1, n.wire[0]);
    return true;
}

/* Whether p[0..len) is the word. */
static bool is_word(const char *p, size_t len, const char *word)
{
    return len == strlen(word) && memcmp(p, word, len) == 0;
}

/* The index of value 1 among the words of key->expect, "a, b or c". */
bool config_take_choice(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    uint32_t index = 0;
    size_t len;

    for (const char *p = key->expect; *p != '\0'; p += strspn(p, ", ")) {
        len = strcspn(p, ", ");
        if (!is_word(p, len, "or")) {
            if (is_word(p, len, t->word[1].text)) {
                memcpy((char *)ctx + key->at, &index, sizeof index);
                return true;
            }
            index++;
        }
        p += len;
    }
    return conf_refuse(key, t, 1, r);
}

_Static_assert(sizeof(enum claim_conflict) == sizeof(uint32_t) &&
                   sizeof(enum conf_sandbox) == sizeof(uint32_t) &&
                   sizeof(enum conf_log) == sizeof(uint32_t) &&
                   sizeof(enum conf_level) == sizeof(uint32_t),
               "config_take_choice() writes enums as 32 bits");

static bool take_rename(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;

    c->rename_mac = strcmp(t->word[1].text, "mac") == 0;
    if (!c->rename_mac && strcmp(t->word[1].text, "number") != 0)
        return conf_refuse(key, t, 1, r);
    return true;
}

bool config_take_family(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    bool yes = false;
    struct conf_key plain = *key;

    plain.at = 0;
    if (!conf_take_bool(&yes, &plain, t, r))
        return false;
    c->families = (uint8_t)(yes ? c->families | key->at
                                : c->families & ~key->at);
    return true;
}

/* A copy of value 1 at the end of a list, or a report that it is full. */
static bool take_string(const struct conf_key *key, const struct tokens *t,
                        const char **list, unsigned *count,
                        struct report *r)
{
    if (t->word[1].len == 0 || strlen(t->word[1].text) < t->word[1].len)
        return conf_refuse(key, t, 1, r);
    if (*count == key->max) {
        report_at(r, t->word[0].col, "E015", "%s: more than %u times",
                  key->name, key->max);
        return false;
    }
    list[*count] = strdup(t->word[1].text);
    *count += list[*count] != NULL;
    return true;
}

/* Value 1 into the key->max bytes at key->at, with a NUL; "none" is "". */
bool config_take_text(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    const struct token *w = &t->word[1];
    char *to = (char *)ctx + key->at;

    if (w->len == 0 || w->len >= key->max || strlen(w->text) < w->len)
        return conf_refuse(key, t, 1, r);
    if (strcmp(w->text, "none") != 0)
        memcpy(to, w->text, w->len + 1);
    return true;
}

static bool take_interface(void *ctx, const struct conf_key *key,
                           const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;

    return take_string(key, t, c->ifglobs, &c->ifglob_count, r);
}

static bool take_dir(void *ctx, const struct conf_key *key,
                     const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;

    if (c->dirs_default) {
        c->dirs_default = false;
        c->dir_count = 0;
    }
    if (strcmp(t->word[1].text, "none") == 0 && t->count == 2)
        return true;
    return take_string(key, t, c->dirs, &c->dir_count, r);
}

static bool take_alias(void *ctx, const struct conf_key *key,
                       const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    struct name n;

    if (!take_name(key, t, 1, &n, r))
        return false;
    if (c->alias_count == CONF_ALIASES_MAX) {
        report_at(r, t->word[0].col, "E015", "alias: more than %u names",
                  (unsigned)CONF_ALIASES_MAX);
        return false;
    }
    c->aliases[c->alias_count] = malloc(sizeof n);
    if (c->aliases[c->alias_count] == NULL)
        return false;
    *c->aliases[c->alias_count] = n;
    c->alias_line[c->alias_count++] = r->line;
    return true;
}

static bool take_host(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    struct conf_host **end = &c->hosts;
    struct conf_host *h;

    if (c->host_count == CONF_HOSTS_MAX) {
        report_at(r, t->word[0].col, "E015", "host: more than %u hosts",
                  (unsigned)CONF_HOSTS_MAX);
        return false;
    }
    h = calloc(1, sizeof *h);
    if (h == NULL)
        return false;
    while (*end != NULL)
        end = &(*end)->next;
    *end = h; /* conf_clear() finds it there, also after an error */
    c->host_count++;
    h->line = r->line;
    if (!take_name(key, t, 1, &h->name, r))
        return false;
    for (unsigned i = 2; i < t->count; i++) {
        struct addr *a = &h->addrs[h->addr_count++];
        bool is = os_addr_parse(t->word[i].text, a);

        if (is && addr_of_host(a))
            continue;
        report_at(r, t->word[i].col, "E026",
                  "host: read \"%b\"%s, expected an IPv4 or IPv6 address",
                  t->word[i].text, t->word[i].len,
                  is ? ", which no single host has" : "");
        return false;
    }
    return true;
}

bool config_take_socket(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    const struct token *w = &t->word[1];
    char *path = (char *)ctx + key->at;

    memset(path, 0, CONF_PATH_MAX + 1);
    if (strcmp(w->text, "none") == 0)
        return true;
    if (w->text[0] != '/' || w->len > CONF_PATH_MAX ||
        strlen(w->text) < w->len)
        return conf_refuse(key, t, 1, r);
    memcpy(path, w->text, w->len);
    return true;
}

bool config_take_file(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    if (t->word[1].text[0] != '/' && strcmp(t->word[1].text, "none") != 0)
        return conf_refuse(key, t, 1, r);
    return config_take_text(ctx, key, t, r);
}

static bool take_mode(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;
    const char *s = t->word[1].text;
    uint32_t mode = 0;

    while (*s >= '0' && *s <= '7' && mode <= 0777)
        mode = mode * 8 + (uint32_t)(*s++ - '0');
    if (*s != '\0' || mode < 0600 || mode > 0777)
        return conf_refuse(key, t, 1, r);
    c->socket_mode = mode;
    return true;
}

static bool take_identity_fields(void *ctx, const struct conf_key *key,
                                 const struct tokens *t, struct report *r)
{
    struct conf *c = ctx;

    c->identity_fields = 0;
    for (unsigned i = 1; i < t->count; i++) {
        int field = identity_field(t->word[i].text, t->word[i].len);

        if (field < 0)
            return conf_refuse(key, t, i, r);
        c->identity_fields |= UINT32_C(1) << field;
    }
    return true;
}

#define AT(member) (uint32_t) offsetof(struct conf, member)
#define NUMBER(name, member, from, to, text) \
    {name, 1, 1, false, conf_take_number, AT(member), from, to, text}
#define TO_FILE(name, member) \
    {name, 1, 1, false, config_take_file, AT(member), 0, CONF_FILE_MAX + 1, \
     "/PATH of at most 239 bytes, or none"}
#define FLAG(name, member) \
    {name, 1, 1, false, conf_take_bool, AT(member), 0, 0, "yes or no"}

const struct conf_key config_keys[] = {
    {"hostname", 1, 1, false, take_hostname, 0, 0, 0, "a name, or auto"},
    {"on-conflict", 1, 1, false, config_take_choice, AT(on_conflict), 0, 0,
     "rename, keep-trying or fail"},
    {"rename-style", 1, 1, false, take_rename, 0, 0, 0, "number or mac"},
    {"interface", 1, 1, true, take_interface, 0, 0, LOOP_GLOBS_MAX,
     "an interface name or a pattern like eth* or !veth*"},
    {"ipv4", 1, 1, false, config_take_family, ADDR_V4, 0, 0, "yes or no"},
    {"ipv6", 1, 1, false, config_take_family, ADDR_V6, 0, 0, "yes or no"},
    {"poll-interfaces", 1, 1, false, conf_take_duration, AT(poll_ms), 100,
     3600000, "a duration from 100ms to 1h, such as 5s"},
    {"rejoin", 1, 1, false, conf_take_duration, AT(rejoin_ms), 0, UINT32_MAX,
     "a duration such as 10m, or 0 for never"},
    FLAG("allmulti", allmulti),
    {"services", 1, 1, true, take_dir, 0, 0, CONF_DIRS_MAX,
     "a directory, or none"},
    FLAG("addresses", addresses),
    FLAG("reverse", reverse),
    FLAG("identity", identity),
    {"identity-fields", 1, ID_COUNT, false, take_identity_fields, 0, 0, 0,
     "some of id app pos state role model ver serial uuid mgmt fp cl"},
    {"identity-file", 1, 1, false, config_take_socket, AT(identity_file), 0, 0,
     "/PATH of at most 107 bytes, or none"},
    {"alias", 1, 1, true, take_alias, 0, 0, 0, "a name"},
    {"host", 2, 1 + LINK_ADDRS_MAX, true, take_host, 0, 0, 0,
     "a name and its addresses"},
    NUMBER("max-services", services_max, 1, SERVICES_MOST,
           "a number from 1 to 16384"),
    NUMBER("max-records", records_max, 16, RECORDS_MOST,
           "a number from 16 to 131072"),
    NUMBER("cache", cache_max, 16, CACHE_MOST,
           "a number from 16 to 1048576"),
    NUMBER("cache-per-source", cache_per_source, 16, CACHE_MOST,
           "a number from 16 to 1048576"),
    NUMBER("tx-rate", tx_rate, 1, RATE_MOST, "a number from 1 to 100000"),
    {"socket", 1, 1, false, config_take_socket, AT(socket), 0, 0,
     "/PATH of at most 107 bytes, or none"},
    {"socket-ro", 1, 1, false, config_take_socket, AT(socket_ro), 0, 0,
     "/PATH of at most 107 bytes, or none"},
    {"socket-mode", 1, 1, false, take_mode, 0, 0, 0,
     "an octal number from 0600 to 0777"},
    {"socket-group", 1, 1, false, config_take_text, AT(socket_group), 0,
     CONF_USER_MAX + 1, "a group's name or number, or none"},
    NUMBER("clients", clients, 2, CTL_CLIENTS_MAX, "a number from 2 to 64"),
    {"guest-socket", 1, TOKENS_WORDS_MAX - 1, true, conf_take_guest, 0, 0, 0,
     "/PATH or vsock:PORT, then name, type or address and a "
     "pattern, or quota and a number up to 1024"},
    {"user", 1, 1, false, config_take_text, AT(user), 0, CONF_USER_MAX + 1,
     "a user's name or number, or none"},
    {"chroot", 1, 1, false, config_take_text, AT(chroot), 0, CONF_CHROOT_MAX + 1,
     "a directory, or none"},
    {"sandbox", 1, 1, false, config_take_choice, AT(sandbox), 0, 0,
     "auto, strict or off"},
    TO_FILE("metrics-file", metrics_file),
    {"metrics-every", 1, 1, false, conf_take_duration, AT(metrics_ms), 1000,
     86400000, "a duration from 1s to 1d, such as 15s"},
    TO_FILE("hosts-file", hosts_file),
    TO_FILE("state-file", state_file),
    {"log", 1, 1, false, config_take_choice, AT(log), 0, 0,
     "auto, stderr or syslog"},
    NUMBER("log-rate", log_rate, 1, 10000, "a number from 1 to 10000"),
    {"log-level", 1, 1, false, config_take_choice, AT(level), 0, 0,
     "error, warn, info or debug"},
};

const size_t config_key_count = sizeof config_keys / sizeof config_keys[0];

bool conf_parse(struct conf *c, const char *data, size_t len,
                struct report *r)
{
    bool ok = conf_lines(data, len, config_keys, config_key_count, c, r);

    if (ok && c->families == 0) {
        report_at(r, 0, "E013", "both ipv4 and ipv6 are \"no\"; expected at "
                                "least one of them to be \"yes\"");
        return false;
    }
    return ok;
}

bool conf_read(struct conf *c, const char *path, bool missing_ok,
               struct report *r)
{
    size_t len;
    int err = 0;
    char *data = conf_slurp(path, &len, &err);
    bool ok;

    os_readable(path);
    r->file = path;
    r->line = 0;
    if (data == NULL) {
        if (missing_ok && (err == -ENOENT || err == -ENOTDIR))
            return true;
        report_at(r, 0, "E010", "cannot read the configuration: %e; give "
                                "another file with -c; with chroot it is "
                                "looked for there", err);
        return false;
    }
    ok = conf_parse(c, data, len, r);
    free(data);
    return ok;
}

/* The last three bytes of the first MAC address that is one. */
static void find_mac(struct conf *c)
{
    static const char hex[] = "0123456789abcdef";
    size_t len = OS_IFACES_MAX * sizeof(struct os_iface);
    struct os_iface *ifaces = os_pages(len); /* few are touched */
    struct os_ifwatch *w = os_ifwatch_open(false);
    int count = 0;

    if (ifaces != NULL && w != NULL)
        count = os_ifwatch_list(w, ifaces, OS_IFACES_MAX);
    for (int i = 0; i < count && c->mac[0] == '\0'; i++) {
        const uint8_t *mac = ifaces[i].mac;

        if (!ifaces[i].has_mac || (ifaces[i].flags & IFF_LOOPBACK) != 0 ||
            (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0)
            continue;
        for (int k = 0; k < 3; k++) {
            c->mac[2 * k] = hex[mac[3 + k] >> 4];
            c->mac[2 * k + 1] = hex[mac[3 + k] & 15];
        }
    }
    if (w != NULL)
        os_ifwatch_close(w);
    if (ifaces != NULL)
        os_pages_free(ifaces, len);
}

void conf_system(struct conf *c, const struct conf *running)
{
    char label[NAME_LABEL_MAX + 1] = "";
    size_t len;

    if (running != NULL)
        memcpy(c->mac, running->mac, sizeof c->mac);
    else
        find_mac(c);
    if (c->host_label_len != 0)
        return;
    c->host_auto = true;
    if (!os_hostname(label, sizeof label) ||
        dnssd_instance_check(label, strlen(label)) != DNSSD_INSTANCE_OK) {
        struct text t = text_memory(label, sizeof label);

        text_fmt(&t, c->mac[0] != '\0' ? "crier-%s" : "crier", c->mac);
        text_end(&t);
    }
    len = strlen(label);
    memcpy(c->host_label, label, len + 1);
    c->host_label_len = (uint8_t)len;
}

#define FIXED(name, member) \
    {name, offsetof(struct conf, member), sizeof((struct conf *)0)->member}

static void say_fixed(struct report *r, const char *key)
{
    report_at(r, 0, "E060", "%s is other than at the start: restart needed",
              key);
}

/* Those that came as defaults are strings of the program, and never beyond. */
static void drop_beyond(struct conf *c, struct report *r)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < c->dir_count; i++) {
        if (c->dirs_default || os_may_read(c->dirs[i])) {
            c->dirs[kept++] = c->dirs[i];
            continue;
        }
        report_at(r, 0, "E060", "services %s: the sandbox cannot read there: "
                                "restart needed", c->dirs[i]);
        free((char *)(uintptr_t)c->dirs[i]);
    }
    c->dir_count = kept;
}

bool conf_keep_fixed(const struct conf *now, struct conf *next,
                     struct report *r)
{
    static const struct {
        char key[17];
        uint16_t at, len;
    } fixed[] = {
        FIXED("on-conflict", on_conflict),
        FIXED("rename-style", rename_mac),
        FIXED("ipv4 or ipv6", families),
        FIXED("poll-interfaces", poll_ms),
        FIXED("rejoin", rejoin_ms),
        FIXED("allmulti", allmulti),
        FIXED("addresses", addresses),
        FIXED("reverse", reverse),
        FIXED("identity", identity),
        FIXED("identity-file", identity_file),
        FIXED("max-services", services_max),
        FIXED("max-records", records_max),
        FIXED("cache", cache_max),
        FIXED("cache-per-source", cache_per_source),
        FIXED("tx-rate", tx_rate),
        FIXED("sandbox", sandbox),
        FIXED("socket", socket),
        FIXED("socket-ro", socket_ro),
        FIXED("socket-mode", socket_mode),
        FIXED("socket-group", socket_group),
        FIXED("clients", clients),
        FIXED("user", user),
        FIXED("chroot", chroot),
        FIXED("metrics-file", metrics_file),
        FIXED("hosts-file", hosts_file),
        FIXED("state-file", state_file),
        FIXED("log", log),
    };
    bool same = now->ifglob_count == next->ifglob_count;
    unsigned errors = r->errors;

    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        char *to = (char *)next + fixed[i].at;
        const char *from = (const char *)now + fixed[i].at;

        if (memcmp(to, from, fixed[i].len) != 0)
            say_fixed(r, fixed[i].key);
        memcpy(to, from, fixed[i].len);
    }
    for (unsigned i = 0; same && i < now->ifglob_count; i++)
        same = strcmp(now->ifglobs[i], next->ifglobs[i]) == 0;
    if (!same)
        say_fixed(r, "interface");
    if (!conf_guests_equal(now, next))
        say_fixed(r, "guest-socket");
    drop_beyond(next, r);
    return r->errors == errors;
}

void conf_loop(const struct conf *c, struct loop_config *lc)
{
    struct engine_config *e = &lc->engine;
    uint32_t hosts = c->alias_count + c->host_count + 1 + CNAMES;

    loop_config_default(lc);
    e->claims_max = c->services_max + hosts;
    e->records_max = c->records_max;
    if (c->records_max > e->rdata_max / RDATA_PER_RECORD)
        e->rdata_max = c->records_max * RDATA_PER_RECORD;
    e->cache_max = c->cache_max;
    e->cache_per_source = c->cache_per_source;
    e->tx_rate = c->tx_rate;
    /* dnssd counts hosts against the same number, apart */
    lc->dnssd.services_max = c->services_max > hosts ? c->services_max : hosts;
    lc->dnssd.instances_max = INSTANCES;
    lc->dnssd.browses_max = BROWSES;
    lc->families = c->families;
    lc->ifglob_count = c->ifglob_count;
    memcpy(lc->ifglobs, c->ifglobs, sizeof lc->ifglobs);
    lc->poll_ms = c->poll_ms;
    lc->rejoin_ms = c->rejoin_ms;
}
