/* fleproof VERB ...: finds the verb and calls it. Nothing else happens here. */
#include "runner/verbs/verbs.h"

#include <stdio.h>
#include <string.h>

#ifndef FLP_VERSION
#define FLP_VERSION "0.0.0"
#endif

static const struct {
   const char *name;
   int (*call)(int argc, char **argv);
   const char *help;
} verbs[] = {
   {"run", flp_verb_run, "judge libraries by cases; table, report folder, exit code"},
   {"list", flp_verb_list, "list the cases"},
   {"validate", flp_verb_validate, "check scenario files and the rule catalogue"},
   {"schema", flp_verb_schema, "print the JSON Schema of scenario files"},
   {"doctor", flp_verb_doctor, "what is installed, which libraries were found, what is unsupported and why"},
   {"report", flp_verb_handover, "make the pages of a report folder"},
   {"compare", flp_verb_handover, "what another run says differently: new failures, vanished cases, changed texts, fixed"},
   {"vectors", flp_verb_handover, "export the vectors as plain JSON"},
   {"explain", flp_verb_handover, "explain one case: exchange, expected, actual, the rule"},
};

static void print_help(FILE *out)
{
   fputs("usage: fleproof VERB [ARGUMENT...]      (fleproof VERB --help tells the arguments)\n\n", out);
   for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
      fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].help);
   }
   fputs("\nexit codes: 0 as expected, 1 not as expected, 2 wrong usage, 3 the harness failed\n", out);
}

static int flush_output(int code)
{
   if (fflush(stdout) != 0 || ferror(stdout)) {
      fputs("fleproof: the output cannot be written\n", stderr);
      return code == FLP_EXIT_EXPECTED ? FLP_EXIT_HARNESS : code;
   }
   return code;
}

int main(int argc, char **argv)
{
   const char *name = argc > 1 ? argv[1] : NULL;
   if (!name) {
      print_help(stderr);
      return FLP_EXIT_USAGE;
   }
   if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
      print_help(stdout);
      return flush_output(FLP_EXIT_EXPECTED);
   }
   if (strcmp(name, "--version") == 0) {
      puts("fleproof " FLP_VERSION);
      return flush_output(FLP_EXIT_EXPECTED);
   }
   for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
      if (strcmp(name, verbs[i].name) == 0) {
         return flush_output(verbs[i].call(argc - 1, argv + 1));
      }
   }
   fprintf(stderr, "fleproof: there is no verb %s\n\n", name);
   print_help(stderr);
   return FLP_EXIT_USAGE;
}
