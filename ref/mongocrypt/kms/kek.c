/* Reads and writes key encryption key documents: for each type its fields in the order of checking, and the order of writing. */
#include "ref/mongocrypt/kms/kek.h"

#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/kms/endpoint.h"

static const flp_field_rule_t provider_rule = {"provider", FLP_FIELD_TEXT, true, FLP_E089};
static const char delegated_name[] = "delegated";

static const flp_field_rule_t aws_rules[] = {
   [FLP_KEK_AWS_KEY] = {"key", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_AWS_REGION] = {"region", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_AWS_ENDPOINT] = {"endpoint", FLP_FIELD_ENDPOINT, false, FLP_E091},
};
static const flp_field_rule_t azure_rules[] = {
   [FLP_KEK_AZURE_ENDPOINT] = {"keyVaultEndpoint", FLP_FIELD_ENDPOINT, true, FLP_E092},
   [FLP_KEK_AZURE_KEY_NAME] = {"keyName", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_AZURE_KEY_VERSION] = {"keyVersion", FLP_FIELD_TEXT, false, FLP_E091},
};
static const flp_field_rule_t gcp_rules[] = {
   [FLP_KEK_GCP_ENDPOINT] = {"endpoint", FLP_FIELD_ENDPOINT, false, FLP_E091},
   [FLP_KEK_GCP_PROJECT_ID] = {"projectId", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_GCP_LOCATION] = {"location", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_GCP_KEY_RING] = {"keyRing", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_GCP_KEY_NAME] = {"keyName", FLP_FIELD_TEXT, true, FLP_E091},
   [FLP_KEK_GCP_KEY_VERSION] = {"keyVersion", FLP_FIELD_TEXT, false, FLP_E091},
};
static const flp_field_rule_t kmip_rules[] = {
   [FLP_KEK_KMIP_ENDPOINT] = {"endpoint", FLP_FIELD_ENDPOINT_NO_DOT, false, FLP_E091},
   [FLP_KEK_KMIP_KEY_ID] = {"keyId", FLP_FIELD_TEXT, false, FLP_E091},
};

/* Orders of DK-6. `delegated` stands between the two fields of kmip. */
static const uint8_t aws_order[] = {FLP_KEK_AWS_REGION, FLP_KEK_AWS_KEY, FLP_KEK_AWS_ENDPOINT};
static const uint8_t azure_order[] = {FLP_KEK_AZURE_ENDPOINT, FLP_KEK_AZURE_KEY_NAME, FLP_KEK_AZURE_KEY_VERSION};
static const uint8_t gcp_order[] = {FLP_KEK_GCP_PROJECT_ID, FLP_KEK_GCP_LOCATION,    FLP_KEK_GCP_KEY_RING,
                                    FLP_KEK_GCP_KEY_NAME,   FLP_KEK_GCP_KEY_VERSION, FLP_KEK_GCP_ENDPOINT};
static const uint8_t kmip_order[] = {FLP_KEK_KMIP_ENDPOINT, FLP_KEK_KMIP_KEY_ID};

#define TYPE(name) name##_rules, sizeof(name##_rules) / sizeof((name##_rules)[0]), name##_order

static const struct {
   const flp_field_rule_t *rules;
   size_t n_rules;
   const uint8_t *order;
} types[FLP_KMS_TYPES] = {
   [FLP_KMS_AWS] = {TYPE(aws)},   [FLP_KMS_AZURE] = {TYPE(azure)},   [FLP_KMS_GCP] = {TYPE(gcp)},
   [FLP_KMS_KMIP] = {TYPE(kmip)}, [FLP_KMS_LOCAL] = {NULL, 0, NULL},
};

static bool read_delegated(flp_kek_t *kek, flp_view_t document, const char *what, flp_status_t *status)
{
   flp_bson_element_t element;
   if (!flp_bson_find(document, delegated_name, &element)) {
      return true;
   }
   if (element.type != FLP_BSON_BOOL) {
      return flp_error(status, FLP_E093,
                       FLP_FACTS(flp_fact_text("what", what), flp_fact_text("field", delegated_name), flp_fact_text("want", "bool"),
                                 flp_fact_text("got", flp_bson_type_name(element.type))));
   }
   kek->delegated = element.value.data[0] != 0;
   return true;
}

