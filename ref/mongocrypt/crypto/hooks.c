/* The back end that calls the caller's hooks. Each gets views that live for the call only (OWN-9), keys and IVs of their exact length,
 * and input that is already padded (H-3 to H-5). What a hook says when it fails stays readable (H-8). */
#include "ref/mongocrypt/crypto/backend.h"
#include "ref/mongocrypt/errors.h"

#include <string.h>

static bool open_state(flp_crypto_state_t *state, flp_status_t *status)
{
   (void)state;
   (void)status;
   return true;
}

static void close_state(flp_crypto_state_t *state)
{
   flp_buf_cleanup(&state->scratch);
}

/* A view for a hook. Hooks take writable pointers even to what they must not write. */
static mongocrypt_binary_t binary(const void *data, size_t len)
{
   union {
      const void *read;
      void *write;
   } pointer = {.read = data};
   return (mongocrypt_binary_t){.data = pointer.write, .len = (uint32_t)len};
}

static bool not_set(const char *hook, flp_status_t *status)
{
   return flp_error(status, FLP_HOOK_NOT_SET, FLP_FACTS(flp_fact_text("hook", hook)));
}

/* Ends a call: destroys what the hook could write its error to, and takes the error over. */
static bool finish(bool called_ok, const char *hook, mongocrypt_status_t *said, flp_status_t *status)
{
   if (!called_ok) {
      uint32_t len = 0;
      const char *text = mongocrypt_status_message(said, &len);
      if (text && len > 0) {
         flp_view_t reason = flp_view(text, len);
         flp_status_fail_foreign(status, (uint32_t)mongocrypt_status_type(said), mongocrypt_status_code(said), reason,
                                 flp_error_class(FLP_HOOK_FAILED), FLP_FACTS(flp_fact_text("hook", hook), flp_fact_view("reason", reason)));
      } else {
         flp_error(status, FLP_HOOK_FAILED, FLP_FACTS(flp_fact_text("hook", hook), flp_fact_text("reason", "the hook gave no reason")));
      }
   }
   mongocrypt_status_destroy(said);
   return called_ok;
}

static mongocrypt_status_t *new_status(flp_status_t *status)
{
   mongocrypt_status_t *said = mongocrypt_status_new();
   if (!said) {
      flp_error_memory(status, "status of a hook", 0);
   }
   return said;
}

static bool random_bytes(flp_crypto_state_t *state, uint8_t *out, size_t len, flp_status_t *status)
{
   const flp_hooks_t *hooks = &state->crypto->hooks;
   if (!hooks->random) {
      return not_set(FLP_HOOK_RANDOM, status);
   }
   mongocrypt_status_t *said = new_status(status);
   if (!said) {
      return false;
   }
   mongocrypt_binary_t to = binary(out, len);
   return finish(hooks->random(hooks->context, &to, (uint32_t)len, said), FLP_HOOK_RANDOM, said, status);
}

/* Joins the parts in the scratch buffer. The caller wipes it with empty_scratch. */
static bool join(flp_crypto_state_t *state, const flp_view_t *parts, size_t n_parts, flp_status_t *status)
{
   size_t len = 0;
   for (size_t i = 0; i < n_parts; i++) {
      len += parts[i].len;
   }
   if (len > UINT32_MAX || !flp_buf_reserve(&state->scratch, len)) {
      return flp_error_memory(status, "input of a hook", len);
   }
   for (size_t i = 0; i < n_parts; i++) {
      flp_buf_append(&state->scratch, parts[i]);
   }
   return true;
}

static void empty_scratch(flp_crypto_state_t *state)
{
   flp_wipe(state->scratch.data, state->scratch.len);
   state->scratch.len = 0;
}

static bool hmac_sha_512(flp_crypto_state_t *state, const uint8_t *key, const flp_view_t *parts, size_t n_parts, uint8_t *out,
                         flp_status_t *status)
{
   const flp_hooks_t *hooks = &state->crypto->hooks;
   if (!hooks->hmac_sha_512) {
      return not_set(FLP_HOOK_HMAC_512, status);
   }
   mongocrypt_status_t *said = new_status(status);
   if (!said) {
      return false;
   }
   if (!join(state, parts, n_parts, status)) {
      mongocrypt_status_destroy(said);
      return false;
   }
   mongocrypt_binary_t key_view = binary(key, 32);
   mongocrypt_binary_t in_view = binary(state->scratch.data, state->scratch.len);
   mongocrypt_binary_t out_view = binary(out, FLP_MAC_LEN);
   bool ok = finish(hooks->hmac_sha_512(hooks->context, &key_view, &in_view, &out_view, said), FLP_HOOK_HMAC_512, said, status);
   empty_scratch(state);
   return ok;
}

static bool cbc(flp_crypto_state_t *state, bool encrypt, const uint8_t *key, const uint8_t *iv, flp_view_t in, uint8_t *out,
                flp_status_t *status)
{
   static const uint8_t any_iv[FLP_BLOCK_LEN];
   const flp_hooks_t *hooks = &state->crypto->hooks;
   const char *hook = encrypt ? FLP_HOOK_CBC_ENCRYPT : FLP_HOOK_CBC_DECRYPT;
   mongocrypt_crypto_fn call = encrypt ? hooks->cbc_encrypt : hooks->cbc_decrypt;
   if (!call) {
      return not_set(hook, status);
   }
   mongocrypt_status_t *said = new_status(status);
   if (!said) {
      return false;
   }
   /* A hook need not work in place. */
   bool joined = in.data == out;
   if (joined && !join(state, &in, 1, status)) {
      mongocrypt_status_destroy(said);
      return false;
   }
   mongocrypt_binary_t key_view = binary(key, 32);
   mongocrypt_binary_t iv_view = binary(iv ? iv : any_iv, FLP_BLOCK_LEN);
   mongocrypt_binary_t in_view = joined ? binary(state->scratch.data, state->scratch.len) : binary(in.data, in.len);
   mongocrypt_binary_t out_view = binary(out, in.len);
   uint32_t written = 0;
   bool ok = finish(call(hooks->context, &key_view, &iv_view, &in_view, &out_view, &written, said), hook, said, status);
   empty_scratch(state);
   if (ok && written != in.len) {
      return flp_error(status, FLP_HOOK_FAILED,
                       FLP_FACTS(flp_fact_text("hook", hook), flp_fact_text("reason", "wrong number of bytes written")));
   }
   return ok;
}

const flp_backend_t flp_backend_hooks = {
   .batches = false,
   .open = open_state,
   .close = close_state,
   .random = random_bytes,
   .hmac_sha_512 = hmac_sha_512,
   .cbc = cbc,
};
