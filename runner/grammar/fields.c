/* The field table. One line a field; its sentence is what `fleproof schema` and docs/grammar.md say of it. */
#include "runner/grammar/fields.h"

#define REQ FLP_FIELD_REQUIRED
#define PLAN FLP_FIELD_IN_PLAN
#define EXP FLP_FIELD_EXPECTED
#define OWN FLP_FIELD_OWN
#define K(x) FLP_KIND_##x

/* clang-format off */
const flp_shape_t flp_shapes[] = {
   {"file", NULL, 0, "A scenario file."},
   {"case", NULL, 0, "One case: what is done, what the other side answers, what must come out."},
   {"handle", NULL, 0, "Options of the handle, by the ABI's names; made anew for every case."},
   {"aws_keys", NULL, 0, "Arguments of setopt_kms_provider_aws."},
   {"world", NULL, 0, "What the other side holds: data for live answers, clock and seed."},
   {"collection", NULL, 0, "A collection, as listCollections tells of it."},
   {"mongocryptd", NULL, 0, "What mongocryptd says of itself."},
   {"call", NULL, 0, "One call of the library: exactly one of these."},
   {"options", NULL, 0, "Options of a context, by the ABI's names; legal or not is for the library to say."},
   {"aws_masterkey", NULL, 0, "Arguments of ctx_setopt_masterkey_aws."},
   {"call_datakey", "options", 0, "Makes a data key."},
   {"call_value", "options", 0, "Explicit encryption or decryption of a value."},
   {"call_encrypt", "options", 0, "Automatic encryption of a command."},
   {"call_decrypt", "options", 0, "Decryption of a document."},
   {"call_rewrap", "options", 0, "Rewraps data keys."},
   {"calls_item", NULL, 0, "One call of several on one handle, or a move of the clock."},
   {"exchange_item", NULL, 0, "One turn of the conversation."},
   {"ask", NULL, 1, "What the library must ask for next."},
   {"answer", NULL, 1, "What it is given: documents, `live`, or only a fault."},
   {"fault", NULL, 0, "What goes wrong with the answer."},
   {"kms_reply", NULL, 0, "An HTTP reply of a KMS."},
   {"expect", NULL, 1, "What must come out."},
   {"error", NULL, 0, "An error by class and facts, never by wording."},
   {"step", NULL, 1, "One function of the ABI with its arguments by name, or a move of the clock."},
   {"rules_file", NULL, 0, "A file of the rule catalogue."},
   {"rule", NULL, 0, "One rule, in our words."},
   {"topics_file", NULL, 0, "What a sheet of requirements lists, and which cases answer it."},
   {"topic", NULL, 0, "One topic: the cases that are about it, or why there is none."},
};

