/*
 * export.c - what was found, in the forms of others; see export.h
 *
 * Rows come from anybody on the link. What a form cannot hold is left out
 * where a name is read by machines (hosts, groups), and escaped in the
 * strings of JSON. For the same services the text is the same, whatever the
 * order they came in.
 */
#include "export.h"

#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"
#include "crier/os.h"
#include "crier/sort.h"

enum { GROUP_MAX = 80, ROLES_MAX = 2 };

/* --- rows ------------------------------------------------------------------ */

/* Not this host, all hosts or none: such an address would have others send
 * to themselves what is meant for somebody. */
static bool usable(const struct addr *a)
{
    static const uint8_t low[10];

    if (a->family == ADDR_V4)
        return a->b[0] != 0 && a->b[0] != 127 && a->b[0] < 224;
    return a->family == ADDR_V6 && a->b[0] != 0xff &&
           memcmp(a->b, low, sizeof low) != 0;
}

bool export_row(struct export_row *r, const struct found *f)
{
    r->f = f;
    r->addr = NULL;
    for (unsigned i = f->ev.addr_count; i-- > 0;)
        if (usable(&f->ev.addrs[i]))
            r->addr = &f->ev.addrs[i];
    return reduce_host(&f->ev.host, r->host) && r->addr != NULL;
}

static bool is_ssh(const struct export_row *r)
{
    return r->f->ev.type.wire[0] == 4 &&
           memcmp(r->f->ev.type.wire + 1, "_ssh", 4) == 0;
}

/* Of the same host the one to reach it by comes first. */
static int by_host(const void *a, const void *b)
{
    const struct export_row *x = a, *y = b;
    int d = strcmp(x->host, y->host);

    if (d == 0)
        d = is_ssh(y) - is_ssh(x);
    if (d == 0)
        d = addr_link_local(x->addr) - addr_link_local(y->addr);
    if (d == 0)
        d = name_compare(&x->f->ev.name, &y->f->ev.name);
    return d != 0 ? d : strcmp(x->f->iface, y->f->iface);
}

/* Whether rows[i] is the first of its host. */
static bool begins(const struct export_row *rows, size_t i)
{
    return i == 0 || strcmp(rows[i].host, rows[i - 1].host) != 0;
}

bool export_allowed(const char *list, size_t len, const char *host)
{
    char line[REDUCE_HOST_MAX + 1] = "";

    for (size_t at = 0, line_len = 0; at <= len; at++) {
        if (at < len && list[at] != '\n') {
            uint8_t c = (uint8_t)list[at];

            if (c > ' ' && line_len < sizeof line)
                line[line_len++] = (char)name_fold(c);
            continue;
        }
        if (line_len > 0 && line_len < sizeof line && line[0] != '#') {
            line[line_len] = '\0';
            if (pub_glob(line, host))
                return true;
        }
        line_len = 0;
    }
    return false;
}

/* --- hosts ----------------------------------------------------------------- */

struct pair {
    const struct export_row *row;
    const struct addr *addr;
};

static int by_address(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int d = strcmp(x->row->host, y->row->host);

    if (d == 0)
        d = x->addr->family - y->addr->family;
    return d != 0 ? d : memcmp(x->addr->b, y->addr->b, sizeof x->addr->b);
}

