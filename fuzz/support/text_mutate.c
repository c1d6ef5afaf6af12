/* See text_mutate.h. Lines and values are found anew for each change, from a place that chance names: inputs are small. */
#include "fuzz/support/text_mutate.h"

#include "fuzz/support/random.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_PIECE = 2048 };

typedef struct {
   uint8_t *data;
   size_t size, max;
   flp_fuzz_random_t random;
} text_t;

typedef struct {
   size_t from, to;
} span_t;

/* Puts `with` in place of a span; `with` is no part of data. */
static bool edit(text_t *t, span_t span, const void *with, size_t len)
{
   size_t rest = t->size - span.to;
   if (span.from + len + rest > t->max) {
      return false;
   }
   memmove(t->data + span.from + len, t->data + span.to, rest);
   if (len > 0) {
      memcpy(t->data + span.from, with, len);
   }
   t->size = span.from + len + rest;
   return true;
}

static bool is_word(uint8_t c)
{
   return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c != 0 && strchr("_$!./*&+-", c));
}

static span_t line_at(const text_t *t, size_t at)
{
   span_t line = {at, at};
   while (line.from > 0 && t->data[line.from - 1] != '\n') {
      line.from--;
   }
   while (line.to < t->size && t->data[line.to] != '\n') {
      line.to++;
   }
   line.to += line.to < t->size ? 1 : 0;
   return line;
}

/* The end of what `at` opens: a quoted text or a group of brackets; `at` itself if it never ends. */
static size_t closes(const text_t *t, size_t at)
{
   size_t depth = 0;
   for (size_t i = at; i < t->size; i++) {
      uint8_t c = t->data[i];
      if (c == '"') {
         for (i++; i < t->size && t->data[i] != '"' && t->data[i] != '\n'; i++) {
            i += t->data[i] == '\\' ? 1 : 0;
         }
      }
      depth += c == '{' || c == '[' ? 1 : 0;
      depth -= (c == '}' || c == ']') && depth > 0 ? 1 : 0;
      if (depth == 0) {
         return i < t->size ? i + 1 : at;
      }
   }
   return at;
}

/* The value that begins at `at` or behind; false if there is none. */
static bool value_from(const text_t *t, size_t at, span_t *value)
{
   for (; at < t->size; at++) {
      uint8_t c = t->data[at];
      if (c == '"' || c == '{' || c == '[') {
         *value = (span_t){at, closes(t, at)};
         return value->to > at;
      }
      if (is_word(c)) {
         *value = (span_t){at, at};
         while (value->from > 0 && is_word(t->data[value->from - 1])) {
            value->from--;
         }
         while (value->to < t->size && is_word(t->data[value->to])) {
            value->to++;
         }
         return true;
      }
   }
   return false;
}

static size_t place(text_t *t)
{
   return flp_fuzz_below(&t->random, (uint32_t)t->size);
}

static bool other_value(text_t *t)
{
   static const char *const words[] = {"null",       "true", "false",       "0",        "-1",     "1",  "9223372036854775807",
                                       "1e999",      "1.5",  "\"\"",        "\"x\"",    "[]",     "{}", "[null]",
                                       "{\"a\": 1}", "[[]]", "\"\\u0000\"", "\"AA==\"", "!hex 00"};
   const char *word = words[flp_fuzz_below(&t->random, sizeof words / sizeof words[0])];
   span_t value;
   return value_from(t, place(t), &value) && edit(t, value, word, strlen(word));
}

static bool value_of_another(text_t *t)
{
   uint8_t copy[MAX_PIECE];
   span_t from, to;
   if (!value_from(t, place(t), &from) || !value_from(t, place(t), &to) || from.to - from.from > sizeof copy) {
      return false;
   }
   memcpy(copy, t->data + from.from, from.to - from.from);
   return edit(t, to, copy, from.to - from.from);
}

/* A value in brackets, or brackets without their value. */
static bool wrap(text_t *t)
{
   uint8_t made[MAX_PIECE];
   span_t value;
   if (!value_from(t, place(t), &value) || value.to - value.from + 8 > sizeof made) {
      return false;
   }
   size_t len = value.to - value.from;
   bool list = flp_fuzz_below(&t->random, 2) == 0;
   const char *head = list ? "[" : "{\"a\": ";
   size_t n = strlen(head);
   memcpy(made, head, n);
   memcpy(made + n, t->data + value.from, len);
   made[n + len] = list ? ']' : '}';
   return edit(t, value, made, n + len + 1);
}

static bool drop_value(text_t *t)
{
   span_t value;
   return value_from(t, place(t), &value) && edit(t, value, NULL, 0);
}

static bool drop_line(text_t *t)
{
   return edit(t, line_at(t, place(t)), NULL, 0);
}

static bool copy_line(text_t *t)
{
   uint8_t copy[MAX_PIECE];
   span_t from = line_at(t, place(t)), to = line_at(t, place(t));
   if (from.to - from.from > sizeof copy) {
      return false;
   }
   memcpy(copy, t->data + from.from, from.to - from.from);
   return edit(t, (span_t){to.from, to.from}, copy, from.to - from.from);
}

/* Two blanks more or less: another level of YAML. */
static bool indent(text_t *t)
{
   span_t line = line_at(t, place(t));
   bool out = line.to - line.from > 2 && memcmp(t->data + line.from, "  ", 2) == 0 && flp_fuzz_below(&t->random, 2);
   return edit(t, (span_t){line.from, line.from + (out ? 2 : 0)}, "  ", out ? 0 : 2);
}

static bool (*const changes[])(text_t *) = {other_value, other_value, value_of_another, value_of_another, wrap, drop_value, drop_line,
                                            copy_line,   indent};

size_t flp_fuzz_text_mutate(uint8_t *data, size_t size, size_t max, uint32_t seed)
{
   enum { TRIES = 8 };
   text_t t = {.data = data, .size = size, .max = max, .random = flp_fuzz_random(seed)};
   for (int i = 0; i < TRIES && size > 0; i++) {
      if (changes[flp_fuzz_below(&t.random, sizeof changes / sizeof changes[0])](&t)) {
         break;
      }
   }
   return t.size;
}

/* The engine's own change. Weak: the other engine and plain replay have none. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

size_t flp_fuzz_text_or_bytes(uint8_t *data, size_t size, size_t max, unsigned int seed, size_t prefix)
{
   if (size <= prefix || max <= prefix || (seed & 1) == 0) {
      return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, max) : size;
   }
   return prefix + flp_fuzz_text_mutate(data + prefix, size - prefix, max - prefix, seed >> 1);
}
