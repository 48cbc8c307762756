/*
 * args.c - options and words of a command line
 *
 * Own and small, since getopt_long() differs between systems in what it does
 * with options behind words, and because the messages are to tell the place.
 */
#include <string.h>

#include "crier/cli.h"

static const struct cli_opt common[] = {
    {'i', true, true, "interface"},  {'4', true, false, "ipv4"},
    {'6', true, false, "ipv6"},      {'j', true, false, "json"},
    {'p', true, false, "parsable"},  {'T', true, true, "timeout"},
    {'q', true, false, "quiet"},     {'v', true, false, "verbose"},
    {'O', false, true, "color"},     {'s', true, true, "socket"},
};
enum { COMMON_COUNT = sizeof common / sizeof common[0], LETTERS_MAX = 48 };

unsigned cli_col_of(const struct cli *cli, int word)
{
    /* Whatever the program is called and wherever it lies: "crier". */
    size_t col = sizeof "crier" + 1;

    if (word == 0)
        return 1;
    for (int i = 1; i < word && i < cli->argc; i++)
        col += strlen(cli->argv[i]) + 1;
    return (unsigned)col;
}

unsigned cli_col(const struct cli *cli)
{
    return cli_col_of(cli, cli->word);
}

bool cli_number(struct cli *cli, const char *value, uint32_t from,
                uint32_t to, uint32_t *out)
{
    if (tokens_number(value, to, out) && *out >= from)
        return true;
    report_at(&cli->report, cli_col(cli), "E004",
              "read \"%s\", expected a number from %u to %u", value,
              (unsigned)from, (unsigned)to);
    return false;
}

bool cli_duration(struct cli *cli, const char *value, uint32_t *ms)
{
    if (tokens_duration(value, ms) && *ms > 0)
        return true;
    report_at(&cli->report, cli_col(cli), "E004",
              "read \"%s\", expected a duration such as 500ms, 5s or 2m",
              value);
    return false;
}

static bool takes_common(const struct cli *cli, const struct cli_opt *o)
{
    return strchr(cli->verb->common, o->letter) != NULL;
}

/* The i-th option of the verb, then of the common ones; NULL behind. */
static const struct cli_opt *option(const struct cli *cli, size_t i)
{
    if (i < cli->verb->opt_count)
        return &cli->verb->opts[i];
    i -= cli->verb->opt_count;
    return i < COMMON_COUNT ? &common[i] : NULL;
}

static bool allowed(const struct cli *cli, size_t i)
{
    return i < cli->verb->opt_count ||
           takes_common(cli, &common[i - cli->verb->opt_count]);
}

static int unknown(struct cli *cli, const char *word, size_t len)
{
    const char *names[LETTERS_MAX];
    char buf[40] = "";
    size_t count = 0;
    const char *near = NULL;
    const struct cli_opt *o;

    for (size_t i = 0; (o = option(cli, i)) != NULL; i++)
        if (allowed(cli, i) && o->word[0] != '\0' && count < LETTERS_MAX)
            names[count++] = o->word;
    if (len > 3 && len < sizeof buf) {
        memcpy(buf, word + 2, len - 2);
        near = report_nearest(buf, names, count);
    }
    if (near != NULL)
        report_at(&cli->report, cli_col(cli), "E002",
                  "unknown option \"%b\"; did you mean \"--%s\"?", word, len,
                  near);
    else
        report_at(&cli->report, cli_col(cli), "E002",
                  "unknown option \"%b\"; crier %s -h lists the options", word,
                  len, cli->verb->name);
    return CLI_BAD;
}

/* The word behind an option that needs a value; NULL after a report. */
static const char *next_value(struct cli *cli, const struct cli_opt *o)
{
    if (cli->at < cli->argc) {
        cli->word = cli->at;
        return cli->argv[cli->at++];
    }
    if (o->is_short)
        report_at(&cli->report, cli_col(cli), "E003",
                  "option -%b needs a value behind it", &o->letter, (size_t)1);
    else
        report_at(&cli->report, cli_col(cli), "E003",
                  "option --%s needs a value behind it", o->word);
    return NULL;
}

