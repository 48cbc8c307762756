/*
 * serve.c - requests on the control sockets of crier run
 *
 * A request is a verb and words like key=value; for a service the keys are
 * those of a service file, and it is read as one. The last line of an answer
 * has "end":true.
 */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "crier/ctl.h"
#include "crier/os.h"

/* A service that a client added. */
struct added {
    struct added *next;
    void *handle;         /* of pub_put() */
    uint32_t lease_ms;    /* 0: none */
    uint64_t expires_ms;
    char id[64];
};

struct serve {
    struct loop *loop;
    struct pub *pub;
    const struct conf *conf;
    struct serve_hooks hooks;
    struct ctl *ctl;
    struct added *added;
    uint64_t start_ms;
};

/* --- answers --------------------------------------------------------------- */

static struct text *end_with(struct ctl_client *c, bool ok)
{
    struct text *t = ctl_out(c);

    text_str(t, "{\"v\":1,\"end\":true");
    out_json_bool(t, "ok", ok);
    return t;
}

static void refuse(struct ctl_client *c, const char *code, const char *error)
{
    struct text *t = end_with(c, false);

    out_json_str(t, "code", code);
    out_json_str(t, "error", error);
    out_json_close(t);
}

/* The first message of a report: "FILE:LINE:COL: CODE: message\n". */
static void refuse_report(struct ctl_client *c, const char *message)
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
    refuse(c, id, line);
}

/* --- status, services ------------------------------------------------------ */

static void put_links(const struct serve *s, struct text *t, uint64_t links)
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

static void do_status(struct serve *s, struct ctl_client *c,
                      const struct tokens *words)
{
    const struct engine_stats *st = engine_stats(loop_engine(s->loop));
    struct text *t = end_with(c, true);
    uint64_t rx = 0, tx = 0, up = 0;
    struct name host;

    (void)words;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        rx += st->rx_packets[i];
        tx += st->tx_packets[i];
        if (loop_link_state(s->loop, i) != NULL)
            up |= UINT64_C(1) << i;
    }
    pub_host_name(s->pub, &host);
    out_json_str(t, "version", CRIER_VERSION);
    out_json_name(t, "host", &host);
    put_links(s, t, up);
    out_json_num(t, "uptime_s",
                 (loop_now_ms(s->loop) - s->start_ms) / 1000);
    out_json_num(t, "services", pub_count(s->pub));
    out_json_num(t, "records", st->own_records);
    out_json_num(t, "cached", st->cached_records);
    out_json_num(t, "conflicts", st->conflicts);
    out_json_num(t, "renames", st->renames);
    out_json_num(t, "rx_packets", rx);
    out_json_num(t, "tx_packets", tx);
    out_json_num(t, "clients", ctl_clients(s->ctl));
    out_json_num(t, "memory", st->memory_used);
    out_json_close(t);
}

static const struct added *added_of(const struct serve *s, const void *handle)
{
    const struct added *a = s->added;

    while (a != NULL && a->handle != handle)
        a = a->next;
    return handle != NULL ? a : NULL;
}

static void put_service(const struct serve *s, struct text *t,
                        const struct pub_item *item)
{
    const struct added *a = added_of(s, item->handle);
    const uint8_t *label = (const uint8_t *)"";
    struct name type, domain;

    name_root(&type);
    dnssd_split(&item->name, &label, &type, &domain);
    text_str(t, "{\"v\":1,\"event\":\"service\"");
    if (a != NULL)
        out_json_str(t, "id", a->id);
    else
        out_json_null(t, "id");
    out_json_bytes(t, "name", label + 1, label[0]);
    out_json_name(t, "type", &type);
    out_json_num(t, "port", item->port);
    out_json_str(t, "state", item->links != 0   ? "announced"
                             : item->registered ? "probing"
                             : item->held       ? "held"
                                                : "waiting");
    put_links(s, t, item->links);
    out_json_close(t);
}

static void on_more(void *ctx, struct ctl_client *c)
{
    enum { LINE_MOST = 4096 };
    struct serve *s = ctx;
    struct text *t = ctl_out(c);
    uint32_t *i = ctl_cursor(c);
    struct pub_item item;

    while (t->cap - t->len > 2 * LINE_MOST) {
        if (!pub_item(s->pub, *i, &item)) {
            ctl_done(c);
            t = end_with(c, true);
            out_json_num(t, "count", *i);
            out_json_close(t);
            return;
        }
        (*i)++;
        put_service(s, t, &item);
    }
}

