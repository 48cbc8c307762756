/*
 * cmd_publish.c - crier publish: one service, as long as this process or
 * the command it runs lives
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "ctl_print.h"

enum {
    GATHER_MS = 300, /* links that announce within this make one line */
    EXIT_NOT_FOUND = 127,
    EXIT_NOT_RUNNABLE = 126,
};

struct publish {
    struct session s;
    struct out out;
    struct conf conf;
    struct service service;
    struct pub *pub;
    struct pub_search search;
    bool has_name, no_rename;
    struct name name;     /* full name now */
    uint64_t announced;   /* links */
    uint64_t told;        /* ... that have been told about */
    uint64_t tell_ms;     /* when to tell; 0: nothing to tell */
    bool failed;
    int refused; /* exit code of what the daemon said; 0: nothing */
    char **command;       /* NULL: none */
    unsigned signals;     /* that came while it ran */
    pid_t child;          /* 0: none, or reaped */
    int child_status;
};

/* --- telling ------------------------------------------------------------- */

static void subject(const struct publish *p, struct text *t)
{
    const uint8_t *label = name_label(&p->name, 0);

    text_fmt(t, "\"%b\" %n port %u", (const void *)(label + 1),
             (size_t)label[0], &p->service.type.base,
             (unsigned)p->service.port);
}

static void json(struct publish *p, const char *event, unsigned link,
                 const struct addr *peer)
{
    struct text *t = p->out.to;
    const uint8_t *label = name_label(&p->name, 0);
    const char *iface = session_iface(&p->s, link);
    char buf[ADDR_TEXT_MAX];

    out_json_open(t, event);
    out_json_str(t, "iface", iface);
    out_json_bytes(t, "name", label + 1, label[0]);
    out_json_name(t, "type", &p->service.type.base);
    out_json_num(t, "port", p->service.port);
    if (peer == NULL || peer->family == ADDR_NONE)
        out_json_null(t, "peer");
    else
        out_json_str(t, "peer", os_addr_text(peer, iface, buf));
    out_json_close(t);
}

/* published "X" _http._tcp port 8080 on eth0, eth1 */
static void tell_published(struct publish *p)
{
    uint64_t fresh = p->announced & ~p->told;
    const char *between = " on ";

    p->tell_ms = 0;
    p->told |= fresh;
    if (fresh == 0 || p->s.cli->quiet || p->out.form == OUT_JSON)
        return;
    text_str(&text_err, "crier: published ");
    subject(p, &text_err);
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        if ((fresh >> i & 1) == 0)
            continue;
        text_fmt(&text_err, "%s%s", between, session_iface(&p->s, i));
        between = ", ";
    }
    text_str(&text_err, "\n");
    text_flush(&text_err);
}

static void told_by_state(struct publish *p, const struct dnssd_event *ev)
{
    uint64_t bit = UINT64_C(1) << (ev->link & 63);

    switch (ev->state) {
    case CLAIM_ANNOUNCED:
        if (p->out.form == OUT_JSON && (p->announced & bit) == 0)
            json(p, "published", ev->link, NULL);
        p->announced |= bit;
        if (p->tell_ms == 0)
            p->tell_ms = loop_now_ms(p->s.loop) + GATHER_MS;
        break;
    case CLAIM_RENAMED:
        p->announced = p->told = 0; /* under the new name it is news again */
        if (p->out.form == OUT_JSON)
            json(p, "renamed", ev->link, &ev->source);
        break;
    case CLAIM_CONFLICT:
        if (p->out.form == OUT_JSON)
            json(p, "conflict", ev->link, &ev->source);
        break;
    case CLAIM_FAILED:
        p->failed = true;
        if (p->out.form == OUT_JSON)
            json(p, "failed", ev->link, &ev->source);
        break;
    case CLAIM_PROBING:
        break;
    }
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct publish *p = ctx;
    char buf[1024];
    struct text line = text_memory(buf, sizeof buf);
    enum conf_level least = p->s.cli->quiet         ? CONF_ERROR
                            : p->s.cli->verbose > 1 ? CONF_DEBUG
                            : p->s.cli->verbose > 0 ? CONF_INFO
                                                    : CONF_WARN;

    if (ev->kind != DNSSD_SERVICE && ev->kind != DNSSD_HOST)
        return;
    if (ev->kind == DNSSD_SERVICE)
        p->name = ev->name;
    if (pub_describe(session_iface(&p->s, ev->link), ev, &line) <= least)
        cli_say("%s", text_end(&line));
    line = text_memory(buf, sizeof buf);
    if (pub_searching(&p->search, ev, loop_now_ms(p->s.loop), &line))
        cli_say("%s", text_end(&line));
    if (ev->kind == DNSSD_SERVICE)
        told_by_state(p, ev);
    else if (ev->state == CLAIM_FAILED)
        p->failed = true;
    if (p->failed)
        session_end(&p->s, "conflict");
}

