/* Judges what came of a case that was run once for each point, and what its runs left allocated. A failed allocation may change nothing,
 * or it ends in a clean error (class OUT_OF_MEMORY); it leaves no block and no secret behind, and what is done again on the same handle
 * then works. A library that is not the reference promises none of this: what it does is counted and told. */
#include "runner/judge/judging.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Functions whose NULL is the whole error: there is no object yet that could have one. */
static const char *const silent[] = {"new", "status_new", "binary_new", "binary_new_from_data"};

static bool is_silent(const json_t *event)
{
   const char *fn = flp_event_text(event, "fn");
   for (size_t i = 0; fn && i < sizeof silent / sizeof silent[0]; i++) {
      if (strcmp(fn, silent[i]) == 0) {
         return json_is_null(json_object_get(event, "returns"));
      }
   }
   const char *phase = flp_event_text(event, "phase");
   return phase && strcmp(phase, "new") == 0;
}

/* Does the event say that memory was short? */
static bool is_clean_error(const flp_judging_t *j, const json_t *event)
{
   const json_t *error = json_object_get(event, "error");
   const char *fn = flp_event_text(event, "fn");
   flp_error_view_t view;
   if (!json_is_object(error) || json_integer_value(json_object_get(error, "type")) == 0) {
      return is_silent(event);
   }
   flp_error_classify(j->subject, flp_event_text(error, "message"), fn ? fn : flp_event_text(event, "failed"), &view);
   return strcmp(view.class_name, "OUT_OF_MEMORY") == 0;
}

static char *shown_event(const json_t *event)
{
   return json_dumps(event, JSON_COMPACT);
}

static size_t number_of(const json_t *object, const char *field)
{
   json_int_t number = json_integer_value(json_object_get(object, field));
   return number > 0 ? (size_t)number : 0;
}

void flp_sweep_count_death(flp_sweep_t *sweep, const char *cause, size_t n)
{
   size_t i = 0;
   while (i < FLP_MAX_DEATHS - 1 && sweep->deaths[i].n > 0 && strcmp(sweep->deaths[i].cause, cause) != 0) {
      i++;
   }
   strncpy(sweep->deaths[i].cause, cause, sizeof sweep->deaths[i].cause - 1);
   sweep->deaths[i].n += n;
   sweep->died += n;
}

/* Is it what the case expects, if not the very same? What was drawn in vain is gone: bytes that chance gave are others now. */
static bool is_expected(flp_judging_t *j, const json_t *event)
{
   bson_iter_t world, chosen;
   const char *kind = flp_event_text(event, "event"), *state = flp_event_text(event, "state");
   const bool step = kind && strcmp(kind, "step") == 0, end = kind && strcmp(kind, "end") == 0 && json_object_get(event, "result");
   if (end && bson_iter_init_find(&world, &j->the_case->doc, "world") &&
       (flp_field(&world, "random", &chosen) || flp_field(&world, "seed", &chosen))) {
      return state && strcmp(state, "DONE") == 0; /* its bytes cannot be what the case says */
   }
   if (!step && !end) {
      return false;
   }
   flp_judging_t aside = *j;
   aside.unsupported = NULL;
   flp_differences_init(&aside.differences, NULL);
   if (step) {
      flp_judge_step_again(&aside, event);
   } else {
      flp_judge_end_again(&aside, event);
   }
   const bool ok = aside.differences.len == 0 && !flp_judging_stopped(&aside);
   flp_differences_cleanup(&aside.differences);
   free(aside.unsupported);
   free(aside.garbage == j->garbage ? NULL : aside.garbage);
   return ok;
}

/* The last error of a handle stays in its status until the next one. */
static bool is_old_error(const flp_judging_t *j, const json_t *event)
{
   const char *fn = flp_event_text(event, "fn");
   return fn && strcmp(fn, "status") == 0 && is_clean_error(j, event);
}

/* A handle with an error keeps it: what fails then says that first error. */
static bool is_first_error(const flp_judging_t *j, const json_t *event)
{
   const char *message = flp_event_text(json_object_get(event, "error"), "message");
   const json_int_t index = json_integer_value(json_object_get(event, "i"));
   for (size_t i = 0; message && i < j->events.len; i++) {
      const json_t *before = j->events.items[i].json;
      const char *said = flp_event_text(json_object_get(before, "error"), "message");
      if (j->events.items[i].kind == FLP_EV_STEP && json_integer_value(json_object_get(before, "i")) < index && said &&
          strcmp(said, message) == 0) {
         return true;
      }
   }
   return false;
}

static bool is_clean(flp_judging_t *j, const json_t *event)
{
   return is_clean_error(j, event) || is_first_error(j, event);
}

/* What a cache knows may change an order, or spare an error: at once it is enough that the call works. */
static bool works(const json_t *event)
{
   const char *state = flp_event_text(event, "state"), *kind = flp_event_text(event, "event");
   return kind && strcmp(kind, "end") == 0 && state && strcmp(state, "DONE") == 0;
}

