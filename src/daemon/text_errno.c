/*
 * text_errno.c - the system's errors in words
 *
 * strerror() knows more of them, but its words and their language differ
 * between C libraries, and the tables take 2 KB.
 */
#include "crier/text.h"

#include <errno.h>
#include <string.h>

static const uint16_t codes[] = {
    EPERM,          ENOENT,         ESRCH,          EIO,            ENXIO,
    E2BIG,          ENOEXEC,        EBADF,          EAGAIN,         ENOMEM,
    EACCES,         EBUSY,          EEXIST,         ENODEV,         ENOTDIR,
    EISDIR,         EINVAL,         ENFILE,         EMFILE,         ETXTBSY,
    EFBIG,          ENOSPC,         EROFS,          EPIPE,          ENAMETOOLONG,
    ENOSYS,         ELOOP,          EPROTONOSUPPORT, EOPNOTSUPP,     EAFNOSUPPORT,
    EADDRINUSE,     EADDRNOTAVAIL,  ENETDOWN,       ENETUNREACH,    ENOBUFS,
    ETIMEDOUT,      ECONNREFUSED,   EHOSTUNREACH,   ENOPROTOOPT,    EMSGSIZE,
    ESTALE,
};

/* In the same order, each with its final zero. One array and no pointers:
 * these would each take 32 bytes in a position-independent program. */
static const char words[] =
    "Operation not permitted\0"
    "No such file or directory\0"
    "No such process\0"
    "I/O error\0"
    "No such device or address\0"
    "Argument list too long\0"
    "Exec format error\0"
    "Bad file descriptor\0"
    "Resource temporarily unavailable\0"
    "Out of memory\0"
    "Permission denied\0"
    "Device or resource busy\0"
    "File exists\0"
    "No such device\0"
    "Not a directory\0"
    "Is a directory\0"
    "Invalid argument\0"
    "Too many open files in system\0"
    "Too many open files\0"
    "Text file busy\0"
    "File too large\0"
    "No space left on device\0"
    "Read-only file system\0"
    "Broken pipe\0"
    "File name too long\0"
    "Function not implemented\0"
    "Too many levels of symbolic links\0"
    "Protocol not supported\0"
    "Operation not supported\0"
    "Address family not supported\0"
    "Address already in use\0"
    "Address not available\0"
    "Network is down\0"
    "Network is unreachable\0"
    "No buffer space available\0"
    "Connection timed out\0"
    "Connection refused\0"
    "No route to host\0"
    "Protocol option not available\0"
    "Message too long\0"
    "Stale file handle";

void text_errno(struct text *t, int err)
{
    const char *at = words;

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i] == -err) {
            text_str(t, at);
            return;
        }
        at += strlen(at) + 1;
    }
    text_str(t, "error ");
    text_num(t, err < 0 ? 0u - (unsigned)err : (unsigned)err);
}
