/*
 * serve_add.c - services and hosts that clients have the daemon publish
 *
 * The keys of a service are those of a service file, and it is read as one.
 * An ID belongs to those with the same rights: each guest has its own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"
#include "serve_parts.h"

enum {
    LOOK_MS = 1000, /* how often at a process or path that it hangs on */
    MINUTE_MS = 60000,
    CHANGES_MAX = 10, /* announced in a minute (RFC 6762 section 8.4) */
    ID_MAX = 63,
};

/* A host that a client added. */
struct proxy {
    struct dnssd_host *host; /* NULL: on no link yet */
    uint64_t links;
    struct conf_host what;
    unsigned glob_count;
    const char *globs[SERVICE_GLOBS_MAX]; /* into text */
    char text[TOKENS_LINE_MAX];
};

struct added {
    struct added *next;
    void *handle;        /* of pub_put(); or ... */
    struct proxy *proxy; /* ... this, if it is a host */
    unsigned rights;     /* of who added it; see ctl.h */
    uint32_t lease_ms;   /* 0: none */
    uint64_t expires_ms;
    uint32_t pid;        /* it lives as long as that; 0: none */
    char *path;          /* or that is there; NULL: none */
    uint32_t grace_ms;   /* how long that may be gone */
    uint64_t missing_ms; /* since when; 0: it is there */
    uint64_t minute_ms;  /* since when changes are counted */
    unsigned changes;
    char id[ID_MAX + 1];
};

/* What a request wants. */
struct request {
    const char *id, *path, *host;
    uint32_t pid, lease_ms, grace_ms;
    bool no_rename;
    struct proxy *proxy; /* for a host: its addresses and interfaces */
    struct text file;    /* for a service: all else, as a service file */
};

const char *add_id(const struct serve *s, const void *handle)
{
    const struct added *a = s->added;

    while (a != NULL && a->handle != handle)
        a = a->next;
    return a != NULL && handle != NULL ? a->id : NULL;
}

static struct added **find(struct serve *s, const struct ctl_client *c,
                           const char *id)
{
    struct added **at = &s->added;

    while (*at != NULL && ((*at)->rights != ctl_rights(c) ||
                           strcmp((*at)->id, id) != 0))
        at = &(*at)->next;
    return at;
}

static void forget(struct serve *s, struct added **at)
{
    struct added *gone = *at;

    if (gone->proxy != NULL) {
        if (gone->proxy->host != NULL)
            dnssd_host_remove(loop_dnssd(s->loop), loop_now_ms(s->loop),
                              gone->proxy->host);
        os_pages_free(gone->proxy, sizeof *gone->proxy);
    }
    *at = gone->next;
    free(gone->path);
    free(gone);
}

/* Goodbye, and forgotten. */
static void take_out(struct serve *s, struct added **at)
{
    if ((*at)->handle != NULL)
        pub_take_back(s->pub, (*at)->handle);
    forget(s, at);
}

void add_saving(struct serve *s, const struct ctl_client *c, const char *id,
                enum saving what)
{
    struct added **at = id != NULL ? find(s, c, id) : NULL;

    if (at == NULL || *at == NULL || (*at)->handle == NULL)
        return;
    if (what == SAVED)
        forget(s, at); /* the file's from now on */
    else
        pub_of_files(s->pub, (*at)->handle, what == SAVING);
}

/* --- reading a request ---------------------------------------------------- */

static bool wrong(struct ctl_client *c, const char *expected)
{
    serve_refuse(c, "E013", expected);
    return false;
}

static bool misread(struct ctl_client *c, const char *key, const char *value,
                    const char *expected)
{
    serve_misread(c, "E013", key, value, expected);
    return false;
}

/* An address of a host; false after a refusal. */
static bool take_address(struct request *q, struct ctl_client *c,
                         const char *value)
{
    struct conf_host *h = &q->proxy->what;
    struct addr *a = &h->addrs[h->addr_count];

    if (h->addr_count == LINK_ADDRS_MAX)
        return wrong(c, "address: expected fewer of them");
    h->addr_count++;
    if (os_addr_parse(value, a))
        return addr_of_host(a) ||
               misread(c, "address", value, "no single host has it");
    return misread(c, "address", value, "expected an IPv4 or IPv6 address");
}

/* An interface of a host; its text is kept. */
static bool take_glob(struct request *q, struct ctl_client *c,
                      const char *value)
{
    struct proxy *p = q->proxy;
    size_t used = 0;

    if (p->glob_count == SERVICE_GLOBS_MAX)
        return wrong(c, "interface: expected fewer of them");
    if (p->glob_count > 0) {
        const char *last = p->globs[p->glob_count - 1];

        used = (size_t)(last - p->text) + strlen(last) + 1;
    }
    memcpy(p->text + used, value, strlen(value)); /* all fit into a line */
    p->globs[p->glob_count++] = p->text + used;
    return true;
}

