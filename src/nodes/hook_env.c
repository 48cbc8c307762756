/*
 * hook_env.c - what a hook is told of an event; see hook_env.h
 */
#include "hook_env.h"

#include <string.h>

#include "crier/os.h"

static char nothing[1] = "";

static size_t begin(struct hook_env *e, const char *key)
{
    size_t at = e->text.len;

    text_str(&e->text, key);
    text_str(&e->text, "=");
    return at;
}

/* What was written since begin() is a variable now; the place of its value,
 * or "" if it cannot be one. */
static char *end(struct hook_env *e, size_t at)
{
    struct text *t = &e->text;
    char *var = t->buf + at;
    bool whole = memchr(var, '\0', t->len - at) == NULL;

    text_bytes(t, "", 1);
    if (!whole || t->failed || e->count == HOOK_VARS_MAX) {
        t->len = at;
        t->failed = false;
        return nothing;
    }
    e->vars[e->count++] = var;
    return strchr(var, '=') + 1;
}

static char *put(struct hook_env *e, const char *key, const void *value,
                 size_t len)
{
    size_t at = begin(e, key);

    text_bytes(&e->text, value, len);
    return end(e, at);
}

static char *put_name(struct hook_env *e, const char *key,
                      const struct name *n)
{
    size_t at = begin(e, key);

    text_name(&e->text, n);
    return end(e, at);
}

static void put_addresses(struct hook_env *e, const char *key, unsigned count,
                          const struct found *f)
{
    size_t at = begin(e, key);
    char buf[ADDR_TEXT_MAX];

    for (unsigned i = 0; i < count; i++) {
        text_str(&e->text, i > 0 ? " " : "");
        text_str(&e->text, os_addr_text(&f->ev.addrs[i], f->iface, buf));
    }
    end(e, at);
}

static void put_txt(struct hook_env *e, const struct found *f)
{
    struct reduce_txt r = {.count = 0};

    while (reduce_txt_next(&r, f->ev.txt, f->ev.txt_len)) {
        size_t at = e->text.len;

        text_str(&e->text, "CRIER_TXT_");
        reduce_put(&e->text, r.seen[r.count - 1].key,
                   r.seen[r.count - 1].len, REDUCE_UPPER);
        text_str(&e->text, "=");
        text_bytes(&e->text, r.value, r.value_len);
        end(e, at);
    }
}

static void put_service(struct hook_env *e, const struct found *f)
{
    const struct dnssd_event *ev = &f->ev;
    const uint8_t *label = name_label(&ev->name, 0);
    size_t at;

    e->name = put(e, "CRIER_NAME", label + 1, label[0]);
    e->type = put_name(e, "CRIER_TYPE", &ev->type);
    put_name(e, "CRIER_DOMAIN", &ev->domain);
    put(e, "CRIER_IFACE", f->iface, strlen(f->iface));
    put_name(e, "CRIER_HOST", &ev->host);
    at = begin(e, "CRIER_PORT");
    text_num(&e->text, ev->port);
    end(e, at);
    put_addresses(e, "CRIER_ADDRESS", ev->addr_count > 0, f);
    put_addresses(e, "CRIER_ADDRESSES", ev->addr_count, f);
    put_txt(e, f);
}

static void put_json(struct hook_env *e, const char *event,
                     const struct found *f, const struct dnssd_type *type)
{
    struct text *t = &e->text;
    size_t at = begin(e, "CRIER_JSON");

    if (f != NULL) {
        out_json_found(t, event, f, type);
    } else {
        out_json_open(t, event);
        out_json_close(t);
    }
    t->len--; /* the end of the line */
    e->json = end(e, at);
    e->json_len = strlen(e->json);
    if (e->json_len == 0)
        e->json = e->none;
}

void hook_env_make(struct hook_env *e, const char *event, bool initial,
                   const struct found *f, const struct dnssd_type *type)
{
    e->count = 0;
    e->text = text_memory(e->buf, sizeof e->buf);
    e->name = e->type = nothing;
    put(e, "CRIER_EVENT", event, strlen(event));
    if (initial)
        put(e, "CRIER_INITIAL", "1", 1);
    if (f != NULL)
        put_service(e, f);
    put_json(e, event, f, type);
}

bool hook_env_ours(const char *var)
{
    static const char words[][10] = {
        "EVENT", "INITIAL", "NAME", "TYPE",    "DOMAIN",    "IFACE",
        "HOST",  "PORT",    "JSON", "ADDRESS", "ADDRESSES",
    };
    size_t len = strcspn(var, "=");

    if (strncmp(var, "CRIER_", 6) != 0)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (len == 6 + strlen(words[i]) &&
            memcmp(var + 6, words[i], len - 6) == 0)
            return true;
    return strncmp(var, "CRIER_TXT_", 10) == 0;
}
