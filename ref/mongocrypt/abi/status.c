/* The caller's status object. Messages of the library always fit in it; longer ones, which only a caller makes, go to the heap. */
#include "ref/mongocrypt/abi/abi.h"

#include <stdlib.h>
#include <string.h>

struct _mongocrypt_status_t {
   mongocrypt_status_type_t type;
   uint32_t code;
   uint32_t len;
   char *heap; /* NULL: the message is in `text` */
   char text[FLP_MAX_STATUS_TEXT + FLP_MAX_STATUS_TAG + 1];
};

_Static_assert(sizeof(mongocrypt_status_type_t) == 4, "the size is part of the interface");
_Static_assert(sizeof(((flp_status_t *)0)->message) == sizeof(((struct _mongocrypt_status_t *)0)->text), "every message must fit");

mongocrypt_status_t *mongocrypt_status_new(void)
{
   return calloc(1, sizeof(mongocrypt_status_t));
}

static void set(mongocrypt_status_t *status, uint32_t type, uint32_t code, const char *message, size_t len)
{
   char *heap = len < sizeof status->text ? NULL : malloc(len + 1);
   if (len >= sizeof status->text && !heap) {
      len = 0;
   }
   char *text = heap ? heap : status->text;
   if (len > 0) {
      memmove(text, message, len); /* a caller may hand back the message of this very status */
   }
   text[len] = '\0';
   free(status->heap);
   status->heap = heap;
   status->type = (mongocrypt_status_type_t)type;
   status->code = code;
   status->len = (uint32_t)len;
}

/* Rule LEN-3: the length counts the NUL, which is then written whether it was there or not. */
void mongocrypt_status_set(mongocrypt_status_t *status, mongocrypt_status_type_t type, uint32_t code, const char *message,
                           int32_t message_len)
{
   if (!status) {
      return;
   }
   size_t len = 0;
   if (message) {
      len = message_len < 0 ? strlen(message) : message_len == 0 ? 0 : (size_t)message_len - 1;
   }
   set(status, (uint32_t)type, code, message, len);
}

mongocrypt_status_type_t mongocrypt_status_type(mongocrypt_status_t *status)
{
   return status ? status->type : MONGOCRYPT_STATUS_ERROR_CLIENT;
}

uint32_t mongocrypt_status_code(mongocrypt_status_t *status)
{
   return status ? status->code : 0;
}

const char *mongocrypt_status_message(mongocrypt_status_t *status, uint32_t *len)
{
   if (!status || status->type == MONGOCRYPT_STATUS_OK) {
      return NULL;
   }
   if (len) {
      *len = status->len;
   }
   return status->heap ? status->heap : status->text;
}

bool mongocrypt_status_ok(mongocrypt_status_t *status)
{
   return status && status->type == MONGOCRYPT_STATUS_OK;
}

void mongocrypt_status_destroy(mongocrypt_status_t *status)
{
   if (status) {
      free(status->heap);
      free(status);
   }
}

void flp_abi_fill(mongocrypt_status_t *out, const flp_status_t *status)
{
   set(out, status->type, status->code, status->message, status->len);
}
