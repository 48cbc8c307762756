/*
 * cmd_hook.c - crier hook: run programs for what happens to services
 *
 * Events wait in a queue, a copy of what each tells, and are run one at a
 * time. Services that were there at the start are not queued but marked, and
 * told as they are when it is their turn; so are all of them after more had
 * happened than the queue can hold. A program thus never misses the last
 * state of a service, whatever the network does meanwhile.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gather.h"
#include "hook_env.h"

enum {
    MERGE_MS = 200,
    QUEUE_MAX = 256,
    LIMIT_MS = 30000,
    KILL_MS = 2000, /* from SIGTERM to SIGKILL */
    FILE_NAME_MAX = 255,
    EXIT_NOT_FOUND = 127,
    EXIT_NOT_RUNNABLE = 126,
};

static const char events[][7] = {"add", "update", "remove"};

struct item {
    struct item *next;
    enum gather_news what;
    bool initial;
    uint64_t due_ms;
    struct found f; /* a copy; its TXT stands behind */
    uint8_t txt[];
};

struct hook {
    struct gather g;
    char **words; /* directory or command, and arguments */
    int word_count;
    bool is_dir;
    uint32_t limit_ms;
    char **argv, **envp;
    size_t inherited; /* of envp */

    struct item *first, **last;
    unsigned count;
    size_t marked; /* services to be told as "add": f->shown */
    uint64_t marked_ms; /* when that may begin */
    bool resync;   /* ... after having said so */

    bool busy;     /* with the event in env */
    bool ran;      /* it has run */
    char program[FILE_NAME_MAX + 1]; /* of the directory, that ran last */
    char path[1024];
    pid_t child;   /* 0: none */
    uint64_t end_ms; /* when to send it a signal */
    unsigned warned; /* signals sent for that */
    int in;        /* its standard input */
    size_t in_len; /* bytes of the JSON written there */
    bool ending;
    struct hook_env env;
};

/* --- what is to be told ---------------------------------------------------- */

static struct item *item_new(enum gather_news what, const struct found *f,
                             uint64_t due_ms)
{
    struct item *i = malloc(sizeof *i + f->ev.txt_len);

    if (i == NULL)
        return NULL;
    i->next = NULL;
    i->what = what;
    i->initial = false;
    i->due_ms = due_ms;
    i->f = *f;
    if (f->ev.txt_len > 0)
        memcpy(i->txt, f->ev.txt, f->ev.txt_len);
    i->f.ev.txt = i->txt;
    return i;
}

static struct item *pop(struct hook *h)
{
    struct item *i = h->first;

    h->first = i->next;
    if (h->first == NULL)
        h->last = &h->first;
    h->count--;
    return i;
}

/* Forget the queue and tell what there is from the beginning. */
static void overflow(struct hook *h, uint64_t now_ms)
{
    while (h->first != NULL)
        free(pop(h));
    h->marked = h->g.found.count;
    for (unsigned i = 0; i < FOUND_BUCKETS; i++)
        for (struct found *f = h->g.found.bucket[i]; f != NULL; f = f->next)
            f->shown = 1;
    h->marked_ms = now_ms;
    h->resync = true;
    if (!h->g.s.cli->quiet)
        cli_say("W231: more than %u events wait for the hook; it is told all "
                "anew", (unsigned)QUEUE_MAX);
}

/* The last one of that service in the queue, or NULL. */
static struct item **find(struct hook *h, const struct found *f)
{
    struct item **found = NULL;

    for (struct item **at = &h->first; *at != NULL; at = &(*at)->next)
        if ((*at)->f.hash == f->hash && (*at)->f.ev.link == f->ev.link &&
            name_equal(&(*at)->f.ev.name, &f->ev.name))
            found = at;
    return found;
}

/* An update of what is not told yet is part of it. */
static bool merges(const struct item *i, enum gather_news what)
{
    return i->what == what ||
           (i->what == GATHER_ADD && what == GATHER_UPDATE);
}

static void queue(struct hook *h, enum gather_news what, struct found *f,
                  uint64_t now_ms)
{
    struct item **at = find(h, f);
    bool merged = at != NULL && merges(*at, what);
    struct item *i = NULL;

    if (merged || h->count < QUEUE_MAX)
        i = item_new(merged ? (*at)->what : what, f,
                     merged ? (*at)->due_ms : now_ms + MERGE_MS);
    if (i == NULL) {
        overflow(h, now_ms);
        return;
    }
    if (merged) {
        i->next = (*at)->next;
        if (h->last == &(*at)->next)
            h->last = &i->next;
        free(*at);
        *at = i;
        return;
    }
    *h->last = i;
    h->last = &i->next;
    h->count++;
}

