/* Files to templates, one set a language. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "view/template.h"
#include "view/template_tree.h"

enum { FILE_MAX = 256 * 1024, PATH_SIZE = 4096 };

static const char html_suffix[] = ".html";

struct set {
    const char *lang;
    size_t n;
    struct template **list; /* by name */
};

struct message {
    const char *id, *file;
    struct message *next;
};

struct library {
    struct arena *arena;
    size_t n;
    struct set *sets;
    struct message *messages;
};

static struct library library;

static struct template *
find(const struct set *set, const char *name)
{
    size_t low = 0, high = set->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, set->list[middle]->name);
        if (order == 0) {
            return set->list[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

/* Gives every partial and layout its template; returns how many lack one. */
static int
link_nodes(const struct set *set, const char *file, struct node *n)
{
    int missing = 0;

    for (; n != NULL; n = n->next) {
        if (n->kind == NODE_PARTIAL || n->kind == NODE_PARENT) {
            n->target = find(set, n->text);
            if (n->target == NULL && file != NULL) {
                log_error("%s: there is no template %s", file, n->text);
                missing++;
            }
        }
        missing += link_nodes(set, file, n->children);
    }
    return missing;
}

static void
keep_message(const char *id, const char *file, void *data)
{
    struct library *l = data;
    struct message *m = arena_alloc(l->arena, sizeof *m);

    m->id = arena_strdup(l->arena, id);
    m->file = arena_strdup(l->arena, file);
    m->next = l->messages;
    l->messages = m;
}

static char *
read_file(struct arena *a, const char *path, size_t *len)
{
    FILE *f = fopen(path, "rbe");

    if (f == NULL) {
        log_error("%s: cannot be opened", path);
        return NULL;
    }
    char *text = arena_alloc(a, FILE_MAX);
    *len = fread(text, 1, FILE_MAX, f);
    bool whole = *len < FILE_MAX && !ferror(f);
    fclose(f);
    if (!whole) {
        log_error("%s: too large, or not readable", path);
    }
    return whole ? text : NULL;
}

static bool
ends_with(const char *s, const char *end)
{
    size_t len = strlen(s), n = strlen(end);

    return len > n && strcmp(s + len - n, end) == 0;
}

static struct template *
load_file(struct library *l, const char *dir, const char *entry,
          const char *lang)
{
    struct arena *scratch = arena_new();
    char path[PATH_SIZE];
    size_t len = 0;

    snprintf(path, sizeof path, "%s/%s", dir, entry);
    bool html = ends_with(entry, html_suffix);
    size_t name = strlen(entry) - (html ? strlen(html_suffix) : 0);
    char *text = read_file(scratch, path, &len);
    struct template_source source = {
        .arena = l->arena,
        .name = arena_strndup(scratch, entry, name),
        .file = path,
        .text = text,
        .len = len,
        .plain = !html,
        .lang = lang,
        .message = l->n == 0 ? keep_message : NULL, /* once is enough */
        .data = l};
    struct template *t = text ? template_parse(&source) : NULL;
    arena_free(scratch);
    return t;
}

static int
is_template(const struct dirent *e)
{
    return e->d_name[0] != '.' &&
           (ends_with(e->d_name, html_suffix) || ends_with(e->d_name, ".txt"));
}

static int
by_name(const void *a, const void *b)
{
    const struct template *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* One language; returns the number of faults. */
static int
load_set(struct library *l, const char *dir, const char *lang,
         struct dirent **entries, int n)
{
    struct set *set = &l->sets[l->n];
    int faults = 0;

    set->lang = arena_strdup(l->arena, lang);
    set->list = arena_alloc(l->arena, ((size_t)n + 1) * sizeof *set->list);
    for (int i = 0; i < n; i++) {
        struct template *t = load_file(l, dir, entries[i]->d_name, lang);
        if (t != NULL) {
            set->list[set->n++] = t;
        } else {
            faults++;
        }
    }
    qsort(set->list, set->n, sizeof *set->list, by_name);
    for (size_t i = 0; i < set->n && faults == 0; i++) {
        faults += link_nodes(set, set->list[i]->file, set->list[i]->root);
    }
    l->n++;
    return faults;
}

int
template_load(const char *dir, const char *const *langs, size_t n)
{
    struct dirent **entries;
    int faults = 0, n_entries = scandir(dir, &entries, is_template, alphasort);

    if (n_entries < 0) {
        log_error("%s: cannot be read", dir);
        return -1;
    }
    struct library l = {.arena = arena_new()};
    l.sets = arena_alloc(l.arena, (n + 1) * sizeof *l.sets);

    /* A fault of a template is one in every language: told once. */
    for (size_t i = 0; i < n && faults == 0; i++) {
        faults = load_set(&l, dir, langs[i], entries, n_entries);
    }
    for (int i = 0; i < n_entries; i++) {
        free(entries[i]);
    }
    free(entries);
    if (faults > 0) {
        arena_free(l.arena);
        return -1;
    }
    template_free();
    library = l;
    return 0;
}

void
template_free(void)
{
    arena_free(library.arena);
    library = (struct library){0};
}

int
template_render(const char *name, const char *lang, const json_t *model,
                struct buf *out)
{
    for (size_t i = 0; i < library.n; i++) {
        if (strcmp(library.sets[i].lang, lang) == 0) {
            const struct template *t = find(&library.sets[i], name);
            if (t == NULL) {
                return -1;
            }
            template_draw(t, model, out);
            return 0;
        }
    }
    return -1;
}

static struct template *
parse_text(struct arena *a, const char *name, const char *text)
{
    struct template_source source = {.arena = a,
                                     .name = name,
                                     .file = name,
                                     .text = text,
                                     .len = strlen(text)};
    struct template *t = template_parse(&source);

    return t;
}

int
template_render_text(const char *text, const json_t *partials,
                     const json_t *model, struct buf *out)
{
    struct arena *a = arena_new();
    struct template *t = parse_text(a, "text", text);
    struct set set = {0};
    bool failed = t == NULL;
    const char *name;
    json_t *partial;

    set.list =
        arena_alloc(a, (json_object_size(partials) + 1) * sizeof *set.list);
    json_object_foreach((json_t *)partials, name, partial)
    {
        const char *partial_text = json_string_value(partial);
        struct template *p =
            partial_text ? parse_text(a, name, partial_text) : NULL;
        if (p != NULL) {
            set.list[set.n++] = p;
        } else {
            failed = true;
        }
    }
    qsort(set.list, set.n, sizeof *set.list, by_name);
    if (!failed) {
        for (size_t i = 0; i < set.n; i++) {
            link_nodes(&set, NULL, set.list[i]->root);
        }
        link_nodes(&set, NULL, t->root);
        template_draw(t, model, out);
    }
    arena_free(a);
    return failed ? -1 : 0;
}

void
template_messages(void (*fn)(const char *id, const char *file, void *data),
                  void *data)
{
    for (const struct message *m = library.messages; m != NULL; m = m->next) {
        fn(m->id, m->file, data);
    }
}
