/* fleproof validate: every scenario loads, and cases and rule catalogue fit each other. Runs nothing. */
#include "runner/grammar/rules.h"
#include "runner/verbs/chosen.h"
#include "runner/verbs/load.h"
#include "runner/verbs/verbs.h"

#include <getopt.h>
#include <stdio.h>

static void print_usage(FILE *out)
{
   fputs("usage: fleproof validate [PATH...]\n\n"
         "Checks scenario files, and that every case names rules of the catalogue. Without PATH it checks the whole set, and then\n"
         "also that every rule has a case or a written exception, and that every topic has its cases or a reason.\n",
         out);
}

int flp_verb_validate(int argc, char **argv)
{
   static const struct option longs[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
   flp_loaded_t loaded = {0};
   flp_catalogue_t catalogue = {0};
   for (int c = getopt_long(argc, argv, "h", longs, NULL); c != -1; c = getopt_long(argc, argv, "h", longs, NULL)) {
      print_usage(c == 'h' ? stdout : stderr);
      return c == 'h' ? FLP_EXIT_EXPECTED : FLP_EXIT_USAGE;
   }
   bool whole = optind == argc;
   bool ok = flp_load(argv + optind, argc - optind, &loaded);
   /* A file that was refused adds no case: what it would have proven must not be reported as missing too. */
   whole = whole && ok;
   ok = flp_catalogue_load(loaded.root, &catalogue, &loaded.refusals) && ok;
   ok = flp_catalogue_check(&catalogue, &loaded.cases, whole, &loaded.refusals) && ok;
   flp_refusals_print(&loaded.refusals);
   if (ok) {
      printf("%zu cases, %zu rules, %zu topics: nothing to refuse\n", loaded.cases.len, catalogue.n_rules, catalogue.n_topics);
   } else {
      fprintf(stderr, "%zu refusals\n", loaded.refusals.len);
   }
   flp_catalogue_cleanup(&catalogue);
   flp_loaded_cleanup(&loaded);
   return ok ? FLP_EXIT_EXPECTED : FLP_EXIT_UNEXPECTED;
}
