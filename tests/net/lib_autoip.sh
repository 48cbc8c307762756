# lib_autoip.sh - words for the tests of crier autoip; after lib.sh
# shellcheck shell=sh disable=SC2034

# The script that sources us is run again by lib.sh, which is first.

# arp_watch NODE TAG IF: every ARP and IPv4 frame there, as lines in TAG.out.
arp_watch() {
    spawn "$1" "$2" "$PEER" arp-capture "$3"
    wait_for 10 "capture $2" grep -q ready "$W/$2.out"
}

# arp NODE IF request|reply MAC SENDER TARGET [TO]
arp() {
    arp_node=$1
    shift
    run "$arp_node" 5 "$PEER" arp-send "$@" || fail "cannot send: $*"
}

# autoip NODE TAG IF [OPTION]...
autoip() {
    ip_node=$1 ip_tag=$2 ip_if=$3
    shift 3
    spawn "$ip_node" "$ip_tag" "$CRIER" autoip -i "$ip_if" "$@"
}

# held NODE IF: the link-local IPv4 address there now
held() {
    at "$1" ip -4 -o addr show dev "$2" | sed -n \
        's:.* inet \(169\.254\.[^/]*\)/16 .*:\1:p' | head -n 1
}

has_held() {
    [ -n "$(held "$1" "$2")" ]
}

# said TAG REGEX [N]: did it say so, at least N times?
said() {
    [ "$(grep -Ec -- "$2" "$W/$1.out")" -ge "${3:-1}" ]
}

# bound TAG [N]: wait for the N-th claim; the address is in $address.
bound() {
    wait_for 20 "address of $1" said "$1" ' is ours$' "${2:-1}"
    address=$(sed -n 's/^[^ ]*: \([^ ]*\) is ours$/\1/p' "$W/$1.out" |
        tail -n 1)
}

# line TAG REGEX: number of the first such line, 0 if there is none
line() {
    grep -nE -- "$2" "$W/$1.out" | head -n 1 | cut -d : -f 1 | grep . || echo 0
}

# setting NODE DIR/IF/NAME below /proc/sys/net/ipv4
setting() {
    at "$1" cat "/proc/sys/net/ipv4/$2"
}

all=ff:ff:ff:ff:ff:ff zero=00:00:00:00:00:00
stranger=02:00:5e:00:00:99

# claim_seen TAG MAC ADDRESS: it was probed three times and then announced,
# and nothing else came from that address before. Times: $probe_1.. $announce_1
claim_seen() {
    claim_probe=" $all $2 request $2 0.0.0.0 $zero $3\$"
    claim_announce=" $all $2 request $2 $3 $zero $3\$"
    wait_for 10 "announcements of $3" seen "$1" "$claim_announce" 2
    awk -v probe="$claim_probe" -v announce="$claim_announce" -v who="$3" '
        $0 ~ probe && !announced { last = $1; probes++; next }
        $0 ~ announce { announced++
            if (announced == 1) gap = $1 - last
            next }
        !announced && ($7 == who || $6 == who) { early = $0 }
        END {
            if (probes != 3) print "probes: " probes
            if (announced != 2) print "announcements: " announced
            if (early != "") print "early: " early
            if (gap < 1.99) print "announced after " gap " s"
        }' "$W/$1.out" >"$W/claim"
    if [ -s "$W/claim" ]; then
        fail "claim of $3: $(cat "$W/claim")"
    fi
}
