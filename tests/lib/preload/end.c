/*
 * A process that ends, or whose disk is full, at a moment that a test chooses:
 * when it writes to the disk, waits for it, or speaks to a server for the n-th
 * time.
 *
 *   PFORTE_END_AT    n
 *   PFORTE_END_HOW   kill: by SIGKILL before that call; torn: after half of
 *                    what it wanted to write; full: from then on the disk has
 *                    no room, for as many calls as PFORTE_END_FOR
 *
 * Files are those of SQLite and sockets those of PostgreSQL: what the program
 * itself writes into its log counts for nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static long calls;

static long
number(const char *name)
{
    const char *value = getenv(name);

    return value ? atol(value) : 0;
}

static int
is(const char *how)
{
    const char *value = getenv("PFORTE_END_HOW");

    return value && strcmp(value, how) == 0;
}

/* Counts one; true: its moment has come. */
static int
has_come(void)
{
    long at = number("PFORTE_END_AT");
    long n = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);

    if (at > 0 && n == at && is("kill")) {
        kill(getpid(), SIGKILL);
    }
    return at > 0 && (n == at || (n > at && is("full") &&
                                  n < at + number("PFORTE_END_FOR")));
}

static ssize_t
write_or_end(int fd, const void *data, size_t n, off_t at)
{
    ssize_t (*next)(int, const void *, size_t, off_t) =
        (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT,
                                                            "pwrite64");

    if (has_come()) {
        if (is("full")) {
            errno = ENOSPC;
            return -1;
        }
        if (next(fd, data, n / 2, at) >= 0) {
            kill(getpid(), SIGKILL);
        }
    }
    return next(fd, data, n, at);
}

ssize_t
pwrite64(int fd, const void *data, size_t n, off_t at)
{
    return write_or_end(fd, data, n, at);
}

ssize_t
pwrite(int fd, const void *data, size_t n, off_t at)
{
    return write_or_end(fd, data, n, at);
}

static int
sync_or_end(int fd, const char *name)
{
    int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);

    if (has_come()) {
        if (is("full")) {
            errno = ENOSPC;
            return -1;
        }
        kill(getpid(), SIGKILL);
    }
    return next(fd);
}

int
fsync(int fd)
{
    return sync_or_end(fd, "fsync");
}

int
fdatasync(int fd)
{
    return sync_or_end(fd, "fdatasync");
}

ssize_t
send(int fd, const void *data, size_t n, int flags)
{
    ssize_t (*next)(int, const void *, size_t, int) =
        (ssize_t(*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");

    if (has_come() && !is("full")) {
        next(fd, data, n / 2, flags);
        kill(getpid(), SIGKILL);
    }
    return next(fd, data, n, flags);
}

ssize_t
recv(int fd, void *data, size_t n, int flags)
{
    ssize_t (*next)(int, void *, size_t, int) =
        (ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv");

    if (has_come() && !is("full")) {
        kill(getpid(), SIGKILL);
    }
    return next(fd, data, n, flags);
}
