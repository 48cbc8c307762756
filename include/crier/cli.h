/*
 * cli.h - verbs, options, exit codes, and the session of a client verb
 *
 * Options may stand anywhere before "--"; letters mean the same in every
 * verb that takes them. What is wrong with them is reported like an error in
 * a file: the command line is line 1, and columns count its bytes with one
 * blank between words.
 */
#ifndef CRIER_CLI_H
#define CRIER_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/conf.h"
#include "crier/loop.h"
#include "crier/out.h"

struct cli;

#define CRIER_VERSION "0.1.0"

enum cli_exit {
    CLI_OK = 0,       /* done, or at least one result */
    CLI_NONE = 1,     /* ran well, nothing found in time */
    CLI_USAGE = 2,    /* usage or configuration error */
    CLI_NO_DAEMON = 3,
    CLI_SYSTEM = 4,   /* socket, permission, no usable interface */
    CLI_CONFLICT = 5, /* the name is taken and --no-rename was given */
    CLI_ABSENT = 6,   /* the program was built without that verb */
    CLI_BUG = 70,     /* an assertion failed */
    CLI_SIGNAL = 128, /* plus the number of the signal that ended it */
};

/* --- options ---------------------------------------------------------- */

struct cli_opt {
    char letter;      /* what cli_next() returns */
    bool is_short;    /* also written -x */
    bool has_value;
    char word[13];    /* written --word; "": none. No pointer: in a
                         position-independent program each takes 32 bytes */
};

struct cli_verb {
    char name[9];    /* in place, as with options */
    char common[12]; /* letters of the common options it takes */
    bool command;    /* "--" begins a command, not more words */
    uint8_t opt_count;
    const struct cli_opt *opts; /* its own; may shadow common ones */
    int (*run)(struct cli *cli); /* returns the exit code */
    const char *usage;           /* behind "crier VERB " */
    const char *help;            /* the text of --help behind the usage */
};

/* One command line being read, and the common options found so far. */
struct cli {
    const struct cli_verb *verb;
    int argc;
    char **argv;
    int at;              /* next word */
    const char *cluster; /* rest of "-abc" still to read, or NULL */
    bool only_words;     /* behind "--" */
    int word;            /* the word that the last option or value was in */
    struct report report;

    const char *globs[LOOP_GLOBS_MAX];
    unsigned glob_count;
    uint8_t families;    /* 0: not given */
    bool json, parsable;
    bool has_timeout;
    uint32_t timeout_ms;
    bool quiet;
    unsigned verbose;
    enum out_color color;
    const char *socket; /* -s; NULL: not given */
};

enum { CLI_END = -1, CLI_WORD = 0, CLI_BAD = -2 };

/*
 * The next of the verb's own options, with its value, or CLI_WORD with a
 * plain word; CLI_END at the end, or at the "--" before a command, which
 * cli->at then stands behind; CLI_BAD after a report. Common options are taken in on the way.
 */
int cli_next(struct cli *cli, const char **value);

/* Column of the word that was read last, and of any word, for reports. */
unsigned cli_col(const struct cli *cli);
unsigned cli_col_of(const struct cli *cli, int word);

/* A number or a duration as an option's value; false after a report. */
bool cli_number(struct cli *cli, const char *value, uint32_t from,
                uint32_t to, uint32_t *out);
bool cli_duration(struct cli *cli, const char *value, uint32_t *ms);

/* The form of output that the options ask for, on standard output. */
struct out cli_out(const struct cli *cli);

/* "crier: " and the message on standard error. */
void cli_say(const char *fmt, ...);

/* The way out of an error of sockets, a negative errno. */
const char *cli_remedy(int err);

/* What a link hook tells people of that interface, "?": of none; level of the
 * least important line wanted. */
void cli_say_link(const char *iface, enum loop_link_event what, int err,
                  enum conf_level level);