static bool put_hosts(struct text *t, struct export_row *rows, size_t count)
{
    struct pair *pairs = malloc((count * DNSSD_ADDRS_MAX + 1) * sizeof *pairs);
    char buf[ADDR_TEXT_MAX];
    size_t n = 0;

    if (pairs == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        for (unsigned k = 0; k < rows[i].f->ev.addr_count; k++) {
            const struct addr *a = &rows[i].f->ev.addrs[k];

            if (usable(a) && !addr_link_local(a))
                pairs[n++] = (struct pair){&rows[i], a};
        }
    sort(pairs, n, sizeof *pairs, by_address);
    text_str(t, "# written by crier\n");
    for (size_t i = 0; i < n; i++)
        if (i == 0 || by_address(&pairs[i], &pairs[i - 1]) != 0)
            text_fmt(t, "%s %s.local %s\n",
                     os_addr_text(pairs[i].addr, NULL, buf),
                     pairs[i].row->host, pairs[i].row->host);
    free(pairs);
    return true;
}

/* --- ssh ------------------------------------------------------------------- */

/* In HostName a % begins a token, and %% is one. */
static void put_ssh(struct text *t, const struct export_row *rows,
                    size_t count)
{
    char buf[ADDR_TEXT_MAX];

    text_str(t, "# written by crier\n");
    for (size_t i = 0; i < count; i++) {
        const struct export_row *r = &rows[i];
        const char *address = os_addr_text(r->addr, r->f->iface, buf);
        size_t plain = strcspn(address, "%");

        if (!begins(rows, i) || r->f->ev.port == 0)
            continue;
        text_fmt(t, "Host %s %s.local\n    HostName %b", r->host, r->host,
                 (const void *)address, plain);
        if (address[plain] == '%')
            text_fmt(t, "%%%s", address + plain);
        text_fmt(t, "\n    Port %u\n    HostKeyAlias %s.local\n",
                 (unsigned)r->f->ev.port, r->host);
    }
}

/* --- Prometheus ------------------------------------------------------------ */

static void put_label(struct text *t, const char *name, const void *value,
                      size_t len)
{
    text_fmt(t, ",\"__meta_crier_%s\":", name);
    out_json_string(t, value, len);
}

static void put_labels(struct text *t, const struct export_row *r)
{
    const struct dnssd_event *ev = &r->f->ev;
    const uint8_t *label = name_label(&ev->name, 0);
    struct reduce_txt txt = {.count = 0};
    char buf[NAME_TEXT_MAX];
    struct text type = text_memory(buf, sizeof buf);

    /* Its own would take the place of those of the configuration. */
    text_str(t, "\"labels\":{\"__meta_crier_host\":");
    out_json_string(t, r->host, strlen(r->host));
    put_label(t, "iface", r->f->iface, strlen(r->f->iface));
    put_label(t, "name", label + 1, label[0]);
    text_name(&type, &ev->type);
    put_label(t, "type", type.buf, type.len);
    while (reduce_txt_next(&txt, ev->txt, ev->txt_len)) {
        text_str(t, ",\"__meta_crier_txt_");
        reduce_put(t, txt.seen[txt.count - 1].key,
                   txt.seen[txt.count - 1].len, REDUCE_LOWER);
        text_str(t, "\":");
        if (txt.value != NULL)
            out_json_string(t, txt.value, txt.value_len);
        else
            out_json_string(t, "true", 4);
    }
    text_str(t, "}}");
}

/* The rows of one instance stand together: one on each link. */
static void put_prom(struct text *t, const struct export_row *rows,
                     size_t count)
{
    char buf[ADDR_TEXT_MAX];
    const char *between = "[\n";

    for (size_t i = 0, next; i < count; i = next) {
        const struct export_row *r = &rows[i];
        const char *form;

        for (next = i + 1; next < count && name_equal(&rows[next].f->ev.name,
                                                      &r->f->ev.name); next++)
            if (addr_link_local(r->addr) && !addr_link_local(rows[next].addr))
                r = &rows[next];
        if (r->f->ev.port == 0)
            continue;
        text_str(t, between);
        between = ",\n";
        form = r->addr->family == ADDR_V6 ? "{\"targets\":[\"[%s]:%u\"],"
                                          : "{\"targets\":[\"%s:%u\"],";
        text_fmt(t, form, os_addr_text(r->addr, r->f->iface, buf),
                 (unsigned)r->f->ev.port);
        put_labels(t, r);
    }
    text_str(t, between[0] == '[' ? "[]\n" : "\n]\n");
}

/* --- Ansible --------------------------------------------------------------- */

struct group {
    char name[GROUP_MAX];
    const struct export_row *row;
};

static int by_group(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int d = strcmp(x->name, y->name);

    return d != 0 ? d : strcmp(x->row->host, y->row->host);
}

/* Ansible takes its variables for templates, which can run programs, and a
 * dictionary with "__ansible_vault" or the like for what that stands for. */
static bool is_template(const uint8_t *p, size_t len)
{
    static const char own[] = "__ansible";

    if (len >= sizeof own - 1 && memcmp(p, own, sizeof own - 1) == 0)
        return true;
    for (size_t i = 1; i < len; i++)
        if (p[i - 1] == '{' && (p[i] == '{' || p[i] == '%' || p[i] == '#'))
            return true;
    return false;
}

static void put_variables(struct text *t, const struct export_row *r,
                          const struct dnssd_event *ev)
{
    char buf[ADDR_TEXT_MAX];
    const uint8_t *s, *id;
    const char *between = "";
    uint8_t len;
    size_t pos = 0;

    text_fmt(t, "\"%s\":{\"ansible_host\":\"%s\"", r->host,
             os_addr_text(r->addr, r->f->iface, buf));
    if (is_ssh(r) && r->f->ev.port != 0)
        out_json_num(t, "ansible_port", r->f->ev.port);
    if (dnssd_txt_get(ev->txt, ev->txt_len, "id", &id, &len) ==
            DNSSD_TXT_VALUE && !is_template(id, len)) {
        text_str(t, ",\"crier_id\":");
        out_json_string(t, id, len);
    }
    text_str(t, ",\"crier_txt\":{");
    while (dnssd_txt_next(ev->txt, ev->txt_len, &pos, &s, &len)) {
        const uint8_t *eq = memchr(s, '=', len);
        size_t key_len = eq != NULL ? (size_t)(eq - s) : len;

        if (is_template(s, len))
            continue;
        text_str(t, between);
        between = ",";
        out_json_string(t, s, key_len);
        text_str(t, eq != NULL ? ":" : ":true");
        if (eq != NULL)
            out_json_string(t, eq + 1, len - key_len - 1);
    }
    text_str(t, "}}");
}

/* The row whose TXT stands for the host: ssh has none as a rule. */
static const struct export_row *telling(const struct export_row *rows,
                                        size_t i, size_t count)
{
    for (size_t k = i; k < count && (k == i || !begins(rows, k)); k++)
        if (rows[k].f->ev.txt_len > 1)
            return &rows[k];
    return &rows[i];
}

/* "type_ssh_tcp", "app_X", "role_Y"; returns how many. */
static size_t groups_of(const struct export_row *r, struct group *g)
{
    static const char keys[ROLES_MAX][6] = {"app", "role"};
    size_t n = 1;

    for (unsigned i = 0; i <= ROLES_MAX; i++) {
        struct text t = text_memory(g->name, sizeof g->name - 1);
        const uint8_t *p;
        uint8_t len;

        if (i == 0) {
            text_str(&t, "type");
            for (unsigned k = 0; k < 2; k++) {
                p = name_label(&r->f->ev.type, k);
                reduce_put(&t, p + 1, p[0], REDUCE_KEEP);
            }
        } else if (dnssd_txt_get(r->f->ev.txt, r->f->ev.txt_len, keys[i - 1],
                                 &p, &len) == DNSSD_TXT_VALUE) {
            text_fmt(&t, "%s_", keys[i - 1]);
            reduce_put(&t, p, len, REDUCE_KEEP);
            n++;
        } else {
            continue;
        }
        text_end(&t);
        g++->row = r;
    }
    return n;
}

static void put_groups(struct text *t, const struct group *g, size_t count)
{
    const char *between = "\"";

    text_str(t, "}},\n\"all\":{\"children\":[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(g[i].name, g[i - 1].name) == 0)
            continue;
        text_fmt(t, "%s%s\"", between, g[i].name);
        between = ",\"";
    }
    text_str(t, "]}");
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || strcmp(g[i].name, g[i - 1].name) != 0)
            text_fmt(t, "%s,\n\"%s\":{\"hosts\":[\"%s\"", i > 0 ? "]}" : "",
                     g[i].name, g[i].row->host);
        else if (by_group(&g[i], &g[i - 1]) != 0)
            text_fmt(t, ",\"%s\"", g[i].row->host);
    }
    text_str(t, count > 0 ? "]}}\n" : "}\n");
}

static bool put_ansible(struct text *t, const struct export_row *rows,
                        size_t count)
{
    struct group *groups = malloc((count * (1 + ROLES_MAX) + 1) *
                                  sizeof *groups);
    size_t n = 0;

    if (groups == NULL)
        return false;
    text_str(t, "{\"_meta\":{\"hostvars\":{");
    for (size_t i = 0; i < count; i++) {
        if (begins(rows, i)) {
            text_str(t, i > 0 ? ",\n" : "\n");
            put_variables(t, &rows[i], &telling(rows, i, count)->f->ev);
        }
        n += groups_of(&rows[i], groups + n);
    }
    sort(groups, n, sizeof *groups, by_group);
    put_groups(t, groups, n);
    free(groups);
    return true;
}

bool export_put(struct text *t, enum export_form form,
                struct export_row *rows, size_t count)
{
    if (form == EXPORT_HOSTS)
        return put_hosts(t, rows, count);
    if (form == EXPORT_PROM) {
        put_prom(t, rows, count);
        return true;
    }
    sort(rows, count, sizeof *rows, by_host);
    if (form == EXPORT_ANSIBLE)
        return put_ansible(t, rows, count);
    put_ssh(t, rows, count);
    return true;
}
