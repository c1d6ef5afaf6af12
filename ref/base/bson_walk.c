/* The walker: one table of value sizes, one loop, one stack. */
#include "ref/base/bson_walk.h"

#include <string.h>

/* How the length of a value is found. */
typedef enum { SIZE_BAD, SIZE_FIXED, SIZE_TEXT, SIZE_BINARY, SIZE_REGEX, SIZE_POINTER, SIZE_CONTAINER, SIZE_SCOPE } size_kind_t;

typedef struct {
   const char *name;
   size_kind_t kind;
   uint32_t len; /* of SIZE_FIXED */
} type_row_t;

static const type_row_t types[0x14] = {
   [FLP_BSON_DOUBLE] = {"double", SIZE_FIXED, 8},
   [FLP_BSON_STRING] = {"string", SIZE_TEXT, 0},
   [FLP_BSON_DOCUMENT] = {"object", SIZE_CONTAINER, 0},
   [FLP_BSON_ARRAY] = {"array", SIZE_CONTAINER, 0},
   [FLP_BSON_BINARY] = {"binData", SIZE_BINARY, 0},
   [FLP_BSON_UNDEFINED] = {"undefined", SIZE_FIXED, 0},
   [FLP_BSON_OBJECT_ID] = {"objectId", SIZE_FIXED, 12},
   [FLP_BSON_BOOL] = {"bool", SIZE_FIXED, 1},
   [FLP_BSON_DATE] = {"date", SIZE_FIXED, 8},
   [FLP_BSON_NULL] = {"null", SIZE_FIXED, 0},
   [FLP_BSON_REGEX] = {"regex", SIZE_REGEX, 0},
   [FLP_BSON_DB_POINTER] = {"dbPointer", SIZE_POINTER, 0},
   [FLP_BSON_CODE] = {"javascript", SIZE_TEXT, 0},
   [FLP_BSON_SYMBOL] = {"symbol", SIZE_TEXT, 0},
   [FLP_BSON_CODE_WITH_SCOPE] = {"javascriptWithScope", SIZE_SCOPE, 0},
   [FLP_BSON_INT32] = {"int", SIZE_FIXED, 4},
   [FLP_BSON_TIMESTAMP] = {"timestamp", SIZE_FIXED, 8},
   [FLP_BSON_INT64] = {"long", SIZE_FIXED, 8},
   [FLP_BSON_DECIMAL128] = {"decimal", SIZE_FIXED, 16},
};
static const type_row_t min_key_row = {"minKey", SIZE_FIXED, 0};
static const type_row_t max_key_row = {"maxKey", SIZE_FIXED, 0};
static const type_row_t unknown_row = {"unknown", SIZE_BAD, 0};

#define OBJECT_ID_LEN 12u
#define SMALLEST_DOCUMENT 5u
#define SMALLEST_SCOPE 14u /* its own length, an empty string, an empty document */

static const type_row_t *row_of(uint8_t type)
{
   if (type == FLP_BSON_MIN_KEY) {
      return &min_key_row;
   }
   if (type == FLP_BSON_MAX_KEY) {
      return &max_key_row;
   }
   return type < sizeof types / sizeof types[0] && types[type].kind != SIZE_BAD ? &types[type] : &unknown_row;
}

const char *flp_bson_type_name(uint8_t type)
{
   return row_of(type)->name;
}

static bool fail(flp_bson_walk_t *walk, uint32_t at, const char *reason)
{
   walk->at = at;
   walk->reason = reason;
   return false;
}

/* Opens a document whose length field is at `at` and which must end by `end`. */
static bool push(flp_bson_walk_t *walk, uint32_t at, uint32_t end)
{
   if (end - at < SMALLEST_DOCUMENT) {
      return fail(walk, at, "document is cut short");
   }
   uint32_t len = flp_read_u32_le(walk->doc.data + at);
   if (len < SMALLEST_DOCUMENT || len > end - at) {
      return fail(walk, at, "document length does not fit");
   }
   if (walk->doc.data[at + len - 1] != 0) {
      return fail(walk, at + len - 1, "document does not end in a zero byte");
   }
   if (walk->depth == FLP_MAX_DOCUMENT_DEPTH) {
      walk->limit = "document_depth";
      return fail(walk, at, "nested too deeply");
   }
   walk->ends[walk->depth] = at + len;
   walk->depth++;
   walk->at = at + 4;
   return true;
}

