/*
 * serve.c - requests on the control sockets of crier run
 *
 * A request is a verb and words like key=value. The last line of an answer
 * has "end":true.
 */
#include "serve_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"

/* --- answers --------------------------------------------------------------- */

struct text *serve_end(struct ctl_client *c, bool ok)
{
    struct text *t = ctl_out(c);

    text_str(t, "{\"v\":1,\"end\":true");
    out_json_bool(t, "ok", ok);
    return t;
}

void serve_refuse(struct ctl_client *c, const char *code, const char *error)
{
    struct text *t = serve_end(c, false);

    out_json_str(t, "code", code);
    out_json_str(t, "error", error);
    out_json_close(t);
}

void serve_misread(struct ctl_client *c, const char *code, const char *key,
                   const char *value, const char *why)
{
    char buf[TOKENS_LINE_MAX];
    struct text t = text_memory(buf, sizeof buf - 1);

    text_fmt(&t, "%s: read \"%s\": %s", key, value, why);
    serve_refuse(c, code, text_end(&t));
}

void serve_refuse_report(struct ctl_client *c, const char *message)
{
    const char *code = strstr(message, ": E");
    char id[5] = "E041", line[512];
    size_t len;

    if (code != NULL && strlen(code) > 8) {
        memcpy(id, code + 2, 4);
        message = code + 8;
    }
    len = strcspn(message, "\n");
    if (len >= sizeof line)
        len = sizeof line - 1;
    memcpy(line, message, len);
    line[len] = '\0';
    serve_refuse(c, id, line);
}

/* --- services ------------------------------------------------------ */

void serve_put_links(const struct serve *s, struct text *t, uint64_t links)
{
    const char *comma = "";

    text_str(t, ",\"ifaces\":[");
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        if ((links >> i & 1) == 0)
            continue;
        text_fmt(t, "%s\"%s\"", comma, loop_link_name(s->loop, i));
        comma = ",";
    }
    text_str(t, "]");
}

static void put_service(const struct serve *s, struct text *t,
                        const struct pub_item *item)
{
    const char *id = add_id(s, item->handle);
    const uint8_t *label = (const uint8_t *)"";
    struct name type, domain;

    name_root(&type);
    dnssd_split(&item->name, &label, &type, &domain);
    out_json_open(t, "service");
    if (id != NULL)
        out_json_str(t, "id", id);
    else
        out_json_null(t, "id");
    out_json_bytes(t, "name", label + 1, label[0]);
    out_json_name(t, "type", &type);
    out_json_num(t, "port", item->port);
    out_json_str(t, "state", pub_states[item->state]);
    serve_put_links(s, t, item->links);
    out_json_close(t);
}

static void on_more(void *ctx, struct ctl_client *c)
{
    enum { LINE_MOST = 4096 };
    struct serve *s = ctx;
    struct text *t = ctl_out(c);
    uint32_t *i = ctl_cursor(c);
    struct pub_item item;

    if (*i >= STATUS_FIRST) {
        status_more(s, c);
        return;
    }
    while (t->cap - t->len > 2 * LINE_MOST) {
        if (!pub_item(s->pub, *i, &item)) {
            ctl_done(c);
            t = serve_end(c, true);
            out_json_num(t, "count", *i);
            out_json_close(t);
            return;
        }
        (*i)++;
        put_service(s, t, &item);
    }
}

/* --- reload --- */
static void do_reload(struct serve *s, struct ctl_client *c,
                      const struct tokens *words)
{
    char buf[2048];
    struct text errors = text_memory(buf, sizeof buf - 1), *t;
    struct pub_changes done = {false};
    const char *id = serve_word(words, "id");
    bool ok;

    add_saving(s, c, id, SAVING);
    ok = s->hooks.reload(s->hooks.ctx, &errors, &done);
    add_saving(s, c, id, done.applied ? SAVED : NOT_SAVED);
    t = serve_end(c, ok);
    if (!ok) {
        if (errors.len > 2)
            errors.len -= 2; /* there is one behind each */
        out_json_str(t, "code", done.applied ? "E060" : "E061");
        out_json_str(t, "error", text_end(&errors));
    }
    out_json_bool(t, "applied", done.applied);
    out_json_num(t, "services", done.services);
    out_json_num(t, "added", done.added);
    out_json_num(t, "updated", done.updated);
    out_json_num(t, "withdrawn", done.withdrawn);
    out_json_close(t);
}

void serve_reloaded(struct serve *s, const struct pub_changes *done)
{
    s->reload_failed = !done->applied;
    s->reload_partly = done->applied && !done->whole;
    if (s->monitors > 0)
        ask_reloaded(s, done);
}

