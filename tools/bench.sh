#!/bin/sh
# Measures the reference, Debian's library if it is here, and the bound in one interleaved run, then a whole run of all cases.
# Figures of the first are also kept in
# build/bench/results.json. Every measurement checks its own result; ARGS are given to the program (`make bench ARGS="--rounds 3"`).
set -u
cd "$(dirname "$0")/.."
[ -d bench ] || { echo "bench: nothing yet"; exit 0; }
make --no-print-directory -s build/release/bench/bench || exit 3
other=$(ls /usr/lib/*/libmongocrypt.so.0 2>/dev/null | head -n 1)
[ -n "$other" ] || echo "bench: no installed libmongocrypt; the reference and the bound alone"
wheel=build/release/lib/fleproof/python/pymongocrypt/libmongocrypt.so
[ -f "$wheel" ] || wheel=
mkdir -p build/bench
build/release/bench/bench --reference build/release/lib/fleproof/libmongocrypt.so.0 \
   ${other:+--other "debian=$other"} ${wheel:+--hooked "wheel=$wheel"} \
   --json build/bench/results.json ${ARGS:-} </dev/null || exit $?
exec build/venv/bin/python tools/bench_run.py
