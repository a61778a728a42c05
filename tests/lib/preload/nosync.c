/*
 * A disk that is always quick: fsync() and fdatasync() do nothing. What a
 * process wrote outlives it all the same, killed by whatever; only the machine
 * itself must not fall down, which no test makes it do. tests/lib/pool.mjs
 * loads it.
 */
#include <unistd.h>

int
fsync(int fd)
{
    (void)fd;
    return 0;
}

int
fdatasync(int fd)
{
    (void)fd;
    return 0;
}
