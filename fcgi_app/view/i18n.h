/*
 * Catalogues: GNU .mo files, one a language, read at start (the format is
 * described in the gettext manual, "The Format of GNU MO Files").
 */
#ifndef VIEW_I18N_H
#define VIEW_I18N_H

#include <stddef.h>

/* Loads <dir>/<lang>.mo for each language; 0, or -1 with a log line. English
 * is the language of the message ids and needs no file, but may have one. */
int i18n_load(const char *dir, const char *const *langs, size_t n);
void i18n_free(void);

/* Adds or replaces a language's catalogue by a copy of a .mo file's bytes. */
int i18n_add(const char *lang, const void *data, size_t size);

/* The text in that language; the id itself when there is none. */
const char *i18n(const char *lang, const char *id);

/* Text with {name} places filled from name, value pairs ended by NULL. */
struct arena;
char *i18n_fill(struct arena *a, const char *text, ...)
    __attribute__((sentinel));

#endif
