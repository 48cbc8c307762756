/*
 * cmd_wait.c - crier wait: for services to be there, or the daemon to be ready
 */
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "nodes.h"

enum { TIMEOUT_MS = 60000, MATCHES_MAX = 16 };

struct waiting {
    struct session s;
    struct dnssd_type type;
    bool has_type;
    bool nodes, has_number; /* machines, by their ids */
    uint32_t count;
    unsigned match_count;
    const char *matches[MATCHES_MAX]; /* KEY=VALUE or KEY */
    struct found_set found;
    uint32_t there;
};

/* Whether the TXT has KEY with that VALUE, or KEY at all. */
static bool matches(const struct dnssd_event *ev, const char *match)
{
    size_t key_len = strcspn(match, "=");
    char key[256];
    const uint8_t *value;
    uint8_t len;
    enum dnssd_txt_value is;

    if (key_len >= sizeof key)
        return false;
    memcpy(key, match, key_len);
    key[key_len] = '\0';
    is = dnssd_txt_get(ev->txt, ev->txt_len, key, &value, &len);
    if (is == DNSSD_TXT_ABSENT || match[key_len] == '\0')
        return is != DNSSD_TXT_ABSENT;
    match += key_len + 1;
    if (is != DNSSD_TXT_VALUE)
        return *match == '\0' && is == DNSSD_TXT_EMPTY;
    return strlen(match) == len && memcmp(match, value, len) == 0;
}

/* The same instance on several links is one. */
static uint32_t count_names(struct waiting *w)
{
    struct found **list = found_sorted(&w->found);
    uint32_t count = 0;

    for (size_t i = 0; list != NULL && i < w->found.count; i++)
        count += i == 0 ||
                 !name_equal(&list[i]->ev.name, &list[i - 1]->ev.name);
    free(list);
    return count;
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct waiting *w = ctx;
    struct found *f = found_get(&w->found, ev);
    bool wanted = ev->kind != DNSSD_LOST && ev->resolved;

    if (ev->kind > DNSSD_LOST)
        return;
    for (unsigned i = 0; i < w->match_count && wanted; i++)
        wanted = matches(ev, w->matches[i]);
    if (wanted)
        found_put(&w->found, ev, session_iface(&w->s, ev->link), &f);
    else if (f != NULL)
        found_remove(&w->found, f);
    if (!w->nodes)
        w->there = count_names(w);
    else if (w->found.count >= w->count) /* else there cannot be so many */
        w->there = nodes_distinct(&w->found);
    if (w->there >= w->count)
        session_end(&w->s, "count");
}

static bool at_end(void *ctx)
{
    struct waiting *w = ctx;

    if (w->nodes)
        w->there = nodes_distinct(&w->found);
    if (w->there >= w->count)
        return true;
    if (!w->s.cli->quiet && w->s.signo == 0 && w->s.link_seen)
        cli_say("E112: %u of %u are there", w->there, w->count);
    return false;
}

static const struct cli_opt opts[] = {
    {'N', false, true, "count"},
    {'M', false, true, "match"},
};

static bool word(struct waiting *w, struct cli *cli, const char *text)
{
    enum dnssd_type_err err;

    if (w->nodes && !w->has_number) {
        w->has_number = true;
        return cli_number(cli, text, 1, UINT32_MAX, &w->count);
    }
    if (w->has_type) {
        report_at(&cli->report, cli_col(cli), "E005",
                  "read \"%s\", expected one type", text);
        return false;
    }
    w->has_type = true;
    w->nodes = strcmp(text, "nodes") == 0;
    if (w->nodes)
        text = IDENTITY_TYPE;
    err = dnssd_type_parse(text, false, &w->type);
    if (err == DNSSD_TYPE_OK)
        return true;
    report_at(&cli->report, cli_col(cli), "E020",
              "read type \"%s\": %s; expected _name._tcp or _name._udp", text,
              dnssd_type_error(err));
    return false;
}

static bool match(struct waiting *w, struct cli *cli, const char *text)
{
    if (strcspn(text, "=") > 0 && w->match_count < MATCHES_MAX) {
        w->matches[w->match_count++] = text;
        return true;
    }
    report_at(&cli->report, cli_col(cli), "E004",
              "read \"%s\", expected KEY or KEY=VALUE, %u times at most", text,
              (unsigned)MATCHES_MAX);
    return false;
}

static bool options(struct waiting *w, struct cli *cli)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o == CLI_WORD && !word(w, cli, value))
            return false;
        if (o == 'N' && !cli_number(cli, value, 1, UINT32_MAX, &w->count))
            return false;
        if (o == CLI_BAD || (o == 'M' && !match(w, cli, value)))
            return false;
    }
    if (w->has_type)
        return true;
    report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
              "expected a type, as in: crier wait _ssh._tcp");
    return false;
}

static int run(struct cli *cli)
{
    static const struct name local = {7, "\5local"};
    static struct waiting w;
    struct loop_config lc;
    int status;

    w.count = 1;
    if (!options(&w, cli))
        return CLI_USAGE;
    w.s.cli = cli;
    w.s.asks = true;
    w.s.ctx = &w;
    w.s.event = on_event;
    w.s.max_ms = cli->has_timeout ? cli->timeout_ms : TIMEOUT_MS;
    session_config(cli, &lc);
    status = session_open(&w.s, &lc);
    if (status != CLI_OK)
        return status;
    session_browse(&w.s, &w.type, &local, DNSSD_RESOLVE, NULL);
    return session_run(&w.s, at_end);
}

const struct cli_verb cmd_wait = {
    .name = "wait",
    .run = run,
    .common = "i46sTqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[--count N] [--match KEY[=VALUE]]... TYPE | nodes [N]",
    .help = "Wait until services of that type are there, or N machines with "
            "different ids;\n60 s at most (-T), then the exit code is 1.\n"
            "\n"
            "      --count N        so many, instead of one\n"
            "      --match KEY=VALUE such as have this in their TXT; all of "
            "several\n",
};
