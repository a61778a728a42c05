/* What the tests of the application's parts share. */
#ifndef UNIT_APP_H
#define UNIT_APP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/log.h"

/* The arena of the running test: a fresh one each. */
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    arena = NULL;
    return 0;
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

/* Runs fn with standard error in a file, and returns what it wrote there. */
static inline char *
captured(void (*fn)(void))
{
    FILE *f = tmpfile();
    int saved = dup(STDERR_FILENO);
    char *text = arena_alloc(arena, 16384);

    assert_non_null(f);
    fflush(stderr);
    dup2(fileno(f), STDERR_FILENO);
    fn();
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(f);
    text[fread(text, 1, 16383, f)] = '\0';
    fclose(f);
    return text;
}

/* A new directory for files of this test. */
static inline char *
temporary_directory(void)
{
    char *path = arena_strdup(arena, "/tmp/pforte-unit-XXXXXX");

    assert_non_null(mkdtemp(path));
    return path;
}

static inline void
write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static inline void
remove_directory(const char *path)
{
    assert_int_equal(system(arena_printf(arena, "rm -rf '%s'", path)), 0);
}

#endif
