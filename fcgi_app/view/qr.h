/* QR codes (ISO/IEC 18004), drawn by SVG: cameras read them off a screen. */
#ifndef VIEW_QR_H
#define VIEW_QR_H

#include "base/arena.h"

/*
 * The dark squares of the text's code as data of an SVG path, each of them one
 * unit wide. *size: units along an edge, with the light border that cameras
 * need. NULL: the text is too long for a code.
 */
const char *qr_path(struct arena *a, const char *text, int *size);

#endif
