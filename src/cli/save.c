/*
 * save.c - services that are to stay, as files
 *
 * The contained daemon cannot write where its files are; whoever may, does.
 */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* rename(), nothing else */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where service files are. False after a report. */
static bool find_directory(struct cli *cli, struct conf *c)
{
    const char *env = getenv("CRIER_CONFIG");
    struct report r = {.to = &text_err};

    conf_default(c);
    if (!conf_read(c, env != NULL ? env : CONF_FILE, env == NULL, &r))
        return false;
    conf_system(c, NULL);
    if (c->dir_count > 0)
        return true;
    report_at(&cli->report, 1, "E070", "no directory for service files: the "
                                       "configuration has none");
    return false;
}

/* Whether the daemon would take it; false after a report, which has the words
 * of the daemon: lines and columns would be those of a file that is not. */
static bool acceptable(struct cli *cli, const struct conf *c, const char *id,
                       const char *text, size_t len)
{
    static struct service service;
    char said[1024];
    struct text to = text_memory(said, sizeof said);
    struct report r = {.to = &to, .file = ""};
    const char *why;

    if (id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL ||
        strlen(id) >= sizeof service.id) {
        report_at(&cli->report, 1, "E021",
                  "read id \"%s\", expected 1 to 63 bytes without a slash that "
                  "do not begin with a dot", id);
        return false;
    }
    if (len == 0 || service_parse(&service, id, text, len, c, &r))
        return true;
    why = strstr(text_end(&to), ": E");
    if (why != NULL)
        cli_say("%b", why + 2, strcspn(why + 2, "\n"));
    return false;
}

static int write_file(const char *path, const char *text, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  0644);
    bool ok;
    int err;

    if (fd < 0)
        return -errno;
    ok = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;
    err = ok ? 0 : errno != 0 ? -errno : -ENOSPC;
    close(fd);
    return err;
}

/* From one name to the other; 0 or a negative errno. */
static int move(const char *from, const char *to)
{
    return rename(from, to) == 0 ? 0 : -errno;
}

/* The new file in place of that at s->path, which goes to s->old. */
static int replace(struct saved *s, const char *new)
{
    int err = move(s->path, s->old);

    if (err == -ENOENT) {
        s->old[0] = '\0';
        err = 0;
    }
    if (err == 0 && new != NULL) {
        err = move(new, s->path);
        if (err != 0 && s->old[0] != '\0')
            (void)move(s->old, s->path);
    }
    return err;
}

int save_service(struct cli *cli, const char *id, const char *text,
                 size_t len, struct saved *s)
{
    static struct conf c;
    char temp[SAVE_PATH_MAX];
    struct text p = text_memory(s->path, sizeof s->path - 1);
    struct text o = text_memory(s->old, sizeof s->old - 1);
    struct text t = text_memory(temp, sizeof temp - 1);
    int err = -ENAMETOOLONG;

    if (!find_directory(cli, &c) || !acceptable(cli, &c, id, text, len))
        return CLI_USAGE;
    text_fmt(&p, "%s/%s.service", c.dirs[0], id);
    text_fmt(&o, "%s/.%s.old", c.dirs[0], id);
    text_fmt(&t, "%s/.%s.new", c.dirs[0], id);
    text_end(&p);
    text_end(&o);
    text_end(&t);
    if (!p.failed && len == 0) {
        err = replace(s, NULL);
    } else if (!p.failed) {
        (void)mkdir(c.dirs[0], 0755);
        err = write_file(temp, text, len);
        if (err == 0)
            err = replace(s, temp);
        if (err != 0)
            (void)unlink(temp);
    }
    if (err == 0)
        return CLI_OK;
    cli_say("E071: cannot write %s: %e; nothing has changed", s->path, err);
    return CLI_SYSTEM;
}

void save_end(const struct saved *s, bool undo)
{
    int err = 0;

    if (!undo && s->old[0] != '\0')
        (void)unlink(s->old);
    if (!undo)
        return;
    if (s->old[0] != '\0')
        err = move(s->old, s->path);
    else if (unlink(s->path) != 0 && errno != ENOENT)
        err = -errno;
    if (err == 0)
        cli_say("%s is as it was before", s->path);
    else
        cli_say("E071: cannot write %s: %e; it stays as it is", s->path, err);
}
