/* Differences: a bounded list of places, and the texts beside them.
 * Knows nothing of BSON or transcripts; values come as finished text. */
#include "runner/judge/differences.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void flp_differences_init(flp_differences_t *differences, const char *rule)
{
   memset(differences, 0, sizeof *differences);
   differences->rule = rule;
}

static void difference_cleanup(flp_difference_t *difference)
{
   free(difference->at);
   free(difference->rule);
   free(difference->expected);
   free(difference->actual);
   free(difference->why);
}

void flp_differences_cleanup(flp_differences_t *differences)
{
   for (size_t i = 0; i < differences->len; i++) {
      difference_cleanup(&differences->items[i]);
   }
   free(differences->items);
   differences->items = NULL;
   differences->len = 0;
}

size_t flp_differences_enter(flp_differences_t *differences, const char *format, ...)
{
   if (!differences) {
      return 0;
   }
   size_t mark = differences->path_len;
   size_t at = mark;
   if (at > 0 && at + 1 < sizeof differences->path) {
      differences->path[at] = '.';
      at++;
   }
   va_list args;
   va_start(args, format);
   int n = vsnprintf(differences->path + at, sizeof differences->path - at, format, args);
   va_end(args);
   if (n > 0) {
      size_t room = sizeof differences->path - 1 - at;
      at += (size_t)n < room ? (size_t)n : room;
   }
   differences->path_len = at;
   return mark;
}

void flp_differences_leave(flp_differences_t *differences, size_t mark)
{
   if (!differences) {
      return;
   }
   differences->path_len = mark;
   differences->path[mark] = '\0';
}

/* Cuts between two UTF-8 characters. */
static void shorten(char *text)
{
   if (!text) {
      return;
   }
   size_t len = strlen(text);
   if (len <= FLP_MAX_DIFFERENCE_TEXT) {
      return;
   }
   size_t at = FLP_MAX_DIFFERENCE_TEXT - 4;
   while (at > 0 && ((unsigned char)text[at] & 0xC0u) == 0x80u) {
      at--;
   }
   memcpy(text + at, "...", 4);
}

static char *format_text(const char *format, va_list args)
{
   char *text = NULL;
   if (vasprintf(&text, format, args) < 0) {
      return NULL;
   }
   return text;
}

char *flp_text_format(const char *format, ...)
{
   va_list args;
   va_start(args, format);
   char *text = format_text(format, args);
   va_end(args);
   return text;
}

void flp_text_once(char **slot, char *text)
{
   if (*slot) {
      free(text);
   } else {
      *slot = text;
   }
}

void flp_differences_take(flp_differences_t *differences, char *expected, char *actual, const char *why_format, ...)
{
   flp_difference_t *items = NULL;
   if (!differences || differences->len >= FLP_MAX_DIFFERENCES) {
      goto done;
   }
   items = realloc(differences->items, (differences->len + 1) * sizeof *items);
   if (!items) {
      goto done;
   }
   differences->items = items;
   shorten(expected);
   shorten(actual);
   va_list args;
   va_start(args, why_format);
   char *why = format_text(why_format, args);
   va_end(args);
   items[differences->len] = (flp_difference_t){
      .at = strdup(differences->path),
      .rule = differences->rule ? strdup(differences->rule) : NULL,
      .expected = expected,
      .actual = actual,
      .why = why,
   };
   differences->len++;
   return;
done:
   free(expected);
   free(actual);
}
