/* The caller's own cryptography (rules H-1 to H-10): taken here, used by crypto/. */
#include "ref/mongocrypt/handle.h"

static bool may_set(mongocrypt_t *crypt, const char *option)
{
   return crypt && flp_handle_may_set(crypt, option);
}

bool mongocrypt_setopt_crypto_hooks(mongocrypt_t *crypt, mongocrypt_crypto_fn aes_256_cbc_encrypt, mongocrypt_crypto_fn aes_256_cbc_decrypt,
                                    mongocrypt_random_fn random, mongocrypt_hmac_fn hmac_sha_512, mongocrypt_hmac_fn hmac_sha_256,
                                    mongocrypt_hash_fn sha_256, void *ctx)
{
   const flp_hooks_t six = {.cbc_encrypt = aes_256_cbc_encrypt,
                            .cbc_decrypt = aes_256_cbc_decrypt,
                            .random = random,
                            .hmac_sha_512 = hmac_sha_512,
                            .hmac_sha_256 = hmac_sha_256,
                            .sha_256 = sha_256,
                            .context = ctx};
   return may_set(crypt, "crypto_hooks") && flp_crypto_set_hooks(&crypt->crypto, &six, &crypt->status);
}

/* The hooks get the context of the six: that of these two setters is part of the interface only. */
bool mongocrypt_setopt_aes_256_ctr(mongocrypt_t *crypt, mongocrypt_crypto_fn aes_256_ctr_encrypt, mongocrypt_crypto_fn aes_256_ctr_decrypt,
                                   void *ctx)
{
   (void)ctx;
   return may_set(crypt, "aes_256_ctr") && flp_crypto_set_ctr(&crypt->crypto, aes_256_ctr_encrypt, aes_256_ctr_decrypt, &crypt->status);
}

bool mongocrypt_setopt_aes_256_ecb(mongocrypt_t *crypt, mongocrypt_crypto_fn aes_256_ecb_encrypt, void *ctx)
{
   (void)ctx;
   return may_set(crypt, "aes_256_ecb") && flp_crypto_set_ecb(&crypt->crypto, aes_256_ecb_encrypt, &crypt->status);
}

bool mongocrypt_setopt_crypto_hook_sign_rsaes_pkcs1_v1_5(mongocrypt_t *crypt, mongocrypt_hmac_fn sign_rsaes_pkcs1_v1_5, void *sign_ctx)
{
   return may_set(crypt, "crypto_hook_sign_rsaes_pkcs1_v1_5") &&
          flp_crypto_set_sign(&crypt->crypto, sign_rsaes_pkcs1_v1_5, sign_ctx, &crypt->status);
}
