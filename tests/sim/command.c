/*
 * command.c - the commands of a scenario that do something
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

typedef bool command_fn(struct run *r, char **words, unsigned n);

static struct host *need_host(struct run *r, unsigned n, char **words)
{
    struct host *h = n > 0 ? host_find(r->w, words[0]) : NULL;

    if (h == NULL)
        run_fail(r, "no such host: %s", n > 0 ? words[0] : "");
    return h;
}

/* The value behind "key=", or NULL. */
static const char *value_of(const char *word, const char *key)
{
    size_t n = strlen(key);

    return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1
                                                        : NULL;
}

static unsigned number(const char *text)
{
    return (unsigned)strtoul(text, NULL, 0);
}

static enum claim_conflict conflict_of(const char *text)
{
    return strcmp(text, "keep") == 0   ? CONFLICT_KEEP_TRYING
           : strcmp(text, "fail") == 0 ? CONFLICT_FAIL
                                       : CONFLICT_RENAME;
}

/* --- hosts and peers -------------------------------------------------- */

static bool host_flag(struct host *h, const char *w)
{
    if (strcmp(w, "raw") == 0)
        h->raw = true;
    else if (strcmp(w, "noname") == 0)
        h->noname = true;
    else if (strcmp(w, "reverse") == 0)
        h->reverse = true;
    else
        return false;
    return true;
}

static bool host_value(struct host *h, const char *w)
{
    const char *v;

    if ((v = value_of(w, "name")) != NULL)
        snprintf(h->name, sizeof h->name, "%s", v);
    else if ((v = value_of(w, "suffix")) != NULL)
        snprintf(h->suffix, sizeof h->suffix, "%s", v);
    else if ((v = value_of(w, "conflict")) != NULL)
        h->on_conflict = conflict_of(v);
    else if ((v = value_of(w, "cache")) != NULL)
        h->config.cache_max = number(v);
    else if ((v = value_of(w, "source")) != NULL)
        h->config.cache_per_source = number(v);
    else if ((v = value_of(w, "rate")) != NULL)
        h->config.tx_rate = number(v);
    else if ((v = value_of(w, "claims")) != NULL)
        h->config.claims_max = number(v);
    else if ((v = value_of(w, "watches")) != NULL)
        h->config.watches_max = number(v);
    else
        return false;
    return true;
}

static bool nic_word(struct host *h, struct nic **n, const char *w)
{
    struct addr a;
    unsigned prefix;

    if (strncmp(w, "lan", 3) == 0 && w[3] >= '0' && w[3] < '0' + LANS_MAX) {
        *n = host_add_nic(h, (unsigned)(w[3] - '0'));
        return true;
    }
    if (*n == NULL)
        *n = host_add_nic(h, 0);
    if (strcmp(w, "polite") == 0)
        (*n)->st.polite = ADDR_V4 | ADDR_V6;
    else if (strcmp(w, "oneshot") == 0)
        (*n)->st.oneshot = true;
    else if (strcmp(w, "down") == 0)
        (*n)->up = false;
    else if (value_of(w, "mtu") != NULL)
        (*n)->st.mtu = (uint16_t)number(value_of(w, "mtu"));
    else if (addr_parse(w, &a, &prefix))
        nic_add_addr(*n, a, prefix);
    else
        return false;
    return true;
}

static bool do_host(struct run *r, char **words, unsigned n)
{
    struct nic *nic = NULL;
    struct host *h;
    bool stopped = false;

    if (n < 1 || host_find(r->w, words[0]) != NULL)
        return run_fail(r, "host: a new label wanted");
    h = host_new(r->w, words[0]);
    for (unsigned i = 1; i < n; i++)
        if (strcmp(words[i], "stopped") == 0)
            stopped = true;
        else if (!host_flag(h, words[i]) && !host_value(h, words[i]) &&
                 !nic_word(h, &nic, words[i]))
            return run_fail(r, "host: what is %s?", words[i]);
    if (!stopped)
        host_start(h);
    return true;
}

