/* The standard types that the public header uses. */
#ifndef MONGOCRYPT_COMPAT_H
#define MONGOCRYPT_COMPAT_H

#include <stdbool.h>
#include <stdint.h>

#endif
