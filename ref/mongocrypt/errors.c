/* Looks a row up and hands it to the status. */
#include "ref/mongocrypt/errors.h"

#include <string.h>

typedef struct {
   const char *class_name;
   const char *text;
   const char *facts; /* names, separated by a space */
} row_t;

static const row_t rows[FLP_ERROR_ROWS] = {
#define ROW(id, class_name, text, facts) {#class_name, text, facts},
#include "ref/mongocrypt/errors.def"
#undef ROW
};

/* Is `name` one of the words of `names`? */
static bool lists(const char *names, const char *name)
{
   size_t len = strlen(name);
   for (const char *at = strstr(names, name); at; at = strstr(at + 1, name)) {
      bool starts = at == names || at[-1] == ' ';
      bool ends = at[len] == '\0' || at[len] == ' ';
      if (starts && ends) {
         return true;
      }
   }
   return false;
}

bool flp_error(flp_status_t *status, flp_error_t row, const flp_fact_t *facts, size_t n_facts)
{
   flp_fact_t listed[FLP_MAX_FACTS];
   size_t n_listed = 0;
   for (size_t i = 0; i < n_facts && n_listed < FLP_MAX_FACTS; i++) {
      if (lists(rows[row].facts, facts[i].name)) {
         listed[n_listed] = facts[i];
         n_listed++;
      }
   }
   return flp_status_fail(status, rows[row].class_name, rows[row].text, listed, n_listed);
}

bool flp_error_memory(flp_status_t *status, const char *what, size_t size)
{
   return flp_error(status, FLP_OUT_OF_MEMORY, FLP_FACTS(flp_fact_text("what", what), flp_fact_int("size", (int64_t)size)));
}

bool flp_error_prefix(flp_status_t *status, const char *prefix)
{
   size_t len = strlen(prefix);
   size_t room = sizeof status->message - 1 - status->len;
   if (len > room) {
      len = room; /* the tag must stay whole, so it is the prefix that is cut */
   }
   memmove(status->message + len, status->message, status->len + 1);
   memcpy(status->message, prefix, len);
   status->len += len;
   return false;
}

const char *flp_error_class(flp_error_t row)
{
   return rows[row].class_name;
}
