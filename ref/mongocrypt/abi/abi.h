/* What the exported functions share: from the interface's types to ours and back. */
#ifndef FLP_ABI_ABI_H
#define FLP_ABI_ABI_H

#include "ref/base/status.h"

#include "mongocrypt/mongocrypt.h"

/* The bytes of a caller's binary: data NULL if the binary or its data is NULL. */
flp_view_t flp_abi_view(const mongocrypt_binary_t *binary);

/* A text with a length by rule LEN-1. NULL gives data NULL; a length below -1 makes *len_ok false. */
flp_view_t flp_abi_text(const char *text, int64_t len, bool *len_ok);

/* Points `out` at the bytes. Returns `ok` so that a call can end with it; nothing is written when `ok` is false or out NULL. */
bool flp_abi_give(mongocrypt_binary_t *out, flp_view_t bytes, bool ok);

/* Makes a copy of ours in the caller's object. Needs no memory. */
void flp_abi_fill(mongocrypt_status_t *out, const flp_status_t *status);

#endif