bool flp_bson_walk_init(flp_bson_walk_t *walk, flp_view_t doc)
{
   return flp_bson_walk_init_within(walk, doc, FLP_MAX_DOCUMENT_LEN);
}

bool flp_bson_walk_init_within(flp_bson_walk_t *walk, flp_view_t doc, size_t max_len)
{
   walk->doc = doc;
   walk->at = 0;
   walk->depth = 0;
   walk->scope_depth = 0;
   walk->reason = NULL;
   walk->limit = NULL;
   if (doc.len > max_len) {
      walk->limit = "document_len";
      return fail(walk, 0, "document is too long");
   }
   if (doc.len < SMALLEST_DOCUMENT || flp_read_u32_le(doc.data) != doc.len) {
      return fail(walk, 0, "document length does not fit");
   }
   return push(walk, 0, (uint32_t)doc.len);
}

/* Length of a C string with its NUL that must end before `end`, or 0. */
static uint32_t c_string_len(const flp_bson_walk_t *walk, uint32_t at, uint32_t end)
{
   const uint8_t *start = walk->doc.data + at;
   const uint8_t *nul = memchr(start, 0, end - at);
   return nul ? (uint32_t)(nul - start) + 1 : 0;
}

/* Length of a string value (4-byte length, bytes, NUL), or 0. */
static uint32_t text_len(const flp_bson_walk_t *walk, uint32_t at, uint32_t end)
{
   if (end - at < 5) {
      return 0;
   }
   uint32_t len = flp_read_u32_le(walk->doc.data + at);
   if (len < 1 || len > end - at - 4 || walk->doc.data[at + 4 + len - 1] != 0) {
      return 0;
   }
   return 4 + len;
}

static uint32_t binary_len(const flp_bson_walk_t *walk, uint32_t at, uint32_t end)
{
   if (end - at < 5) {
      return 0;
   }
   uint32_t len = flp_read_u32_le(walk->doc.data + at);
   if (len > end - at - 5) {
      return 0;
   }
   if (walk->doc.data[at + 4] == 2 && (len < 4 || flp_read_u32_le(walk->doc.data + at + 5) != len - 4)) {
      return 0;
   }
   return 5 + len;
}

static bool value_len(flp_bson_walk_t *walk, const type_row_t *row, uint32_t at, uint32_t end, uint32_t *len)
{
   uint32_t first = 0;
   *len = 0;
   switch (row->kind) {
   case SIZE_FIXED:
      *len = row->len;
      return row->len <= end - at ? true : fail(walk, at, "value is cut short");
   case SIZE_TEXT:
      *len = text_len(walk, at, end);
      return *len > 0 ? true : fail(walk, at, "string length does not fit");
   case SIZE_BINARY:
      *len = binary_len(walk, at, end);
      return *len > 0 ? true : fail(walk, at, "binary length does not fit");
   case SIZE_REGEX:
      first = c_string_len(walk, at, end);
      *len = first > 0 ? c_string_len(walk, at + first, end) : 0;
      if (*len == 0) {
         return fail(walk, at, "regular expression has no end");
      }
      *len += first;
      return true;
   case SIZE_POINTER:
      first = text_len(walk, at, end);
      if (first == 0 || end - at - first < OBJECT_ID_LEN) {
         return fail(walk, at, "pointer does not fit");
      }
      *len = first + OBJECT_ID_LEN;
      return true;
   case SIZE_CONTAINER:
      *len = end - at < 4 ? 0 : flp_read_u32_le(walk->doc.data + at);
      return true; /* checked by push */
   case SIZE_SCOPE:
      *len = end - at < SMALLEST_SCOPE ? 0 : flp_read_u32_le(walk->doc.data + at);
      if (*len < SMALLEST_SCOPE || *len > end - at) {
         return fail(walk, at, "code with scope does not fit");
      }
      return true;
   case SIZE_BAD:
      break;
   }
   return fail(walk, at, "unknown type");
}

/* The scope fills what the code leaves: anything else is a lie about a length. */
static bool push_scope(flp_bson_walk_t *walk, uint32_t at, uint32_t len)
{
   uint32_t code = text_len(walk, at + 4, at + len);
   if (code == 0) {
      return fail(walk, at + 4, "string length does not fit");
   }
   uint32_t scope = at + 4 + code;
   if (at + len - scope < SMALLEST_DOCUMENT || flp_read_u32_le(walk->doc.data + scope) != at + len - scope) {
      return fail(walk, scope, "document length does not fit");
   }
   if (!push(walk, scope, at + len)) {
      return false;
   }
   if (walk->scope_depth == 0) {
      walk->scope_depth = walk->depth;
   }
   return true;
}

