/* Pictures that people send: taken or refused, and what is taken is small and
 * can be taken again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "view/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new();
    struct image out, again;

    if (image_logo(a, data, size, &out) == IMAGE_OK) {
        if (out.width < 1 || out.width > LOGO_WIDTH_MAX || out.height < 1 ||
            out.height > LOGO_HEIGHT_MAX) {
            abort();
        }
        if (image_logo(a, out.png, out.png_len, &again) != IMAGE_OK ||
            again.width != out.width || again.height != out.height) {
            abort();
        }
    }
    arena_free(a);
    return 0;
}