static bool do_peer(struct run *r, char **words, unsigned n)
{
    struct peer *p = &r->w->peers[r->w->peer_count];
    struct addr a;

    if (n < 2 || r->w->peer_count == PEERS_MAX)
        return run_fail(r, "peer: LABEL ADDRESS... wanted");
    r->w->peer_count++;
    oracle_renames_excused(r->w); /* a peer may be a rival */
    snprintf(p->label, sizeof p->label, "%s", words[0]);
    for (unsigned i = 1; i < n; i++)
        if (strncmp(words[i], "lan", 3) == 0)
            p->lan = (uint8_t)number(words[i] + 3);
        else if (addr_parse(words[i], &a, NULL))
            p->addr[a.family == ADDR_V6] = a;
        else
            return run_fail(r, "peer: what is %s?", words[i]);
    return true;
}

static struct peer *peer_find(struct world *w, const char *label)
{
    for (unsigned i = 0; i < w->peer_count; i++)
        if (strcmp(w->peers[i].label, label) == 0)
            return &w->peers[i];
    return NULL;
}

static bool do_start(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h != NULL)
        host_start(h);
    return h != NULL;
}

static bool do_kill(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h != NULL)
        host_kill(h);
    return h != NULL;
}

static bool do_stop(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h != NULL)
        host_stop(h);
    return h != NULL;
}

static bool do_refresh(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h == NULL || !h->running)
        return false;
    for (unsigned i = 0; i < h->nic_count; i++)
        oracle_reset_nic(r->w, h, i);
    engine_links_refresh(h->e, r->w->now_ms, LINKS_ALL);
    h->dirty = true;
    return true;
}

static bool do_up(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h != NULL)
        host_link(h, n > 1 ? number(words[1]) : 0, true);
    return h != NULL;
}

static bool do_down(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h != NULL)
        host_link(h, n > 1 ? number(words[1]) : 0, false);
    return h != NULL;
}

/* addr HOST [NIC] +ADDRESS -ADDRESS ... */
static bool do_addr(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    unsigned nic = 0;
    struct addr a;
    unsigned prefix;

    if (h == NULL)
        return false;
    for (unsigned i = 1; i < n; i++) {
        bool ok = true;

        if (words[i][0] != '+' && words[i][0] != '-')
            nic = number(words[i]);
        else if (!addr_parse(words[i] + 1, &a, &prefix))
            ok = false;
        else if (words[i][0] == '+')
            nic_add_addr(&h->nics[nic], a, prefix);
        else
            ok = nic_drop_addr(&h->nics[nic], a);
        if (!ok)
            return run_fail(r, "addr: what is %s?", words[i]);
    }
    host_link_set(h, nic);
    return true;
}

/* block HOST v4|v6 on|off: the driver's send would block. */
static bool do_block(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    if (h == NULL || n != 3)
        return run_fail(r, "block: HOST v4|v6 on|off wanted");
    engine_link_blocked(h->e, 0, words[1][1] == '6' ? ADDR_V6 : ADDR_V4,
                        strcmp(words[2], "on") == 0);
    h->dirty = true;
    return true;
}

/* --- services --------------------------------------------------------- */

static struct service *service_find(struct run *r, struct host *h,
                                    const char *instance)
{
    for (unsigned i = 0; h != NULL && i < h->service_count; i++)
        if (strcmp(h->services[i].instance, instance) == 0)
            return &h->services[i];
    run_fail(r, "no such service: %s", instance);
    return NULL;
}

static bool service_word(struct run *r, struct service *s, char *w)
{
    const char *v;
    int len;

    if (strcmp(w, "placeholder") == 0) {
        s->placeholder = true;
    } else if ((v = value_of(w, "ttl")) != NULL) {
        s->ttl_s = number(v);
        oracle_exceptions(r->w->oracle)->ttls[0] = s->ttl_s;
        oracle_exceptions(r->w->oracle)->ttl_count = 1;
    } else if ((v = value_of(w, "sub")) != NULL) {
        snprintf(s->subtypes[s->subtype_count++], 64, "%s", v);
    } else if ((v = value_of(w, "conflict")) != NULL) {
        s->on_conflict = conflict_of(v);
    } else if ((v = value_of(w, "target")) != NULL) {
        snprintf(s->target, sizeof s->target, "%s", v);
        s->no_host = true;
    } else if ((v = value_of(w, "priority")) != NULL) {
        s->priority = (uint16_t)number(v);
    } else if ((v = value_of(w, "weight")) != NULL) {
        s->weight = (uint16_t)number(v);
    } else if ((v = value_of(w, "txt-bytes")) != NULL) {
        s->txt_len = number(v);
        for (size_t i = 0; i < s->txt_len; i++)
            s->txt[i] = i % 251 == 0
                            ? (uint8_t)(s->txt_len - i - 1 < 250
                                            ? s->txt_len - i - 1
                                            : 250)
                            : 'x';
    } else if ((v = value_of(w, "txt")) != NULL) {
        char *one = w + 4;

        len = rdata_build(RR_TXT, NULL, 0, &one, 1, s->txt + s->txt_len,
                          sizeof s->txt - s->txt_len);
        s->txt_len += len < 0 ? 0 : (size_t)len;
    } else {
        return run_fail(r, "service: what is %s?", w);
    }
    return true;
}

