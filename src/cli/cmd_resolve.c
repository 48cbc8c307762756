/*
 * cmd_resolve.c - crier resolve: addresses of names, names of addresses,
 * and where a service instance is
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "crier/os.h"
#include "crier/rr.h"

enum {
    TIMEOUT_MS = 5000,
    GRACE_MS = 250, /* after the last answer, for the other family */
    ANSWERS_MAX = 64, /* of one word */
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

/* -4 and -6: no other addresses. */
static void keep_wanted(const struct resolve *r, struct dnssd_event *ev)
{
    unsigned n = 0;

    for (unsigned i = 0; i < ev->addr_count; i++)
        if ((ev->addrs[i].family & r->families) != 0)
            ev->addrs[n++] = ev->addrs[i];
    if (n == 0)
        ev->addrs[0].family = ADDR_NONE;
    ev->addr_count = n;
}

/* The same host on another link is another row; dnssd tells each once. */
static void take_instance(struct resolve *r, const struct dnssd_event *ev,
                          const char *iface)
{
    struct found *f;

    if (!ev->resolved ||
        found_put(&r->found, ev, iface, &f) == FOUND_NO_MEMORY)
        return;
    keep_wanted(r, &f->ev);
    r->item[0].count = (unsigned)r->found.count;
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct resolve *r = ctx;
    struct item *it = ev->cookie;
    const char *iface = session_iface(&r->s, ev->link);

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

void resolve_reverse(const struct addr *a, struct name *out)
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
    resolve_reverse(&it->addr, &it->name);
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
            if (r->count == RESOLVE_WORDS_MAX) {
                report_at(&cli->report, cli_col(cli), "E005",
                          "read \"%s\", expected at most %u words", value,
                          (unsigned)RESOLVE_WORDS_MAX);
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
    unsigned col[RESOLVE_WORDS_MAX];

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
    if (r->instance)
        session_resolve(&r->s, &it->name, it);
    else if (r->by_address)
        session_query(&r->s, &it->name, RR_PTR, false, it);
    else
        session_lookup(&r->s, &it->name, r->families, it);
}

static int run(struct cli *cli)
{
    static struct resolve r;
    struct loop_config lc;
    int status;

    if (!parse(&r, cli))
        return CLI_USAGE;
    /* -4 and -6 are about the addresses wanted, as in avahi-resolve, and
     * about the transport where a name is wanted. */
    r.families = cli->families != 0 ? cli->families : ADDR_V4 | ADDR_V6;
    if (!r.by_address)
        cli->families = 0;
    r.out = cli_out(cli);
    r.s.cli = cli;
    r.s.asks = true;
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
    return session_run(&r.s, resolve_print);
}

const struct cli_verb cmd_resolve = {
    .name = "resolve",
    .run = run,
    .common = "i46sjpTqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-n] [--all] NAME...\n"
             "       crier resolve -a ADDRESS...\n"
             "       crier resolve INSTANCE TYPE",
    .help =
        "Print the addresses of hosts, best first; \"nas\" means nas.local.\n"
        "With -a the names of addresses; with an instance and its type its\n"
        "host, port, addresses and TXT. Gives up after 5 s (-T).\n"
        "Of a name -4 and -6 mean addresses. With -v or several words a line\n"
        "begins with the word that was asked for, and a tab.\n"
        "\n"
        "  -n, --name      words are names (the default)\n"
        "  -a, --address   words are addresses\n"
        "      --all       wait for all answers until the time is up\n",
};
