/*
 * conf.h - configuration file, service files, and publishing what they say
 *
 * One tokenizer reads everything that people write for crier. Whoever finds
 * something wrong in it says so through a struct report: where (file, line,
 * column), what was read and what was expected. Files are checked one by
 * one to the end, so one run shows all that is wrong in them, and nothing is
 * announced before the last is read.
 */
#ifndef CRIER_CONF_H
#define CRIER_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/addr.h"
#include "crier/dnssd.h"
#include "crier/loop.h"
#include "crier/text.h"

/* --- words ------------------------------------------------------------ */

enum {
    TOKENS_LINE_MAX = 4096, /* bytes of a line without its end */
    TOKENS_WORDS_MAX = 64,
};

struct token {
    const char *text; /* NUL behind it; may hold NUL inside (\000) */
    size_t len;
    unsigned col;     /* of its first byte in the line, from 1 */
    unsigned end_col; /* of the byte behind it */
    bool quoted;      /* some of it stood in quotes */
};

enum tokens_err {
    TOKENS_OK,
    TOKENS_LONG,   /* over TOKENS_LINE_MAX bytes */
    TOKENS_MANY,   /* over TOKENS_WORDS_MAX words */
    TOKENS_QUOTE,  /* the closing quote is missing */
    TOKENS_ESCAPE, /* in quotes: other than \", \\ or \000 to \255 */
    TOKENS_BYTE,   /* a control character other than tab */
};

struct tokens {
    unsigned count;
    unsigned err_col; /* where, if not TOKENS_OK */
    const char *line; /* what was split, borrowed */
    struct token word[TOKENS_WORDS_MAX];
    char buf[TOKENS_LINE_MAX + TOKENS_WORDS_MAX + 1];
};

/*
 * Split a line into words at blanks and tabs. Double quotes hold blanks and
 * escapes (\", \\, \DDD decimal); they may open inside a word. A "#" at the
 * start of a word begins a comment. A CR at the end is dropped. An empty
 * line has no words.
 */
enum tokens_err tokens_split(struct tokens *t, const char *line, size_t len);
const char *tokens_error(enum tokens_err err);

/* Bytes as one word in quotes, which tokens_split() takes away again. */
void tokens_quote(struct text *t, const char *p, size_t len);

/* Whole numbers in decimal, up to max; durations "500ms", "5s", "2m", "1h",
 * "1d", a bare number is seconds. False if text is not one. */
bool tokens_number(const char *text, uint32_t max, uint32_t *out);
bool tokens_duration(const char *text, uint32_t *ms);

/*
 * The value behind the first word as people write it: one word with its
 * quotes taken away, or several unquoted ones with what stands between
 * them. False if there is none, or more than one and some in quotes.
 */
bool tokens_rest(const struct tokens *t, const char **text, size_t *len);

/* --- saying what is wrong --------------------------------------------- */

struct report {
    struct text *to;
    struct text *also; /* goes there too, with "; " behind each; or NULL */
    const char *file; /* name that messages begin with */
    unsigned line;    /* 0: the file as a whole */
    unsigned errors;
};

/* "FILE:LINE:COL: ID: " and the message (text_fmt); counts it, flushes. */
void report_at(struct report *r, unsigned col, const char *id,
               const char *fmt, ...);

/* A word of a list that is close enough to be meant, or NULL. */
const char *report_nearest(const char *word, const char *const *list,
                           size_t count);

/* --- lines of "key value..." ------------------------------------------- */

struct conf_key {
    char name[17];
    uint8_t values_min, values_max; /* words behind the key */
    bool repeat;                    /* the key may come again */
    bool (*take)(void *ctx, const struct conf_key *key,
                 const struct tokens *t, struct report *r);
    uint32_t at, min, max; /* for take: where in ctx, and what range */
    const char *expect;    /* what the value should be, for messages */
};

enum { CONF_KEYS_MAX = 64 };

