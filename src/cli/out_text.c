/*
 * out_text.c - what was found, for people: live lines and a table
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "crier/conf.h"
#include "crier/os.h"
#include "crier/out.h"

enum { COLUMNS_DEFAULT = 80, COLUMNS_MOST = 10000 };

static bool color_wanted(enum out_color color, bool terminal)
{
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (color != OUT_COLOR_AUTO)
        return color == OUT_COLOR_ALWAYS;
    if (no != NULL && no[0] != '\0')
        return false;
    return terminal && term != NULL && strcmp(term, "dumb") != 0;
}

void out_init(struct out *o, struct text *to, enum out_form form,
              enum out_color color)
{
    const char *env = getenv("COLUMNS");
    uint32_t columns = 0;
    struct winsize size;

    *o = (struct out){.to = to, .form = form, .columns = COLUMNS_DEFAULT};
    o->terminal = to->fd >= 0 && isatty(to->fd) == 1;
    o->color = color_wanted(color, o->terminal);
    if (env != NULL && tokens_number(env, COLUMNS_MOST, &columns) &&
        columns > 0)
        o->columns = columns;
    else if (o->terminal && ioctl(to->fd, TIOCGWINSZ, &size) == 0 &&
             size.ws_col > 0)
        o->columns = size.ws_col;
}

/* Whether a value can stand without quotes among others. */
static bool bare(const uint8_t *p, size_t len)
{
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++)
        if (p[i] <= ' ' || p[i] == '"' || p[i] == '\\')
            return false;
    return true;
}

void out_txt(struct text *t, const uint8_t *txt, size_t len)
{
    const uint8_t *s;
    uint8_t n;
    size_t pos = 0;
    bool first = true;

    while (dnssd_txt_next(txt, len, &pos, &s, &n)) {
        const uint8_t *eq = memchr(s, '=', n);
        size_t key_len = eq != NULL ? (size_t)(eq - s) : n;
        size_t value_len = eq != NULL ? n - key_len - 1 : 0;

        if (!first)
            text_str(t, " ");
        first = false;
        text_safe(t, s, key_len);
        if (eq == NULL)
            continue;
        text_str(t, "=");
        if (value_len == 0)
            continue;
        if (bare(eq + 1, value_len)) {
            text_safe(t, eq + 1, value_len);
            continue;
        }
        text_str(t, "\"");
        for (size_t i = 0, start = 0; i <= value_len; i++) {
            bool special = i < value_len && (eq[1 + i] == '"' ||
                                             eq[1 + i] == '\\');

            if (!special && i < value_len)
                continue;
            text_safe(t, eq + 1 + start, i - start);
            if (special) {
                text_str(t, "\\");
                text_bytes(t, eq + 1 + i, 1);
            }
            start = i + 1;
        }
        text_str(t, "\"");
    }
}

/* --- cells -------------------------------------------------------------- */

enum { NAME, TYPE, HOST, ADDRESS, PORT, IFACE, TXT, CELLS };
enum {
    CELL_MAX = 1024,
    IFACE_MAX = 64,
    LEAST_ROOM = 12, /* columns: with less a cut text says nothing */
};

static void cell(struct text *t, int which, const struct found *f,
                 const char *ifaces)
{
    const struct dnssd_event *ev = &f->ev;
    const uint8_t *label = name_label(&ev->name, 0);
    char buf[ADDR_TEXT_MAX];

    if (!ev->resolved && which != NAME && which != TYPE && which != IFACE) {
        text_str(t, which == TXT ? "" : "-");
        return;
    }
    switch (which) {
    case NAME:
        text_safe(t, label + 1, label[0]);
        break;
    case TYPE:
        text_name(t, &ev->type);
        break;
    case HOST:
        text_name(t, &ev->host);
        break;
    case ADDRESS:
        text_str(t, ev->addr_count > 0
                        ? os_addr_text(&ev->addrs[0], f->iface, buf)
                        : "-");
        break;
    case PORT:
        text_num(t, ev->port);
        break;
    case IFACE:
        text_safe(t, ifaces, strlen(ifaces));
        break;
    default:
        out_txt(t, ev->txt, ev->txt_len);
    }
}

/* The last cell: cut to the columns left on a terminal, else whole. */
static void last_cell(const struct out *o, const struct found *f,
                      const char *ifaces, size_t used)
{
    char buf[CELL_MAX];
    struct text c = text_memory(buf, sizeof buf);
    size_t room = o->columns > used ? o->columns - used : 0;

    if (!o->terminal || room < LEAST_ROOM) {
        cell(o->to, TXT, f, ifaces);
        return;
    }
    cell(&c, TXT, f, ifaces);
    if (text_width(buf, c.len) <= room) {
        text_bytes(o->to, buf, c.len);
        return;
    }
    text_bytes(o->to, buf, text_fit(buf, c.len, room - 1));
    text_str(o->to, "\xe2\x80\xa6"); /* an ellipsis */
}

