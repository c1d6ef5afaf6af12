/* The one writer of BSON in the library. */
#include "ref/base/doc_writer.h"

#include <stdio.h>

static void refuse_length(flp_doc_writer_t *writer)
{
   writer->too_long = writer->too_long || !writer->failed; /* what failed first is told */
   writer->failed = true;
}

static void put(flp_doc_writer_t *writer, flp_view_t bytes)
{
   if (writer->failed) {
      return;
   }
   if (bytes.len > FLP_MAX_DOCUMENT_LEN - writer->buf.len) {
      refuse_length(writer);
   } else if (!flp_buf_append(&writer->buf, bytes)) {
      writer->failed = true;
   }
}

static void put_u32(flp_doc_writer_t *writer, uint32_t value)
{
   uint8_t bytes[4];
   flp_write_u32_le(bytes, value);
   put(writer, flp_view(bytes, sizeof bytes));
}

static void put_head(flp_doc_writer_t *writer, uint8_t type, flp_view_t key)
{
   put(writer, flp_view(&type, 1));
   put(writer, key);
   put(writer, flp_view("", 1));
}

static void start(flp_doc_writer_t *writer)
{
   if (writer->depth == FLP_DOC_WRITER_DEPTH) {
      writer->failed = true;
   }
   if (!writer->failed) {
      writer->starts[writer->depth] = writer->buf.len;
      writer->depth++;
      put_u32(writer, 0);
   }
}

void flp_doc_begin(flp_doc_writer_t *writer, size_t size_hint)
{
   flp_doc_cleanup(writer);
   writer->too_long = false;
   if (size_hint > FLP_MAX_DOCUMENT_LEN) {
      refuse_length(writer);
   } else if (!flp_buf_reserve(&writer->buf, size_hint)) {
      writer->failed = true;
   }
   start(writer);
}

void flp_doc_raw(flp_doc_writer_t *writer, uint8_t type, flp_view_t key, flp_view_t value)
{
   put_head(writer, type, key);
   put(writer, value);
}

void flp_doc_text(flp_doc_writer_t *writer, const char *key, flp_view_t text)
{
   put_head(writer, FLP_BSON_STRING, flp_view_text(key));
   if (text.len >= FLP_MAX_DOCUMENT_LEN) {
      refuse_length(writer);
      return;
   }
   put_u32(writer, (uint32_t)text.len + 1);
   put(writer, text);
   put(writer, flp_view("", 1));
}

static bool put_binary_head(flp_doc_writer_t *writer, const char *key, uint8_t subtype, size_t len)
{
   put_head(writer, FLP_BSON_BINARY, flp_view_text(key));
   if (len >= FLP_MAX_DOCUMENT_LEN) {
      refuse_length(writer);
      return false;
   }
   put_u32(writer, (uint32_t)len);
   put(writer, flp_view(&subtype, 1));
   return !writer->failed;
}

void flp_doc_binary(flp_doc_writer_t *writer, const char *key, uint8_t subtype, flp_view_t bytes)
{
   if (put_binary_head(writer, key, subtype, bytes.len)) {
      put(writer, bytes);
   }
}

uint8_t *flp_doc_binary_space(flp_doc_writer_t *writer, const char *key, uint8_t subtype, size_t len)
{
   if (!put_binary_head(writer, key, subtype, len)) {
      return NULL;
   }
   size_t need = writer->buf.len + len + 1; /* and the NUL that closes the document */
   if (need > FLP_MAX_DOCUMENT_LEN) {
      refuse_length(writer);
      return NULL;
   }
   if (!flp_buf_reserve(&writer->buf, need)) {
      writer->failed = true;
      return NULL;
   }
   uint8_t *space = writer->buf.data + writer->buf.len;
   writer->buf.len += len;
   return space;
}

void flp_doc_int32(flp_doc_writer_t *writer, const char *key, int32_t value)
{
   put_head(writer, FLP_BSON_INT32, flp_view_text(key));
   put_u32(writer, (uint32_t)value);
}

void flp_doc_date(flp_doc_writer_t *writer, const char *key, int64_t ms_since_epoch)
{
   uint8_t bytes[8];
   flp_write_u64_le(bytes, (uint64_t)ms_since_epoch);
   flp_doc_raw(writer, FLP_BSON_DATE, flp_view_text(key), flp_view(bytes, sizeof bytes));
}

void flp_doc_bool(flp_doc_writer_t *writer, const char *key, bool value)
{
   uint8_t byte = value ? 1 : 0;
   flp_doc_raw(writer, FLP_BSON_BOOL, flp_view_text(key), flp_view(&byte, 1));
}

void flp_doc_document(flp_doc_writer_t *writer, const char *key, flp_view_t document)
{
   flp_doc_raw(writer, FLP_BSON_DOCUMENT, flp_view_text(key), document);
}

void flp_doc_open(flp_doc_writer_t *writer, const char *key, bool array)
{
   put_head(writer, array ? FLP_BSON_ARRAY : FLP_BSON_DOCUMENT, flp_view_text(key));
   start(writer);
}

void flp_doc_close(flp_doc_writer_t *writer)
{
   put(writer, flp_view("", 1));
   if (!writer->failed) {
      writer->depth--;
      size_t from = writer->starts[writer->depth];
      flp_write_u32_le(writer->buf.data + from, (uint32_t)(writer->buf.len - from));
   }
}

const char *flp_doc_index(size_t index, char storage[24])
{
   snprintf(storage, 24, "%zu", index);
   return storage;
}

bool flp_doc_finish(flp_doc_writer_t *writer, flp_buf_t *out)
{
   flp_doc_close(writer);
   bool ok = !writer->failed && writer->depth == 0;
   if (ok) {
      flp_buf_take(out, &writer->buf);
   }
   flp_doc_cleanup(writer);
   return ok;
}

void flp_doc_cleanup(flp_doc_writer_t *writer)
{
   flp_buf_cleanup(&writer->buf);
   writer->depth = 0;
   writer->failed = false;
}
