/* The header line of a host: what the subject is, and what the host proved of it. */
#ifndef FLP_RUNNER_SUPERVISE_HEADER_H
#define FLP_RUNNER_SUPERVISE_HEADER_H

#include "ref/base/bytes.h"
#include "runner/subject.h"

/* Fills the proven part of the subject. False: `why` (malloc'ed) tells what is wrong with the line. */
bool flp_header_read(flp_view_t line, flp_subject_t *subject, char **why);

#endif
