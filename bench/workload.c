/* The workloads as a table, and their material: the same bytes for every contestant. */
#include "bench/workload.h"

#include <bson/bson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const workload_t flp_workloads[] = {
   {"decrypt_1500", "document of 1,500 deterministic strings of 10 bytes", DECRYPT_DOCUMENT, 1500, 10, 1},
   {"decrypt_1500_two_threads", "the same, two threads on one handle", DECRYPT_DOCUMENT, 1500, 10, 2},
   {"decrypt_10_mib", "document of ten strings of 1 MiB", DECRYPT_DOCUMENT, 10, 1u << 20, 1},
   {"explicit_decrypt", "one string of 10 bytes", DECRYPT_VALUE, 1, 10, 1},
   {"explicit_encrypt_deterministic", "one string of 10 bytes", ENCRYPT_DETERMINISTIC, 1, 10, 1},
   {"explicit_encrypt_random", "one string of 10 bytes", ENCRYPT_RANDOM, 1, 10, 1},
};
const size_t flp_n_workloads = sizeof flp_workloads / sizeof flp_workloads[0];

static flp_bytes_t take_bson(bson_t *doc)
{
   uint32_t len = 0;
   uint8_t *data = bson_destroy_with_steal(doc, true, &len);
   return (flp_bytes_t){.data = data, .len = len};
}

static char *make_value(uint32_t i, uint32_t len)
{
   char *value = malloc(len + 1);
   if (!value) {
      flp_bench_die("material", "out of memory");
   }
   char digits[16];
   int n = snprintf(digits, sizeof digits, "%08u", i);
   memset(value, 'a' + (int)(i % 26), len);
   memcpy(value, digits, len < (uint32_t)n ? len : (uint32_t)n);
   value[len] = '\0';
   return value;
}

static bson_iter_t find(const flp_bytes_t *bytes, bson_t *doc, const char *field)
{
   bson_iter_t iter;
   if (!bson_init_static(doc, bytes->data, bytes->len) || !bson_iter_init_find(&iter, doc, field)) {
      flp_bench_die("material", "result is not the document that was expected");
   }
   return iter;
}

void flp_material_make(const flp_bench_subject_t *s, const workload_t *w, const flp_bench_key_t *key, material_t *m)
{
   *m = (material_t){.workload = w, .key = key};
   bson_t *plain = bson_new(), *sealed = bson_new();
   for (uint32_t i = 0; i < w->n_fields; i++) {
      char name[16];
      snprintf(name, sizeof name, w->op == DECRYPT_DOCUMENT ? "f%u" : "v", i);
      char *value = make_value(i, w->value_len);
      bson_t message = BSON_INITIALIZER, reply;
      bson_append_utf8(&message, "v", 1, value, (int)w->value_len);
      bson_append_utf8(plain, name, -1, value, (int)w->value_len);
      flp_bytes_t in = {.data = (uint8_t *)bson_get_data(&message), .len = message.len}, out;
      flp_bench_encrypt(s, key, true, &in, &out);
      bson_iter_t iter = find(&out, &reply, "v");
      bson_append_iter(sealed, name, -1, &iter);
      bson_destroy(&message);
      free(out.data);
      free(value);
   }
   m->plain = take_bson(plain);
   m->sealed = take_bson(sealed);
   m->fields = calloc(w->n_fields, sizeof *m->fields);
   m->scratch = malloc(2 * (size_t)m->sealed.len);
   m->out = malloc(2 * (size_t)m->sealed.len);
   bson_t doc;
   bson_iter_t iter;
   bson_subtype_t subtype;
   if (!m->fields || !m->scratch || !m->out || !bson_init_static(&doc, m->sealed.data, m->sealed.len) || !bson_iter_init(&iter, &doc)) {
      flp_bench_die("material", "out of memory");
   }
   for (size_t i = 0; bson_iter_next(&iter); i++) {
      bson_iter_binary(&iter, &subtype, &m->fields[i].len, &m->fields[i].blob);
   }
}

void flp_material_cleanup(material_t *m)
{
   bson_free(m->plain.data);
   bson_free(m->sealed.data);
   free(m->fields);
   free(m->scratch);
   free(m->out);
}

static void run_bound(const material_t *m, const contestant_t *c, unsigned thread)
{
   const workload_t *w = m->workload;
   uint8_t *out = m->out + thread * (size_t)m->sealed.len;
   if (w->op == ENCRYPT_DETERMINISTIC || w->op == ENCRYPT_RANDOM) {
      uint8_t head[FLP_BLOB_HEAD];
      memcpy(head, m->fields[0].blob, sizeof head);
      head[0] = w->op == ENCRYPT_RANDOM ? 2 : 1;
      /* the value of {v: string}: length, bytes, NUL */
      flp_bound_seal(c->bound[thread], w->op == ENCRYPT_DETERMINISTIC, head, m->plain.data + 7, w->value_len + 5, out);
   } else if (c->batch) {
      flp_bound_open_batch(c->bound[thread], m->fields, w->n_fields, m->scratch + thread * (size_t)m->sealed.len, out);
   } else {
      flp_bound_open_each(c->bound[thread], m->fields, w->n_fields, out);
   }
}

void flp_run_once(const material_t *m, const contestant_t *c, unsigned thread, flp_bytes_t *out)
{
   if (!c->subject) {
      run_bound(m, c, thread);
      return;
   }
   switch (m->workload->op) {
   case DECRYPT_DOCUMENT:
   case DECRYPT_VALUE:
      flp_bench_decrypt(c->subject, m->key, m->workload->op == DECRYPT_VALUE, &m->sealed, out);
      break;
   case ENCRYPT_DETERMINISTIC:
   case ENCRYPT_RANDOM:
      flp_bench_encrypt(c->subject, m->key, m->workload->op == ENCRYPT_DETERMINISTIC, &m->plain, out);
      break;
   }
}

void flp_check_once(const material_t *m, const contestant_t *c)
{
   const workload_t *w = m->workload;
   bool deterministic = w->op == ENCRYPT_DETERMINISTIC;
   if (!c->subject) {
      run_bound(m, c, 0);
      bool right = true;
      if (deterministic) {
         right = memcmp(m->out, m->fields[0].blob, m->fields[0].len) == 0;
      } else if (w->op != ENCRYPT_RANDOM) {
         /* string of the first field: behind its IV block when batched */
         right = memcmp(m->out + (c->batch ? FLP_IV_LEN : 0) + 4, m->plain.data + (w->op == DECRYPT_DOCUMENT ? 12 : 11), w->value_len) == 0;
      }
      if (!right) {
         flp_bench_die(c->name, "wrong result");
      }
      return;
   }
   flp_bytes_t got = {0}, opened = {0};
   flp_run_once(m, c, 0, &got);
   const flp_bytes_t *want = deterministic ? &m->sealed : &m->plain;
   if (w->op == ENCRYPT_RANDOM) {
      flp_bench_decrypt(c->subject, m->key, true, &got, &opened);
   }
   const flp_bytes_t *have = w->op == ENCRYPT_RANDOM ? &opened : &got;
   if (have->len != want->len || memcmp(have->data, want->data, want->len) != 0) {
      flp_bench_die(c->name, "wrong result");
   }
   free(got.data);
   free(opened.data);
}
