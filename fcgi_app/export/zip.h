/*
 * ZIP files (APPNOTE 6.3.3) of what is compressed already: entries are stored
 * as they are. Below 4 GiB and 65,535 entries.
 */
#ifndef EXPORT_ZIP_H
#define EXPORT_ZIP_H

#include <stdbool.h>

#include "base/buf.h"

/* Adds an entry: its header, and its bytes. name: UTF-8. date: "2026-11-24",
 * from 1980 on. */
void zip_add(struct buf *out, const char *name, const char *date,
             const void *bytes, size_t len);

/*
 * The directory that ends a file, made of the entries in it: fd is read from
 * its beginning to `size`, where the last one ends. False: they are no entries
 * of zip_add().
 */
bool zip_directory(struct buf *out, int fd, long long size);

#endif
