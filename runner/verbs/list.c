/* fleproof list: the cases as text or JSON lines. Loads, filters, prints; runs nothing. */
#include "runner/grammar/case.h"
#include "runner/verbs/chosen.h"
#include "runner/verbs/load.h"
#include "runner/verbs/verbs.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { MAX_GLOBS = 64 };

typedef struct {
   const char *wanted[MAX_GLOBS], *unwanted[MAX_GLOBS];
   size_t n_wanted, n_unwanted;
   int level; /* flp_level_t: the weakest; -1 after a wrong word */
   bool json;
} options_t;

static const char *const level_names[] = {"must", "should", "may"};

static void print_usage(FILE *out)
{
   fputs("usage: fleproof list [PATH...] [--format text|jsonl] [-k GLOB]... [--not GLOB]... [--level must|should|may]\n\n"
         "  PATH       scenario files or folders; without any, the scenarios of the installation\n"
         "  --format   text (an id a line) or jsonl (an object a line)\n"
         "  -k, --not  cases whose id fits a pattern, or does not; `*` and `?` only, brackets are literal\n"
         "  --level    the weakest level that is listed (default: may)\n",
         out);
}

static bool any_fits(const char *const *globs, size_t n, const char *id)
{
   for (size_t i = 0; i < n; i++) {
      if (flp_glob_match(globs[i], id)) {
         return true;
      }
   }
   return false;
}

static bool chosen(const options_t *o, const flp_case_t *c)
{
   return (o->n_wanted == 0 || any_fits(o->wanted, o->n_wanted, c->id)) && !any_fits(o->unwanted, o->n_unwanted, c->id) &&
          (int)c->level <= o->level;
}

static json_t *strings(const flp_strings_t *list)
{
   json_t *out = json_array();
   for (size_t i = 0; i < list->len; i++) {
      json_array_append_new(out, json_string(list->items[i]));
   }
   return out;
}

static json_t *text_or_null(const char *text)
{
   return text ? json_string(text) : json_null();
}

static bool print_json(const flp_case_t *c)
{
   json_t *line = json_object();
   json_object_set_new(line, "id", json_string(c->id));
   json_object_set_new(line, "area", json_string(c->area));
   json_object_set_new(line, "file", json_string(c->file));
   json_object_set_new(line, "line", json_integer(c->line));
   json_object_set_new(line, "level", json_string(level_names[c->level]));
   json_object_set_new(line, "rules", strings(&c->rules));
   json_object_set_new(line, "needs", strings(&c->needs));
   json_object_set_new(line, "since", text_or_null(c->since));
   json_object_set_new(line, "until", text_or_null(c->until));
   json_object_set_new(line, "explain", text_or_null(c->explain));
   json_object_set_new(line, "breaks", text_or_null(c->breaks));
   json_object_set_new(line, "mend", text_or_null(c->mend));
   json_object_set_new(line, "isolation", json_string(c->own_host ? "own" : "shared"));
   bool ok = json_dumpf(line, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
   json_decref(line);
   return ok;
}

static int read_level(const char *word)
{
   for (int i = 0; i < 3; i++) {
      if (strcmp(level_names[i], word) == 0) {
         return i;
      }
   }
   fprintf(stderr, "fleproof list: --level takes must, should or may, not %s\n", word);
   return -1;
}

/* False after a message. */
static bool read_options(int argc, char **argv, options_t *o, bool *help)
{
   static const struct option longs[] = {
      {"format", required_argument, NULL, 'f'},
      {"not", required_argument, NULL, 'n'},
      {"level", required_argument, NULL, 'l'},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0},
   };
   o->level = FLP_LEVEL_MAY;
   for (int c = getopt_long(argc, argv, "k:h", longs, NULL); c != -1; c = getopt_long(argc, argv, "k:h", longs, NULL)) {
      if (c == 'h') {
         *help = true;
      } else if (c == 'l') {
         o->level = read_level(optarg);
      } else if (c == 'f' && (strcmp(optarg, "jsonl") == 0 || strcmp(optarg, "text") == 0)) {
         o->json = strcmp(optarg, "jsonl") == 0;
      } else if (c == 'k' && o->n_wanted < MAX_GLOBS) {
         o->wanted[o->n_wanted++] = optarg;
      } else if (c == 'n' && o->n_unwanted < MAX_GLOBS) {
         o->unwanted[o->n_unwanted++] = optarg;
      } else {
         if (c == 'f') {
            fprintf(stderr, "fleproof list: --format takes text or jsonl, not %s\n", optarg);
         }
         return false;
      }
   }
   return o->level >= 0;
}

int flp_verb_list(int argc, char **argv)
{
   options_t o = {0};
   bool help = false, ok = true;
   flp_loaded_t loaded = {0};

   if (!read_options(argc, argv, &o, &help)) {
      print_usage(stderr);
      return FLP_EXIT_USAGE;
   }
   if (help) {
      print_usage(stdout);
      return FLP_EXIT_EXPECTED;
   }
   ok = flp_load(argv + optind, argc - optind, &loaded);
   for (size_t i = 0; ok && i < loaded.cases.len; i++) {
      const flp_case_t *c = &loaded.cases.items[i];
      if (chosen(&o, c)) {
         ok = o.json ? print_json(c) : puts(c->id) != EOF;
      }
   }
   flp_refusals_print(&loaded.refusals);
   int code = loaded.refusals.len > 0 ? FLP_EXIT_UNEXPECTED : ok ? FLP_EXIT_EXPECTED : FLP_EXIT_HARNESS;
   flp_loaded_cleanup(&loaded);
   return code;
}
