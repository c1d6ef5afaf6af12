/* See bson_mutate.h. A tolerant scan lists the elements up to the first that makes no sense; a change edits the bytes of one of them and
 * adds the difference to the lengths of all documents around it. Lies about lengths are a change of their own. */
#include "fuzz/support/bson_mutate.h"

#include "fuzz/support/names.h"
#include "fuzz/support/random.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_ELEMENTS = 512, MAX_DEPTH = 64, MAX_NEW = 600 };
enum { ROOT = -1 };

typedef struct {
   size_t at, value_at, end; /* of the type byte, of the value, behind the value */
   int parent;               /* index of the container, or ROOT */
   uint8_t type;
   size_t inner; /* of a container: where the length of the document inside stands; else 0 */
} element_t;

typedef struct {
   uint8_t *data;
   size_t size, max;
   element_t elements[MAX_ELEMENTS];
   size_t n;
   flp_fuzz_random_t random;
} mutation_t;

static uint32_t chance(mutation_t *m, uint32_t below)
{
   return flp_fuzz_below(&m->random, below);
}

static uint32_t get(const uint8_t *p)
{
   return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put(uint8_t *p, uint32_t value)
{
   for (int i = 0; i < 4; i++) {
      p[i] = (uint8_t)(value >> (8 * i));
   }
}

/* --- scan ------------------------------------------------------------------------------------------------------------- */

/* Fixed sizes by type; 0xFF: by its length. */
static const uint8_t fixed[0x14] = {
   [0] = 0xFF, [1] = 8,       [2] = 0xFF,    [3] = 0xFF,    [4] = 0xFF,    [5] = 0xFF,    [6] = 0,    [7] = 12,   [8] = 1,    [9] = 8,
   [0x0A] = 0, [0x0B] = 0xFF, [0x0C] = 0xFF, [0x0D] = 0xFF, [0x0E] = 0xFF, [0x0F] = 0xFF, [0x10] = 4, [0x11] = 8, [0x12] = 8, [0x13] = 16};

static size_t c_string(const uint8_t *data, size_t at, size_t end)
{
   const uint8_t *nul = at < end ? memchr(data + at, 0, end - at) : NULL;
   return nul ? (size_t)(nul - data) + 1 : 0;
}

/* Offset behind the value, or 0. */
static size_t value_end(const uint8_t *data, uint8_t type, size_t at, size_t end)
{
   if (type == 0x7F || type == 0xFF) {
      return at;
   }
   if (type >= sizeof fixed || type == 0) {
      return 0;
   }
   size_t len = fixed[type];
   if (len == 0xFF && type == 0x0B) {
      size_t options = c_string(data, at, end);
      return options ? c_string(data, options, end) : 0;
   }
   if (len == 0xFF) {
      if (end - at < 4) {
         return 0;
      }
      size_t more = type == 5 ? 5 : type == 0x0C ? 16 : type == 3 || type == 4 || type == 0x0F ? 0 : 4;
      len = get(data + at) + more;
      len = len < 4 ? 0 : len;
      if (len == 0) {
         return 0;
      }
   }
   return len <= end - at ? at + len : 0;
}

static bool is_container(uint8_t type)
{
   return type == 3 || type == 4 || type == 0x0F;
}

/* Where the document inside begins: behind the code, if it is a scope. */
static size_t inner_of(const uint8_t *data, const element_t *e)
{
   if (e->type != 0x0F) {
      return is_container(e->type) && e->end - e->value_at >= 5 ? e->value_at : 0;
   }
   if (e->end - e->value_at < 14) {
      return 0;
   }
   size_t code = get(data + e->value_at + 4);
   return code <= e->end - e->value_at - 13 ? e->value_at + 8 + code : 0;
}

static void scan(mutation_t *m)
{
   int parents[MAX_DEPTH] = {ROOT};
   size_t ends[MAX_DEPTH] = {m->size}, at = 4;
   int depth = 0;
   m->n = 0;
   while (depth >= 0 && m->n < MAX_ELEMENTS && at < m->size) {
      if (at + 1 >= ends[depth] || m->data[at] == 0) {
         at = depth > 0 ? ends[depth] : m->size;
         depth--;
         continue;
      }
      element_t *e = &m->elements[m->n];
      size_t key_end = c_string(m->data, at + 1, ends[depth]);
      *e = (element_t){.at = at, .value_at = key_end, .type = m->data[at], .parent = parents[depth]};
      e->end = key_end ? value_end(m->data, e->type, key_end, ends[depth]) : 0;
      if (e->end == 0) {
         return;
      }
      m->n++;
      at = e->end;
      e->inner = inner_of(m->data, e);
      if (e->inner && depth + 1 < MAX_DEPTH) {
         depth++;
         parents[depth] = (int)m->n - 1;
         ends[depth] = e->end;
         at = e->inner + 4;
      }
   }
}

/* --- edits ------------------------------------------------------------------------------------------------------------ */

/* Puts `with` in place of [from, to), below `parent`: the lengths of everything around grow or shrink with it. `with` is no part of data. */
static bool edit(mutation_t *m, int parent, size_t from, size_t to, const uint8_t *with, size_t len)
{
   if (m->size - (to - from) + len > m->max) {
      return false;
   }
   uint32_t delta = (uint32_t)len - (uint32_t)(to - from);
   for (int p = parent; p != ROOT; p = m->elements[p].parent) {
      const element_t *e = &m->elements[p];
      put(m->data + e->value_at, get(m->data + e->value_at) + delta);
      if (e->inner != e->value_at) {
         put(m->data + e->inner, get(m->data + e->inner) + delta);
      }
   }
   memmove(m->data + from + len, m->data + to, m->size - to);
   if (len > 0) {
      memcpy(m->data + from, with, len);
   }
   m->size = m->size - (to - from) + len;
   put(m->data, (uint32_t)m->size);
   return true;
}

static const element_t *any(mutation_t *m)
{
   return &m->elements[chance(m, (uint32_t)m->n)];
}

/* A value that fits its type; the bytes in it are of no meaning. */
static size_t fresh_value(mutation_t *m, uint8_t type, uint8_t *out)
{
   static const uint32_t lengths[] = {0, 1, 2, 7, 15, 16, 17, 63, 64, 96, 127, 255};
   uint32_t len = lengths[chance(m, sizeof lengths / sizeof lengths[0])];
   size_t n = 0;
   memset(out, (int)chance(m, 3) == 0 ? 0 : 'a', 8);
   switch (type) {
   case 2:
   case 0x0D:
   case 0x0E:
      put(out, len + 1);
      memset(out + 4, 'a' + (int)chance(m, 4), len);
      out[4 + len] = 0;
      return 5 + len;
   case 3:
   case 4:
      put(out, 5);
      out[4] = 0;
      return 5;
   case 5:
      put(out, len);
      out[4] = (uint8_t)(chance(m, 4) == 0 ? chance(m, 256) : chance(m, 8));
      memset(out + 5, 'a', len);
      if (out[4] == 2 && len >= 4) {
         put(out + 5, len - 4);
      }
      return 5 + len;
   case 8:
      out[0] = (uint8_t)chance(m, 2);
      return 1;
   case 0x0B:
      memcpy(out, "a\0ix", 5);
      return 5;
   case 0x0C:
      memcpy(out, "\x02\0\0\0b\0aaaaaaaaaaaa", 18);
      return 18;
   case 0x0F:
      memcpy(out, "\x0F\0\0\0\x02\0\0\0f\0\x05\0\0\0", 15);
      return 15;
   default:
      n = type < sizeof fixed && fixed[type] != 0xFF ? fixed[type] : 0;
      for (size_t i = 0; i < n; i++) {
         out[i] = (uint8_t)(chance(m, 3) == 0 ? chance(m, 256) : 0);
      }
      return n;
   }
}

static uint8_t any_type(mutation_t *m)
{
   uint32_t type = 1 + chance(m, 21);
   return (uint8_t)(type == 20 ? 0x7F : type == 21 ? 0xFF : type);
}

static size_t copy_name(mutation_t *m, uint8_t *out, size_t room)
{
   const char *name = flp_fuzz_names[chance(m, sizeof flp_fuzz_names / sizeof flp_fuzz_names[0])];
   size_t len = strlen(name) + 1;
   if (len > room) {
      len = 1;
      name = "";
   }
   memcpy(out, name, len);
   return len;
}

static bool retype(mutation_t *m)
{
   const element_t *e = any(m);
   m->data[e->at] = chance(m, 8) == 0 ? (uint8_t)chance(m, 256) : any_type(m);
   return true;
}

static bool give_value(mutation_t *m)
{
   uint8_t value[MAX_NEW];
   const element_t *e = any(m);
   uint8_t type = any_type(m);
   size_t len = fresh_value(m, type, value);
   m->data[e->at] = type;
   return edit(m, e->parent, e->value_at, e->end, value, len);
}

static bool take_out(mutation_t *m)
{
   const element_t *e = any(m);
   return edit(m, e->parent, e->at, e->end, NULL, 0);
}

/* A copy of one element, put before another one (often its own neighbour: the same name twice). */
static bool repeat(mutation_t *m)
{
   uint8_t copy[MAX_NEW];
   const element_t *from = any(m), *to = chance(m, 2) ? from : any(m);
   size_t len = from->end - from->at;
   if (len > sizeof copy) {
      return false;
   }
   memcpy(copy, m->data + from->at, len);
   return edit(m, to->parent, to->at, to->at, copy, len);
}

static bool rename_one(mutation_t *m)
{
   uint8_t name[64];
   const element_t *e = any(m);
   size_t len = copy_name(m, name, sizeof name);
   return edit(m, e->parent, e->at + 1, e->value_at, name, len);
}

static bool add_one(mutation_t *m)
{
   uint8_t made[1 + 64 + MAX_NEW];
   uint8_t type = any_type(m);
   size_t len = 1 + copy_name(m, made + 1, 64);
   made[0] = type;
   len += fresh_value(m, type, made + len);
   if (m->n == 0) {
      return edit(m, ROOT, 4, 4, made, len);
   }
   const element_t *e = any(m);
   if (e->inner && chance(m, 2)) {
      return edit(m, (int)(e - m->elements), e->inner + 4, e->inner + 4, made, len);
   }
   return edit(m, e->parent, e->end, e->end, made, len);
}

/* {k: v} becomes {k: {k: v}}, as a document or an array. */
static bool nest(mutation_t *m)
{
   uint8_t made[MAX_NEW + 16];
   const element_t *e = any(m);
   size_t len = e->end - e->value_at;
   if (len > MAX_NEW) {
      return false;
   }
   put(made, (uint32_t)(4 + 1 + 2 + len + 1));
   made[4] = e->type;
   memcpy(made + 5, "0", 2);
   memcpy(made + 7, m->data + e->value_at, len);
   made[7 + len] = 0;
   m->data[e->at] = (uint8_t)(3 + chance(m, 2));
   return edit(m, e->parent, e->value_at, e->end, made, len + 8);
}

/* A container becomes what its first element holds. */
static bool unnest(mutation_t *m)
{
   uint8_t value[MAX_NEW];
   const element_t *e = any(m), *inner = e + 1;
   if ((size_t)(inner - m->elements) >= m->n || inner->parent != (int)(e - m->elements) || inner->end - inner->value_at > sizeof value) {
      return false;
   }
   size_t len = inner->end - inner->value_at;
   memcpy(value, m->data + inner->value_at, len);
   m->data[e->at] = inner->type;
   return edit(m, e->parent, e->value_at, e->end, value, len);
}

/* The length of a value or of a document is no longer what it was; nothing around it knows. */
static bool lie(mutation_t *m)
{
   static const uint32_t lies[] = {0, 1, 4, 5, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFF0, 0x01000000};
   const element_t *e = any(m);
   if (e->end - e->value_at < 4) {
      return false;
   }
   uint8_t *field = m->data + (e->inner && chance(m, 2) ? e->inner : e->value_at);
   put(field, chance(m, 2) ? get(field) + chance(m, 9) - 4 : lies[chance(m, sizeof lies / sizeof lies[0])]);
   return true;
}

/* A string or a binary gets longer or shorter, and its own length with it. */
static bool stretch(mutation_t *m)
{
   uint8_t more[64];
   const element_t *e = any(m);
   size_t head = e->type == 5 ? 5 : 4, tail = e->type == 5 ? 0 : 1;
   if ((e->type != 2 && e->type != 5 && e->type != 0x0D && e->type != 0x0E) || e->end - e->value_at < head + tail) {
      return false;
   }
   size_t body = e->end - e->value_at - head - tail, n = chance(m, 33);
   bool shorter = chance(m, 2);
   n = shorter && n > body ? body : n;
   memset(more, 'a' + (int)chance(m, 3), sizeof more);
   size_t value_at = e->value_at, at = e->end - tail;
   uint32_t len = get(m->data + value_at);
   if (!edit(m, e->parent, shorter ? at - n : at, at, more, shorter ? 0 : n)) {
      return false;
   }
   put(m->data + value_at, shorter ? len - (uint32_t)n : len + (uint32_t)n);
   return true;
}

static bool turn_value(mutation_t *m)
{
   static const uint8_t odd[] = {0, 1, 0x7F, 0x80, 0xFF, '/', ':', '.', 'a'};
   const element_t *e = any(m);
   size_t len = e->end - e->value_at;
   if (len == 0) {
      return false;
   }
   m->data[e->value_at + chance(m, (uint32_t)len)] = chance(m, 2) ? odd[chance(m, sizeof odd)] : (uint8_t)chance(m, 256);
   return true;
}

static bool swap_values(mutation_t *m)
{
   uint8_t one[MAX_NEW];
   const element_t *a = any(m), *b = any(m);
   size_t len = a->end - a->value_at;
   if (a >= b || b->at < a->end || len > sizeof one) {
      return false;
   }
   memcpy(one, m->data + a->value_at, len);
   uint8_t type = a->type;
   m->data[a->at] = b->type;
   m->data[b->at] = type;
   /* The later one first, so that the earlier offsets stay. */
   uint8_t two[MAX_NEW];
   size_t len_two = b->end - b->value_at;
   if (len_two > sizeof two) {
      return false;
   }
   memcpy(two, m->data + b->value_at, len_two);
   return edit(m, b->parent, b->value_at, b->end, one, len) && edit(m, a->parent, a->value_at, a->end, two, len_two);
}

static bool (*const changes[])(mutation_t *) = {retype, give_value, take_out, repeat,     rename_one, add_one,     nest,
                                                unnest, lie,        stretch,  turn_value, turn_value, swap_values, give_value};

/* An element of the other document, put into this one. */
static bool splice(mutation_t *m, const uint8_t *other, size_t other_len)
{
   uint8_t copy[4096], element[MAX_NEW];
   if (!other || other_len < 8 || other_len > sizeof copy) {
      return false;
   }
   mutation_t from = {.data = copy, .size = other_len, .max = sizeof copy, .random = m->random};
   memcpy(copy, other, other_len);
   scan(&from);
   if (from.n == 0) {
      return false;
   }
   const element_t *e = any(&from), *to = m->n > 0 ? any(m) : NULL;
   size_t len = e->end - e->at;
   if (len > sizeof element) {
      return false;
   }
   memcpy(element, copy + e->at, len);
   if (!to) {
      return edit(m, ROOT, 4, 4, element, len);
   }
   return edit(m, to->parent, to->at, chance(m, 2) ? to->end : to->at, element, len);
}

size_t flp_fuzz_bson_mutate(uint8_t *data, size_t size, size_t max, uint32_t seed, const uint8_t *other, size_t other_len)
{
   enum { TRIES = 8 };
   mutation_t m = {.data = data, .size = size, .max = max, .random = flp_fuzz_random(seed)};
   if (max < 5) {
      return size;
   }
   if (size < 5) {
      memcpy(data, "\x05\0\0\0", 5);
      m.size = 5;
   }
   scan(&m);
   for (int i = 0; i < TRIES; i++) {
      if (other && chance(&m, 4) == 0 && splice(&m, other, other_len)) {
         return m.size;
      }
      if (m.n == 0 ? add_one(&m) : changes[chance(&m, sizeof changes / sizeof changes[0])](&m)) {
         return m.size;
      }
   }
   return m.size;
}

/* --- libFuzzer -------------------------------------------------------------------------------------------------------- */

/* The engine's own change. Weak: the other engine and plain replay have none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

size_t flp_fuzz_bson_or_bytes(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t prefix)
{
   if (size <= prefix || max <= prefix + 5 || (seed & 1) == 0) {
      size = LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max) : size;
      if ((seed & 2) && size >= prefix + 5) {
         put(data + prefix, (uint32_t)(size - prefix));
         data[size - 1] = 0;
      }
      return size;
   }
   size_t len = size - prefix;
   for (unsigned int i = 0; i <= (seed >> 2) % 3; i++) {
      len = flp_fuzz_bson_mutate(data + prefix, len, max - prefix, seed + i * 7919, NULL, 0);
   }
   return prefix + len;
}

size_t flp_fuzz_bson_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out, size_t max, unsigned int seed,
                           size_t prefix)
{
   if (a_len > max || a_len < prefix + 5 || b_len < prefix + 5) {
      return 0;
   }
   memcpy(out, a, a_len);
   return prefix + flp_fuzz_bson_mutate(out + prefix, a_len - prefix, max - prefix, seed, b + prefix, b_len - prefix);
}
