/* Parsed templates: between parser, renderer and loader. */
#ifndef VIEW_TEMPLATE_TREE_H
#define VIEW_TEMPLATE_TREE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"

enum {
    TEMPLATE_NESTING_MAX = 64, /* sections in sections */
    TEMPLATE_DEPTH_MAX = 32,   /* partials in partials, layouts on layouts */
};

enum node_kind {
    NODE_TEXT,
    NODE_VALUE, /* {{name}} */
    NODE_RAW,   /* {{{name}}} {{&name}} */
    NODE_SECTION,
    NODE_INVERTED,
    NODE_PARTIAL,
    NODE_PARENT, /* {{<layout}} */
    NODE_BLOCK,  /* {{$title}} */
};

struct template;

struct node {
    enum node_kind kind;
    bool line_start;  /* text: begins a line, where an indentation goes */
    const char *text; /* text, or the tag's name */
    size_t len;
    const char **keys; /* the name split at its dots; none for "." */
    size_t n_keys;
    const char *indent;            /* of a partial alone on its line */
    const struct template *target; /* of partial and parent, see linking */
    struct node *children, *next;
};

struct template
{
    const char *name, *file;
    struct node *root;
    struct template *next;
};

/* What parsing needs to know, and whom it tells. */
struct template_source {
    struct arena *arena; /* owns the tree */
    const char *name, *file;
    const char *text;
    size_t len;
    bool plain;       /* values go in as they are: no HTML */
    const char *lang; /* NULL: messages stay as they are written */
    void (*message)(const char *id, const char *file, void *data); /* or NULL */
    void *data;
};

/* NULL with a log line (file, line, what) when it does not parse. */
struct template *template_parse(const struct template_source *source);

void template_draw(const struct template *t, const json_t *model,
                   struct buf *out);

#endif
