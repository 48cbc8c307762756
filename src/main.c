/*
 * main.c - picks the verb
 */
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"

/*
 * All verbs, in the order of the help. The references are weak: to a verb that
 * is not in this program (make WITHOUT=...) they are null pointers.
 */
static const struct {
    const struct cli_verb *verb;
    bool asks; /* a running crier run */
    char name[9];
    char brief[48];
} verbs[] = {
#define VERB(verb, brief) {&cmd_##verb, false, #verb, brief}
#define ASKS(verb, brief) {&cmd_##verb, true, #verb, brief}
    VERB(run, "publish this host and its services (try --demo)"),
    VERB(publish, "offer one service while this command lives"),
    VERB(browse, "list the services on the links"),
    VERB(resolve, "addresses of a name, names of an address"),
    VERB(query, "any record"),
    VERB(nodes, "machines that say what they are"),
    VERB(wait, "until services are there"),
    VERB(hook, "run programs for what happens to services"),
    VERB(export, "hosts, ansible, prom, ssh: for other programs"),
    VERB(check, "test configuration and service files"),
    VERB(config, "print the configuration that is in force"),
    VERB(doctor, "find out why it does not work"),
    VERB(identity, "what this machine would say of itself"),
    VERB(dump, "packets as they pass, or from a file"),
    VERB(autoip, "give an interface a link-local IPv4 address"),
    ASKS(status, "how it is"),
    ASKS(services, "what it publishes"),
    ASKS(add, "have it publish a service"),
    ASKS(rm, "... and no longer"),
    ASKS(monitor, "what happens"),
    ASKS(rename, "give this host another name"),
    ASKS(reload, "have it read its files again"),
};
enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

/*
 * What assert() calls in a release build. The system's own ends by SIGABRT
 * and may leave a core; here the exit code tells a bug in crier from all
 * else.
 */
_Noreturn void assert_failed(const char *file, int line);
_Noreturn void assert_failed(const char *file, int line)
{
    cli_say("E900: a bug in crier: %s:%u; please report it", file,
            (unsigned)line);
    _exit(CLI_BUG);
}

static void list(struct text *t, bool asks)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verbs[i].verb == NULL || verbs[i].asks != asks)
            continue;
        text_fmt(t, "  %s", verbs[i].name);
        text_pad(t, sizeof verbs[i].name - strlen(verbs[i].name));
        text_fmt(t, "%s\n", verbs[i].brief);
    }
}

static void usage(struct text *t)
{
    text_str(t, "usage: crier VERB [OPTION]... [WORD]...\n\n");
    list(t, false);
    if (&cmd_status != NULL) {
        text_str(t, "\nand of a crier run on this host:\n\n");
        list(t, true);
    }
    text_str(t, "\ncrier VERB -h tells more; -V the version.\n");
    text_flush(t);
}

static int verb_help(const struct cli_verb *v)
{
    static const struct {
        char letter;
        char text[71];
    } common[] = {
        {'i', "  -i, --interface GLOB  only such interfaces, as eth* or !veth*\n"},
        {'4', "  -4, -6                only this family of transport\n"},
        {'T', "  -T, --timeout DUR     end after 500ms, 5s, 2m, ...\n"},
        {'s', "  -s, --socket PATH     of the daemon; none: do without one\n"},
        {'j', "  -j, --json            JSON Lines\n"},
        {'p', "  -p, --parsable        as Avahi's tools print it\n"},
        {'q', "  -q, --quiet           say nothing on standard error but errors\n"},
        {'v', "  -v, --verbose         say more\n"},
        {'O', "      --color=WHEN      auto, always or never\n"},
    };

    text_fmt(&text_out, "usage: crier %s ", v->name);
    text_str(&text_out, v->usage);
    text_str(&text_out, "\n\n");
    text_str(&text_out, v->help);
    text_str(&text_out, "\nand\n\n");
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (strchr(v->common, common[i].letter) != NULL)
            text_str(&text_out, common[i].text);
    text_flush(&text_out);
    return CLI_OK;
}

