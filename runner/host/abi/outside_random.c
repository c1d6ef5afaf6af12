/* The chance of the subject: one seeded stream a case (xoshiro256**, started by splitmix64), so that two runs give the same bytes.
 * Not for keys of anybody: while no call into the subject is under way, real random bytes come from the kernel. */
#include "runner/host/abi/outside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define EXPORTED __attribute__((visibility("default")))

flp_outside_t flp_outside = {.count_allocations = true};

static uint64_t splitmix(uint64_t *state)
{
   uint64_t z = (*state += 0x9E3779B97F4A7C15u);
   z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
   z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
   return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, unsigned n)
{
   return (x << n) | (x >> (64 - n));
}

static uint64_t draw(void)
{
   uint64_t *s = flp_outside.random;
   const uint64_t result = rotate(s[1] * 5, 7) * 9;
   const uint64_t t = s[1] << 17;
   s[2] ^= s[0];
   s[3] ^= s[1];
   s[1] ^= s[2];
   s[0] ^= s[3];
   s[2] ^= t;
   s[3] = rotate(s[3], 45);
   return result;
}

void flp_outside_start(int64_t now_ms, uint64_t seed, const char *id)
{
   uint64_t state = 0xCBF29CE484222325u ^ seed; /* FNV-1a over the id, from the seed */
   for (const char *p = id; *p != '\0'; p++) {
      state = (state ^ (uint8_t)*p) * 0x100000001B3u;
   }
   for (size_t i = 0; i < 4; i++) {
      flp_outside.random[i] = splitmix(&state);
   }
   if (__builtin_mul_overflow(now_ms, 1000000, &flp_outside.epoch_ns)) {
      flp_outside.epoch_ns = now_ms < 0 ? INT64_MIN : INT64_MAX;
   }
   flp_outside.advanced_ns = flp_outside.aged_ns = 0;
   flp_outside.scripted_len = flp_outside.scripted_at = 0;
   flp_outside_fail_at(0);
   memset(flp_outside.leaked, 0, sizeof flp_outside.leaked);
   flp_outside.any_leak = false;
}

flp_moment_t flp_outside_now(void)
{
   flp_moment_t moment = {.advanced_ns = flp_outside.advanced_ns, .scripted_at = flp_outside.scripted_at};
   memcpy(moment.random, flp_outside.random, sizeof moment.random);
   return moment;
}

void flp_outside_return(const flp_moment_t *moment)
{
   flp_outside.advanced_ns = moment->advanced_ns;
   flp_outside.scripted_at = moment->scripted_at;
   memcpy(flp_outside.random, moment->random, sizeof flp_outside.random);
}

bool flp_outside_script_random(const uint8_t *bytes, size_t len)
{
   if (len > sizeof flp_outside.scripted) {
      return false;
   }
   if (len > 0) {
      memcpy(flp_outside.scripted, bytes, len);
   }
   flp_outside.scripted_len = len;
   flp_outside.scripted_at = 0;
   return true;
}

void flp_outside_random(uint8_t *out, size_t len)
{
   const size_t left = flp_outside.scripted_len - flp_outside.scripted_at;
   const size_t given = len < left ? len : left;
   if (given > 0) {
      memcpy(out, flp_outside.scripted + flp_outside.scripted_at, given);
      flp_outside.scripted_at += given;
      out += given;
      len -= given;
   }
   while (len > 0) {
      const uint64_t word = draw();
      const size_t n = len < sizeof word ? len : sizeof word;
      memcpy(out, &word, n);
      out += n;
      len -= n;
   }
}

static int fill(unsigned char *out, int len)
{
   if (len < 0) {
      return 0;
   }
   if (flp_outside.armed) {
      flp_outside_random(out, (size_t)len);
      return 1;
   }
   for (int got = 0; got < len;) {
      const ssize_t n = getrandom(out + got, (size_t)(len - got), 0);
      if (n <= 0) {
         return 0;
      }
      got += (int)n;
   }
   return 1;
}

/* Declared here because <openssl/rand.h> would bring its own idea of their linkage. */
int RAND_bytes(unsigned char *out, int len);
int RAND_priv_bytes(unsigned char *out, int len);

EXPORTED int RAND_bytes(unsigned char *out, int len)
{
   return fill(out, len);
}

EXPORTED int RAND_priv_bytes(unsigned char *out, int len)
{
   return fill(out, len);
}

EXPORTED int rand(void)
{
   unsigned value = 0;
   fill((unsigned char *)&value, sizeof value);
   return (int)(value & RAND_MAX);
}

EXPORTED void srand(unsigned seed)
{
   (void)seed; /* the stream belongs to the case */
}
