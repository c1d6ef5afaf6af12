#!/bin/sh
# Tags are compared in constant time: the computed tag is marked undefined and valgrind reports every branch that depends on it.
# The same program over a library whose comparison stops at the first difference must be reported, or the check proves nothing.
set -eu
cd "$(dirname "$0")/.."
out=build/constant_time
mkdir -p "$out"
sources=$(find ref -name '*.c' ! -path '*/test/*')
flags="-std=c11 -D_GNU_SOURCE -O1 -g -pthread -I. -Iref/mongocrypt/include -DFLP_VERSION=\"0\" -DFLP_CONSTANT_TIME"
flags="$flags $(pkg-config --cflags libbson-static-1.0)"
libs="$(pkg-config --libs --static libbson-static-1.0) -lcrypto"

early=$out/bytes_early.c # the comparison that stops at the first difference
sed 's/different |= x ^ y;/if (x != y) { return false; }/' ref/base/bytes.c >"$early"
! cmp -s ref/base/bytes.c "$early" || { echo "constant_time: the comparison in ref/base/bytes.c is not where it was"; exit 1; }

build() { # build NAME SOURCES...
   name=$1; shift
   # shellcheck disable=SC2086
   gcc $flags "$@" ref/mongocrypt/test/constant_time.c -o "$out/$name" $libs
}
watch() { valgrind -q --error-exitcode=9 --track-origins=yes "$out/$1" >"$out/$1.log" 2>&1 </dev/null; }

# shellcheck disable=SC2086
build right $sources
# shellcheck disable=SC2046,SC2086
build early $(printf '%s\n' $sources | grep -v '^ref/base/bytes.c$') "$early"
watch right || { cat "$out/right.log"; echo "constant_time: a branch depends on the computed tag"; exit 1; }
if watch early; then echo "constant_time: a comparison that stops early was not reported: the check is blind"; exit 1; fi
grep -q 'depends on uninitialised' "$out/early.log" || { cat "$out/early.log"; echo "constant_time: the early build failed in another way"; exit 1; }
echo "constant_time: no branch depends on the computed tag; a comparison that stops early is reported"