bool flp_kek_parse(flp_kek_t *kek, flp_view_t document, const char *what, flp_status_t *status)
{
   static const char *const others[] = {"provider", NULL};
   static const char *const others_kmip[] = {"provider", "delegated", NULL};
   bool found = false;
   flp_kms_id_t id;
   flp_fields_spec_t spec = {.unknown = FLP_E094, .what = what};
   if (!flp_field_read(&kek->provider, &found, document, &provider_rule, &spec, status) ||
       !flp_kms_id_parse(&id, flp_view_of(&kek->provider), FLP_KMS_ID_OF_KEK, status)) {
      return false;
   }
   kek->type = id.type;
   spec.rules = types[id.type].rules;
   spec.n_rules = types[id.type].n_rules;
   spec.others = id.type == FLP_KMS_KMIP ? others_kmip : others;
   spec.provider = flp_view_of(&kek->provider);
   return flp_fields_read(&kek->fields, document, &spec, status) &&
          (id.type != FLP_KMS_KMIP || read_delegated(kek, document, what, status)) && flp_fields_known(document, &spec, status);
}

static bool set_type(flp_kek_t *kek, flp_kms_type_t type, flp_status_t *status)
{
   kek->type = type;
   return flp_buf_copy(&kek->provider, flp_view_text(flp_kms_type_name(type))) ? true : flp_error_memory(status, "master key", 8);
}

static bool set_value(flp_kek_t *kek, size_t rule, flp_view_t value, flp_status_t *status)
{
   kek->fields.present |= 1u << rule;
   return flp_buf_copy(&kek->fields.values[rule], value) ? true : flp_error_memory(status, "master key", value.len);
}

bool flp_kek_set_local(flp_kek_t *kek, flp_status_t *status)
{
   return set_type(kek, FLP_KMS_LOCAL, status);
}

bool flp_kek_set_aws(flp_kek_t *kek, flp_view_t region, flp_view_t key, flp_status_t *status)
{
   return set_type(kek, FLP_KMS_AWS, status) && set_value(kek, FLP_KEK_AWS_REGION, region, status) &&
          set_value(kek, FLP_KEK_AWS_KEY, key, status);
}

bool flp_kek_set_aws_endpoint(flp_kek_t *kek, flp_view_t endpoint, flp_status_t *status)
{
   flp_endpoint_t parsed;
   return flp_endpoint_parse(&parsed, endpoint, false, "masterkey_aws_endpoint", status) &&
          set_value(kek, FLP_KEK_AWS_ENDPOINT, parsed.host_and_port, status);
}

void flp_kek_write(const flp_kek_t *kek, flp_doc_writer_t *writer, const char *key)
{
   flp_doc_open(writer, key, false);
   flp_doc_text(writer, "provider", flp_view_of(&kek->provider));
   for (size_t i = 0; i < types[kek->type].n_rules; i++) {
      size_t field = types[kek->type].order[i];
      if (kek->type == FLP_KMS_KMIP && field == FLP_KEK_KMIP_KEY_ID && kek->delegated) {
         flp_doc_bool(writer, delegated_name, true);
      }
      if (flp_fields_has(&kek->fields, field)) {
         flp_doc_text(writer, types[kek->type].rules[field].name, flp_fields_view(&kek->fields, field));
      }
   }
   flp_doc_close(writer);
}

void flp_kek_cleanup(flp_kek_t *kek)
{
   if (!kek->provider.data && kek->fields.present == 0) {
      return; /* a document is read provider first; only the endpoint setter may have left a field without one */
   }
   flp_buf_cleanup(&kek->provider);
   flp_fields_cleanup(&kek->fields);
   *kek = (flp_kek_t){0};
}
