/*
 * rrtext.c - records as people write them in zone files
 *
 * RFC 1035 section 5.1 for the classic types, RFC 3597 section 5 for all
 * that are not known. The text is plain ASCII, whatever the record holds.
 */
#include <string.h>

#include "crier/out.h"
#include "crier/os.h"
#include "crier/rr.h"

/* How the rdata of a type is laid out, a letter a field: 1 2 4 integers of
 * that many bytes, n a name, s a character string, S strings to the end,
 * a A addresses, b the type bitmap of NSEC. Empty: not known here. */
static const struct {
    char name[8];
    char form[8];
    uint16_t type;
} types[] = {
    {"A", "a", RR_A},
    {"NS", "n", RR_NS},
    {"CNAME", "n", RR_CNAME},
    {"SOA", "nn44444", RR_SOA},
    {"PTR", "n", RR_PTR},
    {"HINFO", "ss", RR_HINFO},
    {"MINFO", "nn", RR_MINFO},
    {"MX", "2n", RR_MX},
    {"TXT", "S", RR_TXT},
    {"RP", "nn", RR_RP},
    {"AFSDB", "2n", RR_AFSDB},
    {"RT", "2n", RR_RT},
    {"SIG", "", RR_SIG},
    {"KEY", "", 25},
    {"PX", "2nn", RR_PX},
    {"AAAA", "A", RR_AAAA},
    {"LOC", "", 29},
    {"SRV", "222n", RR_SRV},
    {"NAPTR", "22sssn", 35},
    {"KX", "2n", RR_KX},
    {"DNAME", "n", RR_DNAME},
    {"OPT", "", RR_OPT},
    {"DS", "", 43},
    {"SSHFP", "", 44},
    {"RRSIG", "", 46},
    {"NSEC", "nb", RR_NSEC},
    {"DNSKEY", "", 48},
    {"TLSA", "", 52},
    {"SVCB", "", 64},
    {"HTTPS", "", 65},
    {"SPF", "S", 99},
    {"ANY", "", RR_ANY},
    {"URI", "", 256},
    {"CAA", "", 257},
};

enum { TYPE_COUNT = sizeof types / sizeof types[0] };

const char *const *rrtext_types(size_t *count)
{
    static const char *names[TYPE_COUNT];

    for (size_t i = 0; i < TYPE_COUNT; i++)
        names[i] = types[i].name;
    *count = TYPE_COUNT;
    return names;
}

void rrtext_type(struct text *t, uint16_t type)
{
    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].type == type) {
            text_str(t, types[i].name);
            return;
        }
    }
    text_str(t, "TYPE");
    text_num(t, type);
}

/* Whether a equals b but for ASCII case, b in capitals; length of b. */
static size_t prefix(const char *a, const char *b)
{
    size_t i = 0;

    for (; b[i] != '\0'; i++)
        if (name_fold((uint8_t)a[i]) != name_fold((uint8_t)b[i]))
            return 0;
    return i;
}

bool rrtext_type_parse(const char *text, uint16_t *type)
{
    uint32_t v = 0;
    size_t n;

    for (size_t i = 0; i < TYPE_COUNT; i++) {
        n = prefix(text, types[i].name);
        if (n > 0 && text[n] == '\0') {
            *type = types[i].type;
            return true;
        }
    }
    n = prefix(text, "TYPE");
    if (n == 0 || text[n] == '\0')
        return false;
    for (; text[n] != '\0'; n++) {
        if (text[n] < '0' || text[n] > '9')
            return false;
        v = v * 10 + (uint32_t)(text[n] - '0');
        if (v > UINT16_MAX)
            return false;
    }
    *type = (uint16_t)v;
    return true;
}

static void put_string(struct text *t, const uint8_t *p, size_t len)
{
    text_str(t, "\"");
    for (size_t i = 0; i < len; i++) {
        char esc[4] = {'\\', (char)('0' + p[i] / 100),
                       (char)('0' + p[i] / 10 % 10), (char)('0' + p[i] % 10)};

        if (p[i] == '"' || p[i] == '\\') {
            esc[1] = (char)p[i];
            text_bytes(t, esc, 2);
        } else if (p[i] < 0x20 || p[i] > 0x7e) {
            text_bytes(t, esc, 4);
        } else {
            text_bytes(t, p + i, 1);
        }
    }
    text_str(t, "\"");
}

