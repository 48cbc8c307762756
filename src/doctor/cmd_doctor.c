/*
 * cmd_doctor.c - crier doctor: what is wrong here, and what helps
 *
 * Works by itself, with or without a daemon, and for two seconds.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "cli/resolve.h"

enum {
    EVIDENCE_MAX = 1024, /* bytes */
    LABEL_WIDTH = 5,
};

/* What a check is made for: the host, each interface wanted, each usable link,
 * each peer; with a capital letter it needs the experiment. */
static const char scopes[] = "ilhLLiLLlhLLHP";
enum { CHECK_COUNT = sizeof scopes - 1 };

struct doctor_cmd {
    struct doctor d;
    unsigned wanted; /* mask of checks */
    bool kernel;
    unsigned count, failed;
};

const char *doctor_families(uint8_t mask)
{
    return mask == ADDR_V4 ? "IPv4" : mask == ADDR_V6 ? "IPv6"
                                                      : "IPv4 and IPv6";
}

void doctor_addr(struct finding *f, const struct addr *a, const char *iface)
{
    char buf[ADDR_TEXT_MAX];

    text_str(&f->text, os_addr_text(a, iface, buf));
}

void doctor_json_str(struct text *t, const char *key, const char *value)
{
    if (value != NULL)
        out_json_str(t, key, value);
    else
        out_json_null(t, key);
}

/* --- printing ---------------------------------------------------------------- */

static void put_id(struct text *t, unsigned check)
{
    text_str(t, check < 9 ? "D0" : "D");
    text_num(t, check + 1);
}

static void print_json(struct text *t, unsigned check, const char *label,
                       const char *iface, const char *evidence,
                       const char *remedy)
{
    char buf[8];
    struct text id = text_memory(buf, sizeof buf);

    put_id(&id, check);
    out_json_open(t, "check");
    out_json_str(t, "id", text_end(&id));
    out_json_str(t, "result", label);
    doctor_json_str(t, "iface", iface);
    out_json_str(t, "evidence", evidence);
    doctor_json_str(t, "remedy", remedy);
    out_json_close(t);
}

static void print_text(const struct out *o, unsigned check,
                       const struct finding *f, const char *label,
                       const char *iface, const char *evidence,
                       const char *remedy)
{
    static const char colors[][6] = {"", "\033[33m", "\033[31m", ""};
    bool color = o->color && colors[f->verdict][0] != '\0';
    struct text *t = o->to;

    put_id(t, check);
    text_str(t, " ");
    if (color)
        text_str(t, colors[f->verdict]);
    text_str(t, label);
    if (color)
        text_str(t, "\033[m");
    text_str(t, " ");
    if (iface != NULL)
        text_fmt(t, "%s: ", iface);
    text_fmt(t, "%s\n", evidence);
    if (remedy != NULL)
        text_fmt(t, "         -> %s\n", remedy);
}

/* iface: what the line is about, NULL: the host or a peer. */
static void print(struct doctor_cmd *c, unsigned check, struct finding *f,
                  const char *iface)
{
    static const char labels[][LABEL_WIDTH] = {"PASS", "WARN", "FAIL", "SKIP"};
    const char *label = labels[f->verdict];
    const char *evidence = text_end(&f->text);
    const char *remedy = NULL;
    char buf[EVIDENCE_MAX];
    struct text t = text_memory(buf, sizeof buf);

    if (f->remedy != NULL &&
        (f->verdict == DOCTOR_WARN || f->verdict == DOCTOR_FAIL)) {
        text_fmt(&t, f->remedy, f->iface != NULL ? f->iface : "");
        remedy = text_end(&t);
    }
    if (c->d.out.form == OUT_JSON)
        print_json(c->d.out.to, check, label, iface, evidence, remedy);
    else
        print_text(&c->d.out, check, f, label, iface, evidence, remedy);
    text_flush(c->d.out.to);
    c->count++;
    c->failed += f->verdict == DOCTOR_FAIL;
}

/* --- running ----------------------------------------------------------------- */

