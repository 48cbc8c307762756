/*
 * cmd_run.c - crier run: publish what the configuration says until told to
 * stop; and crier check, which only reads it
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/identity.h"
#include "crier/log.h"
#include "crier/notify.h"
#include "contain.h"
#include "demo.h"
#include "detach.h"
#include "files.h"
#include "image.h"
#include "serve.h"

enum { WAITING_MS = 500, NAME_LOOK_MS = 2000 };

struct run {
    struct loop *loop;
    const struct cli *cli;
    struct conf conf;
    struct pub *pub;
    struct pub_search search;
    struct identity_node node;
    const char *image; /* the root of one to be checked instead; or NULL */
    struct demo *demo; /* NULL: none */
    struct serve *serve; /* NULL: no control socket */
    struct files files;
    struct notify notify;
    int name_fd; /* tells of a new host name of the system; -1: none */
    uint64_t name_ms; /* when to look for one again without it */
    bool told; /* the service manager knows name and interfaces as they are */
    const char *file;  /* NULL: the usual one */
    bool check;
    bool detaches;
    const char *pidfile; /* NULL: none */
    struct detach detach;
    bool demo_wanted;
    bool link_seen;
    uint64_t waiting_ms; /* when to say that there is no link; 0: said */
    int status;
};

/* A peer may go on contending for ever. */
static bool may_say(const struct run *r, const struct dnssd_event *ev)
{
    return (ev->state != CLAIM_CONFLICT && ev->state != CLAIM_RENAMED) ||
           log_peer(&ev->source, loop_now_ms(r->loop));
}

static void stop(struct run *r)
{
    notify_send(&r->notify, "STOPPING=1");
    loop_stop(r->loop, true);
}

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct run *r = ctx;
    char buf[1024];
    struct text line = text_memory(buf, sizeof buf);

    if (ev->kind != DNSSD_SERVICE && ev->kind != DNSSD_HOST) {
        if (r->demo != NULL)
            demo_event(r->demo, ev);
        else if (r->serve != NULL)
            serve_event(r->serve, ev);
        return;
    }
    if (r->serve != NULL)
        serve_event(r->serve, ev);
    files_event(&r->files, ev);
    r->told &= ev->kind != DNSSD_HOST;
    if (pub_describe(loop_link_name(r->loop, ev->link), ev, &line) <=
            r->conf.level && may_say(r, ev))
        cli_say("%s", text_end(&line));
    line = text_memory(buf, sizeof buf);
    if (pub_searching(&r->search, ev, loop_now_ms(r->loop), &line))
        cli_say("%s", text_end(&line));
    if (ev->kind == DNSSD_HOST && ev->state == CLAIM_FAILED &&
        ev->cookie != NULL) { /* which a client's has not */
        r->status = CLI_CONFLICT; /* nothing stands without its host */
        stop(r);
    }
}

static void on_link(void *ctx, unsigned link, enum loop_link_event what,
                    int err)
{
    struct run *r = ctx;

    r->link_seen |= what == LOOP_LINK_UP;
    r->told = false;
    cli_say_link(loop_link_name(r->loop, link), what, err, r->conf.level);
    pub_link(r->pub, link, what);
    if (r->serve != NULL)
        serve_link(r->serve, link, what);
    if (r->demo != NULL && what == LOOP_LINK_UP)
        demo_link(r->demo, link);
}

/* One line on the whole for the service manager. */
static void tell_status(struct run *r)
{
    char buf[1100];
    struct text t = text_memory(buf, sizeof buf);
    unsigned links = loop_link_count(r->loop);
    struct name host;

    r->told = true;
    pub_host_name(r->pub, &host);
    text_str(&t, "STATUS=");
    if (name_labels(&host) > 0)
        text_fmt(&t, "%n on ", &host);
    text_fmt(&t, "%u interface%s", links, links == 1 ? "" : "s");
    notify_send(&r->notify, text_end(&t));
}

/* Earliest of two times, where 0 is none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void on_hostname(void *ctx);

/* Without /proc nothing tells of a new host name; a look at it when awake
 * anyway does, and costs no sleep. */
static void look_at_hostname(struct run *r, uint64_t now_ms)
{
    if (!r->conf.host_auto || r->name_fd >= 0 || now_ms < r->name_ms)
        return;
    r->name_ms = now_ms + NAME_LOOK_MS;
    on_hostname(r);
}

