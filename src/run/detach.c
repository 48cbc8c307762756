/*
 * detach.c - crier run --detach; see detach.h
 */
#include "detach.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crier/cli.h"
#include "crier/os.h"

static bool write_pid(const char *path, int32_t pid)
{
    char buf[16];
    struct text t = text_memory(buf, sizeof buf);
    int err;

    text_fmt(&t, "%u\n", (unsigned)pid);
    err = os_file_replace(path, buf, t.len);
    if (err < 0)
        cli_say("E048: pidfile: cannot write \"%s\": %e; name another file",
                path, err);
    return err == 0;
}

/* Wait for a byte from the daemon, or its end. */
static int await(int fd, int32_t pid, const char *pidfile)
{
    int status = CLI_OK;
    char byte;
    ssize_t n;

    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n > 0) {
        if (pidfile == NULL || write_pid(pidfile, pid))
            return CLI_OK;
        kill((pid_t)pid, SIGTERM);
        return CLI_SYSTEM;
    }
    while (waitpid((pid_t)pid, &status, 0) < 0 && errno == EINTR) {
        /* again */
    }
    return WIFEXITED(status) ? WEXITSTATUS(status)
                             : CLI_SIGNAL + WTERMSIG(status);
}

bool detach_begin(struct detach *d, const char *pidfile)
{
    int fds[2];
    int32_t pid;

    pid = pipe(fds) < 0 ? -errno : os_fork();
    if (pid < 0) {
        cli_say("E041: detach: %e; start crier without --detach", (int)pid);
        return false;
    }
    if (pid > 0) {
        close(fds[1]);
        _exit(await(fds[0], pid, pidfile));
    }
    close(fds[0]);
    d->done_fd = fds[1];
    d->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    fcntl(d->done_fd, F_SETFD, FD_CLOEXEC);
    signal(SIGPIPE, SIG_IGN);
    setsid();
    return true;
}

bool detach_done(struct detach *d, bool log)
{
    bool wanted;

    wanted = write(d->done_fd, "", 1) == 1;
    close(d->done_fd);
    d->done_fd = -1;
    /* The sandbox has no dup2(): the lowest that is free is the one closed. */
    for (int fd = 0; d->null_fd >= 0 && fd < (log ? 2 : 3); fd++) {
        close(fd);
        fcntl(d->null_fd, F_DUPFD, fd);
    }
    if (d->null_fd >= 0)
        close(d->null_fd);
    return wanted;
}
