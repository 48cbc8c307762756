/*
 * cmd_nodes.c - crier nodes: which machines are there, and which are not
 *
 * What it tells is what the machines say of themselves: a hint, no proof.
 */
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "nodes.h"
#include "peers.h"

enum {
    REDRAW_MS = 250,
    AGES_MS = 1000, /* the ages are redrawn */
    EXPECT_MOST = 4096,
    LEAST_MS = 2000,
    QUIET_MS = 1000,
    MOST_MS = 5000,
};

struct nodes_verb {
    struct session s;
    struct out out;
    struct dnssd_type type;
    struct node_wanted wanted;
    struct peers *peers; /* NULL: everybody is asked */
    uint32_t expect;     /* 0: not given */
    bool watch, words;
    struct found_set found;
    uint64_t redraw_ms;
    bool dirty;
    uint8_t taken[EXPECT_MOST / 8 + 1]; /* positions */
};

static bool redraws(const struct nodes_verb *v)
{
    return v->out.form == OUT_TEXT && v->watch && !v->words &&
           v->out.terminal;
}

/* --- who is missing --------------------------------------------------------- */

static bool is_taken(const struct nodes_verb *v, uint32_t pos)
{
    return (v->taken[pos / 8] >> pos % 8 & 1) != 0;
}

/* How many of the expected positions nobody has; 0 where positions say
 * nothing: there are none, or those of several appliances. */
static uint32_t note_positions(struct nodes_verb *v, const struct nodes *n)
{
    uint32_t missing = v->expect;

    memset(v->taken, 0, sizeof v->taken);
    for (size_t i = 0; i < n->count; i++) {
        uint32_t pos = n->list[i].pos;

        if (pos == 0 || pos > v->expect || is_taken(v, pos))
            continue;
        v->taken[pos / 8] |= (uint8_t)(1 << pos % 8);
        missing--;
    }
    return n->apps > 1 || missing == v->expect ? 0 : missing;
}

/* "3, 5-7" */
static void put_missing(const struct nodes_verb *v, struct text *t,
                        bool ranges)
{
    bool first = true;

    for (uint32_t pos = 1; pos <= v->expect; pos++) {
        uint32_t end = pos;

        if (is_taken(v, pos))
            continue;
        while (ranges && end < v->expect && !is_taken(v, end + 1))
            end++;
        text_str(t, first ? "" : ranges ? ", " : ",");
        first = false;
        text_num(t, pos);
        if (end > pos) {
            text_str(t, "-");
            text_num(t, end);
        }
        pos = end;
    }
}

static void put_count(struct text *t, uint32_t n, const char *what)
{
    text_num(t, n);
    text_fmt(t, " %s%s", what, n == 1 ? "" : "s");
}

static void summary(const struct nodes_verb *v, const struct nodes *n,
                    uint32_t missing, struct text *t)
{
    put_count(t, n->distinct, "node");
    text_str(t, ", ");
    put_count(t, n->apps, "appliance");
    if (missing > 0) {
        text_str(t, "; position ");
        put_missing(v, t, true);
        text_fmt(t, " of %u missing", v->expect);
    } else if (n->distinct < v->expect) {
        text_fmt(t, "; %u of %u missing", v->expect - n->distinct, v->expect);
    }
    text_str(t, "\n");
    text_flush(t);
}

static void json_end(const struct nodes_verb *v, const struct nodes *n,
                     uint32_t missing, const char *reason)
{
    struct text *t = v->out.to;

    out_json_open(t, "end");
    out_json_str(t, "reason", reason);
    out_json_num(t, "count", n->distinct);
    if (v->expect == 0)
        out_json_null(t, "expect");
    else
        out_json_num(t, "expect", v->expect);
    text_str(t, ",\"missing\":[");
    if (missing > 0)
        put_missing(v, t, false);
    text_str(t, "]");
    out_json_close(t);
}

/* --- the whole --------------------------------------------------------------- */