/* All sockets are open by now. */
static void go_on_alone(struct run *r)
{
    if (r->detach.done_fd < 0)
        return;
    if (!detach_done(&r->detach, r->conf.log == CONF_LOG_STDERR))
        loop_stop(r->loop, true);
    log_detached();
}

/* Nothing is wrong with starting before the network does, but say so. */
static void on_tick(void *ctx, uint64_t now_ms)
{
    struct run *r = ctx;
    uint64_t due = notify_tick(&r->notify, now_ms);
    bool waits = r->waiting_ms != 0 && !r->link_seen;

    due = earlier(due, pub_tick(r->pub, now_ms));
    due = earlier(due, files_tick(&r->files, now_ms));
    due = earlier(due, log_tick(now_ms));
    if (r->serve != NULL)
        due = earlier(due, serve_tick(r->serve, now_ms));

    look_at_hostname(r, now_ms);
    go_on_alone(r);
    if (!r->told)
        tell_status(r);
    if (waits && now_ms < r->waiting_ms)
        due = earlier(due, r->waiting_ms);
    if (due != 0)
        loop_set_deadline(r->loop, due);
    if (!waits || now_ms < r->waiting_ms)
        return;
    r->waiting_ms = 0;
    if (r->conf.level >= CONF_WARN)
        cli_say("W206: no usable interface yet: none that is up, can "
                "multicast and has an address; waiting for one");
}

/* SIGUSR1: what was sent, heard and dropped so far. */
static void say_counters(const struct run *r)
{
    const struct engine_stats *st = engine_stats(loop_engine(r->loop));
    uint64_t rx = 0, tx = 0;

    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        rx += st->rx_packets[0][i] + st->rx_packets[1][i];
        tx += st->tx_packets[0][i] + st->tx_packets[1][i];
    }
    cli_say("heard %U packets, sent %U; %u own records, %u cached; "
            "%U conflicts, %U renames; %U of %U bytes used",
            rx, tx, (unsigned)st->own_records, (unsigned)st->cached_records,
            st->conflicts, st->renames, (uint64_t)st->memory_used,
            (uint64_t)st->memory_size);
    for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
        if (st->dropped[i] > 0)
            cli_say("dropped, %s: %U", engine_drop_text((enum drop_reason)i),
                    st->dropped[i]);
}

static const char *conf_file(const struct run *r)
{
    const char *env = getenv("CRIER_CONFIG");

    return r->file != NULL ? r->file : env != NULL ? env : CONF_FILE;
}

/* The configuration file, and over it what the command line says. */
static bool configure(const struct run *r, struct conf *c,
                      struct text *errors)
{
    const struct cli *cli = r->cli;
    struct report report = {.to = &text_err, .also = errors};
    bool usual = r->file == NULL && getenv("CRIER_CONFIG") == NULL;

    conf_default(c);
    if (r->demo_wanted && usual)
        c->dir_count = 0;
    else if (!conf_read(c, conf_file(r), usual && r->conf.chroot[0] == '\0',
                        &report))
        return false;
    if (cli->families != 0)
        c->families = cli->families;
    if (cli->glob_count > 0 &&
        !conf_set_globs(c, cli->globs, cli->glob_count)) {
        cli_say("E041: cannot start: no memory; free some");
        return false;
    }
    if (cli->quiet)
        c->level = CONF_ERROR;
    else if (cli->verbose > 0)
        c->level = CONF_DEBUG;
    conf_system(c, c != &r->conf ? &r->conf : NULL);
    return true;
}

/* The identity as it is now; false after a report. */
static bool identify(struct run *r, struct report *report)
{
    bool whole;
    bool ok = identity_publish(&r->node, r->pub, &r->conf, report, &whole);

    if (!whole)
        cli_say("W212: the identity is too long, some fields are left out; "
                "list fewer in identity-fields");
    return ok;
}

/* The kernel wakes up who watches for a new name in any container of the
 * machine; one whose name is given sleeps on. */
static void watch_hostname(struct run *r)
{
    loop_fd_exception(r->loop, r->conf.host_auto ? r->name_fd : -1,
                      on_hostname, r);
}