/* Weak, since a program may be built without some (make WITHOUT=...). */
extern __attribute__((weak)) const struct cli_verb cmd_run, cmd_check,
    cmd_config, cmd_publish, cmd_browse, cmd_resolve, cmd_query, cmd_nodes,
    cmd_wait, cmd_hook, cmd_export, cmd_doctor, cmd_identity, cmd_dump,
    cmd_autoip, cmd_status, cmd_services, cmd_add, cmd_rm, cmd_monitor,
    cmd_rename, cmd_reload;

/*
 * Connect to the daemon's socket: that of -s, or of CRIER_SOCKET, or the usual
 * one; looks: for looking only will do. The descriptor, or a negative errno;
 * -ENOENT also for the socket "none".
 */
int cli_connect(const struct cli *cli, bool looks, unsigned timeout_s);
/* Say why there was none; returns the exit code. */
int cli_no_daemon(const struct cli *cli, int err);

/* --- session ---------------------------------------------------------- */

/*
 * What a client verb asks is asked by a running daemon, if there is one that
 * serves the interfaces wanted, and else by an engine of the verb's own. It
 * is told the same by either.
 */
struct session {
    struct loop *loop;
    struct remote *remote; /* NULL: no daemon is asked */
    bool asks;             /* a daemon may be asked */
    bool changes;          /* ... to publish something */
    const struct cli *cli;
    void *ctx;
    void (*event)(void *ctx, const struct dnssd_event *ev);
    void (*tick)(void *ctx, uint64_t now_ms); /* may be NULL */
    void (*link)(void *ctx, unsigned link,
                 enum loop_link_event what); /* may be NULL */
    void (*child)(void *ctx);                /* SIGCHLD; may be NULL */
    void (*refused)(void *ctx, const char *why); /* a daemon's line of JSON;
                                                    may be NULL */
    bool (*signal)(void *ctx, int signo);    /* true: do not end yet; or NULL */
    bool goodbye; /* say it at the end */

    /* When to end; 0: never for that reason. */
    uint32_t max_ms;   /* after so long */
    uint32_t quiet_ms; /* after so long without news, but not before min_ms */
    uint32_t min_ms;
    bool quiet_needs_news; /* ... and only when something was found */
    uint64_t wake_ms;      /* next tick the verb itself wants; 0: none */

    /* the session's own */
    uint64_t start_ms, news_ms; /* news_ms 0: none yet */
    bool link_seen, said_waiting;
    bool lost; /* the daemon went away */
    int refusal; /* exit code, if it answers nothing that is asked; else 0 */
    int signo;
    const char *reason; /* why it ended: quiet, timeout, count, signal */
};

/* The loop's configuration for a client verb, from the options. */
void session_config(const struct cli *cli, struct loop_config *lc);

/* The calls of dnssd.h, on all links; false without room. reconfirm: doubt
 * what is known already (RFC 6762 section 10.4). */
bool session_browse(struct session *s, const struct dnssd_type *type,
                    const struct name *domain, unsigned flags, void *cookie);
bool session_enumerate(struct session *s, const struct name *domain,
                       void *cookie);
bool session_resolve(struct session *s, const struct name *full,
                     void *cookie);
bool session_lookup(struct session *s, const struct name *host,
                    uint8_t families, void *cookie);
bool session_query(struct session *s, const struct name *name, uint16_t type,
                   bool reconfirm, void *cookie);
/* Have the daemon publish the service until the end, under its own name unless
 * it is named; false: there is none
 * that could, and nothing has been done. */
bool session_publish(struct session *s, const struct service *service,
                     bool named, bool no_rename);
/* The interface that an event's link is. */
const char *session_iface(const struct session *s, unsigned link);

/* CLI_OK, or another exit code after a report. The caller has filled in the
 * first two groups of members. */
int session_open(struct session *s, struct loop_config *lc);
void session_news(struct session *s); /* the quiet time begins anew */
void session_end(struct session *s, const char *reason);

/*
 * Run to the end and close. ok: whether there was a result, asked at the
 * end. Returns the exit code.
 */
int session_run(struct session *s, bool (*ok)(void *ctx));

/* Whether the sender of a record is this host itself. */
bool session_own_address(const struct addr *a, const char *iface);

#endif
