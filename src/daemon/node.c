/*
 * node.c - _crier-node._tcp: this machine's identity as a service
 */
#include <string.h>

#include "crier/identity.h"
#include "crier/os.h"

bool identity_txt(const struct identity *id, uint32_t fields, uint8_t *txt,
                  size_t *len)
{
    static const char version[] = "txtvers=1";
    bool whole = true;

    *len = 0;
    (void)dnssd_txt_add(txt, len, IDENTITY_TXT_MAX, version,
                        sizeof version - 1);
    for (unsigned i = 0; i < ID_COUNT; i++) {
        char buf[16 + IDENTITY_VALUE_MAX];
        struct text t = text_memory(buf, sizeof buf);

        if ((fields >> i & 1) == 0 || id->value[i].source == ID_NONE)
            continue;
        text_str(&t, identity_field_name(i));
        text_str(&t, "=");
        text_bytes(&t, id->value[i].text, id->value[i].len);
        whole &= dnssd_txt_add(txt, len, IDENTITY_TXT_MAX, buf, t.len) ==
                 DNSSD_TXT_OK;
    }
    return whole;
}

void identity_start(struct identity_node *n, const struct conf *c)
{
    if (!c->identity)
        return;
    if (c->identity_file[0] != '\0')
        os_readable(c->identity_file);
    identity_system(&n->system, "");
}

bool identity_publish(struct identity_node *n, struct pub *p,
                      const struct conf *c, struct report *r, bool *whole)
{
    static struct service s; /* large, and all zero but for what is set */
    struct identity id;
    uint32_t port = 0;

    *whole = true;
    if (!c->identity)
        return true;
    identity_whole(&id, c->identity_file[0] != '\0' ? c->identity_file : NULL,
                   &n->system);
    memset(&s, 0, sizeof s);
    (void)tokens_number(id.value[ID_MGMT].text, UINT16_MAX, &port);
    s.port = (uint16_t)port;
    *whole = identity_txt(&id, c->identity_fields, s.txt, &s.txt_len);
    return service_type(&s, IDENTITY_TYPE, r, 0) &&
           service_name(&s, c->host_label, c->host_label_len, r, 0) &&
           pub_put(p, &s, &n->handle, r);
}
