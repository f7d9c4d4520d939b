#!/usr/bin/env bash
# The calls of Collectives between processes of this machine: equal to those between threads, and how fast they are.
#
#   scripts/check-collectives.sh PROGRAM MEGABYTES
set -euo pipefail

program=$1 megabytes=$2
launch=(mpirun --oversubscribe)
[ "$(id -u)" -ne 0 ] || launch+=(--allow-run-as-root)

for count in 1 2 4; do
    diff <("${launch[@]}" -n "$count" "$program" results) <("$program" results --threads "$count") ||
        { echo "check-collectives: $count processes and $count threads differ" >&2; exit 1; }
    echo "$count processes: equal to $count threads, bit for bit"
done
"${launch[@]}" -n 2 "$program" speed "$megabytes"
