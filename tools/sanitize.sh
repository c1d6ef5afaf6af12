#!/bin/sh
# Unit tests and scenarios under ASan+UBSan, then under TSan; the stress program joins the TSan round when it is there.
# The
# reference is the only subject: what official libraries do under a sanitizer is theirs. Last, valgrind watches the comparison of tags.
set -u
cd "$(dirname "$0")/.."
python=build/venv/bin/python
jobs=$(nproc)
bad=0
null=allocator_may_return_null=1 # as malloc does when a length lies

note() { echo "== sanitize: $*"; }

for flavour in asan tsan; do
   note "$flavour: build"
   make --no-print-directory -s -k -j"$jobs" FLAVOUR=$flavour build unit-tests || { note "$flavour: does not build"; bad=1; }
   note "$flavour: unit tests"
   $python tools/run_units.py $(make --no-print-directory -s FLAVOUR=$flavour print-tests) || bad=1
   if [ -x build/$flavour/bin/fleproof ]; then
      note "$flavour: scenarios"
      ASAN_OPTIONS=detect_leaks=1:$null UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:$null \
         build/$flavour/bin/fleproof run --sut reference=build/$flavour/lib/fleproof/libmongocrypt.so.0 --timeout 60000 \
         --report build/$flavour/report </dev/null || bad=1
      # A sanitizer that spoke in a host or in the program leaves its words in the files of the report folder.
      if grep -rlE 'ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:' build/$flavour/report; then
         note "$flavour: a sanitizer spoke: see the files above"; bad=1
      fi
   else
      note "$flavour: no program"; bad=1
   fi
done

if [ -f ref/mongocrypt/test/stress_threads.c ]; then
   note "tsan: 8 threads on one handle"
   make --no-print-directory -s -j"$jobs" FLAVOUR=tsan build/tsan/test/ref/mongocrypt/test/stress_threads &&
      TSAN_OPTIONS=halt_on_error=1 build/tsan/test/ref/mongocrypt/test/stress_threads </dev/null || bad=1
else
   note "stress program: nothing yet"
fi
note "valgrind: no branch depends on a tag"
tools/constant_time.sh || bad=1

[ "$bad" = 0 ] && note "all clean"
exit "$bad"
