#!/bin/sh
# five hosts of one name with one service name start at once: five different
# names in the end, and everybody finds everybody
# proves M-8.2-03 M-8.2-04 M-8.2-05 M-9.0-06 M-9.0-10 R29
. "$(dirname "$0")/lib.sh"

hosts='a b c d e'
# shellcheck disable=SC2086
node $hosts
lan sw a:s0 b:s0 c:s0 d:s0 e:s0
n=0
for host in $hosts; do
    n=$((n + 1))
    addr "$host" s0 10.9.0.$n/24
    wait_for 5 'link-local address' has_link_local "$host" s0
    service "$host" web <<'END'
name Web
type _http._tcp
port 80
END
    crier_conf "$host" <<'END'
hostname node
END
done
node f
ip link add sw-f type veth peer name w1
ip link set sw-f master sw up
plug w1 f:s0
addr f s0 10.9.0.9/24
capture f cap s0
for host in $hosts; do
    spawn "$host" "$host-run" "$CRIER" run -c "$W/$host.conf"
done
names() { # five different owners of the name, each announced
    sed -n 's/.* in 10[^ ]* 224[^ ]* R an \(node[^ ]*\) A 120 flush .*/\1/p' \
        "$W/cap.out" | sort -u | wc -l
}
five_names() {
    [ "$(names)" -ge 5 ]
}
wait_for 30 'five names' five_names
everybody() {
    run f 10 "$CRIER" browse -prt _http._tcp >"$W/rows.out" 2>/dev/null
    sed -n 's/^=;s0;IPv[46];\([^;]*\);.*;\(node[^;]*\);.*;80;.*/\1 \2/p' \
        "$W/rows.out" | sort -u >"$W/found"
    [ "$(wc -l <"$W/found")" -eq 5 ] &&
        [ "$(cut -d ' ' -f 2 "$W/found" | sort -u | wc -l)" -eq 5 ]
}
wait_for 30 'five services of five hosts' everybody
cat "$W/found"
# Nobody moves once all have settled.
forget cap
never 4 'somebody probed again' seen cap ' in .* Q qd node[^ ]* ANY'
grep -q '^Web node' "$W/found" || grep -q '^Web ' "$W/found" ||
    fail 'nobody kept the first name'
pass
