/* Reads tags. A `!keydoc` asks the case's own handle for the key that wraps. */
#include "runner/grammar/tags.h"

#include <string.h>

enum { MAX_FILL = 32 * 1024 * 1024 };

static bool wrong(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, const char *wanted)
{
   return flp_refuse(v->report, TAG_VALUE, node, path, "%s takes %s; write it so", node->tag, wanted);
}

static bool is_name(const flp_node_t *node)
{
   return node && node->kind == FLP_NODE_SCALAR && node->len > 0 && strlen(node->text) == node->len;
}

static void take_bytes(flp_bytes_t *out, bson_subtype_t subtype, uint32_t len)
{
   out->subtype = subtype;
   out->len = len;
   out->bytes = bson_malloc0(len + 1);
}

static int nibble(char c)
{
   return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Spaces and line ends may part the digits, so that long bytes can be laid out. */
static bool hex_text(const flp_node_t *text, flp_bytes_t *out)
{
   size_t n = 0;
   take_bytes(out, BSON_SUBTYPE_BINARY, (uint32_t)(text->len / 2 + 1));
   for (size_t i = 0; i < text->len; i++) {
      int d = nibble(text->text[i]);
      if (strchr(" \t\n", text->text[i])) {
         if (n % 2 != 0) {
            break;
         }
         continue;
      }
      if (d < 0) {
         n = 1;
         break;
      }
      out->bytes[n / 2] = (uint8_t)(out->bytes[n / 2] << 4 | d);
      n++;
   }
   if (n % 2 != 0) {
      bson_free(out->bytes);
      return false;
   }
   out->len = (uint32_t)(n / 2);
   return true;
}

static bool read_hex(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out)
{
   static const char wanted[] = "pairs of hex digits, or {bytes: HEX, subtype: N}";
   const flp_node_t *text = node, *subtype = NULL;
   int64_t number = 0;
   if (node->kind == FLP_NODE_MAP) {
      text = flp_node_get(node, "bytes");
      subtype = flp_node_get(node, "subtype");
      if (!text || !subtype || node->n != 2 || subtype->kind != FLP_NODE_SCALAR ||
          !flp_plain_integer(subtype->text, subtype->len, &number) || number < 0 || number > 255) {
         return wrong(v, node, path, wanted);
      }
   }
   if (text->kind != FLP_NODE_SCALAR || !hex_text(text, out)) {
      return wrong(v, node, path, wanted);
   }
   out->subtype = (bson_subtype_t)number;
   return true;
}

static bool small_integer(const flp_node_t *node, int64_t max, int64_t *out)
{
   return node && node->kind == FLP_NODE_SCALAR && flp_plain_integer(node->text, node->len, out) && *out >= 0 && *out <= max;
}

static bool read_fill(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out)
{
   int64_t len = 0, byte = 0x61;
   bool map = node->kind == FLP_NODE_MAP;
   if (!small_integer(map ? flp_node_get(node, "len") : node, MAX_FILL, &len) ||
       (map && (node->n != 2 || !small_integer(flp_node_get(node, "byte"), 255, &byte)))) {
      return wrong(v, node, path, "a count of bytes up to 32 MiB, or {len: N, byte: 0 to 255}");
   }
   if ((size_t)len > v->left) {
      return flp_refuse(v->report, CASES_TOO_LARGE, node, path, "the cases of a file hold at most %d MiB; make fewer or smaller ones",
                        FLP_VALUES_MAX_FILE >> 20);
   }
   v->left -= (size_t)len;
   take_bytes(out, BSON_SUBTYPE_BINARY, (uint32_t)len);
   memset(out->bytes, (int)byte, (size_t)len);
   return true;
}

bool flp_tag_is_bytes(const flp_node_t *node)
{
   return node && node->tag && strcmp(node->tag, "!keydoc") != 0 && strcmp(node->tag, "!vectors") != 0;
}

bool flp_tag_bytes(flp_values_t *v, const flp_node_t *node, const flp_path_t *path, flp_bytes_t *out)
{
   if (strcmp(node->tag, "!hex") == 0) {
      return read_hex(v, node, path, out);
   }
   if (strcmp(node->tag, "!fill") == 0) {
      return read_fill(v, node, path, out);
   }
   if (!is_name(node)) {
      return wrong(v, node, path, "a name");
   }
   if (strcmp(node->tag, "!key") == 0) {
      take_bytes(out, BSON_SUBTYPE_BINARY, FLP_AEAD_KEY);
      flp_material_key(node->text, out->bytes);
   } else {
      take_bytes(out, BSON_SUBTYPE_UUID, FLP_MATERIAL_UUID);
      flp_material_uuid(node->text, out->bytes);
   }
   return true;
}

/* The local key in one providers document, or NULL: `local` or `local:x`. */
static const flp_node_t *local_key_of(const flp_node_t *providers, const char *provider)
{
   return flp_node_get(flp_node_get(providers, provider), "key");
}

/* The node of the local key that the handle configures for this provider. */
static const flp_node_t *configured_key(const flp_node_t *handle, const char *provider)
{
   const flp_node_t *providers = flp_node_get(handle, "kms_providers");
   const flp_node_t *key = local_key_of(providers, provider);
   for (size_t i = 0; !key && providers && providers->kind == FLP_NODE_LIST && i < providers->n; i++) {
      key = local_key_of(providers->items[i], provider);
   }
   return key ? key : flp_node_get(handle, "kms_provider_local");
}

/* A key of another length can wrap nothing: the case is then about the key itself, and any wrap will do. */
static bool wrapping_key(flp_values_t *v, const flp_node_t *kek, const char *provider, const flp_path_t *path, uint8_t out[FLP_AEAD_KEY])
{
   flp_bytes_t bytes;
   if (kek && kek->kind == FLP_NODE_SCALAR && !kek->tag) {
      flp_material_key(kek->text, out);
      return true;
   }
   const flp_node_t *node = kek ? kek : configured_key(v->handle, provider);
   flp_material_key(FLP_MATERIAL_DEFAULT_KEK, out);
   if (!node || !flp_value_is_bytes(node)) {
      return true;
   }
   if (!flp_value_bytes(v, node, path, &bytes)) {
      return false;
   }
   bool fits = bytes.len == FLP_AEAD_KEY;
   if (fits) {
      memcpy(out, bytes.bytes, FLP_AEAD_KEY);
   }
   bson_free(bytes.bytes);
   return fits || !kek || flp_refuse(v->report, TAG_VALUE, kek, path, "kek of !keydoc has another length than 96 bytes; give 96");
}

static bool fields_known(flp_values_t *v, const flp_node_t *node, const flp_path_t *path)
{
   static const char *const fields[] = {"name", "kek", "provider", "alt_names", "set", "unset"};
   for (size_t i = 0; i < node->n; i++) {
      bool found = false;
      flp_nearest_t nearest = {0};
      for (size_t j = 0; j < sizeof fields / sizeof *fields; j++) {
         found = found || strcmp(fields[j], node->keys[i]->text) == 0;
         flp_nearest_try(&nearest, node->keys[i]->text, fields[j]);
      }
      if (!found) {
         return flp_refuse(v->report, TAG_VALUE, node->keys[i], path, "!keydoc has no part `%s`; %s%s", node->keys[i]->text,
                           nearest.best ? "did you mean " : "they are name kek provider alt_names set unset",
                           nearest.best ? nearest.best : "");
      }
   }
   return true;
}

/* A list or mapping as a BSON document; absent is no document. */
static bool part(flp_values_t *v, const flp_node_t *node, flp_node_kind_t kind, const flp_path_t *path, bson_t *out, const bson_t **view)
{
   if (!node) {
      return true;
   }
   if (node->kind != kind || node->tag) {
      return flp_refuse(v->report, TAG_VALUE, node, path, "this part of !keydoc is %s; write it so",
                        kind == FLP_NODE_LIST ? "a list" : "a mapping");
   }
   *view = out;
   return flp_value_append_children(v, FLP_PLACE_GIVEN, out, node, path);
}

bool flp_tag_keydoc(flp_values_t *v, bson_t *out, const flp_node_t *node, const flp_path_t *path)
{
   bool ok = false;
   uint8_t kek[FLP_AEAD_KEY];
   bson_t names = BSON_INITIALIZER, set = BSON_INITIALIZER, unset = BSON_INITIALIZER;
   bool map = node->kind == FLP_NODE_MAP;
   const flp_node_t *name = map ? flp_node_get(node, "name") : node, *provider = flp_node_get(node, "provider");
   flp_keydoc_t spec = {.kek = kek};

   if (!is_name(name) || (provider && !is_name(provider))) {
      wrong(v, node, path, "a name, or {name: N, kek: ..., provider: ..., alt_names: [..], set: {..}, unset: [..]}");
      goto done;
   }
   spec.name = name->text;
   spec.provider = provider ? provider->text : NULL;
   if (map && !fields_known(v, node, path)) {
      goto done;
   }
   if (!part(v, flp_node_get(node, "alt_names"), FLP_NODE_LIST, path, &names, &spec.alt_names) ||
       !part(v, flp_node_get(node, "set"), FLP_NODE_MAP, path, &set, &spec.set) ||
       !part(v, flp_node_get(node, "unset"), FLP_NODE_LIST, path, &unset, &spec.unset) ||
       !wrapping_key(v, flp_node_get(node, "kek"), provider ? provider->text : "local", path, kek)) {
      goto done;
   }
   ok = flp_material_keydoc(&spec, out) || wrong(v, node, path, "a key that OpenSSL can wrap");
done:
   bson_destroy(&names);
   bson_destroy(&set);
   bson_destroy(&unset);
   return ok;
}

bool flp_tag_append(flp_values_t *v, bson_t *out, const char *key, const flp_node_t *node, const flp_path_t *path)
{
   flp_bytes_t bytes;
   bson_t child;
   if (strcmp(node->tag, "!vectors") == 0) {
      return flp_refuse(v->report, TAG_VALUE, node, path, "!vectors stands for an axis of a matrix; move it there");
   }
   if (!flp_tag_is_bytes(node)) {
      bson_append_document_begin(out, key, -1, &child);
      bool ok = flp_tag_keydoc(v, &child, node, path);
      bson_append_document_end(out, &child);
      return ok;
   }
   if (!flp_tag_bytes(v, node, path, &bytes)) {
      return false;
   }
   bool ok = bson_append_binary(out, key, -1, bytes.subtype, bytes.bytes, bytes.len);
   bson_free(bytes.bytes);
   return ok;
}
