/*
 * files.c - files for others; see files.h
 *
 * Each is written beside its place and renamed, so that nobody reads half of
 * one. What cannot be written is said once, and tried again later.
 */
#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "crier/os.h"

enum {
    PACE_MS = 1000,   /* between two hosts files */
    AGAIN_MS = 30000, /* after one that could not be written */
    METRICS_ROOM = 131072, /* 64 interfaces have 60 KB */
    HOSTS_ROOM = 1 << 20,
};

/* False if it is to be tried again. */
static bool write_out(const struct files *f, const char *path,
                      const struct text *t, bool *told)
{
    int err = t->failed ? -EFBIG : os_file_replace(path, t->buf, t->len);

    if (err < 0 && !*told && f->conf->level >= CONF_WARN)
        cli_say("W221: cannot write %s: %e; %s", path, err,
                err == -ENOENT ? "make its directory and start again"
                               : "it is tried again");
    *told = err < 0;
    return err == 0;
}

/* --- the name that it came to ------------------------------------------------ */

static void put_label(struct text *t, const struct name *n)
{
    tokens_quote(t, (const char *)n->wire + 1, n->wire[0]);
}

static void write_state(struct files *f, uint64_t now_ms)
{
    char buf[1024];
    struct text t = text_memory(buf, sizeof buf);
    struct name wished, now;

    pub_host_name(f->pub, &now);
    if (name_equal(&now, &f->remembered) || now_ms < f->state_ms)
        return;
    pub_wished(f->pub, &wished);
    text_str(&t, "# crier: the name configured, and the one it came to\n"
                 "host ");
    put_label(&t, &wished);
    text_str(&t, " ");
    put_label(&t, &now);
    text_str(&t, "\n");
    if (write_out(f, f->conf->state_file, &t, &f->state_failed))
        f->remembered = now;
    else
        f->state_ms = now_ms + AGAIN_MS;
}

/* The line "host WISHED CAME-TO"; false: it is not for us. */
static bool take_state(const struct tokens *t, const struct name *wished,
                       struct name *out)
{
    struct name was;

    return t->count == 3 && strcmp(t->word[0].text, "host") == 0 &&
           strlen(t->word[1].text) == t->word[1].len &&
           strlen(t->word[2].text) == t->word[2].len &&
           conf_host_name(t->word[1].text, false, &was) == NULL &&
           name_equal(&was, wished) &&
           conf_host_name(t->word[2].text, false, out) == NULL;
}

void files_start(struct files *f)
{
    size_t len, at = 0;
    int err;
    char *data = NULL;
    struct name wished, to;
    struct tokens t;

    pub_wished(f->pub, &wished);
    f->remembered = wished;
    if (f->conf->state_file[0] != '\0')
        data = conf_slurp(f->conf->state_file, &len, &err);
    while (data != NULL && at < len) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - data) - at : len - at;

        if (tokens_split(&t, data + at, n) == TOKENS_OK &&
            take_state(&t, &wished, &to) &&
            pub_rename(f->pub, &to, false) == ENGINE_OK)
            f->remembered = to;
        at += n + 1;
    }
    free(data);
}

void files_event(struct files *f, const struct dnssd_event *ev)
{
    struct name now;

    if (ev->kind != DNSSD_HOST)
        return;
    pub_host_name(f->pub, &now);
    if (name_equal(&ev->name, &now))
        f->settled = ev->state == CLAIM_ANNOUNCED;
}

/* --- hosts ------------------------------------------------------------------ */

/* No hosts file can have a name with blanks, and none begins a comment. */
static bool fits(const uint8_t *label)
{
    for (unsigned i = 1; i <= label[0]; i++)
        if (label[i] <= ' ' || label[i] == 0x7f || label[i] == '#' ||
            label[i] == '.' || label[i] == '\\')
            return false;
    return true;
}

static void put_line(struct text *t, const struct addr *a,
                     const struct name *n)
{
    char buf[ADDR_TEXT_MAX];

    if (addr_link_local(a) || !fits(n->wire))
        return;
    text_str(t, os_addr_text(a, NULL, buf));
    text_str(t, " ");
    text_name(t, n);
    text_str(t, " ");
    text_safe(t, n->wire + 1, n->wire[0]);
    text_str(t, "\n");
}