static bool do_service(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct service *s;
    enum engine_err err;

    if (h == NULL || n < 4)
        return run_fail(r, "service: HOST INSTANCE TYPE PORT wanted");
    s = host_service(h, words[1], words[2], (uint16_t)number(words[3]));
    for (unsigned i = 4; i < n; i++)
        if (!service_word(r, s, words[i]))
            return false;
    if (!h->running)
        return true;
    err = host_register(h, s);
    return err == ENGINE_OK ||
           run_fail(r, "service refused: %u", (unsigned)err);
}

/* services HOST COUNT TYPE: names N1, N2 ... beyond the host's own list. */
static bool do_services(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct dnssd_service_spec spec = {0};
    struct dnssd_service *s;
    char instance[80];

    if (h == NULL || n < 3 ||
        dnssd_type_parse(words[2], false, &spec.type) != DNSSD_TYPE_OK)
        return run_fail(r, "services: HOST COUNT TYPE wanted");
    name_from_text("local.", &spec.domain, NULL);
    spec.instance = instance;
    spec.port = 1;
    spec.host = h->host;
    name_from_text(h->name, &spec.target, NULL);
    spec.links = LINKS_ALL;
    for (unsigned i = 1; i <= number(words[1]); i++) {
        /* The cookie of a service is a struct service: use a dummy. */
        struct service *dummy = host_service(h, "", words[2], 1);

        if (dummy == NULL)
            dummy = &h->services[h->service_count - 1];
        spec.cookie = dummy;
        snprintf(instance, sizeof instance, "N%04u-a-label-of-sixty-bytes"
                 "-so-that-packets-are-filled-quickly", i);
        spec.instance_len = strlen(instance);
        if (dnssd_register(h->d, r->w->now_ms, &spec, &s) != ENGINE_OK)
            return run_fail(r, "service %u refused", i);
    }
    h->dirty = true;
    return true;
}

static bool do_update(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct service *s = n < 2 ? NULL : service_find(r, h, words[1]);
    int len;

    if (s == NULL)
        return false;
    len = rdata_build(RR_TXT, NULL, 0, words + 2, n - 2, s->txt,
                      sizeof s->txt);
    if (len < 0)
        return run_fail(r, "update: bad TXT");
    s->txt_len = (size_t)len;
    h->dirty = true;
    return dnssd_update_txt(h->d, r->w->now_ms, s->s, s->txt, s->txt_len) ==
               ENGINE_OK ||
           run_fail(r, "update refused");
}

static bool do_unregister(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct service *s = n < 2 ? NULL : service_find(r, h, words[1]);

    if (s == NULL)
        return false;
    host_unregister(h, s);
    return true;
}

static bool do_register(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct service *s = n < 2 ? NULL : service_find(r, h, words[1]);

    if (s == NULL)
        return false;
    return host_register(h, s) == ENGINE_OK || run_fail(r, "refused");
}

static bool do_rename(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct name name;

    if (h == NULL || n != 2 ||
        name_from_text(words[1], &name, NULL) != NAME_TEXT_OK)
        return run_fail(r, "rename: HOST NAME wanted");
    oracle_renames_excused(r->w); /* it is wanted */
    h->dirty = true;
    return dnssd_host_rename(h->d, r->w->now_ms, h->host, &name) ==
               ENGINE_OK ||
           run_fail(r, "rename refused");
}

/* --- looking ---------------------------------------------------------- */