/* All that is known, and whether it is what was wanted. */
static bool tell_all(struct nodes_verb *v, struct found *const *list,
                     size_t count, const char *reason)
{
    struct nodes n = {0};
    uint32_t missing = 0;
    bool ok = nodes_make(&n, list, count, &v->wanted);
    bool each = !v->watch; /* else they have been told */

    if (v->expect > 0)
        missing = note_positions(v, &n);
    for (size_t i = 0; i < n.count && each; i++) {
        if (v->out.form == OUT_JSON)
            node_json(v->out.to, "add", &n.list[i]);
        else if (v->words)
            node_words(v->out.to, NULL, &n.list[i]);
    }
    if (v->out.form == OUT_JSON)
        json_end(v, &n, missing, reason);
    else if (!v->words && (each || redraws(v)))
        nodes_table(&v->out, &n);
    if (v->expect > 0 && v->out.form == OUT_TEXT) {
        if (!v->words)
            summary(v, &n, missing, &text_out);
        else if (!v->s.cli->quiet)
            summary(v, &n, missing, &text_err);
    }
    ok = ok && (v->expect > 0 ? n.distinct >= v->expect && missing == 0
                              : n.count > 0);
    free(n.list);
    return ok;
}

static bool tell_found(struct nodes_verb *v, const char *reason)
{
    struct found **list = found_sorted(&v->found);
    bool ok = tell_all(v, list, list != NULL ? v->found.count : 0, reason);

    free(list);
    return ok;
}

/* --- as they come ------------------------------------------------------------- */

static void tell(struct nodes_verb *v, char sign, const struct node *n)
{
    const char *event = sign == '+' ? "add" : sign == '~' ? "update"
                                                         : "remove";

    if (v->out.form == OUT_JSON)
        node_json(v->out.to, event, n);
    else if (v->words)
        node_words(v->out.to, event, n);
    else
        node_line(&v->out, sign, n);
}

/* One that is not wanted any longer is gone. */
static void follow(struct nodes_verb *v, struct found *f, bool here,
                   bool changed)
{
    struct node n;
    bool was = f->shown != 0;

    if (!v->watch || redraws(v))
        return;
    nodes_one(&n, f, &v->found);
    here = here && node_is_wanted(&n, &v->wanted);
    f->shown = here;
    if (here != was)
        tell(v, here ? '+' : '-', &n);
    else if (here && changed)
        tell(v, '~', &n);
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct nodes_verb *v = ctx;
    struct found *f = NULL;
    enum found_news news;

    if (ev->kind > DNSSD_LOST)
        return;
    session_news(&v->s);
    v->dirty = true;
    if (ev->kind == DNSSD_LOST) {
        f = found_get(&v->found, ev);
        if (f == NULL)
            return;
        follow(v, f, false, true);
        found_remove(&v->found, f);
        return;
    }
    news = found_put(&v->found, ev, session_iface(&v->s, ev->link), &f);
    if (news == FOUND_NO_MEMORY)
        return;
    if (news == FOUND_NEW)
        f->since_ms = loop_now_ms(v->s.loop);
    follow(v, f, true, news != FOUND_SAME);
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct nodes_verb *v = ctx;
    uint64_t next_ms = v->redraw_ms + (v->dirty ? REDRAW_MS : AGES_MS);

    if (!redraws(v))
        return;
    if (now_ms >= next_ms) {
        v->dirty = false;
        v->redraw_ms = now_ms;
        next_ms = now_ms + AGES_MS;
        text_str(v->out.to, "\033[H\033[J");
        (void)tell_found(v, "");
        text_flush(v->out.to);
    }
    v->s.wake_ms = next_ms;
}

static bool at_end(void *ctx)
{
    struct nodes_verb *v = ctx;

    if (redraws(v))
        text_str(v->out.to, "\033[H\033[J");
    return tell_found(v, v->s.reason);
}

/* --- the verb ------------------------------------------------------------------ */

static const struct cli_opt opts[] = {
    {'w', true, false, "watch"}, {'o', true, true, "output"},
    {'Y', false, true, "type"},  {'A', false, true, "appliance"},
    {'N', false, false, "new"},  {'E', false, true, "expect"},
    {'P', false, true, "peer"},
};

static bool set_type(struct nodes_verb *v, struct cli *cli, const char *text)
{
    enum dnssd_type_err err = dnssd_type_parse(text, false, &v->type);

    if (err == DNSSD_TYPE_OK)
        return true;
    report_at(&cli->report, cli_col(cli), "E020",
              "read type \"%s\": %s; expected _name._tcp or _name._udp", text,
              dnssd_type_error(err));
    return false;
}

