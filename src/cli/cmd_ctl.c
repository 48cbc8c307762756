/*
 * cmd_ctl.c - crier add, rm, services, status, monitor, rename, reload: what
 * a running daemon does for its clients
 *
 * A request is one line; an answer is lines of JSON, which --json passes on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "ctl_print.h"
#include "save.h"

enum {
    TIMEOUT_S = 10,
    ANSWER_MAX = 16384,
    FILE_MAX = 40960, /* the largest TXT, each byte of it as \\DDD */
};

struct ask {
    struct cli *cli;
    const char *id; /* the first word */
    bool looks;     /* a socket for looking only will do */
    bool listens;   /* there is no last line */
    bool host;      /* to be added, not a service */
    bool save;      /* as a file, in place of a request */
    bool bound;     /* to a lease or the like */
    bool health;    /* has been told */
    bool refused;   /* the files were not taken over */
    struct text request;
    char line[TOKENS_LINE_MAX + 1];
    struct text file; /* what the request says, as a service file */
    char lines[FILE_MAX];
};

/* A line of the answer; true and *status: it was the last. */
static bool take_line(struct ask *a, const char *line, int *status)
{
    bool last = strstr(line, "\"end\":true") != NULL;
    bool ok = strstr(line, "\"ok\":true") != NULL;

    if (a->cli->json) {
        text_str(&text_out, line);
        text_str(&text_out, "\n");
        text_flush(&text_out);
    }
    *status = CLI_OK;
    a->refused = strstr(line, "\"applied\":false") != NULL;
    if (last && !ok)
        *status = ctl_refused(line);
    else if (!a->cli->json && !a->cli->quiet)
        ctl_print(line, a->listens, &a->health);
    return last;
}

/* --- asking ---------------------------------------------------------------- */

/* Lines up to the last one. */
static int listen_to(struct ask *a, int fd)
{
    static char buf[ANSWER_MAX];
    size_t len = 0;
    int status;

    for (;;) {
        ssize_t n = read(fd, buf + len, sizeof buf - len);
        char *end;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return cli_no_daemon(a->cli, n < 0 ? -errno : -EPIPE);
        len += (size_t)n;
        while ((end = memchr(buf, '\n', len)) != NULL) {
            *end = '\0';
            if (take_line(a, buf, &status) || text_out.failed)
                return status;
            len -= (size_t)(end + 1 - buf);
            memmove(buf, end + 1, len);
        }
    }
}

static int ask(struct ask *a)
{
    int fd, status;

    text_str(&a->request, "\n");
    if (a->request.failed) {
        report_at(&a->cli->report, 1, "E011", "%s", tokens_error(TOKENS_LONG));
        return CLI_USAGE;
    }
    fd = cli_connect(a->cli, a->looks, a->listens ? 0 : TIMEOUT_S);
    if (fd < 0)
        return cli_no_daemon(a->cli, fd);
    if (os.sendto(fd, a->line, a->request.len, MSG_NOSIGNAL, NULL, 0) < 0)
        status = cli_no_daemon(a->cli, -errno);
    else
        status = listen_to(a, fd);
    close(fd);
    return status;
}

/* --- the command line ------------------------------------------------------ */

/* The value in quotes; twice: each % stands for itself in a service file. */
static void put_value(struct text *t, const char *value, bool twice)
{
    size_t len;

    do {
        len = strcspn(value, "%");
        len += value[len] == '%';
        tokens_quote(t, value, len);
        if (twice && len > 0 && value[len - 1] == '%')
            text_str(t, "%");
        value += len;
    } while (*value != '\0');
}

/* " key=value" in the request and "key value" in the file. */
static void put_word(struct ask *a, const char *key, const char *value)
{
    bool twice = strcmp(key, "name") == 0 || strcmp(key, "txt") == 0;

    text_fmt(&a->request, " %s=", key);
    put_value(&a->request, value, twice);
    if (strcmp(key, "id") == 0)
        return;
    text_fmt(&a->file, "%s ", strcmp(key, "host") == 0 ? "target" : key);
    put_value(&a->file, value, twice);
    text_str(&a->file, "\n");
}

static const struct cli_opt opts[] = {
    {'n', true, true, "name"},           {'S', false, true, "sub"},
    {'H', false, true, "host"},          {'A', false, true, "address"},
    {'L', false, true, "lease"},         {'P', false, true, "while-pid"},
    {'F', false, true, "while-path"},    {'G', false, true, "grace"},
    {'W', false, false, "save"},
};

/* The option or word o; false after a report. */
static bool take(struct ask *a, int o, const char *value)
{
    static const char words[][11] = {"lease", "while-pid", "while-path",
                                     "grace"};
    static const char letters[] = "LPFG";
    const char *at = o > 0 ? strchr(letters, o) : NULL;

    switch (o) {
    case 'n':
        put_word(a, "name", value);
        break;
    case 'S':
        put_word(a, "subtype", value);
        break;
    case 'H':
        put_word(a, "host", value);
        break;
    case 'A':
        a->host = true;
        put_word(a, "address", value);
        break;
    case 'W':
        a->save = true;
        break;
    default:
        if (at == NULL)
            return false;
        a->bound = true;
        put_word(a, words[at - letters], value);
    }
    return true;
}

/* What is missing of the words, or does not go together; NULL: nothing. */
static const char *misfit(const struct ask *a, unsigned words,
                          unsigned words_min)
{
    if (a->save && a->host)
        return "--address makes a host, and --save is for services";
    if (a->save && a->bound)
        return "what is saved stays: no --lease, --while-pid, --while-path or "
               "--grace with --save";
    if (a->host && words != 1)
        return "--address makes a host: expected ID and no more words";
    if (words < words_min && !a->host)
        return words_min == 1 ? "expected ID" : "expected ID TYPE PORT";
    return NULL;
}