/* The first event, done again, that is neither the same nor expected; or NULL. */
static const json_t *first_spoiled(flp_judging_t *j, const json_t *again, bool lenient)
{
   size_t i;
   const json_t *event;
   json_array_foreach(again, i, event)
   {
      if (!is_old_error(j, event) && !is_expected(j, event) && !(lenient && works(event))) {
         return event;
      }
   }
   return NULL;
}

/* At once, and, where that differs, once more when the caches have expired: then it must be as it was. */
static const json_t *spoiled_by(flp_judging_t *j, const json_t *outcome)
{
   const json_t *later = json_object_get(outcome, "later");
   const json_t *at_once = first_spoiled(j, json_object_get(outcome, "again"), json_is_array(later));
   return at_once ? at_once : first_spoiled(j, later, false);
}

/* One outcome, the worst of it first. */
static void judge_outcome(flp_judging_t *j, const json_t *outcome)
{
   const size_t n = number_of(outcome, "points");
   const json_t *event = json_object_get(outcome, "event"), *spoiled = NULL;
   const bool harmed = json_is_object(event) && !is_expected(j, event);
   const char *died = flp_event_text(outcome, "died"), *call = flp_event_text(outcome, "call"), *fn = flp_event_text(outcome, "leaked_in");
   flp_sweep_t *sweep = &j->sweep;
   flp_differences_t *told = j->subject->foreign ? NULL : &j->differences;
   size_t mark = flp_differences_enter(told, "fail_alloc.%zu", number_of(outcome, "first"));
   sweep->points += n;
   if (died) {
      flp_sweep_count_death(sweep, died, n);
      flp_differences_take(told, NULL, flp_text_format("%s", died), "the process ended in %s when this allocation failed",
                           call ? call : "no call");
   } else if (harmed && !is_clean(j, event)) {
      sweep->unclean += n;
      flp_differences_take(told, NULL, shown_event(event), "a failed allocation changes what happens without an error that says so");
   } else if (number_of(outcome, "left") > 0) {
      sweep->left += n;
      flp_differences_take(told, NULL, NULL, "%zu blocks are still allocated after all handles of the case are destroyed",
                           number_of(outcome, "left"));
   } else if (fn) {
      sweep->unclean += n;
      flp_differences_take(told, NULL, NULL, "%s released memory that still held a secret", fn);
   } else if ((spoiled = spoiled_by(j, outcome)) != NULL) {
      sweep->spoiled += n;
      flp_differences_take(told, NULL, shown_event(spoiled), "after the failed allocation the same calls, done again, give something else");
   } else if (harmed) {
      sweep->errors += n;
   } else {
      sweep->unharmed += n;
   }
   flp_differences_leave(told, mark);
}

static void judge_failed_allocations(flp_judging_t *j, const json_t *sweep)
{
   const json_t *outcome;
   size_t i;
   json_array_foreach(json_object_get(sweep, "outcomes"), i, outcome)
   {
      judge_outcome(j, outcome);
   }
   const flp_sweep_t *s = &j->sweep;
   if (j->subject->foreign && s->unharmed + s->errors < s->points) {
      flp_text_once(&j->unsupported,
                    flp_text_format("promises nothing about failed allocations: of %zu, %zu ended the process, %zu gave no clean error, "
                                    "%zu left blocks behind, %zu spoiled the handle",
                                    s->points, s->died, s->unclean, s->left, s->spoiled));
   }
}

static void judge_left(flp_judging_t *j, const json_t *left)
{
   if (j->subject->foreign) {
      return;
   }
   size_t mark = flp_differences_enter(&j->differences, "left");
   flp_differences_take(&j->differences, NULL, NULL,
                        "%zu blocks are still allocated after all handles of the case are destroyed, every time it is run",
                        number_of(left, "blocks"));
   flp_differences_leave(&j->differences, mark);
}

void flp_judge_sweeps(flp_judging_t *j)
{
   for (size_t i = 0; i < j->events.len; i++) {
      const json_t *event = j->events.items[i].json;
      const char *kind = flp_event_text(event, "kind");
      const json_t *differs = json_object_get(event, "differs");
      if (j->events.items[i].kind == FLP_EV_LEFT) {
         judge_left(j, event);
      } else if (j->events.items[i].kind == FLP_EV_SWEEP && kind && strcmp(kind, "fail_alloc") == 0) {
         judge_failed_allocations(j, event);
      } else if (j->events.items[i].kind == FLP_EV_SWEEP && json_is_integer(differs)) {
         size_t mark = flp_differences_enter(&j->differences, "split.%" PRId64, (int64_t)json_integer_value(differs));
         flp_differences_take(&j->differences, NULL, NULL, "the outcome changes when the reply comes in two parts, cut at this byte");
         flp_differences_leave(&j->differences, mark);
      }
   }
}
