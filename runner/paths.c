/* Paths from /proc/self/exe: no variable of the environment and no built-in path takes part. */
#include "runner/paths.h"

#include <bson/bson.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

static char *below_prefix(const char *folder, const char *name)
{
   char exe[PATH_MAX];
   ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
   exe[n > 0 ? n : 0] = 0;
   for (int i = 0; i < 2; i++) {
      char *slash = strrchr(exe, '/');
      if (slash) {
         *slash = 0;
      }
   }
   return bson_strdup_printf("%s/%s/fleproof/%s", exe, folder, name);
}

char *flp_paths_share(const char *name)
{
   return below_prefix("share", name);
}

char *flp_paths_lib(const char *name)
{
   return below_prefix("lib", name);
}
