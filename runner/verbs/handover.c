/* Verbs that only read what a run wrote are Python: this replaces the program by `python3 -m reports VERB ...`. */
#include "runner/verbs/verbs.h"

#include "runner/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int flp_verb_handover(int argc, char **argv)
{
   char *packages = flp_paths_lib("python"), *share = flp_paths_share("");
   char *path = NULL;
   char **words = calloc((size_t)argc + 4, sizeof *words);
   char python[] = "python3", module_flag[] = "-m", module[] = "reports";
   if (!packages || !share || !words || asprintf(&path, "%s:%s", packages, share) < 0 || setenv("PYTHONPATH", path, 1) != 0) {
      fprintf(stderr, "fleproof %s: no memory\n", argv[0]);
      goto done;
   }
   words[0] = python;
   words[1] = module_flag;
   words[2] = module;
   memcpy(words + 3, argv, (size_t)argc * sizeof *words);
   fflush(stdout);
   execvp(python, words);
   fprintf(stderr, "fleproof %s: python3 does not start: %s\n", argv[0], strerror(errno));
done:
   free(packages);
   free(share);
   free(words);
   free(path);
   return FLP_EXIT_HARNESS;
}
