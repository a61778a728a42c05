#include "export/zip.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    LOCAL = 0x04034b50,       /* 4.3.7 */
    CENTRAL = 0x02014b50,     /* 4.3.12 */
    END = 0x06054b50,         /* 4.3.16 */
    VERSION = 20,             /* 4.4.3 */
    UNIX_FILE = 3 << 8,       /* 4.4.2: who made it */
    NAMES_ARE_UTF8 = 1 << 11, /* 4.4.4 */
    LOCAL_SIZE = 30,
    NAME_MAX_BYTES = 255,
};

static void
put16(struct buf *out, unsigned v)
{
    buf_putc(out, (char)(v & 255));
    buf_putc(out, (char)(v >> 8 & 255));
}

static void
put32(struct buf *out, uint32_t v)
{
    put16(out, v & 65535);
    put16(out, v >> 16);
}

static unsigned
get16(const unsigned char *at)
{
    return (unsigned)at[0] | (unsigned)at[1] << 8;
}

static uint32_t
get32(const unsigned char *at)
{
    return get16(at) | (uint32_t)get16(at + 2) << 16;
}

/* A day as MS-DOS has it (4.4.6). */
static unsigned
dos_day(const char *date)
{
    int year = 1980, month = 1, day = 1;

    sscanf(date, "%d-%d-%d", &year, &month, &day);
    return (unsigned)((year < 1980 ? 0 : year - 1980) << 9 | month << 5 | day);
}

void
zip_add(struct buf *out, const char *name, const char *date, const void *bytes,
        size_t len)
{
    put32(out, LOCAL);
    put16(out, VERSION);
    put16(out, NAMES_ARE_UTF8);
    put16(out, 0); /* stored */
    put16(out, 0); /* midnight */
    put16(out, dos_day(date));
    put32(out, (uint32_t)crc32(crc32(0, NULL, 0), bytes, (uInt)len));
    put32(out, (uint32_t)len);
    put32(out, (uint32_t)len);
    put16(out, (unsigned)strlen(name));
    put16(out, 0);
    buf_puts(out, name);
    buf_add(out, bytes, len);
}

/* The same entry in the directory: local + 4 on, to where its lengths end, is
 * what both have. */
static void
put_central(struct buf *out, const unsigned char *local, const char *name,
            uint32_t offset)
{
    put32(out, CENTRAL);
    put16(out, UNIX_FILE | VERSION);
    buf_add(out, local + 4, LOCAL_SIZE - 4);
    put16(out, 0);                       /* comment */
    put16(out, 0);                       /* disk */
    put16(out, 0);                       /* internal attributes */
    put32(out, (uint32_t)0100644 << 16); /* mode */
    put32(out, offset);
    buf_puts(out, name);
}

bool
zip_directory(struct buf *out, int fd, long long size)
{
    unsigned char local[LOCAL_SIZE];
    char name[NAME_MAX_BYTES + 1];
    long long at = 0;
    unsigned n = 0;
    uint32_t len;

    while (at < size) {
        if (pread(fd, local, LOCAL_SIZE, at) != LOCAL_SIZE ||
            get32(local) != LOCAL || get16(local + 26) > NAME_MAX_BYTES ||
            n == UINT16_MAX || at > UINT32_MAX) {
            return false;
        }
        len = get16(local + 26);
        if (pread(fd, name, len, at + LOCAL_SIZE) != (ssize_t)len) {
            return false;
        }
        name[len] = '\0';
        put_central(out, local, name, (uint32_t)at);
        at += LOCAL_SIZE + len + get32(local + 18);
        n++;
    }
    len = (uint32_t)out->len;
    put32(out, END);
    put16(out, 0);
    put16(out, 0);
    put16(out, n);
    put16(out, n);
    put32(out, len);
    put32(out, (uint32_t)size);
    put16(out, 0);
    return at == size && size <= UINT32_MAX;
}
