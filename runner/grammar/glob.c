/* Case ids against `*` and `?`. Brackets are literal: ids have them. */
#include "runner/grammar/case.h"

/* One star is remembered at a time: a later star makes the earlier ones final. */
bool flp_glob_match(const char *pattern, const char *text)
{
   const char *star = NULL, *resume = NULL;
   while (*text) {
      if (*pattern == '*') {
         star = pattern++;
         resume = text;
      } else if (*pattern == '?' || *pattern == *text) {
         /* a `?` takes one byte of the text that is no continuation byte, with those that follow it */
         bool any = *pattern == '?' && *pattern != *text;
         pattern++;
         text++;
         while (any && ((unsigned char)*text & 0xc0) == 0x80) {
            text++;
         }
      } else if (star) {
         pattern = star + 1;
         text = ++resume;
      } else {
         return false;
      }
   }
   while (*pattern == '*') {
      pattern++;
   }
   return *pattern == 0;
}
