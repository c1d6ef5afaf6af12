/* The walk from nodes to BSON. Depth is bounded by the parser and by one axis value put in place: twice its limit. */
#include "runner/grammar/value.h"

#include "runner/grammar/extjson.h"
#include "runner/grammar/matchers.h"
#include "runner/grammar/tags.h"

#include <string.h>

bool flp_value_is_bytes(const flp_node_t *node)
{
   return flp_tag_is_bytes(node) || flp_wrapper_is_bytes(flp_wrapper_of(node));
}

bool flp_value_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out)
{
   return node->tag ? flp_tag_bytes(v, node, path, out) : flp_wrapper_bytes(v, node, path, out);
}

bool flp_value_is_wrapper(const flp_node_t *node)
{
   return flp_wrapper_of(node) != NULL;
}

bool flp_value_is_document(const flp_node_t *node)
{
   if (!node) {
      return false;
   }
   return node->tag ? strcmp(node->tag, "!keydoc") == 0 : node->kind == FLP_NODE_MAP && !flp_wrapper_of(node);
}

bool flp_value_scalar(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_plain_t *out)
{
   if (node->kind != FLP_NODE_SCALAR || node->tag) {
      return false;
   }
   *out = node->plain ? flp_plain_read(node->text, node->len) : (flp_plain_t){.kind = FLP_PLAIN_STRING};
   if (out->kind == FLP_PLAIN_AMBIGUOUS) {
      return flp_refuse(v->report, AMBIGUOUS_SCALAR, node, path,
                        node->len > 0 ? "`%s` is read differently by different YAML schemas; quote it, or write true, false, null, "
                                        "a decimal integer or a decimal with a dot"
                                      : "nothing stands here%s; write null, or '' for an empty text",
                        node->text);
   }
   if (out->kind == FLP_PLAIN_TOO_LARGE) {
      return flp_refuse(v->report, NUMBER_TOO_LARGE, node, path, "`%s` does not fit its type; quote it, or use $numberDecimal", node->text);
   }
   return true;
}

bool flp_value_text(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, const char *wanted)
{
   flp_plain_t plain;
   if (node->kind == FLP_NODE_SCALAR && !node->tag) {
      if (!flp_value_scalar(v, node, path, &plain)) {
         return false;
      }
      if (plain.kind == FLP_PLAIN_STRING) {
         return true;
      }
   }
   return flp_refuse(v->report, FIELD_TYPE, node, path, "%s is wanted here%s", wanted,
                     node->kind == FLP_NODE_SCALAR && !node->tag ? "; quote it" : "");
}

/* `$$any` alone is the matcher; `$$$x` is the text `$$x`; other words with `$$` are refused, whatever the place. */
static bool append_text(flp_values_t *v, flp_place_t place, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path)
{
   const char *text = node->text;
   size_t len = node->len;
   if (!node->literal && flp_matcher_word(text)) {
      if (place == FLP_PLACE_GIVEN) {
         return flp_refuse(v->report, MATCHER_MISPLACED, node, path, "`%s`: nothing is compared here; a literal text is written `$%s`",
                           text, text);
      }
      if (strcmp(text, "$$any") != 0) {
         return flp_refuse(v->report, UNKNOWN_MATCHER, node, path, "`%s`: only $$any stands as a text; a literal text is written `$%s`",
                           text, text);
      }
      bson_t child;
      bson_append_document_begin(out, key, -1, &child);
      bson_append_int32(&child, "$$any", -1, 1);
      return bson_append_document_end(out, &child);
   }
   if (!node->literal && strncmp(text, "$$$", 3) == 0) {
      text++;
      len--;
   }
   return bson_append_utf8(out, key, -1, text, (int)len);
}

static bool append_scalar(flp_values_t *v, flp_place_t place, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path)
{
   flp_plain_t plain;
   if (!flp_value_scalar(v, node, path, &plain)) {
      return false;
   }
   switch (plain.kind) {
   case FLP_PLAIN_NULL:
      return bson_append_null(out, key, -1);
   case FLP_PLAIN_BOOL:
      return bson_append_bool(out, key, -1, plain.boolean);
   case FLP_PLAIN_INT:
      return plain.integer >= INT32_MIN && plain.integer <= INT32_MAX ? bson_append_int32(out, key, -1, (int32_t)plain.integer)
                                                                      : bson_append_int64(out, key, -1, plain.integer);
   case FLP_PLAIN_DOUBLE:
      return bson_append_double(out, key, -1, plain.number);
   default:
      return append_text(v, place, out, key, node, path);
   }
}

static const flp_node_t *matcher_key(const flp_node_t *node)
{
   for (size_t i = 0; i < node->n; i++) {
      if (!node->keys[i]->literal && flp_matcher_word(node->keys[i]->text)) {
         return node->keys[i];
      }
   }
   return NULL;
}

