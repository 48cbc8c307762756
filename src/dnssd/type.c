/*
 * type.c - service types and full instance names (RFC 6763 sections 4, 7)
 *
 * Text is turned into labels by name_from_text(), so escapes mean the same
 * everywhere. Publishing takes the rules of section 7 (RFC 6335 section 5.1)
 * to the letter; browsing takes what others offer, odd as it may be.
 */
#include "crier/dnssd.h"

#include <string.h>

enum { SERVICE_NAME_MAX = 15 }; /* characters, RFC 6763 section 7.2 */

static bool is_alpha(uint8_t c)
{
    c = name_fold(c);
    return c >= 'a' && c <= 'z';
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* label: length byte and text; text: lower case. */
static bool label_is(const uint8_t *label, const char *text)
{
    size_t len = strlen(text);

    if (label[0] != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (name_fold(label[1 + i]) != (uint8_t)text[i])
            return false;
    }
    return true;
}

/* A service name without its underscore: letters, digits, single inner
 * hyphens, at least one letter. */
static enum dnssd_type_err check_service(const uint8_t *s, size_t len)
{
    bool letter = false;

    if (len < 1 || len > SERVICE_NAME_MAX)
        return DNSSD_TYPE_LENGTH;
    for (size_t i = 0; i < len; i++) {
        bool edge = i == 0 || i + 1 == len;

        if (s[i] == '-') {
            if (edge || s[i - 1] == '-')
                return DNSSD_TYPE_CHARS;
        } else if (is_alpha(s[i])) {
            letter = true;
        } else if (!is_digit(s[i])) {
            return DNSSD_TYPE_CHARS;
        }
    }
    return letter ? DNSSD_TYPE_OK : DNSSD_TYPE_CHARS;
}

static enum dnssd_type_err check_base(const struct name *base, bool strict)
{
    const uint8_t *service;
    const uint8_t *transport;

    if (name_labels(base) != 2)
        return DNSSD_TYPE_FORM;
    service = name_label(base, 0);
    transport = name_label(base, 1);
    if (service[1] != '_' || transport[1] != '_')
        return DNSSD_TYPE_FORM;
    if (service[0] == 1)
        return DNSSD_TYPE_LENGTH;
    if (!strict)
        return DNSSD_TYPE_OK;
    if (!label_is(transport, "_tcp") && !label_is(transport, "_udp"))
        return DNSSD_TYPE_FORM;
    return check_service(service + 2, service[0] - 1u);
}

static void set_sub(struct dnssd_type *t, const uint8_t *label)
{
    t->sub_len = label[0];
    memcpy(t->sub, label + 1, label[0]);
}

/* "_printer._sub._http._tcp": four labels, the second is "_sub". */
static bool parse_dotted(const char *text, struct dnssd_type *out)
{
    struct name full;

    if (name_from_text(text, &full, NULL) != NAME_TEXT_OK ||
        name_labels(&full) != 4 || !label_is(name_label(&full, 1), "_sub"))
        return false;
    set_sub(out, name_label(&full, 0));
    name_suffix(&full, 2, &out->base);
    return true;
}

/* The first comma in text that no backslash escapes, or NULL. */
static const char *find_comma(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == ',')
            return text;
        if (*text == '\\' && text[1] != '\0')
            text++;
    }
    return NULL;
}

/* "_http._tcp,_printer"; a comma inside the subtype has to be escaped. */
static enum dnssd_type_err parse_comma(const char *text, const char *comma,
                                       struct dnssd_type *out)
{
    char base[NAME_TEXT_MAX];
    size_t len = (size_t)(comma - text);
    struct name sub;

    if (len >= sizeof base)
        return DNSSD_TYPE_FORM;
    memcpy(base, text, len);
    base[len] = '\0';
    if (name_from_text(base, &out->base, NULL) != NAME_TEXT_OK)
        return DNSSD_TYPE_FORM;
    if (find_comma(comma + 1) != NULL ||
        name_from_text(comma + 1, &sub, NULL) != NAME_TEXT_OK ||
        name_labels(&sub) != 1)
        return DNSSD_TYPE_SUBTYPE;
    set_sub(out, name_label(&sub, 0));
    return DNSSD_TYPE_OK;
}

/* Whether a text that is no name fails in the label before "._sub." */
static bool names_subtype(const char *text)
{
    static const char sub[] = "._sub.";

    while (*text != '\0' && strncmp(text, sub, sizeof sub - 1) != 0)
        text++;
    return *text != '\0';
}

enum dnssd_type_err dnssd_type_parse(const char *text, bool strict,
                                     struct dnssd_type *out)
{
    const char *comma = find_comma(text);
    enum dnssd_type_err err;

    memset(out, 0, sizeof *out);
    name_root(&out->base);
    if (!parse_dotted(text, out)) {
        if (names_subtype(text))
            return DNSSD_TYPE_SUBTYPE;
        if (comma != NULL) {
            err = parse_comma(text, comma, out);
            if (err != DNSSD_TYPE_OK)
                return err;
        } else if (name_from_text(text, &out->base, NULL) != NAME_TEXT_OK) {
            return DNSSD_TYPE_FORM;
        }
    }
    return check_base(&out->base, strict);
}

const char *dnssd_type_error(enum dnssd_type_err err)
{
    switch (err) {
    case DNSSD_TYPE_OK:
        return "no error";
    case DNSSD_TYPE_FORM:
        return "a service type has the form _name._tcp or _name._udp";
    case DNSSD_TYPE_LENGTH:
        return "a service name has 1 to 15 characters after the underscore";
    case DNSSD_TYPE_CHARS:
        return "a service name has letters, digits and single hyphens "
               "between them, and at least one letter";
    case DNSSD_TYPE_SUBTYPE:
        return "a subtype is one label of 1 to 63 bytes, with dots, commas "
               "and backslashes escaped";
    }
    return "unknown error";
}

bool dnssd_split(const struct name *full, const uint8_t **instance_label,
                 struct name *type, struct name *domain)
{
    size_t type_len;

    if (name_labels(full) < 4 || name_label(full, 1)[1] != '_' ||
        name_label(full, 2)[1] != '_')
        return false;
    *instance_label = name_label(full, 0);
    name_suffix(full, 3, domain);
    name_suffix(full, 1, type);
    type_len = (size_t)type->len - domain->len;
    type->wire[type_len] = 0; /* cut behind the two labels */
    type->len = (uint16_t)(type_len + 1);
    return true;
}