/* One word; false after a refusal. */
static bool take_word(struct request *q, struct ctl_client *c,
                      const struct token *w)
{
    static const char keys[][13] = {
        "id", "lease", "while-pid", "while-path", "grace", "host", "address",
        "interface", "no-rename", "version-file", "check",
    };
    size_t key_len = strcspn(w->text, "="), i = 0;
    const char *value = w->text + key_len + 1;

    /* What else is in it would be in the file. */
    if (key_len >= w->len ||
        strspn(w->text, "abcdefghijklmnopqrstuvwxyz-") != key_len)
        return wrong(c, "expected words like key=value");
    while (i < sizeof keys / sizeof keys[0] &&
           (strlen(keys[i]) != key_len ||
            memcmp(keys[i], w->text, key_len) != 0))
        i++;
    if ((i == 2 || i == 3) && ctl_rights(c) >= CTL_GUEST) {
        /* It could find out what there is on the host. */
        serve_refuse(c, "E069", "while-pid and while-path are not for guests");
        return false;
    }
    switch (i) {
    case 0:
        q->id = value;
        return true;
    case 1:
        return tokens_duration(value, &q->lease_ms) ||
               misread(c, "lease", value, "expected a duration such as 90s");
    case 2:
        return (tokens_number(value, INT32_MAX, &q->pid) && q->pid > 0) ||
               misread(c, "while-pid", value,
                       "expected the number of a process");
    case 3:
        q->path = value;
        return value[0] == '/' ||
               misread(c, "while-path", value, "expected /PATH");
    case 4:
        return tokens_duration(value, &q->grace_ms) ||
               misread(c, "grace", value, "expected a duration such as 30s");
    case 5:
        q->host = value;
        return true;
    case 6:
        return take_address(q, c, value);
    case 7:
        if (!take_glob(q, c, value))
            return false;
        break; /* a service has interfaces as well */
    case 8:
        q->no_rename = strcmp(value, "yes") == 0;
        return q->no_rename || strcmp(value, "no") == 0 ||
               misread(c, "no-rename", value, "expected yes or no");
    case 9:
    case 10:
        serve_refuse(c, "E012", "version-file and check: only in a file");
        return false;
    default:
        break;
    }
    text_bytes(&q->file, w->text, key_len);
    text_str(&q->file, " ");
    tokens_quote(&q->file, value, w->len - key_len - 1);
    text_str(&q->file, "\n");
    return true;
}

/* False after a refusal. */
static bool take_words(struct request *q, struct ctl_client *c,
                       const struct tokens *t)
{
    for (unsigned i = 1; i < t->count; i++)
        if (!take_word(q, c, &t->word[i]))
            return false;
    if (q->id != NULL && q->id[0] != '\0' && strlen(q->id) <= ID_MAX)
        return true;
    return wrong(c, "expected id= and 1 to 63 bytes");
}

/* --- a host --------------------------------------------------------------- */

static uint64_t wanted_links(const struct serve *s, const struct proxy *p)
{
    uint64_t links = 0;

    if (p->glob_count == 0)
        return LINKS_ALL;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (loop_link_state(s->loop, i) != NULL &&
            loop_iface_wanted(p->globs, p->glob_count,
                              loop_link_name(s->loop, i)))
            links |= UINT64_C(1) << i;
    return links;
}

static void remove_host(struct serve *s, struct proxy *p)
{
    if (p->host != NULL)
        dnssd_host_remove(loop_dnssd(s->loop), loop_now_ms(s->loop), p->host);
    p->host = NULL;
}

/* On the links that are wanted now, with a goodbye on others. */
static enum engine_err put_host(struct serve *s, struct proxy *p)
{
    struct dnssd *d = loop_dnssd(s->loop);
    uint64_t now_ms = loop_now_ms(s->loop);
    struct dnssd_host_spec spec = {
        .name = p->what.name,
        .reverse = s->conf->reverse,
        .fixed = p->what.addrs,
        .fixed_count = p->what.addr_count,
        .links = wanted_links(s, p),
        .on_conflict = s->conf->on_conflict,
        .rename_suffix = s->conf->rename_mac ? s->conf->mac : NULL,
    };
    enum engine_err err;
    struct name got;

    remove_host(s, p);
    p->links = spec.links;
    if (spec.links == 0)
        return ENGINE_OK;
    err = dnssd_host_add(d, now_ms, &spec, &p->host);
    if (err != ENGINE_OK)
        return err;
    dnssd_host_name(p->host, &got);
    if (name_equal(&got, &p->what.name))
        return ENGINE_OK;
    remove_host(s, p);
    return ENGINE_TAKEN;
}