/* Options and words into the request; at most so many words. */
static bool read_words(struct ask *a, unsigned words_min, unsigned words_max)
{
    static const char keys[][8] = {"id", "type", "port", "txt"};
    struct cli *cli = a->cli;
    const char *value, *why;
    unsigned words = 0;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o != CLI_WORD) {
            if (!take(a, o, value))
                return false;
            continue;
        }
        if (words == words_max) {
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected no more words", value);
            return false;
        }
        if (words == 0)
            a->id = value;
        put_word(a, keys[words < 3 ? words : 3], value);
        words++;
    }
    for (unsigned i = 0; i < cli->glob_count; i++)
        put_word(a, "interface", cli->globs[i]);
    why = misfit(a, words, words_min);
    if (why != NULL)
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "%s; crier %s -h tells more", why, cli->verb->name);
    return why == NULL;
}

/* What the verb is called here it is called there. */
static void begin(struct ask *a, struct cli *cli, const char *verb)
{
    a->cli = cli;
    a->request = text_memory(a->line, sizeof a->line);
    a->file = text_memory(a->lines, sizeof a->lines);
    text_str(&a->request, verb);
}

/* As a file, and have the daemon read it; in place of what was added as that
 * id. What it refuses is taken back. */
static int save(struct ask *a, struct cli *cli)
{
    static struct saved saved;
    int status;

    if (a->file.failed) {
        report_at(&cli->report, 1, "E011", "the service is too long; shorten "
                                           "its txt");
        return CLI_USAGE;
    }
    status = save_service(cli, a->id, a->file.buf, a->file.len, &saved);
    if (status != CLI_OK)
        return status;
    if (a->file.len == 0 && saved.old[0] == '\0')
        return ask(a); /* there is no file: what was added goes, if any was */
    begin(a, cli, "reload");
    put_word(a, "id", a->id);
    status = ask(a);
    save_end(&saved, a->refused);
    return status;
}

static int run_with(struct cli *cli, unsigned words_min, unsigned words_max,
                    bool looks)
{
    static struct ask a;

    begin(&a, cli, cli->verb->name);
    a.looks = looks;
    a.listens = strcmp(cli->verb->name, "monitor") == 0;
    if (!read_words(&a, words_min, words_max))
        return CLI_USAGE;
    if (!a.save)
        return ask(&a);
    return save(&a, cli);
}

static int run_add(struct cli *cli)
{
    return run_with(cli, 3, TOKENS_WORDS_MAX, false);
}

static int run_rm(struct cli *cli)
{
    return run_with(cli, 1, 1, false);
}

static int run_rename(struct cli *cli)
{
    static struct ask a;
    const char *value, *name = NULL;
    int o;

    begin(&a, cli, "rename");
    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o != CLI_WORD)
            return CLI_USAGE;
        if (name != NULL) {
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected one name", value);
            return CLI_USAGE;
        }
        name = value;
    }
    if (name == NULL) {
        report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
                  "expected a name, as in: crier rename nas");
        return CLI_USAGE;
    }
    text_str(&a.request, " name=");
    tokens_quote(&a.request, name, strlen(name));
    return ask(&a);
}

static int run_reload(struct cli *cli)
{
    return run_with(cli, 0, 0, false);
}

static int run_look(struct cli *cli)
{
    return run_with(cli, 0, 0, true);
}

const struct cli_verb cmd_add = {
    .name = "add",
    .run = run_add,
    .common = "isjq",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-n NAME] [--sub SUBTYPE]... ID TYPE PORT [KEY=VALUE]...\n"
             "       crier add --host HOST --address ADDRESS... ID",
    .help = "Have the daemon publish a service, or a host and its addresses, "
            "or change what\nwas added as ID.\n"
            "\n"
            "  -n, --name NAME       instead of the host's\n"
            "      --sub SUBTYPE     one more subtype\n"
            "      --host HOST       which has the service, instead of this "
            "one\n"
            "      --address ADDRESS of that host\n"
            "      --lease DUR       withdraw it then, unless it is added "
            "again\n"
            "      --while-pid N     ... when that process has ended\n"
            "      --while-path PATH ... when that is no longer there\n"
            "      --grace DUR       ... for so long\n"
            "      --save            as a service file, which stays\n",
};

const struct cli_verb cmd_rm = {
    .name = "rm",
    .run = run_rm,
    .common = "sjq",
    .opts = &opts[sizeof opts / sizeof opts[0] - 1],
    .opt_count = 1, /* --save */
    .usage = "[--save] ID",
    .help = "Withdraw what was added as ID; with --save also its file.\n",
};

const struct cli_verb cmd_services = {
    .name = "services",
    .run = run_look,
    .common = "sjq",
    .usage = "",
    .help = "List what the daemon publishes: name, type, port, state, ID if "
            "it was added,\ninterfaces.\n",
};

const struct cli_verb cmd_status = {
    .name = "status",
    .run = run_look,
    .common = "sjq",
    .usage = "",
    .help = "Tell how the daemon is.\n",
};

const struct cli_verb cmd_monitor = {
    .name = "monitor",
    .run = run_look,
    .common = "sjq",
    .usage = "",
    .help = "Tell what happens to the daemon's names, services and "
            "interfaces, until\ninterrupted.\n",
};

const struct cli_verb cmd_rename = {
    .name = "rename",
    .run = run_rename,
    .common = "sjq",
    .usage = "NAME",
    .help = "Have the daemon give this host another name, for as long as it "
            "runs.\n",
};

const struct cli_verb cmd_reload = {
    .name = "reload",
    .run = run_reload,
    .common = "sjq",
    .usage = "",
    .help = "Have the daemon read its files again, and wait for the "
            "result.\n",
};
