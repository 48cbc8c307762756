/*
 * nodes_print.c - machines as a table, as key=value words, and as JSON
 */
#include <string.h>

#include "crier/os.h"
#include "nodes.h"

/* --- key=value ------------------------------------------------------------- */

/* The strings of a TXT record, which out_txt() quotes where they need it. */
struct words {
    size_t len;
    uint8_t txt[4096];
};

static void put_word(struct words *w, const char *key, const void *value,
                     size_t len)
{
    char buf[16 + UINT8_MAX];
    struct text t = text_memory(buf, sizeof buf);

    text_str(&t, key);
    text_str(&t, "=");
    text_bytes(&t, value, len);
    if (!t.failed && len > 0)
        (void)dnssd_txt_add(w->txt, &w->len, sizeof w->txt, buf, t.len);
}

static void put_text(struct words *w, const char *key, const char *value)
{
    put_word(w, key, value, strlen(value));
}

static void put_value(struct words *w, const char *key, const struct node *n,
                      unsigned field)
{
    put_word(w, key, n->value[field].p, n->value[field].len);
}

void node_words(struct text *to, const char *event, const struct node *n)
{
    const struct found *f = n->f;
    const uint8_t *label = name_label(&f->ev.name, 0);
    char buf[NAME_TEXT_MAX];
    struct text t;
    struct words w = {.len = 0};

    if (event != NULL)
        put_text(&w, "event", event);
    put_value(&w, "applianceID", n, ID_APP);
    for (unsigned i = 0; i < ID_COUNT; i++) {
        if (i != ID_APP)
            put_value(&w, identity_field_name(i), n, i);
        if (i == ID_STATE && f->ev.addr_count > 0)
            put_text(&w, "address",
                     os_addr_text(&f->ev.addrs[0], f->iface, buf));
    }
    put_word(&w, "name", label + 1, label[0]);
    if (f->ev.resolved) {
        t = text_memory(buf, sizeof buf - 1);
        text_name(&t, &f->ev.host);
        put_text(&w, "host", text_end(&t));
        t = text_memory(buf, sizeof buf - 1);
        text_num(&t, f->ev.port);
        put_text(&w, "port", text_end(&t));
    }
    if (n->dup)
        put_text(&w, "dup", "yes");
    out_txt(to, w.txt, w.len);
    text_str(to, "\n");
    text_flush(to);
}

/* --- JSON ------------------------------------------------------------------ */

void node_json(struct text *t, const char *event, const struct node *n)
{
    const struct found *f = n->f;
    const uint8_t *label = name_label(&f->ev.name, 0);

    out_json_open(t, event);
    for (unsigned i = 0; i < ID_COUNT; i++) {
        if (n->value[i].p == NULL)
            out_json_null(t, identity_field_name(i));
        else
            out_json_bytes(t, identity_field_name(i), n->value[i].p,
                           n->value[i].len);
    }
    out_json_bool(t, "dup", n->dup);
    out_json_bytes(t, "name", label + 1, label[0]);
    out_json_name(t, "type", &f->ev.type);
    if (f->ev.resolved) {
        out_json_name(t, "host", &f->ev.host);
        out_json_num(t, "port", f->ev.port);
    } else {
        out_json_null(t, "host");
        out_json_null(t, "port");
    }
    out_json_addrs(t, "addresses", f->ev.addrs,
                   f->ev.resolved ? f->ev.addr_count : 0, f->iface);
    out_json_str(t, "iface", f->iface);
    out_json_close(t);
}

/* --- the table -------------------------------------------------------------- */

enum { COLUMNS = 8, ADDRESS = ID_COUNT, AGE, CELL_MAX = 1024 };

static const struct {
    uint8_t what; /* a field, or one of the above */
    uint8_t width;
    char head[10];
} columns[COLUMNS] = {
    {ID_ID, 15, "ID"},       {ID_APP, 9, "APPLIANCE"}, {ID_POS, 3, "POS"},
    {ID_STATE, 6, "STATE"},  {ID_MODEL, 8, "MODEL"},   {ADDRESS, 15, "ADDRESS"},
    {ID_VER, 3, "VER"},      {AGE, 3, "AGE"},
};

static void put_age(struct text *t, uint64_t ms)
{
    static const char units[] = "smhd";
    static const uint8_t per[] = {60, 60, 24};
    uint64_t v = ms / 1000;
    unsigned i = 0;

    while (i < sizeof per && v >= 2u * per[i])
        v /= per[i++];
    text_num(t, v);
    text_bytes(t, units + i, 1);
}

static void cell(struct text *t, unsigned what, const struct node *n)
{
    const struct dnssd_event *ev = &n->f->ev;
    const uint8_t *label = name_label(&ev->name, 0);
    char buf[ADDR_TEXT_MAX];

    if (what == AGE)
        put_age(t, os_now_ms() - n->f->since_ms);
    else if (what == ADDRESS)
        text_str(t, ev->resolved && ev->addr_count > 0
                        ? os_addr_text(&ev->addrs[0], n->f->iface, buf)
                        : "-");
    else if (n->value[what].len > 0)
        text_safe(t, n->value[what].p, n->value[what].len);
    else if (what == ID_ID) /* of no id the name is known */
        text_safe(t, label + 1, label[0]);
    else
        text_str(t, "-");
}

static void row(const struct out *o, const struct node *n,
                const uint16_t *width)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        char buf[CELL_MAX];
        struct text c = text_memory(buf, sizeof buf);
        size_t used;

        cell(&c, columns[i].what, n);
        used = text_width(buf, c.len);
        text_bytes(o->to, buf, c.len);
        if (i + 1 < COLUMNS)
            text_pad(o->to, 2 + (used < width[i] ? width[i] - used : 0));
    }
    if (n->dup)
        text_str(o->to, o->color ? "  \033[31mDUP\033[m" : "  DUP");
    text_str(o->to, "\n");
}

void node_line(const struct out *o, char sign, const struct node *n)
{
    uint16_t width[COLUMNS];

    for (unsigned i = 0; i < COLUMNS; i++)
        width[i] = columns[i].width;
    text_bytes(o->to, &sign, 1);
    text_str(o->to, " ");
    row(o, n, width);
    text_flush(o->to);
}

void nodes_table(const struct out *o, const struct nodes *n)
{
    uint16_t width[COLUMNS];

    for (unsigned i = 0; i < COLUMNS; i++)
        width[i] = o->terminal ? (uint16_t)strlen(columns[i].head) : 0;
    for (size_t at = 0; at < n->count; at++)
        for (unsigned i = 0; i < COLUMNS; i++) {
            char buf[CELL_MAX];
            struct text c = text_memory(buf, sizeof buf);
            size_t used;

            cell(&c, columns[i].what, &n->list[at]);
            used = text_width(buf, c.len);
            if (used > width[i])
                width[i] = (uint16_t)used;
        }
    for (unsigned i = 0; o->terminal && n->count > 0 && i < COLUMNS; i++) {
        text_str(o->to, columns[i].head);
        if (i + 1 < COLUMNS)
            text_pad(o->to, 2u + width[i] - strlen(columns[i].head));
        else
            text_str(o->to, "\n");
    }
    for (size_t at = 0; at < n->count; at++)
        row(o, &n->list[at], width);
    text_flush(o->to);
}
