/* Walks the elements of a BSON document in order, with an explicit stack, and validates while it goes: every length is checked before it
 * is used, nesting has a limit, nothing recurses. Structure only: text is not checked for UTF-8.
 * Rules: bsonspec.org; a boolean is 0 or 1; a binary of subtype 2 repeats its length. */
#ifndef FLP_BASE_BSON_WALK_H
#define FLP_BASE_BSON_WALK_H

#include "ref/base/bytes.h"
#include "ref/base/limits.h"

enum {
   FLP_BSON_END = 0x00, /* the event that closes a document, an array or a scope */
   FLP_BSON_DOUBLE = 0x01,
   FLP_BSON_STRING = 0x02,
   FLP_BSON_DOCUMENT = 0x03,
   FLP_BSON_ARRAY = 0x04,
   FLP_BSON_BINARY = 0x05,
   FLP_BSON_UNDEFINED = 0x06,
   FLP_BSON_OBJECT_ID = 0x07,
   FLP_BSON_BOOL = 0x08,
   FLP_BSON_DATE = 0x09,
   FLP_BSON_NULL = 0x0A,
   FLP_BSON_REGEX = 0x0B,
   FLP_BSON_DB_POINTER = 0x0C,
   FLP_BSON_CODE = 0x0D,
   FLP_BSON_SYMBOL = 0x0E,
   FLP_BSON_CODE_WITH_SCOPE = 0x0F,
   FLP_BSON_INT32 = 0x10,
   FLP_BSON_TIMESTAMP = 0x11,
   FLP_BSON_INT64 = 0x12,
   FLP_BSON_DECIMAL128 = 0x13,
   FLP_BSON_MAX_KEY = 0x7F,
   FLP_BSON_MIN_KEY = 0xFF,
};

/* What was met. Offsets count from the start of the walked document. For an END event only `type`, `offset` (of the closing NUL) and
 * `depth` are set. */
typedef struct {
   uint8_t type;
   bool in_scope;       /* inside the scope of a code-with-scope */
   uint32_t depth;      /* 1 for elements of the outermost document; an END has the depth of the element that it closes */
   uint32_t offset;     /* of the type byte */
   flp_view_t key;
   flp_view_t value;    /* all value bytes: without type byte and key */
} flp_bson_element_t;

typedef struct {
   flp_view_t doc;
   uint32_t at;
   uint32_t depth;                          /* open documents, the outermost included; 0 when finished */
   uint32_t scope_depth;                    /* depth of the outermost open scope, or 0 */
   const char *reason;                      /* why it failed, or NULL */
   const char *limit;                       /* name of the exceeded limit, or NULL */
   uint32_t ends[FLP_MAX_DOCUMENT_DEPTH];   /* offset after the closing NUL of each open document */
} flp_bson_walk_t;

/* Checks size and frame of the outermost document. False: `reason` (and `limit`) are set, `at` is the offset. */
bool flp_bson_walk_init(flp_bson_walk_t *walk, flp_view_t doc);

/* The same for what is no document of a database and may be longer: a frame around some. */
bool flp_bson_walk_init_within(flp_bson_walk_t *walk, flp_view_t doc, size_t max_len);

/* The next element. False at the end (reason NULL) and on a defect (reason set). */
bool flp_bson_walk_next(flp_bson_walk_t *walk, flp_bson_element_t *element);

/* Leaves out what is inside the container that was just returned; its inside is then not validated. */
void flp_bson_walk_skip(flp_bson_walk_t *walk);

/* The next element of the outermost level, without what is inside it: for a document that is known to be valid. False at the end. */
bool flp_bson_walk_next_outer(flp_bson_walk_t *walk, flp_bson_element_t *element);

/* The whole document, for its defects only. `offset`, `reason` and `limit` may be NULL. */
bool flp_bson_valid(flp_view_t doc, uint32_t *offset, const char **reason, const char **limit);

/* The 4-byte length and the contents of a binary value, subtype apart. The value must come from a walk. */
flp_view_t flp_bson_binary_view(flp_view_t value, uint8_t *subtype);

/* The bytes of a string, code or symbol value, without length and NUL. The value must come from a walk. */
flp_view_t flp_bson_text_view(flp_view_t value);

/* Finds a field of the outermost level. The document must be valid. */
bool flp_bson_find(flp_view_t doc, const char *key, flp_bson_element_t *element);

/* Name of a type as the query language spells it: "double", "binData", ... ; "unknown". */
const char *flp_bson_type_name(uint8_t type);

#endif
