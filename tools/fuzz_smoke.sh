#!/bin/sh
# Builds every fuzz target for libFuzzer (clang, ASan+UBSan) and runs each for FUZZ_SECONDS (10) over a copy of its corpus, two at a time, so
# that a run leaves nothing in the tree.
# Counts go to build/check/fuzz-smoke.counts; what a finding said and its input stay in build/fuzz.
set -u
cd "$(dirname "$0")/.."
make="make --no-print-directory -s FLAVOUR=fuzz CC=clang"
mkdir -p build/check build/fuzz/smoke

# Called again by xargs, for one target.
if [ "${1:-}" = --one ]; then
   name=$2 log=build/fuzz/smoke/$2.log corpus=build/fuzz/smoke/$2
   rm -rf "$corpus"; mkdir -p "$corpus"
   if "build/fuzz/targets/$name" -max_total_time="${FUZZ_SECONDS:-10}" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/smoke/$name-" \
      "-dict=build/fuzz/dict/$name.dict" "$corpus" "fuzz/corpus/$name" </dev/null >"$log" 2>&1; then
      echo "  $name: $(sed -n 's/^Done \([0-9]* runs\) in .*/\1/p' "$log"), $(sed -n 's/^#.*DONE *cov: \([0-9]*\).*/\1 edges/p' "$log"), no finding"
   else
      echo "  $name: finding"; tail -n 40 "$log"; : >"build/fuzz/smoke/$name.failed"
   fi
   exit 0
fi

rm -f build/fuzz/smoke/*.failed
names=$($make print-fuzz-targets | tr ' ' '\n' | sed 's/=.*//')
total=$(echo "$names" | wc -w) failed=0
if [ "$total" = 0 ]; then
   echo "fuzz-smoke: there is no target in fuzz/"; failed=1
elif ! $make -j2 fuzz-targets >build/fuzz/build.log 2>&1; then
   echo "  the targets do not build"; tail -n 30 build/fuzz/build.log; failed=$total
else
   echo "$names" | xargs -P 2 -n 1 tools/fuzz_smoke.sh --one
   failed=$(find build/fuzz/smoke -name '*.failed' | wc -l)
fi
printf 'passed %d\nfailed %d\nskipped 0\n' "$((total - failed))" "$failed" >build/check/fuzz-smoke.counts
[ "$failed" = 0 ]
