/* Makes documents of the key vault, and breaks them, for the tests of this folder. */
#ifndef FLP_KEY_TEST_SUPPORT_KEY_DOC_H
#define FLP_KEY_TEST_SUPPORT_KEY_DOC_H

#include "ref/mongocrypt/crypto/crypto.h"

typedef struct {
   uint8_t id;            /* 16 times */
   uint8_t secret;        /* 96 times */
   const uint8_t *kek;    /* 96 bytes */
   const char *names[3];  /* alternate names, until NULL */
   const char *provider;  /* NULL: local */
   size_t material_len;   /* 0: all of the wrapped key; else so many bytes of it */
   const char *leave_out; /* a field */
   const char *as_bool;   /* a field that becomes `true` */
   const char *add;       /* a field that nobody knows */
} key_doc_spec_t;

/* An owned document. The crypto state wraps. */
flp_buf_t make_key_doc(flp_crypto_state_t *state, const key_doc_spec_t *spec);

#endif