static void on_news(void *ctx, enum gather_news what, struct found *f)
{
    struct hook *h = ctx;
    uint64_t now_ms = loop_now_ms(h->g.s.loop);

    if (what == GATHER_ADD && !h->g.settled) {
        if (h->marked++ == 0)
            h->marked_ms = now_ms + MERGE_MS;
        f->shown = 1;
        return;
    }
    if (f->shown == 0)
        queue(h, what, f, now_ms);
    if (what == GATHER_REMOVE && f->shown != 0)
        h->marked--; /* nobody has been told of it */
}

/* One that is marked, no longer so. */
static struct item *unmark(struct hook *h)
{
    struct found *f = NULL;
    struct item *i;

    for (unsigned b = 0; f == NULL && b < FOUND_BUCKETS; b++)
        for (f = h->g.found.bucket[b]; f != NULL && f->shown == 0; f = f->next)
            continue;
    i = f != NULL ? item_new(GATHER_ADD, f, 0) : NULL;
    if (i == NULL)
        return NULL;
    i->initial = true;
    f->shown = 0;
    h->marked--;
    return i;
}

/* --- programs -------------------------------------------------------------- */

/* Whether h->path can be run, which is made of these; else errno tells. */
static bool runnable(struct hook *h, const char *dir, size_t dir_len,
                     const char *name)
{
    struct text t = text_memory(h->path, sizeof h->path);
    struct stat st;

    text_bytes(&t, dir, dir_len);
    if (dir_len > 0)
        text_str(&t, "/");
    text_str(&t, name);
    text_end(&t);
    errno = ENAMETOOLONG;
    if (t.failed || access(h->path, X_OK) < 0 || stat(h->path, &st) < 0)
        return false;
    errno = EACCES;
    return S_ISREG(st.st_mode);
}

static bool in_directory(struct hook *h, const char *name)
{
    size_t len = strlen(name);

    return name[0] != '.' && name[len - 1] != '~' && len <= FILE_NAME_MAX &&
           runnable(h, h->words[0], strlen(h->words[0]), name);
}

/* What execvp() would make of the command: 0 or a negative errno. */
static int look_for_command(struct hook *h)
{
    const char *word = h->words[0];
    const char *dir = "";
    int err = -ENOENT;

    if (*word != '\0' && strchr(word, '/') == NULL) {
        dir = getenv("PATH");
        if (dir == NULL)
            dir = "/usr/local/bin:/bin:/usr/bin";
    }
    for (size_t len;; dir += len + 1) {
        len = strcspn(dir, ":");
        if (runnable(h, dir, len, word))
            return 0;
        if (errno == EACCES)
            err = -EACCES;
        if (dir[len] == '\0')
            return err;
    }
}

/* The program that comes next in name order; false: none. The directory is
 * read each time, so that it may change. */
static bool next_program(struct hook *h)
{
    char best[FILE_NAME_MAX + 1] = "";
    const struct dirent *e;
    DIR *d = opendir(h->words[0]);

    if (d == NULL) {
        cli_say("E081: cannot read %s: %e", h->words[0], -errno);
        return false;
    }
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, h->program) > 0 &&
            (best[0] == '\0' || strcmp(e->d_name, best) < 0) &&
            in_directory(h, e->d_name))
            memcpy(best, e->d_name, strlen(e->d_name) + 1);
    closedir(d);
    memcpy(h->program, best, sizeof best);
    return best[0] != '\0' && in_directory(h, best); /* makes its path */
}

/* What is to run for this event yet; false: nothing. */
static bool next_run(struct hook *h)
{
    if (h->is_dir) {
        h->argv[0] = h->path;
        return next_program(h);
    }
    if (h->ran)
        return false;
    h->ran = true;
    return true;
}

static void end_input(struct hook *h)
{
    if (h->in < 0)
        return;
    loop_fd_remove(h->g.s.loop, h->in);
    close(h->in);
    h->in = -1;
}

/* What a pipe does not take at once it takes later. */
static void feed(void *ctx, int fd)
{
    struct hook *h = ctx;
    size_t len = h->env.json_len + 1; /* with the end of the line */
    ssize_t n = write(fd, h->env.json + h->in_len, len - h->in_len);

    if (n > 0)
        h->in_len += (size_t)n;
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        h->in_len = len; /* it does not want to read */
    if (h->in_len == len ||
        loop_fd_add(h->g.s.loop, fd, true, feed, h) < 0)
        end_input(h);
}

