#!/bin/sh
# `make install`: what build/release holds, as copies. The library goes below LIBDIR/fleproof, never into a system path: a test
# reference must not shadow the library that programs here use. Python packages come from build/wheels, by their hashes.
set -eu
cd "$(dirname "$0")/.."
: "${PREFIX:?}" "${LIBDIR:?}" "${B:?}"
bin=${DESTDIR:-}$PREFIX/bin
lib=${DESTDIR:-}$LIBDIR/fleproof
share=${DESTDIR:-}$PREFIX/share/fleproof
man=${DESTDIR:-}$PREFIX/share/man/man1

# The program looks in PREFIX/lib/fleproof, where PREFIX is the folder above its own.
[ "$LIBDIR" = "$PREFIX/lib" ] || link=yes

install -d "$bin" "$lib/pkgconfig" "$share" "$man"
install -m 755 "$B/bin/fleproof" "$bin/fleproof"
install -m 755 "$B/lib/fleproof/host-abi" "$lib/host-abi"
install -m 755 "$B/lib/fleproof/libmongocrypt.so.0" "$lib/libmongocrypt.so.0"
ln -sfn libmongocrypt.so.0 "$lib/libmongocrypt.so"
named=$(printf '%s' "$LIBDIR" | sed 's/[\\&|]/\\&/g')
sed "s|^libdir=.*|libdir=$named/fleproof|" "$B/lib/fleproof/pkgconfig/fleproof-mongocrypt.pc" >"$lib/pkgconfig/fleproof-mongocrypt.pc"
if [ "${link:-}" = yes ]; then
   install -d "${DESTDIR:-}$PREFIX/lib"
   ln -sfn "$LIBDIR/fleproof" "${DESTDIR:-}$PREFIX/lib/fleproof"
fi

# copy FROM TO: a folder without what tests and interpreters leave in it
copy() {
   rm -rf "$2"
   [ ! -d "$1" ] || { install -d "$2"; tar -C "$1" --exclude=__pycache__ --exclude=.pytest_cache -cf - . | tar -C "$2" --no-same-owner -xf -; }
}
copy ref/mongocrypt/include "$lib/include"
copy spec-tests "$share/spec-tests"
copy vectors "$share/vectors"
copy schemas "$share/schemas"
copy runner/subjects "$share/subjects"
copy reports "$share/reports"
install -m 644 LICENSE "$share/LICENSE"
install -m 644 docs/fleproof.1 "$man/fleproof.1"

# pip writes the folder anew; its scripts are of no use here and name the interpreter of the build.
rm -rf "$lib/python"
build/venv/bin/python -m pip --disable-pip-version-check -q install --no-index --find-links build/wheels --require-hashes --only-binary :all: \
   --no-compile --target "$lib/python" -r requirements/run.txt </dev/null
rm -rf "$lib/python/bin"
echo "installed: $bin/fleproof, $lib, $share"
