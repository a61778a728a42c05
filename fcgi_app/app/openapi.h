/* The OpenAPI 3.1 document, made from tables/routes.def and the field rows. */
#ifndef APP_OPENAPI_H
#define APP_OPENAPI_H

#include <jansson.h>

/* New reference. */
json_t *openapi_document(void);

#endif
