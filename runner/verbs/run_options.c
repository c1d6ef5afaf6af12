/* Arguments of `run`, by getopt_long. Numbers are read whole or refused. */
#include "runner/verbs/run_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_JOBS 64
#define MAX_POINTS 100000 /* as many as a host makes */
#define MAX_TIMEOUT_MS (60 * 60 * 1000)

enum {
   OPT_SUT = 256,
   OPT_NOT,
   OPT_LEVEL,
   OPT_JOBS,
   OPT_TIMEOUT,
   OPT_FAIL_FAST,
   OPT_SEED,
   OPT_HAZARDS,
   OPT_FAIL_ALLOC,
   OPT_STDIN,
   OPT_REPORT,
   OPT_QUIET,
   OPT_FIX
};

static const struct option long_options[] = {
   {"sut", required_argument, NULL, OPT_SUT},
   {"not", required_argument, NULL, OPT_NOT},
   {"level", required_argument, NULL, OPT_LEVEL},
   {"jobs", required_argument, NULL, OPT_JOBS},
   {"timeout", required_argument, NULL, OPT_TIMEOUT},
   {"fail-fast", no_argument, NULL, OPT_FAIL_FAST},
   {"seed", required_argument, NULL, OPT_SEED},
   {"hazards", no_argument, NULL, OPT_HAZARDS},
   {"fail-alloc", required_argument, NULL, OPT_FAIL_ALLOC},
   {"stdin", no_argument, NULL, OPT_STDIN},
   {"report", required_argument, NULL, OPT_REPORT},
   {"quiet", no_argument, NULL, OPT_QUIET},
   {"fix", no_argument, NULL, OPT_FIX},
   {"help", no_argument, NULL, 'h'},
   {NULL, 0, NULL, 0},
};

void flp_run_options_help(void)
{
   fputs("usage: fleproof run [PATH...] [OPTION...]\n"
         "Judges libraries by the cases in PATH (default: all that are installed).\n\n"
         "  --sut NAME                     a known subject; repeatable. Default: every known subject that is found\n"
         "  --sut NAME=FILE[,like=SUBJECT] a library; its error texts, features and expected failures are those of SUBJECT,\n"
         "                                 a known one or a file of the same form (a path with a slash)\n"
         "  -k GLOB, --not GLOB            only, or without, cases whose id fits (* and ? only); repeatable\n"
         "  --level must|should|may        the weakest level that runs (default: may)\n"
         "  --jobs N                       hosts for each subject (default: 1)\n"
         "  --timeout MS                   for one case (default: 10000)\n"
         "  --seed N                       of randomness and nonces (default: 1)\n"
         "  --fail-fast                    send nothing more after the first verdict that breaks the run\n"
         "  --hazards                      also the cases that may crash a released library, one host each\n"
         "  --fail-alloc every|N           each case again for every (or N) of its allocations, with that one failing: the\n"
         "                                 reference must tell it, leak nothing and work on; of others it is recorded\n"
         "  --stdin                        case ids in, one a line; verdict lines (JSON) out\n"
         "  --report DIR                   the report folder (default: build/report where build is, else fleproof-report)\n"
         "  --quiet                        no table\n"
         "  --fix                          in the subject's file: take out expected failures that pass or fit no case, take over\n"
         "                                 their changed messages. Needs a whole run; adds nothing\n",
         stdout);
}

static bool usage(const char *what, const char *value)
{
   fprintf(stderr, "fleproof run: %s%s%s (see fleproof run --help)\n", what, value ? ": " : "", value ? value : "");
   return false;
}

static bool parse_number(const char *text, int64_t min, int64_t max, int64_t *number)
{
   char *end;
   errno = 0;
   long long value = strtoll(text, &end, 10);
   if (errno != 0 || end == text || *end != '\0' || value < min || value > max) {
      return false;
   }
   *number = value;
   return true;
}

static bool parse_level(const char *text, flp_level_t *level)
{
   static const char *const names[] = {"must", "should", "may"};
   for (size_t i = 0; i < 3; i++) {
      if (strcmp(text, names[i]) == 0) {
         *level = (flp_level_t)i;
         return true;
      }
   }
   return false;
}

