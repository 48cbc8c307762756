/*
 * fork.c - another process that goes on here
 *
 * The locks that fork() cares for are of threads, which we have not, and a
 * kilobyte in a static program. Two machines have clone() another way.
 */
#include "private.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

int32_t os_fork(void)
{
#if defined(SYS_clone) && !defined(__s390__) && !defined(__sparc__)
    long pid = syscall(SYS_clone, (long)SIGCHLD, 0L, 0L, 0L, 0L);
#else
    long pid = fork();
#endif

    return pid < 0 ? -errno : (int32_t)pid;
}
