/* Documents as answers. */
#ifndef BILLING_DOCUMENT_WEB_H
#define BILLING_DOCUMENT_WEB_H

#include "billing/pdf_document.h"
#include "http/request.h"
#include "http/response.h"

/*
 * The file of the document with that id, which whoever asks may see: looked at,
 * or made, and then sent by nginx (X-Accel-Redirect) as a download.
 */
void document_answer(struct request *rq, struct response *rs, const char *id,
                     enum document_kind kind);

/* Whether it has a structured invoice, or could have one. */
bool document_has_xml(struct request *rq, const char *id);

/* 409: its file could not be made just now; when to ask again, which pages do
 * by themselves. */
void document_not_made(struct request *rq, struct response *rs);

#endif
