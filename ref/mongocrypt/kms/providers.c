/* Reads the KMS providers document: a table of fields for each type, then the rules on names, `{}` and repetition. */
#include "ref/mongocrypt/kms/providers.h"

#include "ref/mongocrypt/bson_check.h"
#include "ref/mongocrypt/errors.h"

#include <stdio.h>
#include <stdlib.h>

static const char document_name[] = "kms_providers";

static const flp_field_rule_t aws_rules[] = {
   [FLP_AWS_ACCESS_KEY_ID] = {"accessKeyId", FLP_FIELD_TEXT, true, FLP_E039},
   [FLP_AWS_SECRET_ACCESS_KEY] = {"secretAccessKey", FLP_FIELD_TEXT, true, FLP_E040},
   [FLP_AWS_SESSION_TOKEN] = {"sessionToken", FLP_FIELD_TEXT, false, FLP_E041},
};
static const flp_field_rule_t azure_rules[] = {
   [FLP_AZURE_TENANT_ID] = {"tenantId", FLP_FIELD_TEXT, true, FLP_E043},
   [FLP_AZURE_CLIENT_ID] = {"clientId", FLP_FIELD_TEXT, true, FLP_E043},
   [FLP_AZURE_CLIENT_SECRET] = {"clientSecret", FLP_FIELD_TEXT, true, FLP_E043},
   [FLP_AZURE_IDENTITY_ENDPOINT] = {"identityPlatformEndpoint", FLP_FIELD_ENDPOINT, false, FLP_E043},
};
static const flp_field_rule_t gcp_rules[] = {
   [FLP_GCP_EMAIL] = {"email", FLP_FIELD_TEXT, true, FLP_E046},
   [FLP_GCP_PRIVATE_KEY] = {"privateKey", FLP_FIELD_SECRET, true, FLP_E047},
   [FLP_GCP_ENDPOINT] = {"endpoint", FLP_FIELD_ENDPOINT, false, FLP_E043},
};
static const flp_field_rule_t kmip_rules[] = {
   [FLP_KMIP_ENDPOINT] = {"endpoint", FLP_FIELD_ENDPOINT_NO_DOT, true, FLP_E052},
};
static const flp_field_rule_t local_rules[] = {
   [FLP_LOCAL_KEY] = {"key", FLP_FIELD_SECRET, true, FLP_E049},
};
static const flp_field_rule_t token_rules[] = {
   {"accessToken", FLP_FIELD_TEXT, true, FLP_E043},
};

#define RULES(list) list, sizeof(list) / sizeof((list)[0])

static const struct {
   const flp_field_rule_t *rules;
   size_t n_rules;
   bool takes_token; /* `{accessToken}` alone will do instead */
} types[FLP_KMS_TYPES] = {
   [FLP_KMS_AWS] = {RULES(aws_rules), false},   [FLP_KMS_AZURE] = {RULES(azure_rules), true},  [FLP_KMS_GCP] = {RULES(gcp_rules), true},
   [FLP_KMS_KMIP] = {RULES(kmip_rules), false}, [FLP_KMS_LOCAL] = {RULES(local_rules), false},
};

static bool local_key_fits(size_t len, flp_error_t row, flp_status_t *status)
{
   if (len == FLP_LOCAL_KEY_LEN) {
      return true;
   }
   return flp_error(status, row, FLP_FACTS(flp_fact_int("length", (int64_t)len), flp_fact_int("want", FLP_LOCAL_KEY_LEN)));
}

static bool parse_token(flp_kms_provider_t *provider, flp_view_t document, flp_fields_spec_t *spec, flp_status_t *status)
{
   bool found = false;
   spec->rules = token_rules;
   spec->n_rules = 1;
   provider->token_only = true;
   return flp_field_read(&provider->access_token, &found, document, &token_rules[0], spec, status) &&
          flp_fields_known(document, spec, status);
}

static bool parse_fields(flp_kms_provider_t *provider, flp_view_t document, flp_status_t *status)
{
   flp_bson_element_t element;
   flp_fields_spec_t spec = {.rules = types[provider->type].rules,
                             .n_rules = types[provider->type].n_rules,
                             .unknown = FLP_E042,
                             .what = document_name,
                             .provider = flp_view_of(&provider->id)};
   if (types[provider->type].takes_token && flp_bson_find(document, token_rules[0].name, &element)) {
      return parse_token(provider, document, &spec, status);
   }
   if (!flp_fields_read(&provider->fields, document, &spec, status)) {
      return false;
   }
   bool fits = provider->type != FLP_KMS_LOCAL || local_key_fits(flp_kms_provider_local_key(provider).len, FLP_E051, status);
   return fits && flp_fields_known(document, &spec, status);
}