/* The daemon does not take it. */
static void on_refused(void *ctx, const char *why)
{
    struct publish *p = ctx;

    p->refused = ctl_refused(why);
    session_end(&p->s, "refused");
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct publish *p = ctx;

    if (p->tell_ms != 0 && now_ms >= p->tell_ms)
        tell_published(p);
    p->s.wake_ms = p->tell_ms;
}

static void on_link(void *ctx, unsigned link, enum loop_link_event what)
{
    struct publish *p = ctx;

    if (what == LOOP_LINK_DOWN) {
        p->announced &= ~(UINT64_C(1) << link);
        p->told &= ~(UINT64_C(1) << link);
    }
    if (p->pub != NULL)
        pub_link(p->pub, link, what);
}

/* --- the command --------------------------------------------------------- */

/* vfork(): the child uses nothing of ours but the words of its command, and
 * fork() copies page tables and brings 2 KB of locks along. */
static bool start_command(struct publish *p)
{
    p->child = vfork();
    if (p->child < 0) {
        p->child = 0;
        cli_say("E043: cannot run %s: %e", p->command[0], -errno);
        return false;
    }
    if (p->child == 0) {
        sigset_t none;
        int err;

        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execvp(p->command[0], p->command);
        err = errno;
        cli_say("E043: cannot run %s: %e; check the command behind \"--\"",
                p->command[0], -err);
        _exit(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE);
    }
    return true;
}

static void on_child(void *ctx)
{
    struct publish *p = ctx;
    int status;

    if (p->child == 0 || waitpid(p->child, &status, WNOHANG) != p->child)
        return;
    p->child = 0;
    p->child_status = WIFEXITED(status) ? WEXITSTATUS(status)
                                        : CLI_SIGNAL + WTERMSIG(status);
    session_end(&p->s, "done");
}

/* While the command runs, a signal is for it; its end ends us. */
static bool on_signal(void *ctx, int signo)
{
    struct publish *p = ctx;

    if (p->child == 0)
        return false;
    /* Ctrl-C goes to the whole process group; but who says it twice, or says
     * it to us alone, means it. */
    if (signo == SIGTERM || p->signals++ > 0 || tcgetpgrp(0) != getpgrp())
        kill(p->child, signo);
    return true;
}

/* --- the command line ---------------------------------------------------- */

static const struct cli_opt opts[] = {
    {'n', true, true, "name"},         {'H', false, true, "host"},
    {'S', false, true, "sub"},         {'R', false, false, "no-rename"},
};

/* The words in order: type, port, then TXT. */
static bool word(struct publish *p, struct cli *cli, const char *text)
{
    struct report *r = &cli->report;
    unsigned col = cli_col(cli);

    if (!p->service.has_type)
        return service_type(&p->service, text, r, col);
    if (!p->service.has_port)
        return service_port(&p->service, text, r, col);
    return service_txt(&p->service, text, strlen(text), r, col);
}

static bool option(struct publish *p, struct cli *cli, int o,
                   const char *value)
{
    struct report *r = &cli->report;
    unsigned col = cli_col(cli);

    switch (o) {
    case CLI_WORD:
        return word(p, cli, value);
    case 'n':
        p->has_name = true;
        return service_name(&p->service, value, strlen(value), r, col);
    case 'H':
        return service_target(&p->service, value, r, col);
    case 'S':
        return service_subtype(&p->service, value, r, col);
    case 'R':
        p->no_rename = true;
        return true;
    default:
        return false;
    }
}

