/*
 * out_avahi.c - the rows of avahi-browse -p
 *
 * As Avahi 0.9 prints them with -k: types are never translated, TXT strings
 * in wire order, bytes beyond ASCII as three decimal digits on every
 * machine. A semicolon inside TXT stays raw, as there: split a row at its
 * first nine.
 */
#include "crier/os.h"
#include "crier/out.h"

static void decimal(struct text *t, uint8_t c)
{
    char esc[4] = {'\\', (char)('0' + c / 100), (char)('0' + c / 10 % 10),
                   (char)('0' + c % 10)};

    text_bytes(t, esc, sizeof esc);
}

static void put_label(struct text *t, const uint8_t *label)
{
    for (unsigned i = 1; i <= label[0]; i++) {
        uint8_t c = label[i];

        if (c == '.' || c == '\\') {
            text_str(t, "\\");
            text_bytes(t, &c, 1);
        } else if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                   (c >= 'a' && c <= 'z') || c == '_' || c == '-') {
            text_bytes(t, &c, 1);
        } else {
            decimal(t, c);
        }
    }
}

static void put_name(struct text *t, const struct name *n)
{
    const uint8_t *label;

    for (unsigned i = 0; (label = name_label(n, i)) != NULL; i++) {
        if (i > 0)
            text_str(t, ".");
        put_label(t, label);
    }
}

static void put_string(struct text *t, const uint8_t *s, size_t len)
{
    text_str(t, "\"");
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '"' || s[i] == '\\')
            text_str(t, "\\");
        if (s[i] < 0x20 || s[i] >= 0x7f)
            decimal(t, s[i]);
        else
            text_bytes(t, s + i, 1);
    }
    text_str(t, "\"");
}

/* All strings, also those that dnssd_txt_next() passes over: Avahi shows
 * them, but for empty ones. */
static void put_txt(struct text *t, const uint8_t *txt, size_t len)
{
    bool first = true;

    for (size_t at = 0; at < len; at += 1u + txt[at]) {
        size_t n = txt[at];

        if (n > len - at - 1)
            break;
        if (n == 0)
            continue;
        if (!first)
            text_str(t, " ");
        first = false;
        put_string(t, txt + at + 1, n);
    }
}

const struct addr *out_avahi_addr(const struct dnssd_event *ev,
                                  uint8_t family)
{
    for (unsigned i = 0; i < ev->addr_count; i++)
        if (ev->addrs[i].family == family)
            return &ev->addrs[i];
    return ev->addr_count > 0 ? &ev->addrs[0] : NULL;
}

void out_avahi_row(struct text *t, char sign, const char *iface,
                   uint8_t family, const struct dnssd_event *ev)
{
    char buf[ADDR_TEXT_MAX];
    const struct addr *a;

    text_bytes(t, &sign, 1);
    text_fmt(t, ";%s;%s;", iface, family == ADDR_V6 ? "IPv6" : "IPv4");
    put_label(t, name_label(&ev->name, 0));
    text_str(t, ";");
    put_name(t, &ev->type);
    text_str(t, ";");
    put_name(t, &ev->domain);
    if (sign == '=') {
        a = out_avahi_addr(ev, family);
        text_str(t, ";");
        put_name(t, &ev->host);
        text_str(t, ";");
        if (a != NULL)
            text_str(t, os_addr_text(a, NULL, buf));
        text_str(t, ";");
        text_num(t, ev->port);
        text_str(t, ";");
        put_txt(t, ev->txt, ev->txt_len);
    }
    text_str(t, "\n");
}
