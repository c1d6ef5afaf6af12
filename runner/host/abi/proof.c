/* Proves by what the subject does, not by what symbols it has: a data key's date follows the clock (or a cached key expires without
 * waiting), the same seed gives the same data key, and a new context is an allocation that was counted. */
#include "runner/host/abi/proof.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOCAL_KEY_LEN = 96, STATE_NEED_KEYS = 3, STATE_READY = 5 };

static const int64_t now_ms = 1767225600000; /* 2026-01-01 */
static const int64_t year_ms = 365LL * 24 * 3600 * 1000;
static const int64_t more_than_cached_ms = 61000;
static const char random_algorithm[] = "AEAD_AES_256_CBC_HMAC_SHA_512-Random";

static bool failed_at(const flp_host_t *host, flp_proof_t *proof)
{
   snprintf(proof->how, sizeof proof->how, "%s", host->gate.last);
   return false;
}

static void destroy(flp_host_t *host, flp_fn_t fn, void *object)
{
   flp_result_t result;
   flp_gate_call(&host->gate, host->gate.functions[fn], FLP_ARGS(FLP_HANDLE(object)), &result);
}

static uint64_t state_of(flp_host_t *host, void *ctx)
{
   flp_result_t result;
   flp_gate_call(&host->gate, host->gate.functions[FLP_FN_ctx_state], FLP_ARGS(FLP_HANDLE(ctx)), &result);
   return result.number;
}

static flp_arg_t document(const bson_t *doc)
{
   return FLP_BYTES(flp_view(bson_get_data(doc), doc->len));
}

static void *make_handle(flp_host_t *host, bool hooks)
{
   static const uint8_t local_key[LOCAL_KEY_LEN];
   const char *failed;
   bson_t *providers = BCON_NEW("local", "{", "key", BCON_BIN(BSON_SUBTYPE_BINARY, local_key, LOCAL_KEY_LEN), "}");
   void *crypt = flp_gate_pointer(&host->gate, FLP_FN_new, NULL);
   if (crypt != NULL && ((hooks && !flp_handle_set_hooks(&host->gate, crypt, false, &failed)) ||
                         !flp_gate_true(&host->gate, FLP_FN_setopt_kms_providers, FLP_ARGS(FLP_HANDLE(crypt), document(providers))) ||
                         !flp_gate_true(&host->gate, FLP_FN_init, FLP_ARGS(FLP_HANDLE(crypt))))) {
      destroy(host, FLP_FN_destroy, crypt);
      crypt = NULL;
   }
   bson_destroy(providers);
   return crypt;
}

/* A fresh data key as a key document. */
static bool make_data_key(flp_host_t *host, void *crypt, bson_t *out)
{
   bson_t *local = BCON_NEW("provider", "local");
   flp_gate_t *gate = &host->gate;
   flp_view_t bytes;
   void *ctx = flp_gate_pointer(gate, FLP_FN_ctx_new, FLP_ARGS(FLP_HANDLE(crypt)));
   bool ok = ctx != NULL && flp_gate_true(gate, FLP_FN_ctx_setopt_key_encryption_key, FLP_ARGS(FLP_HANDLE(ctx), document(local))) &&
             flp_gate_true(gate, FLP_FN_ctx_datakey_init, FLP_ARGS(FLP_HANDLE(ctx))) &&
             flp_gate_bytes(gate, FLP_FN_ctx_finalize, ctx, &bytes);
   bson_t view;
   if (ok) {
      ok = bson_init_static(&view, bytes.data, bytes.len);
      if (ok) {
         bson_copy_to(&view, out);
      }
   }
   if (ctx != NULL) {
      const char *last = gate->last;
      destroy(host, FLP_FN_ctx_destroy, ctx);
      gate->last = last;
   }
   bson_destroy(local);
   return ok;
}