void add_link(struct serve *s)
{
    for (struct added *a = s->added; a != NULL; a = a->next)
        if (a->proxy != NULL && wanted_links(s, a->proxy) != a->proxy->links)
            (void)put_host(s, a->proxy); /* it was accepted before */
}

static bool refuse_err(struct ctl_client *c, enum engine_err err)
{
    if (err == ENGINE_TAKEN)
        serve_refuse(c, "E031", "this daemon has that name already; choose "
                                "another one");
    else if (err == ENGINE_FULL)
        serve_refuse(c, "E030", "no room; raise max-services or max-records "
                                "in crier.conf");
    else if (err != ENGINE_OK)
        serve_refuse(c, "E033", "that cannot be a host; check its name");
    return err == ENGINE_OK;
}

/* False after a refusal, and what the id was of before is still there; else
 * the request's addresses are a's. */
static bool add_host(struct serve *s, struct ctl_client *c, struct request *q,
                     struct added *a)
{
    const char *name = q->host != NULL ? q->host : "";
    const char *why = conf_host_name(name, false, &q->proxy->what.name);
    struct proxy *was = a->proxy, *now = q->proxy;
    bool same = was != NULL && name_equal(&was->what.name, &now->what.name);
    enum engine_err err;

    if (why != NULL) {
        serve_misread(c, "E021", "host", name, why);
        return false;
    }
    if (!guest_host(s, c, &now->what))
        return false;
    if (same)
        remove_host(s, was);
    err = put_host(s, now);
    if (err != ENGINE_OK) {
        if (same)
            (void)put_host(s, was); /* it was accepted before */
        return refuse_err(c, err);
    }
    if (was != NULL) {
        remove_host(s, was);
        os_pages_free(was, sizeof *was);
    }
    a->proxy = now;
    q->proxy = NULL;
    return true;
}

/* --- a service ------------------------------------------------------------ */

/* Whether a may change once more now. */
static bool in_time(struct added *a, uint64_t now_ms)
{
    if (now_ms - a->minute_ms >= MINUTE_MS || a->changes == 0) {
        a->minute_ms = now_ms;
        a->changes = 0;
    }
    return a->changes++ < CHANGES_MAX;
}

/* Register it or change it; makes_way: under another name, if need be. False
 * after a refusal. */
static bool add_service(struct serve *s, struct ctl_client *c,
                        struct request *q, bool makes_way, void **handle,
                        struct service *service)
{
    char buf[1024];
    struct text errors = text_memory(buf, sizeof buf - 1);
    struct report r = {.to = &errors, .file = ""};

    if (q->host != NULL) { /* which has the service */
        text_str(&q->file, "target ");
        tokens_quote(&q->file, q->host, strlen(q->host));
        text_str(&q->file, "\n");
    }
    if (service_parse(service, q->id, q->file.buf, q->file.len, s->conf,
                      &r)) {
        service->no_rename = q->no_rename;
        service->makes_way = makes_way;
        if (!guest_service(s, c, service))
            return false;
        if (pub_put(s->pub, service, handle, &r))
            return true;
    }
    serve_refuse_report(c, text_end(&errors));
    return false;
}

/* Room for the id, new or there already; NULL after a refusal. */
static struct added **place(struct serve *s, struct ctl_client *c,
                            const char *id)
{
    struct added **at = find(s, c, id);

    if (*at == NULL && guest_room(s, c)) {
        *at = calloc(1, sizeof **at);
        if (*at == NULL)
            serve_refuse(c, "E041", "no memory");
    }
    if (*at == NULL)
        return NULL;
    if ((*at)->id[0] == '\0') {
        memcpy((*at)->id, id, strlen(id));
        (*at)->rights = ctl_rights(c);
    }
    return at;
}

/* What it hangs on. */
static void bind_life(struct added *a, const struct request *q,
                      uint64_t now_ms)
{
    a->lease_ms = q->lease_ms;
    a->expires_ms = now_ms + q->lease_ms;
    a->pid = q->pid;
    free(a->path);
    a->path = q->path != NULL ? strdup(q->path) : NULL;
    a->grace_ms = q->grace_ms;
    a->missing_ms = 0;
}

static void add(struct serve *s, struct ctl_client *c, struct request *q,
                struct service *service)
{
    uint64_t now_ms = loop_now_ms(s->loop);
    struct added **at = place(s, c, q->id);
    bool host = q->proxy->what.addr_count > 0, ok;
    struct text *t;