static struct finding finding(char buf[EVIDENCE_MAX])
{
    struct finding f = {.text = text_memory(buf, EVIDENCE_MAX)};

    return f;
}

/* The link, if the check is made for links. A table of functions would take
 * 40 bytes an entry. */
static void look(const struct doctor *d, unsigned check, struct finding *f,
                 const struct doctor_link *l)
{
    switch (check) {
    case 0:
        doctor_interface(d, f, l);
        break;
    case 1:
        doctor_join(d, f, l);
        break;
    case 2:
        doctor_port(d, f, l);
        break;
    case 3:
        doctor_loop(d, f, l);
        break;
    case 4:
        doctor_others(d, f, l);
        break;
    case 5:
        doctor_bridge(d, f, l);
        break;
    case 6:
        doctor_filter(d, f, l);
        break;
    case 7:
        doctor_mirror(d, f, l);
        break;
    case 8:
        doctor_ipv6(d, f, l);
        break;
    case 9:
        doctor_lookups(d, f, l);
        break;
    case 10:
        doctor_name(d, f, l);
        break;
    case 11:
        doctor_ttl(d, f, l);
        break;
    case 12:
        doctor_clock(d, f, l);
        break;
    }
}

static void run_check(struct doctor_cmd *c, unsigned check)
{
    struct doctor *d = &c->d;
    char scope = (char)(scopes[check] | 32);
    unsigned count = scope == 'h' ? 1
                     : scope == 'p' ? d->peer_count
                                    : d->link_count;
    bool any = false; /* that counts */
    char buf[EVIDENCE_MAX];
    struct finding f;

    for (unsigned i = 0; i < count; i++) {
        const struct doctor_link *l = &d->links[i];
        const char *iface = NULL;

        f = finding(buf);
        if (scope == 'p') {
            doctor_peer(d, &f, &d->peers[i]);
        } else if (scope == 'h') {
            look(d, check, &f, NULL);
        } else {
            /* Ports are looked at for their bridge, others for D01 alone. */
            if (!l->usable && check != 0 &&
                (scope == 'l' || l->iface->master == 0))
                continue;
            iface = f.iface = l->iface->name;
            look(d, check, &f, l);
        }
        print(c, check, &f, iface);
        any = any || check != 0 || l->usable;
    }
    if (any)
        return;
    f = finding(buf);
    f.verdict = check == 0 ? DOCTOR_FAIL : DOCTOR_SKIP;
    f.remedy = "choose others with -i";
    text_str(&f.text, scope == 'p' ? "no --peer given" : "no usable interface");
    print(c, check, &f, NULL);
}

static void list_links(struct doctor *d)
{
    struct os_ifwatch *w = os_ifwatch_open(false);

    d->iface_count = os_ifwatch_list(w, d->ifaces, OS_IFACES_MAX);
    os_ifwatch_close(w);
    for (int i = 0; i < d->iface_count; i++) {
        const struct os_iface *iface = &d->ifaces[i];
        unsigned need = IFF_UP | IFF_RUNNING;

        if (d->link_count == ENGINE_LINKS_MAX)
            break;
        if (!loop_iface_wanted(d->cli->globs, d->cli->glob_count,
                               iface->name))
            continue;
        if ((iface->flags & IFF_LOOPBACK) == 0)
            need |= IFF_MULTICAST; /* it does without the flag */
        d->links[d->link_count++] = (struct doctor_link){
            .iface = iface,
            .usable = (iface->flags & need) == need && iface->master == 0 &&
                      iface->addr_count > 0,
        };
    }
}

/* The name that crier run has here, of its configuration or of the system. */
static void find_name(struct doctor *d)
{
    static struct conf c;
    const char *file = getenv("CRIER_CONFIG");
    struct text nowhere = text_memory(NULL, 0); /* crier check tells */
    struct report r = {.to = &nowhere};

    conf_default(&c);
    (void)conf_read(&c, file != NULL ? file : CONF_FILE, true, &r);
    (void)name_from_text("local", &d->host, NULL);
    if (c.host_label_len == 0 && os_hostname(c.host_label, sizeof c.host_label))
        c.host_label_len = (uint8_t)strlen(c.host_label);
    d->has_host = c.host_label_len > 0 &&
                  name_prepend(&d->host, c.host_label, c.host_label_len);
    conf_clear(&c);
}

