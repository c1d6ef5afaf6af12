/* What is measured: the table of workloads, the bytes that they work on, and who works on them. */
#ifndef FLP_BENCH_WORKLOAD_H
#define FLP_BENCH_WORKLOAD_H

#include "bench/bench.h"

typedef struct {
   const char *name;
   const char *what;
   enum { DECRYPT_DOCUMENT, DECRYPT_VALUE, ENCRYPT_DETERMINISTIC, ENCRYPT_RANDOM } op;
   uint32_t n_fields, value_len;
   unsigned threads;
} workload_t;

extern const workload_t flp_workloads[];
extern const size_t flp_n_workloads;

/* What a workload works on: the same bytes for every contestant. */
typedef struct {
   const workload_t *workload;
   const flp_bench_key_t *key;
   flp_bytes_t plain;    /* {v: value} or the document of all values */
   flp_bytes_t sealed;   /* the same, encrypted */
   flp_field_t *fields;  /* ciphertexts inside sealed */
   uint8_t *scratch, *out;
} material_t;

typedef struct {
   const char *name;
   const flp_bench_subject_t *subject; /* or NULL: */
   flp_bound_t *bound[2];              /* one a thread */
   bool batch;
   bool apart; /* its cryptography is that of our hooks */
} contestant_t;

/* Encrypts the values of a workload with the contestant's library. */
void flp_material_make(const flp_bench_subject_t *subject, const workload_t *workload, const flp_bench_key_t *key, material_t *material);
void flp_material_cleanup(material_t *material);

/* One operation. The result of a library is a copy when out is given. */
void flp_run_once(const material_t *material, const contestant_t *contestant, unsigned thread, flp_bytes_t *out);

/* A result that is wrong makes its time worthless: each contestant is checked before it is measured. Ends the program. */
void flp_check_once(const material_t *material, const contestant_t *contestant);

#endif
