/*
 * fz_ctl.c - what comes over the control sockets and out of files: lines,
 * configuration, service files, frames
 *
 * The first byte tells what the rest is.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"
#include "crier/relay.h"

static char said[65536];

/* What is split and put in quotes again splits into the same words. */
static void split(const char *line, size_t len)
{
    static struct tokens first, again;
    static char buf[8 * TOKENS_LINE_MAX];
    struct text t = text_memory(buf, sizeof buf);

    if (tokens_split(&first, line, len) != TOKENS_OK)
        return;
    assert(first.count <= TOKENS_WORDS_MAX);
    for (unsigned i = 0; i < first.count; i++) {
        text_str(&t, " ");
        tokens_quote(&t, first.word[i].text, first.word[i].len);
    }
    assert(!t.failed);
    if (t.len > TOKENS_LINE_MAX)
        return;
    assert(tokens_split(&again, buf, t.len) == TOKENS_OK);
    assert(again.count == first.count);
    for (unsigned i = 0; i < first.count; i++) {
        assert(again.word[i].len == first.word[i].len);
        assert(memcmp(again.word[i].text, first.word[i].text,
                      first.word[i].len) == 0);
    }
}

static void configure(const char *data, size_t len)
{
    static struct conf c;
    struct text t = text_memory(said, sizeof said);
    struct report r = {.to = &t, .file = "f"};
    bool ok;

    conf_default(&c);
    ok = conf_parse(&c, data, len, &r);
    assert(ok || r.errors > 0);
    conf_clear(&c);
}

static void serve(const char *data, size_t len)
{
    static struct service s;
    static struct conf c;
    struct text t = text_memory(said, sizeof said);
    struct report r = {.to = &t, .file = "f"};

    conf_default(&c);
    memcpy(c.host_label, "host", 5);
    c.host_label_len = 4;
    if (service_parse(&s, "id", data, len, &c, &r)) {
        assert(s.has_type && s.instance_len > 0);
        assert(s.txt_len <= DNSSD_TXT_MAX);
    } else {
        assert(r.errors > 0);
    }
    conf_clear(&c);
}

/* A frame that is taken comes out as it went in. */
static void take_frame(const uint8_t *data, size_t len)
{
    static struct relay r, again;
    static char buf[2 * RELAY_FRAME_MAX];
    struct text t = text_memory(buf, sizeof buf);

    if (len > RELAY_FRAME_MAX || !relay_get(data, len, &r))
        return;
    relay_put(&t, r.what, r.tag, r.iface, &r.ev);
    assert(!t.failed);
    assert(relay_get((const uint8_t *)buf + 2, t.len - 2, &again));
    assert(again.tag == r.tag && strcmp(again.iface, r.iface) == 0);
    assert(r.what != RELAY_EVENT || name_equal(&again.ev.name, &r.ev.name));
    assert(again.ev.txt_len == r.ev.txt_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (len == 0)
        return 0;
    switch (data[0] % 4) {
    case 0:
        split((const char *)data + 1, len - 1);
        break;
    case 1:
        configure((const char *)data + 1, len - 1);
        break;
    case 2:
        serve((const char *)data + 1, len - 1);
        break;
    default:
        take_frame(data + 1, len - 1);
    }
    return 0;
}
