/*
 * cmd_dump.c - crier dump: Multicast DNS packets, as they pass or from a file
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"
#include "dump.h"

enum { PACKET_MAX = 65536 };

struct dump {
    struct session s; /* for signals and times; it serves no link */
    struct out out;
    const char *file; /* NULL: what passes */
    uint32_t count;   /* end after so many; 0: no limit */
    uint64_t told;
    uint8_t packet[PACKET_MAX];
};

static void on_packet(void *ctx, int fd)
{
    struct dump *d = ctx;
    char iface[IF_NAMESIZE];
    struct dump_from from = {.iface = iface};
    int len = os_capture_recv(fd, d->packet, sizeof d->packet, iface);

    if (len <= 0 || d->s.reason != NULL ||
        (d->s.cli->glob_count > 0 &&
         !loop_iface_wanted(d->s.cli->globs, d->s.cli->glob_count, iface)))
        return;
    clock_gettime(CLOCK_REALTIME, &from.time);
    d->told += dump_packet(&d->out, &from, d->packet, (size_t)len);
    if (d->count > 0 && d->told >= d->count)
        session_end(&d->s, "count");
}

static bool at_end(void *ctx)
{
    const struct dump *d = ctx;

    return d->told > 0;
}

static int dump_live(struct dump *d)
{
    static const char *const nothing[] = {"!*"};
    struct loop_config lc;
    int fd = os_capture_open(NULL);
    int status;

    if (fd < 0) {
        cli_say("E073: cannot listen to packets: %e; it takes root, or "
                "CAP_NET_RAW", fd);
        return CLI_SYSTEM;
    }
    session_config(d->s.cli, &lc);
    lc.ifglobs[0] = nothing[0];
    lc.ifglob_count = 1;
    d->s.said_waiting = d->s.link_seen = true;
    status = session_open(&d->s, &lc);
    if (status != CLI_OK)
        return status;
    loop_fd_add(d->s.loop, fd, false, on_packet, d);
    return session_run(&d->s, at_end);
}

static const struct cli_opt opts[] = {
    {'r', true, true, "read"},
    {'N', false, true, "count"},
};

static int run(struct cli *cli)
{
    static struct dump d;
    const char *value;
    int64_t count;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END) {
        if (o == 'r')
            d.file = value;
        else if (o == 'N' && !cli_number(cli, value, 1, UINT32_MAX, &d.count))
            return CLI_USAGE;
        else if (o == CLI_WORD)
            report_at(&cli->report, cli_col(cli), "E005",
                      "read \"%s\", expected options only", value);
        if (o == CLI_BAD || o == CLI_WORD)
            return CLI_USAGE;
    }
    d.out = cli_out(cli);
    d.s.cli = cli;
    d.s.ctx = &d;
    d.s.max_ms = cli->has_timeout ? cli->timeout_ms : 0;
    if (d.file == NULL)
        return dump_live(&d);
    count = dump_file(&d.out, d.file);
    return count > 0 ? CLI_OK : count == 0 ? CLI_NONE : CLI_SYSTEM;
}

const struct cli_verb cmd_dump = {
    .name = "dump",
    .run = run,
    .common = "ijT",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .usage = "[--count N]\n"
             "       crier dump -r FILE",
    .help =
        "Print Multicast DNS packets as they pass, of this host and of "
        "others, or those\nof a capture file.\n"
        "\n"
        "  -r, --read FILE  as tcpdump -w writes it\n"
        "      --count N    end after N packets\n",
};
