/* Finds rows of the field table. */
#include "runner/grammar/fields.h"

#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATTERNS = 16 };

_Noreturn static void absent(const char *what, const char *name)
{
   fprintf(stderr, "fleproof: the field table names the %s `%s`, which it does not have\n", what, name);
   abort();
}

const flp_shape_t *flp_shape_find(const char *name)
{
   for (size_t i = 0; i < flp_n_shapes; i++) {
      if (strcmp(flp_shapes[i].name, name) == 0) {
         return &flp_shapes[i];
      }
   }
   absent("shape", name);
}

const flp_pattern_t *flp_pattern_find(const char *name)
{
   for (size_t i = 0; i < flp_n_patterns; i++) {
      if (strcmp(flp_patterns[i].name, name) == 0) {
         return &flp_patterns[i];
      }
   }
   absent("pattern", name);
}

const flp_words_t *flp_words_find(const char *name)
{
   for (size_t i = 0; i < flp_n_words; i++) {
      if (strcmp(flp_words[i].name, name) == 0) {
         return &flp_words[i];
      }
   }
   absent("list of words", name);
}

bool flp_field_of(const flp_field_t *field, const flp_shape_t *shape)
{
   return strcmp(field->shape, shape->name) == 0 || (shape->base && strcmp(field->shape, shape->base) == 0);
}

const flp_field_t *flp_field_find(const char *shape, const char *name)
{
   const flp_shape_t *s = flp_shape_find(shape);
   for (size_t i = 0; i < flp_n_fields; i++) {
      if (strcmp(flp_fields[i].name, name) == 0 && flp_field_of(&flp_fields[i], s)) {
         return &flp_fields[i];
      }
   }
   return NULL;
}

static regex_t compiled[MAX_PATTERNS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void compile(void)
{
   for (size_t i = 0; i < flp_n_patterns; i++) {
      if (i >= MAX_PATTERNS || regcomp(&compiled[i], flp_patterns[i].regex, REG_EXTENDED | REG_NOSUB) != 0) {
         absent("usable pattern", flp_patterns[i].name);
      }
   }
}

bool flp_pattern_fits(const flp_pattern_t *pattern, const char *text)
{
   pthread_once(&once, compile);
   return regexec(&compiled[pattern - flp_patterns], text, 0, NULL, 0) == 0;
}

const char *flp_kind_wanted(flp_kind_t kind)
{
   static const char *const wanted[FLP_N_KINDS] = {
      [FLP_KIND_FORMAT] = "the number 1",
      [FLP_KIND_TEXT] = "a text",
      [FLP_KIND_PATTERN] = "a text",
      [FLP_KIND_PATTERNS] = "a list of texts",
      [FLP_KIND_WORD] = "a word",
      [FLP_KIND_TEXTS] = "a list of texts",
      [FLP_KIND_BOOL] = "true or false",
      [FLP_KIND_INT] = "a decimal integer",
      [FLP_KIND_COUNT] = "a decimal integer from 0",
      [FLP_KIND_POSITIVE] = "a decimal integer from 1",
      [FLP_KIND_COUNT_OR_EVERY] = "a decimal integer from 1, or `every`",
      [FLP_KIND_DURATION] = "a time like +60s, +1ms or +2min",
      [FLP_KIND_DATE] = "a date like \"2026-01-01T00:00:00Z\" or {$date: ...}",
      [FLP_KIND_ALGORITHM] = "a text",
      [FLP_KIND_BINARY] = "bytes (!hex, !key, !uuid, !fill, $binary, $uuid)",
      [FLP_KIND_DOCUMENT] = "a mapping, or bytes given raw",
      [FLP_KIND_DOCUMENTS] = "a list of mappings or bytes",
      [FLP_KIND_DOCUMENT_OR_LIST] = "a mapping, bytes, or a list of those",
      [FLP_KIND_DOCUMENT_OR_LIVE] = "a mapping, bytes, or `live`",
      [FLP_KIND_DOCUMENTS_OR_LIVE] = "a list of mappings or bytes, or `live`",
      [FLP_KIND_REPLIES] = "a list of replies (text, bytes, or {status, body, headers}), or `live`",
      [FLP_KIND_VALUE] = "a value",
      [FLP_KIND_COMPARED] = "a value",
      [FLP_KIND_COMPARED_MAP] = "a mapping",
      [FLP_KIND_FACTS] = "a mapping of scalars and key ids",
      [FLP_KIND_SHAPE] = "a mapping",
      [FLP_KIND_SHAPES] = "a list of mappings",
      [FLP_KIND_SOME_SHAPES] = "a list of mappings",
      [FLP_KIND_STEPS] = "a list of steps",
      [FLP_KIND_MATRIX] = "a mapping of axes",
      [FLP_KIND_DEFAULTS] = "a mapping of fields of a case",
   };
   return wanted[kind];
}
