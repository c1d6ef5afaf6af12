/* Classes of errors. The tag ` [CLASS name=value ...]` ends a message of the reference (rules EC-1 and EC-2 of the error table); for other
 * libraries the longest known substring decides, and between equals the call that failed. */
#include "runner/judge/errors.h"

#include <stdio.h>
#include <string.h>

#define CLASS_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_" /* digits: BASE64_INVALID */
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz_"

static int hex_digit(char c)
{
   if (c >= '0' && c <= '9') {
      return c - '0';
   }
   if (c >= 'A' && c <= 'F') {
      return c - 'A' + 10;
   }
   return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX; false if the value is not well formed or does not fit. */
static bool unescape(const char *from, size_t len, char *to, size_t size)
{
   size_t n = 0;
   for (size_t i = 0; i < len; i++) {
      char c = from[i];
      if (c == '%') {
         int high = i + 2 < len ? hex_digit(from[i + 1]) : -1;
         int low = i + 2 < len ? hex_digit(from[i + 2]) : -1;
         if (high < 0 || low < 0) {
            return false;
         }
         c = (char)(high * 16 + low);
         i += 2;
      } else if (c == '=' || c == '[' || c == ']') {
         return false;
      }
      if (n + 1 >= size) {
         return false;
      }
      to[n++] = c;
   }
   to[n] = '\0';
   return true;
}

/* One ` name=value`; moves *at behind it. */
static bool take_fact(const char **at, const char *end, flp_error_view_t *error)
{
   const char *name = *at;
   size_t name_len = strspn(name, NAME_LETTERS);
   if (name_len == 0 || name_len >= sizeof error->facts[0].name || name[name_len] != '=' || error->n_facts == FLP_MAX_ERROR_FACTS) {
      return false;
   }
   const char *value = name + name_len + 1;
   const char *space = memchr(value, ' ', (size_t)(end - value));
   const char *stop = space ? space : end;
   flp_error_fact_t *fact = &error->facts[error->n_facts];
   memcpy(fact->name, name, name_len);
   fact->name[name_len] = '\0';
   if (!unescape(value, (size_t)(stop - value), fact->value, sizeof fact->value)) {
      return false;
   }
   error->n_facts++;
   *at = stop;
   return true;
}

static bool parse_tag(const char *message, flp_error_view_t *error)
{
   size_t len = strlen(message);
   if (len < 3 || message[len - 1] != ']') {
      return false;
   }
   const char *end = message + len - 1;
   const char *open = strrchr(message, '[');
   if (!open || (open > message && open[-1] != ' ')) {
      return false;
   }
   size_t class_len = strspn(open + 1, CLASS_LETTERS);
   if (class_len == 0 || class_len >= sizeof error->class_name) {
      return false;
   }
   const char *at = open + 1 + class_len;
   memcpy(error->class_name, open + 1, class_len);
   error->class_name[class_len] = '\0';
   while (at < end) {
      if (*at != ' ') {
         return false;
      }
      at++;
      if (!take_fact(&at, end, error)) {
         return false;
      }
   }
   return true;
}

/* `mongo_feed` names ctx_mongo_feed, `init` every ..._init. */
static bool names_call(const char *call, const char *failed)
{
   if (!call) {
      return true;
   }
   size_t call_len = strlen(call), failed_len = failed ? strlen(failed) : 0;
   if (call_len > failed_len || strcmp(failed + failed_len - call_len, call) != 0) {
      return false;
   }
   return call_len == failed_len || failed[failed_len - call_len - 1] == '_';
}

static const flp_error_text_t *find_text(const flp_subject_t *subject, const char *message, const char *failed)
{
   const flp_error_text_t *best = NULL;
   size_t best_len = 0;
   for (size_t i = 0; i < subject->n_error_texts; i++) {
      const flp_error_text_t *row = &subject->error_texts[i];
      size_t len = strlen(row->text);
      bool longer = len > best_len || (best && len == best_len && row->call && !best->call);
      if (longer && names_call(row->call, failed) && strstr(message, row->text)) {
         best = row;
         best_len = len;
      }
   }
   return best;
}

void flp_error_classify(const flp_subject_t *subject, const char *message, const char *failed, flp_error_view_t *error)
{
   memset(error, 0, sizeof *error);
   error->tagged = message && parse_tag(message, error);
   if (error->tagged) {
      return;
   }
   error->n_facts = 0;
   const flp_error_text_t *row = message ? find_text(subject, message, failed) : NULL;
   snprintf(error->class_name, sizeof error->class_name, "%s", row ? row->class_name : FLP_UNMAPPED);
}

const char *flp_error_fact(const flp_error_view_t *error, const char *name)
{
   for (size_t i = 0; i < error->n_facts; i++) {
      if (strcmp(error->facts[i].name, name) == 0) {
         return error->facts[i].value;
      }
   }
   return NULL;
}