/* Hand each line to its key. False if anything was reported. */
bool conf_lines(const char *data, size_t len, const struct conf_key *keys,
                size_t key_count, void *ctx, struct report *r);

/* take functions for a bool, a number and a duration in ms at ctx + at */
bool conf_take_bool(void *ctx, const struct conf_key *key,
                    const struct tokens *t, struct report *r);
bool conf_take_number(void *ctx, const struct conf_key *key,
                      const struct tokens *t, struct report *r);
bool conf_take_duration(void *ctx, const struct conf_key *key,
                        const struct tokens *t, struct report *r);

/* "E013: KEY: read VALUE, expected ..." for value i; returns false. */
bool conf_refuse(const struct conf_key *key, const struct tokens *t,
                 unsigned i, struct report *r);

/* --- the configuration file ------------------------------------------- */

enum { CONF_DIRS_MAX = 8, CONF_ALIASES_MAX = 64, CONF_HOSTS_MAX = 256 };
enum { CONF_USER_MAX = 32, CONF_CHROOT_MAX = 255 }; /* bytes */

enum { CONF_FILE_MAX = 239 }; /* of a file's path */

enum { CONF_PATH_MAX = 107 }; /* of a socket, as most systems have it */

#define CONF_SOCKET "/run/crier/ctl"
#define CONF_SOCKET_RO "/run/crier/ro"
#define CONF_FILE "/etc/crier/crier.conf"

enum conf_sandbox { CONF_BOX_AUTO, CONF_BOX_STRICT, CONF_BOX_OFF };

enum conf_log { CONF_LOG_AUTO, CONF_LOG_STDERR, CONF_LOG_SYSLOG };

enum conf_level { CONF_ERROR, CONF_WARN, CONF_INFO, CONF_DEBUG };

struct conf_host {
    struct conf_host *next;
    struct name name;
    unsigned line; /* of the configuration file */
    unsigned addr_count;
    struct addr addrs[LINK_ADDRS_MAX];
};

/* What a guest may have: patterns as pub_glob() takes them. */
enum conf_grant { GRANT_NAME, GRANT_TYPE, GRANT_ADDRESS, GRANT_QUOTA };

enum { CONF_GRANTS_MAX = 24, CONF_GUESTS_MAX = 16, CONF_GLOB_MAX = 47 };

struct conf_guest {
    struct conf_guest *next;
    char path[CONF_PATH_MAX + 1]; /* of its socket; zeros behind it */
    uint32_t quota; /* services and hosts */
    uint32_t grant_count;
    struct {
        uint8_t kind; /* enum conf_grant */
        char glob[CONF_GLOB_MAX + 1];
    } grants[CONF_GRANTS_MAX];
};

struct conf {
    uint8_t host_label_len; /* 0: the system's host name */
    char host_label[NAME_LABEL_MAX + 1];
    bool host_auto; /* it is the system's, from conf_system() */
    enum claim_conflict on_conflict;
    bool rename_mac;
    const char *ifglobs[LOOP_GLOBS_MAX];
    unsigned ifglob_count;
    uint8_t families;
    uint32_t poll_ms;
    uint32_t rejoin_ms;
    bool allmulti;
    const char *dirs[CONF_DIRS_MAX];
    unsigned dir_count;
    bool dirs_default; /* dirs is what we came with: they may be missing */
    bool addresses;
    bool reverse;
    bool identity;
    uint32_t identity_fields; /* a bit for each enum identity_field */
    char identity_file[CONF_PATH_MAX + 1]; /* zeros behind it; "": none */
    struct name *aliases[CONF_ALIASES_MAX];
    unsigned alias_line[CONF_ALIASES_MAX];
    unsigned alias_count;
    struct conf_host *hosts; /* in the order of the file */
    unsigned host_count;
    uint32_t services_max;
    uint32_t records_max;
    uint32_t cache_max;
    uint32_t cache_per_source;
    uint32_t tx_rate;
    enum conf_sandbox sandbox;
    char socket[CONF_PATH_MAX + 1]; /* zeros behind it; "": none */
    char socket_ro[CONF_PATH_MAX + 1];
    uint32_t socket_mode;
    char socket_group[CONF_USER_MAX + 1]; /* "": that of the process */
    uint32_t clients;
    struct conf_guest *guests; /* in the order of the file */
    char user[CONF_USER_MAX + 1];   /* "": stay who we are */
    char chroot[CONF_CHROOT_MAX + 1]; /* "": none */
    char metrics_file[CONF_FILE_MAX + 1]; /* zeros behind it; "": none */
    char hosts_file[CONF_FILE_MAX + 1];
    char state_file[CONF_FILE_MAX + 1];
    uint32_t metrics_ms;
    enum conf_log log;
    uint32_t log_rate; /* lines a second */
    enum conf_level level;
    char mac[7]; /* last six hex digits of a MAC address here, or "" */
};

