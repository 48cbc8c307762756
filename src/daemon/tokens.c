/*
 * tokens.c - the one tokenizer: configuration, service files, requests
 *
 * Works on one line at a time and copies what the words mean (quotes and
 * escapes taken away) into a buffer of its own, so that the caller's bytes
 * stay as they are and columns can be told.
 */
#include <string.h>

#include "crier/conf.h"

const char *tokens_error(enum tokens_err err)
{
    switch (err) {
    case TOKENS_LONG:
        return "a line is at most 4096 bytes long";
    case TOKENS_MANY:
        return "a line has at most 64 words";
    case TOKENS_QUOTE:
        return "expected a closing double quote before the end of the line";
    case TOKENS_ESCAPE:
        return "expected \\\", \\\\ or \\ with three decimal digits up to 255";
    case TOKENS_BYTE:
        return "expected text, read a control character";
    case TOKENS_OK:
        break;
    }
    return "";
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The byte that the escape behind a backslash stands for: bytes it takes, or
 * 0 if it is none. */
static size_t escape(const char *s, size_t len, char *out)
{
    if (len >= 1 && (s[0] == '"' || s[0] == '\\')) {
        *out = s[0];
        return 1;
    }
    if (len >= 3 && digit(s[0]) && digit(s[1]) && digit(s[2])) {
        int v = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');

        *out = (char)v;
        return v <= 255 ? 3 : 0;
    }
    return 0;
}

static enum tokens_err fail(struct tokens *t, size_t at, enum tokens_err err)
{
    t->err_col = (unsigned)at + 1;
    return err;
}

/* Read the word at *at; its bytes go to t->buf from *used on. */
static enum tokens_err word(struct tokens *t, const char *line, size_t len,
                            size_t *at, size_t *used)
{
    struct token *w = &t->word[t->count];
    size_t start = *used;
    size_t i = *at;
    size_t quote = len; /* where the open quote stands */

    *w = (struct token){.text = t->buf + start, .col = (unsigned)i + 1};
    for (; i < len && (quote < len || !blank(line[i])); i++) {
        char c = line[i];

        if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
            return fail(t, i, TOKENS_BYTE);
        if (c == '"') {
            w->quoted = true;
            quote = quote < len ? len : i;
            continue;
        }
        if (c == '\\' && quote < len) {
            size_t n = escape(line + i + 1, len - i - 1, &c);

            if (n == 0)
                return fail(t, i, TOKENS_ESCAPE);
            i += n;
        }
        t->buf[(*used)++] = c;
    }
    if (quote < len)
        return fail(t, quote, TOKENS_QUOTE);
    w->len = *used - start;
    w->end_col = (unsigned)i + 1;
    t->buf[(*used)++] = '\0';
    t->count++;
    *at = i;
    return TOKENS_OK;
}

enum tokens_err tokens_split(struct tokens *t, const char *line, size_t len)
{
    size_t used = 0;
    size_t at = 0;

    t->count = 0;
    t->err_col = 1;
    t->line = line;
    if (len > 0 && line[len - 1] == '\r')
        len--;
    if (len > TOKENS_LINE_MAX)
        return fail(t, TOKENS_LINE_MAX, TOKENS_LONG);
    for (;;) {
        enum tokens_err err;

        while (at < len && blank(line[at]))
            at++;
        if (at == len || line[at] == '#')
            return TOKENS_OK;
        if (t->count == TOKENS_WORDS_MAX)
            return fail(t, at, TOKENS_MANY);
        err = word(t, line, len, &at, &used);
        if (err != TOKENS_OK)
            return err;
    }
}

void tokens_quote(struct text *t, const char *p, size_t len)
{
    text_str(t, "\"");
    for (size_t i = 0; i < len; i++) {
        unsigned char b = (unsigned char)p[i];
        char esc[4] = {'\\', (char)('0' + b / 100),
                       (char)('0' + b / 10 % 10), (char)('0' + b % 10)};

        if (b < ' ' || b == 0x7f || b == '"' || b == '\\')
            text_bytes(t, esc, sizeof esc);
        else
            text_bytes(t, p + i, 1);
    }
    text_str(t, "\"");
}

bool tokens_rest(const struct tokens *t, const char **text, size_t *len)
{
    const struct token *last = &t->word[t->count - 1];

    if (t->count < 2)
        return false;
    if (t->count == 2) {
        *text = last->text;
        *len = last->len;
        return true;
    }
    for (unsigned i = 1; i < t->count; i++)
        if (t->word[i].quoted)
            return false;
    *text = t->line + t->word[1].col - 1;
    *len = last->end_col - t->word[1].col;
    return true;
}

/* Digits from *s on; moves *s behind them. */
static bool number(const char **s, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;

    if (!digit(**s))
        return false;
    for (; digit(**s); (*s)++) {
        v = v * 10 + (uint64_t)(**s - '0');
        if (v > max)
            return false;
    }
    *out = (uint32_t)v;
    return true;
}

bool tokens_number(const char *text, uint32_t max, uint32_t *out)
{
    return number(&text, max, out) && *text == '\0';
}

bool tokens_duration(const char *text, uint32_t *ms)
{
    static const struct {
        char unit[4];
        uint32_t ms;
    } units[] = {{"", 1000},      {"ms", 1},         {"s", 1000},
                 {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 86400 * 1000}};
    uint32_t v;

    if (!number(&text, UINT32_MAX, &v))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text, units[i].unit) != 0)
            continue;
        if (v > UINT32_MAX / units[i].ms)
            return false;
        *ms = v * units[i].ms;
        return true;
    }
    return false;
}
