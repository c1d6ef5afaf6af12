#!/bin/sh
# Tags are compared in constant time: the computed tag is marked undefined and valgrind reports every branch that depends on it.
# The same program over a library whose comparison stops at the first difference must be reported, or the check proves nothing.
set -eu
cd "$(dirname "$0")/.."
out=build/constant_time
mkdir -p "$out"
sources=$(find ref -name '*.c' ! -path '*/test/*')
flags="-std=c11 -D_GNU_SOURCE -O1 -g -pthread -I. -Iref/mongocrypt/include $(pkg-config --cflags libbson-static-1.0) -DFLP_VERSION=\"0\" -DFLP_CONSTANT_TIME"
libs="$(pkg-config --libs --static libbson-static-1.0) -lcrypto"

build() { # build NAME EXTRA...
   name=$1; shift
   # shellcheck disable=SC2086
   gcc $flags "$@" $sources ref/mongocrypt/test/constant_time.c -o "$out/$name" $libs
}
watch() { valgrind -q --error-exitcode=9 --track-origins=yes "$out/$1" >"$out/$1.log" 2>&1 </dev/null; }

build right
build leaky -DFLP_LEAKY_COMPARE
watch right || { cat "$out/right.log"; echo "constant_time: a branch depends on the computed tag"; exit 1; }
if watch leaky; then echo "constant_time: a comparison that stops early was not reported: the check is blind"; exit 1; fi
grep -q 'depends on uninitialised' "$out/leaky.log" || { cat "$out/leaky.log"; echo "constant_time: the leaky build failed in another way"; exit 1; }
echo "constant_time: no branch depends on the computed tag; a leaky comparison is reported"