static bool do_look(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n - 1, words + 1);
    const char *what = words[0];
    uint16_t type = 0;
    unsigned flags = 0;

    if (h == NULL)
        return false;
    for (unsigned i = 3; i < n; i++)
        if (strcmp(what, "query") == 0 && type_from_text(words[i], &type))
            continue;
        else if (strcmp(words[i], "resolve") == 0)
            flags |= DNSSD_RESOLVE;
        else if (strcmp(words[i], "v4") == 0)
            flags |= ADDR_V4;
        else if (strcmp(words[i], "v6") == 0)
            flags |= ADDR_V6;
    if (strcmp(what, "lookup") == 0 && flags == 0)
        flags = ADDR_V4 | ADDR_V6;
    return host_browse(h, what, n > 2 ? words[2] : "", type, flags) !=
               NULL ||
           run_fail(r, "too many browses");
}

static bool do_unbrowse(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    for (unsigned i = 0; h != NULL && n > 1 && i < h->browse_count; i++)
        if (strcmp(h->browses[i]->arg, words[1]) == 0) {
            host_stop_browse(h, h->browses[i]);
            return true;
        }
    return run_fail(r, "no such browse");
}

/* churn HOST N query NAME TYPE | service INSTANCE TYPE: come and go. */
static bool do_churn(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    unsigned times = n > 1 ? number(words[1]) : 0;
    struct browse *b;
    struct service *s;
    uint16_t type = 0;

    if (h == NULL || n != 5)
        return run_fail(r, "churn: HOST N query|service X TYPE wanted");
    type_from_text(words[4], &type);
    for (unsigned i = 0; i < times; i++) {
        if (strcmp(words[2], "query") == 0) {
            b = host_browse(h, "query", words[3], type, 0);
            world_run(r->w, r->w->now_ms + 900);
            host_stop_browse(h, b);
        } else {
            s = i == 0 ? host_service(h, words[3], words[4], 80)
                       : &h->services[h->service_count - 1];
            host_register(h, s);
            world_run(r->w, r->w->now_ms + 300 + 7 * (i % 400));
            host_unregister(h, s);
            world_run(r->w, r->w->now_ms + 300);
        }
    }
    return true;
}

/* reconfirm HOST NAME TYPE [RDATA...] */
static bool do_reconfirm(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct name name;
    uint16_t type;
    uint8_t rdata[9000];
    int len = 0;

    if (h == NULL || n < 3 || !type_from_text(words[2], &type) ||
        name_from_text(words[1], &name, NULL) != NAME_TEXT_OK)
        return run_fail(r, "reconfirm: HOST NAME TYPE wanted");
    if (n > 3)
        len = rdata_build(type, name.wire, name.len, words + 3, n - 3,
                          rdata, sizeof rdata);
    h->dirty = true;
    return engine_reconfirm(h->e, r->w->now_ms, &name, type,
                            n > 3 ? rdata : NULL, (size_t)len) > 0 ||
           run_fail(r, "nothing to reconfirm");
}

/* --- raw claims and watches ------------------------------------------- */

struct claim_rr {
    struct name owner;
    struct rr_spec spec;
    bool self; /* its target is the claim's own name */
    uint8_t rdata[9000];
};

static bool rr_attr(struct claim_rr *rr, const char *w)
{
    if (strcmp(w, "/shared") == 0)
        rr->spec.shared = true;
    else if (strcmp(w, "/self") == 0)
        rr->self = true;
    else
        rr->spec.ttl_s = number(w + 1);
    return true;
}

