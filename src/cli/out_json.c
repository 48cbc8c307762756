/*
 * out_json.c - JSON Lines, one object a line
 *
 * Every key of an event is always there: unknown is null, lists are lists.
 * Strings are well-formed UTF-8 and hold nothing that a terminal obeys: bad
 * bytes become U+FFFD, controls are escaped. A name that lost bytes this way
 * comes as "..._raw" in base64 too.
 */
#include <string.h>
#include <time.h>

#include "crier/os.h"
#include "crier/out.h"
#include "crier/rr.h"

static void put_u16(struct text *t, uint32_t v)
{
    static const char hex[] = "0123456789abcdef";
    char esc[6] = {'\\', 'u', hex[v >> 12 & 15], hex[v >> 8 & 15],
                   hex[v >> 4 & 15], hex[v & 15]};

    text_bytes(t, esc, sizeof esc);
}

/* A JSON string; false if some bytes of it had to be replaced. */
static bool put_string(struct text *t, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    bool whole = true;

    text_str(t, "\"");
    while (len > 0) {
        uint32_t cp = 0;
        unsigned n = text_utf8(p, len, &cp);

        if (n == 0) {
            text_str(t, "\xef\xbf\xbd");
            whole = false;
            n = 1;
        } else if (cp == '"' || cp == '\\') {
            text_str(t, "\\");
            text_bytes(t, p, 1);
        } else if (text_hidden(cp) && cp > 0xffff) {
            put_u16(t, 0xd7c0 + (cp >> 10)); /* as a surrogate pair */
            put_u16(t, 0xdc00 + (cp & 0x3ff));
        } else if (text_hidden(cp)) {
            put_u16(t, cp);
        } else {
            text_bytes(t, p, n);
        }
        p += n;
        len -= n;
    }
    text_str(t, "\"");
    return whole;
}

static void put_base64(struct text *t, const uint8_t *p, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    text_str(t, "\"");
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        char quad[4];

        if (i + 1 < len)
            v |= (uint32_t)p[i + 1] << 8;
        if (i + 2 < len)
            v |= p[i + 2];
        for (int k = 0; k < 4; k++)
            quad[k] = digits[v >> (18 - 6 * k) & 63];
        if (i + 1 >= len)
            quad[2] = '=';
        if (i + 2 >= len)
            quad[3] = '=';
        text_bytes(t, quad, sizeof quad);
    }
    text_str(t, "\"");
}

static bool whole_utf8(const uint8_t *p, size_t len)
{
    uint32_t cp;

    while (len > 0) {
        unsigned n = text_utf8(p, len, &cp);

        if (n == 0)
            return false;
        p += n;
        len -= n;
    }
    return true;
}

static void put_key(struct text *t, const char *key)
{
    text_str(t, ",\"");
    text_str(t, key);
    text_str(t, "\":");
}

void out_json_string(struct text *t, const void *p, size_t len)
{
    put_string(t, p, len);
}

void out_json_str(struct text *t, const char *key, const char *value)
{
    put_key(t, key);
    put_string(t, value, strlen(value));
}

void out_json_base64(struct text *t, const char *key, const void *p,
                     size_t len)
{
    put_key(t, key);
    put_base64(t, p, len);
}

void out_json_bytes(struct text *t, const char *key, const void *p,
                    size_t len)
{
    put_key(t, key);
    if (put_string(t, p, len))
        return;
    text_str(t, ",\"");
    text_str(t, key);
    text_str(t, "_raw\":");
    put_base64(t, p, len);
}

void out_json_num(struct text *t, const char *key, uint64_t v)
{
    put_key(t, key);
    text_num(t, v);
}

void out_json_bool(struct text *t, const char *key, bool v)
{
    put_key(t, key);
    text_str(t, v ? "true" : "false");
}

void out_json_null(struct text *t, const char *key)
{
    put_key(t, key);
    text_str(t, "null");
}

/* Labels with dots between; a dot or a backslash in one behind a backslash,
 * bad bytes as U+FFFD. */
void out_json_name(struct text *t, const char *key, const struct name *n)
{
    char buf[2 * NAME_WIRE_MAX];
    size_t len = 0;
    const uint8_t *label;

    for (unsigned i = 0; (label = name_label(n, i)) != NULL; i++) {
        if (i > 0)
            buf[len++] = '.';
        for (unsigned k = 1; k <= label[0]; k++) {
            if (label[k] == '.' || label[k] == '\\')
                buf[len++] = '\\';
            buf[len++] = (char)label[k];
        }
    }
    put_key(t, key);
    put_string(t, buf, len);
}

void out_json_addrs(struct text *t, const char *key, const struct addr *a,
                    unsigned count, const char *iface)
{
    char buf[ADDR_TEXT_MAX];

    put_key(t, key);
    text_str(t, "[");
    for (unsigned i = 0; i < count; i++) {
        const char *s = os_addr_text(&a[i], iface, buf);

        if (i > 0)
            text_str(t, ",");
        put_string(t, s, strlen(s));
    }
    text_str(t, "]");
}

static void put_digits(struct text *t, uint32_t v, unsigned width)
{
    char digits[8];

    for (unsigned i = width; i-- > 0; v /= 10)
        digits[i] = (char)('0' + v % 10);
    text_bytes(t, digits, width);
}

/*
 * RFC 3339 in UTC, without gmtime(): no time zone files. Days to civil date
 * by counting years from 1 March, so that the leap day comes last.
 */
