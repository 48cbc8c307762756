/*
 * ctl_print.c - what a daemon says, for people
 *
 * Answers are lines of JSON. crier wrote them itself, and no string in them
 * can hold a quote that is not escaped, so a key is where its name stands in
 * quotes before a colon.
 */
#include "ctl_print.h"

#include <string.h>

#include "crier/cli.h"

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

size_t ctl_value(struct text *t, const char *line, const char *key)
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

void ctl_print_service(const char *line)
{
    static const struct {
        char key[8];
        uint8_t width;
    } columns[] = {
        {"name", 24}, {"type", 18}, {"port", 5}, {"state", 9}, {"id", 12},
    };

    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        size_t width = ctl_value(&text_out, line, columns[i].key);

        text_pad(&text_out, width < columns[i].width
                                ? columns[i].width - width + 2u
                                : 2u);
    }
    ctl_value(&text_out, line, "ifaces");
    text_str(&text_out, "\n");
    text_flush(&text_out);
}

void ctl_print_keys(const char *line)
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
        ctl_value(&text_out, line, keys[i]);
        text_str(&text_out, "\n");
    }
    text_flush(&text_out);
}

void ctl_print_news(const char *line)
{
    ctl_value(&text_out, line, "ts");
    text_str(&text_out, " ");
    ctl_value(&text_out, line, "text");
    text_str(&text_out, "\n");
    text_flush(&text_out);
}

int ctl_refused(const char *line)
{
    char buf[2200], code[8] = "";
    struct text t = text_memory(buf, sizeof buf - 1);
    struct text c = text_memory(code, sizeof code - 1);

    ctl_value(&c, line, "code");
    ctl_value(&t, line, "error");
    cli_say("%s: %s", text_end(&c), text_end(&t));
    if (strcmp(code, "E062") == 0)
        return CLI_NONE;
    if (strcmp(code, "E063") == 0 || strcmp(code, "E041") == 0)
        return CLI_SYSTEM;
    return CLI_USAGE;
}