/* --- add, rm --------------------------------------------------------------- */

static struct added **find(struct serve *s, const char *id)
{
    struct added **at = &s->added;

    while (*at != NULL && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

static void take_out(struct added **at)
{
    struct added *gone = *at;

    *at = gone->next;
    free(gone);
}

struct request {
    const char *id;
    uint32_t lease_ms;
    struct text file; /* what is left, as a service file */
};

/* False after an answer. */
static bool take_words(const struct tokens *t, struct request *q,
                       struct ctl_client *c)
{
    for (unsigned i = 1; i < t->count; i++) {
        const struct token *w = &t->word[i];
        size_t key_len = strcspn(w->text, "=");
        const char *value = w->text + key_len + 1;

        if (key_len >= w->len) {
            refuse(c, "E013", "expected words like key=value");
            return false;
        }
        if (strncmp(w->text, "id=", 3) == 0) {
            q->id = value;
        } else if (strncmp(w->text, "lease=", 6) == 0) {
            if (!tokens_duration(value, &q->lease_ms)) {
                refuse(c, "E013", "lease: expected a duration such as 90s");
                return false;
            }
        } else if (key_len == 12 &&
                   strncmp(w->text, "version-file", 12) == 0) {
            refuse(c, "E012", "version-file: only in a file");
            return false;
        } else {
            text_bytes(&q->file, w->text, key_len);
            text_str(&q->file, " ");
            tokens_quote(&q->file, value, w->len - key_len - 1);
            text_str(&q->file, "\n");
        }
    }
    if (q->id == NULL || q->id[0] == '\0' ||
        strlen(q->id) >= sizeof((struct added *)0)->id) {
        refuse(c, "E013", "expected id= and 1 to 63 bytes");
        return false;
    }
    return true;
}

/* Room for the id, new or there already; NULL: no memory. */
static struct added **place(struct serve *s, const char *id)
{
    struct added **at = find(s, id);

    if (*at != NULL)
        return at;
    *at = calloc(1, sizeof **at);
    if (*at == NULL)
        return NULL;
    memcpy((*at)->id, id, strlen(id));
    return at;
}

static void add_service(struct serve *s, struct ctl_client *c,
                        const struct request *q, struct service *service)
{
    char buf[1024];
    struct text errors = text_memory(buf, sizeof buf - 1);
    struct report r = {.to = &errors, .file = ""};
    struct added **at = NULL;
    struct text *t;

    if (!service_parse(service, q->id, q->file.buf, q->file.len, s->conf,
                       &r) ||
        (at = place(s, q->id)) == NULL) {
        refuse_report(c, text_end(&errors));
        return;
    }
    if (!pub_put(s->pub, service, &(*at)->handle, &r)) {
        if ((*at)->handle == NULL)
            take_out(at);
        refuse_report(c, text_end(&errors));
        return;
    }
    (*at)->lease_ms = q->lease_ms;
    (*at)->expires_ms = loop_now_ms(s->loop) + q->lease_ms;
    t = end_with(c, true);
    out_json_str(t, "id", q->id);
    out_json_bytes(t, "name", service->instance, service->instance_len);
    out_json_close(t);
}

static void do_add(struct serve *s, struct ctl_client *c,
                   const struct tokens *t)
{
    enum { FILE_MAX = 4 * TOKENS_LINE_MAX + 8 * TOKENS_WORDS_MAX };
    struct { /* which the system is to have back */
        struct service service;
        char file[FILE_MAX];
    } *room = os_pages(sizeof *room);
    struct request q = {NULL, 0, {0}};

    if (room == NULL) {
        refuse(c, "E041", "no memory");
        return;
    }
    q.file = text_memory(room->file, sizeof room->file);
    if (take_words(t, &q, c))
        add_service(s, c, &q, &room->service);
    os_pages_free(room, sizeof *room);
}

static void do_rm(struct serve *s, struct ctl_client *c,
                  const struct tokens *t)
{
    struct request q = {NULL, 0, {0}};
    struct added **at;

    if (!take_words(t, &q, c))
        return;
    at = find(s, q.id);
    if (*at == NULL) {
        refuse(c, "E062", "no service was added with that id; one of a file "
                          "goes with its file and a reload");
        return;
    }
    pub_take_back(s->pub, (*at)->handle);
    take_out(at);
    out_json_close(end_with(c, true));
}

/* Complaints, a line each, as one line. */
static const char *one_line(struct text *t)
{
    text_end(t);
    for (size_t i = 0; i < t->len; i++)
        if (t->buf[i] == '\n')
            t->buf[i] = i + 1 < t->len ? ';' : '\0';
    return t->buf;
}

static void do_reload(struct serve *s, struct ctl_client *c,
                      const struct tokens *words)
{
    char buf[2048];
    struct text errors = text_memory(buf, sizeof buf - 1), *t;
    struct pub_changes done = {false, 0, 0, 0, 0};
    bool ok = s->hooks.reload(s->hooks.ctx, &errors, &done);

    (void)words;
    t = end_with(c, ok);
    if (!ok) {
        out_json_str(t, "code", "E061");
        out_json_str(t, "error", one_line(&errors));
    }
    out_json_bool(t, "applied", done.applied);
    out_json_num(t, "services", done.services);
    out_json_num(t, "added", done.added);
    out_json_num(t, "updated", done.updated);
    out_json_num(t, "withdrawn", done.withdrawn);
    out_json_close(t);
}

/* --- a line ---------------------------------------------------------------- */

static void do_services(struct serve *s, struct ctl_client *c,
                        const struct tokens *words)
{
    (void)s;
    (void)words;
    ctl_continue(c); /* on_more() */
}

static const struct verb {
    char name[12];
    bool changes; /* not for a socket for looking only */
    void (*run)(struct serve *s, struct ctl_client *c,
                const struct tokens *words);
} verbs[] = {
    {"status", false, do_status}, {"hello", false, do_status},
    {"services", false, do_services}, {"add", true, do_add},
    {"rm", true, do_rm}, {"reload", true, do_reload},
};

static void on_line(void *ctx, struct ctl_client *c, const char *line,
                    size_t len)
{
    struct tokens t;
    enum tokens_err err = tokens_split(&t, line, len);

    if (err != TOKENS_OK) {
        refuse(c, "E011", tokens_error(err));
        return;
    }
    if (t.count == 0)
        return;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(t.word[0].text, verbs[i].name) != 0)
            continue;
        if (verbs[i].changes && !ctl_full(c))
            refuse(c, "E063", "this socket is for looking only");
        else
            verbs[i].run(ctx, c, &t);
        return;
    }
    refuse(c, "E001", "expected status, services, add, rm or reload");
}