void conf_default(struct conf *c);
void conf_clear(struct conf *c);

/* Copies of these patterns instead of those in c; at most LOOP_GLOBS_MAX.
 * False without memory. */
bool conf_set_globs(struct conf *c, const char *const *globs,
                    unsigned count);

/*
 * Read a file into c, over what it holds. missing_ok: no file is an empty
 * one. False if anything was wrong, after reporting all of it.
 */
bool conf_read(struct conf *c, const char *path, bool missing_ok,
               struct report *r);

/* The same from memory; r->file is set by the caller. */
bool conf_parse(struct conf *c, const char *data, size_t len,
                struct report *r);

/* Fill in what the file leaves to the system: host label, MAC. running: the
 * daemon's, at a reload (interfaces are watched then, and not looked at), or
 * NULL. */
void conf_system(struct conf *c, const struct conf *running);

/*
 * What a running daemon cannot take over from next stays as it is in now:
 * next gets now's values, but for the patterns of interfaces, and loses the
 * directories that the sandbox cannot read. False if there was any, after a
 * report of each.
 */
bool conf_keep_fixed(const struct conf *now, struct conf *next,
                     struct report *r);

/*
 * A user's numbers by name or number, from /etc/passwd; a number that is not
 * there is its own group. False if it is neither. conf_user_in() looks into
 * the text of such a file.
 */
bool conf_user(const char *user, uint32_t *uid, uint32_t *gid);
bool conf_user_in(const char *passwd, size_t len, const char *user,
                  uint32_t *uid, uint32_t *gid);

/* A group's number by name or number, from /etc/group. */
bool conf_group(const char *group, uint32_t *gid);

/* A configuration file that says what c does, with every key. */
void conf_print(const struct conf *c, struct text *t);

/* Whether it is "vsock:PORT" or "vsock:CID:PORT"; *cid is the number of the one
 * guest that it is for, or OS_VSOCK_ANY. */
bool conf_vsock(const char *path, uint32_t *cid, uint32_t *port);
/* The take function of "guest-socket", and whether both have the same. */
bool conf_take_guest(void *ctx, const struct conf_key *key,
                     const struct tokens *t, struct report *r);
bool conf_guests_equal(const struct conf *a, const struct conf *b);

/* The loop's and the engine's share of c. */
void conf_loop(const struct conf *c, struct loop_config *lc);

/*
 * A host label or name as people write it: one label or "label.local", no
 * other domain unless any_domain. NULL and *out, or why not.
 */
const char *conf_host_name(const char *text, bool any_domain,
                           struct name *out);

/* Whole file in malloced memory, at most 1 MiB; NULL and *err (-errno). */
char *conf_slurp(const char *path, size_t *len, int *err);

/* --- services --------------------------------------------------------- */