/* --- a line ---------------------------------------------------------------- */

static void do_services(struct serve *s, struct ctl_client *c,
                        const struct tokens *words)
{
    (void)s;
    (void)words;
    ctl_continue(c); /* on_more() */
}

/* What is there is no guest's business, and the version is anybody's. */
static void do_hello(struct serve *s, struct ctl_client *c,
                     const struct tokens *words)
{
    struct text *t;

    if (ctl_rights(c) < CTL_GUEST) {
        status_verb(s, c, words);
        return;
    }
    t = serve_end(c, true);
    out_json_str(t, "version", CRIER_VERSION);
    out_json_close(t);
}

enum { LOOKS = 1 << CTL_LOOK, CHANGES = 1 << CTL_FULL, GUESTS = 1 << CTL_GUEST };

static void do_rename(struct serve *s, struct ctl_client *c,
                      const struct tokens *words)
{
    const char *text = serve_word(words, "name");
    struct name name;
    const char *why = conf_host_name(text != NULL ? text : "", false, &name);
    struct pub_changes done;
    enum engine_err err;

    if (why != NULL) {
        serve_misread(c, "E021", "name", text != NULL ? text : "", why);
        return;
    }
    err = pub_rename(s->pub, &name, true);
    if (err == ENGINE_OK) { /* with the services named after it */
        s->hooks.reload(s->hooks.ctx, NULL, &done);
        out_json_close(serve_end(c, true));
    } else if (err == ENGINE_TAKEN)
        serve_refuse(c, "E031", "this daemon has that name already");
    else
        serve_refuse(c, "E033", "this host has no name that could change");
}

static const struct verb {
    char name[9];
    uint8_t who; /* may say it */
    char keys[48]; /* of its words, between blanks; "": none; "*": any */
    serve_verb *run;
} verbs[] = {
    {"status", LOOKS | CHANGES, "", status_verb},
    {"hello", LOOKS | CHANGES | GUESTS, "", do_hello},
    {"services", LOOKS | CHANGES, "", do_services},
    {"add", CHANGES | GUESTS, "*", add_verb},
    {"publish", CHANGES | GUESTS, "*", publish_verb},
    {"rm", CHANGES | GUESTS, " id ", rm_verb},
    {"reload", CHANGES, " id ", do_reload},
    {"rename", CHANGES, " name ", do_rename},
    {"attach", LOOKS | CHANGES | GUESTS, " interface ", ask_attach_verb},
    {"monitor", LOOKS | CHANGES, "", ask_monitor_verb},
    {"browse", LOOKS | CHANGES, " type domain resolve ", ask_verb},
    {"types", LOOKS | CHANGES, " domain ", ask_verb},
    {"resolve", LOOKS | CHANGES, " name ", ask_verb},
    {"lookup", LOOKS | CHANGES, " name family ", ask_verb},
    {"query", LOOKS | CHANGES, " name type reconfirm ", ask_verb},
};

const char *serve_word(const struct tokens *words, const char *key)
{
    size_t len = strlen(key);

    for (unsigned i = 1; i < words->count; i++) {
        const struct token *w = &words->word[i];

        if (strncmp(w->text, key, len) == 0 && w->text[len] == '=' &&
            strlen(w->text) == w->len)
            return w->text + len + 1;
    }
    return NULL;
}

/* Whether the verb knows the keys of all words, and none but those of lists is
 * there twice; false after a refusal. */
static bool keys_good(struct ctl_client *c, const struct verb *v,
                      const struct tokens *words)
{
    static const char lists[] = " address cname interface subtype txt ";
    char seen[2 * TOKENS_LINE_MAX], key[24], buf[96];
    struct text all = text_memory(seen, sizeof seen - 1);
    struct text why = text_memory(buf, sizeof buf - 1);

    for (unsigned i = 1; i < words->count; i++) {
        struct text t = text_memory(key, sizeof key - 1);
        const struct token *w = &words->word[i];
        size_t len = strcspn(w->text, "=");

        text_str(&t, " ");
        text_bytes(&t, w->text, len);
        text_str(&t, " ");
        if (v->keys[0] != '*' && (len == w->len || t.failed ||
                                  strstr(v->keys, text_end(&t)) == NULL)) {
            text_fmt(&why, "expected %s%s", v->keys[0] == '\0'
                                                ? "no words"
                                                : "KEY=VALUE with KEY of",
                     v->keys);
            why.len -= v->keys[0] != '\0'; /* the last blank */
            serve_misread(c, "E012", v->name, w->text, text_end(&why));
            return false;
        }
        if (t.failed) /* it is refused as any other that is unknown */
            continue;
        if (strstr(text_end(&all), text_end(&t)) != NULL &&
            strstr(lists, key) == NULL) {
            serve_misread(c, "E016", v->name, w->text,
                          "expected that key only once");
            return false;
        }
        text_str(&all, key);
    }
    return true;
}

