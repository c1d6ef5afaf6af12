#!/bin/sh
# What can be seen without running anything: format, layers, machine paths, file sizes, Python. Every check runs; one
# complaint fails. `tools/lint.sh --fix` writes what the formatters would.
set -u
cd "$(dirname "$0")/.."
bad=0
complain() { echo "lint: $*"; bad=1; }
tracked() { git ls-files -z -- "$@" 2>/dev/null || find . -name .git -prune -o -name build -prune -o -type f -print0; }

# Headers keep hand-made columns of comments, so only sources are compared with the formatter.
if [ "${1:-}" = --fix ]; then
   tracked '*.c' | xargs -0r clang-format -i
fi
unformatted=$(tracked '*.c' | xargs -0r sh -c 'for f; do clang-format "$f" | cmp -s - "$f" || echo "  $f"; done' sh)
[ -z "$unformatted" ] || complain "not formatted (tools/lint.sh --fix):
$unformatted"

build/venv/bin/python tools/layers.py || bad=1

# No path of one machine, and nothing of a folder that only exists there. The pattern does not match itself.
paths=$(tracked | xargs -0r grep -InE '(^|[^[:alnum:]_.])/(work|home/[a-z]|tm[p]/[a-z]|root/)' | grep -v '^tools/lint.sh:' || true)
[ -z "$paths" ] || complain "paths of a machine:
$paths"

long=$(tracked '*.c' '*.h' '*.py' '*.sh' | xargs -0r awk 'length($0) > 150 {print "  " FILENAME ":" FNR}')
[ -z "$long" ] || complain "lines over 150 columns:
$long"

large=$(tracked '*.c' '*.h' | xargs -0r wc -l | awk '$2 != "total" && $1 > 600 {print "  " $2 ": " $1 " lines"}')
[ -z "$large" ] || complain "files over 600 lines, look for the seam:
$large"

# The build's compiler is gcc; the other one must be as content. Programs that are built with it anyway are seen here too.
command=$(make --no-print-directory -s CC=clang print-compile)
sources=$(for folder in ref mocks runner bench fuzz; do find $folder -name '*.c' 2>/dev/null; done)
warnings=$(echo "$sources" | xargs -r -P "$(nproc)" -n 8 sh -c "$command -fsyntax-only \"\$@\" 2>&1" sh | grep -E 'error|warning' || true)
[ -z "$warnings" ] || complain "clang:
$warnings"

build/venv/bin/python -m ruff check -q --no-cache . || bad=1
[ "$bad" = 0 ] && echo "lint: clean"
exit "$bad"