/* "--word", "--word=value" or "--word value" */
static const struct cli_opt *long_option(struct cli *cli, const char *word,
                                         const char **value)
{
    size_t len = strcspn(word, "=");
    const struct cli_opt *o;

    for (size_t i = 0; (o = option(cli, i)) != NULL; i++) {
        if (!allowed(cli, i) || o->word[0] == '\0' ||
            strlen(o->word) != len - 2 ||
            memcmp(o->word, word + 2, len - 2) != 0)
            continue;
        if (!o->has_value && word[len] == '=') {
            report_at(&cli->report, cli_col(cli), "E003",
                      "option --%s takes no value", o->word);
            return NULL;
        }
        if (o->has_value) {
            *value = word[len] == '=' ? word + len + 1 : next_value(cli, o);
            if (*value == NULL)
                return NULL;
        }
        return o;
    }
    unknown(cli, word, len);
    return NULL;
}

/* The letter at cli->cluster, with its value right behind or as next word. */
static const struct cli_opt *short_option(struct cli *cli,
                                          const char **value)
{
    char dashed[2] = {'-', *cli->cluster};
    const struct cli_opt *o;

    for (size_t i = 0; (o = option(cli, i)) != NULL; i++) {
        if (!allowed(cli, i) || !o->is_short || o->letter != *cli->cluster)
            continue;
        cli->cluster++;
        if (o->has_value) {
            *value = *cli->cluster != '\0' ? cli->cluster
                                           : next_value(cli, o);
            cli->cluster = NULL;
            if (*value == NULL)
                return NULL;
        } else if (*cli->cluster == '\0') {
            cli->cluster = NULL;
        }
        return o;
    }
    unknown(cli, dashed, sizeof dashed);
    return NULL;
}

static bool take_color(struct cli *cli, const char *value)
{
    static const char words[][8] = {"auto", "always", "never"};

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(value, words[i]) == 0) {
            cli->color = (enum out_color)i;
            return true;
        }
    }
    report_at(&cli->report, cli_col(cli), "E004",
              "read \"%s\", expected auto, always or never", value);
    return false;
}

static bool take_common(struct cli *cli, char letter, const char *value)
{
    switch (letter) {
    case 'i':
        if (*value == '\0') {
            report_at(&cli->report, cli_col(cli), "E004",
                      "read \"\", expected an interface");
            return false;
        }
        if (cli->glob_count == LOOP_GLOBS_MAX) {
            report_at(&cli->report, cli_col(cli), "E004",
                      "more than %u interfaces", (unsigned)LOOP_GLOBS_MAX);
            return false;
        }
        cli->globs[cli->glob_count++] = value;
        break;
    case '4':
        cli->families |= ADDR_V4;
        break;
    case '6':
        cli->families |= ADDR_V6;
        break;
    case 'j':
        cli->json = true;
        break;
    case 'p':
        cli->parsable = true;
        break;
    case 'T':
        cli->has_timeout = true;
        return cli_duration(cli, value, &cli->timeout_ms);
    case 's':
        cli->socket = value;
        break;
    case 'q':
        cli->quiet = true;
        break;
    case 'v':
        cli->verbose++;
        break;
    default:
        return take_color(cli, value);
    }
    return true;
}

/* The next option or word, whoever it belongs to. */
static const struct cli_opt *read_option(struct cli *cli, const char **value)
{
    const char *word = cli->argv[cli->word];

    if (cli->cluster == NULL && word[1] == '-')
        return long_option(cli, word, value);
    if (cli->cluster == NULL)
        cli->cluster = word + 1;
    return short_option(cli, value);
}

int cli_next(struct cli *cli, const char **value)
{
    for (;;) {
        const struct cli_opt *o;

        *value = NULL;
        if (cli->cluster == NULL) {
            if (cli->at >= cli->argc)
                return CLI_END;
            cli->word = cli->at++;
            *value = cli->argv[cli->word];
            if (cli->only_words || (*value)[0] != '-' || (*value)[1] == '\0')
                return CLI_WORD;
            if (strcmp(*value, "--") == 0) {
                if (cli->verb->command)
                    return CLI_END;
                cli->only_words = true;
                continue;
            }
        }
        *value = NULL;
        o = read_option(cli, value);
        if (o == NULL)
            return CLI_BAD;
        if (o < common || o >= common + COMMON_COUNT)
            return o->letter;
        if (!take_common(cli, o->letter, *value))
            return CLI_BAD;
    }
}

struct out cli_out(const struct cli *cli)
{
    struct out o;

    out_init(&o, &text_out,
             cli->json       ? OUT_JSON
             : cli->parsable ? OUT_AVAHI
                             : OUT_TEXT,
             cli->color);
    return o;
}
