/* Finds rows of the field table. */
#include "runner/grammar/fields.h"

#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PATTERNS = 16, MAX_SHAPES = 64 };

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

/* Where the rows of each shape begin; its own number of rows means none. */
static size_t first_rows[MAX_SHAPES];
static pthread_once_t first_rows_once = PTHREAD_ONCE_INIT;

static void find_first_rows(void)
{
   if (flp_n_shapes > MAX_SHAPES) {
      absent("room for the shape", flp_shapes[MAX_SHAPES].name);
   }
   for (size_t i = 0; i < flp_n_shapes; i++) {
      size_t row = 0;
      while (row < flp_n_fields && strcmp(flp_fields[row].shape, flp_shapes[i].name) != 0) {
         row++;
      }
      first_rows[i] = row;
   }
}

static const flp_field_t *row_of(const flp_shape_t *shape, size_t row)
{
   return row < flp_n_fields && strcmp(flp_fields[row].shape, shape->name) == 0 ? &flp_fields[row] : NULL;
}

static const flp_field_t *first_row(const flp_shape_t *shape)
{
   pthread_once(&first_rows_once, find_first_rows);
   return row_of(shape, first_rows[shape - flp_shapes]);
}

const flp_field_t *flp_field_next(const flp_shape_t *shape, const flp_field_t *last)
{
   const flp_shape_t *base = shape->base ? flp_shape_find(shape->base) : NULL;
   if (last && base && strcmp(last->shape, base->name) == 0) {
      return row_of(base, (size_t)(last - flp_fields) + 1);
   }
   const flp_field_t *next = last ? row_of(shape, (size_t)(last - flp_fields) + 1) : first_row(shape);
   return next || !base ? next : first_row(base);
}

const flp_field_t *flp_field_find(const char *shape, const char *name)
{
   const flp_shape_t *s = flp_shape_find(shape);
   for (const flp_field_t *field = flp_field_next(s, NULL); field; field = flp_field_next(s, field)) {
      if (strcmp(field->name, name) == 0) {
         return field;
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
      [FLP_KIND_NAMESPACES] = "a mapping of namespaces",
      [FLP_KIND_SHAPE] = "a mapping",
      [FLP_KIND_SHAPES] = "a list of mappings",
      [FLP_KIND_SOME_SHAPES] = "a list of mappings",
      [FLP_KIND_STEPS] = "a list of steps",
      [FLP_KIND_MATRIX] = "a mapping of axes",
      [FLP_KIND_DEFAULTS] = "a mapping of fields of a case",
   };
   return wanted[kind];
}
