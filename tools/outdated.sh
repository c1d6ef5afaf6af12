#!/bin/sh
# `make outdated`: the pinned Python packages of which a newer version exists; then the newest wheel of pymongocrypt beside the
# pinned one, by the whole set of cases, and what it says differently. A report, never a gate: leaves with 0 whatever is found,
# also without a network. WHEEL=FILE takes that wheel for the newest and asks no index. Changes no pin: that is tools/lock.sh.
cd "$(dirname "$0")/.." || exit 0
here=build/wheels/newest
program=build/release/bin/fleproof
pip() { build/venv/bin/python -m pip --disable-pip-version-check "$@" </dev/null; }

# Without a network pip lists nothing and leaves with 0, so that the wheel is what tells whether the index answers.
fetch() {
   rm -rf "$here" && mkdir -p "$here"
   pip -q download --no-deps --only-binary :all: -d "$here" pymongocrypt >"$here/pip.log" 2>&1
   newest=$(ls "$here"/*.whl 2>/dev/null)
   [ -n "$newest" ] || { echo "outdated: the package index does not answer, nothing was compared: $(tail -n 1 "$here/pip.log")"; return 1; }
}

list_newer() {
   wanted=$(sed -nE 's/^([A-Za-z0-9._-]+)==.*/\1/p' requirements/*.txt | tr '[:upper:]' '[:lower:]' | sort -u)
   found=$(pip list --outdated --format=columns 2>/dev/null | awk -v wanted=" $(echo $wanted) " '
      NR > 2 && index(wanted, " " tolower($1) " ") {printf "  %-26s %-12s -> %s\n", $1, $2, $3}')
   if [ -n "$found" ]; then
      echo "newer than pinned (change requirements/*.in, or run tools/lock.sh --upgrade):"
      echo "$found"
   else
      echo "outdated: all pinned packages are the newest"
   fi
}

# judge FOLDER SUBJECT: 0 when the folder holds a whole run, as expected or not
judge() {
   "$program" run --quiet --sut "$2" --report "$1" >"$1.log" 2>&1
   code=$?
   [ "$code" -le 1 ] || { echo "outdated: the run of $2 ended with $code:"; tail -n 3 "$1.log"; return 1; }
}

# Both are judged as the subject `wheel`: what is compared is what that subject's file expects.
compare_wheels() {
   version=$(basename "$1" | cut -d- -f2)
   echo "pymongocrypt $version beside the pinned $2:"
   rm -rf "$here/unpacked" "$here"/*-report && mkdir -p "$here/unpacked" &&
      build/venv/bin/python -m zipfile -e "$1" "$here/unpacked" 2>/dev/null || { echo "outdated: $1 is no wheel"; return; }
   library=$here/unpacked/pymongocrypt/libmongocrypt.so
   [ -f "$library" ] || { echo "outdated: $1 holds no pymongocrypt/libmongocrypt.so"; return; }
   judge "$here/pinned-report" wheel && judge "$here/newest-report" "wheel=$library,like=wheel" || return
   "$program" compare "$here/pinned-report" "$here/newest-report" 2>&1
   echo "the two reports: $here/pinned-report, $here/newest-report"
}

pinned=$(sed -nE 's/^pymongocrypt==([^ ]+).*/\1/p' requirements/run.txt)
if [ -n "${WHEEL:-}" ]; then
   compare_wheels "$WHEEL" "$pinned"
elif fetch; then
   list_newer
   if [ "$(basename "$newest" | cut -d- -f2)" = "$pinned" ]; then
      echo "outdated: the pinned pymongocrypt $pinned is the newest"
   else
      compare_wheels "$newest" "$pinned"
   fi
fi
exit 0
