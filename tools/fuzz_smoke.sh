#!/bin/sh
# Builds every fuzz/*.c as a libFuzzer target (clang, ASan+UBSan) and runs each for FUZZ_SECONDS (10) over a copy of its
# corpus, so that a run leaves nothing in the tree. A target's line `// fuzz: ref|runner|host` names the part whose
# sources are linked; without it: ref. Counts go to build/check/fuzz-smoke.counts; a crash is kept in build/fuzz.
set -eu
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-10}
mkdir -p build/check build/fuzz
passed=0 failed=0

if [ ! -d fuzz ]; then
   echo "fuzz-smoke: nothing yet"
else
   targets=$(ls fuzz/*.c 2>/dev/null || true)
   [ -n "$targets" ] || { echo "fuzz-smoke: there is a folder fuzz/ without any target"; failed=1; }
   for source in $targets; do
      name=$(basename "$source" .c)
      part=$(sed -n 's|^// fuzz: *\([a-z]*\).*|\1|p' "$source" | head -n 1)
      if ! make --no-print-directory -s FLAVOUR=fuzz CC=clang "build/fuzz/bin/$name" PART="${part:-ref}" >"build/fuzz/$name.log" 2>&1; then
         echo "  $name: does not build"; tail -n 30 "build/fuzz/$name.log"; failed=$((failed + 1)); continue
      fi
      rm -rf "build/fuzz/corpus/$name"; mkdir -p "build/fuzz/corpus/$name" "build/fuzz/seeds/$name"
      [ ! -d "fuzz/corpus/$name" ] || seeds="fuzz/corpus/$name"
      dictionary=; [ ! -f "fuzz/$name.dict" ] || dictionary="-dict=fuzz/$name.dict"
      if "build/fuzz/bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$name-" \
         $dictionary "build/fuzz/corpus/$name" ${seeds:-"build/fuzz/seeds/$name"} </dev/null >"build/fuzz/$name.log" 2>&1; then
         echo "  $name: $(sed -n 's/^Done \([0-9]* runs\) in .*/\1/p' "build/fuzz/$name.log"), no finding"; passed=$((passed + 1))
      else
         echo "  $name: finding"; tail -n 40 "build/fuzz/$name.log"; failed=$((failed + 1))
      fi
      seeds=
   done
fi
printf 'passed %d\nfailed %d\nskipped 0\n' "$passed" "$failed" >build/check/fuzz-smoke.counts
[ "$failed" = 0 ]
