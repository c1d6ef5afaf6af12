/* The index finds what was put in by kind and bytes, keeps apart what only looks alike, and stays right while it grows. */
#include "ref/mongocrypt/key/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { MANY = 5000 };

static void an_id_and_a_name_of_the_same_bytes_are_two_things(void **unused)
{
   (void)unused;
   flp_index_t index = {0};
   flp_index_node_t id = {0}, name = {0};
   int id_owner = 0, name_owner = 0;
   flp_view_t bytes = flp_view_text("aaaaaaaaaaaaaaaa");
   flp_index_add(&index, &id, FLP_INDEX_ID, bytes, &id_owner);
   assert_null(flp_index_find(&index, FLP_INDEX_NAME, bytes));
   flp_index_add(&index, &name, FLP_INDEX_NAME, bytes, &name_owner);
   assert_ptr_equal(flp_index_find(&index, FLP_INDEX_ID, bytes), &id_owner);
   assert_ptr_equal(flp_index_find(&index, FLP_INDEX_NAME, bytes), &name_owner);
   flp_index_remove(&index, &name);
   assert_null(flp_index_find(&index, FLP_INDEX_NAME, bytes));
   assert_ptr_equal(flp_index_find(&index, FLP_INDEX_ID, bytes), &id_owner);
   flp_index_cleanup(&index);
}

static void many_are_found_and_removed_one_by_one(void **unused)
{
   (void)unused;
   static flp_index_node_t nodes[MANY];
   static char names[MANY][16];
   flp_index_t index = {0};
   for (size_t i = 0; i < MANY; i++) {
      snprintf(names[i], sizeof names[i], "name %zu", i);
      flp_index_add(&index, &nodes[i], FLP_INDEX_NAME, flp_view_text(names[i]), &nodes[i]);
   }
   for (size_t i = 0; i < MANY; i += 2) {
      flp_index_remove(&index, &nodes[i]);
   }
   for (size_t i = 0; i < MANY; i++) {
      assert_ptr_equal(flp_index_find(&index, FLP_INDEX_NAME, flp_view_text(names[i])), i % 2 ? &nodes[i] : NULL);
   }
   flp_index_cleanup(&index);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_id_and_a_name_of_the_same_bytes_are_two_things),
      cmocka_unit_test(many_are_found_and_removed_one_by_one),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
