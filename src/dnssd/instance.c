/*
 * instance.c - what may stand in an instance or host label that we publish
 *
 * RFC 6763 section 4.1.1 and RFC 6762 section 16. Names that others publish
 * are taken as they come.
 */
#include "crier/dnssd.h"

#include "nfc.h"

enum dnssd_instance_err dnssd_instance_check(const void *label, size_t len)
{
    enum { BYTE_ORDER_MARK = 0xfeff };
    const uint8_t *s = label;
    bool control = false;
    size_t pos = 0;
    uint32_t c;

    if (len == 0)
        return DNSSD_INSTANCE_EMPTY;
    if (len > NAME_LABEL_MAX)
        return DNSSD_INSTANCE_LONG;
    while (pos < len) {
        if (!utf8_next(s, len, &pos, &c))
            return DNSSD_INSTANCE_UTF8;
        if (c < 0x20 || c == 0x7f || c == BYTE_ORDER_MARK)
            control = true;
    }
    if (control)
        return DNSSD_INSTANCE_CONTROL;
    return nfc_check(s, len) ? DNSSD_INSTANCE_OK : DNSSD_INSTANCE_NFC;
}

const char *dnssd_instance_error(enum dnssd_instance_err err)
{
    switch (err) {
    case DNSSD_INSTANCE_OK:
        return "no error";
    case DNSSD_INSTANCE_EMPTY:
        return "the name is empty";
    case DNSSD_INSTANCE_LONG:
        return "the name is longer than 63 bytes";
    case DNSSD_INSTANCE_UTF8:
        return "the name is not well-formed UTF-8";
    case DNSSD_INSTANCE_CONTROL:
        return "the name holds a control character or a byte order mark";
    case DNSSD_INSTANCE_NFC:
        return "the name is not precomposed Unicode (NFC)";
    }
    return "unknown error";
}