/* TYPE NAME rdata... /attr... as an addition to the claim. */
static bool add_claim_rr(struct run *r, struct host *h, struct claim *c,
                         const struct name *own, char **words, unsigned n)
{
    struct claim_rr *rr = calloc(1, sizeof *rr);
    struct exceptions *but = oracle_exceptions(r->w->oracle);
    unsigned plain = 2;
    int len = -1;
    enum engine_err err = ENGINE_BAD_RDATA;

    for (unsigned i = 2; i < n; i++)
        if (words[i][0] != '/' || !rr_attr(rr, words[i]))
            words[plain++] = words[i];
    if (n >= 2 && type_from_text(words[0], &rr->spec.type) &&
        name_from_text(words[1], &rr->owner, NULL) == NAME_TEXT_OK)
        len = rr->self ? 0
                       : rdata_build(rr->spec.type, rr->owner.wire,
                                     rr->owner.len, words + 2, plain - 2,
                                     rr->rdata, sizeof rr->rdata);
    if (len >= 0) {
        rr->spec.target = rr->self ? c : NULL;
        rr->spec.rdata = rr->rdata;
        rr->spec.rdata_len = (size_t)len;
        rr->spec.owner = own != NULL && name_equal(own, &rr->owner)
                             ? NULL
                             : &rr->owner;
        err = engine_claim_add(h->e, c, &rr->spec);
        if (but->rr_count < 16) {
            memcpy(but->rr[but->rr_count].name, rr->owner.wire,
                   rr->owner.len);
            but->rr[but->rr_count].name_len = rr->owner.len;
            but->rr[but->rr_count].type = rr->spec.type;
            but->rr[but->rr_count++].shared = rr->spec.shared;
        }
        if (rr->spec.ttl_s != 0 && but->ttl_count < 8)
            but->ttls[but->ttl_count++] = rr->spec.ttl_s;
    }
    free(rr);
    return err == ENGINE_OK ||
           run_fail(r, "record refused: %u", (unsigned)err);
}

/* claim HOST NAME|- rr TYPE NAME RDATA... rr ... */
static bool do_claim(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct name name;
    struct claim_spec spec = {.kind = CLAIM_SERVICE, .links = LINKS_ALL};
    struct claim *c;
    unsigned i = 2;

    if (h == NULL || !h->raw || n < 5)
        return run_fail(r, "claim: RAW-HOST NAME|- rr ... wanted");
    if (strcmp(words[1], "-") != 0) {
        if (name_from_text(words[1], &name, NULL) != NAME_TEXT_OK)
            return run_fail(r, "claim: bad name");
        spec.name = &name;
    }
    spec.cookie = h;
    if (engine_claim_new(h->e, &spec, &c) != ENGINE_OK)
        return run_fail(r, "claim refused");
    while (i < n) {
        unsigned start = ++i;

        while (i < n && strcmp(words[i], "rr") != 0)
            i++;
        if (!add_claim_rr(r, h, c, spec.name, words + start, i - start))
            return false;
    }
    engine_claim_commit(h->e, r->w->now_ms, c);
    snprintf(h->claim_names[h->claim_count], 64, "%s", words[1]);
    h->claims[h->claim_count++] = c;
    h->dirty = true;
    return true;
}

/* rename-claim HOST NAME NEW-NAME */
static bool do_rename_claim(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct name name;

    if (h == NULL || n != 3 ||
        name_from_text(words[2], &name, NULL) != NAME_TEXT_OK)
        return run_fail(r, "rename-claim: HOST NAME NEW-NAME wanted");
    for (unsigned i = 0; i < h->claim_count; i++)
        if (strcmp(h->claim_names[i], words[1]) == 0) {
            h->dirty = true;
            return engine_claim_rename(h->e, r->w->now_ms, h->claims[i],
                                       &name) == ENGINE_OK ||
                   run_fail(r, "rename refused");
        }
    return run_fail(r, "no such claim");
}

static bool do_withdraw(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    for (unsigned i = 0; h != NULL && n > 1 && i < h->claim_count; i++)
        if (strcmp(h->claim_names[i], words[1]) == 0) {
            engine_claim_withdraw(h->e, r->w->now_ms, h->claims[i]);
            h->claim_count--;
            h->claims[i] = h->claims[h->claim_count];
            memcpy(h->claim_names[i], h->claim_names[h->claim_count], 64);
            h->dirty = true;
            return true;
        }
    return run_fail(r, "no such claim");
}

static bool do_watch(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);
    struct name name;
    uint16_t type;

    if (h == NULL || !h->raw || n != 3 || !type_from_text(words[2], &type) ||
        name_from_text(words[1], &name, NULL) != NAME_TEXT_OK)
        return run_fail(r, "watch: RAW-HOST NAME TYPE wanted");
    h->dirty = true;
    h->watches[h->watch_count] =
        engine_watch(h->e, r->w->now_ms, &name, type, LINKS_ALL, h);
    snprintf(h->watch_ids[h->watch_count], 64, "%s", words[1]);
    return h->watches[h->watch_count++] != NULL ||
           run_fail(r, "watch refused");
}

