/* Named limits and why each has its value. What exceeds one is refused with LIMIT_EXCEEDED, before memory is taken for it. */
#ifndef FLP_BASE_LIMITS_H
#define FLP_BASE_LIMITS_H

/* A server takes documents of 16 MiB and, in replies and commands, 16 KiB of overhead beside them. */
#define FLP_MAX_DOCUMENT_LEN (16u * 1024u * 1024u + 16u * 1024u)

/* Servers refuse more than 180 levels; ten times the usual keeps the walker's stack at 4 KiB. */
#define FLP_MAX_DOCUMENT_DEPTH 1000u

/* Key ids and names in one context: a find filter that asks for more would itself be near the document limit. */
#define FLP_MAX_KEYS_PER_CONTEXT 65536u

/* Alternate names of one data key: people give a few, and each is compared with all the others. */
#define FLP_MAX_KEY_ALT_NAMES 4096u

/* Collections of one command: a server takes pipelines of 1000 stages, and each name is compared with all the others. */
#define FLP_MAX_COLLECTIONS 1000u

/* Text of an error, and the tag behind it, that always fits. */
#define FLP_MAX_STATUS_TEXT 640u
#define FLP_MAX_STATUS_TAG 512u

/* A fact value in a tag; longer ones end in `...` (rule EC-2). */
#define FLP_MAX_FACT_LEN 96u
#define FLP_MAX_FACTS 4u

#endif
