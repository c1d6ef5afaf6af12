/* The verbs of `fleproof`: each takes its own arguments (argv[0] is the verb) and returns the exit code of the program. */
#ifndef FLP_RUNNER_VERBS_H
#define FLP_RUNNER_VERBS_H

/* Exit codes of every verb. */
enum {
   FLP_EXIT_EXPECTED = 0,   /* as expected */
   FLP_EXIT_UNEXPECTED = 1, /* not as expected */
   FLP_EXIT_USAGE = 2,      /* wrong usage */
   FLP_EXIT_HARNESS = 3,    /* the harness failed */
};

int flp_verb_run(int argc, char **argv);
int flp_verb_doctor(int argc, char **argv);
int flp_verb_list(int argc, char **argv);
int flp_verb_validate(int argc, char **argv);
int flp_verb_schema(int argc, char **argv);
int flp_verb_handover(int argc, char **argv); /* verbs that are written in Python */

#endif