static bool do_unwatch(struct run *r, char **words, unsigned n)
{
    struct host *h = need_host(r, n, words);

    for (unsigned i = 0; h != NULL && n > 1 && i < h->watch_count; i++)
        if (strcmp(h->watch_ids[i], words[1]) == 0) {
            engine_unwatch(h->e, h->watches[i]);
            h->watch_count--;
            h->watches[i] = h->watches[h->watch_count];
            memcpy(h->watch_ids[i], h->watch_ids[h->watch_count], 64);
            h->dirty = true;
            return true;
        }
    return run_fail(r, "no such watch");
}

/* --- LANs ------------------------------------------------------------- */

static bool do_faults(struct run *r, char **words, unsigned n)
{
    struct faults *f = &r->w->lans[0];
    const char *v;

    for (unsigned i = 0; i < n; i++) {
        char *w = words[i];

        if (strncmp(w, "lan", 3) == 0 && w[3] >= '0' && w[3] <= '7')
            f = &r->w->lans[w[3] - '0'];
        else if ((v = value_of(w, "loss")) != NULL)
            f->loss = (uint8_t)number(v);
        else if ((v = value_of(w, "dup")) != NULL)
            f->duplicate = (uint8_t)number(v);
        else if ((v = value_of(w, "garble")) != NULL)
            f->garble = (uint8_t)number(v);
        else if ((v = value_of(w, "flip")) != NULL)
            f->flip = (uint8_t)number(v);
        else if ((v = value_of(w, "delay")) != NULL &&
                 sscanf(v, "%u..%u", &f->delay_min_ms,
                        &f->delay_max_ms) == 1)
            f->delay_max_ms = f->delay_min_ms;
        else if ((v = value_of(w, "reflect-ms")) != NULL)
            f->reflect_ms = number(v);
        else if ((v = value_of(w, "reflect")) != NULL)
            f->reflect = addr_parse(v, &f->reflector[strchr(v, ':') != NULL],
                                    NULL);
        else if (value_of(w, "delay") == NULL)
            return run_fail(r, "faults: what is %s?", w);
    }
    return true;
}

/* cut FROM TO: nothing gets through in that direction. */
static bool do_cut(struct run *r, char **words, unsigned n)
{
    struct host *a = need_host(r, n, words);
    struct host *b = n > 1 ? host_find(r->w, words[1]) : NULL;

    if (a == NULL || b == NULL)
        return run_fail(r, "cut: FROM TO wanted");
    r->w->cut[a->id * HOSTS_MAX + b->id] = true;
    return true;
}

static bool do_heal(struct run *r, char **words, unsigned n)
{
    (void)words;
    (void)n;
    memset(r->w->cut, 0, (size_t)HOSTS_MAX * HOSTS_MAX);
    return true;
}

/* --- peers that answer, and that repeat themselves --------------------- */

static bool do_own(struct run *r, char **words, unsigned n)
{
    struct peer *p = n > 0 ? peer_find(r->w, words[0]) : NULL;
    struct own *o;
    const char *v;
    unsigned i = 1;

    if (p == NULL || p->own_count == OWNS_MAX)
        return run_fail(r, "own: PEER ... wanted");
    o = &p->owns[p->own_count++];
    for (; i < n; i++)
        if (strcmp(words[i], "probe") == 0)
            o->on_probe = true;
        else if (strcmp(words[i], "unicast") == 0)
            o->unicast = true;
        else if ((v = value_of(words[i], "max")) != NULL)
            o->max = number(v);
        else if ((v = value_of(words[i], "delay")) != NULL)
            o->delay_ms = number(v);
        else
            break;
    if (n < i + 2 || !type_from_text(words[i], &o->type))
        return run_fail(r, "own: TYPE NAME wanted");
    snprintf(o->name, sizeof o->name, "%s", words[i + 1]);
    for (unsigned k = i; k < n; k++)
        if (k != i + 1 && o->word_count < 64) {
            size_t len = strlen(words[k]) + 1;

            o->words[o->word_count] = malloc(len);
            memcpy(o->words[o->word_count++], words[k], len);
        }
    return true;
}

