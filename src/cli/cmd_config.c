/*
 * cmd_config.c - crier config: what is in force, as a configuration file
 */
#include <stdlib.h>

#include "crier/cli.h"

static const struct cli_opt opts[] = {
    {'c', true, true, "config"},
};

static bool options(struct cli *cli, const char **file)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o == CLI_WORD)
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected options only", value);
        if (o != 'c')
            return false;
        *file = value;
    }
    return true;
}

static int run(struct cli *cli)
{
    static struct conf c;
    struct report r = {.to = &text_err};
    const char *file = getenv("CRIER_CONFIG");
    bool ok;

    if (!options(cli, &file))
        return CLI_USAGE;
    conf_default(&c);
    ok = conf_read(&c, file != NULL ? file : CONF_FILE, file == NULL, &r);
    if (ok)
        conf_print(&c, &text_out);
    conf_clear(&c);
    return ok ? CLI_OK : CLI_USAGE;
}

const struct cli_verb cmd_config = {
    .name = "config",
    .run = run,
    .common = "",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-c FILE]",
    .help = "Print a configuration file with every key as it is in force: what "
            "the file\nsays, and else the default.\n"
            "\n"
            "  -c, --config FILE  instead of " CONF_FILE "\n",
};
