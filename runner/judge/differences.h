/* Collects where expected and actual part, with the path to the place. Bounded: a broken subject must not fill the report. */
#ifndef FLP_RUNNER_JUDGE_DIFFERENCES_H
#define FLP_RUNNER_JUDGE_DIFFERENCES_H

#include "runner/judge/judge.h"

#define FLP_MAX_DIFFERENCES 16u          /* of one case: the first ones matter */
#define FLP_MAX_DIFFERENCE_TEXT 8192u    /* bytes of an expected or actual value that is shown */
#define FLP_MAX_PATH 512u

typedef struct {
   const char *rule;                     /* borrowed from the case */
   flp_difference_t *items;              /* owned; taken by the verdict */
   size_t len;
   char path[FLP_MAX_PATH];
   size_t path_len;
} flp_differences_t;

void flp_differences_init(flp_differences_t *differences, const char *rule);
void flp_differences_cleanup(flp_differences_t *differences);

/* Goes one step down; give the result to `leave` to come back. A path that is too long is cut. */
size_t flp_differences_enter(flp_differences_t *differences, const char *format, ...) __attribute__((format(printf, 2, 3)));
void flp_differences_leave(flp_differences_t *differences, size_t mark);

/* Takes `expected` and `actual` (malloc'ed, or NULL for "nothing"). `differences` may be NULL: then both are freed. */
void flp_differences_take(flp_differences_t *differences, char *expected, char *actual, const char *why_format, ...)
   __attribute__((format(printf, 4, 5)));

/* malloc'ed text from a format; NULL only when memory is short. */
char *flp_text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Takes `text` into an empty slot; a slot that holds a text keeps it: the first finding counts. */
void flp_text_once(char **slot, char *text);

#endif