/* The files as they are now, and only what differs. */
static bool reload(void *ctx, struct text *errors, struct pub_changes *to)
{
    static struct conf next;
    struct run *r = ctx;
    struct report report = {
        .to = &text_err, .also = errors, .file = conf_file(r)};
    struct pub_changes done = {false};
    bool ok = configure(r, &next, errors);

    if (ok) {
        ok = conf_keep_fixed(&r->conf, &next, &report);
        ok &= pub_reload(r->pub, &next, &report, &done);
        if (done.applied) { /* sockets stay what they are */
            struct conf_guest *guests = next.guests;

            next.guests = r->conf.guests;
            r->conf.guests = guests;
            ok &= identify(r, &report);
            watch_hostname(r);
        }
    }
    conf_clear(&next);
    done.whole = ok;
    if (r->serve != NULL)
        serve_reloaded(r->serve, &done);
    *to = done;
    r->files.reload_failed = !ok;
    if (!done.applied)
        cli_say("E061: not reloaded: nothing has changed; correct the files "
                "and try again");
    else if (r->conf.level >= CONF_INFO)
        cli_say("reloaded: %u services; %u new, %u updated, %u withdrawn",
                done.services, done.added, done.updated, done.withdrawn);
    return ok;
}

static void on_signal(void *ctx, int signo)
{
    struct run *r = ctx;
    struct pub_changes done;

    if (signo == SIGUSR1) {
        say_counters(r);
    } else if (signo == SIGHUP) {
        notify_reloading(&r->notify, loop_now_ms(r->loop));
        reload(r, NULL, &done);
    } else if (signo == SIGINT || signo == SIGTERM) {
        if (r->conf.level >= CONF_INFO)
            cli_say("withdrawing all names");
        stop(r);
    }
}

/* Services are named after the host as their files say, so read these. */
static void on_hostname(void *ctx)
{
    struct run *r = ctx;
    struct conf c = {0};
    struct pub_changes done;
    struct name was, now;

    conf_system(&c, &r->conf);
    pub_wished_name(&c, &now);
    pub_wished(r->pub, &was);
    if (now.len == was.len && memcmp(now.wire, was.wire, was.len) == 0)
        return;
    if (r->conf.level >= CONF_INFO)
        cli_say("the system's host name is \"%s\" now", c.host_label);
    reload(r, NULL, &done);
}

/* --- set up -------------------------------------------------------------- */

static const struct cli_opt run_opts[] = {
    {'c', true, true, "config"},
    {'K', false, false, "check"},
    {'D', false, false, "demo"},
    {'B', false, false, "detach"},
    {'P', false, true, "pidfile"},
};

static const struct cli_opt check_opts[] = {
    {'c', true, true, "config"},
    {'I', false, true, "image"},
};

static bool options(struct run *r, struct cli *cli)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        switch (o) {
        case 'c':
            r->file = value;
            break;
        case 'K':
            r->check = true;
            break;
        case 'D':
            r->demo_wanted = true;
            break;
        case 'I':
            r->image = value;
            break;
        case 'B':
            r->detaches = true;
            break;
        case 'P':
            r->pidfile = value;
            break;
        case CLI_WORD:
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected options only", value);
            return false;
        default:
            return false;
        }
    }
    if (r->pidfile != NULL && !r->detaches) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "--pidfile is of use with --detach only");
        return false;
    }
    if (r->detaches && (r->demo_wanted || r->check)) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "nobody would see the output with --detach");
        return false;
    }
    return true;
}

/* All names and services, silent so far; false after reports. */
static bool publish(struct run *r, bool quiet)
{
    struct report report = {.to = &text_err, .file = conf_file(r)};
    unsigned count = 0;

    r->pub = pub_new(r->loop, &r->conf, true, &report);
    if (r->pub == NULL ||
        !pub_directories(r->pub, &report, &count) || !identify(r, &report))
        return false;
    if (r->check && !quiet)
        text_fmt(&text_out, "%u service%s, no errors\n", count,
                 count == 1 ? "" : "s");
    text_flush(&text_out);
    return true;
}

/* Who asked for control sockets is told when there are none. */
static void open_control(struct run *r)
{
    struct serve_hooks hooks = {r, reload};
    const char *path = r->conf.socket;

    if (serve_new != NULL)
        r->serve = serve_new(r->loop, r->pub, &r->conf, &hooks);
    else if ((path[0] != '\0' && strcmp(path, CONF_SOCKET) != 0) ||
             r->conf.guests != NULL)
        cli_say("W208: no control socket: this crier was built without; "
                "take one that was built with \"serve\"");
}

