/* What the host owns of a subject's outside: time, chance, memory. The functions of libc and libcrypto that give them are defined in this
 * executable and exported by exports.list, so every library loaded later binds to them. They differ from the real ones only while a
 * call into the subject is under way ("armed"). One thread drives; state is static so that a subject that writes over the heap misses it. */
#ifndef FLP_HOST_ABI_OUTSIDE_H
#define FLP_HOST_ABI_OUTSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sanitizers bring their own allocator: counting is then compiled out. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define FLP_HOST_COUNTS_ALLOCATIONS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define FLP_HOST_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef FLP_HOST_COUNTS_ALLOCATIONS
#define FLP_HOST_COUNTS_ALLOCATIONS 1
#endif

enum { FLP_MAX_SCRIPTED_RANDOM = 512, FLP_MAX_SECRETS = 16, FLP_MIN_SECRET_LEN = 16, FLP_MAX_SECRET_LEN = 256 };

typedef struct {
   volatile bool armed;     /* a call into the subject is under way */
   bool count_allocations;  /* false with --no-alloc */

   int64_t epoch_ns;        /* virtual real time at the start of the case */
   int64_t advanced_ns;     /* how far the case has moved it; the monotonic clock starts at 1,000 s */
   int64_t aged_ns;         /* the monotonic clock alone is so much further: caches have expired, dates stay */

   uint64_t random[4];      /* xoshiro256** */
   uint8_t scripted[FLP_MAX_SCRIPTED_RANDOM]; /* bytes that the case gives, used up first */
   size_t scripted_len, scripted_at;

   uint64_t allocations;    /* since flp_outside_fail_at, while armed */
   uint64_t fail_at;        /* the allocation that fails, from 1; 0: none */
   bool failed;             /* it was reached */
   volatile int64_t live;   /* blocks of the subject that are not freed */

   size_t n_secrets;
   uint8_t secrets[FLP_MAX_SECRETS][FLP_MAX_SECRET_LEN];
   size_t secret_lens[FLP_MAX_SECRETS];
   bool leaked[FLP_MAX_SECRETS];     /* seen in a freed block */
   bool any_leak;                    /* something new since the last look */
} flp_outside_t;

extern flp_outside_t flp_outside;

/* A new case: clock at `now_ms`, random from seed and id, no failing allocation. Secrets stay. */
void flp_outside_start(int64_t now_ms, uint64_t seed, const char *id);
bool flp_outside_script_random(const uint8_t *bytes, size_t len); /* after the start; false: more than there is room for */
void flp_outside_advance_ns(int64_t ns);   /* never backwards; stops at the end of time instead of wrapping */
int64_t flp_outside_clock_ms(void);        /* since the start of the case */
void flp_outside_age(void);                /* a century passes on the monotonic clock */

void flp_outside_fail_at(uint64_t nth);    /* counts from here; 0: only counts */

/* Time and chance as they are at a moment, to go back to: what is done again then finds the same. */
typedef struct {
   int64_t advanced_ns;
   uint64_t random[4];
   size_t scripted_at;
} flp_moment_t;

flp_moment_t flp_outside_now(void);
void flp_outside_return(const flp_moment_t *moment);

/* The set behind `live`. A block that goes may be none of the subject's: false. */
void flp_outside_block_came(const void *block);
bool flp_outside_block_goes(const void *block);

/* Seeded bytes: the source behind RAND_bytes and behind the host's random hook. */
void flp_outside_random(uint8_t *out, size_t len);

void flp_outside_forget_secrets(void);
bool flp_outside_plant(const uint8_t *secret, size_t len); /* false: too short, or no room */

#endif
