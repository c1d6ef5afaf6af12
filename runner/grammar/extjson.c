/* One row a wrapper: its key set and the function that reads it. */
#include "runner/grammar/extjson.h"

#include <math.h>
#include <openssl/evp.h>
#include <string.h>

typedef struct {
   flp_values_t *v;
   bson_t *out;
   const char *key;
   const flp_node_t *node;
   const flp_path_t *path;
} call_t;

struct flp_wrapper {
   const char *keys[3]; /* the last may be NULL */
   bool (*append)(const call_t *c);
};

static bool wrong(const call_t *c, const char *wanted)
{
   return flp_refuse(c->v->report, WRAPPER, c->node, c->path, "%s holds something else than %s; see extended JSON v2",
                     c->node->keys[0]->text, wanted);
}

static bool is_text(const flp_node_t *node)
{
   return node && node->kind == FLP_NODE_SCALAR && !node->tag &&
          (!node->plain || flp_plain_read(node->text, node->len).kind == FLP_PLAIN_STRING);
}

/* The text of a number may be quoted, as extended JSON has it, or not. */
static bool integer(const flp_node_t *node, int64_t *out)
{
   return node && node->kind == FLP_NODE_SCALAR && !node->tag && flp_plain_integer(node->text, node->len, out);
}

static bool no_nul(const flp_node_t *node)
{
   return is_text(node) && strlen(node->text) == node->len;
}

