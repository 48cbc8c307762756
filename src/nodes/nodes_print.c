/*
 * nodes_print.c - machines as a table, as key=value words, and as JSON
 */
#include <string.h>

#include "crier/os.h"
#include "nodes.h"

/* What can be told of one, besides its fields. */
enum { ADDRESS = ID_COUNT, NAME, HOST, PORT, AGE };

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

/* As it came, or nothing. */
static void put_raw(struct text *t, const struct node *n, unsigned what)
{
    const struct dnssd_event *ev = &n->f->ev;
    const uint8_t *label = name_label(&ev->name, 0);
    char buf[ADDR_TEXT_MAX];

    if (what < ID_COUNT)
        text_bytes(t, n->value[what].p, n->value[what].len);
    else if (what == NAME)
        text_bytes(t, label + 1, label[0]);
    else if (what == AGE)
        put_age(t, os_now_ms() - n->f->since_ms);
    else if (!ev->resolved)
        return;
    else if (what == HOST)
        text_name(t, &ev->host);
    else if (what == PORT)
        text_num(t, ev->port);
    else if (ev->addr_count > 0)
        text_str(t, os_addr_text(&ev->addrs[0], n->f->iface, buf));
}

/* --- key=value ------------------------------------------------------------- */

/* Made of TXT strings, which out_txt() quotes where they need it. */
void node_words(struct text *to, const char *event, const struct node *n)
{
    static const uint8_t order[] = {
        ID_APP, ID_ID,     ID_POS,  ID_STATE, ADDRESS, ID_ROLE, ID_MODEL,
        ID_VER, ID_SERIAL, ID_UUID, ID_MGMT,  ID_FP,   ID_CL,   NAME,
        HOST,   PORT};
    static const char keys[][8] = {"address", "name", "host", "port"};
    uint8_t txt[4096];
    size_t len = 0;

    if (event != NULL)
        text_fmt(to, "event=%s ", event);
    for (unsigned i = 0; i < sizeof order; i++) {
        char buf[512];
        struct text t = text_memory(buf, sizeof buf);
        size_t key_len;

        text_str(&t, order[i] == ID_APP      ? "applianceID"
                     : order[i] >= ID_COUNT ? keys[order[i] - ID_COUNT]
                                            : identity_field_name(order[i]));
        text_str(&t, "=");
        key_len = t.len;
        put_raw(&t, n, order[i]);
        if (t.len > key_len)
            (void)dnssd_txt_add(txt, &len, sizeof txt, buf, t.len);
    }
    out_txt(to, txt, len);
    text_str(to, n->dup ? " dup=yes\n" : "\n");
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

enum { COLUMNS = 8, CELL_MAX = 1024 };

static const struct {
    uint8_t what;
    char head[10];
} columns[COLUMNS] = {
    {ID_ID, "ID"},       {ID_APP, "APPLIANCE"}, {ID_POS, "POS"},
    {ID_STATE, "STATE"}, {ID_MODEL, "MODEL"},   {ADDRESS, "ADDRESS"},
    {ID_VER, "VER"},     {AGE, "AGE"},
};

static void put_cell(const struct out *o, const struct node *n, unsigned i,
                     uint16_t *width, bool show)
{
    char raw[CELL_MAX], buf[CELL_MAX];
    struct text r = text_memory(raw, sizeof raw);
    struct text c = text_memory(buf, sizeof buf);
    size_t used;

    put_raw(&r, n, columns[i].what);
    if (r.len == 0 && i == 0) /* of no id the name is known */
        put_raw(&r, n, NAME);
    if (r.len == 0)
        text_str(&r, "-");
    text_safe(&c, raw, r.len);
    used = text_width(buf, c.len);
    if (used > *width)
        *width = (uint16_t)used;
    if (!show)
        return;
    text_bytes(o->to, buf, c.len);
    if (i + 1 < COLUMNS)
        text_pad(o->to, 2 + *width - used);
}

static void put_row(const struct out *o, const struct node *n, uint16_t *width)
{
    for (unsigned i = 0; i < COLUMNS; i++)
        put_cell(o, n, i, &width[i], true);
    if (n->dup)
        text_str(o->to, o->color ? "  \033[31mDUP\033[m" : "  DUP");
    text_str(o->to, "\n");
}

static void put_head(const struct out *o, const uint16_t *width)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        text_str(o->to, columns[i].head);
        if (i + 1 < COLUMNS)
            text_pad(o->to, 2u + width[i] - strlen(columns[i].head));
    }
    text_str(o->to, "\n");
}

static void least_widths(const struct out *o, uint16_t *width)
{
    for (unsigned i = 0; i < COLUMNS; i++)
        width[i] = o->terminal ? (uint16_t)strlen(columns[i].head) : 0;
}

void node_line(const struct out *o, char sign, const struct node *n)
{
    uint16_t width[COLUMNS];

    least_widths(o, width);
    text_bytes(o->to, &sign, 1);
    text_str(o->to, " ");
    put_row(o, n, width);
    text_flush(o->to);
}

void nodes_table(const struct out *o, const struct nodes *n)
{
    uint16_t width[COLUMNS];

    least_widths(o, width);
    for (size_t at = 0; at < n->count; at++)
        for (unsigned i = 0; i < COLUMNS; i++)
            put_cell(o, &n->list[at], i, &width[i], false);
    if (o->terminal && n->count > 0)
        put_head(o, width);
    for (size_t at = 0; at < n->count; at++)
        put_row(o, &n->list[at], width);
    text_flush(o->to);
}