enum { SERVICE_GLOBS_MAX = 16, SERVICE_GLOB_MAX = 47, SERVICE_CNAMES_MAX = 16 };
enum { SERVICE_PATH_MAX = 255 };

/* What tells whether the thing behind a service works. */
enum { CHECK_NONE, CHECK_TCP, CHECK_PATH, CHECK_PID };

struct service_check {
    uint8_t kind;       /* of these */
    uint8_t fail, rise; /* results in a row that change its state */
    uint16_t port;
    uint32_t every_ms;
    struct addr addr;
    char path[SERVICE_PATH_MAX + 1];
};

/* One service as a file or a command line describes it. */
struct service {
    char id[64];
    uint8_t instance_len;
    char instance[NAME_LABEL_MAX + 1];
    bool has_type, has_port, has_target;
    bool makes_way; /* takes another name where one of ours has its name */
    bool no_rename; /* but none because of others */
    struct dnssd_type type;
    struct dnssd_type subtypes[DNSSD_SUBTYPES_MAX];
    unsigned subtype_count;
    uint16_t priority, weight, port;
    uint32_t ttl_s;
    struct name target;
    struct name cnames[SERVICE_CNAMES_MAX];
    unsigned cname_count;
    char globs[SERVICE_GLOBS_MAX][SERVICE_GLOB_MAX + 1];
    unsigned glob_count;
    struct service_check check;
    unsigned beyond_line; /* where it names a version file that the sandbox */
    unsigned beyond_col;  /* cannot read; 0: all of it was read */
    size_t txt_len;
    uint8_t txt[DNSSD_TXT_MAX];
};

/* The words that %h, %i, %m and %v stand for in names and TXT. */
struct service_words {
    const char *host, *id, *mac, *version;
};

/* Parse a service file from memory; s is cleared first. */
bool service_parse(struct service *s, const char *id, const char *data,
                   size_t len, const struct conf *c, struct report *r);

/* Take over one part, as files and `crier publish` do; col is where it
 * stands. False after a report. */
bool service_type(struct service *s, const char *text, struct report *r,
                  unsigned col);
bool service_port(struct service *s, const char *text, struct report *r,
                  unsigned col);
bool service_name(struct service *s, const char *name, size_t len,
                  struct report *r, unsigned col);
bool service_subtype(struct service *s, const char *text, struct report *r,
                     unsigned col);
bool service_txt(struct service *s, const char *string, size_t len,
                 struct report *r, unsigned col);
bool service_target(struct service *s, const char *text, struct report *r,
                    unsigned col);

/* The words of a line "check ...". */
bool service_check(struct service *s, const struct tokens *t,
                   struct report *r);

/* Called for each service; s is lent. False if it was not taken. */
typedef bool service_fn(void *ctx, const struct service *s, struct report *r);

/* Read all *.service files of c's directories, in name order. False after
 * reports; *count of those that were taken. */
bool services_each(const struct conf *c, service_fn *fn, void *ctx,
                   struct report *r, unsigned *count);

/* --- publishing ------------------------------------------------------- */

struct pub; /* this host and its services, registered in a loop's dnssd */

/* Register the host, its aliases and the other hosts of c. NULL after a
 * report. c and loop must outlive it. */
struct pub *pub_new(struct loop *loop, struct conf *c, bool with_host,
                    struct report *r);
void pub_free(struct pub *p);

/* Register one service of no file, which pub_reload() leaves alone; s may go
 * away afterwards. */
bool pub_service(struct pub *p, const struct service *s, struct report *r);

/*
 * Register or change a service of no file; *handle is NULL for a new one, and
 * NULL afterwards if there is none. What can be changed without a goodbye is.
 * False after a report.
 */
bool pub_put(struct pub *p, const struct service *s, void **handle,
             struct report *r);
void pub_take_back(struct pub *p, void *handle);
/* It counts as one of a file, at the next pub_reload(); or no longer. */
void pub_of_files(struct pub *p, void *handle, bool on);

