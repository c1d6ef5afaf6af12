/* Loads the subject and describes its functions to libffi from the one table of the ABI. Calls nothing. */
#include "runner/host/abi/library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* C types of a parameter; the second is NULL but for pairs. */
static void c_types(flp_abi_kind_t kind, ffi_type *out[2])
{
   out[1] = NULL;
   switch (kind) {
   case FLP_ABI_VOID:
      out[0] = &ffi_type_void;
      break;
   case FLP_ABI_BOOL:
      out[0] = &ffi_type_uint8;
      break;
   case FLP_ABI_INT64:
      out[0] = &ffi_type_sint64;
      break;
   case FLP_ABI_UINT64:
      out[0] = &ffi_type_uint64;
      break;
   case FLP_ABI_UINT32:
   case FLP_ABI_STATUS_TYPE:
   case FLP_ABI_STATE:
      out[0] = &ffi_type_uint32;
      break;
   case FLP_ABI_DATA_LEN:
      out[0] = &ffi_type_pointer;
      out[1] = &ffi_type_uint32;
      break;
   case FLP_ABI_TEXT_LEN:
      out[0] = &ffi_type_pointer;
      out[1] = &ffi_type_sint32;
      break;
   default:
      out[0] = &ffi_type_pointer;
      break;
   }
}

static bool describe(flp_library_t *library, size_t i)
{
   const flp_abi_function_t *function = &flp_abi_functions[i];
   ffi_type *pair[2];
   unsigned n = 0;
   for (size_t p = 0; p < function->n_params; p++) {
      c_types(function->params[p].kind, pair);
      for (size_t k = 0; k < 2 && pair[k] != NULL; k++) {
         if (n == FLP_MAX_C_ARGS) {
            return false;
         }
         library->types[i][n++] = pair[k];
      }
   }
   c_types(function->returns, pair);
   return ffi_prep_cif(&library->cifs[i], FFI_DEFAULT_ABI, n, pair[0], library->types[i]) == FFI_OK;
}

bool flp_library_describe(flp_library_t *library)
{
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      if (!describe(library, i)) {
         return false;
      }
   }
   return true;
}

/* The loader looks for a name without a slash in the system's folders: the library of another would be judged. */
static void *open_file(const char *file)
{
   char here[4096];
   if (strchr(file, '/') != NULL) {
      return dlopen(file, RTLD_NOW | RTLD_LOCAL);
   }
   snprintf(here, sizeof here, "./%s", file);
   return dlopen(here, RTLD_NOW | RTLD_LOCAL);
}

bool flp_library_open(flp_library_t *library, const char *file, char *why, size_t why_len)
{
   memset(library, 0, sizeof *library);
   library->handle = open_file(file);
   if (library->handle == NULL) {
      snprintf(why, why_len, "%s", dlerror());
      return false;
   }
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      char name[96];
      snprintf(name, sizeof name, "mongocrypt_%s", flp_abi_functions[i].name);
      void *symbol = dlsym(library->handle, name);
      memcpy(&library->symbols[i], &symbol, sizeof symbol);
   }
   if (!flp_library_describe(library)) {
      snprintf(why, why_len, "libffi cannot describe the ABI");
      return false;
   }
   return true;
}