/* Not to return: the child, in our memory. Its group is its own, so that the
 * time limit ends what it has started too, and ^C is for us alone. */
static void be_program(struct hook *h, int in)
{
    sigset_t none;
    int err;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    setpgid(0, 0);
    if (dup2(in, 0) == 0)
        execvp(h->argv[0], h->argv);
    err = errno;
    cli_say("E043: cannot run %s: %e", h->argv[0], -err);
    _exit(err == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUNNABLE);
}

static bool start(struct hook *h)
{
    int fds[2];

    if (pipe(fds) < 0) {
        cli_say("E043: cannot run %s: %e", h->argv[0], -errno);
        return false;
    }
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    h->env.json[h->env.json_len] = '\0';
    h->child = vfork();
    if (h->child == 0)
        be_program(h, fds[0]);
    h->env.json[h->env.json_len] = '\n';
    close(fds[0]);
    if (h->child < 0) {
        h->child = 0;
        close(fds[1]);
        cli_say("E043: cannot run %s: %e", h->argv[0], -errno);
        return false;
    }
    h->end_ms = loop_now_ms(h->g.s.loop) + h->limit_ms;
    h->warned = 0;
    h->in = fds[1];
    h->in_len = 0;
    feed(h, h->in);
    return true;
}

static void on_child(void *ctx)
{
    struct gather *g = ctx;
    struct hook *h = g->ctx;
    int status;

    if (h->child == 0 || waitpid(h->child, &status, WNOHANG) != h->child)
        return;
    h->child = 0;
    end_input(h);
    if (status != 0 && !g->s.cli->quiet)
        cli_say("W230: %s %s %s: exit status %u", h->argv[0],
                h->argv[h->word_count], h->env.name,
                WIFEXITED(status) ? (unsigned)WEXITSTATUS(status)
                                  : CLI_SIGNAL + (unsigned)WTERMSIG(status));
    if (h->ending)
        session_end(&g->s, "signal");
}

/* --- one event after the other ---------------------------------------------- */

/* The event that is told from now on; item NULL: resync. */
static void begin(struct hook *h, struct item *i)
{
    const char *event = i != NULL ? events[i->what] : "resync";
    const struct gather_type *asked = i != NULL ? i->f.ev.cookie : NULL;
    char **words = h->argv + h->word_count;

    hook_env_make(&h->env, event, i != NULL && i->initial,
                  i != NULL ? &i->f : NULL,
                  asked != NULL ? &asked->type : NULL);
    free(i);
    words[0] = h->env.vars[0] + sizeof "CRIER_EVENT=" - 1;
    words[1] = h->env.name;
    words[2] = h->env.type;
    memcpy(h->envp + h->inherited, h->env.vars,
           h->env.count * sizeof h->env.vars[0]);
    h->envp[h->inherited + h->env.count] = NULL;
    h->busy = true;
    h->ran = false;
    h->program[0] = '\0';
}

/* Take up what is due; false: nothing is. */
static bool take(struct hook *h, uint64_t now_ms)
{
    struct item *i = NULL;

    if (h->resync) {
        h->resync = false;
        begin(h, NULL);
        return true;
    }
    if (h->marked > 0 && now_ms >= h->marked_ms) {
        h->marked_ms = now_ms + MERGE_MS; /* without memory: then again */
        i = unmark(h);
        if (i != NULL)
            h->marked_ms = now_ms;
    } else if (h->first != NULL && now_ms >= h->first->due_ms) {
        i = pop(h);
    }
    if (i != NULL)
        begin(h, i);
    return i != NULL;
}

/* When it wants to be called again; 0: when something happens. */
static uint64_t limit(struct hook *h, uint64_t now_ms)
{
    if (now_ms < h->end_ms)
        return h->end_ms;
    if (h->warned == 0 && !h->g.s.cli->quiet)
        cli_say("W232: %s %s %s takes more than %u ms and is ended",
                h->argv[0], h->argv[h->word_count], h->env.name, h->limit_ms);
    kill(-h->child, h->warned++ == 0 ? SIGTERM : SIGKILL);
    h->end_ms = now_ms + KILL_MS;
    return h->end_ms;
}

static uint64_t on_tick(void *ctx, uint64_t now_ms)
{
    struct hook *h = ctx;
    uint64_t queue_ms;

    while (h->child == 0 && !h->ending) {
        if (!h->busy && !take(h, now_ms))
            break;
        h->busy = next_run(h) && (start(h) || h->is_dir);
    }
    if (h->child != 0)
        return limit(h, now_ms);
    queue_ms = h->first != NULL ? h->first->due_ms : 0;
    if (h->marked == 0)
        return queue_ms;
    return queue_ms == 0 || h->marked_ms < queue_ms ? h->marked_ms : queue_ms;
}

