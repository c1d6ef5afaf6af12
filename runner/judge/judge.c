/* The judge: transcript to events, events to differences, and the one table of rules that turns what was found into a verdict.
 * Pure: the same case, subject and transcript give the same verdict. Never talks to a host. */
#include "runner/judge/judging.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts that belong to no call ---- */

static const flp_event_t *find_event(const flp_judging_t *j, flp_event_kind_t kind)
{
   for (size_t i = 0; i < j->events.len; i++) {
      if (j->events.items[i].kind == kind) {
         return &j->events.items[i];
      }
   }
   return NULL;
}

/* `expect` of the case, else of its first call. */
static bool first_expect(const flp_case_t *the_case, bson_iter_t *expect)
{
   bson_iter_t calls, item;
   if (bson_iter_init_find(expect, &the_case->doc, "expect")) {
      return true;
   }
   if (!bson_iter_init_find(&calls, &the_case->doc, "calls") || !bson_iter_recurse(&calls, &item)) {
      return false;
   }
   while (bson_iter_next(&item)) {
      if (flp_field(&item, "expect", expect)) {
         return true;
      }
   }
   return false;
}

/* The handle failed, so nothing else ran: the error is the one that the case (or its first call) expects, or a difference. */
static void judge_setup(flp_judging_t *j, const json_t *setup)
{
   bson_iter_t expect, error;
   const char *phase = flp_event_text(setup, "phase");
   const char *space = phase ? strrchr(phase, ' ') : NULL;
   char *failed = space ? flp_text_format("setopt_%s", space + 1) : flp_text_format("%s", phase ? phase : "");
   const json_t *actual = json_object_get(setup, "error");
   bool wants = first_expect(j->the_case, &expect) && flp_field(&expect, "error", &error) && !BSON_ITER_HOLDS_NULL(&error);
   if (flp_judge_unsupported(j, wants ? &error : NULL, actual, failed)) {
      goto done;
   }
   size_t mark = flp_differences_enter(&j->differences, "%s", wants ? "expect.error" : "handle");
   if (wants) {
      flp_judge_error(j, &error, actual, failed);
   } else {
      flp_judge_unexpected_error(j, NULL, actual, failed);
   }
   flp_differences_leave(&j->differences, mark);
done:
   free(failed);
}

static void judge_leaks(flp_judging_t *j)
{
   for (size_t i = 0; i < j->events.len; i++) {
      const json_t *leak = j->events.items[i].json;
      if (j->events.items[i].kind != FLP_EV_LEAK) {
         continue;
      }
      const char *fn = flp_event_text(leak, "fn");
      size_t mark = flp_differences_enter(&j->differences, "secrets.%" PRId64, (int64_t)json_integer_value(json_object_get(leak, "what")));
      flp_differences_take(&j->differences, NULL, NULL, "%s released memory that still held this secret", fn ? fn : "a call");
      flp_differences_leave(&j->differences, mark);
   }
}

/* Entries are compared by the fields that the case names: `n` and `fault` are rarely of interest. */
static void judge_entry(flp_judging_t *j, const bson_iter_t *expected, const json_t *entry)
{
   bson_iter_t field;
   if (!BSON_ITER_HOLDS_DOCUMENT(expected) || !bson_iter_recurse(expected, &field)) {
      return;
   }
   while (bson_iter_next(&field) && !j->garbage) {
      flp_value_t value = {.set = false};
      const char *name = bson_iter_key(&field);
      const json_t *actual = json_object_get(entry, name);
      bool readable = true;
      size_t mark = flp_differences_enter(&j->differences, "%s", name);
      if (!actual || json_is_null(actual)) {
         flp_value_from_null(&value);
      } else if (json_is_integer(actual)) {
         flp_value_from_int(&value, json_integer_value(actual));
      } else if (strcmp(name, "op") == 0) {
         readable = flp_judging_value(j, actual, &field, &value);
      } else {
         const char *text = json_string_value(actual);
         flp_value_from_text(&value, text ? text : "", text ? strlen(text) : 0);
      }
      if (readable) {
         flp_match_value(&j->matching, &field, &value, &j->differences);
      }
      flp_differences_leave(&j->differences, mark);
      flp_value_cleanup(&value);
   }
}

