#!/bin/sh
# Every scenario on the reference with the host under valgrind, then every fuzz corpus by plain replay under valgrind. One word of valgrind's,
# a leak included, is a failure; so is a bug planted on purpose that it does not report.
# The program finds its host beside itself: build/valgrind is a tree whose host is a script that starts the real one under valgrind.
set -u
cd "$(dirname "$0")/.."
out=build/valgrind
bad=0
note() { echo "== valgrind: $*"; }
watch="valgrind -q --leak-check=full --errors-for-leak-kinds=definite,possible --error-exitcode=0"

rm -rf "$out"; mkdir -p "$out/bin" "$out/lib/fleproof" "$out/log"
cp build/release/bin/fleproof "$out/bin/"
ln -s ../release/share "$out/share"
real=$PWD/build/release/lib/fleproof/host-abi
cat >"$out/lib/fleproof/host-abi" <<END
#!/bin/sh
exec $watch --log-file="\$FLP_VALGRIND_LOG.%p" "$real" "\$@"
END
chmod +x "$out/lib/fleproof/host-abi"

# judge LIBRARY NAME ARGUMENTS...: a run whose hosts write to log/NAME.*; its exit code.
judge() {
   library=$1 name=$2; shift 2
   FLP_VALGRIND_LOG="$PWD/$out/log/$name" "$out/bin/fleproof" run --sut "reference=$library" --hazards --timeout 120000 \
      --report "$out/report-$name" "$@" \
      </dev/null >"$out/$name.txt" 2>&1
}
spoke() { find "$out/log" -name "$1.*" -size +0; }

note "scenarios"
judge build/release/lib/fleproof/libmongocrypt.so.0 host || { tail -n 40 "$out/host.txt"; note "a verdict differs under valgrind"; bad=1; }
tail -n 1 "$out/host.txt"
hosts=$(find "$out/log" -name 'host.*' | wc -l)
[ "$hosts" -gt 0 ] || { note "no host ran under valgrind"; bad=1; }
for log in $(spoke host); do head -n 40 "$log"; note "it spoke: $log"; bad=1; done

note "a library whose buffers are one byte short"
sed 's/uint8_t \*data = malloc(cap);/uint8_t *data = malloc(cap - 1);/' ref/base/bytes.c >"$out/short.c"
! cmp -s ref/base/bytes.c "$out/short.c" || { note "the allocation in ref/base/bytes.c is not where it was"; bad=1; }
objects=$(make --no-print-directory -s print-objects PART=ref | tr ' ' '\n' | grep -v '/ref/base/bytes\.o$')
# shellcheck disable=SC2046,SC2086
$(make --no-print-directory -s print-compile) -c -o "$out/short.o" "$out/short.c" &&
   gcc -shared -o "$out/short.so" -Wl,-soname,libmongocrypt.so.0 -Wl,--version-script=ref/mongocrypt/libmongocrypt.map $objects "$out/short.o" \
      $(make --no-print-directory -s print-libs PART=ref) || bad=1
judge "$out/short.so" short -k 'explicit/result/*'
[ -n "$(spoke short)" ] && echo "  reported" || { note "a write behind a block is not reported: the check is blind"; bad=1; }

note "fuzz corpora"
make --no-print-directory -s fuzz-targets || { note "the replay programs do not build"; exit 1; }
for name in $(make --no-print-directory -s print-fuzz-targets | tr ' ' '\n' | sed 's/=.*//'); do
   $watch --log-file="$out/log/fuzz.$name" "build/release/targets/$name" "fuzz/corpus/$name" >"$out/$name.txt" 2>&1 </dev/null
   code=$?
   echo "  $name: $(tail -n 1 "$out/$name.txt")"
   [ "$code" = 0 ] || { tail -n 20 "$out/$name.txt"; note "$name ended with status $code"; bad=1; }
   [ ! -s "$out/log/fuzz.$name" ] || { head -n 40 "$out/log/fuzz.$name"; note "it spoke on $name"; bad=1; }
done

[ "$bad" = 0 ] && note "clean: $hosts hosts and all corpora"
exit "$bad"
