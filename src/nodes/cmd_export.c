/*
 * cmd_export.c - crier export: what is there, as a file of another program's
 *
 * A file is made anew only when the network has had its say, so that a start
 * does not empty what the last run has left, and only when something in it
 * differs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crier/os.h"
#include "export.h"
#include "gather.h"

enum {
    MOST_MS = 5000,
    PACE_MS = 500,    /* changes within this make one file */
    AGAIN_MS = 30000, /* after one that could not be written */
    ROOM_MIN = 1 << 16,
    ROOM_MAX = 1 << 26,
};

static const struct {
    char word[8];
    char type[24]; /* if none is given; "": all */
} forms[EXPORT_FORMS] = {
    [EXPORT_HOSTS] = {"hosts", ""},
    [EXPORT_ANSIBLE] = {"ansible", "_ssh._tcp"},
    [EXPORT_PROM] = {"prom", "_prometheus-http._tcp"},
    [EXPORT_SSH] = {"ssh", "_ssh._tcp"},
};

struct export {
    struct gather g;
    bool has_form;
    enum export_form form;
    const char *file;  /* NULL: standard output */
    const char *allow; /* file of names, or NULL */
    bool watch;
    bool one_host;     /* what Ansible asks for when it has no "_meta" */
    bool failed;       /* which was said */
    uint64_t due_ms;   /* when to write; 0: nothing has changed */
};

/* --- writing --------------------------------------------------------------- */

/* All that may be told of into *rows, malloced; false after a report. */
static bool collect(const struct export *x, struct export_row **rows,
                    size_t *count)
{
    struct found **list = found_sorted(&x->g.found);
    size_t list_count = list != NULL ? x->g.found.count : 0;
    size_t len = 0;
    int err = 0;
    char *allow = x->allow != NULL ? conf_slurp(x->allow, &len, &err) : NULL;

    *rows = malloc((list_count + 1) * sizeof **rows);
    *count = 0;
    for (size_t i = 0; i < list_count && *rows != NULL; i++)
        if (export_row(*rows + *count, list[i]) &&
            (x->allow == NULL ||
             export_allowed(allow, len, (*rows)[*count].host)))
            ++*count;
    free(allow);
    free(list);
    if (err != 0)
        cli_say("E082: cannot read %s: %e", x->allow, err);
    return *rows != NULL && err == 0;
}

/* Whether the file has just that. */
static bool same(const char *path, const struct text *t)
{
    size_t len;
    int err;
    char *data = conf_slurp(path, &len, &err);
    bool is = data != NULL && len == t->len &&
              memcmp(data, t->buf, len) == 0;

    free(data);
    return is;
}

/* False after a report. What is no file, as /dev/null, is not replaced. */
static bool write_out(const char *path, const struct text *t)
{
    struct stat st;
    int err = -EINVAL;

    if (path == NULL) {
        text_bytes(&text_out, t->buf, t->len);
        return true;
    }
    if (lstat(path, &st) < 0 || S_ISREG(st.st_mode))
        err = same(path, t) ? 0 : os_file_replace(path, t->buf, t->len);
    if (err != 0)
        cli_say("E083: cannot write %s: %e; it is as it was", path, err);
    return err == 0;
}

static bool export(struct export *x)
{
    struct export_row *rows;
    size_t count;
    bool ok = collect(x, &rows, &count);

    for (size_t room = ROOM_MIN; ok; room *= 2) {
        struct text t = text_memory(malloc(room), room);

        ok = t.buf != NULL && export_put(&t, x->form, rows, count) &&
             (!t.failed || room < ROOM_MAX);
        if (!ok)
            cli_say("E083: cannot write: %e", -ENOMEM);
        else if (!t.failed)
            ok = write_out(x->file, &t);
        free(t.buf);
        if (!t.failed)
            break;
    }
    free(rows);
    return ok;
}

/* --- events ---------------------------------------------------------------- */

static void on_news(void *ctx, enum gather_news what, struct found *f)
{
    struct export *x = ctx;

    (void)what;
    (void)f;
    if (x->due_ms == 0)
        x->due_ms = loop_now_ms(x->g.s.loop) + PACE_MS;
}