/* What has become of a service. */
enum pub_state {
    PUB_ANNOUNCED,
    PUB_PROBING,
    PUB_TAKEN,   /* another host has its name */
    PUB_HELD,    /* its check fails */
    PUB_WAITING, /* for an interface */
    PUB_STATES,
};
extern const char pub_states[PUB_STATES][10]; /* in words */

struct pub_item {
    void *handle;    /* of pub_put(), if it is of no file */
    struct name name;
    uint16_t port;
    uint64_t links;  /* on which it is announced */
    enum pub_state state;
};
/* The i-th service, in no order; false past the last. */
bool pub_item(const struct pub *p, uint32_t i, struct pub_item *out);
uint32_t pub_count(const struct pub *p);

/* Register all services of the files of c's directories. False after
 * reports; *count of those registered. */
bool pub_directories(struct pub *p, struct report *r, unsigned *count);

/*
 * Go over to the configuration and the service files as they are now. The
 * former, next, changes places with the one that pub_new() was given. What
 * did not change is not touched, so nothing is announced for it. Port and TXT
 * are announced updates; what changed otherwise is withdrawn and registered
 * anew. If anything is wrong in the files nothing changes. False after
 * reports; done->applied tells whether it was applied all the same, but for
 * what was reported.
 */
struct pub_changes {
    bool applied;
    bool whole; /* nothing was reported; for who calls pub_reload() to set */
    unsigned services, added, updated, withdrawn;
};
bool pub_reload(struct pub *p, struct conf *next, struct report *r,
                struct pub_changes *done);

/*
 * To be called in each turn, for the health checks; returns when it wants the
 * next one, 0: it does not.
 */
uint64_t pub_tick(struct pub *p, uint64_t now_ms);

/*
 * To be called before os_sandbox(): from now on what it forbids is refused.
 * Returns what is needed, a mask for os_sandbox().
 */
unsigned pub_box(struct pub *p);

/* To be called from the loop's hook: services that are bound to some
 * interfaces follow them. */
void pub_link(struct pub *p, unsigned link, enum loop_link_event what);

/* Give the host another name until the next reload that changes it; others
 * than ENGINE_OK: it keeps the one it has. meant: the name is what %h stands
 * for, too, in files that are read from now on. */
enum engine_err pub_rename(struct pub *p, const struct name *name, bool meant);

/* The host's name as configured. */
void pub_wished(const struct pub *p, struct name *out);

/* The name that conf_system() or pub_rename() made of it. */
void pub_wished_name(const struct conf *c, struct name *out);

/* The i-th of the names of this host and of others that the configuration
 * and its services have; false past the last. */
struct pub_host_item {
    struct name name;         /* as it is now */
    const struct addr *addrs; /* until the next reload */
    unsigned addr_count;      /* 0: those of this host */
    bool taken;               /* another host has the name as well */
};
bool pub_host_item(const struct pub *p, unsigned i,
                   struct pub_host_item *out);

/* The host's name now; the root if it has none. */
void pub_host_name(const struct pub *p, struct name *out);

/* A DNSSD_HOST or DNSSD_SERVICE event on that interface as one line without
 * its end, and how important it is. */
enum conf_level pub_describe(const char *iface, const struct dnssd_event *ev,
                             struct text *t);

/* The name that has been without success longest; zeroed at first. */
struct pub_search {
    bool on, told;
    uint64_t since_ms;
    struct name name; /* as it is now: renames are followed */
};

/* Whether with this event a name of ours has been taken by others for a
 * minute, which the operator should know (RFC 6762 section 9): true once
 * for each name that comes to that. t gets the line. */
bool pub_searching(struct pub_search *s, const struct dnssd_event *ev,
                   uint64_t now_ms, struct text *t);

/* Whether name matches glob: * ? [a-z] [!a-z]. */
bool pub_glob(const char *glob, const char *name);

#endif