static bool set_form(struct nodes_verb *v, struct cli *cli, const char *text)
{
    v->words = strcmp(text, "keyvalue") == 0;
    if (v->words || strcmp(text, "table") == 0)
        return true;
    report_at(&cli->report, cli_col(cli), "E004",
              "read \"%s\", expected keyvalue or table", text);
    return false;
}

static bool take(struct nodes_verb *v, struct cli *cli, int o,
                 const char *value)
{
    switch (o) {
    case 'w':
        v->watch = true;
        break;
    case 'Y':
        return set_type(v, cli, value);
    case 'N':
        v->wanted.fresh = true;
        break;
    case 'A':
        v->wanted.app = value;
        break;
    case 'E':
        return cli_number(cli, value, 1, EXPECT_MOST, &v->expect);
    case 'o':
        return set_form(v, cli, value);
    case 'P':
        if (v->peers == NULL)
            v->peers = peers_new();
        return v->peers != NULL && peers_add(v->peers, cli, value);
    case CLI_WORD:
        report_at(&cli->report, cli_col(cli), "E005",
                  "read \"%s\", expected options only", value);
        return false;
    default:
        return false;
    }
    return true;
}

static bool options(struct nodes_verb *v, struct cli *cli)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END)
        if (!take(v, cli, o, value))
            return false;
    if (v->peers == NULL || !v->watch)
        return true;
    report_at(&cli->report, 1, "E004", "--peer asks once, and -w goes on; "
                                       "leave out one of them");
    return false;
}

static int ask_peers(struct nodes_verb *v, const struct cli *cli)
{
    struct found **list;
    size_t count;
    bool ok;

    v->wanted.apart = true;
    peers_ask(v->peers, &v->type, cli->has_timeout ? cli->timeout_ms : MOST_MS,
              cli->quiet);
    list = peers_found(v->peers, &count);
    ok = tell_all(v, list, count, "done");
    free(list);
    return ok ? CLI_OK : CLI_NONE;
}

static int run(struct cli *cli)
{
    static struct nodes_verb v;
    struct loop_config lc;
    struct name local;
    int status;

    (void)dnssd_type_parse(IDENTITY_TYPE, false, &v.type);
    v.s.cli = cli;
    if (!options(&v, cli))
        return CLI_USAGE;
    v.out = cli_out(cli);
    if (v.peers != NULL)
        return ask_peers(&v, cli);
    v.s.asks = true;
    v.s.ctx = &v;
    v.s.event = on_event;
    v.s.tick = on_tick;
    if (!v.watch) {
        v.s.min_ms = LEAST_MS;
        v.s.quiet_ms = QUIET_MS;
        v.s.max_ms = MOST_MS;
    }
    if (cli->has_timeout)
        v.s.max_ms = cli->timeout_ms;
    session_config(cli, &lc);
    status = session_open(&v.s, &lc);
    if (status != CLI_OK)
        return status;
    (void)name_from_text("local", &local, NULL);
    session_browse(&v.s, &v.type, &local, DNSSD_RESOLVE, NULL);
    return session_run(&v.s, at_end);
}

const struct cli_verb cmd_nodes = {
    .name = "nodes",
    .run = run,
    .common = "i46sjTqvO",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-w] [--new] [--appliance ID] [--expect N] [--type TYPE]\n"
             "                   [-o keyvalue] [--peer ADDR|FILE]...",
    .help =
        "Show the machines that say what they are (\"identity yes\"): when\n"
        "nothing new has come for 1 s, after 2 s at least and 5 s at most.\n"
        "\n"
        "      --new           such as belong to nobody yet\n"
        "      --appliance ID  such as belong to that appliance\n"
        "      --expect N      tell which of N are missing, and exit with 1\n"
        "                      unless all are there\n"
        "      --type TYPE     other services than " IDENTITY_TYPE "\n"
        "  -o, --output FORM   keyvalue: words, one machine a line; or table\n"
        "  -w, --watch         keep a table up to date, or tell what comes and "
        "goes\n"
        "      --peer ADDR     ask this host alone, by unicast; repeat, or give\n"
        "                      a FILE of addresses\n",
};