/* Nearest verb to what was read, or the list of them. */
static void unknown_verb(struct cli *cli, const char *word)
{
    const char *names[VERB_COUNT];
    const char *near;
    size_t count = 0;

    for (size_t i = 0; i < VERB_COUNT; i++)
        if (verbs[i].verb != NULL)
            names[count++] = verbs[i].name;
    near = report_nearest(word, names, count);
    if (near != NULL)
        report_at(&cli->report, cli_col(cli), "E001",
                  "unknown verb \"%s\"; did you mean \"%s\"?", word, near);
    else
        report_at(&cli->report, cli_col(cli), "E001",
                  "unknown verb \"%s\"; expected run or another that "
                  "crier -h lists", word);
}

/* The verb of that name, or NULL with *status set after a report. */
static const struct cli_verb *find(struct cli *cli, const char *name,
                                   int *status)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) != 0)
            continue;
        if (verbs[i].verb == NULL) {
            report_at(&cli->report, cli_col(cli), "E007",
                      "this crier was built without \"%s\"; take one that "
                      "was built with it", name);
            *status = CLI_ABSENT;
        }
        return verbs[i].verb;
    }
    unknown_verb(cli, name);
    *status = CLI_USAGE;
    return NULL;
}

static int version(void)
{
    text_str(&text_out, "crier " CRIER_VERSION "\n");
    text_flush(&text_out);
    return CLI_OK;
}

/* -h and -V count anywhere before "--", also beside what is wrong. */
static bool asked(char **argv, int from, const char *brief, const char *word)
{
    for (int i = from; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], brief) == 0 || strcmp(argv[i], word) == 0)
            return true;
    return false;
}

/* The verb that the command line names, or NULL with *status set when it is
 * no verb, or all that was asked for is done. */
static const struct cli_verb *pick(struct cli *cli, int *status)
{
    const char *word = cli->argv[1];
    const struct cli_verb *verb;
    bool help;

    *status = CLI_USAGE;
    if (word == NULL) {
        usage(&text_err);
        return NULL;
    }
    *status = CLI_OK;
    help = strcmp(word, "help") == 0;
    if (help && cli->argc > 2)
        word = cli->argv[++cli->word];
    if (strcmp(word, "help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "--help") == 0) {
        usage(&text_out);
        return NULL;
    }
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
        version();
        return NULL;
    }
    verb = find(cli, word, status);
    if (!help || verb == NULL)
        return verb;
    *status = verb_help(verb);
    return NULL;
}

static int run(int argc, char **argv)
{
    static struct cli cli;
    const char *base;
    int status;

    if (argc < 1)
        return CLI_USAGE;
    os_guard_stdio();
    cli.report.to = &text_err;
    cli.report.file = "command line";
    cli.report.line = 1;
    cli.at = 2;
    cli.word = 1;
    cli.argc = argc;
    cli.argv = argv;
    base = strrchr(argv[0], '/');
    base = base != NULL ? base + 1 : argv[0];
    if (strcmp(base, "crierd") == 0 || strcmp(base, "crier-inventory") == 0) {
        cli.verb = find(&cli, base[5] == 'd' ? "run" : "export", &status);
        cli.at = 1;
    } else {
        cli.verb = pick(&cli, &status);
    }
    if (cli.verb == NULL)
        return status;
    if (asked(argv, cli.at, "-h", "--help"))
        return verb_help(cli.verb);
    if (asked(argv, cli.at, "-V", "--version"))
        return version();
    return cli.verb->run(&cli);
}

/* What nobody could read was not done, whatever the verb was. */
int main(int argc, char **argv)
{
    int status = run(argc, argv);

    text_flush(&text_out);
    if (!text_out.failed)
        return status;
    cli_say("E044: cannot write the output: it is incomplete; look at what "
            "standard output leads to");
    return CLI_SYSTEM;
}
