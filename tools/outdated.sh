#!/bin/sh
# Prints pinned Python packages of which a newer version exists. A report, never a gate: leaves with 0 also without a network.
cd "$(dirname "$0")/.." || exit 0
pinned=$(sed -nE 's/^([a-z0-9._-]+)==.*/\1/p' requirements/*.txt | sort -u)
newer=$(build/venv/bin/python -m pip --disable-pip-version-check list --outdated --format=columns </dev/null 2>/dev/null) ||
   { echo "outdated: the package index does not answer"; exit 0; }
found=$(echo "$newer" | awk -v pinned=" $(echo $pinned) " '
   NR > 2 && index(pinned, " " tolower($1) " ") {printf "  %-26s %-12s -> %s\n", $1, $2, $3}')
if [ -n "$found" ]; then
   echo "newer than pinned (change requirements/*.in, or run tools/lock.sh --upgrade):"
   echo "$found"
else
   echo "outdated: all pinned packages are the newest"
fi
exit 0
