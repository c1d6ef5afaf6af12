/* The host's own callbacks: the ABI's crypto hooks on OpenSSL (one cached context a thread and purpose, keyed again only when the key
 * differs), a log handler that listens to nothing, and a failing form of each. */
#ifndef FLP_HOST_ABI_HOOKS_H
#define FLP_HOST_ABI_HOOKS_H

#include <stdint.h>

#include "runner/abi_table.h"

/* As mongocrypt_status_set; from the subject, once it is loaded. */
typedef void (*flp_status_set_fn_t)(void *status, int type, uint32_t code, const char *message, int32_t message_len);
void flp_hooks_init(flp_status_set_fn_t status_set);

/* The function for a callback parameter, by function and parameter of the table. NULL: no such hook. */
void (*flp_hook(const char *param, flp_abi_kind_t kind, bool failing))(void);

#endif
