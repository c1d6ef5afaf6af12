/* Builds the text and the tag of a status (rules EC-1 and EC-2). */
#include "ref/base/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Appends within a part of the message: text and tag have their own share, so neither can push the other out. */
typedef struct {
   flp_status_t *status;
   size_t end; /* offset that must not be passed */
} part_t;

static void put(part_t *part, const char *bytes, size_t len)
{
   size_t room = part->end - part->status->len;
   size_t n = len < room ? len : room;
   memcpy(part->status->message + part->status->len, bytes, n);
   part->status->len += n;
   part->status->message[part->status->len] = '\0';
}

static void put_text(part_t *part, const char *text)
{
   put(part, text, strlen(text));
}

/* Writes the value of a number or a UUID; false for a view. */
static bool render(const flp_fact_t *fact, char out[64])
{
   if (fact->kind == FLP_FACT_INT) {
      snprintf(out, 64, "%" PRId64, fact->number);
      return true;
   }
   if (fact->kind == FLP_FACT_UUID) {
      const uint8_t *u = fact->view.data;
      snprintf(out, 64, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0], u[1], u[2], u[3], u[4], u[5], u[6],
               u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
      return true;
   }
   return false;
}

static void put_in_text(part_t *part, const flp_fact_t *fact)
{
   char rendered[64];
   if (render(fact, rendered)) {
      put_text(part, rendered);
      return;
   }
   bool valid = flp_utf8_valid(fact->view, true);
   for (size_t i = 0; i < fact->view.len; i++) {
      uint8_t c = fact->view.data[i];
      bool shown = c >= 0x20 && c != 0x7F && (c < 0x80 || valid);
      put(part, shown ? (const char *)&c : "?", 1);
   }
}

/* Number of bytes of the UTF-8 sequence that begins with `first`; the text is known to be valid. */
static size_t sequence_len(uint8_t first)
{
   return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* A text that was cut may end inside a character: bindings decode messages as UTF-8. */
static void drop_torn_character(flp_status_t *status)
{
   size_t at = status->len;
   while (at > 0 && ((uint8_t)status->message[at - 1] & 0xC0) == 0x80) {
      at--;
   }
   if (at > 0 && at - 1 + sequence_len((uint8_t)status->message[at - 1]) > status->len) {
      status->len = at - 1;
      status->message[status->len] = '\0';
   }
}

static bool needs_escape(uint8_t c)
{
   return c <= 0x20 || c == '=' || c == '%' || c == '[' || c == ']' || c == 0x7F;
}

static void put_in_tag(part_t *part, const flp_fact_t *fact)
{
   char rendered[64];
   if (render(fact, rendered)) {
      put_text(part, rendered);
      return;
   }
   bool valid = flp_utf8_valid(fact->view, true);
   size_t written = 0;
   for (size_t i = 0; i < fact->view.len; i++) {
      uint8_t c = fact->view.data[i];
      bool escape = needs_escape(c) || (c >= 0x80 && !valid);
      if (written + (escape ? 3 : sequence_len(c)) > FLP_MAX_FACT_LEN) {
         put_text(part, "...");
         return;
      }
      char hex[4];
      snprintf(hex, sizeof hex, "%%%02X", c);
      put(part, escape ? hex : (const char *)&c, escape ? 3 : 1);
      written += escape ? 3 : 1;
   }
}

static bool is_known(const flp_fact_t *fact)
{
   return fact->kind == FLP_FACT_INT || fact->view.data != NULL;
}

static void put_tag(flp_status_t *status, const char *class_name, const flp_fact_t *facts, size_t n_facts)
{
   part_t part = {.status = status, .end = status->len + FLP_MAX_STATUS_TAG};
   put_text(&part, " [");
   put_text(&part, class_name);
   for (size_t i = 0; i < n_facts && i < FLP_MAX_FACTS; i++) {
      if (is_known(&facts[i])) {
         put_text(&part, " ");
         put_text(&part, facts[i].name);
         put_text(&part, "=");
         put_in_tag(&part, &facts[i]);
      }
   }
   put_text(&part, "]");
}

static const flp_fact_t *find_fact(const flp_fact_t *facts, size_t n_facts, const char *name, size_t name_len)
{
   for (size_t i = 0; i < n_facts; i++) {
      if (strlen(facts[i].name) == name_len && memcmp(facts[i].name, name, name_len) == 0) {
         return &facts[i];
      }
   }
   return NULL;
}

bool flp_status_fail(flp_status_t *status, const char *class_name, const char *text, const flp_fact_t *facts, size_t n_facts)
{
   if (!flp_status_ok(status)) {
      return false;
   }
   status->type = 1;
   status->code = 1;
   status->class_name = class_name;
   status->len = 0;
   part_t part = {.status = status, .end = FLP_MAX_STATUS_TEXT};
   for (const char *at = text; *at;) {
      const char *close = *at == '{' ? strchr(at, '}') : NULL;
      if (!close) {
         put(&part, at, 1);
         at++;
         continue;
      }
      const flp_fact_t *fact = find_fact(facts, n_facts, at + 1, (size_t)(close - at - 1));
      if (fact && is_known(fact)) {
         put_in_text(&part, fact);
      } else {
         put_text(&part, "?");
      }
      at = close + 1;
   }
   drop_torn_character(status);
   put_tag(status, class_name, facts, n_facts);
   return false;
}

bool flp_status_fail_foreign(flp_status_t *status, uint32_t type, uint32_t code, flp_view_t text, const char *class_name,
                             const flp_fact_t *facts, size_t n_facts)
{
   if (!flp_status_ok(status)) {
      return false;
   }
   status->type = type == 0 ? 1 : type;
   status->code = code;
   status->class_name = class_name;
   status->len = 0;
   part_t part = {.status = status, .end = FLP_MAX_STATUS_TEXT};
   flp_fact_t whole = flp_fact_view("", text);
   put_in_text(&part, &whole);
   drop_torn_character(status);
   put_tag(status, class_name, facts, n_facts);
   return false;
}

flp_fact_t flp_fact_view(const char *name, flp_view_t value)
{
   flp_view_t known = value.len == 0 ? flp_view("", 0) : value;
   return (flp_fact_t){.name = name, .kind = FLP_FACT_VIEW, .view = known};
}

flp_fact_t flp_fact_text(const char *name, const char *value)
{
   return (flp_fact_t){.name = name, .kind = FLP_FACT_VIEW, .view = flp_view_text(value)};
}

flp_fact_t flp_fact_int(const char *name, int64_t value)
{
   return (flp_fact_t){.name = name, .kind = FLP_FACT_INT, .number = value};
}

flp_fact_t flp_fact_uuid(const char *name, const uint8_t uuid[16])
{
   return (flp_fact_t){.name = name, .kind = FLP_FACT_UUID, .view = flp_view(uuid, uuid ? 16 : 0)};
}

bool flp_status_ok(const flp_status_t *status)
{
   return status->type == 0;
}

void flp_status_reset(flp_status_t *status)
{
   status->type = 0;
   status->code = 0;
   status->class_name = NULL;
   status->len = 0;
   status->message[0] = '\0';
}

void flp_status_copy(flp_status_t *out, const flp_status_t *status)
{
   out->type = status->type;
   out->code = status->code;
   out->class_name = status->class_name;
   out->len = status->len;
   memcpy(out->message, status->message, status->len);
   out->message[status->len] = '\0';
}