    if (at == NULL)
        return;
    if (!in_time(*at, now_ms)) {
        serve_refuse(c, "E067", "it was changed ten times within a minute; "
                                "wait for a minute");
        return;
    }
    if (host ? (*at)->handle != NULL : (*at)->proxy != NULL) {
        serve_refuse(c, "E068", "that id is of a host where this is a "
                                "service, or the other way round; take "
                                "another id, or crier rm it first");
        return;
    }
    ok = host ? add_host(s, c, q, *at) : add_service(s, c, q, false, &(*at)->handle, service);
    if (!ok) {
        if ((*at)->handle == NULL && (*at)->proxy == NULL)
            take_out(s, at);
        return;
    }
    bind_life(*at, q, now_ms);
    t = serve_end(c, true);
    out_json_str(t, "id", q->id);
    if (host)
        out_json_name(t, "name", &(*at)->proxy->what.name);
    else
        out_json_bytes(t, "name", service->instance, service->instance_len);
    out_json_close(t);
}

/* As add(), for as long as the client is there. */
static void publish(struct serve *s, struct ctl_client *c, struct request *q,
                    struct service *service)
{
    void *handle = NULL;

    if (guest_room(s, c) && ask_publish(s, c, NULL) &&
        add_service(s, c, q, !q->no_rename, &handle, service))
        (void)ask_publish(s, c, handle);
}

typedef void service_request(struct serve *s, struct ctl_client *c,
                             struct request *q, struct service *service);

static void take(struct serve *s, struct ctl_client *c,
                 const struct tokens *words, const char *id,
                 service_request *what)
{
    enum { FILE_MAX = 4 * TOKENS_LINE_MAX + 8 * TOKENS_WORDS_MAX };
    struct { /* which the system is to have back */
        struct service service;
        char file[FILE_MAX];
    } *room = os_pages(sizeof *room);
    struct request q = {.id = id, .proxy = os_pages(sizeof *q.proxy)};

    if (room == NULL || q.proxy == NULL) {
        serve_refuse(c, "E041", "no memory");
    } else {
        q.file = text_memory(room->file, sizeof room->file);
        if (take_words(&q, c, words))
            what(s, c, &q, &room->service);
    }
    if (room != NULL)
        os_pages_free(room, sizeof *room);
    if (q.proxy != NULL)
        os_pages_free(q.proxy, sizeof *q.proxy);
}

void add_verb(struct serve *s, struct ctl_client *c,
              const struct tokens *words)
{
    take(s, c, words, NULL, add);
}

void publish_verb(struct serve *s, struct ctl_client *c,
                  const struct tokens *words)
{
    take(s, c, words, "publish", publish);
}

void rm_verb(struct serve *s, struct ctl_client *c,
             const struct tokens *words)
{
    const char *id = serve_word(words, "id");
    struct added **at = find(s, c, id != NULL ? id : "");

    if (id == NULL) {
        (void)wrong(c, "expected id=");
        return;
    }
    if (*at == NULL) {
        serve_refuse(c, "E062", "no service was added with that id; one of "
                                "a file goes with its file and a reload");
        return;
    }
    take_out(s, at);
    out_json_close(serve_end(c, true));
}

/* --- the end of it --------------------------------------------------------- */

/* Why it is to go now, or NULL. */
static const char *ends(struct added *a, uint64_t now_ms)
{
    bool there = (a->pid == 0 || os_process_there(a->pid)) &&
                 (a->path == NULL || os_path_there(a->path));

    if (a->lease_ms != 0 && a->expires_ms <= now_ms)
        return "the lease of";
    if (there)
        a->missing_ms = 0;
    else if (a->missing_ms == 0)
        a->missing_ms = now_ms;
    if (there || now_ms - a->missing_ms < a->grace_ms)
        return NULL;
    return a->pid != 0 ? "the process of" : "the path of";
}

uint64_t add_tick(struct serve *s, uint64_t now_ms)
{
    bool look = now_ms >= s->look_ms;
    uint64_t due = 0;

    if (look)
        s->look_ms = now_ms + LOOK_MS;
    for (struct added **at = &s->added; *at != NULL;) {
        struct added *a = *at;
        bool looks = a->pid != 0 || a->path != NULL;
        const char *why = NULL;

        if (look || (a->lease_ms != 0 && a->expires_ms <= now_ms))
            why = ends(a, now_ms);
        if (why != NULL) {
            if (s->conf->level >= CONF_INFO)
                cli_say("%s \"%s\" has ended", why, a->id);
            take_out(s, at);
            continue;
        }
        if (a->lease_ms != 0 && (due == 0 || a->expires_ms < due))
            due = a->expires_ms;
        if (looks && (due == 0 || s->look_ms < due))
            due = s->look_ms;
        at = &a->next;
    }
    return due;
}

void add_free(struct serve *s)
{
    while (s->added != NULL) {
        struct added *gone = s->added;

        s->added = gone->next;
        if (gone->proxy != NULL)
            os_pages_free(gone->proxy, sizeof *gone->proxy);
        free(gone->path);
        free(gone);
    }
}

unsigned add_count(const struct serve *s, unsigned rights)
{
    unsigned count = 0;

    for (const struct added *a = s->added; a != NULL; a = a->next)
        count += a->rights == rights;
    return count;
}
