/* Collects refusals: the table as data, the text of a path, the distance of words. */
#include "runner/grammar/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A file that is wrong everywhere need not say so more often. */
enum { MAX_PER_FILE = 100, MAX_WORD = 48 };

const flp_refusal_row_t flp_refusal_rows[FLP_N_REFUSALS] = {
#define FLP_X(id, layer, text) {#id, layer, text},
   FLP_REFUSAL_TABLE(FLP_X)
#undef FLP_X
};

static void append_path(bson_string_t *out, const flp_path_t *path)
{
   if (!path) {
      return;
   }
   append_path(out, path->up);
   if (path->name) {
      bson_string_append_printf(out, "%s%s", out->len > 0 ? "." : "", path->name);
   } else {
      bson_string_append_printf(out, "[%zu]", path->index);
   }
}

char *flp_path_text(const flp_path_t *path)
{
   bson_string_t *out = bson_string_new("");
   append_path(out, path);
   return bson_string_free(out, false);
}

void flp_report_begin(flp_report_t *report, flp_refusals_t *list, const char *file)
{
   report->list = list;
   report->file = file;
   report->first = list->len;
}

bool flp_report_clean(const flp_report_t *report)
{
   return report->list->len == report->first;
}

static bool known(const flp_report_t *report, const char *id, unsigned line, unsigned column)
{
   for (size_t i = report->first; i < report->list->len; i++) {
      const flp_refusal_t *r = &report->list->items[i];
      if (r->line == line && r->column == column && r->id == id) {
         return true;
      }
   }
   return false;
}

bool flp_refuse_at(flp_report_t *report, flp_refusal_id_t id, unsigned line, unsigned column, const flp_path_t *path, const char *format,
                   ...)
{
   flp_refusals_t *list = report->list;
   const char *name = flp_refusal_rows[id].id;
   if (list->len - report->first >= MAX_PER_FILE || known(report, name, line, column)) {
      return false;
   }
   va_list args;
   va_start(args, format);
   char *text = bson_strdupv_printf(format, args);
   va_end(args);
   char *message = bson_strdup_printf("%s [%s]", text, name);
   bson_free(text);

   list->items = bson_realloc(list->items, (list->len + 1) * sizeof *list->items);
   list->items[list->len++] = (flp_refusal_t){
      .file = bson_strdup(report->file),
      .line = line,
      .column = column,
      .field = flp_path_text(path),
      .message = message,
      .id = name,
   };
   return false;
}

void flp_refusals_cleanup(flp_refusals_t *refusals)
{
   for (size_t i = 0; i < refusals->len; i++) {
      bson_free(refusals->items[i].file);
      bson_free(refusals->items[i].field);
      bson_free(refusals->items[i].message);
   }
   bson_free(refusals->items);
   *refusals = (flp_refusals_t){0};
}

/* Levenshtein's distance; words longer than MAX_WORD are far from everything. */
static size_t distance(const char *a, const char *b)
{
   size_t la = strlen(a), lb = strlen(b), row[MAX_WORD + 1];
   if (la > MAX_WORD || lb > MAX_WORD) {
      return SIZE_MAX;
   }
   for (size_t j = 0; j <= lb; j++) {
      row[j] = j;
   }
   for (size_t i = 1; i <= la; i++) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= lb; j++) {
         size_t above = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
         best = above + 1 < best ? above + 1 : best;
         best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
         row[j] = best;
         diagonal = above;
      }
   }
   return row[lb];
}

void flp_nearest_try(flp_nearest_t *nearest, const char *word, const char *name)
{
   size_t d = distance(word, name), limit = strlen(word) / 3 + 1;
   if (d <= limit && (!nearest->best || d < nearest->distance)) {
      nearest->best = name;
      nearest->distance = d;
   }
}