const flp_field_t flp_fields[] = {
   /* shape, name, kind, of, flags, group, needs, doc */
   {"file", "format", K(FORMAT), NULL, REQ, 0, NULL, "Version of the grammar: 1."},
   {"file", "topic", K(TEXT), NULL, REQ, 0, NULL, "What the cases of the file have in common."},
   {"file", "defaults", K(DEFAULTS), NULL, 0, 0, NULL, "Fields that a case gets whole when it does not have them itself."},
   {"file", "cases", K(SOME_SHAPES), "case", REQ, 0, NULL, "The cases, in the order in which they are told."},

   {"case", "id", K(PATTERN), "id", REQ | OWN, 0, NULL, "Stable for ever; its first segment is the area."},
   {"case", "rules", K(PATTERNS), "rule", REQ, 0, NULL, "Ids of the rules that it proves."},
   {"case", "level", K(WORD), "level", 0, 0, NULL, "How binding the rule is; must if absent."},
   {"case", "since", K(PATTERN), "version", 0, 0, NULL, "First release that knows what the case is about."},
   {"case", "until", K(PATTERN), "version", 0, 0, NULL, "Last release that it applies to."},
   {"case", "needs", K(PATTERNS), "need", 0, 0, NULL, "Capabilities without which the case is unsupported."},
   {"case", "isolation", K(WORD), "isolation", 0, 0, NULL, "own: a host of its own; shared if absent."},
   {"case", "handle", K(SHAPE), "handle", PLAN, 0, NULL, "Options of the handle."},
   {"case", "world", K(SHAPE), "world", PLAN, 0, NULL, "What the other side holds."},
   {"case", "call", K(SHAPE), "call", PLAN, 'A', NULL, "The one call of the case."},
   {"case", "calls", K(SOME_SHAPES), "calls_item", PLAN, 'A', NULL, "Several calls on one handle."},
   {"case", "steps", K(STEPS), NULL, PLAN, 'A', NULL, "Single functions of the ABI."},
   {"case", "exchange", K(SHAPES), "exchange_item", PLAN, 0, "call",
    "The conversation of `call`. Absent: the world answers every question. Empty: nothing may be asked."},
   {"case", "fail_alloc", K(COUNT_OR_EVERY), NULL, PLAN, 0, "call", "Which allocation of the call fails, from 1; every: each in turn."},
   {"case", "expect", K(SHAPE), "expect", 0, 0, NULL, "What must come out."},
   {"case", "matrix", K(MATRIX), NULL, 0, 0, NULL, "Axes by which the case is multiplied."},
   {"case", "breaks", K(PATTERN), "rule", 0, 0, NULL, "Of a negative case: the one rule that its input breaks."},
   {"case", "mend", K(TEXT), NULL, 0, 0, NULL, "How its input would have to be mended."},
   {"case", "explain", K(TEXT), NULL, 0, 0, NULL, "For `fleproof explain`: why this must be so."},

   {"handle", "kms_providers", K(DOCUMENT_OR_LIST), NULL, 0, 0, NULL, "Providers document; a list means one call for each."},
   {"handle", "kms_provider_aws", K(SHAPE), "aws_keys", 0, 0, NULL, "The superseded setter for AWS."},
   {"handle", "kms_provider_local", K(BINARY), NULL, 0, 0, NULL, "The superseded setter for the local key."},
   {"handle", "schema_map", K(DOCUMENT), NULL, 0, 0, NULL, "JSON Schemas by namespace."},
   {"handle", "encrypted_field_config_map", K(DOCUMENT), NULL, 0, 0, NULL, "Encrypted fields by namespace."},
   {"handle", "key_expiration", K(INT), NULL, 0, 0, NULL, "Milliseconds that a data key stays cached."},
   {"handle", "retry_kms", K(BOOL), NULL, 0, 0, NULL, "Argument of setopt_retry_kms."},
   {"handle", "enable_multiple_collinfo", K(BOOL), NULL, 0, 0, NULL, "true: the option is set."},
   {"handle", "bypass_query_analysis", K(BOOL), NULL, 0, 0, NULL, "true: the option is set."},
   {"handle", "use_need_kms_credentials_state", K(BOOL), NULL, 0, 0, NULL, "true: the option is set."},
   {"handle", "use_need_mongo_collinfo_with_db_state", K(BOOL), NULL, 0, 0, NULL, "true: the option is set."},
   {"handle", "use_range_v2", K(BOOL), NULL, 0, 0, NULL, "true: the option is set."},
   {"handle", "crypto_hooks", K(BOOL), NULL, 0, 0, NULL, "true: the host's own hooks are set, even if the library has its own crypto."},
   {"handle", "append_crypt_shared_lib_search_path", K(TEXT), NULL, 0, 0, NULL, "A search path of crypt_shared."},
   {"handle", "set_crypt_shared_lib_path_override", K(TEXT), NULL, 0, 0, NULL, "The path of crypt_shared."},

   {"aws_keys", "id", K(TEXT), NULL, REQ, 0, NULL, "Access key id."},
   {"aws_keys", "secret", K(TEXT), NULL, REQ, 0, NULL, "Secret access key."},

   {"world", "key_vault", K(DOCUMENTS), NULL, 0, 0, NULL, "Key documents."},
   {"world", "collections", K(NAMESPACES), "collection", 0, 0, NULL, "Collections by namespace: what listCollections finds."},
   {"world", "mongocryptd", K(SHAPE), "mongocryptd", 0, 0, NULL, "Answers `{isMaster: 1}`; it analyses nothing yet."},
   {"world", "kms", K(VALUE), NULL, 0, 0, NULL, "Keys of the KMS roles."},
   {"world", "seed", K(INT), NULL, 0, 0, NULL, "Of the random source; wins over --seed."},
   {"world", "random", K(BINARY), NULL, 0, 0, NULL, "What the random source gives first, up to 512 bytes; then it goes on from the seed."},
   {"world", "now", K(DATE), NULL, 0, 0, NULL, "Where the clock starts; 2026-01-01T00:00:00Z if absent."},

   {"collection", "type", K(WORD), "collection_type", 0, 0, NULL, "collection if absent."},
   {"collection", "options", K(DOCUMENT), NULL, 0, 0, NULL, "Its options; empty if absent."},

   {"mongocryptd", "maxWireVersion", K(COUNT), NULL, REQ, 0, NULL, "The wire version that it speaks."},

   {"call", "datakey", K(SHAPE), "call_datakey", 0, 'A', NULL, "ctx_datakey_init."},
   {"call", "explicit_encrypt", K(SHAPE), "call_value", 0, 'A', NULL, "ctx_explicit_encrypt_init."},
   {"call", "explicit_encrypt_expression", K(SHAPE), "call_value", 0, 'A', NULL, "ctx_explicit_encrypt_expression_init."},
   {"call", "explicit_decrypt", K(SHAPE), "call_value", 0, 'A', NULL, "ctx_explicit_decrypt_init."},
   {"call", "encrypt", K(SHAPE), "call_encrypt", 0, 'A', NULL, "ctx_encrypt_init."},
   {"call", "decrypt", K(SHAPE), "call_decrypt", 0, 'A', NULL, "ctx_decrypt_init."},
   {"call", "rewrap", K(SHAPE), "call_rewrap", 0, 'A', NULL, "ctx_rewrap_many_datakey_init."},

   {"options", "key_id", K(BINARY), NULL, 0, 0, NULL, "Id of the data key."},
   {"options", "key_alt_name", K(TEXT), NULL, 0, 'n', NULL, "Alternate name of the data key."},
   {"options", "key_alt_names", K(TEXTS), NULL, 0, 'n', NULL, "Several names, one call for each."},
   {"options", "key_material", K(BINARY), NULL, 0, 0, NULL, "The data key to use in place of a random one."},
   {"options", "algorithm", K(ALGORITHM), NULL, 0, 0, NULL, "deterministic, random, or the text to pass."},
   {"options", "masterkey_aws", K(SHAPE), "aws_masterkey", 0, 0, NULL, "Superseded setter."},
   {"options", "masterkey_aws_endpoint", K(TEXT), NULL, 0, 0, NULL, "Superseded setter."},
   {"options", "masterkey_local", K(BOOL), NULL, 0, 0, NULL, "true: the superseded setter is called."},
   {"options", "key_encryption_key", K(DOCUMENT), NULL, 0, 0, NULL, "The masterKey document."},
   {"options", "contention_factor", K(INT), NULL, 0, 0, NULL, "Of indexed values."},
   {"options", "index_key_id", K(BINARY), NULL, 0, 0, NULL, "Id of the index key."},
   {"options", "query_type", K(TEXT), NULL, 0, 0, NULL, "Of indexed values."},
   {"options", "algorithm_range", K(DOCUMENT), NULL, 0, 0, NULL, "Range options."},
   {"options", "algorithm_text", K(DOCUMENT), NULL, 0, 0, NULL, "Text options."},

   {"aws_masterkey", "region", K(TEXT), NULL, REQ, 0, NULL, "Region."},
   {"aws_masterkey", "cmk", K(TEXT), NULL, REQ, 0, NULL, "The customer master key."},

   {"call_value", "value", K(DOCUMENT), NULL, REQ, 0, NULL, "The msg: a document with the field v."},
   {"call_encrypt", "db", K(TEXT), NULL, REQ, 0, NULL, "Database of the command."},
   {"call_encrypt", "cmd", K(DOCUMENT), NULL, REQ, 0, NULL, "The command."},
   {"call_decrypt", "doc", K(DOCUMENT), NULL, REQ, 0, NULL, "The document."},
   {"call_rewrap", "filter", K(DOCUMENT), NULL, REQ, 0, NULL, "Which keys."},

   {"calls_item", "call", K(SHAPE), "call", 0, 'A', NULL, "One call."},
   {"calls_item", "clock", K(DURATION), NULL, 0, 'A', NULL, "How far the clock moves before the next item."},
   {"calls_item", "exchange", K(SHAPES), "exchange_item", 0, 0, "call", "The conversation of this call."},
   {"calls_item", "fail_alloc", K(COUNT_OR_EVERY), NULL, 0, 0, "call", "Which allocation of this call fails."},
   {"calls_item", "expect", K(SHAPE), "expect", EXP, 0, "call", "What must come out of this call."},

   {"exchange_item", "ask", K(SHAPE), "ask", 0, 'A', NULL, "The library asks."},
   {"exchange_item", "answer", K(SHAPE), "answer", 0, 'A', NULL, "It is answered."},

   {"ask", "state", K(WORD), "need", 0, 0, NULL, "State of the context, without MONGOCRYPT_CTX_."},
   {"ask", "op", K(COMPARED), NULL, EXP, 0, NULL, "The document of mongo_op."},
   {"ask", "db", K(COMPARED), NULL, EXP, 0, NULL, "The text of mongo_db."},
   {"ask", "kms", K(COMPARED), NULL, EXP, 0, NULL, "The requests: a list of {endpoint, provider, message}."},

   {"answer", "collinfo", K(DOCUMENTS_OR_LIVE), NULL, 0, 'k', NULL, "Results of listCollections."},
   {"answer", "markings", K(DOCUMENT_OR_LIVE), NULL, 0, 'k', NULL, "The reply of mongocryptd."},
   {"answer", "keys", K(DOCUMENTS_OR_LIVE), NULL, 0, 'k', NULL, "Key documents."},
   {"answer", "kms", K(REPLIES), "kms_reply", 0, 'k', NULL, "Replies, in the order of the requests."},
   {"answer", "credentials", K(DOCUMENT_OR_LIVE), NULL, 0, 'k', NULL, "A providers document."},
   {"answer", "fault", K(SHAPE), "fault", 0, 0, NULL, "What goes wrong."},
   {"answer", "split", K(WORD), "split", 0, 0, "kms", "every: the case runs once for each byte offset at which a reply can be parted."},

   {"fault", "action", K(WORD), "fault", REQ, 0, NULL, "What happens."},
   {"fault", "nth", K(POSITIVE), NULL, 0, 0, NULL, "Which reply of the round, from 1; absent: all."},
   {"fault", "times", K(POSITIVE), NULL, 0, 0, NULL, "repeat: how often it is given again; 1 if absent."},
   {"fault", "after_bytes", K(COUNT), NULL, 0, 0, NULL, "cut: how many bytes are kept."},
   {"fault", "with", K(DOCUMENT), NULL, 0, 0, NULL, "replace: what is given in its place."},
   {"fault", "ms", K(COUNT), NULL, 0, 0, NULL, "delay: how far the clock moves first."},

   {"kms_reply", "status", K(POSITIVE), NULL, REQ, 0, NULL, "HTTP status."},
   {"kms_reply", "body", K(VALUE), NULL, 0, 0, NULL, "A document becomes JSON; a text or bytes stay."},
   {"kms_reply", "headers", K(VALUE), NULL, 0, 0, NULL, "Headers by name."},

   {"expect", "state", K(WORD), "state", 0, 0, NULL, "State in which the call ends."},
   {"expect", "result", K(COMPARED), NULL, 0, 'r', NULL, "The document of finalize."},
   {"expect", "error", K(SHAPE), "error", 0, 'r', NULL, "The error in which the call ends."},
   {"expect", "journal", K(COMPARED), NULL, 0, 0, NULL, "What the world saw in the whole case."},

   {"error", "class", K(WORD), "class", REQ, 0, NULL, "Class of the error."},
   {"error", "facts", K(FACTS), NULL, 0, 0, NULL, "Facts by name, compared as text."},

   {"step", "clock", K(DURATION), NULL, 0, 0, NULL, "How far the clock moves."},
   {"step", "as", K(PATTERN), "handle_name", 0, 0, NULL, "Name of the handle that the function returns."},
   {"step", "returns", K(COMPARED), NULL, EXP, 0, NULL, "What it returns; a bool function must return true if nothing is said."},
   {"step", "out", K(COMPARED_MAP), NULL, EXP, 0, NULL, "What it writes, by the names of the parameters."},
   {"step", "error", K(SHAPE), "error", EXP, 0, NULL, "The error that it leaves; it must fail."},
   {"step", "state", K(WORD), "state", EXP, 0, NULL, "State of the context afterwards."},

   {"rules_file", "format", K(FORMAT), NULL, REQ, 0, NULL, "Version of the grammar: 1."},
   {"rules_file", "rules", K(SOME_SHAPES), "rule", REQ, 0, NULL, "The rules; an id is never used again."},
   {"rule", "id", K(PATTERN), "rule", REQ, 0, NULL, "R-AREA-nnn."},
   {"rule", "level", K(WORD), "level", REQ, 0, NULL, "How binding it is."},
   {"rule", "rule", K(TEXT), NULL, REQ, 0, NULL, "The rule."},
   {"rule", "source", K(TEXT), NULL, REQ, 0, NULL, "Where it comes from."},
   {"rule", "exception", K(TEXT), NULL, 0, 0, NULL, "Why no case proves it."},

   {"topics_file", "format", K(FORMAT), NULL, REQ, 0, NULL, "Version of the grammar: 1."},
   {"topics_file", "topics", K(SOME_SHAPES), "topic", REQ, 0, NULL, "The topics."},
   {"topic", "id", K(TEXT), NULL, REQ, 0, NULL, "Its id in the list of requirements."},
   {"topic", "topic", K(TEXT), NULL, REQ, 0, NULL, "What it is about."},
   {"topic", "cases", K(TEXTS), NULL, 0, 'A', NULL, "Patterns of case ids; each must fit one."},
   {"topic", "reason", K(TEXT), NULL, 0, 'A', NULL, "Why no case is about it."},
};

