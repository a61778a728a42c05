#include "view/qr.h"

#include <qrencode.h>

#include "base/buf.h"

enum { BORDER = 4 }; /* ISO/IEC 18004, 5.3.8 */

/* Each run of dark squares in a row is one rectangle. */
static void
add_row(struct buf *out, const unsigned char *squares, int width, int y)
{
    for (int x = 0, run; x < width; x += run + 1) {
        for (run = 0; x + run < width && (squares[x + run] & 1); run++) {
        }
        if (run > 0) {
            buf_printf(out, "M%d %dh%dv1h-%dz", x + BORDER, y + BORDER, run,
                       run);
        }
    }
}

const char *
qr_path(struct arena *a, const char *text, int *size)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    struct buf out;

    if (!code) {
        return NULL;
    }
    out = buf_new(a, (size_t)code->width * (size_t)code->width * 4);
    for (int y = 0; y < code->width; y++) {
        add_row(&out, code->data + y * code->width, code->width, y);
    }
    *size = code->width + 2 * BORDER;
    QRcode_free(code);
    return out.data;
}
