#!/bin/sh
# an assertion that fails in the program ends it with status 70, and the place
. "$(dirname "$0")/lib.sh"

# The program with one object more, in which an assertion fails before main().
cd "$cli_dir/../.." || exit 1
for tool in "${MAKE:=make}" "${CC:=cc}"; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "no $tool here"
        exit 77
    }
done
cat >"$W/bug.c" <<'EOF'
#include <assert.h>

__attribute__((constructor)) static void bug(void)
{
    assert(sizeof(char) == 1); /* one that holds goes unnoticed */
    assert(sizeof(char) == 2); /* line 6 */
}
EOF
"$CC" -Iinclude/release -fPIE -c -o "$W/bug.o" "$W/bug.c" || exit 1
"$MAKE" BIN="$W/crier" LDFLAGS="$W/bug.o" >"$W/make.out" 2>"$W/err" ||
    fail 'no program'
CRIER=$W/crier
try 70 browse -t
silent out
says err 'crier: E900: a bug in crier: bug.c:6; please report it'
[ "$(wc -l <"$W/err")" -eq 1 ] || fail 'more than one line'
