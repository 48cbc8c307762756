/*
 * doctor_heard.c - crier doctor: what the experiment showed
 */
#include "doctor.h"

static const char firewall[] =
    "let UDP port 5353 pass %s in both directions: nft insert rule inet "
    "filter input udp dport 5353 accept (and output); ufw allow 5353/udp; "
    "firewall-cmd --add-service=mdns; on ESXi: esxcli network firewall";

/* --- D04 ------------------------------------------------------------------- */

void doctor_loop(const struct doctor *d, struct finding *f,
                 const struct doctor_link *l)
{
    uint8_t silent = (uint8_t)(l->sent & ~l->returned);
    uint8_t held = (uint8_t)(l->sent & ~l->left);

    f->remedy = firewall;
    f->verdict = DOCTOR_FAIL;
    if (l->send_err < 0) {
        text_fmt(&f->text, "cannot send by %s: %e",
                 doctor_families((uint8_t)(l->families & ~l->sent)),
                 l->send_err);
    } else if (l->os.oneshot || l->sent == 0) {
        f->verdict = DOCTOR_SKIP;
        text_str(&f->text, "no socket at port 5353, see D02");
    } else if (silent != 0) {
        text_fmt(&f->text, "what is sent by %s does not come back",
                 doctor_families(silent));
    } else if (d->sniff_fd < 0) {
        f->verdict = DOCTOR_PASS;
        text_fmt(&f->text, "comes back by %s; only root sees whether it "
                 "leaves", doctor_families(l->returned));
    } else if (held != 0) {
        text_fmt(&f->text, "what is sent by %s comes back, but does not "
                 "leave", doctor_families(held));
    } else {
        f->verdict = DOCTOR_PASS;
        text_fmt(&f->text, "leaves and comes back by %s",
                 doctor_families(l->returned));
    }
}

/* --- D05 ------------------------------------------------------------------- */

void doctor_others(const struct doctor *d, struct finding *f,
                   const struct doctor_link *l)
{
    unsigned count[2] = {0, 0};
    const struct addr *first = NULL;

    (void)d;
    for (unsigned i = 0; i < l->host_count; i++) {
        const struct doctor_host *h = &l->hosts[i];

        if (!h->answers)
            continue;
        count[family_index(h->addr.family)]++;
        if (first == NULL)
            first = &h->addr;
    }
    if (first != NULL) {
        text_fmt(&f->text, "answers from %u hosts by IPv4, %u by IPv6, one is ",
                 count[0], count[1]);
        doctor_addr(f, first, l->iface->name);
        return;
    }
    f->verdict = DOCTOR_WARN;
    text_fmt(&f->text, "nobody answers%s: alone on this link, or filtered",
             l->host_count > 0 ? ", though others ask" : "");
    f->remedy = "if there are others: look at D04, D06 and D07, at the "
                "firewalls of both, at IGMP and MLD snooping of switches and "
                "access points";
}

/* --- D08 ------------------------------------------------------------------- */

void doctor_mirror(const struct doctor *d, struct finding *f,
                   const struct doctor_link *l)
{
    f->verdict = DOCTOR_WARN;
    if (l->mirror.family != ADDR_NONE) {
        bool own = doctor_own(d, &l->mirror);

        text_fmt(&f->text, "what this host sends comes %s ",
                 own ? "more than once, from" : "back from");
        doctor_addr(f, &l->mirror, l->iface->name);
        text_str(&f->text, own ? ": a loop in the network" : ": a reflector");
        f->remedy = "harmless for crier; if it is not wanted turn it off "
                    "there (Avahi: enable-reflector=no)";
    } else if (l->twin != NULL) {
        text_fmt(&f->text, "what is sent here comes in on %s: both are on one "
                 "link", l->twin);
        f->remedy = "harmless for crier; bond or bridge the two, or leave out "
                    "one: interface !%s";
    } else {
        f->verdict = DOCTOR_PASS;
        text_str(&f->text, "nothing comes back from elsewhere");
    }
}

/* --- D11 ------------------------------------------------------------------- */

void doctor_name(const struct doctor *d, struct finding *f,
                 const struct doctor_link *l)
{
    if (!d->has_host) {
        f->verdict = DOCTOR_SKIP;
        text_str(&f->text, "this system has no host name");
        return;
    }
    if (l->rival.family == ADDR_NONE) {
        text_fmt(&f->text, "nobody else has %n", &d->host);
        return;
    }
    f->verdict = DOCTOR_FAIL;
    text_fmt(&f->text, "%n is also ", &d->host);
    doctor_addr(f, &l->rival_has, l->iface->name);
    text_str(&f->text, ", says ");
    doctor_addr(f, &l->rival, l->iface->name);
    f->remedy = "give one of the two another name: hostnamectl "
                "set-hostname, or the key hostname in crier.conf";
}

/* --- D12 ------------------------------------------------------------------- */

void doctor_ttl(const struct doctor *d, struct finding *f,
                const struct doctor_link *l)
{
    f->verdict = DOCTOR_WARN;
    if (l->cut.family != ADDR_NONE) {
        text_str(&f->text, "packets larger than the link takes, from ");
        doctor_addr(f, &l->cut, l->iface->name);
        f->remedy = "give both ends of the link the same MTU; fragments are "
                    "often filtered";
    } else if (l->low.family != ADDR_NONE) {
        text_fmt(&f->text, "TTL %u instead of 255 from ", l->low_ttl);
        doctor_addr(f, &l->low, l->iface->name);
        f->remedy = "some ignore its packets: repair the program, or the "
                    "router that forwards them";
    } else if (d->sniff_fd < 0) {
        f->verdict = DOCTOR_SKIP;
        text_fmt(&f->text, "no packet socket (%e): for root only",
                 d->sniff_fd);
    } else if (l->sniffed == 0) {
        f->verdict = DOCTOR_SKIP;
        text_str(&f->text, "no packet of another host");
    } else {
        f->verdict = DOCTOR_PASS;
        text_fmt(&f->text, "%u packets of others, all with 255", l->sniffed);
    }
}

/* --- D14 ------------------------------------------------------------------- */

void doctor_peer(const struct doctor *d, struct finding *f,
                 const struct doctor_peer *p)
{
    (void)d;
    text_fmt(&f->text, "%s: ", p->text);
    f->verdict = DOCTOR_FAIL;
    if (p->link == NULL) {
        text_str(&f->text, "no link with an address of that family");
        return;
    }
    f->iface = p->link->iface->name;
    if (p->err < 0)
        text_fmt(&f->text, "cannot send: %e", p->err);
    else if (p->replied)
        text_fmt(&f->text, "replies after %u ms", (unsigned)p->reply_ms);
    else
        text_str(&f->text, "no reply by unicast");
    text_fmt(&f->text, ", its multicast is%s heard", p->heard ? "" : " not");
    if (p->replied && p->heard) {
        f->verdict = DOCTOR_PASS;
    } else if (!p->on_link && !p->heard) {
        f->remedy = "it is on none of our links: responders do not answer "
                    "from afar (RFC 6762 section 5.5)";
    } else if (p->replied) {
        f->verdict = DOCTOR_WARN;
        f->remedy = "multicast is lost between the two: look at D06, D07, "
                    "and at the snooping of switches and access points";
    } else if (p->heard) {
        f->verdict = DOCTOR_WARN;
        f->remedy = "a firewall drops unicast to or from its port 5353, or "
                    "its responder answers by multicast alone";
    } else {
        f->remedy = "is a responder running there? If so, a firewall drops "
                    "UDP port 5353";
    }
}
