/* The subject: a shared library with the libmongocrypt C ABI, its functions by name, ready to be called from the table. */
#ifndef FLP_HOST_ABI_LIBRARY_H
#define FLP_HOST_ABI_LIBRARY_H

#include "runner/abi_table.h"

#include <ffi.h>

enum { FLP_MAX_C_ARGS = 12 };

typedef struct {
   void *handle;
   void (*symbols[FLP_ABI_N_FUNCTIONS])(void); /* NULL: not exported */
   ffi_cif cifs[FLP_ABI_N_FUNCTIONS];
   ffi_type *types[FLP_ABI_N_FUNCTIONS][FLP_MAX_C_ARGS];
} flp_library_t;

/* Loads RTLD_NOW | RTLD_LOCAL. False: `why` names what the loader said. Missing functions are no failure. */
bool flp_library_open(flp_library_t *library, const char *file, char *why, size_t why_len);

/* Describes the functions to libffi; open does it. For a library whose symbols are put in by hand. */
bool flp_library_describe(flp_library_t *library);

/* A subject stays loaded until the process ends: a crash in its exit handlers is then seen by whoever waits for us. */

#endif
