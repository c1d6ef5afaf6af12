/* The memory of the subject: allocations are counted, the n-th can fail, what is freed can be searched for planted secrets, and what is
 * not freed is known.
 * The memory itself is libc's, so a block may come from one side and be freed on the other. Under a sanitizer nothing is defined here.
 * Not seen: stacks, registers, tails of blocks that were used twice. */
#include "runner/host/abi/outside.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

void flp_outside_fail_at(uint64_t nth)
{
   flp_outside.allocations = 0;
   flp_outside.fail_at = nth;
   flp_outside.failed = false;
}

void flp_outside_forget_secrets(void)
{
   flp_outside.n_secrets = 0;
   memset(flp_outside.leaked, 0, sizeof flp_outside.leaked);
   flp_outside.any_leak = false;
}

bool flp_outside_plant(const uint8_t *secret, size_t len)
{
   if (len < FLP_MIN_SECRET_LEN || len > FLP_MAX_SECRET_LEN || flp_outside.n_secrets == FLP_MAX_SECRETS) {
      return false;
   }
   memcpy(flp_outside.secrets[flp_outside.n_secrets], secret, len);
   flp_outside.secret_lens[flp_outside.n_secrets++] = len;
   return true;
}

#if FLP_HOST_COUNTS_ALLOCATIONS

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static bool counting(void)
{
   return flp_outside.armed && flp_outside.count_allocations;
}

static bool refuse(void)
{
   if (!counting()) {
      return false;
   }
   flp_outside.allocations++;
   if (flp_outside.fail_at == 0 || flp_outside.allocations != flp_outside.fail_at) {
      return false;
   }
   flp_outside.failed = true;
   errno = ENOMEM;
   return true;
}

/* A new block, or NULL, on its way to who asked for it. */
static void *counted(void *block)
{
   if (block != NULL && counting()) {
      flp_outside_block_came(block);
   }
   return block;
}

static bool searching(void)
{
   return flp_outside.armed && flp_outside.n_secrets > 0;
}

static void search(const void *block)
{
   const size_t len = malloc_usable_size((void *)(uintptr_t)block);
   for (size_t i = 0; i < flp_outside.n_secrets; i++) {
      if (!flp_outside.leaked[i] && memmem(block, len, flp_outside.secrets[i], flp_outside.secret_lens[i]) != NULL) {
         flp_outside.leaked[i] = true;
         flp_outside.any_leak = true;
      }
   }
}

EXPORTED void *malloc(size_t size)
{
   return refuse() ? NULL : counted(__libc_malloc(size));
}

EXPORTED void *calloc(size_t n, size_t size)
{
   return refuse() ? NULL : counted(__libc_calloc(n, size));
}

EXPORTED void free(void *block)
{
   if (block == NULL) {
      return;
   }
   if (searching()) {
      search(block);
   }
   flp_outside_block_goes(block);
   __libc_free(block);
}

EXPORTED void *realloc(void *block, size_t size)
{
   if (refuse()) {
      return NULL;
   }
   if (block == NULL) {
      return counted(__libc_realloc(NULL, size));
   }
   const bool known = flp_outside_block_goes(block); /* from here on its address may be another's */
   void *moved;
   if (size == 0 || !searching()) {
      moved = __libc_realloc(block, size);
   } else {
      /* The old block is always left, so that what stays in it is seen. */
      moved = __libc_malloc(size);
      if (moved != NULL) {
         const size_t old = malloc_usable_size(block);
         memcpy(moved, block, old < size ? old : size);
         search(block);
         __libc_free(block);
      }
   }
   if (moved != NULL && known) {
      flp_outside_block_came(moved);
   } else if (moved != NULL) {
      counted(moved);
   } else if (known && size != 0) {
      flp_outside_block_came(block);
   }
   return moved;
}

EXPORTED int posix_memalign(void **out, size_t alignment, size_t size)
{
   if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0) {
      return EINVAL;
   }
   void *block = refuse() ? NULL : counted(__libc_memalign(alignment, size));
   if (block == NULL) {
      return ENOMEM;
   }
   *out = block;
   return 0;
}

EXPORTED void *aligned_alloc(size_t alignment, size_t size)
{
   return refuse() ? NULL : counted(__libc_memalign(alignment, size));
}

#endif
