/* For tiny libraries with one known defect. Each is linked against the reference, so what it does not define itself is found there; it
 * overrides one or two functions and reaches the real ones by NEXT. The defects wait for an explicit decryption where they can, so that
 * a host's proofs and the other cases see a library in good order. */
#ifndef FLP_META_DEFECT_H
#define FLP_META_DEFECT_H

#include <mongocrypt/mongocrypt.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

static inline void *next_function(const char *name)
{
   void *function = dlsym(RTLD_NEXT, name);
   if (!function) {
      abort();
   }
   return function;
}

/* The next definition of a function of the header, with its type. */
#define NEXT(name) ((__typeof__(&name))next_function(#name))

static __attribute__((unused)) mongocrypt_ctx_t *decrypting; /* the context of the last explicit decryption */

/* Put into a library that waits for a context: the next one may get the memory of this one. */
#define FORGET_WITH_ITS_END(remembered)                                                             \
   EXPORT void mongocrypt_ctx_destroy(mongocrypt_ctx_t *ctx)                                        \
   {                                                                                               \
      remembered = remembered == ctx ? NULL : remembered;                                          \
      NEXT(mongocrypt_ctx_destroy)(ctx);                                                           \
   }

/* Put into a library that waits for explicit decryption. */
#define REMEMBER_DECRYPTION                                                                        \
   FORGET_WITH_ITS_END(decrypting)                                                                 \
   EXPORT bool mongocrypt_ctx_explicit_decrypt_init(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *msg) \
   {                                                                                               \
      decrypting = ctx;                                                                            \
      return NEXT(mongocrypt_ctx_explicit_decrypt_init)(ctx, msg);                                 \
   }

#endif
