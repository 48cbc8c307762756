/*
 * contain.c - the rest of the file system, then the rights of root, then
 * os_sandbox(); see contain.h
 */
#include "contain.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "crier/cli.h"

static bool enter_directory(const char *dir)
{
    if (dir[0] == '\0')
        return true;
    if (chroot(dir) == 0 && chdir("/") == 0) {
        os_readable("/"); /* what is in there is meant for us */
        return true;
    }
    cli_say("E047: chroot: cannot enter \"%s\": %e; start crier as root, or "
            "take the key away", dir, -errno);
    return false;
}

static bool drop_root(const char *user, uint32_t uid, uint32_t gid)
{
    int err = user[0] != '\0' && geteuid() == 0 ? os_become(uid, gid) : 0;

    if (err < 0)
        cli_say("E046: user: cannot become \"%s\": %e; name a user that this "
                "system has, or take the key away", user, err);
    return err == 0;
}

/* More than the configuration can come to need, when it is read anew with all
 * services and clients at their largest: what grows further is broken. */
static uint64_t memory_most(const struct conf *c)
{
    enum { READING = 32 << 20, A_SERVICE = 64 << 10, A_CLIENT = 256 << 10 };

    return READING + (uint64_t)c->services_max * A_SERVICE +
           (uint64_t)c->clients * A_CLIENT;
}

static bool enter_sandbox(const struct conf *c, unsigned more)
{
    static const char steps[OS_BOX_STEPS][24] = {
        "limit itself", "drop privileges", "restrict files",
        "filter system calls",
    };
    bool strict = c->sandbox == CONF_BOX_STRICT;
    enum conf_level level = CONF_DEBUG;
    unsigned lacks = os_sandbox(more, memory_most(c));

    if ((lacks & OS_BOX_CALLS) != 0)
        level = CONF_INFO;
    for (unsigned i = 0; i < OS_BOX_STEPS; i++) {
        if ((lacks & 1u << i) == 0)
            continue;
        if (strict)
            cli_say("E045: sandbox: crier cannot %s on this system; "
                    "\"sandbox auto\" does without", steps[i]);
        else if (c->level >= level)
            cli_say("sandbox: crier cannot %s on this system", steps[i]);
    }
    return lacks == 0 || !strict;
}

/* The files that will be written, as they are called from now on. */
static unsigned open_files(const struct conf *c)
{
    const char *const files[] = {c->metrics_file, c->hosts_file,
                                 c->state_file};
    unsigned more = 0;

    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (files[i][0] == '\0')
            continue;
        os_writable(files[i]);
        more = OS_MAY_WRITE;
    }
    return more;
}

bool contain(const struct conf *c, unsigned more)
{
    uint32_t uid = 0, gid = 0;

    /* As process 1 it inherits children of others. The kernel reaps them
     * where nobody wants to hear of their end. */
    signal(SIGCHLD, SIG_IGN);
    if (c->user[0] != '\0' && geteuid() == 0 &&
        !conf_user(c->user, &uid, &gid)) {
        cli_say("E046: user: \"%s\" is not in /etc/passwd; add it there, or "
                "give a number", c->user);
        return false;
    }
    return enter_directory(c->chroot) && drop_root(c->user, uid, gid) &&
           (c->sandbox == CONF_BOX_OFF ||
            enter_sandbox(c, more | open_files(c)));
}
