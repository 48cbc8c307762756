/*
 * services.c - what a service file or a command line says about a service
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"
#include "crier/os.h"

enum { PORT_MOST = 65535, TXT_STRING_MAX = 255 };

/* --- parts, shared with `crier publish` --------------------------------- */

bool service_type(struct service *s, const char *text, struct report *r,
                  unsigned col)
{
    enum dnssd_type_err err = dnssd_type_parse(text, true, &s->type);

    if (err == DNSSD_TYPE_OK && s->type.sub_len == 0) {
        s->has_type = true;
        return true;
    }
    report_at(r, col, "E020",
              "read type \"%s\": %s; expected _name._tcp or _name._udp",
              text, err == DNSSD_TYPE_OK ? "a subtype is a key of its own"
                                         : dnssd_type_error(err));
    return false;
}

bool service_port(struct service *s, const char *text, struct report *r,
                  unsigned col)
{
    uint32_t v;

    if (!tokens_number(text, PORT_MOST, &v)) {
        report_at(r, col, "E022",
                  "read port \"%s\", expected a number from 0 to 65535", text);
        return false;
    }
    s->port = (uint16_t)v;
    s->has_port = true;
    return true;
}

bool service_name(struct service *s, const char *name, size_t len,
                  struct report *r, unsigned col)
{
    enum dnssd_instance_err err = dnssd_instance_check(name, len);

    if (err != DNSSD_INSTANCE_OK) {
        report_at(r, col, "E021",
                  "read name \"%b\": %s; expected 1 to 63 bytes of UTF-8 text",
                  name, len, dnssd_instance_error(err));
        return false;
    }
    s->instance_len = (uint8_t)len;
    memcpy(s->instance, name, len);
    s->instance[len] = '\0';
    return true;
}

bool service_subtype(struct service *s, const char *text, struct report *r,
                     unsigned col)
{
    static const char base[] = "._sub._x._tcp";
    struct dnssd_type *sub = &s->subtypes[s->subtype_count];
    char full[4 * NAME_LABEL_MAX + sizeof base];
    struct text t = text_memory(full, sizeof full);
    enum dnssd_type_err err;

    if (s->subtype_count == DNSSD_SUBTYPES_MAX) {
        report_at(r, col, "E024", "more than %u subtypes",
                  (unsigned)DNSSD_SUBTYPES_MAX);
        return false;
    }
    /* Only the label counts here, so any type does to parse it with. */
    text_str(&t, text);
    text_str(&t, base);
    err = t.failed ? DNSSD_TYPE_SUBTYPE
                   : dnssd_type_parse(text_end(&t), true, sub);
    if (err != DNSSD_TYPE_OK || sub->sub_len == 0) {
        report_at(r, col, "E024",
                  "read subtype \"%s\": %s; expected a label like _printer",
                  text, dnssd_type_error(DNSSD_TYPE_SUBTYPE));
        return false;
    }
    s->subtype_count++;
    return true;
}

bool service_txt(struct service *s, const char *string, size_t len,
                 struct report *r, unsigned col)
{
    enum dnssd_txt_err err = dnssd_txt_add(s->txt, &s->txt_len,
                                           sizeof s->txt, string, len);
    static const char expect[][36] = {
        [DNSSD_TXT_OK] = "",
        [DNSSD_TXT_STRING_LONG] = "expected at most 255 bytes",
        [DNSSD_TXT_KEY_EMPTY] = "expected key=value or key",
        [DNSSD_TXT_KEY_CHARS] = "expected a key of plain ASCII",
        [DNSSD_TXT_KEY_TWICE] = "expected each key once",
        [DNSSD_TXT_FULL] = "expected at most 8900 bytes in all",
    };

    if (err == DNSSD_TXT_OK)
        return true;
    report_at(r, col, "E023", "read txt \"%b\"%s: %s; %s", string,
              len < 40 ? len : 40, len < 40 ? "" : "...",
              dnssd_txt_error(err), expect[err]);
    return false;
}

bool service_target(struct service *s, const char *text, struct report *r,
                    unsigned col)
{
    const char *why = conf_host_name(text, true, &s->target);

    if (why != NULL) {
        report_at(r, col, "E025",
                  "read host \"%s\": %s; expected a name like nas.local", text,
                  why);
        return false;
    }
    s->has_target = true;
    return true;
}

/* --- the file ----------------------------------------------------------- */

struct reading {
    struct service *s;
    struct service_words words;
    bool version_read;
    char version[TXT_STRING_MAX + 1];
    uint32_t ttl_ms;
};

