/*
 * cmd_resolve.c - crier resolve: addresses of names, names of addresses,
 * and where a service instance is
 */
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "crier/rr.h"
#include "crier/sort.h"

enum {
    TIMEOUT_MS = 5000,
    GRACE_MS = 250, /* after the last answer, for the other family */
    ANSWERS_MAX = 64, /* of one word */
    WORDS_MAX = 64,
};

struct answer {
    struct addr addr;
    struct name name; /* with -a */
    uint32_t ttl_s;
    char iface[IF_NAMESIZE];
};

/* One word of the command line. */
struct item {
    const char *text;
    struct name name;
    struct addr addr;      /* with -a */
    char zone[IF_NAMESIZE]; /* with -a: the link after "%" */
    uint64_t news_ms;
    uint8_t denied;         /* families that it does not have */
    unsigned count;
    struct answer *answer;
};

struct resolve {
    struct session s;
    struct out out;
    bool by_address, all, instance;
    uint8_t families; /* of addresses wanted */
    unsigned count;
    struct item item[WORDS_MAX];
    struct dnssd_type type;
    struct found_set found;
};

/* --- taking answers ------------------------------------------------------ */

static struct answer *add(struct item *it, const char *iface)
{
    struct answer *a;
    size_t len = strlen(iface);

    if (it->count == ANSWERS_MAX)
        return NULL;
    if (it->answer == NULL)
        it->answer = calloc(ANSWERS_MAX, sizeof *it->answer);
    if (it->answer == NULL)
        return NULL;
    a = &it->answer[it->count++];
    memset(a, 0, sizeof *a);
    memcpy(a->iface, iface, len < sizeof a->iface ? len : sizeof a->iface - 1);
    return a;
}

/* The same address on two links is two only if it is link-local. */
static bool known(const struct item *it, const struct addr *addr,
                  const char *iface)
{
    for (unsigned i = 0; i < it->count; i++)
        if (addr_equal(&it->answer[i].addr, addr) &&
            (!addr_link_local(addr) ||
             strcmp(it->answer[i].iface, iface) == 0))
            return true;
    return false;
}

static void take_address(struct item *it, const struct dnssd_event *ev,
                         const char *iface)
{
    struct answer *a;

    if (known(it, &ev->addrs[0], iface))
        return;
    a = add(it, iface);
    if (a == NULL)
        return;
    a->addr = ev->addrs[0];
    a->ttl_s = ev->ttl_s;
}

static void take_name(struct item *it, const struct dnssd_event *ev,
                      const char *iface)
{
    struct wire_reader rd = wire_reader(ev->rdata, ev->rdata_len);
    struct name n;
    struct answer *a;

    if (it->zone[0] != '\0' && strcmp(it->zone, iface) != 0)
        return;
    if (ev->rr_type != RR_PTR || !name_read(&rd, &n))
        return;
    for (unsigned i = 0; i < it->count; i++)
        if (name_equal(&it->answer[i].name, &n))
            return;
    a = add(it, iface);
    if (a == NULL)
        return;
    a->name = n;
    a->addr = it->addr;
    a->ttl_s = ev->ttl_s;
}

/* The same host on another link is another row; dnssd tells each once. */
static void take_instance(struct resolve *r, const struct dnssd_event *ev,
                          const char *iface)
{
    struct found *f;

    if (ev->resolved &&
        found_put(&r->found, ev, iface, &f) != FOUND_NO_MEMORY)
        r->item[0].count = (unsigned)r->found.count;
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct resolve *r = ctx;
    struct item *it = ev->cookie;
    const char *iface = loop_link_name(r->s.loop, ev->link);

    switch (ev->kind) {
    case DNSSD_FOUND:
    case DNSSD_CHANGED:
        take_instance(r, ev, iface);
        break;
    case DNSSD_ADDR_FOUND:
        take_address(it, ev, iface);
        break;
    case DNSSD_ADDR_NONE:
        it->denied |= ev->families;
        break;
    case DNSSD_RR_ADDED:
        take_name(it, ev, iface);
        break;
    default:
        return;
    }
    it->news_ms = loop_now_ms(r->s.loop);
}

/* --- when to end --------------------------------------------------------- */

