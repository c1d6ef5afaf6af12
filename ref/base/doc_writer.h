/* Writes one BSON document into one growing buffer. Failure is sticky: write everything, ask once at the end.
 * Give the final size where it is known: then there is one allocation. Fails only when memory is short or a limit is passed. */
#ifndef FLP_BASE_DOC_WRITER_H
#define FLP_BASE_DOC_WRITER_H

#include "ref/base/bson_walk.h"
#include "ref/base/bytes.h"

/* Deep enough for every document that the library makes by itself; copied values count as one. */
#define FLP_DOC_WRITER_DEPTH 16u

typedef struct {
   flp_buf_t buf;
   size_t starts[FLP_DOC_WRITER_DEPTH]; /* offsets of the length fields of open documents */
   size_t depth;
   bool failed;
   bool too_long; /* it failed because of FLP_MAX_DOCUMENT_LEN; may be read after flp_doc_finish */
} flp_doc_writer_t;

void flp_doc_begin(flp_doc_writer_t *writer, size_t size_hint); /* writer must be zeroed or cleaned up */
void flp_doc_raw(flp_doc_writer_t *writer, uint8_t type, flp_view_t key, flp_view_t value); /* value bytes as they are */
void flp_doc_text(flp_doc_writer_t *writer, const char *key, flp_view_t text);
void flp_doc_binary(flp_doc_writer_t *writer, const char *key, uint8_t subtype, flp_view_t bytes);
/* The same, for bytes that the caller writes there before the next call; NULL after a failure. */
uint8_t *flp_doc_binary_space(flp_doc_writer_t *writer, const char *key, uint8_t subtype, size_t len);
void flp_doc_int32(flp_doc_writer_t *writer, const char *key, int32_t value);
void flp_doc_date(flp_doc_writer_t *writer, const char *key, int64_t ms_since_epoch);
void flp_doc_bool(flp_doc_writer_t *writer, const char *key, bool value);
void flp_doc_document(flp_doc_writer_t *writer, const char *key, flp_view_t document);
void flp_doc_open(flp_doc_writer_t *writer, const char *key, bool array);
void flp_doc_close(flp_doc_writer_t *writer);

/* Key of an array element: decimal text in the caller's storage. */
const char *flp_doc_index(size_t index, char storage[24]);

/* Closes the outermost document. True: out (which must be empty) owns the document. The writer is empty in either case. */
bool flp_doc_finish(flp_doc_writer_t *writer, flp_buf_t *out);
void flp_doc_cleanup(flp_doc_writer_t *writer);

#endif
