#!/bin/sh
# Installs what building and testing needs: Debian packages of tools/packages.txt, then the pinned Python packages into
# build/venv, their wheels into build/wheels. Root: without asking. Others: prints the one line and exits 2, or runs it
# when told SETUP=sudo. SETUP=none checks nothing. A second call finds everything there and does nothing.
set -eu
cd "$(dirname "$0")/.."
set_name=${1:-base}
[ "${SETUP:-}" = none ] && exit 0

say() { echo "setup: $*" >&2; }

case $set_name in
base) sets=base ;;
all) sets='base|all' ;;
*) say "the set is base or all, not '$set_name'"; exit 2 ;;
esac
wanted=$(sed -nE "s/^($sets) +([^ ]+).*/\2/p" tools/packages.txt)

command -v dpkg-query >/dev/null || {
   say "this knows Debian's packages only. Install the like of these, then call make with SETUP=none:" $wanted
   exit 2
}

missing=
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p')
for package in $wanted; do
   case "
$installed
" in
   *"
$package
"*) ;;
   *) missing="$missing $package" ;;
   esac
done

if [ -n "$missing" ]; then
   if [ "$(id -u)" = 0 ]; then
      as_root=
   elif [ "${SETUP:-}" = sudo ]; then
      as_root=sudo
   else
      say "packages are missing. Run this, or call make with SETUP=sudo:"
      echo "  apt-get install -y --no-install-recommends$missing"
      exit 2
   fi
   say "installing$missing"
   $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update </dev/null >&2
   $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $missing </dev/null >&2
fi

# The stamp names everything that the environment was made from, and the folder, as an environment cannot be moved.
mkdir -p build
exec 9>build/.setup.lock
flock 9
stamp=$({ cat requirements/run.txt requirements/test.txt; python3 -V; command -v python3; pwd; } | sha256sum | cut -d' ' -f1)
[ "$(cat build/venv/.stamp 2>/dev/null)" = "$stamp" ] && exit 0

say "making the Python environment in build/venv"
rm -rf build/venv
python3 -m venv build/venv
pip="build/venv/bin/python -m pip --disable-pip-version-check -q"
for list in run test; do
   $pip download --require-hashes --only-binary :all: -d build/wheels -r "requirements/$list.txt" </dev/null
   $pip install --no-index --find-links build/wheels --require-hashes --only-binary :all: -r "requirements/$list.txt" </dev/null
done
site=$(cd build/venv && ls -d lib/python3*/site-packages)
ln -sfn "venv/$site" build/python
echo "$stamp" > build/venv/.stamp