/* Which families an item has been answered about. */
static uint8_t answered(const struct item *it)
{
    uint8_t families = it->denied;

    for (unsigned i = 0; i < it->count; i++)
        families |= it->answer[i].addr.family;
    return families;
}

/* When this item needs no more waiting: 0 while that is open. */
static uint64_t done_ms(const struct resolve *r, const struct item *it)
{
    if (it->news_ms == 0)
        return 0;
    if (r->by_address)
        return it->count > 0 ? it->news_ms : 0;
    if (r->instance)
        return it->count > 0 ? it->news_ms + GRACE_MS : 0;
    if (it->count == 0)
        return (it->denied & r->families) == r->families ? it->news_ms : 0;
    if ((answered(it) & r->families) == r->families)
        return it->news_ms + GRACE_MS / 4;
    return it->news_ms + GRACE_MS;
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct resolve *r = ctx;
    uint64_t last = 0;

    if (r->all)
        return;
    for (unsigned i = 0; i < r->count; i++) {
        uint64_t at = done_ms(r, &r->item[i]);

        if (at == 0)
            return;
        if (at > last)
            last = at;
    }
    r->s.wake_ms = last;
    if (now_ms >= last)
        session_end(&r->s, "done");
}

/* --- printing ------------------------------------------------------------ */

/* Best first: routable IPv4, other IPv6, then link-local ones. */
static int rank(const struct addr *a)
{
    return (addr_link_local(a) ? 2 : 0) + (a->family == ADDR_V6);
}

static int by_rank(const void *a, const void *b)
{
    const struct answer *x = a, *y = b;
    int d = rank(&x->addr) - rank(&y->addr);

    if (d == 0)
        d = memcmp(x->addr.b, y->addr.b, sizeof x->addr.b);
    return d != 0 ? d : strcmp(x->iface, y->iface);
}

static void print_json(struct resolve *r, const struct item *it,
                       const struct answer *a, const char *addr)
{
    struct text *t = r->out.to;

    out_json_open(t, r->by_address ? "name" : "address");
    out_json_str(t, "iface", a->iface);
    out_json_name(t, "name", r->by_address ? &a->name : &it->name);
    out_json_str(t, "address", addr);
    out_json_num(t, "ttl", a->ttl_s);
    out_json_close(t);
}

static void print(struct resolve *r, const struct item *it,
                  const struct answer *a)
{
    bool avahi = r->out.form == OUT_AVAHI;
    bool both = avahi || r->s.cli->verbose > 0 || r->count > 1;
    char buf[ADDR_TEXT_MAX];
    const char *addr = os_addr_text(&a->addr, avahi ? NULL : a->iface, buf);

    if (r->out.form == OUT_JSON) {
        print_json(r, it, a, addr);
        return;
    }
    if (r->by_address) {
        if (both)
            text_fmt(r->out.to, "%s\t", it->text);
        text_name(r->out.to, &a->name);
    } else {
        if (both)
            text_fmt(r->out.to, "%n\t", &it->name);
        text_str(r->out.to, addr);
    }
    text_str(r->out.to, "\n");
}

/* "host NAME", "port N", "address A", "txt KEY=VALUE": one fact a line. */
static void print_instance(struct resolve *r, const struct found *f)
{
    const struct dnssd_event *ev = &f->ev;
    struct text *t = r->out.to;
    char buf[ADDR_TEXT_MAX];
    const uint8_t *s;
    uint8_t n;
    size_t pos = 0;

    text_fmt(t, "host %n\nport %u\n", &ev->host, (unsigned)ev->port);
    for (unsigned i = 0; i < ev->addr_count; i++)
        text_fmt(t, "address %s\n",
                 os_addr_text(&ev->addrs[i], f->iface, buf));
    while (dnssd_txt_next(ev->txt, ev->txt_len, &pos, &s, &n))
        text_fmt(t, "txt %b\n", (const void *)s, (size_t)n);
}