static const char *word_of(const struct service_words *w, char what)
{
    switch (what) {
    case 'h':
        return w->host;
    case 'i':
        return w->id;
    case 'm':
        return w->mac;
    case 'v':
        return w->version;
    case '%':
        return "%";
    default:
        return NULL;
    }
}

/* The value of the line with %h and the like filled in, or a report. */
static bool expand(const struct reading *rd, const struct conf_key *key,
                   const struct tokens *t, struct text *out,
                   struct report *r)
{
    const char *value;
    size_t len;

    if (!tokens_rest(t, &value, &len)) {
        report_at(r, t->word[2].col, "E013",
                  "%s: quoted and unquoted words mixed; expected one pair of "
                  "quotes around the whole value", key->name);
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const char *w;

        if (value[i] != '%') {
            text_bytes(out, value + i, 1);
            continue;
        }
        w = i + 1 < len ? word_of(&rd->words, value[i + 1]) : NULL;
        if (w == NULL) {
            report_at(r, t->word[1].col, "E013",
                      "%s: read \"%b\", expected one of %%h %%i %%m %%v %%%%%s",
                      key->name, value + i, len - i < 2 ? len - i : (size_t)2,
                      i + 1 < len && value[i + 1] == 'v'
                          ? " (%v needs a version-file)" : "");
            return false;
        }
        text_str(out, w);
        i++;
    }
    return true;
}

static bool take_name(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    char buf[TOKENS_LINE_MAX];
    struct text out = text_memory(buf, sizeof buf);

    return expand(rd, key, t, &out, r) &&
           service_name(rd->s, buf, out.len, r, t->word[1].col);
}

static bool take_txt(void *ctx, const struct conf_key *key,
                     const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    char buf[TOKENS_LINE_MAX];
    struct text out = text_memory(buf, sizeof buf);

    return expand(rd, key, t, &out, r) &&
           service_txt(rd->s, buf, out.len, r, t->word[1].col);
}

/* Values that reach C strings must not hide anything behind a NUL. */
static bool plain(const struct conf_key *key, const struct tokens *t,
                  struct report *r)
{
    return strlen(t->word[1].text) == t->word[1].len ||
           conf_refuse(key, t, 1, r);
}

static bool take_type(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;

    return plain(key, t, r) &&
           service_type(rd->s, t->word[1].text, r, t->word[1].col);
}

static bool take_port(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;

    return plain(key, t, r) &&
           service_port(rd->s, t->word[1].text, r, t->word[1].col);
}

static bool take_subtype(void *ctx, const struct conf_key *key,
                         const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;

    return plain(key, t, r) &&
           service_subtype(rd->s, t->word[1].text, r, t->word[1].col);
}

static bool take_target(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;

    return plain(key, t, r) &&
           service_target(rd->s, t->word[1].text, r, t->word[1].col);
}

static bool take_cname(void *ctx, const struct conf_key *key,
                       const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    struct service *s = rd->s;
    const char *why;

    if (!plain(key, t, r))
        return false;
    if (s->cname_count == SERVICE_CNAMES_MAX) {
        report_at(r, t->word[0].col, "E015", "cname: more than %u names",
                  (unsigned)SERVICE_CNAMES_MAX);
        return false;
    }
    why = conf_host_name(t->word[1].text, false, &s->cnames[s->cname_count]);
    if (why != NULL) {
        report_at(r, t->word[1].col, "E025",
                  "cname: read \"%s\": %s; expected a name like www",
                  t->word[1].text, why);
        return false;
    }
    s->cname_count++;
    return true;
}

static bool take_check(void *ctx, const struct conf_key *key,
                       const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;

    (void)key;
    return service_check(rd->s, t, r);
}

static bool take_interface(void *ctx, const struct conf_key *key,
                           const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    struct service *s = rd->s;
    const struct token *w = &t->word[1];

    if (!plain(key, t, r))
        return false;
    if (w->len == 0 || w->len > SERVICE_GLOB_MAX)
        return conf_refuse(key, t, 1, r);
    if (s->glob_count == SERVICE_GLOBS_MAX) {
        report_at(r, t->word[0].col, "E015", "interface: more than %u times",
                  (unsigned)SERVICE_GLOBS_MAX);
        return false;
    }
    memcpy(s->globs[s->glob_count++], w->text, w->len + 1);
    return true;
}

static bool take_short(void *ctx, const struct conf_key *key,
                       const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    struct conf_key plain_key = *key;
    uint32_t v = 0;
    uint16_t v16;

    plain_key.at = 0;
    if (!conf_take_number(&v, &plain_key, t, r))
        return false;
    v16 = (uint16_t)v;
    memcpy((char *)rd->s + key->at, &v16, sizeof v16);
    return true;
}