static int go(struct run *r, struct cli *cli)
{
    struct loop_hooks hooks = {
        .ctx = r,
        .event = on_event,
        .link = on_link,
        .tick = on_tick,
        .signal = on_signal,
    };
    struct loop_config lc;
    int err = 0;

    identity_start(&r->node, &r->conf);
    conf_loop(&r->conf, &lc);
    r->loop = loop_new(&lc, &hooks, &err);
    if (r->loop == NULL) {
        cli_say("E041: cannot start: %e; with less memory set lower limits "
                "in crier.conf", err);
        return CLI_SYSTEM;
    }
    if (!publish(r, cli->quiet))
        return CLI_USAGE;
    if (r->check)
        return CLI_OK;
    if (r->demo_wanted) {
        struct out out = cli_out(cli);

        r->demo = demo_new(r->loop, r->pub, &r->conf, &out);
        if (r->demo == NULL)
            return CLI_SYSTEM;
    }
    if (r->demo == NULL)
        open_control(r);
    notify_open(&r->notify);
    r->name_fd = os_hostname_watch();
    watch_hostname(r);
    if (r->conf.allmulti && (err = os_allmulti_open()) < 0)
        cli_say("W209: cannot have all multicast let in: %e; give crier "
                "CAP_NET_RAW, or leave \"allmulti\" out", err);
    if (!contain(&r->conf, pub_box(r->pub)))
        return CLI_SYSTEM;
    r->files = (struct files){.loop = r->loop, .pub = r->pub,
                              .serve = r->serve, .conf = &r->conf};
    files_start(&r->files);
    r->waiting_ms = loop_now_ms(r->loop) + WAITING_MS;
    loop_run(r->loop);
    files_stop(&r->files);
    return r->status;
}

static int start(struct run *r, struct cli *cli)
{
    int status;

    r->cli = cli;
    if (!options(r, cli))
        return CLI_USAGE;
    if (r->image != NULL)
        return image_check(r->image, cli->quiet);
    r->detach.done_fd = -1;
    if (r->detaches && !detach_begin(&r->detach, r->pidfile))
        return CLI_SYSTEM;
    if (!r->check)
        log_open(&r->conf, false); /* errors in the files are to be seen, too */
    if (!configure(r, &r->conf, NULL))
        return CLI_USAGE;
    if (!r->check)
        log_open(&r->conf, r->detaches);
    if (r->detaches && conf_file(r)[0] == '/' && chdir("/") < 0)
        cli_say("cannot leave the directory: %e", -errno);
    status = go(r, cli);
    if (r->serve != NULL)
        serve_free(r->serve);
    if (r->pub != NULL)
        pub_free(r->pub);
    loop_free(r->loop);
    conf_clear(&r->conf);
    return status;
}

static int run(struct cli *cli)
{
    static struct run r;

    return start(&r, cli);
}

static int check(struct cli *cli)
{
    static struct run r; /* no initializer: that is 1.5 KB of zeros */

    r.check = true;
    return start(&r, cli);
}

const struct cli_verb cmd_run = {
    .name = "run",
    .run = run,
    .common = "i46qvO",
    .opts = run_opts,
    .opt_count = sizeof run_opts / sizeof run_opts[0],
    .usage = "[-c FILE] [--check] [--demo] [--detach [--pidfile FILE]]",
    .help =
        "Publish this host and its services until SIGTERM or SIGINT. SIGHUP\n"
        "reads the files again.\n"
        "\n"
        "  -c, --config FILE  instead of " CONF_FILE "\n"
        "      --check        only read the files\n"
        "      --demo         without configuration: publish this host and an\n"
        "                     example service, and list what others offer\n"
        "      --detach       go into the background once all sockets are open\n"
        "      --pidfile FILE write the number of that process there\n",
};

const struct cli_verb cmd_check = {
    .name = "check",
    .run = check,
    .common = "q",
    .opts = check_opts,
    .opt_count = sizeof check_opts / sizeof check_opts[0],
    .usage = "[-q] [-c FILE | --image ROOT]",
    .help = "Read configuration and service files and say what is wrong in "
            "them.\n"
            "\n"
            "      --image ROOT  look instead for what belongs to one machine "
            "in the image\n"
            "                    of many that lies below ROOT\n",
};
