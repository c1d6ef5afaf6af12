/* For a test program that lets its n-th allocation fail: its own malloc, calloc, realloc and free, which count what is held while `armed`.
 * Include it in one file of the program. Void under a sanitizer, which owns the allocator. */
#ifndef FLP_TEST_SHORT_MEMORY_H
#define FLP_TEST_SHORT_MEMORY_H

#include "ref/mongocrypt/test/allocator.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

static bool armed;
static unsigned long left; /* allocations until one fails; 0: none fails */
static bool failed;        /* one has failed */
static long held;          /* blocks that were taken and not given back */

#if OWNS_ALLOCATOR

static bool fails_now(void)
{
   if (!armed || left == 0) {
      return false;
   }
   left--;
   if (left > 0) {
      return false;
   }
   failed = true;
   errno = ENOMEM;
   return true;
}

static void *count(void *block)
{
   held += armed && block ? 1 : 0;
   return block;
}

SEEN void *malloc(size_t size)
{
   return fails_now() ? NULL : count(__libc_malloc(size));
}

SEEN void *calloc(size_t n, size_t size)
{
   return fails_now() ? NULL : count(__libc_calloc(n, size));
}

SEEN void *realloc(void *block, size_t size)
{
   if (fails_now()) {
      return NULL;
   }
   return block ? __libc_realloc(block, size) : count(__libc_malloc(size));
}

SEEN void free(void *block)
{
   held -= armed && block ? 1 : 0;
   __libc_free(block);
}
#endif

#endif