static bool do_disown(struct run *r, char **words, unsigned n)
{
    struct peer *p = n > 0 ? peer_find(r->w, words[0]) : NULL;

    if (p == NULL)
        return run_fail(r, "disown: PEER wanted");
    for (unsigned i = 0; i < p->own_count; i++)
        for (unsigned k = 0; k < p->owns[i].word_count; k++)
            free(p->owns[i].words[k]);
    memset(p->owns, 0, sizeof p->owns);
    p->own_count = 0;
    return true;
}

struct again {
    struct peer *p;
    struct tokens *words;
};

static void send_again(struct world *w, void *arg)
{
    struct again *a = arg;
    char error[128] = "";
    struct tokens *copy = tokens_new();

    /* packet_build() moves words about. */
    for (unsigned i = 0; i < a->words->n; i++)
        tokens_add(copy, a->words->t[i]);
    if (!peer_send(w, a->p, copy->t, copy->n, error, sizeof error))
        world_fail(w, "%s", error);
    tokens_free(copy);
}

static void drop_again(void *arg)
{
    struct again *a = arg;

    tokens_free(a->words);
    free(a);
}

/* times N MS PEER packet...: now and every MS, N times in all. "@" in a
 * word stands for the number of the repetition. */
static bool do_times(struct run *r, char **words, unsigned n)
{
    struct peer *p = n > 3 ? peer_find(r->w, words[2]) : NULL;

    if (p == NULL)
        return run_fail(r, "times: N MS PEER packet wanted");
    for (unsigned i = 0; i < number(words[0]); i++) {
        struct again *a = malloc(sizeof *a);

        a->p = p;
        a->words = tokens_new();
        for (unsigned k = 3; k < n; k++) {
            char word[TEXT_MAX];
            char *at = strchr(words[k], '@');

            if (at == NULL)
                snprintf(word, sizeof word, "%s", words[k]);
            else
                snprintf(word, sizeof word, "%.*s%u%s",
                         (int)(at - words[k]), words[k], i, at + 1);
            tokens_add(a->words, word);
        }
        world_at(r->w, r->w->now_ms + (uint64_t)i * number(words[1]),
                 send_again, a, drop_again);
    }
    return true;
}

static bool do_packet(struct run *r, struct peer *p, char **words, unsigned n)
{
    char error[128] = "";

    return peer_send(r->w, p, words, n, error, sizeof error) ||
           run_fail(r, "%s", error);
}

static const struct {
    const char *word;
    command_fn *fn;
    bool with_word; /* words[0] is the command itself */
} commands[] = {
    {"host", do_host, false},         {"peer", do_peer, false},
    {"start", do_start, false},       {"kill", do_kill, false},
    {"stop", do_stop, false},         {"refresh", do_refresh, false},
    {"up", do_up, false},             {"down", do_down, false},
    {"addr", do_addr, false},         {"block", do_block, false},
    {"service", do_service, false},   {"services", do_services, false},
    {"update", do_update, false},     {"unregister", do_unregister, false},
    {"register", do_register, false}, {"rename", do_rename, false},
    {"browse", do_look, true},        {"types", do_look, true},
    {"resolve", do_look, true},       {"lookup", do_look, true},
    {"query", do_look, true},         {"unbrowse", do_unbrowse, false},
    {"churn", do_churn, false},
    {"reconfirm", do_reconfirm, false}, {"claim", do_claim, false},
    {"rename-claim", do_rename_claim, false},
    {"withdraw", do_withdraw, false}, {"watch", do_watch, false},
    {"unwatch", do_unwatch, false},   {"faults", do_faults, false},
    {"cut", do_cut, false},           {"heal", do_heal, false},
    {"own", do_own, false},           {"disown", do_disown, false},
    {"times", do_times, false},       {"witness", witness_run, false},
};

bool command_run(struct run *r, char **words, unsigned n, bool *known)
{
    struct peer *p = peer_find(r->w, words[0]);

    *known = true;
    if (p != NULL)
        return do_packet(r, p, words + 1, n - 1);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].word, words[0]) == 0)
            return commands[i].with_word
                       ? commands[i].fn(r, words, n)
                       : commands[i].fn(r, words + 1, n - 1);
    *known = false;
    return true;
}
