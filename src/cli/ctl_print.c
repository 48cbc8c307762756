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
        for (n = 1; at[n] != '"' && at[n] != '\0'; n++)
            n += at[n] == '\\' && at[n + 1] != '\0';
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

static void print_service(const char *line)
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

/* "KEY  " in a column */
static void put_head(const char *key)
{
    enum { WIDTH = 10 };

    text_str(&text_out, key);
    text_pad(&text_out, WIDTH - strlen(key));
}

static void put_one(const char *line, const char *key)
{
    put_head(key);
    ctl_value(&text_out, line, key);
    text_str(&text_out, "\n");
}

static void print_reload(const char *line)
{
    static const char keys[][10] = {"services", "added", "updated",
                                    "withdrawn"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        put_one(line, keys[i]);
    text_flush(&text_out);
}

static void print_problem(const char *line, bool first)
{
    put_head(first ? "health" : "");
    ctl_value(&text_out, line, "text");
    text_str(&text_out, " (");
    ctl_value(&text_out, line, "code");
    text_str(&text_out, ")\n");
}

static void print_iface(const char *line)
{
    size_t width;

    put_head("iface");
    width = ctl_value(&text_out, line, "iface");
    text_pad(&text_out, width < 8 ? 9 - width : 1);
    width = ctl_value(&text_out, line, "state");
    text_pad(&text_out, width < 6 ? 7 - width : 1);
    ctl_value(&text_out, line, "addresses");
    text_str(&text_out, "  rx ");
    ctl_value(&text_out, line, "rx");
    text_str(&text_out, " tx ");
    ctl_value(&text_out, line, "tx");
    text_str(&text_out, "\n");
}

/* "services  12; 11 announced, 1 held": words in quotes stand for values. */
static void print_figures(const char *line)
{
    static const char rows[][84] = {
        "host\0", "services\0; \"announced\" announced, \"held\" held",
        "records\0, \"cached\" of others; \"conflicts\" conflicts",
        "memory\0 of \"memory_max\" bytes; \"clients\" clients",
        "uptime_s\0", "version\0",
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *p = rows[i] + strlen(rows[i]) + 1;

        put_head(rows[i]);
        ctl_value(&text_out, line, rows[i]);
        while (*p != '\0') {
            size_t len = strcspn(p, "\"");
            char key[16] = "";

            text_bytes(&text_out, p, len);
            p += len;
            if (*p == '\0')
                break;
            len = strcspn(++p, "\"");
            memcpy(key, p, len);
            ctl_value(&text_out, line, key);
            p += len + 1;
        }
        text_str(&text_out, "\n");
    }
    text_flush(&text_out);
}

static void print_news(const char *line)
{
    ctl_value(&text_out, line, "ts");
    text_str(&text_out, " ");
    ctl_value(&text_out, line, "text");
    text_str(&text_out, "\n");
    text_flush(&text_out);
}

static bool has(const char *line, const char *key)
{
    size_t len;

    return value_of(line, key, &len) != NULL;
}

void ctl_print(const char *line, bool news, bool *health)
{
    if (news) {
        print_news(line);
        return;
    }
    if (has(line, "code")) {
        print_problem(line, !*health);
        *health = true;
        return;
    }
    if (!*health && (has(line, "announced") || has(line, "rx"))) {
        *health = true;
        put_head("health");
        text_str(&text_out, "ok\n");
    }
    if (has(line, "port"))
        print_service(line);
    else if (has(line, "rx"))
        print_iface(line);
    else if (has(line, "announced"))
        print_figures(line);
    else if (has(line, "applied"))
        print_reload(line);
}

int ctl_refused(const char *line)
{
    char buf[2200], code[8] = "";
    struct text t = text_memory(buf, sizeof buf - 1);
    struct text c = text_memory(code, sizeof code - 1);

    ctl_value(&c, line, "code");
    ctl_value(&t, line, "error");
    if (strstr(text_end(&t), text_end(&c)) == NULL)
        cli_say("%s: %s", code, buf);
    else
        cli_say("%s", buf); /* it has the place, then the code */
    if (strcmp(code, "E062") == 0)
        return CLI_NONE;
    if (strstr("E041 E063 E074", code) != NULL)
        return CLI_SYSTEM;
    return CLI_USAGE;
}
