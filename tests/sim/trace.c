/*
 * trace.c - what happened, as words that scenarios can expect
 *
 * An entry is a packet a host sent (probe, query, answer, goodbye) or an
 * event it told its clients. README.md says which words each carries.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim.h"

enum { PROBE_GAP_MS = 400 }; /* a later probe begins a new series */

__attribute__((format(printf, 2, 3))) static void
add(struct tokens *ts, const char *fmt, ...)
{
    char buf[TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    tokens_add(ts, buf);
}

static struct trace *trace_new(struct world *w, struct host *h,
                               const char *kind)
{
    struct trace *t;

    if (w->trace_len == w->trace_max) {
        w->trace_max = w->trace_max ? 2 * w->trace_max : 256;
        w->trace = realloc(w->trace, w->trace_max * sizeof *w->trace);
    }
    t = &w->trace[w->trace_len++];
    memset(t, 0, sizeof *t);
    t->at_ms = w->now_ms;
    snprintf(t->host, sizeof t->host, "%s", h->label);
    snprintf(t->kind, sizeof t->kind, "%s", kind);
    return t;
}

static const char *packet_kind(const struct msg *m)
{
    if (!(m->flags & 0x8000))
        return msg_is_probe(m) ? "probe" : "query";
    for (unsigned i = 0; i < m->n; i++)
        if (m->items[i].section == AN && m->items[i].ttl_s == 0)
            return "goodbye";
    return "answer";
}

static const char *word_of(const struct tokens *ts, const char *key)
{
    size_t n = strlen(key);

    for (unsigned i = 0; i < ts->n; i++)
        if (strncmp(ts->t[i], key, n) == 0)
            return ts->t[i] + n;
    return "";
}

/* Which probe of its series this is, by the name first asked for. */
static unsigned probe_number(const struct world *w, const struct host *h,
                             const char *link, const char *family,
                             const struct msg *m)
{
    for (size_t i = w->trace_len; i-- > 0;) {
        const struct trace *t = &w->trace[i];

        if (t->at_ms + PROBE_GAP_MS < w->now_ms)
            break;
        if (t->ts == NULL || strcmp(t->kind, "probe") != 0 ||
            strcmp(t->host, h->label) != 0 ||
            strcmp(word_of(t->ts, "link="), link) != 0 ||
            strcmp(t->ts->t[1], family) != 0 ||
            msg_find(&t->m, QD, m->items[0].name, m->items[0].name_len,
                     0) == NULL)
            continue;
        return (unsigned)strtoul(word_of(t->ts, "n="), NULL, 10) + 1;
    }
    return 1;
}

static void packet_words(struct world *w, struct host *h, unsigned nic,
                         const struct datagram *d, const struct msg *m,
                         struct tokens *ts)
{
    char to[64];
    char link[16];
    const char *family = d->family == ADDR_V4 ? "v4" : "v6";

    snprintf(link, sizeof link, "%u", nic);
    add(ts, "%s", d->multicast ? "mc" : "uc");
    add(ts, "%s", family);
    add(ts, "link=%s", link);
    if (!d->multicast)
        add(ts, "to=%s", addr_print(&d->peer, to, sizeof to));
    add(ts, "port=%u", d->multicast ? MDNS_PORT : d->port);
    if (d->local.family != ADDR_NONE)
        add(ts, "from=%s", addr_print(&d->local, to, sizeof to));
    if (d->oneshot)
        add(ts, "oneshot");
    add(ts, "id=%u", m->id);
    if (m->flags & 0x0200)
        add(ts, "tc");
    add(ts, "len=%zu", m->len);
    add(ts, "qd=%u", m->count[QD]);
    add(ts, "an=%u", m->count[AN]);
    add(ts, "ns=%u", m->count[NS]);
    add(ts, "ar=%u", m->count[AR]);
    if (msg_is_probe(m))
        add(ts, "n=%u", probe_number(w, h, link, family, m));
}

void trace_packet(struct world *w, struct host *h, unsigned nic,
                  const struct datagram *d, struct msg *m)
{
    struct tokens *ts;
    struct trace *t;

    if (!w->tracing) {
        msg_free(m);
        return;
    }
    ts = tokens_new();
    packet_words(w, h, nic, d, m, ts);
    t = trace_new(w, h, packet_kind(m));
    t->packet = true;
    t->m = *m;
    t->ts = ts;
    if (w->verbose)
        trace_print(stderr, w, t);
}

void trace_event(struct world *w, struct host *h, const char *kind,
                 struct tokens *ts)
{
    struct trace *t = trace_new(w, h, kind);

    t->ts = ts;
    if (w->verbose)
        trace_print(stderr, w, t);
}

/* --- events ----------------------------------------------------------- */

static const char *const event_words[] = {
    [DNSSD_FOUND] = "found",         [DNSSD_CHANGED] = "changed",
    [DNSSD_LOST] = "lost",           [DNSSD_TYPE_FOUND] = "type-found",
    [DNSSD_TYPE_LOST] = "type-lost", [DNSSD_ADDR_FOUND] = "addr-found",
    [DNSSD_ADDR_LOST] = "addr-lost", [DNSSD_ADDR_NONE] = "addr-none",
    [DNSSD_RR_ADDED] = "rr-added",   [DNSSD_RR_REMOVED] = "rr-removed",
    [DNSSD_RR_DENIED] = "rr-denied",
};
static const char *const claim_words[] = {
    [CLAIM_PROBING] = "probing",   [CLAIM_ANNOUNCED] = "announced",
    [CLAIM_CONFLICT] = "conflict", [CLAIM_RENAMED] = "renamed",
    [CLAIM_FAILED] = "failed",
};

static void add_name(struct tokens *ts, const char *key,
                     const struct name *n)
{
    char buf[1100];

    add(ts, "%s%s", key, wire_name_text(n->wire, n->len, buf, sizeof buf));
}

static void add_txt(struct tokens *ts, const uint8_t *txt, size_t len)
{
    struct item it = {.type = 16, .section = AN, .name = (uint8_t[]){0},
                      .name_len = 1, .rdata = txt,
                      .rdata_len = (uint16_t)len};
    struct tokens *words = tokens_new();

    item_tokens(&it, words);
    for (unsigned i = 2; i < words->n; i++)
        add(ts, "txt=%s", words->t[i]);
    tokens_free(words);
}

static void add_rr(struct tokens *ts, const struct name *name, uint16_t type,
                   const uint8_t *rdata, size_t len)
{
    struct item it = {.type = type, .section = AN, .name = name->wire,
                      .name_len = name->len, .rdata = rdata,
                      .rdata_len = (uint16_t)len};
    struct tokens *words = tokens_new();
    char buf[16];

    add(ts, "type=%s", type_text(type, buf));
    if (rdata != NULL)
        item_tokens(&it, words);
    for (unsigned i = 2; i < words->n; i++)
        add(ts, "rdata=%s", words->t[i]);
    tokens_free(words);
}

static void add_where(struct tokens *ts, unsigned link, unsigned families,
                      bool local, const struct addr *source)
{
    char buf[64];

    if (link != ENGINE_NO_LINK)
        add(ts, "link=%u", link);
    if (families & ADDR_V4)
        add(ts, "v4");
    if (families & ADDR_V6)
        add(ts, "v6");
    if (local)
        add(ts, "local");
    if (source->family != ADDR_NONE)
        add(ts, "source=%s", addr_print(source, buf, sizeof buf));
}

void trace_dnssd(struct world *w, struct host *h,
                 const struct dnssd_event *ev)
{
    bool claim = ev->kind == DNSSD_HOST || ev->kind == DNSSD_SERVICE;
    struct tokens *ts;
    char buf[64];

    if (!w->tracing)
        return;
    ts = tokens_new();
    add_name(ts, "", &ev->name);
    add_where(ts, ev->link, ev->families, ev->local, &ev->source);
    if (claim) {
        if (ev->state == CLAIM_RENAMED)
            add_name(ts, "was=", &ev->old_name);
        trace_event(w, h, claim_words[ev->state], ts);
        return;
    }
    if (ev->kind <= DNSSD_LOST && ev->resolved) {
        add_name(ts, "host=", &ev->host);
        add(ts, "port=%u", ev->port);
        add(ts, "priority=%u", ev->priority);
        add_txt(ts, ev->txt, ev->txt_len);
    }
    for (unsigned i = 0; i < ev->addr_count && i < DNSSD_ADDRS_MAX; i++)
        add(ts, "addr=%s", addr_print(&ev->addrs[i], buf, sizeof buf));
    if (ev->kind <= DNSSD_TYPE_LOST)
        add_name(ts, "stype=", &ev->type);
    if (ev->kind >= DNSSD_RR_ADDED)
        add_rr(ts, &ev->name, ev->rr_type, ev->rdata, ev->rdata_len);
    trace_event(w, h, event_words[ev->kind], ts);
}

void trace_engine(struct world *w, struct host *h, const struct event *ev)
{
    static const char *const words[] = {
        [EVENT_RR_ADD] = "rr-added", [EVENT_RR_UPDATE] = "rr-updated",
        [EVENT_RR_REMOVE] = "rr-removed", [EVENT_RR_DENIED] = "rr-denied",
    };
    struct tokens *ts;

    if (!w->tracing)
        return;
    ts = tokens_new();
    add_name(ts, "", &ev->name);
    add_where(ts, ev->link, ev->families, ev->local, &ev->source);
    if (ev->kind == EVENT_CLAIM) {
        if (ev->state == CLAIM_RENAMED)
            add_name(ts, "was=", &ev->old_name);
        trace_event(w, h, claim_words[ev->state], ts);
        return;
    }
    add(ts, "ttl=%u", ev->ttl_s);
    add_rr(ts, &ev->name, ev->type,
           ev->kind == EVENT_RR_DENIED ? NULL : ev->rdata, ev->rdata_len);
    trace_event(w, h, words[ev->kind], ts);
}

void trace_print(FILE *f, const struct world *w, const struct trace *t)
{
    fprintf(f, "  %10.3f %s %s", (double)(t->at_ms - w->start_ms) / 1000,
            t->host, t->kind);
    for (unsigned i = 0; i < t->ts->n; i++)
        fprintf(f, " %s", t->ts->t[i]);
    fputc('\n', f);
    if (t->packet)
        msg_print(f, &t->m, "               ");
}

/* --- matching --------------------------------------------------------- */

/* "*" stands for any text; letters without case. */
static bool glob(const char *p, const char *s)
{
    const char *star = NULL;
    const char *back = NULL;

    while (*s != '\0') {
        if (*p == '*') {
            star = ++p;
            back = s;
        } else if (*p != '\0' && strncasecmp(p, s, 1) == 0) {
            p++;
            s++;
        } else if (star != NULL) {
            p = star;
            s = ++back;
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return *p == '\0';
}

/* key<=5, key>=5, key<5, key>5 against key=N; else the words as globs. */
static bool word_matches(const char *pattern, const char *word)
{
    size_t n = strcspn(pattern, "<>=");
    const char *op = pattern + n;
    const char *eq = op[0] && op[1] == '=' ? op + 2 : op + 1;
    long want, have;

    if (*op != '<' && *op != '>')
        return glob(pattern, word);
    if (strncmp(pattern, word, n) != 0 || word[n] != '=')
        return false;
    want = strtol(eq, NULL, 10);
    have = strtol(word + n + 1, NULL, 10);
    if (have == want)
        return eq == op + 2;
    return *op == '<' ? have < want : have > want;
}

static bool has_word(const struct tokens *ts, const char *pattern)
{
    for (unsigned i = 0; i < ts->n; i++)
        if (word_matches(pattern, ts->t[i]))
            return true;
    return false;
}

static bool attr_matches(const struct item *it, const char *a)
{
    char ttl[32];
    char want[64];

    if (strcmp(a, "/flush") == 0 || strcmp(a, "/qu") == 0)
        return (it->class & 0x8000) != 0;
    if (strcmp(a, "/shared") == 0 || strcmp(a, "/qm") == 0)
        return (it->class & 0x8000) == 0;
    if (strncmp(a, "/class=", 7) == 0)
        return (it->class & 0x7fff) == strtoul(a + 7, NULL, 0);
    snprintf(ttl, sizeof ttl, "ttl=%u", it->ttl_s);
    snprintf(want, sizeof want, "ttl%s%s",
             a[1] == '<' || a[1] == '>' ? "" : "=", a + 1);
    return word_matches(want, ttl);
}

/* With "=" in front every letter has to be as it is there. */
static bool text_matches(const char *pattern, const char *text)
{
    return pattern[0] == '=' ? strcmp(pattern + 1, text) == 0
                             : glob(pattern, text);
}

/* words: TYPE NAME rdata... /attr...; "..." more rdata is allowed. */
static bool item_matches(const struct item *it, char **words, unsigned n,
                         struct tokens *ts)
{
    unsigned k = 0;

    tokens_clear(ts);
    item_tokens(it, ts);
    for (unsigned i = 0; i < n; i++) {
        if (words[i][0] == '/') {
            if (!attr_matches(it, words[i]))
                return false;
            continue;
        }
        if (k >= ts->n || !text_matches(words[i], ts->t[k]))
            return false;
        k++;
    }
    return k <= 2 || k == ts->n; /* rdata not at all, or all of it */
}

static int section_word(const char *w, bool *negated)
{
    static const char *const names[] = {"qd", "an", "ns", "ar"};

    *negated = *w == '!';
    if (*negated)
        w++;
    for (int i = 0; i < SECTIONS; i++)
        if (strcmp(w, names[i]) == 0)
            return i;
    return -1;
}

static bool any_item(const struct msg *m, unsigned section, char **words,
                     unsigned n)
{
    struct tokens *ts = tokens_new();
    bool found = false;

    for (unsigned i = 0; i < m->n && !found; i++)
        found = m->items[i].section == section &&
                item_matches(&m->items[i], words, n, ts);
    tokens_free(ts);
    return found;
}

/* A word that begins an item without naming its section: a type. */
static bool is_type(const char *w)
{
    uint16_t type;

    return type_from_text(w, &type);
}

static bool items_match(const struct trace *t, char **words, unsigned n)
{
    unsigned section = t->m.flags & 0x8000 ? AN : QD;
    bool negated = false;
    unsigned i = 0;

    while (i < n) {
        unsigned start;
        bool no;
        int s = section_word(words[i], &no);

        if (s >= 0) {
            section = (unsigned)s;
            negated = no;
            i++;
        }
        start = i;
        while (i < n && section_word(words[i], &no) < 0)
            i++;
        if (any_item(&t->m, section, words + start, i - start) == negated)
            return false;
    }
    return true;
}

static bool kind_matches(const char *kind, const char *want)
{
    if (strcmp(want, "packet") == 0)
        return strcmp(kind, "probe") == 0 || strcmp(kind, "query") == 0 ||
               strcmp(kind, "answer") == 0 || strcmp(kind, "goodbye") == 0;
    if (strcmp(want, "response") == 0)
        return strcmp(kind, "answer") == 0 || strcmp(kind, "goodbye") == 0;
    if (strcmp(want, "announce") == 0)
        return strcmp(kind, "answer") == 0;
    return strcmp(kind, want) == 0;
}

bool trace_match(const struct trace *t, char **words, unsigned n)
{
    unsigned i = 2;
    bool no;

    if (n < 2 || !glob(words[0], t->host) || !kind_matches(t->kind, words[1]))
        return false;
    for (; i < n; i++) {
        if (t->packet && (section_word(words[i], &no) >= 0 ||
                          is_type(words[i])))
            return items_match(t, words + i, n - i);
        if (words[i][0] == '!' ? has_word(t->ts, words[i] + 1)
                               : !has_word(t->ts, words[i]))
            return false;
    }
    return true;
}
