#!/bin/sh
# make CORE=1: what was left out is no part of the help, and says so
. "$(dirname "$0")/lib.sh"

cd "$cli_dir/../.." || exit 1
make=${MAKE:-make}
command -v "${make%% *}" >/dev/null 2>&1 || {
    echo "no make here"
    exit 77
}
# The objects of the program serve, so this only links.
build() { # VARIABLE=VALUE...
    $make -s BUILD="${BUILD:-build}" BIN="$W/crier" "$@" >"$W/out" 2>"$W/err"
}

whole=$CRIER
build CORE=1 || fail 'make CORE=1'
CRIER=$W/crier
try 0 -h
for verb in run publish browse resolve query check; do
    grep -qE "^  $verb +[a-z]" "$W/out" || fail "no $verb in the help"
    "$CRIER" "$verb" -h >"$W/err" || fail "crier $verb -h"
done
for verb in autoip dump doctor hook export nodes wait config identity status \
    services add rm monitor rename reload; do
    try 0 -h
    ! grep -qE "^  $verb " "$W/out" || fail "$verb is in the help"
    try 6 "$verb" -h
    silent out
    says err "command line:1:7: E007: this crier was built without \"$verb\""
done
refused 'E001: unknown verb "doctr"; expected run' doctr
refused 'E001: unknown verb "brows"; did you mean "browse"?' brows
ln -s crier "$W/crier-inventory"
CRIER=$W/crier-inventory try 6 --list
says err 'E007: this crier was built without "export"'

# It is smaller.
[ "$(wc -c <"$W/crier")" -lt "$(wc -c <"$whole")" ] || fail 'size'

! build WITHOUT='dump doktor' || fail 'WITHOUT=doktor'
says err 'no "doktor", there are '