static int examine(struct doctor_cmd *c)
{
    struct doctor *d = &c->d;
    bool experiment = false;

    /* Before there are sockets of our own. */
    d->holder_count = os_port_holders(d->holders, DOCTOR_HOLDERS_MAX);
    list_links(d);
    for (unsigned i = 0; i < d->link_count; i++)
        os_link_init(&d->links[i].os);
    find_name(d);
    doctor_open(d);
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        if ((c->wanted & 1u << i) == 0)
            continue;
        if (scopes[i] < 'a' && !experiment) {
            doctor_experiment(d);
            experiment = true;
        }
        run_check(c, i);
    }
    doctor_close(d);
    return c->failed > 0 ? CLI_NONE : CLI_OK;
}

/* --- the command line ---------------------------------------------------------- */

static bool take_peer(struct doctor *d, struct cli *cli, const char *value)
{
    struct doctor_peer *p = &d->peers[d->peer_count];
    char buf[ADDR_TEXT_MAX];
    size_t len = strcspn(value, "%");

    if (d->peer_count < DOCTOR_PEERS_MAX && len < sizeof buf) {
        memcpy(buf, value, len);
        buf[len] = '\0';
        if (os_addr_parse(buf, &p->addr)) {
            p->text = value;
            resolve_reverse(&p->addr, &p->reverse);
            os_link_init(&p->os);
            d->peer_count++;
            return true;
        }
    }
    report_at(&cli->report, cli_col(cli), "E026",
              "read \"%s\", expected an address like 192.168.1.9 or "
              "fe80::1%%eth0, at most %u of them", value,
              (unsigned)DOCTOR_PEERS_MAX);
    return false;
}

static bool take_check(struct doctor_cmd *c, struct cli *cli,
                       const char *word)
{
    uint32_t n = 0;

    if ((word[0] | 32) == 'd' && tokens_number(word + 1, CHECK_COUNT, &n) &&
        n > 0) {
        c->wanted |= 1u << (n - 1);
        return true;
    }
    report_at(&cli->report, cli_col(cli), "E005",
              "read \"%s\", expected a check, from D01 to D%u", word,
              (unsigned)CHECK_COUNT);
    return false;
}

static int run(struct cli *cli)
{
    static struct doctor_cmd c;
    const char *value;
    int o, status = CLI_OK;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        bool ok = o != CLI_BAD;

        if (o == CLI_WORD)
            ok = take_check(&c, cli, value);
        else if (o == 'P')
            ok = take_peer(&c.d, cli, value);
        else if (o == 'K')
            c.kernel = true;
        if (!ok)
            return CLI_USAGE;
    }
    c.d.cli = cli;
    c.d.out = cli_out(cli);
    if (c.wanted == 0)
        c.wanted = (1u << CHECK_COUNT) - 1 -
                   (c.d.peer_count == 0 ? 1u << (CHECK_COUNT - 1) : 0);
    if (c.kernel)
        doctor_kernel(&c.d.out);
    else
        status = examine(&c);
    if (c.d.out.form == OUT_JSON)
        out_json_end(&text_out, "done", c.count);
    return status;
}

static const struct cli_opt opts[] = {
    {'P', false, true, "peer"},
    {'K', false, false, "kernel"},
};

const struct cli_verb cmd_doctor = {
    .name = "doctor",
    .run = run,
    .common = "i46jO",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[--peer ADDR]... [CHECK]...",
    .help = "Look for what keeps mDNS from working here, for two seconds. "
            "One line a check,\nD01 to D14: PASS, WARN, FAIL or SKIP, what "
            "was seen, and what helps. Exit\nstatus 1 if something FAILs.\n\n"
            "      --peer ADDR           is that host reached, both ways?\n"
            "      --kernel              what this kernel has, and what it "
            "costs where not\n",
};
