/* Reads plain scalars by walking their text; nothing here depends on a locale. */
#include "runner/grammar/plain.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool digit(char c)
{
   return c >= '0' && c <= '9';
}

static size_t digits(const char *text, size_t len, size_t at)
{
   size_t n = 0;
   while (at + n < len && digit(text[at + n])) {
      n++;
   }
   return n;
}

/* Length of `-?(0|[1-9][0-9]*)` at the start, 0 if it is not there. */
static size_t integer_part(const char *text, size_t len)
{
   size_t at = len > 0 && text[0] == '-' ? 1 : 0;
   size_t n = digits(text, len, at);
   if (n == 0 || (n > 1 && text[at] == '0')) {
      return 0;
   }
   return at + n;
}

bool flp_plain_integer(const char *text, size_t len, int64_t *out)
{
   if (len == 0 || integer_part(text, len) != len || (len == 2 && memcmp(text, "-0", 2) == 0)) {
      return false;
   }
   bool negative = text[0] == '-';
   uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX, value = 0;
   for (size_t i = negative ? 1 : 0; i < len; i++) {
      uint64_t d = (uint64_t)(text[i] - '0');
      if (value > (limit - d) / 10) {
         return false;
      }
      value = value * 10 + d;
   }
   *out = negative ? (int64_t)(0 - value) : (int64_t)value;
   return true;
}

bool flp_plain_decimal(const char *text, size_t len, double *out)
{
   char copy[512];
   size_t at = integer_part(text, len);
   if (at == 0 || len >= sizeof copy) {
      return false;
   }
   if (at < len && text[at] == '.') {
      size_t n = digits(text, len, at + 1);
      if (n == 0) {
         return false;
      }
      at += 1 + n;
   }
   if (at < len && (text[at] == 'e' || text[at] == 'E')) {
      size_t sign = at + 1 < len && (text[at + 1] == '+' || text[at + 1] == '-') ? 1 : 0;
      size_t n = digits(text, len, at + 1 + sign);
      if (n == 0) {
         return false;
      }
      at += 1 + sign + n;
   }
   if (at != len) {
      return false;
   }
   memcpy(copy, text, len);
   copy[len] = 0;
   /* glibc hands out its one C locale here: nothing to free. */
   *out = strtod_l(copy, NULL, newlocale(LC_ALL_MASK, "C", (locale_t)0));
   return isfinite(*out);
}

static bool in_words(const char *text, size_t len)
{
   static const char *const words[] = {
      "~",     "Null", "NULL", "y",  "Y",   "yes", "Yes", "YES", "n",  "N",    "no",   "No",   "NO",   "True", "TRUE", "False",
      "FALSE", "on",   "On",   "ON", "off", "Off", "OFF", "=",   "<<", ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF",
   };
   for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
      if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
         return true;
      }
   }
   return false;
}

static size_t span(const char *text, size_t len, size_t at, const char *set)
{
   size_t n = 0;
   while (at + n < len && text[at + n] != 0 && strchr(set, text[at + n])) {
      n++;
   }
   return n;
}

/* Would YAML 1.1 or 1.2, in any of their schemas, read this as a number? Called only for texts that are no number of ours. */
static bool number_elsewhere(const char *text, size_t len)
{
   size_t at = len > 0 && (text[0] == '+' || text[0] == '-') ? 1 : 0;
   const char *rest = text + at;
   size_t n = len - at;

   if (n == 4 && (memcmp(rest, ".inf", 4) == 0 || memcmp(rest, ".Inf", 4) == 0 || memcmp(rest, ".INF", 4) == 0)) {
      return true;
   }
   if (n > 2 && rest[0] == '0' && strchr("xXoObB", rest[1])) {
      return span(rest, n, 2, "0123456789abcdefABCDEF_") == n - 2;
   }
   size_t whole = span(rest, n, 0, "0123456789_");
   if (whole > 0 && !digit(rest[0])) {
      return false;
   }
   size_t i = whole;
   if (i == n) {
      return n > 0;
   }
   if (rest[i] == ':') { /* sexagesimal: 190:20:30 */
      while (i < n && rest[i] == ':' && whole > 0) {
         size_t part = digits(rest, n, i + 1);
         if (part < 1 || part > 2) {
            return false;
         }
         i += 1 + part;
      }
      return i == n || (rest[i] == '.' && span(rest, n, i + 1, "0123456789_") == n - i - 1);
   }
   size_t fraction = 0;
   if (rest[i] == '.') {
      fraction = span(rest, n, i + 1, "0123456789_");
      i += 1 + fraction;
   }
   if (whole + fraction == 0) {
      return false;
   }
   if (i == n) {
      return true;
   }
   if (rest[i] != 'e' && rest[i] != 'E') {
      return false;
   }
   i++;
   i += i < n && (rest[i] == '+' || rest[i] == '-') ? 1 : 0;
   return i < n && digits(rest, n, i) == n - i;
}

flp_plain_t flp_plain_read(const char *text, size_t len)
{
   flp_plain_t out = {.kind = FLP_PLAIN_STRING};
   size_t whole = integer_part(text, len);

   if (len == 4 && memcmp(text, "null", 4) == 0) {
      out.kind = FLP_PLAIN_NULL;
   } else if ((len == 4 && memcmp(text, "true", 4) == 0) || (len == 5 && memcmp(text, "false", 5) == 0)) {
      out.kind = FLP_PLAIN_BOOL;
      out.boolean = len == 4;
   } else if (len == 0 || in_words(text, len) || (len == 2 && memcmp(text, "-0", 2) == 0)) {
      out.kind = FLP_PLAIN_AMBIGUOUS;
   } else if (whole == len) {
      out.kind = flp_plain_integer(text, len, &out.integer) ? FLP_PLAIN_INT : FLP_PLAIN_TOO_LARGE;
   } else if (whole > 0 && text[whole] == '.' && whole + 1 < len && digits(text, len, whole + 1) == len - whole - 1) {
      out.kind = flp_plain_decimal(text, len, &out.number) ? FLP_PLAIN_DOUBLE : FLP_PLAIN_TOO_LARGE;
   } else if (number_elsewhere(text, len)) {
      out.kind = FLP_PLAIN_AMBIGUOUS;
   }
   return out;
}
