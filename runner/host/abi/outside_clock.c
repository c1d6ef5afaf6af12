/* The clock of the subject: real time and monotonic time that move only when the case (or a sleep) moves them.
 * Everybody else in the process, and the subject while no call is under way, gets real time by raw system calls. */
#include "runner/host/abi/outside.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))

enum { NS_PER_MS = 1000000, MONOTONIC_START_S = 1000 };
#define NS_PER_S 1000000000LL

void flp_outside_advance_ns(int64_t ns)
{
   if (ns > 0 && __builtin_add_overflow(flp_outside.advanced_ns, ns, &flp_outside.advanced_ns)) {
      flp_outside.advanced_ns = INT64_MAX;
   }
}

void flp_outside_age(void)
{
   flp_outside.aged_ns = 100 * 365 * 86400LL * NS_PER_S;
}

int64_t flp_outside_clock_ms(void)
{
   return flp_outside.advanced_ns / NS_PER_MS;
}

static bool is_wall_clock(clockid_t id)
{
   return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI;
}

static bool is_process_clock(clockid_t id)
{
   return id == CLOCK_PROCESS_CPUTIME_ID || id == CLOCK_THREAD_CPUTIME_ID;
}

static struct timespec now(clockid_t id)
{
   int64_t ns = is_wall_clock(id) ? flp_outside.epoch_ns : MONOTONIC_START_S * NS_PER_S + flp_outside.aged_ns;
   if (__builtin_add_overflow(ns, flp_outside.advanced_ns, &ns)) {
      ns = INT64_MAX;
   }
   struct timespec result = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
   if (result.tv_nsec < 0) { /* before 1970 */
      result.tv_nsec += NS_PER_S;
      result.tv_sec--;
   }
   return result;
}

EXPORTED int clock_gettime(clockid_t id, struct timespec *out)
{
   if (!flp_outside.armed || is_process_clock(id)) {
      return (int)syscall(SYS_clock_gettime, id, out);
   }
   *out = now(id);
   return 0;
}

EXPORTED int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
   if (!flp_outside.armed) {
      return (int)syscall(SYS_gettimeofday, out, zone);
   }
   const struct timespec t = now(CLOCK_REALTIME);
   *out = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
   return 0;
}

EXPORTED time_t time(time_t *out)
{
   struct timespec t;
   if (flp_outside.armed) {
      t = now(CLOCK_REALTIME);
   } else {
      syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
   }
   if (out != NULL) {
      *out = t.tv_sec;
   }
   return t.tv_sec;
}

/* A sleep of the subject costs no time of ours. */
EXPORTED int nanosleep(const struct timespec *length, struct timespec *left)
{
   if (!flp_outside.armed) {
      return (int)syscall(SYS_nanosleep, length, left);
   }
   if (length->tv_sec < 0 || length->tv_nsec < 0 || length->tv_nsec >= NS_PER_S) {
      errno = EINVAL;
      return -1;
   }
   int64_t ns;
   if (__builtin_mul_overflow((int64_t)length->tv_sec, NS_PER_S, &ns) || __builtin_add_overflow(ns, length->tv_nsec, &ns)) {
      ns = INT64_MAX;
   }
   flp_outside_advance_ns(ns);
   return 0;
}

EXPORTED int usleep(useconds_t us)
{
   const struct timespec length = {.tv_sec = us / 1000000, .tv_nsec = (long)(us % 1000000) * 1000};
   return nanosleep(&length, NULL);
}
