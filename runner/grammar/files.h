/* Scenario files of paths given by a person: files as they are, folders searched. */
#ifndef FLP_GRAMMAR_FILES_H
#define FLP_GRAMMAR_FILES_H

#include "runner/grammar/refusal.h"

typedef struct {
   char **items; /* paths that can be opened */
   size_t len;
} flp_files_t;

/* Appends `path`, or every `.yml` below it in byte order of the path. Folders `rules` and `meta` are skipped unless they are `path`
 * itself. False after a refusal. */
bool flp_files_find(flp_files_t *files, const char *path, flp_refusals_t *refusals);
void flp_files_cleanup(flp_files_t *files);

/* `path` as shown to people: relative to `root` if it lies below, else as it is. Points into `path`. */
const char *flp_files_shown(const char *path, const char *root);

#endif
