#!/bin/sh
# Builds and runs every bench/*.c; each prints its figures and leaves with a code that says whether its own result was right.
set -u
cd "$(dirname "$0")/.."
[ -d bench ] || { echo "bench: nothing yet"; exit 0; }
sources=$(ls bench/*.c 2>/dev/null) || { echo "bench: there is a folder bench/ without any benchmark" >&2; exit 1; }
bad=0
for source in $sources; do
   name=$(basename "$source" .c)
   echo "== $name"
   make --no-print-directory -s "build/release/bench/$name" && "build/release/bench/$name" </dev/null || { echo "$name: failed"; bad=1; }
done
exit "$bad"
