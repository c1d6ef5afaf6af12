/* The terminal's table. Columns: those verdicts that occur for a subject; `advisory` are failures that do not break the run. */
#include "runner/supervise/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADVISORY FLP_N_VERDICTS
#define N_COLUMNS (FLP_N_VERDICTS + 1)
#define MAX_TROUBLES 200u

static const char *column_name(int column)
{
   return column == ADVISORY ? "advisory" : flp_verdict_name((flp_verdict_kind_t)column);
}

/* Failures that are advisory stand in their own column only. */
static size_t column_count(const flp_counts_t *counts, int column)
{
   if (column == ADVISORY) {
      return counts->advisory;
   }
   return column == FLP_VERDICT_FAIL ? counts->of[column] - counts->advisory : counts->of[column];
}

static bool column_shown(const flp_counts_t *all, int column)
{
   return column == FLP_VERDICT_PASS || column == FLP_VERDICT_FAIL || column_count(all, column) > 0;
}

static int columns_width(const flp_counts_t *all)
{
   int width = 0;
   for (int c = 0; c < N_COLUMNS; c++) {
      width += column_shown(all, c) ? (int)strlen(column_name(c)) + 2 : 0;
   }
   return width;
}

static int area_width(const flp_results_t *results)
{
   int width = 5;
   for (size_t c = 0; c < results->cases->len; c++) {
      int len = (int)strlen(results->cases->items[c].area);
      width = len > width ? len : width;
   }
   return width;
}

static void print_head(FILE *out, const flp_results_t *results, const flp_counts_t *all, int width)
{
   fprintf(out, "%-*s", width, "");
   for (size_t s = 0; s < results->n_subjects; s++) {
      if (results->subjects[s].file) {
         fprintf(out, "   %-*s", columns_width(&all[s]), results->subjects[s].name);
      }
   }
   fprintf(out, "\n%-*s", width, "area");
   for (size_t s = 0; s < results->n_subjects; s++) {
      fprintf(out, "%s", results->subjects[s].file ? " |" : "");
      for (int c = 0; results->subjects[s].file && c < N_COLUMNS; c++) {
         if (column_shown(&all[s], c)) {
            fprintf(out, "  %s", column_name(c));
         }
      }
      fprintf(out, "%s", results->subjects[s].file ? " " : "");
   }
   fputc('\n', out);
}

static void print_row(FILE *out, const flp_results_t *results, const flp_counts_t *all, int width, const char *area)
{
   fprintf(out, "%-*s", width, area ? area : "all");
   for (size_t s = 0; s < results->n_subjects; s++) {
      flp_counts_t counts = flp_results_count(results, s, area);
      fprintf(out, "%s", results->subjects[s].file ? " |" : "");
      for (int c = 0; results->subjects[s].file && c < N_COLUMNS; c++) {
         if (column_shown(&all[s], c)) {
            fprintf(out, "  %*zu", (int)strlen(column_name(c)), column_count(&counts, c));
         }
      }
      fprintf(out, "%s", results->subjects[s].file ? " " : "");
   }
   fputc('\n', out);
}

static bool first_of_area(const flp_results_t *results, size_t the_case)
{
   for (size_t c = 0; c < the_case; c++) {
      if (flp_results_ran(results, c) && strcmp(results->cases->items[c].area, results->cases->items[the_case].area) == 0) {
         return false;
      }
   }
   return flp_results_ran(results, the_case);
}

void flp_table_print(FILE *out, const flp_results_t *results)
{
   int width = area_width(results);
   flp_counts_t *all = calloc(results->n_subjects ? results->n_subjects : 1, sizeof *all);
   if (!all) {
      return;
   }
   for (size_t s = 0; s < results->n_subjects; s++) {
      all[s] = flp_results_count(results, s, NULL);
   }
   print_head(out, results, all, width);
   const char *last = NULL;
   for (size_t c = 0; c < results->cases->len; c++) {
      const char *area = results->cases->items[c].area;
      bool repeats = last && strcmp(last, area) == 0; /* cases of an area mostly stand together: asked first */
      if (!repeats && first_of_area(results, c)) {
         print_row(out, results, all, width, area);
      }
      last = area;
   }
   print_row(out, results, all, width, NULL);
   free(all);
}

static void add_sweep(flp_sweep_t *all, const flp_sweep_t *one)
{
   all->points += one->points;
   all->unharmed += one->unharmed;
   all->errors += one->errors;
   all->unclean += one->unclean;
   all->left += one->left;
   all->spoiled += one->spoiled;
   for (size_t i = 0; i < FLP_MAX_DEATHS && one->deaths[i].n > 0; i++) {
      flp_sweep_count_death(all, one->deaths[i].cause, one->deaths[i].n);
   }
}

void flp_sweeps_print(FILE *out, const flp_results_t *results)
{
   for (size_t s = 0; s < results->n_subjects; s++) {
      flp_sweep_t all = {.points = 0};
      for (size_t c = 0; c < results->cases->len; c++) {
         add_sweep(&all, &flp_results_at(results, c, s)->verdict.sweep);
      }
      if (all.points == 0) {
         continue;
      }
      fprintf(out, "failed allocations of %s: %zu, of them %zu unharmed, %zu clean errors, %zu not clean, %zu leaks, %zu handles spoiled",
              results->subjects[s].name, all.points, all.unharmed, all.errors, all.unclean, all.left, all.spoiled);
      for (size_t i = 0; i < FLP_MAX_DEATHS && all.deaths[i].n > 0; i++) {
         fprintf(out, ", %zu %s", all.deaths[i].n, all.deaths[i].cause);
      }
      fputc('\n', out);
   }
}

static void print_trouble(FILE *out, const char *case_id, const char *subject, const flp_verdict_t *verdict)
{
   fprintf(out, "%s  %s  %s", flp_verdict_name(verdict->kind), subject, case_id);
   if (verdict->cause) {
      fprintf(out, "\n    %s", verdict->cause);
   }
   if (verdict->reason) {
      fprintf(out, "\n    %s", verdict->reason);
   }
   if (verdict->n_differences > 0) {
      const flp_difference_t *first = &verdict->differences[0];
      fprintf(out, "\n    at %s: %s", first->at && first->at[0] ? first->at : "the case", first->why);
      if (first->expected) {
         fprintf(out, "\n      expected  %.300s", first->expected);
      }
      if (first->actual) {
         fprintf(out, "\n      actual    %.300s", first->actual);
      }
   }
   fputc('\n', out);
}

void flp_troubles_print(FILE *out, const flp_results_t *results)
{
   size_t n = 0;
   for (size_t c = 0; c < results->cases->len; c++) {
      for (size_t s = 0; s < results->n_subjects; s++) {
         const flp_result_t *result = flp_results_at(results, c, s);
         if (!result->known || !flp_verdict_breaks(&result->verdict)) {
            continue;
         }
         if (++n <= MAX_TROUBLES) {
            print_trouble(out, results->cases->items[c].id, results->subjects[s].name, &result->verdict);
         }
      }
   }
   if (n > MAX_TROUBLES) {
      fprintf(out, "... and %zu more: see results.jsonl\n", n - MAX_TROUBLES);
   }
}

void flp_progress(size_t done, size_t total)
{
   if (!isatty(STDERR_FILENO)) {
      return;
   }
   if (total == 0) {
      fputs("\r\033[K", stderr);
   } else {
      fprintf(stderr, "\r\033[K%zu of %zu", done, total);
   }
   fflush(stderr);
}
