/*
 * Mustache templates over json_t (mustache.github.io/mustache.5.html): escaped
 * and raw variables, dotted names, sections, inverted sections, comments,
 * partials, set delimiters, and the inheritance extension:
 *   {{<layout}} {{$title}}…{{/title}} {{/layout}}   and in layout {{$title}}…
 *
 * One addition: {{#_}}Pay {{amount}} now{{/_}} is text for people. Its source,
 * white space folded, is a message id; at load time each language gets the
 * template parsed from its own catalogue's text. Rendering looks nothing up but
 * the model.
 */
#ifndef VIEW_TEMPLATE_H
#define VIEW_TEMPLATE_H

#include <jansson.h>
#include <stddef.h>

#include "base/buf.h"

/* Parses <dir>/ *.html and *.txt for every language. 0, or -1 with a log line
 * per fault (file, line, what). Partials and layouts are names in the same
 * directory: "layout" for layout.html, "mail.txt" for mail.txt. What is drawn
 * into a *.txt is not escaped. */
int template_load(const char *dir, const char *const *langs, size_t n);
void template_free(void);

/* Renders into out; 0, or -1 when there is no such template or language. */
int template_render(const char *name, const char *lang, const json_t *model,
                    struct buf *out);

/* Renders a text given as such (for the official specification's cases);
 * partials: object name -> text. -1 when it does not parse. */
int template_render_text(const char *text, const json_t *partials,
                         const json_t *model, struct buf *out);

/* Calls fn for every message id of every loaded template (for `check`). */
void template_messages(void (*fn)(const char *id, const char *file, void *data),
                       void *data);

#endif