void out_time(struct text *t, const struct timespec *ts)
{
    uint64_t s = (uint64_t)ts->tv_sec;
    uint32_t of_day = (uint32_t)(s % 86400);
    uint32_t days = (uint32_t)(s / 86400) + 719468; /* since 0000-03-01 */
    uint32_t era = days / 146097;
    uint32_t doe = days % 146097;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;
    uint32_t month = mp < 10 ? mp + 3 : mp - 9;

    put_digits(t, era * 400 + yoe + (month <= 2), 4);
    text_str(t, "-");
    put_digits(t, month, 2);
    text_str(t, "-");
    put_digits(t, doy - (153 * mp + 2) / 5 + 1, 2);
    text_str(t, "T");
    put_digits(t, of_day / 3600, 2);
    text_str(t, ":");
    put_digits(t, of_day / 60 % 60, 2);
    text_str(t, ":");
    put_digits(t, of_day % 60, 2);
    text_str(t, ".");
    put_digits(t, (uint32_t)(ts->tv_nsec / 1000000), 3);
    text_str(t, "Z");
}

void out_json_open_at(struct text *t, const char *event,
                      const struct timespec *ts)
{
    text_str(t, "{\"v\":1,\"event\":\"");
    text_str(t, event);
    text_str(t, "\",\"ts\":\"");
    out_time(t, ts);
    text_str(t, "\"");
    out_json_num(t, "mono_ms", os_now_ms());
}

void out_json_open(struct text *t, const char *event)
{
    struct timespec ts = {0, 0};

    clock_gettime(CLOCK_REALTIME, &ts);
    out_json_open_at(t, event, &ts);
}

void out_json_close(struct text *t)
{
    text_str(t, "}\n");
    text_flush(t);
}

/* {"path":"/a","flag":true,"bin":{"base64":"/wA="}} */
static void put_txt(struct text *t, const uint8_t *txt, size_t len)
{
    const uint8_t *s;
    uint8_t n;
    size_t pos = 0;
    bool first = true;

    text_str(t, "{");
    while (dnssd_txt_next(txt, len, &pos, &s, &n)) {
        const uint8_t *eq = memchr(s, '=', n);
        size_t key_len = eq != NULL ? (size_t)(eq - s) : n;

        if (!first)
            text_str(t, ",");
        first = false;
        put_string(t, s, key_len);
        text_str(t, ":");
        if (eq == NULL) {
            text_str(t, "true");
        } else if (whole_utf8(eq + 1, n - key_len - 1)) {
            put_string(t, eq + 1, n - key_len - 1);
        } else {
            text_str(t, "{\"base64\":");
            put_base64(t, eq + 1, n - key_len - 1);
            text_str(t, "}");
        }
    }
    text_str(t, "}");
}

static const char families[][8] = {"unknown", "ipv4", "ipv6", "both"};

static void put_peer(struct text *t, const struct dnssd_event *ev,
                     const char *iface)
{
    char buf[ADDR_TEXT_MAX];

    if (ev->source.family == ADDR_NONE)
        out_json_null(t, "peer");
    else
        out_json_str(t, "peer", os_addr_text(&ev->source, iface, buf));
}

static void put_resolved(struct text *t, const struct found *f)
{
    const struct dnssd_event *ev = &f->ev;

    if (!ev->resolved) {
        out_json_null(t, "host");
        out_json_null(t, "port");
        out_json_addrs(t, "addresses", NULL, 0, NULL);
        out_json_null(t, "txt");
        return;
    }
    out_json_name(t, "host", &ev->host);
    out_json_num(t, "port", ev->port);
    out_json_addrs(t, "addresses", ev->addrs, ev->addr_count, f->iface);
    put_key(t, "txt");
    put_txt(t, ev->txt, ev->txt_len);
}

void out_json_found(struct text *t, const char *event, const struct found *f,
                    const struct dnssd_type *type)
{
    const struct dnssd_event *ev = &f->ev;
    const uint8_t *label = name_label(&ev->name, 0);

    out_json_open(t, event);
    out_json_str(t, "iface", f->iface);
    out_json_str(t, "family", families[ev->families & 3]);
    out_json_bytes(t, "name", label + 1, label[0]);
    out_json_name(t, "type", &ev->type);
    put_key(t, "subtypes");
    text_str(t, "[");
    if (type != NULL && type->sub_len > 0)
        put_string(t, type->sub, type->sub_len);
    text_str(t, "]");
    out_json_name(t, "domain", &ev->domain);
    put_resolved(t, f);
    out_json_num(t, "ttl", ev->ttl_s);
    out_json_bool(t, "local", f->local);
    put_peer(t, ev, f->iface);
    out_json_close(t);
}

void out_json_record(struct text *t, const char *event, const char *iface,
                     const struct dnssd_event *ev)
{
    char type[16], rdata[4 * RR_RDATA_MAX];
    struct text r = text_memory(rdata, sizeof rdata);
    struct text ty = text_memory(type, sizeof type);

    rrtext_rdata(&r, ev->rr_type, ev->rdata, ev->rdata_len);
    rrtext_type(&ty, ev->rr_type);
    out_json_open(t, event);
    out_json_str(t, "iface", iface);
    out_json_str(t, "family", families[ev->families & 3]);
    out_json_name(t, "name", &ev->name);
    out_json_str(t, "type", text_end(&ty));
    out_json_str(t, "rdata", text_end(&r));
    out_json_base64(t, "rdata_raw", ev->rdata, ev->rdata_len);
    out_json_num(t, "ttl", ev->ttl_s);
    put_peer(t, ev, iface);
    out_json_close(t);
}

void out_json_end(struct text *t, const char *reason, uint64_t count)
{
    out_json_open(t, "end");
    out_json_str(t, "reason", reason);
    out_json_num(t, "count", count);
    out_json_close(t);
}
