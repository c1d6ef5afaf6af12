/* Checks a document that a caller gave: the same two errors everywhere, a defect of the bytes (the caller's row) or a limit. And the
 * end of one that is written. */
#ifndef FLP_MONGOCRYPT_BSON_CHECK_H
#define FLP_MONGOCRYPT_BSON_CHECK_H

#include "ref/base/bson_walk.h"
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/errors.h"

/* `what` names the document in the error. */
bool flp_bson_check(flp_view_t document, flp_error_t row, const char *what, flp_status_t *status);

/* The same in one walk with the search for a field of the outermost level: `element` has type FLP_BSON_END if there is none. */
bool flp_bson_check_find(flp_view_t document, const char *key, flp_bson_element_t *element, flp_error_t row, const char *what,
                         flp_status_t *status);

/* The error for a walk that stopped at a defect. Returns false. */
bool flp_bson_refuse(const flp_bson_walk_t *walk, flp_error_t row, const char *what, flp_status_t *status);

/* flp_doc_finish for a document of ours, with the error: it became too long, or memory is short. */
bool flp_bson_finish(flp_doc_writer_t *writer, flp_buf_t *out, const char *what, flp_status_t *status);

#endif
