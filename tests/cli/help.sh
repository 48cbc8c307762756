#!/bin/sh
# help and version: on standard output, exit status 0
. "$(dirname "$0")/lib.sh"

for word in help -h --help; do
    try 0 "$word"
    silent err
    says out 'usage: crier VERB'
done
verbs=$(sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p' "$W/out")
[ "$(echo "$verbs" | wc -l)" -ge 20 ] || fail 'verbs in the help'
man=$cli_dir/../../man/crier.8
for verb in $verbs; do
    try 0 "$verb" -h
    silent err
    says out "usage: crier $verb "
    if [ -f "$man" ] && ! grep -qE "^\.(It )?Cm $verb( |\$)" "$man"; then
        fail "no $verb in the manual"
    fi
    try 0 "$verb" --nosuch x --help
    # Every long option of the help is in the manual.
    grep -oE -- '--[a-z][a-z-]*' "$W/out" | sort -u | while read -r option; do
        [ ! -f "$man" ] || grep -qE "Fl -${option#--}( |\$)" "$man" || {
            echo "$option of $verb is not in the manual" >"$W/err"
            false
        }
    done || fail "help and manual differ"
done
for word in -V --version; do
    try 0 "$word"
    grep -qE '^crier [0-9]+\.[0-9]+\.[0-9]+$' "$W/out" || fail 'version'
done
try 0 browse -V
says out 'crier '

# help VERB is VERB -h.
try 0 browse -h
mv "$W/out" "$W/want"
try 0 help browse
silent err
cmp "$W/want" "$W/out" || fail 'help browse'
for word in help -h --help; do
    try 0 help "$word"
    says out 'usage: crier VERB'
done
refused 'command line:1:12: E001: unknown verb "brows"; did you mean "browse"?' \
    help brows
refused 'command line:1:12: E001: unknown verb "nosuch"' help nosuch

# No option stands twice in a help, and none that has a long form without it.
for verb in $verbs; do
    try 0 "$verb" -h
    grep -oE '^ +-[a-zA-Z0-9-]+' "$W/out" | sort | uniq -d >"$W/err"
    silent err
    grep -E '^  -[a-zA-Z] ' "$W/out" >"$W/err"
    silent err
done

# The manual's synopsis of a verb has each option of its help.
for verb in $verbs; do
    [ -f "$man" ] || break
    try 0 "$verb" -h
    sed '/^\.Sh DESCRIPTION/q' "$man" | awk -v "verb=$verb" '
        last == ".Nm" { on = index($0 " ", " " verb " ") }
        { last = $0 }
        on' >"$W/synopsis"
    sed -nE 's/^  -(.).*/\1/p; s/^  -4, -(6).*/\1/p; s/^ +--([a-z-]+).*/-\1/p' \
        "$W/out" | while read -r option; do
        case $option in
        -*) grep -qE "Fl $option( |\$)" "$W/synopsis" ;;
        *) grep -qE "Fl [A-Za-z0-9]*$option" "$W/synopsis" ;;
        esac || echo "$verb: no -$option in the synopsis"
    done >"$W/err"
    silent err
done

# Every message's id is in the manual, and every id of the manual is used.
src=$cli_dir/../../src
if [ -f "$man" ] && [ -d "$src" ]; then
    cat "$src"/*/*.c "$src"/*.c | grep -oE '[EW][0-9]{3}[:"]' |
        tr -d ':"' | sort -u >"$W/used"
    sed -n 's/^\.It \([EW][0-9]*\)$/\1/p' "$man" | sort -u >"$W/listed"
    diff "$W/used" "$W/listed" >"$W/out" || fail 'ids of messages'
fi
