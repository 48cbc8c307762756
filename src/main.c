/*
 * main.c - picks the verb
 */
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"

static const struct cli_verb *const verbs[] = {
    &cmd_run,     &cmd_check,   &cmd_config,   &cmd_publish,
    &cmd_browse,  &cmd_resolve, &cmd_query,
    &cmd_autoip,  &cmd_add,     &cmd_rm,
    &cmd_services, &cmd_status, &cmd_reload,
    &cmd_doctor,
    &cmd_wait,    &cmd_monitor, &cmd_rename,  &cmd_dump,
    &cmd_identity, &cmd_nodes,
    &cmd_hook,    &cmd_export,
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

static void usage(struct text *t)
{
    text_str(t,
             "usage: crier VERB [OPTION]... [WORD]...\n"
             "\n"
             "  run      publish this host and its services; --demo: try it\n"
             "  publish  offer one service while this command lives\n"
             "  browse   list the services on the links\n"
             "  resolve  addresses of a name, names of an address\n"
             "  query    any record\n"
             "  nodes    machines that say what they are\n"
             "  wait     until services are there\n"
             "  hook     run programs for what happens to services\n"
             "  export   hosts, ansible, prom, ssh: for other programs\n"
             "  check    test configuration and service files\n"
             "  config   print the configuration that is in force\n"
             "  doctor   find out why it does not work\n"
             "  identity what this machine would say of itself\n"
             "  dump     packets as they pass, or from a file\n"
             "  autoip   give an interface a link-local IPv4 address\n"
             "\n"
             "and of a crier run on this host:\n"
             "\n"
             "  status   how it is      services  what it publishes\n"
             "  add, rm  a service      reload    read its files again\n"
             "  monitor  what happens   rename    give this host another name\n"
             "\n"
             "crier VERB -h tells more; -V the version.\n");
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
static int unknown_verb(struct cli *cli, const char *word)
{
    const char *names[VERB_COUNT];
    const char *near;

    for (size_t i = 0; i < VERB_COUNT; i++)
        names[i] = verbs[i]->name;
    near = report_nearest(word, names, VERB_COUNT);
    if (near != NULL)
        report_at(&cli->report, cli_col(cli), "E001",
                  "unknown verb \"%s\"; did you mean \"%s\"?", word, near);
    else
        report_at(&cli->report, cli_col(cli), "E001",
                  "unknown verb \"%s\"; expected run or another that "
                  "crier -h lists", word);
    return CLI_USAGE;
}

static const struct cli_verb *find(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verbs[i]->name, name) == 0)
            return verbs[i];
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
    const struct cli_verb *v;

    *status = CLI_USAGE;
    if (word == NULL) {
        usage(&text_err);
        return NULL;
    }
    *status = CLI_OK;
    if (strcmp(word, "help") == 0 || strcmp(word, "-h") == 0 ||
        strcmp(word, "--help") == 0) {
        usage(&text_out);
        return NULL;
    }
    if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0) {
        version();
        return NULL;
    }
    v = find(word);
    if (v == NULL)
        *status = unknown_verb(cli, word);
    return v;
}

int main(int argc, char **argv)
{
    static struct cli cli;
    const char *base;
    int status;

    if (argc < 1)
        return CLI_USAGE;
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
        cli.verb = base[5] == 'd' ? &cmd_run : &cmd_export;
        cli.at = 1;
    } else {
        cli.verb = pick(&cli, &status);
        if (cli.verb == NULL)
            return status;
    }
    if (asked(argv, cli.at, "-h", "--help"))
        return verb_help(cli.verb);
    if (asked(argv, cli.at, "-V", "--version"))
        return version();
    return cli.verb->run(&cli);
}
