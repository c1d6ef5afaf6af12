/* Which subjects a run judges: those named by --sut, else every known one. */
#ifndef FLP_RUNNER_CHOSEN_H
#define FLP_RUNNER_CHOSEN_H

#include "runner/subject.h"

typedef struct {
   flp_subject_t *items;
   size_t len;
} flp_subjects_t;

/* `suts` as given on the command line; empty: all known, absent ones with their reason. Returns the exit code: 0, or what to end with
 * after the message that was printed. Clean up in any case. */
int flp_subjects_choose(const flp_subject_places_t *places, const flp_strings_t *suts, flp_subjects_t *subjects);
void flp_subjects_cleanup(flp_subjects_t *subjects);

void flp_refusals_print(const flp_refusals_t *refusals);

#endif
