/* Compares a run in which something fails, event by event, with the recorded run in which nothing does. Only what the subject did counts:
 * questions, ends of calls, steps, and whether the handle came to be. Says what differs; what that means is the judge's matter. */
#include "runner/host/abi/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {[FLP_SEEN_SETUP] = "setup", [FLP_SEEN_ASK] = "ask", [FLP_SEEN_END] = "end", [FLP_SEEN_STEP] = "step"};

static void record(flp_run_t *run, flp_mark_t mark)
{
   flp_host_t *host = run->host;
   if (host->n_marks == host->cap_marks) {
      const size_t cap = host->cap_marks == 0 ? 64 : 2 * host->cap_marks;
      flp_mark_t *marks = realloc(host->marks, cap * sizeof *marks);
      if (marks == NULL) {
         run->lines->failed = true;
         return;
      }
      host->marks = marks;
      host->cap_marks = cap;
   }
   host->marks[host->n_marks++] = mark;
}

/* Room for one transcript's share of texts: the first differences say enough. */
static const size_t enough = 128 * 1024;

/* `{"event":"end","call":0, fields}` and a line feed. */
static void keep(flp_run_t *run, flp_buf_t *out, const flp_mark_t *mark)
{
   char head[96];
   const char *of = mark->kind == FLP_SEEN_STEP ? "i" : "call";
   const int n = mark->kind == FLP_SEEN_SETUP
                    ? snprintf(head, sizeof head, "{\"event\":\"setup\",")
                    : snprintf(head, sizeof head, "{\"event\":\"%s\",\"%s\":%lld,", names[mark->kind], of, (long long)mark->index);
   if (out->len < enough &&
       (!flp_buf_append(out, flp_view(head, (size_t)n)) || !flp_buf_append(out, flp_view(run->lines->data + mark->at, mark->len)) ||
        !flp_buf_append(out, flp_view("}\n", 2)))) {
      run->lines->failed = true;
   }
}

static bool fits(const flp_run_t *run, const flp_mark_t *mark, size_t at)
{
   const flp_host_t *host = run->host;
   const flp_mark_t *kept = &host->marks[at];
   return kept->kind == mark->kind && kept->index == mark->index &&
          flp_view_equal(flp_view(host->lines[0].data + kept->at, kept->len), flp_view(run->lines->data + mark->at, mark->len));
}

/* Was the end of this call, or this step, the same in the recorded run? */
static bool as_recorded(flp_run_t *run, const flp_mark_t *mark)
{
   const flp_host_t *host = run->host;
   for (size_t i = 0; i < host->n_marks; i++) {
      const size_t at = (run->next_mark + i) % host->n_marks; /* most often it is the next one */
      if (host->marks[at].kind == mark->kind && host->marks[at].index == mark->index) {
         run->next_mark = at + 1;
         return fits(run, mark, at);
      }
   }
   return false;
}

static void see_ask(flp_run_t *run, const flp_mark_t *mark)
{
   if (run->next_mark < run->host->n_marks && fits(run, mark, run->next_mark)) {
      run->next_mark++;
   } else if (run->repeated) {
      run->asks_otherwise = true;
   } else if (run->ask.len == 0) {
      keep(run, &run->ask, mark);
   }
}

/* The event tells what happened; a question that differs tells it where its call ends as ever. */
static void depart(flp_run_t *run, const flp_mark_t *mark, bool same)
{
   flp_buf_cleanup(&run->event);
   if (same) {
      flp_buf_take(&run->event, &run->ask);
   } else {
      keep(run, &run->event, mark);
   }
   run->departed = true;
   run->departed_at = mark->index;
}

bool flp_seen(flp_run_t *run, flp_seen_kind_t kind, int64_t index, size_t from)
{
   const flp_mark_t mark = {.kind = kind, .index = index, .at = from, .len = run->lines->len - from};
   if (run->records) {
      record(run, mark);
   }
   if (run->fail_point == 0 && !run->repeated) {
      return true;
   }
   if (kind == FLP_SEEN_ASK) {
      see_ask(run, &mark);
      return true; /* how its call ends says more */
   }
   const bool same = as_recorded(run, &mark);
   if (run->repeated && !same && run->asks_otherwise) {
      run->excused = true;
   } else if (run->repeated && !same) {
      keep(run, &run->again, &mark);
   } else if (!run->repeated && (!same || run->ask.len > 0)) {
      depart(run, &mark, same);
   }
   return same;
}

bool flp_seen_repeats(flp_run_t *run, int64_t index)
{
   if ((!run->departed && !run->twice) || index != run->departed_at || run->repeated || run->problem) {
      return false;
   }
   run->repeated = true;
   run->next_mark = 0;
   while (!run->later && run->next_mark < run->host->n_marks && run->host->marks[run->next_mark].index < index) {
      run->next_mark++; /* to the call that is done again */
   }
   return true;
}