/* --- all of it ------------------------------------------------------------- */

static unsigned open_socket(struct serve *s, const char *path, unsigned mode,
                            bool full)
{
    int fd;

    if (path[0] == '\0')
        return 0;
    fd = os_unix_listen(path, mode);
    if (fd >= 0)
        return ctl_listen(s->ctl, fd, full);
    if (s->conf->level >= CONF_WARN)
        cli_say("W208: no control socket %s: %e", path, fd);
    return 0;
}

struct serve *serve_new(struct loop *l, struct pub *p, const struct conf *c,
                        const struct serve_hooks *hooks)
{
    struct serve *s = calloc(1, sizeof *s);
    struct ctl_hooks ctl = {s, on_line, on_more};
    unsigned count = 0;

    if (s == NULL)
        return NULL;
    s->loop = l;
    s->pub = p;
    s->conf = c;
    s->hooks = *hooks;
    s->start_ms = loop_now_ms(l);
    s->ctl = ctl_new(l, c->clients, &ctl);
    if (s->ctl != NULL) {
        count = open_socket(s, c->socket, c->socket_mode, true);
        if (count > 0 || c->socket[0] == '\0') /* one warning will do */
            count += open_socket(s, c->socket_ro, 0666, false);
    }
    if (count > 0)
        return s;
    serve_free(s);
    return NULL;
}

uint64_t serve_tick(struct serve *s, uint64_t now_ms)
{
    uint64_t due = ctl_tick(s->ctl, now_ms);

    for (struct added **at = &s->added; *at != NULL;) {
        struct added *a = *at;

        if (a->lease_ms != 0 && a->expires_ms <= now_ms) {
            if (s->conf->level >= CONF_INFO)
                cli_say("the lease of \"%s\" has ended", a->id);
            pub_take_back(s->pub, a->handle);
            take_out(at);
            continue;
        }
        if (a->lease_ms != 0 && (due == 0 || a->expires_ms < due))
            due = a->expires_ms;
        at = &a->next;
    }
    return due;
}

void serve_free(struct serve *s)
{
    if (s == NULL)
        return;
    ctl_free(s->ctl);
    while (s->added != NULL)
        take_out(&s->added);
    free(s);
}
