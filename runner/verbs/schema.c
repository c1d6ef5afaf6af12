/* fleproof schema: the JSON Schema of scenario files, on stdout. */
#include "runner/grammar/jsonschema.h"
#include "runner/verbs/verbs.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

int flp_verb_schema(int argc, char **argv)
{
   static const struct option longs[] = {{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
   int c = getopt_long(argc, argv, "h", longs, NULL);
   if (c != -1 || optind != argc) {
      fputs("usage: fleproof schema\n\nPrints the JSON Schema (draft 2020-12) of scenario files.\n", c == 'h' ? stdout : stderr);
      return c == 'h' ? FLP_EXIT_EXPECTED : FLP_EXIT_USAGE;
   }
   json_t *schema = flp_json_schema();
   bool ok = schema && json_dumpf(schema, stdout, JSON_INDENT(1)) == 0 && putchar('\n') != EOF;
   json_decref(schema);
   return ok ? FLP_EXIT_EXPECTED : FLP_EXIT_HARNESS;
}
