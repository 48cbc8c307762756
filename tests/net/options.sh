#!/bin/sh
# options of the clients do what they say: the family, and waiting for a link
. "$(dirname "$0")/lib.sh"

pair
service c web <<'EOF'
name Web
type _http._tcp
port 80
EOF
crier_run b c <<'EOF'
hostname beta
EOF
wait_for 12 'beta' has "$W/c.err" 'published "Web"'
# Then its records no longer come unasked.
wait_for 5 'the second announcement' seen cap \
    'fb[^ ]* R an beta.local A 120 flush' 2
six=$(link_local b s0)

resolved() {
    run a 10 "$CRIER" resolve "-$family" Web _http._tcp >"$W/one.out" &&
        has "$W/one.out" "^address $address"
}
# resolve: -4 and -6 choose addresses, of an instance as well.
for option in 4:10.9.0.2 "6:$six"; do
    family=${option%%:*} address=${option#*:} other=6
    [ "$family" = 4 ] || other=4
    wait_for 20 "IPv$family address" resolved
    [ "$(grep -c '^address' "$W/one.out")" -eq 1 ] || fail "not only $address"
    run a 10 "$CRIER" resolve -p "-$family" Web _http._tcp >"$W/row.out"
    expect "$W/row.out" "^=;s0;IPv$family;Web;.*;$address;80;" 'the row'
    # Where a name is wanted they choose how it is asked.
    forget cap
    run a 10 "$CRIER" resolve "-$family" -a 10.9.0.2 >"$W/name.out"
    expect "$W/name.out" '^beta.local$' 'the name'
    [ "$family" = 4 ] && group='ff02::fb' || group='224\.0\.0\.251'
    if seen cap "in .*$group.* Q qd .*arpa"; then
        fail "-$family, and asked over IPv$other"
    fi
    wait_for 5 'the question' seen cap 'in .* Q qd .*arpa'
done

# browse -f: the second of -c begins when there is a link.
at a ip link set s0 down
spawn a f "$CRIER" browse -cf -p --no-resolve _http._tcp
wait_for 5 'word of waiting' has "$W/f.err" W206
never 2 'an end without a link' not alive f
at a ip link set s0 up
ended f
expect "$W/f.out" '^\+;s0;IPv[46];Web;' 'what was found'
[ "$status" -eq 0 ] || fail "browse -f ended with $status"
pass