static void print_instances(struct resolve *r)
{
    struct found **list = found_sorted(&r->found);

    for (size_t i = 0; list != NULL && i < r->found.count; i++) {
        if (r->out.form == OUT_JSON)
            out_json_found(r->out.to, "add", list[i], NULL);
        else if (r->out.form == OUT_AVAHI)
            out_avahi_row(r->out.to, '=', list[i]->iface,
                          (list[i]->ev.families & ADDR_V4) != 0 ? ADDR_V4
                                                                : ADDR_V6,
                          &list[i]->ev);
        else if (i == 0 || r->all)
            print_instance(r, list[i]);
    }
    free(list);
}

static void say_none(const struct resolve *r, const struct item *it)
{
    if (r->s.cli->quiet || r->s.signo != 0 || !r->s.link_seen)
        return;
    if ((it->denied & r->families) == r->families && !r->by_address &&
        !r->instance)
        cli_say("E111: %n exists, but has no such address; try it without "
                "-4 and -6", &it->name);
    else
        cli_say("E110: nobody answers for %s; check that it is up and on this "
                "link, or wait longer with -T", it->text);
}

static bool at_end(void *ctx)
{
    struct resolve *r = ctx;
    uint64_t found = 0;

    for (unsigned i = 0; i < r->count; i++) {
        struct item *it = &r->item[i];

        found += it->count > 0;
        if (it->count == 0)
            say_none(r, it);
        else if (!r->instance)
            sort(it->answer, it->count, sizeof *it->answer, by_rank);
        for (unsigned k = 0; k < it->count && !r->instance; k++)
            print(r, it, &it->answer[k]);
    }
    if (r->instance)
        print_instances(r);
    if (r->out.form == OUT_JSON)
        out_json_end(r->out.to, r->s.reason, found);
    return found > 0;
}

/* --- the command line ---------------------------------------------------- */

static bool parse_name(struct item *it, struct cli *cli, unsigned col)
{
    struct addr a;
    const char *why;

    if (os_addr_parse(it->text, &a)) {
        report_at(&cli->report, col, "E026",
                  "read \"%s\", expected a name; its name is found with: "
                  "crier resolve -a %s", it->text, it->text);
        return false;
    }
    why = conf_host_name(it->text, true, &it->name);
    if (why == NULL)
        return true;
    report_at(&cli->report, col, "E025",
              "read name \"%s\": %s; expected a name like nas or nas.local",
              it->text, why);
    return false;
}

/* RFC 1035 section 3.5 and RFC 3596 section 2.5. */
static void reverse_name(const struct addr *a, struct name *out)
{
    static const struct name v4 = {14, "\7in-addr\4arpa"};
    static const struct name v6 = {10, "\3ip6\4arpa"};
    static const char hex[] = "0123456789abcdef";
    char buf[3];

    *out = a->family == ADDR_V4 ? v4 : v6;
    for (unsigned i = 0; i < addr_len(a); i++) {
        uint8_t b = a->b[i];
        struct text t = text_memory(buf, sizeof buf);

        if (a->family == ADDR_V4) {
            text_num(&t, b);
            (void)name_prepend(out, buf, t.len);
        } else {
            (void)name_prepend(out, &hex[b >> 4], 1);
            (void)name_prepend(out, &hex[b & 15], 1);
        }
    }
}

static bool parse_addr(struct item *it, struct cli *cli, unsigned col)
{
    char buf[ADDR_TEXT_MAX] = "";
    size_t len = strcspn(it->text, "%");
    const char *zone = it->text[len] == '%' ? it->text + len + 1 : "";

    if (len < sizeof buf)
        memcpy(buf, it->text, len);
    if (!os_addr_parse(buf, &it->addr) || strlen(zone) >= sizeof it->zone) {
        report_at(&cli->report, col, "E026",
                  "read \"%s\", expected an address like 192.168.1.9 or "
                  "fe80::1%%eth0", it->text);
        return false;
    }
    memcpy(it->zone, zone, strlen(zone) + 1);
    reverse_name(&it->addr, &it->name);
    return true;
}

