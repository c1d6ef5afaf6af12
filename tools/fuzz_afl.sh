#!/bin/sh
# The same targets under AFL++: persistent mode over shared memory (the driver of -fsanitize=fuzzer), CMPLOG beside it, the dictionary, and
# the mutators that know structure. Runs each TARGET (all if none is named) for FUZZ_SECONDS (60); what it keeps is in build/afl/out.
# An input of these can be given to build/fuzz/targets/TARGET, which says what is wrong with it. Usage: fuzz_afl.sh [TARGET...]
set -eu
cd "$(dirname "$0")/.."
make="make --no-print-directory -s CC=afl-clang-fast"
$make FLAVOUR=afl fuzz-targets build/afl/mutator.so
$make FLAVOUR=cmplog fuzz-targets
[ $# -gt 0 ] || set -- $($make print-fuzz-targets | tr ' ' '\n' | sed 's/=.*//')
export AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_FAST_CAL=1
bad=0

for name in "$@"; do
   # FLP_FUZZ_BSON_INPUT(1) in the source says that BSON stands behind one byte.
   input=$(sed -n 's/^FLP_FUZZ_\([A-Z]*\)_INPUT(\([0-9]*\))$/\1 \2/p' "fuzz/$name.c")
   if [ -n "$input" ]; then
      export AFL_CUSTOM_MUTATOR_LIBRARY="$PWD/build/afl/mutator.so" FLP_FUZZ_INPUT="${input% *}" FLP_FUZZ_PREFIX="${input#* }"
   else
      unset AFL_CUSTOM_MUTATOR_LIBRARY FLP_FUZZ_INPUT FLP_FUZZ_PREFIX
   fi
   out=build/afl/out/$name
   rm -rf "$out"; mkdir -p "$out"
   afl-fuzz -V "${FUZZ_SECONDS:-60}" -t 2000 -m none -x "build/fuzz/dict/$name.dict" -c "build/cmplog/targets/$name" -i "fuzz/corpus/$name" \
      -o "$out" -- "build/afl/targets/$name" </dev/null >"$out/log" 2>&1 || { tail -n 30 "$out/log"; bad=1; continue; }
   stats=$out/default/fuzzer_stats
   stat() { sed -n "s/^$1 *: *//p" "$stats"; }
   echo "  $name: $(stat execs_done) runs, $(stat execs_per_sec) a second, $(stat edges_found) of $(stat total_edges) edges," \
      "$(stat corpus_count) inputs, $(stat saved_crashes) crashes, $(stat saved_hangs) hangs"
   [ "$(stat saved_crashes)$(stat saved_hangs)" = 00 ] || bad=1
done
exit "$bad"
