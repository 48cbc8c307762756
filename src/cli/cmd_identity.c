/*
 * cmd_identity.c - crier identity: what this machine would say of itself, and
 * who told; or a file of it, for a daemon that may not look for itself
 */
#include <string.h>

#include "crier/cli.h"
#include "crier/identity.h"
#include "crier/os.h"

enum { FILE_MOST = 2048 };

struct options {
    const char *root;
    const char *file; /* NULL: only show */
    bool private;     /* the file has what is private, too */
};

static const struct cli_opt opts[] = {
    {'W', false, true, "write"},
    {'R', false, true, "root"},
    {'P', false, false, "private"},
};

static bool options(struct cli *cli, struct options *o)
{
    const char *value;
    int c;

    while ((c = cli_next(cli, &value)) != CLI_END) {
        switch (c) {
        case 'W':
            o->file = value;
            break;
        case 'R':
            o->root = value;
            break;
        case 'P':
            o->private = true;
            break;
        case CLI_WORD:
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected options only", value);
            return false;
        default:
            return false;
        }
    }
    return true;
}

static void show(const struct identity *id, const struct out *o)
{
    unsigned count = 0;

    for (unsigned i = 0; i < ID_COUNT; i++) {
        const char *name = identity_field_name(i);
        const char *source = identity_source_name(id->value[i].source);
        const char *text = id->value[i].text;
        size_t len = id->value[i].len;

        if (id->value[i].source == ID_NONE)
            continue;
        count++;
        if (o->form == OUT_JSON) {
            out_json_open(o->to, "identity");
            out_json_str(o->to, "field", name);
            out_json_bytes(o->to, "value", text, len);
            out_json_str(o->to, "source", source);
            out_json_close(o->to);
            continue;
        }
        text_fmt(o->to, "%s", name);
        text_pad(o->to, 8 - strlen(name));
        text_safe(o->to, text, len);
        text_pad(o->to, len < 36 ? 38 - len : 2);
        text_fmt(o->to, "%s\n", source);
    }
    if (o->form == OUT_JSON)
        out_json_end(o->to, "done", count);
    text_flush(o->to);
}

/* What is usual where nobody says is left for him who reads it. */
static int write_file(const struct identity *id, const struct options *o)
{
    char lines[FILE_MOST];
    struct text t = text_memory(lines, sizeof lines);
    int err;

    for (unsigned i = 0; i < ID_COUNT; i++) {
        if (id->value[i].source == ID_NONE ||
            id->value[i].source == ID_DEFAULT ||
            (!o->private && (IDENTITY_PRIVATE >> i & 1) != 0))
            continue;
        text_str(&t, identity_field_name(i));
        text_str(&t, "=");
        text_bytes(&t, id->value[i].text, id->value[i].len);
        text_str(&t, "\n");
    }
    err = os_file_replace(o->file, lines, t.len);
    if (err == 0)
        return CLI_OK;
    cli_say("E071: cannot write %s: %e; nothing has changed", o->file, err);
    return CLI_SYSTEM;
}

static int run(struct cli *cli)
{
    static struct identity system, id;
    struct options o = {.root = ""};
    struct out out;

    if (!options(cli, &o))
        return CLI_USAGE;
    out = cli_out(cli);
    identity_system(&system, o.root);
    identity_whole(&id, NULL, &system);
    if (o.file != NULL)
        return write_file(&id, &o);
    show(&id, &out);
    if (id.value[ID_ID].source != ID_NONE)
        return CLI_OK;
    if (!cli->quiet)
        cli_say("W213: nothing tells this machine from others: no id in any "
                "source; set CRIER_ID_ID or write the identity-file");
    return CLI_NONE;
}

const struct cli_verb cmd_identity = {
    .name = "identity",
    .run = run,
    .common = "jq",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[-jq] [--root DIR] [--write FILE [--private]]",
    .help =
        "Show what this machine would say of itself with \"identity yes\", and\n"
        "where it has it from.\n"
        "\n"
        "      --write FILE  write it there, as the daemon's identity-file\n"
        "      --private     with serial and uuid, for all to read\n"
        "      --root DIR    look at the files of a system below DIR\n",
};
