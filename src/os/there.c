/*
 * there.c - whether a process or a file is there
 */
#include "private.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

bool os_process_there(uint32_t pid)
{
    return kill((pid_t)pid, 0) == 0 || errno == EPERM; /* of another user */
}

bool os_path_there(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0;
}