static void put_hosts(const struct files *f, struct text *t)
{
    struct pub_host_item item;

    text_str(t, "# written by crier\n");
    for (unsigned i = 0; pub_host_item(f->pub, i, &item); i++) {
        for (unsigned k = 0; k < item.addr_count; k++)
            put_line(t, &item.addrs[k], &item.name);
        for (unsigned l = 0; item.addr_count == 0 && l < ENGINE_LINKS_MAX;
             l++) {
            const struct link_state *st = loop_link_state(f->loop, l);

            for (unsigned k = 0; st != NULL && k < st->addr_count; k++)
                put_line(t, &st->addrs[k].addr, &item.name);
        }
    }
}

static uint64_t mix(uint64_t h, const void *p, size_t len)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < len; i++)
        h = (h ^ b[i]) * UINT64_C(1099511628211);
    return h;
}

/* Of all that the file is made of, which takes less than making it. */
static uint64_t hosts_hash(const struct files *f)
{
    struct pub_host_item item;
    uint64_t h = UINT64_C(14695981039346656037);

    for (unsigned l = 0; l < ENGINE_LINKS_MAX; l++) {
        const struct link_state *st = loop_link_state(f->loop, l);

        for (unsigned k = 0; st != NULL && k < st->addr_count; k++)
            h = mix(h, &st->addrs[k].addr, sizeof st->addrs[k].addr);
    }
    for (unsigned i = 0; pub_host_item(f->pub, i, &item); i++) {
        h = mix(h, item.name.wire, item.name.len);
        for (unsigned k = 0; k < item.addr_count; k++)
            h = mix(h, &item.addrs[k], sizeof item.addrs[k]);
    }
    return h;
}

/* When to write the next one; 0: when something changes. */
static uint64_t write_hosts(struct files *f, uint64_t now_ms)
{
    uint64_t hash = hosts_hash(f);
    struct text t;
    char *room;

    if (hash == f->hosts_hash)
        return 0;
    if (now_ms < f->hosts_ms)
        return f->hosts_ms;
    f->hosts_ms = now_ms + AGAIN_MS;
    room = os_pages(HOSTS_ROOM);
    if (room == NULL)
        return f->hosts_ms;
    t = text_memory(room, HOSTS_ROOM);
    put_hosts(f, &t);
    if (write_out(f, f->conf->hosts_file, &t, &f->hosts_failed)) {
        f->hosts_hash = hash;
        f->hosts_ms = now_ms + PACE_MS;
    }
    os_pages_free(room, HOSTS_ROOM);
    return f->hosts_hash == hash ? 0 : f->hosts_ms;
}

/* --- metrics ---------------------------------------------------------------- */

static void write_metrics(struct files *f)
{
    char *room = os_pages(METRICS_ROOM);
    struct text t = text_memory(room, METRICS_ROOM);

    if (room == NULL)
        return;
    metrics_put(f, &t);
    write_out(f, f->conf->metrics_file, &t, &f->metrics_failed);
    os_pages_free(room, METRICS_ROOM);
}

/* --- all of them ------------------------------------------------------------ */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

uint64_t files_tick(struct files *f, uint64_t now_ms)
{
    const struct conf *c = f->conf;
    uint64_t due = 0;

    if (c->state_file[0] != '\0' && f->settled) {
        write_state(f, now_ms);
        if (f->state_failed)
            due = f->state_ms;
    }
    if (c->hosts_file[0] != '\0')
        due = earlier(due, write_hosts(f, now_ms));
    if (c->metrics_file[0] == '\0')
        return due;
    if (now_ms >= f->metrics_ms) {
        write_metrics(f);
        f->metrics_ms = now_ms + c->metrics_ms;
    }
    return earlier(due, f->metrics_ms);
}

void files_stop(struct files *f)
{
    f->stopping = true;
    if (f->conf->metrics_file[0] != '\0')
        write_metrics(f);
}