static void put_types(struct text *t, const uint8_t *rdata, size_t len,
                      size_t at)
{
    bool first = true;

    while (at + 2 <= len) {
        unsigned window = rdata[at];
        unsigned bytes = rdata[at + 1];

        at += 2;
        for (unsigned i = 0; i < bytes * 8 && at + i / 8 < len; i++) {
            if ((rdata[at + i / 8] & (0x80u >> (i % 8))) == 0)
                continue;
            if (!first)
                text_str(t, " ");
            first = false;
            rrtext_type(t, (uint16_t)(window << 8 | i));
        }
        at += bytes;
    }
}

static void put_addr(struct text *t, struct wire_reader *rd, uint8_t family)
{
    struct addr a = {.family = family};
    char buf[ADDR_TEXT_MAX];
    const uint8_t *p = wire_bytes(rd, addr_len(&a));

    if (p == NULL)
        return;
    memcpy(a.b, p, addr_len(&a));
    text_str(t, os_addr_text(&a, NULL, buf));
}

/* One field of the layout; the reader's error tells what does not fit. */
static void field(struct text *t, char what, struct wire_reader *rd)
{
    char buf[NAME_TEXT_MAX];
    struct name n;

    switch (what) {
    case '1':
        text_num(t, wire_u8(rd));
        break;
    case '2':
        text_num(t, wire_u16(rd));
        break;
    case '4':
        text_num(t, wire_u32(rd));
        break;
    case 'n':
        if (name_read(rd, &n))
            text_str(t, name_text(&n, buf));
        break;
    case 'a':
        put_addr(t, rd, ADDR_V4);
        break;
    case 'A':
        put_addr(t, rd, ADDR_V6);
        break;
    case 'b':
        put_types(t, rd->msg, rd->len, rd->pos);
        rd->pos = rd->len;
        break;
    default: {
        uint8_t len = wire_u8(rd);
        const uint8_t *p = wire_bytes(rd, len);

        if (p != NULL)
            put_string(t, p, len);
    }
    }
}

/* Print, or with a writer that drops everything: find out if it fits. */
static bool known_form(struct text *t, const char *form, const uint8_t *rdata,
                       size_t len)
{
    struct wire_reader rd = wire_reader(rdata, len);

    for (const char *f = form; *f != '\0' && rd.err == WIRE_OK; f++) {
        if (f != form)
            text_str(t, " ");
        field(t, *f, &rd);
        while (*f == 'S' && rd.err == WIRE_OK && rd.pos < rd.len) {
            text_str(t, " ");
            field(t, 's', &rd);
        }
    }
    return rd.err == WIRE_OK && rd.pos == rd.len;
}

void rrtext_rdata(struct text *t, uint16_t type, const uint8_t *rdata,
                  size_t len)
{
    static const char hex[] = "0123456789abcdef";
    struct text nowhere = text_memory(NULL, 0);

    for (size_t i = 0; i < TYPE_COUNT; i++) {
        if (types[i].type == type && types[i].form[0] != '\0' &&
            known_form(&nowhere, types[i].form, rdata, len)) {
            known_form(t, types[i].form, rdata, len);
            return;
        }
    }
    text_str(t, "\\# ");
    text_num(t, len);
    for (size_t i = 0; i < len; i++) {
        char byte[3] = {' ', hex[rdata[i] >> 4], hex[rdata[i] & 15]};

        /* one blank before the digits, none between them */
        text_bytes(t, i == 0 ? byte : byte + 1, i == 0 ? 3 : 2);
    }
}

void rrtext_record(struct text *t, const struct dnssd_event *ev)
{
    char buf[NAME_TEXT_MAX];

    text_str(t, name_text(&ev->name, buf));
    text_str(t, " ");
    text_num(t, ev->ttl_s);
    text_str(t, " IN ");
    rrtext_type(t, ev->rr_type);
    text_str(t, " ");
    rrtext_rdata(t, ev->rr_type, ev->rdata, ev->rdata_len);
}