static bool parse_provider(flp_kms_provider_t *provider, flp_view_t document, flp_status_t *status)
{
   flp_status_t inner = {0};
   if (parse_fields(provider, document, &inner)) {
      provider->configured = true;
      return true;
   }
   char prefix[160];
   snprintf(prefix, sizeof prefix, "Failed to parse KMS provider `%.*s`: ", provider->id.len > 100 ? 100 : (int)provider->id.len,
            (const char *)provider->id.data);
   flp_error_prefix(&inner, prefix);
   flp_status_copy(status, &inner);
   return false;
}

static void provider_cleanup(flp_kms_provider_t *provider)
{
   flp_buf_cleanup(&provider->id);
   flp_fields_cleanup(&provider->fields);
   flp_buf_cleanup(&provider->access_token);
   *provider = (flp_kms_provider_t){0};
}

static flp_kms_provider_t *find(const flp_kms_providers_t *providers, flp_view_t id)
{
   for (size_t i = 0; i < providers->n; i++) {
      if (flp_view_equal(flp_view_of(&providers->items[i].id), id)) {
         return &providers->items[i];
      }
   }
   return NULL;
}

static bool grow(flp_kms_providers_t *providers, flp_status_t *status)
{
   if (providers->n < providers->cap) {
      return true;
   }
   size_t cap = providers->cap == 0 ? 4 : providers->cap * 2;
   flp_kms_provider_t *items = calloc(cap, sizeof *items);
   if (!items) {
      return flp_error_memory(status, document_name, cap * sizeof *items);
   }
   for (size_t i = 0; i < providers->n; i++) {
      items[i] = providers->items[i]; /* what an item owns moves with it; the item itself holds no secret */
   }
   free(providers->items);
   providers->items = items;
   providers->cap = cap;
   return true;
}

/* The provider of this id, new if need be. NULL: out of memory. */
static flp_kms_provider_t *get(flp_kms_providers_t *providers, flp_view_t id, flp_kms_id_t parsed, flp_status_t *status)
{
   flp_kms_provider_t *provider = find(providers, id);
   if (provider) {
      return provider;
   }
   if (!grow(providers, status)) {
      return NULL;
   }
   provider = &providers->items[providers->n];
   if (!flp_buf_copy(&provider->id, id)) {
      flp_error_memory(status, document_name, id.len);
      return NULL;
   }
   provider->type = parsed.type;
   provider->named = parsed.named;
   providers->n++;
   return provider;
}

/* Rules KP-3 to KP-8, in the order in which the interface checks them. */
static bool add_field(flp_kms_providers_t *providers, const flp_bson_element_t *element, flp_status_t *status)
{
   flp_kms_id_t parsed;
   if (element->type != FLP_BSON_DOCUMENT) {
      return flp_error(status, FLP_E032,
                       FLP_FACTS(flp_fact_text("what", document_name), flp_fact_view("field", element->key),
                                 flp_fact_text("want", "object"), flp_fact_text("got", flp_bson_type_name(element->type))));
   }
   if (!flp_kms_id_parse(&parsed, element->key, FLP_KMS_ID_OF_PROVIDERS, status)) {
      return false;
   }
   bool empty = element->value.len == 5;
   if (empty && parsed.named) {
      return flp_error(status, FLP_E036, FLP_FACTS(flp_fact_view("provider", element->key)));
   }
   const flp_kms_provider_t *known = find(providers, element->key);
   if (!empty && known && known->configured) {
      return parsed.named
                ? flp_error(status, FLP_E037, FLP_FACTS(flp_fact_text("what", document_name), flp_fact_view("name", element->key)))
                : flp_error(status, FLP_E038, FLP_FACTS(flp_fact_text("option", "kms_providers"), flp_fact_view("provider", element->key)));
   }
   flp_kms_provider_t *provider = get(providers, element->key, parsed, status);
   if (!provider) {
      return false;
   }
   provider->on_demand = provider->on_demand || empty;
   return empty || parse_provider(provider, element->value, status);
}

