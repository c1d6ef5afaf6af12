/* `fleproof run --stdin`: reads ids while cases run, so that who asks for one case gets its verdict before asking for the next.
 * Prints no verdict itself but that of an id which no case has. */
#include "runner/verbs/verbs.h"

#include "runner/supervise/folder.h"
#include "runner/verbs/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const flp_cases_t *sorted_cases; /* for the comparison of qsort, set once */

static int compare_ids(const void *a, const void *b)
{
   return strcmp(sorted_cases->items[*(const size_t *)a].id, sorted_cases->items[*(const size_t *)b].id);
}

static int compare_key(const void *key, const void *item)
{
   return strcmp(key, sorted_cases->items[*(const size_t *)item].id);
}

static bool sort_ids(flp_run_t *run)
{
   run->by_id = calloc(run->cases.len ? run->cases.len : 1, sizeof *run->by_id);
   for (size_t c = 0; run->by_id && c < run->cases.len; c++) {
      run->by_id[c] = c;
   }
   sorted_cases = &run->cases;
   if (run->by_id) {
      qsort(run->by_id, run->cases.len, sizeof *run->by_id, compare_ids);
   }
   return run->by_id != NULL;
}

static bool take_id(flp_run_t *run, const char *id)
{
   const size_t *found = bsearch(id, run->by_id, run->cases.len, sizeof *run->by_id, compare_key);
   if (found) {
      return flp_engine_submit(run->engine, *found);
   }
   run->unknown_id = true;
   for (size_t s = 0; s < run->subjects.len; s++) {
      if (run->subjects.items[s].file) {
         flp_unknown_case_print(stdout, id, &run->subjects.items[s]);
      }
   }
   fflush(stdout);
   return true;
}

/* Whole lines of `input` become cases; what is left of it stays. */
static bool take_lines(flp_run_t *run, flp_buf_t *input, bool at_end)
{
   size_t from = 0;
   bool ok = true;
   while (ok && from < input->len) {
      uint8_t *newline = memchr(input->data + from, '\n', input->len - from);
      if (!newline && !at_end) {
         break;
      }
      size_t to = newline ? (size_t)(newline - input->data) : input->len;
      char *id = strndup((const char *)input->data + from, to - from);
      ok = id && (id[0] == '\0' || take_id(run, id));
      free(id);
      from = to + (newline ? 1 : 0);
   }
   if (from > 0) {
      memmove(input->data, input->data + from, input->len - from);
      input->len -= from;
   }
   return ok;
}

int flp_run_stdin(flp_run_t *run)
{
   flp_buf_t input = {0};
   char chunk[4096];
   bool open = true, ok = sort_ids(run);
   while (ok && (open || !flp_engine_idle(run->engine))) {
      if (!flp_engine_step(run->engine, open ? STDIN_FILENO : -1)) {
         continue;
      }
      ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
      if (n < 0 && errno == EINTR) {
         continue;
      }
      open = n > 0;
      ok = flp_buf_append(&input, flp_view(chunk, n > 0 ? (size_t)n : 0)) && take_lines(run, &input, !open);
   }
   flp_buf_cleanup(&input);
   if (ok && run->done == 0 && !run->unknown_id) {
      return flp_run_nothing_judged();
   }
   return ok ? 0 : FLP_EXIT_HARNESS;
}
