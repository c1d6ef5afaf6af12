/* What this build is. `mongocrypt_version` tells the same at run time, with the version of fleproof behind a plus sign. */
#ifndef MONGOCRYPT_CONFIG_H
#define MONGOCRYPT_CONFIG_H

/* The release whose interface this library has. */
#define MONGOCRYPT_VERSION "1.20.1"

/* Native cryptography: OpenSSL's libcrypto. */
#define MONGOCRYPT_ENABLE_CRYPTO 1
#define MONGOCRYPT_ENABLE_CRYPTO_LIBCRYPTO 1

/* No tracing of calls. */
#define MONGOCRYPT_ENABLE_TRACE 0

#endif