static bool wanted(const struct out *o, int which)
{
    return !o->names_only || which == NAME || which == TYPE ||
           which == IFACE;
}

/* Cells in columns, two blanks between, none at the end of the line. */
static void row(const struct out *o, const struct found *f,
                const char *ifaces, const size_t *width, size_t used)
{
    char buf[CELL_MAX];
    size_t pad = 0;

    for (int i = 0; i < TXT; i++) {
        struct text c = text_memory(buf, sizeof buf);
        size_t columns;

        if (!wanted(o, i))
            continue;
        cell(&c, i, f, ifaces);
        columns = text_width(buf, c.len);
        text_pad(o->to, pad);
        text_bytes(o->to, buf, c.len);
        pad = 2 + (columns < width[i] ? width[i] - columns : 0);
        used += columns + pad;
    }
    if (f->ev.resolved && f->ev.txt_len > 1) {
        text_pad(o->to, pad);
        last_cell(o, f, ifaces, used);
    }
    text_str(o->to, "\n");
}

void out_line(const struct out *o, char sign, const struct found *f)
{
    static const size_t width[CELLS] = {16, 12, 12, 12, 4, 4, 0};
    const char *color = sign == '+'   ? "\033[32m"
                        : sign == '-' ? "\033[31m"
                                      : NULL;

    if (o->color && color != NULL)
        text_str(o->to, color);
    text_bytes(o->to, &sign, 1);
    if (o->color && color != NULL)
        text_str(o->to, "\033[m");
    text_str(o->to, " ");
    row(o, f, f->iface, width, 2);
    text_flush(o->to);
}

/* --- the table ---------------------------------------------------------- */

/* Same service on two links: one row. */
static bool same_service(const struct found *a, const struct found *b)
{
    return name_equal(&a->ev.name, &b->ev.name) &&
           a->ev.resolved == b->ev.resolved &&
           (!a->ev.resolved || (a->ev.port == b->ev.port &&
                                name_equal(&a->ev.host, &b->ev.host)));
}

/* The interfaces of list[i] and those that follow it with the same service;
 * returns how many rows that takes together. */
static size_t group(struct found *const *list, size_t count, size_t i,
                    char *ifaces)
{
    struct text t = text_memory(ifaces, IFACE_MAX);
    size_t n = 0;

    do {
        if (n > 0)
            text_str(&t, ",");
        text_str(&t, list[i + n]->iface);
        n++;
    } while (i + n < count && same_service(list[i], list[i + n]));
    text_end(&t);
    return n;
}

static void measure(const struct found *f, const char *ifaces, size_t *width)
{
    char buf[CELL_MAX];

    for (int i = 0; i < TXT; i++) {
        struct text c = text_memory(buf, sizeof buf);
        size_t columns;

        cell(&c, i, f, ifaces);
        columns = text_width(buf, c.len);
        if (columns > width[i])
            width[i] = columns;
    }
}

static void header(const struct out *o, const char (*head)[8],
                   const size_t *width)
{
    size_t pad = 0;

    for (int i = 0; i < CELLS; i++) {
        if (!wanted(o, i))
            continue;
        text_pad(o->to, pad);
        text_str(o->to, head[i]);
        pad = width[i] - strlen(head[i]) + 2;
    }
    text_str(o->to, "\n");
}

void out_table(const struct out *o, const struct found_set *s)
{
    static const char head[CELLS][8] = {"NAME", "TYPE",  "HOST", "ADDRESS",
                                        "PORT", "IFACE", "TXT"};
    struct found **list = found_sorted(s);
    size_t width[CELLS];
    char ifaces[IFACE_MAX];

    if (list == NULL)
        return;
    for (int i = 0; i < CELLS; i++)
        width[i] = o->terminal ? strlen(head[i]) : 0;
    for (size_t i = 0; i < s->count;) {
        size_t at = i;

        i += group(list, s->count, i, ifaces);
        measure(list[at], ifaces, width);
    }
    if (o->terminal)
        header(o, head, width);
    for (size_t i = 0; i < s->count;) {
        size_t at = i;

        i += group(list, s->count, i, ifaces);
        row(o, list[at], ifaces, width, 0);
    }
    free(list);
    text_flush(o->to);
}