static bool parse_instance(struct resolve *r, struct cli *cli,
                           const unsigned *col)
{
    static const struct name local = {7, "\5local"};
    struct item *it = &r->item[0];
    enum dnssd_type_err err = dnssd_type_parse(r->item[1].text, false,
                                               &r->type);
    size_t len = strlen(it->text);

    if (err != DNSSD_TYPE_OK) {
        report_at(&cli->report, col[1], "E020",
                  "read type \"%s\": %s; expected _name._tcp or _name._udp",
                  r->item[1].text, dnssd_type_error(err));
        return false;
    }
    it->name = r->type.base;
    if (name_append(&it->name, &local) &&
        name_prepend(&it->name, it->text, len))
        return true;
    report_at(&cli->report, col[0], "E021",
              "read instance \"%s\", expected 1 to 63 bytes", it->text);
    return false;
}

static const struct cli_opt opts[] = {
    {'n', true, false, "name"},
    {'a', true, false, "address"},
    {'A', false, false, "all"},
};

static bool options(struct resolve *r, struct cli *cli, unsigned *col)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        switch (o) {
        case 'a':
            r->by_address = true;
            break;
        case 'n':
            r->by_address = false;
            break;
        case 'A':
            r->all = true;
            break;
        case CLI_WORD:
            if (r->count == WORDS_MAX) {
                report_at(&cli->report, cli_col(cli), "E005",
                          "read \"%s\", expected at most %u words", value,
                          (unsigned)WORDS_MAX);
                return false;
            }
            col[r->count] = cli_col(cli);
            r->item[r->count++].text = value;
            break;
        default:
            return false;
        }
    }
    if (r->count > 0)
        return true;
    report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
              "expected a name or an address, as in: crier resolve nas.local");
    return false;
}

static bool parse(struct resolve *r, struct cli *cli)
{
    unsigned col[WORDS_MAX];

    if (!options(r, cli, col))
        return false;
    if (!r->by_address && r->count == 2 && r->item[1].text[0] == '_') {
        r->instance = true;
        if (!parse_instance(r, cli, col))
            return false;
        r->count = 1;
        return true;
    }
    for (unsigned i = 0; i < r->count; i++)
        if (!(r->by_address ? parse_addr(&r->item[i], cli, col[i])
                            : parse_name(&r->item[i], cli, col[i])))
            return false;
    return true;
}

static void start(struct resolve *r, struct item *it)
{
    struct dnssd *d = loop_dnssd(r->s.loop);
    uint64_t now_ms = loop_now_ms(r->s.loop);

    if (r->instance)
        dnssd_resolve(d, now_ms, &it->name, LINKS_ALL, it);
    else if (r->by_address)
        dnssd_query(d, now_ms, &it->name, RR_PTR, LINKS_ALL, it);
    else
        dnssd_lookup(d, now_ms, &it->name, r->families, LINKS_ALL, it);
}

static int run(struct cli *cli)
{
    static struct resolve r;
    struct loop_config lc;
    int status;

    if (!parse(&r, cli))
        return CLI_USAGE;
    /* -4 and -6 are about the addresses here, as in avahi-resolve. */
    r.families = cli->families != 0 ? cli->families : ADDR_V4 | ADDR_V6;
    cli->families = 0;
    r.out = cli_out(cli);
    r.s.cli = cli;
    r.s.ctx = &r;
    r.s.event = on_event;
    r.s.tick = on_tick;
    r.s.max_ms = cli->has_timeout ? cli->timeout_ms : TIMEOUT_MS;
    session_config(cli, &lc);
    status = session_open(&r.s, &lc);
    if (status != CLI_OK)
        return status;
    for (unsigned i = 0; i < r.count; i++)
        start(&r, &r.item[i]);
    return session_run(&r.s, at_end);
}

const struct cli_verb cmd_resolve = {
    .name = "resolve",
    .run = run,
    .common = "i46jpTqvO",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-n] [--all] NAME...\n"
             "       crier resolve -a ADDRESS...\n"
             "       crier resolve INSTANCE TYPE",
    .help =
        "Print the addresses of hosts, best first; \"nas\" means nas.local.\n"
        "With -a the names of addresses; with an instance and its type its\n"
        "host, port, addresses and TXT. Gives up after 5 s (-T).\n"
        "\n"
        "  -4, -6          only such addresses\n"
        "  -n, --name      words are names (the default)\n"
        "  -a, --address   words are addresses\n"
        "      --all       wait for all answers until the time is up\n"
        "  -v              the word that was asked for, a tab, the answer\n",
};
