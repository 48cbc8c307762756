/*
 * loop_signals.c - signals as bytes in a pipe
 *
 * The handler writes the signal's number and does nothing else. A full pipe
 * loses the byte, but then as many signals are waiting already; a TERM or INT
 * that is lost that way can be sent again.
 */
#include "loop_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int caught[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
enum { CAUGHT_COUNT = sizeof caught / sizeof caught[0] };

static int pipe_fds[2] = {-1, -1};
static struct sigaction before[CAUGHT_COUNT];
static struct sigaction pipe_before;

static void on_signal(int signo)
{
    int saved = errno;
    uint8_t byte = (uint8_t)signo;

    if (write(pipe_fds[1], &byte, 1) < 0) {
        /* full: see above */
    }
    errno = saved;
}

static void close_pipe(void)
{
    for (unsigned i = 0; i < 2; i++) {
        if (pipe_fds[i] >= 0)
            close(pipe_fds[i]);
        pipe_fds[i] = -1;
    }
}

static int open_pipe(void)
{
    if (pipe(pipe_fds) < 0)
        return -errno;
    for (unsigned i = 0; i < 2; i++) {
        int flags = fcntl(pipe_fds[i], F_GETFL, 0);

        if (pipe_fds[i] >= FD_SETSIZE) {
            close_pipe();
            return -EMFILE;
        }
        if (flags < 0 || fcntl(pipe_fds[i], F_SETFL, flags | O_NONBLOCK) < 0 ||
            fcntl(pipe_fds[i], F_SETFD, FD_CLOEXEC) < 0) {
            int err = -errno;

            close_pipe();
            return err;
        }
    }
    return 0;
}

int loop_signals_open(int *fd)
{
    struct sigaction sa;
    int err = open_pipe();

    if (err < 0)
        return err;
    memset(&sa, 0, sizeof sa);
    sigemptyset(&sa.sa_mask);
    sa.sa_handler = on_signal;
    sa.sa_flags = SA_RESTART;
    for (unsigned i = 0; i < CAUGHT_COUNT; i++) {
        sigaction(caught[i], NULL, &before[i]);
        /* nohup: a hang-up that is ignored stays so. */
        if (caught[i] != SIGHUP || before[i].sa_handler != SIG_IGN)
            sigaction(caught[i], &sa, NULL);
    }
    sa.sa_handler = SIG_IGN; /* a client that hangs up is an error of write */
    sigaction(SIGPIPE, &sa, &pipe_before);
    *fd = pipe_fds[0];
    return 0;
}

void loop_signals_serve(struct loop *l)
{
    uint8_t bytes[64];
    ssize_t n = read(pipe_fds[0], bytes, sizeof bytes);

    for (ssize_t i = 0; i < n; i++) {
        if (l->hooks.signal != NULL)
            l->hooks.signal(l->hooks.ctx, bytes[i]);
        else if (bytes[i] == SIGTERM || bytes[i] == SIGINT)
            loop_stop(l, true);
        loop_clock(l);
    }
}

void loop_signals_restore(void)
{
    for (unsigned i = 0; i < CAUGHT_COUNT; i++)
        sigaction(caught[i], &before[i], NULL);
    sigaction(SIGPIPE, &pipe_before, NULL);
    close_pipe();
}
