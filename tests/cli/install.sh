#!/bin/sh
# make install, install-compat and uninstall, into a directory of their own
. "$(dirname "$0")/lib.sh"
cd "$cli_dir/../.." || exit 1
command -v "${MAKE:=make}" >/dev/null || {
    echo "no $MAKE here"
    exit 77
}
unset MAKEFLAGS MFLAGS MAKELEVEL
here=$W/here
make_it() { # TARGET [OPTION]...; the program is the one under test, as it is
    "$MAKE" -s -o "$CRIER" BIN="$CRIER" BUILD="$W/build" DESTDIR="$here" \
        PREFIX=/opt "$@" >"$W/out" 2>"$W/err" || fail "make $*"
}
files() {
    (cd "$here" && find . ! -type d | sort)
}

make_it install
for file in bin/crier share/crier/crier.conf share/crier/hooks/libvirt \
    share/man/man5/crier.conf.5 share/man/man8/crier.8; do
    [ -f "$here/opt/$file" ] || fail "no $file"
done
cmp "$CRIER" "$here/opt/bin/crier" || fail 'another program'
[ -x "$here/opt/share/crier/hooks/libvirt" ] || fail 'not executable'
files | grep -v '^\./opt/\(bin/crier$\|share/\(crier\|man\)/\)' >"$W/out" &&
    fail 'more than was said'

# The unit if asked, with the right path; links if asked, that do their work.
make_it install-compat SYSTEMD=/units
grep -qx 'ExecStart=/opt/bin/crier run' "$here/units/crier.service" ||
    fail 'the unit runs another program'
"$here/opt/bin/crierd" -h >"$W/out" || fail 'crierd'
says out 'usage: crier run'
try 0 export -h
mv "$W/out" "$W/export"
"$here/opt/bin/crier-inventory" -h >"$W/out" || fail 'crier-inventory'
cmp "$W/out" "$W/export" || fail 'crier-inventory is not crier export'

# Gone, but for what was not ours.
: >"$here/opt/share/crier/mine"
make_it uninstall SYSTEMD=/units
[ "$(files)" = ./opt/share/crier/mine ] || {
    files >"$W/out"
    fail 'more than mine is left'
}
rm "$here/opt/share/crier/mine"
make_it uninstall
[ ! -e "$here/opt/share/crier" ] || fail 'an empty directory is left'
exit 0