bool flp_kms_providers_add(flp_kms_providers_t *providers, flp_view_t document, flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   if (!flp_bson_check(document, FLP_E031, document_name, status)) {
      return false;
   }
   bool more = flp_bson_walk_init(&walk, document);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type != FLP_BSON_END && element.depth == 1 && !add_field(providers, &element, status)) {
         return false;
      }
   }
   return true;
}

/* --- the superseded setters: that a provider is there already is said before its arguments are looked at ------------ */

static bool is_free(const flp_kms_providers_t *providers, flp_kms_type_t type, flp_error_t twice, const char *option, flp_status_t *status)
{
   flp_view_t id = flp_view_text(flp_kms_type_name(type));
   const flp_kms_provider_t *provider = find(providers, id);
   if (!provider || !provider->configured) {
      return true;
   }
   return flp_error(status, twice, FLP_FACTS(flp_fact_text("option", option), flp_fact_view("provider", id)));
}

/* Keeps one value; the provider is new, or so far only declared. */
static bool keep(flp_kms_providers_t *providers, flp_kms_type_t type, size_t field, flp_view_t value, flp_status_t *status)
{
   flp_view_t id = flp_view_text(flp_kms_type_name(type));
   flp_kms_provider_t *provider = get(providers, id, (flp_kms_id_t){.type = type, .named = false}, status);
   if (!provider) {
      return false;
   }
   if (!flp_buf_copy(&provider->fields.values[field], value)) {
      return flp_error_memory(status, document_name, value.len);
   }
   provider->fields.present |= 1u << field;
   return true;
}

static bool is_text(flp_view_t text, flp_error_t row, flp_status_t *status)
{
   if (text.data && flp_utf8_valid(text, false)) {
      return true;
   }
   return flp_error(status, row, FLP_FACTS(flp_fact_text("option", "kms_provider_aws"), flp_fact_text("reason", "not UTF-8 text")));
}

bool flp_kms_providers_add_aws(flp_kms_providers_t *providers, flp_view_t access_key_id, flp_view_t secret, flp_status_t *status)
{
   if (!is_free(providers, FLP_KMS_AWS, FLP_E011, "kms_provider_aws", status) || !is_text(access_key_id, FLP_E009, status) ||
       !is_text(secret, FLP_E010, status) || !keep(providers, FLP_KMS_AWS, FLP_AWS_ACCESS_KEY_ID, access_key_id, status) ||
       !keep(providers, FLP_KMS_AWS, FLP_AWS_SECRET_ACCESS_KEY, secret, status)) {
      return false;
   }
   find(providers, flp_view_text("aws"))->configured = true;
   return true;
}

bool flp_kms_providers_add_local(flp_kms_providers_t *providers, flp_view_t key, flp_status_t *status)
{
   if (!is_free(providers, FLP_KMS_LOCAL, FLP_E014, "kms_provider_local", status)) {
      return false;
   }
   if (!key.data) {
      return flp_error(status, FLP_E012, FLP_FACTS(flp_fact_text("call", "setopt_kms_provider_local"), flp_fact_text("argument", "key")));
   }
   if (!local_key_fits(key.len, FLP_E013, status) || !keep(providers, FLP_KMS_LOCAL, FLP_LOCAL_KEY, key, status)) {
      return false;
   }
   find(providers, flp_view_text("local"))->configured = true;
   return true;
}

const flp_kms_provider_t *flp_kms_providers_find(const flp_kms_providers_t *providers, flp_view_t id)
{
   return find(providers, id);
}

const flp_kms_provider_t *flp_kms_providers_choose(const flp_kms_choice_t *choice, flp_view_t id)
{
   const flp_kms_provider_t *provider = find(choice->given, id);
   if (!provider || !provider->configured || provider->named) {
      provider = find(choice->own, id);
   }
   return provider && provider->configured ? provider : NULL;
}

const flp_kms_provider_t *flp_kms_providers_on_demand(const flp_kms_providers_t *providers)
{
   for (size_t i = 0; i < providers->n; i++) {
      if (providers->items[i].on_demand) {
         return &providers->items[i];
      }
   }
   return NULL;
}

flp_view_t flp_kms_provider_local_key(const flp_kms_provider_t *provider)
{
   return flp_fields_view(&provider->fields, FLP_LOCAL_KEY);
}

void flp_kms_providers_cleanup(flp_kms_providers_t *providers)
{
   for (size_t i = 0; i < providers->n; i++) {
      provider_cleanup(&providers->items[i]);
   }
   free(providers->items);
   *providers = (flp_kms_providers_t){0};
}