static void run(struct serve *s, struct ctl_client *c, const struct verb *v,
                const struct tokens *words)
{
    unsigned who = ctl_rights(c) < CTL_GUEST ? ctl_rights(c) : CTL_GUEST;

    if ((v->who >> who & 1) == 0)
        serve_refuse(c, "E063", who == CTL_LOOK
                                    ? "this socket is for looking only"
                                    : "a guest may add, rm and publish only");
    else if (keys_good(c, v, words))
        v->run(s, c, words);
}

static void on_line(void *ctx, struct ctl_client *c, const char *line,
                    size_t len)
{
    struct tokens t;
    enum tokens_err err = tokens_split(&t, line, len);

    if (err != TOKENS_OK) {
        serve_refuse(c, "E011", tokens_error(err));
        return;
    }
    if (t.count == 0)
        return;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(t.word[0].text, verbs[i].name) == 0) {
            run(ctx, c, &verbs[i], &t);
            return;
        }
    }
    serve_misread(c, "E001", "verb", t.word[0].text,
                  "expected one that crier(8) lists under CONTROL SOCKETS");
}

/* --- all of it ------------------------------------------------------------- */

static unsigned open_socket(struct serve *s, const char *path, unsigned mode,
                            unsigned rights)
{
    uint32_t cid, port;
    int fd;

    if (path[0] == '\0')
        return 0;
    fd = conf_vsock(path, &cid, &port) ? os_vsock_listen(port)
                                     : os_unix_listen(path, mode);
    if (fd >= 0)
        return ctl_listen(s->ctl, fd, rights, cid);
    if (s->conf->level >= CONF_WARN)
        cli_say("W208: no control socket %s: %e", path, fd);
    return 0;
}

static void give_to_group(const struct conf *c)
{
    uint32_t gid;
    int err = -ENOENT;

    if (conf_group(c->socket_group, &gid))
        err = os_unix_group(c->socket, gid);
    if (err < 0 && c->level >= CONF_WARN)
        cli_say("W223: socket-group: cannot give %s to \"%s\": %e", c->socket,
                c->socket_group, err);
}

static unsigned open_sockets(struct serve *s)
{
    const struct conf *c = s->conf;
    unsigned rights = CTL_GUEST;
    unsigned count = open_socket(s, c->socket, c->socket_mode, CTL_FULL);

    if (count > 0 && c->socket_group[0] != '\0')
        give_to_group(c);
    if (count > 0 || c->socket[0] == '\0') /* one warning will do */
        count += open_socket(s, c->socket_ro, 0666, CTL_LOOK);
    for (const struct conf_guest *g = c->guests; g != NULL; g = g->next)
        count += open_socket(s, g->path, 0666, rights++);
    return count;
}

struct serve *serve_new(struct loop *l, struct pub *p, const struct conf *c,
                        const struct serve_hooks *hooks)
{
    struct serve *s = calloc(1, sizeof *s);
    struct ctl_hooks ctl = {s, on_line, on_more, ask_drained, ask_gone};

    if (s == NULL)
        return NULL;
    s->loop = l;
    s->pub = p;
    s->conf = c;
    s->hooks = *hooks;
    s->start_ms = loop_now_ms(l);
    s->ctl = ctl_new(l, c->clients, &ctl);
    if (s->ctl != NULL && open_sockets(s) > 0)
        return s;
    serve_free(s);
    return NULL;
}

uint64_t serve_tick(struct serve *s, uint64_t now_ms)
{
    uint64_t due = ctl_tick(s->ctl, now_ms);
    uint64_t life = add_tick(s, now_ms);

    return due == 0 || (life != 0 && life < due) ? life : due;
}

void serve_event(struct serve *s, const struct dnssd_event *ev)
{
    ask_event(s, ev);
}

void serve_link(struct serve *s, unsigned link, enum loop_link_event what)
{
    if (link == ENGINE_NO_LINK ||
        (what != LOOP_LINK_UP && what != LOOP_LINK_DOWN))
        return;
    if (what == LOOP_LINK_UP)
        add_link(s);
    ask_link(s, link, what == LOOP_LINK_UP);
}

unsigned serve_clients(const struct serve *s)
{
    return ctl_clients(s->ctl);
}

void serve_free(struct serve *s)
{
    if (s == NULL)
        return;
    ctl_free(s->ctl);
    add_free(s);
    free(s);
}
