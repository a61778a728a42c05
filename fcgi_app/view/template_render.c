/* Tree and model to text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "view/template_tree.h"

/* What names mean: the innermost value first. */
struct frame {
    const json_t *value;
    const struct frame *outer;
};

/* Blocks that a template gives to the layout it extends. */
struct overrides {
    const struct node *blocks;
    const struct overrides *outer;
};

struct drawing {
    struct buf *out;
    const char *indent; /* of partials alone on their lines */
    const struct overrides *overrides;
    int depth;
};

static void draw_list(struct drawing *d, const struct node *n,
                      const struct frame *top);

/* The first name is looked for outwards; the others must follow from it. */
static const json_t *
look_up(const struct node *n, const struct frame *top)
{
    const json_t *value = NULL;

    if (n->n_keys == 0) {
        return top->value;
    }
    for (const struct frame *f = top; f != NULL && value == NULL;
         f = f->outer) {
        value = json_object_get(f->value, n->keys[0]);
    }
    for (size_t i = 1; i < n->n_keys; i++) {
        value = json_object_get(value, n->keys[i]);
    }
    return value;
}

/* Rows of the database have 0 for no, and "" for nothing said. */
static bool
holds(const json_t *value)
{
    switch (value != NULL ? json_typeof(value) : JSON_NULL) {
    case JSON_ARRAY:
        return json_array_size(value) > 0;
    case JSON_STRING:
        return json_string_length(value) > 0;
    case JSON_INTEGER:
        return json_integer_value(value) != 0;
    case JSON_NULL:
    case JSON_FALSE:
        return false;
    default:
        return true;
    }
}

static void
draw_text(struct drawing *d, const struct node *n)
{
    const char *s = n->text, *end = n->text + n->len;

    if (*d->indent == '\0') {
        buf_add(d->out, s, n->len);
        return;
    }
    if (n->line_start) {
        buf_puts(d->out, d->indent);
    }
    while (s < end) {
        const char *newline = memchr(s, '\n', (size_t)(end - s));
        const char *next = newline ? newline + 1 : end;
        buf_add(d->out, s, (size_t)(next - s));
        if (next < end) {
            buf_puts(d->out, d->indent);
        }
        s = next;
    }
}

/* The shortest text that is read as the same number. */
static void
draw_real(struct buf *out, double number)
{
    char text[32];

    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number) {
            break;
        }
    }
    buf_puts(out, text);
}

static void
draw_value(struct drawing *d, const json_t *value, bool raw)
{
    const char *s = json_string_value(value);

    if (s != NULL && raw) {
        buf_add(d->out, s, json_string_length(value));
    } else if (s != NULL) {
        buf_html(d->out, s, json_string_length(value));
    } else if (json_is_integer(value)) {
        buf_printf(d->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else if (json_is_real(value)) {
        draw_real(d->out, json_real_value(value));
    } else if (json_is_boolean(value)) {
        buf_puts(d->out, json_is_true(value) ? "true" : "false");
    }
}

static void
draw_section(struct drawing *d, const struct node *n, const struct frame *top)
{
    const json_t *value = look_up(n, top);

    if (!holds(value)) {
        return;
    }
    if (!json_is_array(value)) {
        draw_list(d, n->children, &(struct frame){value, top});
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        draw_list(d, n->children,
                  &(struct frame){json_array_get(value, i), top});
    }
}

static bool
too_deep(const struct drawing *d, const struct node *n)
{
    if (d->depth < TEMPLATE_DEPTH_MAX) {
        return false;
    }
    log_error("template: too deep at %s", n->text);
    return true;
}

/* A partial, or a layout with the blocks that fill it. */
static void
draw_target(struct drawing *d, const struct node *n, const struct frame *top,
            const struct overrides *overrides)
{
    struct drawing inner = *d;

    if (n->target == NULL || too_deep(d, n)) {
        return;
    }
    inner.depth++;
    inner.overrides = overrides;
    if (n->indent != NULL && *n->indent != '\0') {
        inner.indent =
            arena_printf(d->out->arena, "%s%s", d->indent, n->indent);
    }
    draw_list(&inner, n->target->root, top);
}

/* The outermost template has the last word: it stands for the page. */
static const struct node *
override_of(const struct overrides *o, const char *name)
{
    const struct node *found = NULL;

    for (; o != NULL; o = o->outer) {
        for (const struct node *n = o->blocks; n != NULL; n = n->next) {
            if (n->kind == NODE_BLOCK && strcmp(n->text, name) == 0) {
                found = n;
                break;
            }
        }
    }
    return found;
}

static void
draw_block(struct drawing *d, const struct node *n, const struct frame *top)
{
    const struct node *override = override_of(d->overrides, n->text);
    struct drawing inner = *d;

    if (too_deep(d, n)) {
        return;
    }
    inner.depth++; /* a block may name itself */
    draw_list(&inner, override ? override->children : n->children, top);
}

static void
draw_node(struct drawing *d, const struct node *n, const struct frame *top)
{
    switch (n->kind) {
    case NODE_TEXT:
        draw_text(d, n);
        break;
    case NODE_VALUE:
    case NODE_RAW:
        draw_value(d, look_up(n, top), n->kind == NODE_RAW);
        break;
    case NODE_SECTION:
        draw_section(d, n, top);
        break;
    case NODE_INVERTED:
        if (!holds(look_up(n, top))) {
            draw_list(d, n->children, top);
        }
        break;
    case NODE_PARTIAL:
        draw_target(d, n, top, d->overrides);
        break;
    case NODE_PARENT:
        draw_target(d, n, top, &(struct overrides){n->children, d->overrides});
        break;
    case NODE_BLOCK:
        draw_block(d, n, top);
        break;
    }
}

static void
draw_list(struct drawing *d, const struct node *n, const struct frame *top)
{
    for (; n != NULL; n = n->next) {
        draw_node(d, n, top);
    }
}

void
template_draw(const struct template *t, const json_t *model, struct buf *out)
{
    struct drawing d = {.out = out, .indent = ""};

    draw_list(&d, t->root, &(struct frame){model, NULL});
}
