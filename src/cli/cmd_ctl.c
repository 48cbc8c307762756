/*
 * cmd_ctl.c - crier add, rm, services, status, reload: what a running daemon
 * does for its clients
 *
 * A request is one line; an answer is lines of JSON, which --json passes on.
 * For people the values are picked out of them: crier wrote them itself, and
 * no string in them can hold a quote that is not escaped, so a key is where
 * its name stands in quotes before a colon.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"

enum { TIMEOUT_S = 10, ANSWER_MAX = 16384 };

struct ask {
    struct cli *cli;
    const char *socket;
    const char *id, *type, *port; /* the first words */
    bool looks; /* a socket for looking only will do */
    struct text request;
    char line[TOKENS_LINE_MAX + 1];
};

/* --- answers for people ---------------------------------------------------- */

/* The value behind "key": as it stands there, up to its end; NULL: none. */
static const char *value_of(const char *line, const char *key, size_t *len)
{
    char quoted[24];
    struct text t = text_memory(quoted, sizeof quoted);
    const char *at;
    size_t n = 0;

    text_fmt(&t, "\"%s\":", key);
    at = strstr(line, text_end(&t));
    if (at == NULL)
        return NULL;
    at += strlen(quoted);
    if (*at == '"')
        for (n = 1; at[n] != '"'; n++)
            n += at[n] == '\\';
    else
        n = strcspn(at, *at == '[' ? "]" : ",}");
    *len = n;
    return at;
}

/* Print it, quotes taken away; returns its width. What is escaped in it as
 * \u stays so: it may not reach a terminal. */
static size_t put_value(struct text *t, const char *line, const char *key)
{
    size_t len = 0, before = t->len;
    const char *at = value_of(line, key, &len);

    if (at == NULL || len <= (*at == '[') ||
        (len == 4 && memcmp(at, "null", 4) == 0)) {
        text_str(t, "-");
        return 1;
    }
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '"' || (at[i] == '[' && i == 0))
            continue;
        if (at[i] == '\\' && at[i + 1] != 'u')
            i++;
        if (at[i] == ',' && at[0] == '[')
            text_str(t, " ");
        else
            text_bytes(t, at + i, 1);
    }
    return text_width(t->buf + before, t->len - before);
}

static void print_service(const char *line)
{
    static const struct {
        char key[8];
        uint8_t width;
    } columns[] = {
        {"name", 24}, {"type", 18}, {"port", 5}, {"state", 9}, {"id", 12},
    };

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        size_t width = put_value(&text_out, line, columns[i].key);

        text_pad(&text_out, width < columns[i].width
                                ? columns[i].width - width + 2u
                                : 2u);
    }
    put_value(&text_out, line, "ifaces");
    text_str(&text_out, "\n");
    text_flush(&text_out);
}

/* "key value" lines of those keys that the answer has. */
static void print_keys(const char *line)
{
    static const char keys[][12] = {
        "host",      "ifaces",     "services",   "added",   "updated",
        "withdrawn", "records",    "cached",     "clients", "conflicts",
        "renames",   "rx_packets", "tx_packets", "memory",  "uptime_s",
        "version",
    };
    size_t len;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (value_of(line, keys[i], &len) == NULL)
            continue;
        text_str(&text_out, keys[i]);
        text_pad(&text_out, sizeof keys[i] - strlen(keys[i]));
        put_value(&text_out, line, keys[i]);
        text_str(&text_out, "\n");
    }
    text_flush(&text_out);
}

static int refused(const char *line)
{
    char buf[2200], code[8] = "";
    struct text t = text_memory(buf, sizeof buf - 1);
    struct text c = text_memory(code, sizeof code - 1);

    put_value(&c, line, "code");
    put_value(&t, line, "error");
    cli_say("%s: %s", text_end(&c), text_end(&t));
    if (strcmp(code, "E062") == 0)
        return CLI_NONE;
    if (strcmp(code, "E063") == 0 || strcmp(code, "E041") == 0)
        return CLI_SYSTEM;
    return CLI_USAGE;
}

/* A line of the answer; true and *status: it was the last. */
static bool take_line(const struct ask *a, const char *line, int *status)
{
    bool last = strstr(line, "\"end\":true") != NULL;
    bool ok = strstr(line, "\"ok\":true") != NULL;

    if (a->cli->json) {
        text_str(&text_out, line);
        text_str(&text_out, "\n");
        text_flush(&text_out);
    }
    *status = CLI_OK;
    if (last && !ok)
        *status = refused(line);
    else if (!a->cli->json && !last)
        print_service(line);
    else if (!a->cli->json && a->id == NULL && !a->cli->quiet &&
             strstr(line, "\"count\":") == NULL)
        print_keys(line);
    return last;
}

/* --- asking ---------------------------------------------------------------- */

static int no_daemon(const char *path, int err)
{
    if (err == -ENOENT || err == -ECONNREFUSED || err == -ENOTDIR) {
        cli_say("E064: no daemon at %s: %e; start crier run", path, err);
        return CLI_NO_DAEMON;
    }
    cli_say("E064: cannot talk to the daemon at %s: %e", path, err);
    return CLI_SYSTEM;
}

/* Lines up to the last one. */
static int listen_to(const struct ask *a, int fd, const char *path)
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
            return no_daemon(path, n < 0 ? -errno : -EPIPE);
        len += (size_t)n;
        while ((end = memchr(buf, '\n', len)) != NULL) {
            *end = '\0';
            if (take_line(a, buf, &status))
                return text_out.failed ? CLI_SYSTEM : status;
            len -= (size_t)(end + 1 - buf);
            memmove(buf, end + 1, len);
        }
    }
}