static bool close_document(flp_bson_walk_t *walk, flp_bson_element_t *element)
{
   if (walk->at + 1 != walk->ends[walk->depth - 1]) {
      return fail(walk, walk->at, "zero byte before the end of the document");
   }
   if (walk->scope_depth == walk->depth) {
      walk->scope_depth = 0;
   }
   walk->depth--;
   *element = (flp_bson_element_t){.type = FLP_BSON_END, .depth = walk->depth, .offset = walk->at, .in_scope = walk->scope_depth != 0};
   walk->at++;
   return walk->depth > 0;
}

bool flp_bson_walk_next(flp_bson_walk_t *walk, flp_bson_element_t *element)
{
   if (walk->depth == 0 || walk->reason) {
      return false;
   }
   uint32_t end = walk->ends[walk->depth - 1] - 1; /* the closing NUL belongs to no element */
   uint32_t at = walk->at;
   uint8_t type = walk->doc.data[at];
   if (type == 0) {
      return close_document(walk, element);
   }
   const type_row_t *row = row_of(type);
   uint32_t key_len = c_string_len(walk, at + 1, end);
   if (key_len == 0) {
      return fail(walk, at, "field name has no end");
   }
   uint32_t value_at = at + 1 + key_len;
   uint32_t len = 0;
   if (!value_len(walk, row, value_at, end, &len)) {
      return false;
   }
   if (type == FLP_BSON_BOOL && walk->doc.data[value_at] > 1) {
      return fail(walk, value_at, "boolean is neither 0 nor 1");
   }
   element->type = type;
   element->in_scope = walk->scope_depth != 0;
   element->depth = walk->depth;
   element->offset = at;
   element->key = flp_view(walk->doc.data + at + 1, key_len - 1);
   element->value = flp_view(walk->doc.data + value_at, len);
   walk->at = value_at + len;
   if (row->kind == SIZE_CONTAINER) {
      return push(walk, value_at, end);
   }
   return row->kind == SIZE_SCOPE ? push_scope(walk, value_at, len) : true;
}

void flp_bson_walk_skip(flp_bson_walk_t *walk)
{
   if (walk->depth > 1 && !walk->reason) {
      if (walk->scope_depth == walk->depth) {
         walk->scope_depth = 0;
      }
      walk->depth--;
      walk->at = walk->ends[walk->depth];
   }
}

bool flp_bson_walk_next_outer(flp_bson_walk_t *walk, flp_bson_element_t *element)
{
   while (flp_bson_walk_next(walk, element)) {
      if (element->type != FLP_BSON_END) {
         flp_bson_walk_skip(walk); /* does nothing unless a container was opened */
         return true;
      }
   }
   return false;
}

bool flp_bson_valid(flp_view_t doc, uint32_t *offset, const char **reason, const char **limit)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool framed = flp_bson_walk_init(&walk, doc);
   while (framed && flp_bson_walk_next(&walk, &element)) {
   }
   if (offset) {
      *offset = walk.at;
   }
   if (reason) {
      *reason = walk.reason;
   }
   if (limit) {
      *limit = walk.limit;
   }
   return walk.reason == NULL;
}

flp_view_t flp_bson_binary_view(flp_view_t value, uint8_t *subtype)
{
   *subtype = value.data[4];
   return flp_view(value.data + 5, value.len - 5);
}

flp_view_t flp_bson_text_view(flp_view_t value)
{
   return flp_view(value.data + 4, value.len - 5);
}

bool flp_bson_find(flp_view_t doc, const char *key, flp_bson_element_t *element)
{
   flp_bson_walk_t walk;
   if (!flp_bson_walk_init(&walk, doc)) {
      return false;
   }
   while (flp_bson_walk_next(&walk, element)) {
      if (element->depth == 1 && element->type != FLP_BSON_END && flp_view_equal_text(element->key, key)) {
         return true;
      }
      if (walk.depth > 1 && element->type != FLP_BSON_END) {
         flp_bson_walk_skip(&walk);
      }
   }
   return false;
}
