/* Nonce and frame of a case, in the form of docs/transcript.md. */
#include "runner/supervise/frame.h"

#include "runner/material/material.h"
#include "runner/material/secrets.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void flp_nonce(int64_t seed, const char *subject, const char *case_id, char nonce[FLP_NONCE_SIZE])
{
   uint8_t digest[EVP_MAX_MD_SIZE] = {0};
   char *text = NULL;
   int len = asprintf(&text, "fleproof/%" PRId64 "/%s/%s", seed, subject, case_id);
   if (len > 0) {
      EVP_Digest(text, (size_t)len, digest, NULL, EVP_sha256(), NULL);
      free(text);
   }
   for (size_t i = 0; i < 16; i++) {
      snprintf(nonce + 2 * i, 3, "%02x", digest[i]);
   }
}

static bool append_sweep(bson_t *doc, const flp_frame_options_t *options)
{
   bson_t sweep;
   return options->fail_alloc == 0 ||
          (BSON_APPEND_DOCUMENT_BEGIN(doc, "fail_alloc", &sweep) &&
           BSON_APPEND_INT64(&sweep, "points", options->fail_alloc == UINT64_MAX ? 0 : (int64_t)options->fail_alloc) &&
           BSON_APPEND_BOOL(&sweep, "forks", options->forks) && bson_append_document_end(doc, &sweep));
}

bool flp_frame(const flp_case_t *the_case, const flp_frame_options_t *options, flp_buf_t *frame)
{
   bson_t doc = BSON_INITIALIZER;
   uint8_t len[4];
   bool ok = BSON_APPEND_UTF8(&doc, "nonce", options->nonce) && BSON_APPEND_UTF8(&doc, "id", the_case->id) &&
             BSON_APPEND_INT64(&doc, "seed", options->seed) && BSON_APPEND_INT64(&doc, "now_ms", FLP_MATERIAL_NOW_MS) &&
             BSON_APPEND_DOCUMENT(&doc, "plan", &the_case->plan) && append_sweep(&doc, options);
   if (options->watch_secrets) {
      flp_secrets_append(&the_case->plan, &doc);
   }
   flp_write_u32_le(len, doc.len);
   ok = ok && flp_buf_reserve(frame, doc.len + sizeof len) && flp_buf_append(frame, flp_view(len, sizeof len)) &&
        flp_buf_append(frame, flp_view(bson_get_data(&doc), doc.len));
   bson_destroy(&doc);
   return ok;
}
