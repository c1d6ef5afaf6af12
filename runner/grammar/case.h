/* What the loader makes of scenario files: cases, expanded and checked.
 * A case is a value: nothing in it points into the YAML, nobody changes it after loading. */
#ifndef FLP_RUNNER_CASE_H
#define FLP_RUNNER_CASE_H

#include <bson/bson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { FLP_LEVEL_MUST, FLP_LEVEL_SHOULD, FLP_LEVEL_MAY } flp_level_t;

typedef struct {
   char **items;
   size_t len;
} flp_strings_t;

typedef struct {
   char *id;          /* full id with its matrix values */
   char *area;        /* first segment of the id */
   char *file;        /* as shown to people: relative to the scenario root where possible */
   unsigned line;     /* of the case in that file, from 1 */
   flp_level_t level;
   flp_strings_t rules;
   flp_strings_t needs;
   char *since, *until; /* version text, or NULL */
   char *breaks, *mend, *explain; /* or NULL */
   bool own_host;     /* isolation: own */
   bool hazard;       /* needs: hazards - runs only with --hazards */
   bson_t doc;        /* the case as written, with defaults merged and matrix values in place */
   bson_t plan;       /* {handle, world, call|calls|steps, exchange}: doc without anything that is expected */
} flp_case_t;

typedef struct {
   flp_case_t *items;
   size_t len;
} flp_cases_t;

/* One refusal: file:line:column, the path of the field, what is wrong, what to do. */
typedef struct {
   char *file;
   unsigned line, column;
   char *field;
   char *message;
   const char *id; /* of the loader's table (refusal.h): UNKNOWN_FIELD; NULL when another reader refuses */
} flp_refusal_t;

typedef struct {
   flp_refusal_t *items;
   size_t len;
} flp_refusals_t;

/* Loads files and folders (recursively, `.yml` only, in byte order of the path; `rules/` and `meta/` folders are skipped when
 * found by recursion). Cases come in the order of files and of the text. A file with a refusal adds no case; all files are read before
 * the function returns. False if anything was refused. Ids are unique over all files or the second one is refused. */
bool flp_cases_load(const char *const *paths, size_t n_paths, const char *root, flp_cases_t *cases, flp_refusals_t *refusals);
/* One file that is in memory already, shown as `name`; it may be anything at all. */
bool flp_cases_parse(const char *bytes, size_t len, const char *name, flp_cases_t *cases, flp_refusals_t *refusals);
void flp_cases_cleanup(flp_cases_t *cases);
void flp_refusals_cleanup(flp_refusals_t *refusals);

/* `*` and `?` only; brackets are literal. */
bool flp_glob_match(const char *pattern, const char *text);

#endif
