/* Which blocks are the subject's: those that were allocated while a call into it was under way and not freed since, by whomever. A set of
 * addresses with open addressing, in mapped memory: the heap is what is being counted. */
#include "runner/host/abi/outside.h"

#include <stdatomic.h>
#include <sys/mman.h>

enum { FIRST_SLOTS = 1 << 14 };

static uintptr_t *slots;
static size_t n_slots;
static atomic_flag busy = ATOMIC_FLAG_INIT; /* a subject may have threads */

static size_t home_of(uintptr_t address, size_t n)
{
   return (size_t)((uint64_t)address * 0x9E3779B97F4A7C15u >> 20) & (n - 1);
}

/* The slot of the address, or the free one where it belongs. */
static size_t find(const uintptr_t *table, size_t n, uintptr_t address)
{
   size_t at = home_of(address, n);
   while (table[at] != 0 && table[at] != address) {
      at = (at + 1) & (n - 1);
   }
   return at;
}

static bool grow(void)
{
   const size_t more = n_slots == 0 ? FIRST_SLOTS : 2 * n_slots;
   uintptr_t *table = mmap(NULL, more * sizeof *table, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
   if (table == MAP_FAILED) {
      return false;
   }
   for (size_t i = 0; i < n_slots; i++) {
      if (slots[i] != 0) {
         table[find(table, more, slots[i])] = slots[i];
      }
   }
   if (slots != NULL) {
      munmap(slots, n_slots * sizeof *slots);
   }
   slots = table;
   n_slots = more;
   return true;
}

/* What stands behind a freed slot moves up, so that no search ends too early. */
static void close_gap(size_t gap)
{
   for (size_t at = (gap + 1) & (n_slots - 1); slots[at] != 0; at = (at + 1) & (n_slots - 1)) {
      const size_t home = home_of(slots[at], n_slots);
      if (((at - home) & (n_slots - 1)) >= ((at - gap) & (n_slots - 1))) {
         slots[gap] = slots[at];
         gap = at;
      }
   }
   slots[gap] = 0;
}

static void lock(void)
{
   while (atomic_flag_test_and_set_explicit(&busy, memory_order_acquire)) {
   }
}

static void unlock(void)
{
   atomic_flag_clear_explicit(&busy, memory_order_release);
}

void flp_outside_block_came(const void *block)
{
   lock();
   if (2 * ((size_t)flp_outside.live + 1) < n_slots || grow()) {
      uintptr_t *slot = &slots[find(slots, n_slots, (uintptr_t)block)];
      flp_outside.live += *slot == 0;
      *slot = (uintptr_t)block;
   }
   unlock();
}

bool flp_outside_block_goes(const void *block)
{
   bool known = false;
   lock();
   if (flp_outside.live > 0) {
      const size_t at = find(slots, n_slots, (uintptr_t)block);
      known = slots[at] != 0;
      if (known) {
         close_gap(at);
         flp_outside.live--;
      }
   }
   unlock();
   return known;
}
