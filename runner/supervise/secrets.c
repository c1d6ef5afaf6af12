/* Finds the keys of a case by where they stand, and opens its key documents with the runner's own AEAD. */
#include "runner/supervise/secrets.h"

#include "ref/base/bson_walk.h"
#include "runner/material/aead.h"

#include <string.h>

enum {
   THIRD = 32,
   WRAPPED_LEN = 160, /* a data key under a local key */
   SECRETS_MAX = 16,  /* what a host takes */
   KEKS_MAX = 4,
   DISTINCT_MIN = 12, /* fewer different bytes, as in a key of zeros, stand in memory by chance */
   PLAN_LEN_MAX = 64 << 20,
};

typedef struct {
   const uint8_t *keks[KEKS_MAX];
   size_t n_keks;
   uint8_t found[SECRETS_MAX][THIRD];
   size_t n_found;
} secrets_t;

static bool is_striking(const uint8_t bytes[THIRD])
{
   bool seen[256] = {false};
   size_t distinct = 0;
   for (size_t i = 0; i < THIRD; i++) {
      distinct += !seen[bytes[i]];
      seen[bytes[i]] = true;
   }
   return distinct >= DISTINCT_MIN;
}

static void add_third(secrets_t *secrets, const uint8_t bytes[THIRD])
{
   for (size_t i = 0; i < secrets->n_found; i++) {
      if (memcmp(secrets->found[i], bytes, THIRD) == 0) {
         return;
      }
   }
   if (secrets->n_found < SECRETS_MAX && is_striking(bytes)) {
      memcpy(secrets->found[secrets->n_found++], bytes, THIRD);
   }
}

static void add_key(secrets_t *secrets, const uint8_t key[FLP_AEAD_KEY])
{
   for (size_t at = 0; at < FLP_AEAD_KEY; at += THIRD) {
      add_third(secrets, key + at);
   }
}

/* A wrapped key that no local key of the case opens is a secret of nobody. */
static void add_wrapped(secrets_t *secrets, flp_view_t wrapped)
{
   uint8_t key[WRAPPED_LEN];
   size_t len = 0;
   const char *why = NULL;
   for (size_t i = 0; i < secrets->n_keks; i++) {
      if (flp_aead_open(secrets->keks[i], NULL, 0, wrapped.data, wrapped.len, key, &len, &why) && len == FLP_AEAD_KEY) {
         add_key(secrets, key);
      }
   }
}

typedef void (*visit_t)(secrets_t *secrets, flp_view_t key, flp_view_t bytes, bool in_handle);

/* Every binary of the plan. */
static void walk(secrets_t *secrets, const bson_t *plan, visit_t visit)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool in_handle = false;
   bool more = flp_bson_walk_init_within(&walk, flp_view(bson_get_data(plan), plan->len), PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.depth == 1 && element.type != FLP_BSON_END) {
         in_handle = flp_view_equal_text(element.key, "handle");
      }
      if (element.type == FLP_BSON_BINARY) {
         uint8_t subtype = 0;
         visit(secrets, element.key, flp_bson_binary_view(element.value, &subtype), in_handle);
      }
   }
}

static void visit_keys(secrets_t *secrets, flp_view_t key, flp_view_t bytes, bool in_handle)
{
   if (bytes.len != FLP_AEAD_KEY) {
      return;
   }
   if (in_handle && secrets->n_keks < KEKS_MAX && (flp_view_equal_text(key, "key") || flp_view_equal_text(key, "kms_provider_local"))) {
      secrets->keks[secrets->n_keks++] = bytes.data;
      add_key(secrets, bytes.data);
   } else if (flp_view_equal_text(key, "key_material")) {
      add_key(secrets, bytes.data);
   }
}

static void visit_wrapped(secrets_t *secrets, flp_view_t key, flp_view_t bytes, bool in_handle)
{
   if (!in_handle && bytes.len == WRAPPED_LEN && flp_view_equal_text(key, "keyMaterial")) {
      add_wrapped(secrets, bytes);
   }
}

void flp_secrets_append(const bson_t *plan, bson_t *frame)
{
   secrets_t secrets = {.n_keks = 0};
   bson_t array;
   walk(&secrets, plan, visit_keys);
   walk(&secrets, plan, visit_wrapped);
   if (secrets.n_found == 0) {
      return;
   }
   BSON_APPEND_ARRAY_BEGIN(frame, "secrets", &array);
   for (size_t i = 0; i < secrets.n_found; i++) {
      char index[16];
      const char *name = NULL;
      bson_uint32_to_string((uint32_t)i, &name, index, sizeof index);
      bson_append_binary(&array, name, -1, BSON_SUBTYPE_BINARY, secrets.found[i], THIRD);
   }
   bson_append_array_end(frame, &array);
}