static bool set_option(flp_run_options_t *options, int option, const char *value)
{
   int64_t number = 0;
   switch (option) {
   case 'h':
      options->help = true;
      return true;
   case 'k':
      return flp_strings_add(&options->keep, value);
   case OPT_NOT:
      return flp_strings_add(&options->drop, value);
   case OPT_SUT:
      return flp_strings_add(&options->suts, value);
   case OPT_LEVEL:
      return parse_level(value, &options->level) || usage("--level takes must, should or may, not", value);
   case OPT_JOBS:
      if (!parse_number(value, 1, MAX_JOBS, &number)) {
         return usage("--jobs takes a number from 1 to 64, not", value);
      }
      options->jobs = (size_t)number;
      return true;
   case OPT_TIMEOUT:
      return parse_number(value, 1, MAX_TIMEOUT_MS, &options->timeout_ms) ||
             usage("--timeout takes milliseconds (1 to 3600000), not", value);
   case OPT_SEED:
      return parse_number(value, INT64_MIN, INT64_MAX, &options->seed) || usage("--seed takes a whole number, not", value);
   case OPT_FAIL_FAST:
      options->fail_fast = true;
      return true;
   case OPT_HAZARDS:
      options->hazards = true;
      return true;
   case OPT_FAIL_ALLOC:
      if (strcmp(value, "every") == 0) {
         options->fail_alloc = UINT64_MAX;
         return true;
      }
      if (!parse_number(value, 1, MAX_POINTS, &number)) {
         return usage("--fail-alloc takes every or a number from 1 to 100000, not", value);
      }
      options->fail_alloc = (uint64_t)number;
      return true;
   case OPT_STDIN:
      options->from_stdin = true;
      return true;
   case OPT_QUIET:
      options->quiet = true;
      return true;
   case OPT_FIX:
      options->fix = true;
      return true;
   case OPT_REPORT:
      free(options->report_dir);
      options->report_dir = strdup(value);
      return options->report_dir && (value[0] != '\0' || usage("--report takes a folder", NULL));
   default:
      return usage("the arguments cannot be understood", NULL);
   }
}

static bool default_report_dir(flp_run_options_t *options)
{
   struct stat info;
   bool build = stat("build", &info) == 0 && S_ISDIR(info.st_mode);
   options->report_dir = strdup(build ? "build/report" : "fleproof-report");
   return options->report_dir != NULL;
}

bool flp_run_options_parse(int argc, char **argv, flp_run_options_t *options)
{
   *options = (flp_run_options_t){.level = FLP_LEVEL_MAY, .jobs = 1, .timeout_ms = 10000, .seed = 1};
   optind = 1;
   for (int option = getopt_long(argc, argv, "k:h", long_options, NULL); option != -1;
        option = getopt_long(argc, argv, "k:h", long_options, NULL)) {
      if (!set_option(options, option, optarg)) {
         return false;
      }
   }
   for (int i = optind; i < argc; i++) {
      if (!flp_strings_add(&options->paths, argv[i])) {
         return false;
      }
   }
   if (options->fix && !flp_run_options_unfiltered(options)) {
      return usage("--fix needs a whole run: without PATH, -k, --not, --level, --stdin, --fail-fast and --fail-alloc", NULL);
   }
   return options->report_dir || default_report_dir(options);
}

void flp_run_options_cleanup(flp_run_options_t *options)
{
   flp_strings_cleanup(&options->paths);
   flp_strings_cleanup(&options->suts);
   flp_strings_cleanup(&options->keep);
   flp_strings_cleanup(&options->drop);
   free(options->report_dir);
   options->report_dir = NULL;
}

static bool any_fits(const flp_strings_t *globs, const char *id)
{
   for (size_t i = 0; i < globs->len; i++) {
      if (flp_glob_match(globs->items[i], id)) {
         return true;
      }
   }
   return false;
}

bool flp_run_options_select(const flp_run_options_t *options, const flp_case_t *the_case)
{
   return the_case->level <= options->level && (options->keep.len == 0 || any_fits(&options->keep, the_case->id)) &&
          !any_fits(&options->drop, the_case->id);
}

bool flp_run_options_unfiltered(const flp_run_options_t *options)
{
   return options->paths.len == 0 && options->keep.len == 0 && options->drop.len == 0 && options->level == FLP_LEVEL_MAY &&
          !options->from_stdin && !options->fail_fast && options->fail_alloc == 0;
}