static int hex_digit(char c)
{
   return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool append_oid(const call_t *c)
{
   const flp_node_t *text = c->node->items[0];
   bson_oid_t oid;
   if (!is_text(text) || !bson_oid_is_valid(text->text, text->len)) {
      /* 24 digits without quotes are a text only with a letter among them; take both. */
      if (text->kind != FLP_NODE_SCALAR || text->tag || !bson_oid_is_valid(text->text, text->len)) {
         return wrong(c, "24 hex digits");
      }
   }
   bson_oid_init_from_string(&oid, text->text);
   return bson_append_oid(c->out, c->key, -1, &oid);
}

static bool append_bytes(const call_t *c)
{
   flp_bytes_t bytes;
   if (!flp_wrapper_bytes(c->v, c->node, c->path, &bytes)) {
      return false;
   }
   bool ok = bson_append_binary(c->out, c->key, -1, bytes.subtype, bytes.bytes, bytes.len);
   bson_free(bytes.bytes);
   return ok;
}

static bool append_date(const call_t *c)
{
   const flp_node_t *value = c->node->items[0];
   int64_t ms = 0;
   bool ok = value->kind == FLP_NODE_MAP && value->n == 1 ? integer(flp_node_get(value, "$numberLong"), &ms)
                                                          : is_text(value) && flp_value_iso_date(value->text, &ms);
   if (!ok) {
      return flp_refuse(c->v->report, DATE, value, c->path,
                        "$date holds neither {$numberLong: \"ms\"} nor a date like \"2026-01-01T00:00:00Z\"; write one of them");
   }
   return bson_append_date_time(c->out, c->key, -1, ms);
}

static bool append_int(const call_t *c)
{
   int64_t n = 0;
   if (!integer(c->node->items[0], &n) || n < INT32_MIN || n > INT32_MAX) {
      return wrong(c, "a decimal integer of 32 bits");
   }
   return bson_append_int32(c->out, c->key, -1, (int32_t)n);
}

static bool append_long(const call_t *c)
{
   int64_t n = 0;
   return integer(c->node->items[0], &n) ? bson_append_int64(c->out, c->key, -1, n) : wrong(c, "a decimal integer of 64 bits");
}

static bool append_double(const call_t *c)
{
   const flp_node_t *value = c->node->items[0];
   double d = 0;
   if (flp_node_is(value, "Infinity") || flp_node_is(value, "-Infinity")) {
      d = value->text[0] == '-' ? -INFINITY : INFINITY;
   } else if (flp_node_is(value, "NaN")) {
      d = NAN;
   } else if (value->kind != FLP_NODE_SCALAR || value->tag || !flp_plain_decimal(value->text, value->len, &d)) {
      return wrong(c, "a decimal number, Infinity, -Infinity or NaN");
   }
   return bson_append_double(c->out, c->key, -1, d);
}

static bool append_decimal(const call_t *c)
{
   const flp_node_t *value = c->node->items[0];
   bson_decimal128_t d;
   if (value->kind != FLP_NODE_SCALAR || value->tag || !bson_decimal128_from_string(value->text, &d)) {
      return wrong(c, "a decimal number of 128 bits");
   }
   return bson_append_decimal128(c->out, c->key, -1, &d);
}

static void little_endian(uint8_t out[4], size_t value)
{
   for (int i = 0; i < 4; i++) {
      out[i] = (uint8_t)((value >> (8 * i)) & 0xff);
   }
}

/* An element whose bytes are given: libbson's own functions sort the options of an expression and end code at its first NUL, and
 * cases exist that are about just that. */
static bool append_raw(const call_t *c, bson_type_t type, const uint8_t *bytes, size_t len)
{
   size_t name = strlen(c->key), total = 4 + 1 + name + 1 + len + 1;
   uint8_t *doc = bson_malloc0(total);
   bson_t view;
   little_endian(doc, total);
   doc[4] = (uint8_t)type;
   memcpy(doc + 5, c->key, name);
   memcpy(doc + 6 + name, bytes, len);
   bool ok = bson_init_static(&view, doc, total) && bson_concat(c->out, &view);
   bson_free(doc);
   return ok || wrong(c, "something that fits into a document");
}

static bool append_regex(const call_t *c)
{
   const flp_node_t *pattern = flp_node_get(c->node->items[0], "pattern"), *options = flp_node_get(c->node->items[0], "options");
   if (!no_nul(pattern) || !no_nul(options) || c->node->items[0]->n != 2) {
      return wrong(c, "{pattern: text, options: text}");
   }
   size_t a = pattern->len + 1, b = options->len + 1;
   uint8_t *bytes = bson_malloc(a + b);
   memcpy(bytes, pattern->text, a);
   memcpy(bytes + a, options->text, b);
   bool ok = append_raw(c, BSON_TYPE_REGEX, bytes, a + b);
   bson_free(bytes);
   return ok;
}

static bool append_timestamp(const call_t *c)
{
   int64_t t = 0, i = 0;
   const flp_node_t *value = c->node->items[0];
   if (!integer(flp_node_get(value, "t"), &t) || !integer(flp_node_get(value, "i"), &i) || value->n != 2 || t < 0 || i < 0 ||
       t > UINT32_MAX || i > UINT32_MAX) {
      return wrong(c, "{t: seconds, i: increment}");
   }
   return bson_append_timestamp(c->out, c->key, -1, (uint32_t)t, (uint32_t)i);
}

static bool append_key_end(const call_t *c)
{
   if (!flp_node_is(c->node->items[0], "1")) {
      return wrong(c, "1");
   }
   return c->node->keys[0]->text[2] == 'i' ? bson_append_minkey(c->out, c->key, -1) : bson_append_maxkey(c->out, c->key, -1);
}

static bool append_undefined(const call_t *c)
{
   return flp_node_is(c->node->items[0], "true") ? bson_append_undefined(c->out, c->key, -1) : wrong(c, "true");
}

static bool append_symbol(const call_t *c)
{
   const flp_node_t *text = c->node->items[0];
   return is_text(text) && text->len < INT32_MAX ? bson_append_symbol(c->out, c->key, -1, text->text, (int)text->len) : wrong(c, "a text");
}

/* A BSON string with room before and after it. */
static uint8_t *string_bytes(const flp_node_t *text, size_t before, size_t after, size_t *len)
{
   *len = before + 4 + text->len + 1 + after;
   uint8_t *bytes = bson_malloc0(*len);
   little_endian(bytes + before, text->len + 1);
   memcpy(bytes + before + 4, text->text, text->len);
   return bytes;
}

static bool append_code(const call_t *c)
{
   size_t len = 0;
   if (!is_text(c->node->items[0])) {
      return wrong(c, "a text");
   }
   uint8_t *bytes = string_bytes(c->node->items[0], 0, 0, &len);
   bool ok = append_raw(c, BSON_TYPE_CODE, bytes, len);
   bson_free(bytes);
   return ok;
}

static bool append_code_with_scope(const call_t *c)
{
   const flp_node_t *text = flp_node_get(c->node, "$code"), *scope = flp_node_get(c->node, "$scope");
   size_t len = 0;
   if (!is_text(text) || !flp_value_is_document(scope)) {
      return wrong(c, "a text and a scope that is a mapping");
   }
   bson_t doc = BSON_INITIALIZER;
   bool ok = flp_value_append_children(c->v, FLP_PLACE_GIVEN, &doc, scope, c->path);
   if (ok) {
      uint8_t *bytes = string_bytes(text, 4, doc.len, &len);
      little_endian(bytes, len);
      memcpy(bytes + len - doc.len, bson_get_data(&doc), doc.len);
      ok = append_raw(c, BSON_TYPE_CODEWSCOPE, bytes, len);
      bson_free(bytes);
   }
   bson_destroy(&doc);
   return ok;
}

static bool append_pointer(const call_t *c)
{
   const flp_node_t *value = c->node->items[0], *name = flp_node_get(value, "$ref");
   const flp_node_t *id = flp_node_get(flp_node_get(value, "$id"), "$oid");
   bson_oid_t oid;
   if (!no_nul(name) || !id || id->kind != FLP_NODE_SCALAR || !bson_oid_is_valid(id->text, id->len) || value->n != 2) {
      return wrong(c, "{$ref: text, $id: {$oid: ...}}");
   }
   bson_oid_init_from_string(&oid, id->text);
   return bson_append_dbpointer(c->out, c->key, -1, name->text, &oid);
}

/* clang-format off */
static const flp_wrapper_t wrappers[] = {
   {{"$oid"},               append_oid},
   {{"$binary"},            append_bytes},
   {{"$uuid"},              append_bytes},
   {{"$date"},              append_date},
   {{"$numberInt"},         append_int},
   {{"$numberLong"},        append_long},
   {{"$numberDouble"},      append_double},
   {{"$numberDecimal"},     append_decimal},
   {{"$regularExpression"}, append_regex},
   {{"$timestamp"},         append_timestamp},
   {{"$minKey"},            append_key_end},
   {{"$maxKey"},            append_key_end},
   {{"$undefined"},         append_undefined},
   {{"$symbol"},            append_symbol},
   {{"$code"},              append_code},
   {{"$code", "$scope"},    append_code_with_scope},
   {{"$dbPointer"},         append_pointer},
};
/* clang-format on */

const flp_wrapper_t *flp_wrapper_of(const flp_node_t *node)
{
   if (!node || node->kind != FLP_NODE_MAP || node->tag || node->n == 0 || node->n > 2 || node->keys[0]->text[0] != '$') {
      return NULL;
   }
   for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
      size_t n = wrappers[i].keys[1] ? 2 : 1;
      if (node->n == n && flp_node_get(node, wrappers[i].keys[0]) && (n == 1 || flp_node_get(node, wrappers[i].keys[1]))) {
         return &wrappers[i];
      }
   }
   return NULL;
}

