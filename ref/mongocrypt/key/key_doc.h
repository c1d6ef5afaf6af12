/* A document of the key vault: read, checked field by field in its own order, missing fields afterwards. API sheet, section 6. */
#ifndef FLP_KEY_KEY_DOC_H
#define FLP_KEY_KEY_DOC_H

#include "ref/mongocrypt/key/data_key.h"
#include "ref/mongocrypt/kms/kek.h"

/* Zeroed memory is a valid empty value. */
typedef struct {
   uint8_t id[FLP_KEY_ID_LEN];
   flp_buf_t *names; /* alternate names, in the order of the document */
   size_t n_names;
   flp_view_t material; /* wrapped; points into the document */
   flp_kek_t kek;
} flp_key_doc_t;

/* `doc` must be zeroed; cleanup is needed in either case. `document` need not be valid and must outlive `doc`. */
bool flp_key_doc_parse(flp_key_doc_t *doc, flp_view_t document, flp_status_t *status);
void flp_key_doc_cleanup(flp_key_doc_t *doc);

#endif