static void judge_journal(flp_judging_t *j)
{
   bson_iter_t expect, journal, item;
   if (!bson_iter_init_find(&expect, &j->the_case->doc, "expect") || !flp_field(&expect, "journal", &journal) ||
       !BSON_ITER_HOLDS_ARRAY(&journal) || !bson_iter_recurse(&journal, &item)) {
      return;
   }
   const flp_event_t *event = find_event(j, FLP_EV_JOURNAL);
   const json_t *entries = event ? json_object_get(event->json, "entries") : NULL;
   size_t n = 0;
   for (; bson_iter_next(&item); n++) {
      const json_t *entry = json_array_get(entries, n);
      size_t mark = flp_differences_enter(&j->differences, "expect.journal.%zu", n);
      if (!json_is_object(entry)) {
         flp_differences_take(&j->differences, flp_show_iter(&item), NULL, "the journal of the world ends before this entry");
      } else {
         judge_entry(j, &item, entry);
      }
      flp_differences_leave(&j->differences, mark);
   }
   if (json_array_size(entries) > n) {
      flp_differences_take(&j->differences, NULL, NULL, "the journal of the world has %zu entries, expected were %zu",
                           json_array_size(entries), n);
   }
}

/* After the conversation only these may come. */
static void judge_rest(flp_judging_t *j)
{
   for (; j->at < j->events.len; j->at++) {
      switch (j->events.items[j->at].kind) {
      case FLP_EV_LEAK:
      case FLP_EV_CLOCK:
      case FLP_EV_SWEEP:
      case FLP_EV_LEFT:
      case FLP_EV_JOURNAL:
      case FLP_EV_END:
         break;
      default:
         flp_text_once(&j->garbage, flp_text_format("line %zu of the transcript belongs to no call of the case", j->at + 1));
         return;
      }
   }
}

/* The host could not go on because the plan asks for what it cannot do; that is the harness's fault, unless the subject left the way of
 * the case before (a handle that was not given cannot be used). */
static void judge_problem(flp_judging_t *j, const json_t *problem)
{
   free(j->garbage);
   j->garbage = NULL; /* what is missing is missing because of the problem */
   if (j->differences.len == 0 && !j->unsupported) {
      flp_text_once(&j->problem, flp_text_format("%s", flp_event_text(problem, "why")));
   }
}

static void judge_conversation(flp_judging_t *j)
{
   const flp_event_t *problem = find_event(j, FLP_EV_PROBLEM);
   const flp_event_t *setup = find_event(j, FLP_EV_SETUP);
   if (setup) {
      judge_setup(j, setup->json);
   } else {
      j->at = 1; /* behind `begin` */
      if (bson_has_field(&j->the_case->doc, "steps")) {
         flp_judge_steps(j);
      } else {
         flp_judge_calls(j);
      }
      if (!flp_judging_stopped(j) && !problem) {
         judge_journal(j);
         judge_rest(j);
      }
   }
   judge_leaks(j);
   if (!problem && !j->garbage) {
      flp_judge_sweeps(j);
   }
   if (problem) {
      judge_problem(j, problem->json);
   }
}

/* ---- the verdict ---- */

static char *take_text(char **text)
{
   char *taken = *text;
   *text = NULL;
   return taken;
}

/* A feature that the case needs and the subject declares as lacking, or NULL. */
static const char *declared_lacking(const flp_judging_t *j)
{
   for (size_t i = 0; i < j->the_case->needs.len; i++) {
      for (size_t k = 0; k < j->subject->lacks.len; k++) {
         if (strcmp(j->the_case->needs.items[i], j->subject->lacks.items[k]) == 0) {
            return j->subject->lacks.items[k];
         }
      }
   }
   return NULL;
}

static char *death_reason(const flp_transcript_t *transcript)
{
   const char *call = transcript->last_call && transcript->last_call[0] ? transcript->last_call : NULL;
   const char *how = transcript->ended && transcript->ended[0] ? transcript->ended : NULL;
   const char *note = transcript->alone_passes ? "; did not happen again alone: an earlier case may have corrupted the host" : "";
   return flp_text_format("%s%sin %s%s", how ? how : "", how ? ", " : "", call ? call : "no call of the subject", note);
}