const flp_pattern_t flp_patterns[] = {
   {"id", "^[a-z0-9][a-z0-9_.-]*(/[a-z0-9][a-z0-9_.-]*)+$", "area/topic/what-happens in lower case", 200},
   {"rule", "^R-[A-Z][A-Z0-9]*-[0-9][0-9][0-9]$", "R-AREA-nnn", 0},
   {"version", "^[0-9]+[.][0-9]+[.][0-9]+$", "a version like 1.13.0", 0},
   {"handle_name", "^[a-z][a-z0-9_]*$", "a name in lower case", 0},
   {"namespace", "^[^.$]+[.].+$", "database.collection", 0},
   {"axis", "^[a-z][a-z0-9_]*$", "a name in lower case", 0},
   {"need",
    "^(clock|random|alloc|native_crypto|hooks|hazards|symbol:mongocrypt_[a-z0-9_]+|kms_credentials|remote_kms|auto_encryption|rewrap|"
    "queryable|crypt_shared|kms_live|range|text)$",
    "clock random alloc native_crypto hooks hazards symbol:mongocrypt_NAME, or a feature: kms_credentials remote_kms auto_encryption "
    "rewrap queryable crypt_shared kms_live range text", 0},
};

const flp_words_t flp_words[] = {
   {"level", {"must", "should", "may"}},
   {"isolation", {"shared", "own"}},
   {"collection_type", {"collection", "view", "timeseries"}},
   {"need", {"NEED_MONGO_COLLINFO", "NEED_MONGO_COLLINFO_WITH_DB", "NEED_MONGO_MARKINGS", "NEED_MONGO_KEYS", "NEED_KMS",
             "NEED_KMS_CREDENTIALS"}},
   {"state", {"ERROR", "NEED_MONGO_COLLINFO", "NEED_MONGO_COLLINFO_WITH_DB", "NEED_MONGO_MARKINGS", "NEED_MONGO_KEYS", "NEED_KMS",
              "NEED_KMS_CREDENTIALS", "READY", "DONE"}},
   {"fault", {"drop", "repeat", "cut", "replace", "reorder", "delay", "reset", "no_done"}},
   {"split", {"every"}},
   /* Every class that an error can have: a case that expects another could never pass, a text that is mapped to another never fit. */
   {"class", {
    "ALREADY_INITIALIZED", "NOT_INITIALIZED", "OPTION_AFTER_INIT", "ARGUMENT_NULL", "OPTION_TWICE", "OPTION_INVALID",
    "OPTION_RANGE", "OPTION_UNKNOWN_VALUE", "OPTION_DEPRECATED", "OPTION_CONTENT", "OPTION_CONFLICT", "OPTION_REQUIRED",
    "HOOK_MISSING", "NAMESPACE_IN_BOTH_MAPS", "PROVIDER_NONE", "PROVIDER_EMPTY", "PROVIDER_UNKNOWN_TYPE",
    "PROVIDER_NAME_INVALID", "PROVIDER_NOT_CONFIGURED", "DUPLICATE_NAME", "BSON_INVALID", "FIELD_REQUIRED", "FIELD_UNKNOWN", "BASE64_INVALID",
    "ENDPOINT_INVALID", "LOCAL_KEY_LENGTH", "KEY_MATERIAL_LENGTH", "CRYPT_SHARED_LOAD", "CRYPT_SHARED_CONFLICT",
    "CRYPT_SHARED_FAILED", "STATE_WRONG", "CALL_NOT_APPLICABLE", "VALUE_TYPE_REFUSED", "COMMAND_UNSUPPORTED",
    "COMMAND_INVALID", "COLLECTIONS_NOT_ENABLED", "PIPELINE_INVALID", "SCHEMA_MAP_INVALID", "ENCODE_VERSION_UNSUPPORTED",
    "COLLINFO_UNEXPECTED", "COLLECTION_IS_VIEW", "WIRE_VERSION_TOO_OLD", "MARKING_INVALID", "KEY_DOC_INVALID",
    "KEY_DOC_UNEXPECTED", "KEY_NOT_FOUND", "AUTHENTICATION_FAILED", "CIPHERTEXT_MALFORMED", "EXPRESSION_INVALID",
    "KMS_FEED_MISUSE", "KMS_HTTP_MALFORMED", "KMS_TOO_LARGE", "KMS_HTTP_STATUS", "KMS_BODY_INVALID", "KMIP_FAILED",
    "KMIP_MALFORMED", "KMS_NETWORK", "KMS_RETRIES_EXHAUSTED", "KMS_UNFINISHED", "OAUTH_INVALID", "KMS_SIGNATURE_FAILED",
    "KMS_IDENTIFIER_INVALID", "HOOK_FAILED", "OUT_OF_MEMORY", "LIMIT_EXCEEDED", "UNSUPPORTED"}},
   {"feature", {"kms_credentials", "remote_kms", "auto_encryption", "rewrap", "queryable", "crypt_shared", "kms_live", "range", "text"}},
};
/* clang-format on */

const size_t flp_n_fields = sizeof flp_fields / sizeof *flp_fields;
const size_t flp_n_shapes = sizeof flp_shapes / sizeof *flp_shapes;
const size_t flp_n_patterns = sizeof flp_patterns / sizeof *flp_patterns;
const size_t flp_n_words = sizeof flp_words / sizeof *flp_words;
