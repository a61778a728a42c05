/* Templates of any text over a small model: parsed or refused, drawn in the
 * end. Layouts and partials are there to be used, not to be built on. */
#include <stdint.h>

#include "base/json.h"
#include "base/log.h"
#include "view/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct buf out = buf_new(a, 256);
    json_t *model = json_in_arena(
        a,
        json_pack("{s:s, s:i, s:[{s:s}], s:{s:{s:f}}, s:b, s:n}", "a", "<x>",
                  "n", 7, "list", "b", "y", "o", "p", "q", 1.5, "t", 1, "z"));
    json_t *partials =
        json_in_arena(a, json_pack("{s:s, s:s}", "p", " {{a}}\n{{n}}\n",
                                   "layout", "<{{$a}}{{/a}}>\n"));

    log_set_level(LOG_ERROR + 1);
    if (size <= 2000) {
        template_render_text(arena_strndup(a, (const char *)data, size),
                             partials, model, &out);
    }
    arena_free(a);
    return 0;
}
