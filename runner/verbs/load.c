/* Loading for verbs. A path below the root is shown relative to it, however it was written. */
#include "runner/verbs/load.h"

#include "runner/paths.h"

#include <limits.h>
#include <stdlib.h>

static char *real(const char *path)
{
   char buffer[PATH_MAX];
   return bson_strdup(realpath(path, buffer) ? buffer : path);
}

bool flp_load(char **paths, int n_paths, flp_loaded_t *loaded)
{
   char *share = flp_paths_share("spec-tests");
   int n = n_paths > 0 ? n_paths : 1;
   char **used = bson_malloc0((size_t)n * sizeof *used);
   /* In a build tree the root is a link to the sources: both names of a file must be one. */
   loaded->root = real(share);
   for (int i = 0; i < n; i++) {
      used[i] = n_paths > 0 ? real(paths[i]) : bson_strdup(loaded->root);
   }
   bool ok = flp_cases_load((const char *const *)used, (size_t)n, loaded->root, &loaded->cases, &loaded->refusals);
   for (int i = 0; i < n; i++) {
      bson_free(used[i]);
   }
   bson_free(used);
   bson_free(share);
   return ok;
}

void flp_loaded_cleanup(flp_loaded_t *loaded)
{
   flp_cases_cleanup(&loaded->cases);
   flp_refusals_cleanup(&loaded->refusals);
   bson_free(loaded->root);
   loaded->root = NULL;
}