bool flp_wrapper_append(flp_values_t *v, const flp_wrapper_t *w, bson_t *out, const char *key, const flp_node_t *node,
                        const flp_path_t *path)
{
   return w->append(&(call_t){v, out, key, node, path});
}

bool flp_wrapper_is_bytes(const flp_wrapper_t *w)
{
   return w && w->append == append_bytes;
}

/* Standard alphabet, padded, nothing else: EVP_DecodeBlock forgives white space at both ends, we do not. */
static bool decode_base64(const char *text, size_t len, flp_bytes_t *out)
{
   size_t pad = len > 1 && text[len - 1] == '=' ? (text[len - 2] == '=' ? 2 : 1) : 0;
   for (size_t i = 0; i < len - pad; i++) {
      char c = text[i];
      if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/')) {
         return false;
      }
   }
   if (len % 4 != 0 || len > INT32_MAX) {
      return false;
   }
   out->bytes = bson_malloc0(len / 4 * 3 + 1);
   int n = len > 0 ? EVP_DecodeBlock(out->bytes, (const unsigned char *)text, (int)len) : 0;
   if (n < 0) {
      bson_free(out->bytes);
      return false;
   }
   out->len = (uint32_t)n - (uint32_t)pad;
   return true;
}

static bool decode_uuid(const flp_node_t *text, flp_bytes_t *out)
{
   uint8_t bytes[16] = {0};
   size_t digits = 0;
   if (text->kind != FLP_NODE_SCALAR || text->tag || text->len != 36) {
      return false;
   }
   for (size_t i = 0; i < 36; i++) {
      bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      int d = hex_digit(text->text[i]);
      if (dash ? text->text[i] != '-' : d < 0) {
         return false;
      }
      if (!dash) {
         bytes[digits / 2] = (uint8_t)(bytes[digits / 2] << 4 | d);
         digits++;
      }
   }
   out->subtype = BSON_SUBTYPE_UUID;
   out->len = sizeof bytes;
   out->bytes = bson_malloc(sizeof bytes);
   memcpy(out->bytes, bytes, sizeof bytes);
   return true;
}

bool flp_wrapper_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out)
{
   const call_t c = {.v = v, .node = node, .path = path};
   const flp_node_t *value = node->items[0];
   if (strcmp(node->keys[0]->text, "$uuid") == 0) {
      return decode_uuid(value, out) || wrong(&c, "a UUID in its usual form");
   }
   const flp_node_t *base64 = flp_node_get(value, "base64"), *subtype = flp_node_get(value, "subType");
   bool ok = base64 && base64->kind == FLP_NODE_SCALAR && !base64->tag && subtype && subtype->kind == FLP_NODE_SCALAR && !subtype->tag &&
             value->n == 2 && (subtype->len == 1 || subtype->len == 2);
   unsigned number = 0;
   for (size_t i = 0; ok && i < subtype->len; i++) {
      int d = hex_digit(subtype->text[i]);
      ok = d >= 0;
      number = number << 4 | (unsigned)(d & 0xf);
   }
   if (!ok || !decode_base64(base64->text, base64->len, out)) {
      return wrong(&c, "{base64: text, subType: \"hex\"}");
   }
   out->subtype = (bson_subtype_t)number;
   return true;
}
