/* Finds the keys of a case by where they stand, and opens its key documents with the runner's own AEAD. */
#include "runner/material/secrets.h"

#include "ref/base/bson_walk.h"

#include <string.h>

enum {
   WRAPPED_LEN = 160, /* a data key under a local key */
   THIRDS_MAX = 16,   /* what a host takes */
   KEKS_MAX = 4,
   DISTINCT_MIN = 12,
   PLAN_LEN_MAX = 64 << 20,
};

typedef struct {
   const uint8_t *keks[KEKS_MAX];
   size_t n_keks;
   flp_secrets_t *secrets;
} finding_t;

static void add_key(finding_t *finding, flp_secret_kind_t kind, const uint8_t key[FLP_AEAD_KEY])
{
   flp_secrets_t *secrets = finding->secrets;
   for (size_t i = 0; i < secrets->n; i++) {
      if (memcmp(secrets->items[i].key, key, FLP_AEAD_KEY) == 0) {
         return;
      }
   }
   if (secrets->n < FLP_SECRET_KEYS_MAX) {
      flp_secret_t *secret = &secrets->items[secrets->n++];
      secret->kind = kind;
      memcpy(secret->key, key, FLP_AEAD_KEY);
   }
}

/* A wrapped key that no local key of the case opens is a secret of nobody. */
static void add_wrapped(finding_t *finding, flp_view_t wrapped)
{
   uint8_t key[WRAPPED_LEN];
   size_t len = 0;
   const char *why = NULL;
   for (size_t i = 0; i < finding->n_keks; i++) {
      if (flp_aead_open(finding->keks[i], NULL, 0, wrapped.data, wrapped.len, key, &len, &why) && len == FLP_AEAD_KEY) {
         add_key(finding, FLP_SECRET_DATA_KEY, key);
      }
   }
}

typedef void (*visit_t)(finding_t *finding, flp_view_t key, flp_view_t bytes);

/* Every binary of the plan. */
static void walk(finding_t *finding, const bson_t *plan, visit_t visit)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init_within(&walk, flp_view(bson_get_data(plan), plan->len), PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type == FLP_BSON_BINARY) {
         uint8_t subtype = 0;
         visit(finding, element.key, flp_bson_binary_view(element.value, &subtype));
      }
   }
}

static void visit_keys(finding_t *finding, flp_view_t key, flp_view_t bytes)
{
   if (bytes.len != FLP_AEAD_KEY) {
      return;
   }
   if (flp_view_equal_text(key, "key") || flp_view_equal_text(key, "kms_provider_local")) {
      if (finding->n_keks < KEKS_MAX) {
         finding->keks[finding->n_keks++] = bytes.data;
      }
      add_key(finding, FLP_SECRET_LOCAL_KEY, bytes.data);
   } else if (flp_view_equal_text(key, "key_material") || flp_view_equal_text(key, "keyMaterial")) {
      add_key(finding, FLP_SECRET_KEY_MATERIAL, bytes.data);
   }
}

static void visit_wrapped(finding_t *finding, flp_view_t key, flp_view_t bytes)
{
   if (bytes.len == WRAPPED_LEN && flp_view_equal_text(key, "keyMaterial")) {
      add_wrapped(finding, bytes);
   }
}

void flp_secrets_find(const bson_t *plan, flp_secrets_t *secrets)
{
   finding_t finding = {.secrets = secrets};
   secrets->n = 0;
   walk(&finding, plan, visit_keys);
   walk(&finding, plan, visit_wrapped);
}

bool flp_secret_striking(const uint8_t third[FLP_SECRET_THIRD])
{
   bool seen[256] = {false};
   size_t distinct = 0;
   for (size_t i = 0; i < FLP_SECRET_THIRD; i++) {
      distinct += !seen[third[i]];
      seen[third[i]] = true;
   }
   return distinct >= DISTINCT_MIN;
}

static bool is_among(uint8_t (*thirds)[FLP_SECRET_THIRD], size_t n, const uint8_t *third)
{
   for (size_t i = 0; i < n; i++) {
      if (memcmp(thirds[i], third, FLP_SECRET_THIRD) == 0) {
         return true;
      }
   }
   return false;
}

void flp_secrets_append(const bson_t *plan, bson_t *frame)
{
   flp_secrets_t secrets;
   uint8_t thirds[THIRDS_MAX][FLP_SECRET_THIRD];
   size_t n = 0;
   bson_t array;
   flp_secrets_find(plan, &secrets);
   for (size_t i = 0; i < secrets.n; i++) {
      for (size_t at = 0; at < FLP_AEAD_KEY && n < THIRDS_MAX; at += FLP_SECRET_THIRD) {
         const uint8_t *third = secrets.items[i].key + at;
         if (flp_secret_striking(third) && !is_among(thirds, n, third)) {
            memcpy(thirds[n++], third, FLP_SECRET_THIRD);
         }
      }
   }
   if (n == 0) {
      return;
   }
   BSON_APPEND_ARRAY_BEGIN(frame, "secrets", &array);
   for (size_t i = 0; i < n; i++) {
      char index[16];
      const char *name = NULL;
      bson_uint32_to_string((uint32_t)i, &name, index, sizeof index);
      bson_append_binary(&array, name, -1, BSON_SUBTYPE_BINARY, thirds[i], FLP_SECRET_THIRD);
   }
   bson_append_array_end(frame, &array);
}