static int ask(struct ask *a)
{
    const char *env = getenv("CRIER_SOCKET");
    const char *path = a->socket != NULL ? a->socket
                       : env != NULL     ? env
                                         : CONF_SOCKET;
    bool usual = a->socket == NULL && env == NULL;
    int fd, status;

    text_str(&a->request, "\n");
    if (a->request.failed) {
        report_at(&a->cli->report, 1, "E011", "%s", tokens_error(TOKENS_LONG));
        return CLI_USAGE;
    }
    fd = os_unix_connect(path, TIMEOUT_S);
    if (fd == -EACCES && a->looks && usual) {
        path = CONF_SOCKET_RO;
        fd = os_unix_connect(path, TIMEOUT_S);
    }
    if (fd < 0)
        return no_daemon(path, fd);
    if (os.sendto(fd, a->line, a->request.len, MSG_NOSIGNAL, NULL, 0) < 0)
        status = no_daemon(path, -errno);
    else
        status = listen_to(a, fd, path);
    close(fd);
    return status;
}

/* --- the command line ------------------------------------------------------ */

/* " key=value"; files: in service files % means something. */
static void put_word(struct ask *a, const char *key, const char *value,
                     bool files)
{
    text_fmt(&a->request, " %s=", key);
    if (!files || strchr(value, '%') == NULL) {
        tokens_quote(&a->request, value, strlen(value));
        return;
    }
    for (; *value != '\0'; value++) {
        tokens_quote(&a->request, value, 1);
        if (*value == '%')
            text_str(&a->request, "%");
    }
}

static const struct cli_opt opts[] = {
    {'s', true, true, "socket"}, {'n', true, true, "name"},
    {'S', false, true, "sub"},   {'H', false, true, "host"},
    {'L', false, true, "lease"},
};

/* Options and words into the request; at most so many words. */
static bool read_words(struct ask *a, unsigned words_min, unsigned words_max)
{
    static const char keys[][8] = {"id", "type", "port", "txt"};
    const char *value;
    unsigned words = 0;
    int o;

    while ((o = cli_next(a->cli, &value)) != CLI_END) {
        switch (o) {
        case 's':
            a->socket = value;
            break;
        case 'n':
            put_word(a, "name", value, true);
            break;
        case 'S':
            put_word(a, "subtype", value, false);
            break;
        case 'H':
            put_word(a, "target", value, false);
            break;
        case 'L':
            put_word(a, "lease", value, false);
            break;
        case CLI_WORD:
            if (words == words_max) {
                report_at(&a->cli->report, cli_col(a->cli), "E005",
                          "read \"%s\", expected no more words", value);
                return false;
            }
            if (words == 0)
                a->id = value;
            put_word(a, keys[words < 3 ? words : 3], value, words >= 3);
            words++;
            break;
        default:
            return false;
        }
    }
    for (unsigned i = 0; i < a->cli->glob_count; i++)
        put_word(a, "interface", a->cli->globs[i], false);
    if (words >= words_min)
        return true;
    report_at(&a->cli->report, cli_col(a->cli), "E005",
              "words are missing: crier %s %s", a->cli->verb->name,
              a->cli->verb->usage);
    return false;
}

/* What the verb is called here it is called there. */
static int run_with(struct cli *cli, unsigned words_min, unsigned words_max,
                    bool looks)
{
    static struct ask a;

    a.cli = cli;
    a.looks = looks;
    a.request = text_memory(a.line, sizeof a.line);
    text_str(&a.request, cli->verb->name);
    if (!read_words(&a, words_min, words_max))
        return CLI_USAGE;
    return ask(&a);
}

static int run_add(struct cli *cli)
{
    return run_with(cli, 3, TOKENS_WORDS_MAX, false);
}

static int run_rm(struct cli *cli)
{
    return run_with(cli, 1, 1, false);
}

static int run_reload(struct cli *cli)
{
    return run_with(cli, 0, 0, false);
}

static int run_look(struct cli *cli)
{
    return run_with(cli, 0, 0, true);
}

#define SOCKET_HELP "  -s, --socket PATH  of the daemon, instead of " \
                    CONF_SOCKET "\n"

const struct cli_verb cmd_add = {
    .name = "add",
    .run = run_add,
    .common = "ijq",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-n NAME] [--sub SUBTYPE]... ID TYPE PORT [KEY=VALUE]...",
    .help = "Have the daemon publish a service, or change the one that was "
            "added as ID.\n"
            "\n"
            "  -n, --name NAME    instead of the host's\n"
            "      --sub SUBTYPE  one more subtype\n"
            "      --host HOST    which has the service, instead of this one\n"
            "      --lease DUR    withdraw it then, unless it is added again\n"
            SOCKET_HELP,
};

const struct cli_verb cmd_rm = {
    .name = "rm",
    .run = run_rm,
    .common = "jq",
    .opts = opts,
    .opt_count = 1, /* -s */
    .usage = "ID",
    .help = "Withdraw a service that was added.\n\n" SOCKET_HELP,
};

const struct cli_verb cmd_services = {
    .name = "services",
    .run = run_look,
    .common = "jq",
    .opts = opts,
    .opt_count = 1,
    .usage = "",
    .help = "List what the daemon publishes: name, type, port, state, ID if "
            "it was added,\ninterfaces.\n\n" SOCKET_HELP,
};

const struct cli_verb cmd_status = {
    .name = "status",
    .run = run_look,
    .common = "jq",
    .opts = opts,
    .opt_count = 1,
    .usage = "",
    .help = "Tell how the daemon is.\n\n" SOCKET_HELP,
};

const struct cli_verb cmd_reload = {
    .name = "reload",
    .run = run_reload,
    .common = "jq",
    .opts = opts,
    .opt_count = 1,
    .usage = "",
    .help = "Have the daemon read its files again, and wait for the result.\n"
            "\n" SOCKET_HELP,
};
