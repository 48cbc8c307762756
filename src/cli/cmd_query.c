/*
 * cmd_query.c - crier query: any record, as zone-file text
 */
#include <string.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "crier/rr.h"

enum {
    TIMEOUT_MS = 5000,
    QUIET_MS = 1000,       /* answers to ANY come from several hosts */
    QUIET_UNIQUE_MS = 250, /* a unique RRset comes whole */
    RECONFIRM_MS = 12000,  /* what is not confirmed goes after ten seconds */
};

struct query {
    struct session s;
    struct out out;
    bool has_name, has_type, reconfirm;
    struct name name;
    uint16_t type;
    uint64_t count;
    uint64_t denied; /* a bit for each link that says there is none */
};

/* A record that was doubted, and which nobody has confirmed. */
static void gone(struct query *q, const struct dnssd_event *ev)
{
    const char *iface = session_iface(&q->s, ev->link);

    q->count--;
    if (q->out.form == OUT_JSON) {
        out_json_record(q->out.to, "gone", iface, ev);
    } else {
        text_str(q->out.to, "; gone: ");
        rrtext_record(q->out.to, ev);
        text_str(q->out.to, "\n");
        text_flush(q->out.to);
    }
    if (q->count == 0)
        session_end(&q->s, "gone");
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct query *q = ctx;

    if (ev->kind == DNSSD_RR_DENIED) {
        q->denied |= UINT64_C(1) << ev->link;
        if (q->count == 0 && !q->s.cli->has_timeout) {
            q->s.quiet_needs_news = false;
            q->s.quiet_ms = QUIET_UNIQUE_MS;
            session_news(&q->s);
        }
        return;
    }
    if (ev->kind == DNSSD_RR_REMOVED && q->reconfirm && q->count > 0)
        gone(q, ev);
    if (ev->kind != DNSSD_RR_ADDED)
        return;
    session_news(&q->s);
    q->count++;
    if (q->out.form == OUT_JSON) {
        out_json_record(q->out.to, "record", session_iface(&q->s, ev->link), ev);
        return;
    }
    rrtext_record(q->out.to, ev);
    if (q->s.cli->verbose > 0)
        text_fmt(q->out.to, " ; %s", session_iface(&q->s, ev->link));
    text_str(q->out.to, "\n");
    text_flush(q->out.to);
}

static bool at_end(void *ctx)
{
    struct query *q = ctx;

    if (q->out.form == OUT_JSON)
        out_json_end(q->out.to, q->s.reason, q->count);
    if (q->count == 0 && q->s.link_seen && !q->s.cli->quiet &&
        q->s.signo == 0) {
        if (q->denied != 0)
            cli_say("E111: %n exists, but has no record of that type; ask "
                    "without a type to see those it has", &q->name);
        else
            cli_say("E110: nobody answers for %n; check the name, or wait "
                    "longer with -T", &q->name);
    }
    return q->count > 0;
}

static bool word(struct query *q, struct cli *cli, const char *text)
{
    size_t at = 0;

    if (!q->has_name) {
        enum name_text_err err = name_from_text(text, &q->name, &at);

        q->has_name = true;
        if (err == NAME_TEXT_OK)
            return true;
        report_at(&cli->report, cli_col(cli) + (unsigned)at, "E025",
                  "read name \"%s\": %s; expected a name like nas.local", text,
                  name_text_error(err));
        return false;
    }
    if (q->has_type) {
        report_at(&cli->report, cli_col(cli), "E005",
                  "read \"%s\", expected nothing behind the type", text);
        return false;
    }
    q->has_type = true;
    if (!rrtext_type_parse(text, &q->type)) {
        size_t count;
        const char *const *types = rrtext_types(&count);
        const char *near = report_nearest(text, types, count);

        report_at(&cli->report, cli_col(cli), "E006",
                  "read record type \"%s\", expected a type like %s or TYPE65",
                  text, near != NULL ? near : "AAAA");
        return false;
    }
    return true;
}

static int run(struct cli *cli)
{
    static struct query q;
    struct loop_config lc;
    const char *value;
    int status, o;

    q.type = RR_ANY;
    while ((o = cli_next(cli, &value)) != CLI_END) {
        q.reconfirm |= o == 'C';
        if (o == CLI_BAD || (o == CLI_WORD && !word(&q, cli, value)))
            return CLI_USAGE;
    }
    if (!q.has_name) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "expected a name, as in: crier query nas.local AAAA");
        return CLI_USAGE;
    }
    if (q.reconfirm && !q.has_type) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "--reconfirm is about records of one type; expected it "
                  "behind the name");
        return CLI_USAGE;
    }
    q.out = cli_out(cli);
    q.s.cli = cli;
    q.s.asks = true;
    q.s.ctx = &q;
    q.s.event = on_event;
    q.s.max_ms = cli->has_timeout ? cli->timeout_ms : TIMEOUT_MS;
    q.s.quiet_ms = q.type == RR_ANY || q.type == RR_PTR ? QUIET_MS
                                                        : QUIET_UNIQUE_MS;
    q.s.quiet_needs_news = true;
    session_config(cli, &lc);
    status = session_open(&q.s, &lc);
    if (status != CLI_OK)
        return status;
    if (q.reconfirm && q.s.remote != NULL) { /* else nothing is known yet */
        q.s.quiet_ms = 0;
        if (!cli->has_timeout)
            q.s.max_ms = RECONFIRM_MS;
    }
    session_query(&q.s, &q.name, q.type, q.reconfirm, NULL);
    return session_run(&q.s, at_end);
}

static const struct cli_opt opts[] = {
    {'C', false, false, "reconfirm"},
};

const struct cli_verb cmd_query = {
    .name = "query",
    .run = run,
    .common = "i46sjTqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[--reconfirm] NAME [RRTYPE]",
    .help = "Ask for records and print them as zone-file text. RRTYPE is A, "
            "AAAA, PTR,\nSRV, TXT, ... or TYPEnnn; without it: any. Ends "
            "1 s after the last answer, for\na type other than PTR after "
            "250 ms, or after 5 s (-T).\n"
            "\n"
            "      --reconfirm  doubt what a daemon knows already: for 12 s, "
            "tell what is gone\n",
};
