#!/bin/sh
# `make conformance`: judges every known subject that is found here and writes the report folder. The exit code is that of
# `fleproof run`; ARGS are given to it.
set -u
cd "$(dirname "$0")/.."
program=build/release/bin/fleproof
"$program" run --report build/report ${ARGS:-}
code=$?
if [ "$code" -le 1 ]; then
   "$program" report build/report || code=3
   echo "report: build/report/index.html"
fi
exit "$code"
