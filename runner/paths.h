/* Where the program finds what belongs to it: PREFIX is the folder above the folder of the running program (docs/architecture.md). */
#ifndef FLP_RUNNER_PATHS_H
#define FLP_RUNNER_PATHS_H

/* PREFIX/share/fleproof/NAME and PREFIX/lib/fleproof/NAME. Owned by the caller (bson_free). Existence is not checked; never NULL. */
char *flp_paths_share(const char *name);
char *flp_paths_lib(const char *name);

#endif
