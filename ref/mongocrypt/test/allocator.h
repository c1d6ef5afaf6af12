/* For tests with a malloc, realloc or free of their own: OWNS_ALLOCATOR is 0 under a sanitizer, which has one already. Such a test then
 * prints why it skips itself. */
#ifndef FLP_TEST_ALLOCATOR_H
#define FLP_TEST_ALLOCATOR_H

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWNS_ALLOCATOR 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OWNS_ALLOCATOR 0
#endif
#endif
#ifndef OWNS_ALLOCATOR
#define OWNS_ALLOCATOR 1
#endif

#define SKIP_WITHOUT_ALLOCATOR()                                                                                                           \
   do {                                                                                                                                    \
      if (!OWNS_ALLOCATOR) {                                                                                                               \
         print_message("skipped: a sanitizer owns the allocator\n");                                                                       \
         skip();                                                                                                                           \
      }                                                                                                                                    \
   } while (0)

/* Hidden visibility is the default of this project; these must be seen by the C library's users, OpenSSL first of all. */
#define SEEN __attribute__((visibility("default")))

#if OWNS_ALLOCATOR
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);
#endif

#endif