/* What was found, strongest first; the first row that holds is the verdict. */
typedef enum { FOUND_PROBLEM, FOUND_DEATH, FOUND_GARBAGE, FOUND_DIFFERENCES, FOUND_UNSUPPORTED, FOUND_STALE, FOUND_NOTHING } finding_t;

static const flp_verdict_kind_t verdict_of[] = {
   [FOUND_PROBLEM] = FLP_VERDICT_ERROR, /* the harness could not do what the case asks */
   [FOUND_DEATH] = FLP_VERDICT_FAIL,    /* crash, hang, early exit: a cause */
   [FOUND_GARBAGE] = FLP_VERDICT_FAIL,  /* a transcript that is none: a cause */
   [FOUND_DIFFERENCES] = FLP_VERDICT_FAIL,
   [FOUND_UNSUPPORTED] = FLP_VERDICT_UNSUPPORTED, /* lacking and declared; or the world lacks a role */
   [FOUND_STALE] = FLP_VERDICT_XPASS,             /* declared as lacking, but it works */
   [FOUND_NOTHING] = FLP_VERDICT_PASS,
};

static finding_t finding_of(const flp_judging_t *j, const flp_transcript_t *transcript)
{
   if (transcript->died) {
      return FOUND_DEATH;
   }
   if (j->problem) {
      return FOUND_PROBLEM;
   }
   if (j->garbage) {
      return FOUND_GARBAGE;
   }
   if (j->differences.len > 0) {
      return FOUND_DIFFERENCES;
   }
   if (j->unsupported) {
      return FOUND_UNSUPPORTED;
   }
   return declared_lacking(j) ? FOUND_STALE : FOUND_NOTHING;
}

static void fill_verdict(flp_judging_t *j, const flp_transcript_t *transcript, flp_verdict_t *verdict)
{
   finding_t finding = finding_of(j, transcript);
   verdict->sweep = j->sweep;
   verdict->kind = verdict_of[finding];
   switch (finding) {
   case FOUND_DEATH:
      verdict->cause = flp_text_format("%s", transcript->died);
      verdict->reason = death_reason(transcript);
      break;
   case FOUND_PROBLEM:
      verdict->reason = take_text(&j->problem);
      break;
   case FOUND_GARBAGE:
      verdict->cause = flp_text_format("garbage");
      verdict->reason = take_text(&j->garbage);
      break;
   case FOUND_UNSUPPORTED:
      verdict->reason = take_text(&j->unsupported);
      break;
   case FOUND_STALE:
      verdict->reason =
         flp_text_format("declared as lacking %s, but the case passes: take it out of the subject's file", declared_lacking(j));
      break;
   case FOUND_DIFFERENCES:
   case FOUND_NOTHING:
      break;
   }
   if (finding == FOUND_DIFFERENCES) {
      verdict->differences = j->differences.items;
      verdict->n_differences = j->differences.len;
      j->differences.items = NULL;
      j->differences.len = 0;
   }
   /* On a foreign subject only `must` decides; on the reference every level does. */
   verdict->advisory = verdict->kind == FLP_VERDICT_FAIL && j->subject->foreign && j->the_case->level != FLP_LEVEL_MUST;
}

void flp_judge(const flp_case_t *c, const flp_subject_t *subject, const flp_transcript_t *transcript, flp_verdict_t *verdict)
{
   flp_judging_t j = {.the_case = c, .subject = subject, .files_dir = transcript->files_dir, .matching = {.the_case = c}};
   memset(verdict, 0, sizeof *verdict);
   flp_differences_init(&j.differences, c->rules.len > 0 ? c->rules.items[0] : NULL);
   if (!transcript->died && flp_events_parse(transcript, c->id, &j.events, &j.garbage)) {
      flp_judge_sent(&j);
      judge_conversation(&j);
   }
   fill_verdict(&j, transcript, verdict);
   flp_judge_expected_failures(c, subject, verdict);
   flp_differences_cleanup(&j.differences);
   flp_events_cleanup(&j.events);
   free(j.unsupported);
   free(j.garbage);
   free(j.problem);
}