bool flp_value_append_children(flp_values_t *v, flp_place_t place, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   bool ok = true, map = node->kind == FLP_NODE_MAP;
   char index[16];
   const char *key = NULL;
   for (size_t i = 0; i < node->n; i++) {
      flp_path_t here = {.up = path, .name = map ? node->keys[i]->text : NULL, .index = i};
      if (map) {
         /* In a compared place the judge knows `$$$x`; elsewhere nobody else will take the `$` off. */
         bool escaped = place == FLP_PLACE_GIVEN && !node->keys[i]->literal && strncmp(node->keys[i]->text, "$$$", 3) == 0;
         key = node->keys[i]->text + (escaped ? 1 : 0);
      } else {
         bson_uint32_to_string((uint32_t)i, &key, index, sizeof index);
      }
      ok = flp_value_append(v, place, out, key, node->items[i], &here) && ok;
   }
   return ok;
}

bool flp_value_append(flp_values_t *v, flp_place_t place, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path)
{
   bson_t child;
   bool ok = false;
   const flp_wrapper_t *wrapper = NULL;
   if (node->tag) {
      return flp_tag_append(v, out, key, node, path);
   }
   switch (node->kind) {
   case FLP_NODE_SCALAR:
      return append_scalar(v, place, out, key, node, path);
   case FLP_NODE_LIST:
      bson_append_array_begin(out, key, -1, &child);
      ok = flp_value_append_children(v, place, &child, node, path);
      bson_append_array_end(out, &child);
      return ok;
   case FLP_NODE_MAP:
      break;
   }
   wrapper = flp_wrapper_of(node);
   if (wrapper) {
      return flp_wrapper_append(v, wrapper, out, key, node, path);
   }
   const flp_node_t *word = matcher_key(node);
   if (word && place == FLP_PLACE_COMPARED) {
      return flp_matcher_append(v, out, key, node, path);
   }
   if (word) {
      return flp_refuse(v->report, MATCHER_MISPLACED, word, path, "`%s`: nothing is compared here; a literal key is written `$%s`",
                        word->text, word->text);
   }
   bson_append_document_begin(out, key, -1, &child);
   ok = flp_value_append_children(v, place, &child, node, path);
   bson_append_document_end(out, &child);
   return ok;
}

static bool number(const char **at, size_t n, int *out)
{
   *out = 0;
   for (size_t i = 0; i < n; i++, (*at)++) {
      if (**at < '0' || **at > '9') {
         return false;
      }
      *out = *out * 10 + (**at - '0');
   }
   return true;
}

static bool letter(const char **at, char wanted)
{
   if (**at != wanted) {
      return false;
   }
   (*at)++;
   return true;
}

/* Days since 1970-01-01 of the Gregorian calendar, by counting from 0000-03-01. */
static int64_t days(int year, int month, int day)
{
   int64_t y = month <= 2 ? year - 1 : year, era = (y >= 0 ? y : y - 399) / 400;
   int64_t in_era = y - era * 400, in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
   return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

static bool zone(const char **at, int *minutes)
{
   int h = 0, m = 0, sign = **at == '-' ? -1 : 1;
   if (letter(at, 'Z')) {
      *minutes = 0;
      return true;
   }
   if (!letter(at, '+') && !letter(at, '-')) {
      return false;
   }
   if (!number(at, 2, &h) || !letter(at, ':') || !number(at, 2, &m) || h > 23 || m > 59) {
      return false;
   }
   *minutes = sign * (h * 60 + m);
   return true;
}

bool flp_value_iso_date(const char *text, int64_t *ms)
{
   static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
   int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, milli = 0, offset = 0;
   const char *at = text;
   if (!number(&at, 4, &y) || !letter(&at, '-') || !number(&at, 2, &mo) || !letter(&at, '-') || !number(&at, 2, &d) || !letter(&at, 'T') ||
       !number(&at, 2, &h) || !letter(&at, ':') || !number(&at, 2, &mi) || !letter(&at, ':') || !number(&at, 2, &s)) {
      return false;
   }
   if (letter(&at, '.')) {
      int scale = 100;
      for (; *at >= '0' && *at <= '9'; at++, scale /= 10) {
         if (scale == 0) {
            return false;
         }
         milli += scale * (*at - '0');
      }
   }
   bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
   if (!zone(&at, &offset) || *at != 0 || mo < 1 || mo > 12 || d < 1 || d > lengths[mo - 1] || (mo == 2 && d == 29 && !leap) || h > 23 ||
       mi > 59 || s > 59) {
      return false;
   }
   *ms = (((days(y, mo, d) * 24 + h) * 60 + mi - offset) * 60 + s) * 1000 + milli;
   return true;
}