static bool dated(const bson_t *key, int64_t at_ms)
{
   bson_iter_t it;
   return bson_iter_init_find(&it, key, "creationDate") && BSON_ITER_HOLDS_DATE_TIME(&it) && bson_iter_date_time(&it) == at_ms;
}

/* A context that would encrypt with the key; its state tells whether the key is cached. */
static uint64_t encrypt_with(flp_host_t *host, void *crypt, const bson_t *key, bool feed)
{
   flp_gate_t *gate = &host->gate;
   bson_iter_t id;
   flp_view_t id_bytes = {0};
   uint64_t state = 0;
   bson_t *value = BCON_NEW("v", "x");
   void *ctx = flp_gate_pointer(gate, FLP_FN_ctx_new, FLP_ARGS(FLP_HANDLE(crypt)));
   if (ctx != NULL && bson_iter_init_find(&id, key, "_id") && flp_bytes_of_value(&id, &id_bytes) &&
       flp_gate_feed(gate, FLP_FN_ctx_setopt_key_id, ctx, id_bytes) &&
       flp_gate_true(gate, FLP_FN_ctx_setopt_algorithm, FLP_ARGS(FLP_HANDLE(ctx), FLP_TEXT(flp_view_text(random_algorithm)))) &&
       flp_gate_true(gate, FLP_FN_ctx_explicit_encrypt_init, FLP_ARGS(FLP_HANDLE(ctx), document(value)))) {
      state = state_of(host, ctx);
      if (feed && state == STATE_NEED_KEYS) {
         flp_gate_true(gate, FLP_FN_ctx_mongo_feed, FLP_ARGS(FLP_HANDLE(ctx), document(key)));
         flp_gate_true(gate, FLP_FN_ctx_mongo_done, FLP_ARGS(FLP_HANDLE(ctx)));
      }
   }
   if (ctx != NULL) {
      destroy(host, FLP_FN_ctx_destroy, ctx);
   }
   bson_destroy(value);
   return state;
}

static bool key_expires(flp_host_t *host, const flp_proof_t *proof, const bson_t *key)
{
   void *crypt = make_handle(host, proof->use_hooks);
   if (crypt == NULL || encrypt_with(host, crypt, key, true) != STATE_NEED_KEYS || encrypt_with(host, crypt, key, false) != STATE_READY) {
      return false;
   }
   flp_outside_advance_ns(more_than_cached_ms * 1000000);
   return encrypt_with(host, crypt, key, false) == STATE_NEED_KEYS;
}

/* A data key of a handle made for it alone: libraries may draw more random bytes than they need, and keep the rest with the handle. */
static bool key_from(flp_host_t *host, const flp_proof_t *proof, int64_t at_ms, uint64_t seed, bson_t *out)
{
   flp_outside_start(at_ms, seed, "");
   void *crypt = make_handle(host, proof->use_hooks);
   const bool ok = crypt != NULL && make_data_key(host, crypt, out);
   if (crypt != NULL) {
      const char *last = host->gate.last;
      destroy(host, FLP_FN_destroy, crypt);
      host->gate.last = last;
   }
   return ok;
}

/* Which way does this subject get its cryptography? */
static void choose_crypto(flp_host_t *host, flp_hooks_mode_t mode, flp_proof_t *proof)
{
   bson_t key;
   const bool says = flp_gate_has(&host->gate, FLP_FN_is_crypto_available);
   proof->native_crypto = says && flp_gate_true(&host->gate, FLP_FN_is_crypto_available, NULL);
   /* An old library does not say. It has none if data keys can be made with hooks only. */
   for (int hooks = 0; !says && hooks < 2; hooks++) {
      proof->use_hooks = hooks != 0;
      if (key_from(host, proof, now_ms, 1, &key)) {
         bson_destroy(&key);
         proof->native_crypto = !proof->use_hooks;
         break;
      }
      proof->native_crypto = true;
   }
   proof->use_hooks = mode == FLP_HOOKS_ON || (mode == FLP_HOOKS_AUTO && !proof->native_crypto);
}