static uint64_t on_tick(void *ctx, uint64_t now_ms)
{
    struct export *x = ctx;

    if (!x->watch && x->g.settled)
        session_end(&x->g.s, "quiet");
    if (!x->watch || !x->g.settled)
        return 0;
    if (x->due_ms != 0 && now_ms >= x->due_ms) {
        x->failed = !export(x);
        x->due_ms = x->failed ? now_ms + AGAIN_MS : 0;
    }
    return x->due_ms;
}

static bool at_end(void *ctx)
{
    struct export *x = ctx;

    if (x->g.start_ms == 0)
        return false; /* there was no link: nothing is known */
    if (!x->watch && x->g.s.signo == 0 && !x->g.s.lost)
        x->failed = !export(x);
    return true;
}

/* --- the command line ------------------------------------------------------- */

static const struct cli_opt opts[] = {
    {'y', false, true, "type"},
    {'w', true, false, "watch"},
    {'a', false, true, "allow"},
    {'l', false, false, "list"},
    {'h', false, true, "host"},
};

static bool word(struct export *x, struct cli *cli, const char *text)
{
    if (x->has_form && x->file == NULL) {
        x->file = text;
        return true;
    }
    if (x->has_form) {
        report_at(&cli->report, cli_col(cli), "E005",
                  "read \"%s\", expected no more words", text);
        return false;
    }
    for (unsigned i = 0; i < EXPORT_FORMS; i++) {
        if (strcmp(text, forms[i].word) == 0) {
            x->form = (enum export_form)i;
            x->has_form = true;
            return true;
        }
    }
    report_at(&cli->report, cli_col(cli), "E005",
              "read \"%s\", expected hosts, ansible, prom or ssh", text);
    return false;
}

static bool option(struct export *x, struct cli *cli, int o,
                   const char *value)
{
    switch (o) {
    case CLI_WORD:
        return word(x, cli, value);
    case 'y':
        return gather_type(&x->g, cli, value);
    case 'w':
        x->watch = true;
        return true;
    case 'a':
        x->allow = value;
        return true;
    case 'h':
        x->one_host = true;
        return true;
    default:
        return o == 'l';
    }
}

static bool options(struct export *x, struct cli *cli)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END)
        if (!option(x, cli, o, value))
            return false;
    if (x->has_form && !(x->watch && x->file == NULL))
        return true;
    report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
              x->has_form ? "expected a file to keep current, as in: crier "
                            "export -w hosts FILE"
                          : "expected hosts, ansible, prom or ssh");
    return false;
}

static int run(struct cli *cli)
{
    static struct export x;
    int status;

    if (cli->at == 1) { /* called as crier-inventory: no word for the verb */
        x.has_form = true;
        x.form = EXPORT_ANSIBLE;
    }
    if (!options(&x, cli))
        return CLI_USAGE;
    if (x.one_host) {
        text_str(&text_out, "{}\n");
        text_flush(&text_out);
        return CLI_OK;
    }
    if (x.g.types == NULL && forms[x.form].type[0] != '\0')
        gather_type(&x.g, cli, forms[x.form].type);
    x.due_ms = 1; /* a file is due also where nothing is found */
    x.g.ctx = &x;
    x.g.news = on_news;
    x.g.tick = on_tick;
    x.g.s.max_ms = cli->has_timeout ? cli->timeout_ms
                   : x.watch        ? 0
                                    : MOST_MS;
    status = gather_open(&x.g, cli);
    if (status != CLI_OK)
        return status;
    status = session_run(&x.g.s, at_end);
    return status == CLI_OK && x.failed ? CLI_SYSTEM : status;
}

const struct cli_verb cmd_export = {
    .name = "export",
    .run = run,
    .common = "i46sTqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-w] [--type TYPE]... [--allow FILE] hosts|ansible|prom|ssh\n"
             "         [FILE]",
    .help =
        "Print what is there for another program, or keep FILE current with it:\n"
        "hosts (ADDRESS NAME.local NAME; of all types), ansible (an inventory; of\n"
        "_ssh._tcp), prom (targets of Prometheus; of _prometheus-http._tcp), ssh\n"
        "(Host blocks; of _ssh._tcp).\n"
        "\n"
        "      --type TYPE    of that type; may be repeated\n"
        "      --allow FILE   only hosts that a pattern in that file matches\n"
        "  -w, --watch        until interrupted, with a FILE\n"
        "      --list         as Ansible asks: all\n"
        "      --host NAME    as Ansible may ask: nothing more\n",
};
