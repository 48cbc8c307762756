# lib.sh - for tests of the program that need no network
#
# A test sources this, runs `crier` (the program under test) through `try`,
# and compares. $W is a directory of its own, gone at the end.
# shellcheck shell=sh disable=SC2034

set -u
export LC_ALL=C
cli_dir=$(cd "$(dirname "$0")" && pwd)
CRIER=${CRIER:-$cli_dir/../../crier}
[ -x "$CRIER" ] || {
    echo "no program to test: $CRIER"
    exit 1
}
CRIER=$(cd "$(dirname "$CRIER")" && pwd)/$(basename "$CRIER")
W=$(mktemp -d "${TMPDIR:-/tmp}/crier-cli.XXXXXX") || exit 1
trap 'rm -rf "$W"' EXIT
unset CRIER_CONFIG NO_COLOR COLUMNS

fail() {
    echo "failed: $*"
    for file in "$W"/out "$W"/err; do
        echo "--- $(basename "$file")"
        tail -n 12 "$file"
    done
    exit 1
}

# try STATUS ARGUMENT...: run crier; its output goes to $W/out and $W/err.
try() {
    want=$1
    shift
    timeout -k 1 20 "$CRIER" "$@" >"$W/out" 2>"$W/err" </dev/null
    got=$?
    [ "$got" -eq "$want" ] || fail "crier $* ended with $got, not $want"
}

# says FILE TEXT: $W/FILE has that text, to the letter.
says() {
    grep -qF -- "$2" "$W/$1" || fail "no \"$2\" in $1"
}

# silent FILE
silent() {
    [ ! -s "$W/$1" ] || fail "$1 is not empty"
}

# refused TEXT ARGUMENT...: usage error with that message, and nothing else.
refused() {
    message=$1
    shift
    try 2 "$@"
    silent out
    says err "$message"
    [ "$(wc -l <"$W/err")" -eq 1 ] || fail "more than one line for: $*"
}