static bool prove(flp_host_t *host, flp_hooks_mode_t mode, flp_proof_t *proof)
{
   bson_t first, again, other, later;
   choose_crypto(host, mode, proof);
   if (!key_from(host, proof, now_ms, 1, &first)) {
      return failed_at(host, proof);
   }
   proof->alloc_counted = flp_outside.count_allocations && flp_outside.allocations > 0;
   if (!key_from(host, proof, now_ms, 1, &again) || !key_from(host, proof, now_ms, 2, &other) ||
       !key_from(host, proof, now_ms + year_ms, 1, &later)) {
      return failed_at(host, proof);
   }
   proof->random_seeded = bson_equal(&first, &again) && !bson_equal(&first, &other);
   proof->clock_virtual = (dated(&first, now_ms) && dated(&later, now_ms + year_ms)) || key_expires(host, proof, &first);
   bson_destroy(&first);
   bson_destroy(&again);
   bson_destroy(&other);
   bson_destroy(&later);
   snprintf(proof->how, sizeof proof->how, "ok");
   return true;
}

void flp_signal_name(int number, char *out, size_t len)
{
   const char *name = sigabbrev_np(number);
   if (name != NULL) {
      snprintf(out, len, "SIG%s", name);
   } else {
      snprintf(out, len, "SIG%d", number);
   }
}

static void describe_death(int status, flp_proof_t *proof)
{
   char name[32];
   if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
      snprintf(proof->how, sizeof proof->how, "hang");
   } else if (WIFSIGNALED(status)) {
      flp_signal_name(WTERMSIG(status), name, sizeof name);
      snprintf(proof->how, sizeof proof->how, "crash(%s)", name);
   } else {
      snprintf(proof->how, sizeof proof->how, "exit(%d)", WEXITSTATUS(status));
   }
}

/* What is known when the proof did not come to its end. */
static void assume(flp_host_t *host, flp_hooks_mode_t mode, flp_proof_t *proof)
{
   *proof = (flp_proof_t){0};
   proof->native_crypto =
      !flp_gate_has(&host->gate, FLP_FN_is_crypto_available) || flp_gate_true(&host->gate, FLP_FN_is_crypto_available, NULL);
   proof->use_hooks = mode == FLP_HOOKS_ON || (mode == FLP_HOOKS_AUTO && !proof->native_crypto);
}

void flp_prove_nothing(flp_host_t *host, flp_hooks_mode_t mode, flp_proof_t *proof)
{
   assume(host, mode, proof);
   snprintf(proof->how, sizeof proof->how, "none");
}

void flp_prove(flp_host_t *host, flp_hooks_mode_t mode, int timeout_ms, flp_proof_t *proof)
{
   int ends[2] = {-1, -1}, status = 0;
   assume(host, mode, proof);
   if (pipe(ends) != 0) {
      snprintf(proof->how, sizeof proof->how, "pipe");
      return;
   }
   signal(SIGCHLD, SIG_DFL); /* a library that ignores it would leave nothing to wait for */
   const pid_t child = fork();
   if (child == 0) {
      const struct itimerval limit = {.it_value = {timeout_ms / 1000, (timeout_ms % 1000) * 1000}};
      signal(SIGALRM, SIG_DFL);
      setitimer(ITIMER_REAL, &limit, NULL);
      prove(host, mode, proof);
      _exit(write(ends[1], proof, sizeof *proof) == (ssize_t)sizeof *proof ? 0 : 1);
   }
   close(ends[1]);
   flp_proof_t found;
   const bool whole = child > 0 && read(ends[0], &found, sizeof found) == (ssize_t)sizeof found;
   close(ends[0]);
   if (child > 0) {
      while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
   }
   if (whole) {
      *proof = found;
   } else {
      describe_death(status, proof);
   }
}