/* Read before all else (below), so that "txt ver=%v" may stand above it. */
static bool take_version(void *ctx, const struct conf_key *key,
                         const struct tokens *t, struct report *r)
{
    struct reading *rd = ctx;
    size_t len = 0;
    int err = 0;
    char *data;

    if (rd->version_read)
        return true;
    if (!plain(key, t, r))
        return false;
    os_readable(t->word[1].text);
    data = conf_slurp(t->word[1].text, &len, &err);
    if (data == NULL && err == -EACCES && !os_may_read(t->word[1].text)) {
        rd->s->beyond_line = r->line;
        rd->s->beyond_col = t->word[1].col;
        rd->words.version = rd->version;
        return true;
    }
    if (data == NULL) {
        report_at(r, t->word[1].col, "E010",
                  "version-file: cannot read \"%s\": %e; expected a file whose "
                  "first line is the version", t->word[1].text, err);
        return false;
    }
    for (size_t i = 0; i < len && i < TXT_STRING_MAX; i++) {
        if (data[i] == '\n' || data[i] == '\r' || data[i] == '\0')
            break;
        rd->version[i] = data[i];
    }
    free(data);
    rd->version_read = true;
    rd->words.version = rd->version;
    return true;
}

static void find_version(struct reading *rd, const char *data, size_t len)
{
    static const struct conf_key version = {.name = "version-file"};
    static struct text nowhere = {.fd = -1};
    struct report quiet = {.to = &nowhere, .file = ""};
    struct tokens t;

    for (size_t at = 0; at < len;) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - data) - at : len - at;

        if (tokens_split(&t, data + at, n) == TOKENS_OK && t.count == 2 &&
            strcmp(t.word[0].text, version.name) == 0)
            take_version(rd, &version, &t, &quiet);
        at += n + 1;
    }
}

#define AT(member) (uint32_t) offsetof(struct service, member)

static const struct conf_key keys[] = {
    {"name", 1, TOKENS_WORDS_MAX - 1, false, take_name, 0, 0, 0, "a name"},
    {"type", 1, 1, false, take_type, 0, 0, 0, "_name._tcp or _name._udp"},
    {"port", 1, 1, false, take_port, 0, 0, 0, "a number from 0 to 65535"},
    {"subtype", 1, 1, true, take_subtype, 0, 0, 0, "a label like _printer"},
    {"txt", 1, TOKENS_WORDS_MAX - 1, true, take_txt, 0, 0, 0,
     "key=value or key"},
    {"version-file", 1, 1, false, take_version, 0, 0, 0, "a file name"},
    {"interface", 1, 1, true, take_interface, 0, 0, 0,
     "an interface name or a pattern like eth* or !veth*"},
    {"target", 1, 1, false, take_target, 0, 0, 0, "a name like nas.local"},
    {"cname", 1, 1, true, take_cname, 0, 0, 0, "a name like www"},
    {"check", 2, 8, false, take_check, 0, 0, 0,
     "tcp ADDRESS:PORT, path /PATH or pid /FILE"},
    {"priority", 1, 1, false, take_short, AT(priority), 0, PORT_MOST,
     "a number from 0 to 65535"},
    {"weight", 1, 1, false, take_short, AT(weight), 0, PORT_MOST,
     "a number from 0 to 65535"},
    {"ttl", 1, 1, false, conf_take_duration,
     (uint32_t) offsetof(struct reading, ttl_ms), 1000, 86400000,
     "a duration from 1s to 1d, such as 75m"},
};

bool service_parse(struct service *s, const char *id, const char *data,
                   size_t len, const struct conf *c, struct report *r)
{
    struct reading rd = {
        .s = s,
        .words = {.host = c->host_label, .id = s->id, .mac = c->mac},
    };
    struct text t = text_memory(s->id, sizeof s->id);
    unsigned errors = r->errors;

    memset(s, 0, sizeof *s);
    text_str(&t, id);
    text_end(&t);
    find_version(&rd, data, len);
    if (!conf_lines(data, len, keys, sizeof keys / sizeof keys[0], &rd, r))
        return false;
    if (!s->has_type)
        report_at(r, 0, "E014", "the key \"type\" is missing; expected a line "
                                "like: type _http._tcp");
    if (!s->has_port)
        report_at(r, 0, "E014", "the key \"port\" is missing; expected a line "
                                "like: port 8080");
    if (s->instance_len == 0)
        service_name(s, c->host_label, c->host_label_len, r, 0);
    s->ttl_s = rd.ttl_ms / 1000;
    return r->errors == errors;
}
