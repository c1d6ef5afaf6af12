/* The state of judging one case, shared by the files that compare its parts. Internal to the judge. */
#ifndef FLP_RUNNER_JUDGE_JUDGING_H
#define FLP_RUNNER_JUDGE_JUDGING_H

#include "runner/judge/differences.h"
#include "runner/judge/errors.h"
#include "runner/judge/match.h"
#include "runner/judge/transcript.h"

typedef struct {
   const flp_case_t *the_case;
   const flp_subject_t *subject;
   const char *files_dir;
   flp_events_t events;
   size_t at;                  /* next event */
   flp_matching_t matching;
   flp_differences_t differences;
   /* Set at most once, by the first thing that ends the comparison. malloc'ed. */
   char *unsupported;          /* reason */
   char *garbage;              /* what is wrong with the transcript */
   char *problem;              /* the harness could not do what the case asks */
   flp_sweep_t sweep;          /* counts, for the verdict */
} flp_judging_t;

/* No comparison makes sense any more. */
static inline bool flp_judging_stopped(const flp_judging_t *j)
{
   return j->unsupported || j->garbage || j->problem;
}

/* Next event without taking it, or NULL. */
static inline const flp_event_t *flp_judging_peek(const flp_judging_t *j)
{
   return j->at < j->events.len ? &j->events.items[j->at] : NULL;
}

/* Looks up a field of a document held by an iterator; false if there is none. */
bool flp_field(const bson_iter_t *document, const char *name, bson_iter_t *found);
/* Text of a string value, or NULL. */
const char *flp_text_of(const bson_iter_t *value);

/* The bytes of an event as a value; false: the transcript is garbage. Where the case expects a binary they are one, of its subtype (bytes of C
 * have none), even if they could be a document. `expected` may be NULL. */
bool flp_judging_value(flp_judging_t *j, const json_t *json, const bson_iter_t *expected, flp_value_t *value);

/* An error that says "not built" or "not exported" settles the case, unless the case expects that very class: true if so. */
bool flp_judge_unsupported(flp_judging_t *j, const bson_iter_t *expected_error, const json_t *error, const char *failed);

/* `expected` is {class, facts}. Adds differences below the current path. */
void flp_judge_error(flp_judging_t *j, const bson_iter_t *expected, const json_t *error, const char *failed);
/* There should be no error. `expected` is what should have come, or NULL. */
void flp_judge_unexpected_error(flp_judging_t *j, const bson_iter_t *expected, const json_t *error, const char *failed);

/* `expect` of one call (or NULL) against the fields of an outcome. */
void flp_judge_outcome(flp_judging_t *j, const bson_iter_t *expect, const json_t *outcome);

/* Turns pass and fail into xpass and xfail where the subject's file has an entry. */
void flp_judge_expected_failures(const flp_case_t *c, const flp_subject_t *subject, flp_verdict_t *verdict);

/* No key and no plaintext of the case stands in what the subject sends out. */
void flp_judge_sent(flp_judging_t *j);

void flp_judge_calls(flp_judging_t *j); /* call, calls, exchange, expect */
void flp_judge_steps(flp_judging_t *j);
/* One event of a step or the end of a call that came when the case was run again. */
void flp_judge_step_again(flp_judging_t *j, const json_t *step);
void flp_judge_end_again(flp_judging_t *j, const json_t *end);
void flp_judge_sweeps(flp_judging_t *j); /* what is told of the runs for each point, and of memory */

#endif
