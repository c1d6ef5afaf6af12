/* Lines to events. A table says which fields each kind of event has and of which JSON type, so that the judge may read them unasked. */
#include "runner/judge/transcript.h"

#include "ref/base/base64.h"
#include "runner/judge/differences.h"

#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* JSON types that a field may have, as bits. */
enum { NUL = 1, BOO = 2, NUM = 4, TXT = 8, OBJ = 16, ARR = 32 };
#define BYTES (TXT | OBJ)
#define ANY (NUL | BOO | NUM | TXT | OBJ | ARR)

typedef struct {
   const char *name;
   unsigned types;
} field_t;

static const struct {
   const char *ev;
   field_t fields[7]; /* ended by a NULL name */
} shapes[FLP_N_EVENTS] = {
   [FLP_EV_BEGIN] = {"begin", {{"id", TXT}}},
   [FLP_EV_SETUP] = {"setup", {{"phase", TXT}, {"error", OBJ}}},
   [FLP_EV_ASK] = {"ask", {{"call", NUM}, {"round", NUM}, {"state", TXT}}},
   [FLP_EV_ANSWER] = {"answer", {{"call", NUM}, {"round", NUM}}},
   [FLP_EV_STOPPED] = {"stopped", {{"call", NUM}, {"state", TXT}, {"reason", TXT}}},
   [FLP_EV_OUTCOME] = {"outcome", {{"call", NUM}, {"state", TXT}, {"result", NUL | BYTES}, {"error", NUL | OBJ}}},
   [FLP_EV_CLOCK] = {"clock", {{"advance_ms", NUM}}},
   [FLP_EV_STEP] = {"step", {{"i", NUM}, {"fn", TXT}, {"returns", ANY}, {"out", NUL | OBJ}, {"error", NUL | OBJ}}},
   [FLP_EV_LEAK] = {"leak", {{"what", NUM}}},
   [FLP_EV_PROBLEM] = {"problem", {{"why", TXT}}},
   [FLP_EV_SWEEP] = {"sweep", {{"kind", TXT}, {"points", NUM}}},
   [FLP_EV_LEFT] = {"left", {{"blocks", NUM}}},
   [FLP_EV_JOURNAL] = {"journal", {{"entries", ARR}}},
   [FLP_EV_END] = {"end", {{"calls", NUM}}},
};

static unsigned type_bit(const json_t *json)
{
   switch (json_typeof(json)) {
   case JSON_NULL:
      return NUL;
   case JSON_TRUE:
   case JSON_FALSE:
      return BOO;
   case JSON_INTEGER:
   case JSON_REAL:
      return NUM;
   case JSON_STRING:
      return TXT;
   case JSON_OBJECT:
      return OBJ;
   case JSON_ARRAY:
      return ARR;
   }
   return 0;
}

const char *flp_event_text(const json_t *object, const char *field)
{
   return json_string_value(json_object_get(object, field));
}

/* NULL if the line has the shape of its kind, else what is wrong. */
static const char *shape_defect(const json_t *json, flp_event_kind_t *kind)
{
   const char *ev = flp_event_text(json, "ev");
   if (!ev) {
      return "has no \"ev\"";
   }
   for (int k = 0; k < FLP_N_EVENTS; k++) {
      if (strcmp(ev, shapes[k].ev) != 0) {
         continue;
      }
      *kind = (flp_event_kind_t)k;
      for (const field_t *field = shapes[k].fields; field->name; field++) {
         const json_t *value = json_object_get(json, field->name);
         if (!value || (type_bit(value) & field->types) == 0) {
            return "lacks a field of its kind, or has it with another type";
         }
      }
      return NULL;
   }
   return "is of a kind that does not exist";
}

static bool line_parse(const char *line, size_t len, const flp_transcript_t *transcript, size_t seq, flp_event_t *event, char **defect)
{
   bool ok = false;
   const char *why = NULL;
   json_error_t error;
   json_t *json = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
   if (!json || !json_is_object(json)) {
      why = "is not a JSON object";
      goto done;
   }
   const char *nonce = flp_event_text(json, "nonce");
   if (!nonce || strcmp(nonce, transcript->nonce) != 0) {
      why = "carries another nonce than this case";
      goto done;
   }
   const json_t *number = json_object_get(json, "seq");
   if (!json_is_integer(number) || json_integer_value(number) != (json_int_t)seq) {
      why = "breaks the sequence";
      goto done;
   }
   why = shape_defect(json, &event->kind);
   if (why) {
      goto done;
   }
   event->json = json;
   json = NULL;
   ok = true;
done:
   if (!ok) {
      flp_text_once(defect, flp_text_format("line %zu of the transcript %s", seq + 1, why));
   }
   json_decref(json);
   return ok;
}

static const char *frame_defect(const flp_events_t *events, const char *case_id, bool died)
{
   if (events->len == 0) {
      return died ? NULL : "the transcript is empty";
   }
   if (events->items[0].kind != FLP_EV_BEGIN || strcmp(flp_event_text(events->items[0].json, "id"), case_id) != 0) {
      return "the transcript does not begin with this case";
   }
   for (size_t i = 0; i < events->len; i++) {
      bool last = i + 1 == events->len;
      if (i > 0 && events->items[i].kind == FLP_EV_BEGIN) {
         return "the transcript begins twice";
      }
      if (events->items[i].kind == FLP_EV_END && !last) {
         return "the transcript goes on after its end";
      }
      if (last && events->items[i].kind != FLP_EV_END && !died) {
         return "the transcript has no end";
      }
   }
   return NULL;
}