/* The running program is waited for; who says it twice means it. */
static bool on_signal(void *ctx, int signo)
{
    struct gather *g = ctx;
    struct hook *h = g->ctx;

    (void)signo;
    if (h->child == 0)
        return false;
    if (h->ending)
        kill(-h->child, SIGTERM);
    h->ending = true;
    return true;
}

/* --- the command line ------------------------------------------------------- */

static const struct cli_opt opts[] = {
    {'y', false, true, "type"},
    {'T', true, true, "timeout"},
};

static bool options(struct hook *h, struct cli *cli)
{
    const char *value;
    int o;

    while ((o = cli_next(cli, &value)) != CLI_END && o != CLI_WORD)
        if (o == CLI_BAD || (o == 'y' && !gather_type(&h->g, cli, value)) ||
            (o == 'T' && !cli_duration(cli, value, &h->limit_ms)))
            return false;
    if (o == CLI_WORD)
        cli->at--; /* options behind it are the command's */
    h->words = cli->argv + cli->at;
    h->word_count = cli->argc - cli->at;
    if (h->word_count > 0)
        return true;
    report_at(&cli->report, cli_col_of(cli, cli->argc), "E005",
              "expected a directory or a command, as in: crier hook "
              "/etc/crier/hooks");
    return false;
}

/* Room for the words and variables of an event behind those that are always
 * the same. */
static bool prepare(struct hook *h)
{
    extern char **environ;
    size_t count = 0;

    while (environ[count] != NULL)
        count++;
    h->argv = calloc((size_t)h->word_count + 4, sizeof *h->argv);
    h->envp = calloc(count + HOOK_VARS_MAX + 1, sizeof *h->envp);
    if (h->argv == NULL || h->envp == NULL)
        return false;
    memcpy(h->argv, h->words, (size_t)h->word_count * sizeof *h->argv);
    for (size_t i = 0; i < count; i++)
        if (!hook_env_ours(environ[i]))
            h->envp[h->inherited++] = environ[i];
    environ = h->envp;
    return true;
}

/* Who has it mistyped is told at once, and not with each event; false after
 * a report. */
static bool look(struct hook *h)
{
    struct stat st;
    int err;

    h->is_dir = stat(h->words[0], &st) == 0 && S_ISDIR(st.st_mode);
    if (h->is_dir && access(h->words[0], R_OK | X_OK) < 0) {
        cli_say("E081: cannot read %s: %e", h->words[0], -errno);
        return false;
    }
    err = h->is_dir ? 0 : look_for_command(h);
    if (err != 0)
        cli_say("E043: cannot run %s: %e; give a directory or a command",
                h->words[0], err);
    return err == 0;
}

static bool ran_well(void *ctx)
{
    (void)ctx;
    return true;
}

static int run(struct cli *cli)
{
    static struct hook h;
    int status;

    h.limit_ms = LIMIT_MS;
    h.last = &h.first;
    h.in = -1;
    h.g.ctx = &h;
    h.g.news = on_news;
    h.g.tick = on_tick;
    h.g.s.child = on_child;
    h.g.s.signal = on_signal;
    if (!options(&h, cli))
        return CLI_USAGE;
    if (!look(&h) || !prepare(&h))
        return CLI_SYSTEM;
    status = gather_open(&h.g, cli);
    if (status != CLI_OK)
        return status;
    status = session_run(&h.g.s, ran_well);
    if (h.child != 0) { /* the daemon has gone meanwhile */
        alarm((h.limit_ms + 999) / 1000);
        waitpid(h.child, NULL, 0);
    }
    return status;
}

const struct cli_verb cmd_hook = {
    .name = "hook",
    .run = run,
    .common = "i46sqv",
    .opts = opts,
    .opt_count = sizeof opts / sizeof opts[0],
    .command = true,
    .usage = "[--type TYPE]... [-T DUR] DIRECTORY|COMMAND [ARG...]",
    .help =
        "For each service that comes, changes or goes run the programs of the\n"
        "directory, or the command, as COMMAND [ARG...] EVENT NAME TYPE with\n"
        "the event as JSON on standard input and in CRIER_... variables. All\n"
        "of it is what the network says: quote it.\n"
        "\n"
        "      --type TYPE       only of that type; may be repeated\n"
        "  -T, --timeout DUR     a program is ended then; default 30s\n",
};