static bool options(struct publish *p, struct cli *cli)
{
    unsigned end = cli_col_of(cli, cli->argc);
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END)
        if (!option(p, cli, o, value))
            return false;
    if (cli->at < cli->argc)
        p->command = cli->argv + cli->at;
    if (p->command == NULL && strcmp(cli->argv[cli->argc - 1], "--") == 0) {
        report_at(&cli->report, end, "E005",
                  "expected a command behind \"--\"");
        return false;
    }
    if (!p->service.has_port) {
        report_at(&cli->report,
                  p->command != NULL ? cli_col_of(cli, cli->at - 1) : end,
                  "E005", "expected a %s, as in: crier publish _http._tcp 8080",
                  p->service.has_type ? "port" : "type and a port");
        return false;
    }
    return true;
}

static bool published(void *ctx)
{
    const struct publish *p = ctx;

    return p->announced != 0;
}

/* Register while nothing has been said yet. CLI_OK or the exit code. */
static int set_up(struct publish *p, struct cli *cli)
{
    struct loop_config lc, wanted;
    int status;

    conf_loop(&p->conf, &lc);
    session_config(cli, &wanted);
    lc.families = wanted.families;
    lc.ifglob_count = wanted.ifglob_count;
    memcpy(lc.ifglobs, wanted.ifglobs, sizeof lc.ifglobs);
    /* What might not fit a line is published by ourselves. */
    p->s.asks = p->service.txt_len + p->service.subtype_count * 64 <= 600;
    status = session_open(&p->s, &lc);
    if (status != CLI_OK)
        return status;
    if (session_publish(&p->s, &p->service, p->has_name, p->no_rename))
        return p->command == NULL || start_command(p) ? CLI_OK : CLI_SYSTEM;
    p->pub = pub_new(p->s.loop, &p->conf, !p->service.has_target,
                     &cli->report);
    if (p->pub != NULL && pub_service(p->pub, &p->service, &cli->report) &&
        (p->command == NULL || start_command(p)))
        return CLI_OK;
    loop_free(p->s.loop);
    return cli->report.errors > 0 ? CLI_USAGE : CLI_SYSTEM;
}

static int run(struct cli *cli)
{
    static struct publish p;
    int status;

    conf_default(&p.conf);
    if (!options(&p, cli))
        return CLI_USAGE;
    p.conf.on_conflict = p.no_rename ? CONFLICT_FAIL : CONFLICT_RENAME;
    conf_system(&p.conf, NULL);
    if (!p.has_name && !service_name(&p.service, p.conf.host_label,
                                     p.conf.host_label_len, &cli->report, 1))
        return CLI_USAGE;
    p.out = cli_out(cli);
    p.s.cli = cli;
    p.s.ctx = &p;
    p.s.event = on_event;
    p.s.tick = on_tick;
    p.s.link = on_link;
    p.s.child = on_child;
    p.s.refused = on_refused;
    p.s.changes = true;
    p.s.signal = on_signal;
    p.s.goodbye = true;
    p.s.max_ms = cli->has_timeout ? cli->timeout_ms : 0;
    status = set_up(&p, cli);
    if (status != CLI_OK)
        return status;
    status = session_run(&p.s, published);
    if (p.child != 0)
        kill(p.child, SIGTERM);
    if (!cli->quiet && !p.failed && p.announced != 0)
        cli_say("withdrawn");
    if (p.failed)
        return CLI_CONFLICT;
    if (p.refused != 0)
        return p.refused;
    return p.command != NULL && p.child == 0 ? p.child_status : status;
}

const struct cli_verb cmd_publish = {
    .name = "publish",
    .run = run,
    .common = "i46sjTqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .command = true,
    .usage = "[-n NAME] [--host HOST] [--sub SUBTYPE]... [--no-rename]\n"
             "         TYPE PORT [KEY=VALUE]... [-- COMMAND [ARG...]]",
    .help =
        "Offer a service until interrupted, or while COMMAND runs; the exit\n"
        "code is then the command's.\n"
        "\n"
        "  -n, --name NAME   name of the instance; default: this host's name\n"
        "      --host HOST   the service is on another host, as nas.local\n"
        "      --sub SUBTYPE may be repeated\n"
        "      --no-rename   if the name is taken fail with exit code 5,\n"
        "                    instead of taking another one\n",
};