bool flp_events_parse(const flp_transcript_t *transcript, const char *case_id, flp_events_t *events, char **defect)
{
   size_t cap = 0;
   const char *at = transcript->lines;
   const char *end = at ? at + transcript->len : at;
   if (transcript->len > FLP_MAX_TRANSCRIPT) {
      flp_text_once(defect, flp_text_format("the transcript is longer than %u bytes", FLP_MAX_TRANSCRIPT));
      return false;
   }
   while (at < end) {
      const char *newline = memchr(at, '\n', (size_t)(end - at));
      if (!newline) {
         if (transcript->died) {
            break;
         }
         flp_text_once(defect, flp_text_format("the last line of the transcript is not finished"));
         return false;
      }
      if (events->len == FLP_MAX_EVENTS) {
         flp_text_once(defect, flp_text_format("the transcript has more than %u lines", FLP_MAX_EVENTS));
         return false;
      }
      if (events->len == cap) {
         cap = cap ? 2 * cap : 16;
         flp_event_t *items = realloc(events->items, cap * sizeof *items);
         if (!items) {
            flp_text_once(defect, flp_text_format("no memory for the transcript"));
            return false;
         }
         events->items = items;
      }
      if (!line_parse(at, (size_t)(newline - at), transcript, events->len, &events->items[events->len], defect)) {
         return false;
      }
      events->len++;
      at = newline + 1;
   }
   const char *why = frame_defect(events, case_id, transcript->died != NULL);
   if (why) {
      flp_text_once(defect, flp_text_format("%s", why));
   }
   return why == NULL;
}

void flp_events_cleanup(flp_events_t *events)
{
   for (size_t i = 0; i < events->len; i++) {
      json_decref(events->items[i].json);
   }
   free(events->items);
   events->items = NULL;
   events->len = 0;
}

/* ---- bytes ---- */

static bool plain_file_name(const char *name)
{
   size_t len = strlen(name);
   if (len == 0 || len > 128 || name[0] == '.') {
      return false;
   }
   return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static bool hash_fits(const flp_buf_t *bytes, const char *hex)
{
   uint8_t digest[EVP_MAX_MD_SIZE];
   unsigned len = 0;
   char text[2 * EVP_MAX_MD_SIZE + 1];
   if (EVP_Digest(bytes->data ? bytes->data : (const uint8_t *)"", bytes->len, digest, &len, EVP_sha256(), NULL) != 1) {
      return false;
   }
   for (unsigned i = 0; i < len; i++) {
      snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
   }
   return strcmp(text, hex) == 0;
}

static bool read_all(int fd, flp_buf_t *bytes, size_t len)
{
   if (!flp_buf_reserve(bytes, len ? len : 1)) {
      return false;
   }
   while (bytes->len < len) {
      ssize_t n = read(fd, bytes->data + bytes->len, len - bytes->len);
      if (n <= 0) {
         return false;
      }
      bytes->len += (size_t)n;
   }
   return true;
}

static bool bytes_from_file(const json_t *json, const char *files_dir, flp_buf_t *bytes, char **defect)
{
   bool ok = false;
   char *path = NULL;
   int fd = -1;
   struct stat info;
   const char *name = flp_event_text(json, "file");
   const char *hash = flp_event_text(json, "sha256");
   json_int_t len = json_integer_value(json_object_get(json, "len"));
   if (!name || !hash || !files_dir || !plain_file_name(name) || len < 0 || len > (json_int_t)FLP_MAX_TRANSCRIPT_FILE) {
      flp_text_once(defect, flp_text_format("a value of the transcript names no file beside it"));
      goto done;
   }
   path = flp_text_format("%s/%s", files_dir, name);
   fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
   if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size != (off_t)len || !read_all(fd, bytes, (size_t)len)) {
      flp_text_once(
         defect, flp_text_format("the file %s of the transcript is missing or has another length than %" JSON_INTEGER_FORMAT, name, len));
      goto done;
   }
   if (!hash_fits(bytes, hash)) {
      flp_text_once(defect, flp_text_format("the file %s of the transcript has another SHA-256 than the transcript says", name));
      goto done;
   }
   ok = true;
done:
   if (fd >= 0) {
      close(fd);
   }
   free(path);
   return ok;
}

bool flp_event_bytes(const json_t *json, const char *files_dir, flp_buf_t *bytes, char **defect)
{
   if (json_is_object(json)) {
      return bytes_from_file(json, files_dir, bytes, defect);
   }
   bool out_of_memory = false;
   if (!json_is_string(json) || !flp_base64_decode(flp_view(json_string_value(json), json_string_length(json)), bytes, &out_of_memory)) {
      flp_text_once(defect, flp_text_format("a value of the transcript is not base64"));
      return false;
   }
   return true;
}
