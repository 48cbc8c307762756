#!/bin/sh
# scene.sh - crier among other implementations on one link
#
# usage: tests/interop/scene.sh [PEER]...
#
# A line for each peer: ok, not ok (and what was wrong), or skip. The table of
# who saw whom goes to $MATRIX.txt and $MATRIX.md. See README.md.
export NET_LIMIT_S="${NET_LIMIT_S:-240}"
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/../net/lib.sh"
# shellcheck source=tests/interop/peers.sh
. "$test_dir/peers.sh"
MATRIX=${MATRIX:-$parts/matrix}

# within SECONDS COMMAND...: does it succeed in that time?
within() {
    within_end=$(($(now_ms) + $1 * 1000))
    shift
    until "$@"; do
        [ "$(now_ms)" -lt "$within_end" ] || return 1
        nap
    done
}

problem() { # PEER TEXT
    echo "$2" >>"$W/$1.bad"
}

stamp() {
    date +%s%3N
}

is() { # PEER VARIABLE VALUE
    eval "[ \"\$$2_$1\" = '$3' ]"
}

# check SECONDS CHECK [SINCE]: wait until it is so, and keep the verdict.
check() {
    check_limit=$1
    shift
    within "$check_limit" judge "$@"
    judge -f "$@"
}

judge() {
    sleep 0.3
    "$python" "$test_dir/judge.py" "$W" "$@" 2>"$W/judge.err"
}

# --- the link ---------------------------------------------------------------

host_up() { # NODE ADDRESS
    addr "$1" s0 "$2/16"
    # For those that send to the group without naming an interface.
    at "$1" ip route add 224.0.0.0/4 dev s0
}

# Those on a host of their own, and beside each a crier that wants its names.
link_up() {
    ends='tap:s0'
    for peer in $peers; do
        is "$peer" says yes || continue
        ends="$ends $peer:s0"
        [ "$peer" = crier ] || ends="$ends c-$peer:s0"
    done
    for end in $ends; do
        node "${end%:*}"
    done
    # shellcheck disable=SC2086
    lan room $ends
    addr tap s0 10.77.0.254/16
    for peer in $peers; do
        is "$peer" says yes || continue
        host_up "$peer" "$(address "$peer")"
        [ "$peer" = crier ] ||
            host_up "c-$peer" "10.77.1.$(eval "echo \$nr_$peer")"
    done
    capture tap cap s0
}

each() { # VERB PEER...: all at once, until all are done
    each_verb=$1 each_pids=
    shift
    for each_peer; do
        {
            "${each_verb}_$each_peer" >"$W/$each_verb-$each_peer.out" \
                2>"$W/$each_verb-$each_peer.err" ||
                problem "$each_peer" "$each_verb: failed: $(tail -n 1 \
                    "$W/$each_verb-$each_peer.err")"
        } &
        each_pids="$each_pids $!"
    done
    # shellcheck disable=SC2086
    wait $each_pids
}

# --- the scenes -------------------------------------------------------------

page_of() { # PEER: mdnsd makes a host name of it
    case $1 in
    mdnsd) echo mdnsd ;;
    *) echo "$1 page" ;;
    esac
}

# A crier for each peer, with the peer's own names.
rivals_up() {
    for peer in $rivals; do
        crier_page "c-$peer" "c-$peer" "$peer" "$(page_of "$peer")" \
            "$(($(port "$peer") + 1000))" "c-$peer"
    done
}

# Was nothing sent for longer than a record may have to wait?
quiet() {
    quiet_len=$(wc -c <"$W/cap.out")
    sleep 1.5
    [ "$(wc -c <"$W/cap.out")" -eq "$quiet_len" ]
}

meet() {
    # shellcheck disable=SC2086
    each up $publishers
    for peer in $publishers; do
        echo "$peer.local" >>"$W/hosts"
        is "$peer" nr 3 || page_of "$peer" # resolved knows its own
    done >"$W/names"
    # First browsers when all have been announced, then one after the other:
    # what was multicast in the last second is not sent again, and a browser
    # that starts then is not the slow one.
    within 8 quiet
    for peer in $peers; do
        "browse_$peer"
        sleep 1.2
    done
    check 20 met-crier
    check 20 met
}

crier_late() {
    rivals_up
    check 40 crier-late
    for peer in $rivals; do
        sed -n 's/.* the name here is now "\(.*\)" _interop.*/\1/p' \
            "$W/c-$peer.err" | tail -n 1
    done >>"$W/names"
    check 25 renamed
}

goodbyes() {
    for peer in $rivals; do
        tell "c-$peer" TERM
    done
    for peer in $rivals; do
        within 5 not alive "c-$peer"
    done
    since=$(stamp)
    down_crier
    check 10 bye-crier "$since"
    capture tap byes s0
    since=$(stamp)
    # shellcheck disable=SC2086
    each down $rivals
    check 4 bye-peers "$since"
}

peer_late() {
    end crier
    rivals_up
    for peer in $rivals; do
        within 15 has "$W/c-$peer.err" 'published "'
    done
    : >"$W/crier.out"
    browse_crier
    # shellcheck disable=SC2086
    each up $rivals
    check 40 peer-late
}

# --- all of it --------------------------------------------------------------

need "$python"
peers=
publishers=
rivals=
for peer in $all_peers; do
    case " $* " in
    '  ' | *" $peer "*) ;;
    *) [ "$peer" = crier ] || continue ;;
    esac
    if reason=$("lacks_$peer"); then
        echo "skip interop/$peer $reason"
        continue
    fi
    peers="$peers $peer"
    if is "$peer" says yes; then
        publishers="$publishers $peer"
        [ "$peer" = crier ] || rivals="$rivals $peer"
    fi
    eval "printf '%s\t%s\t%s\t%s\t%s\n' $peer \"\$nr_$peer\" \
        \"\$says_$peer\" \"\$tells_$peer\"" \
        "'$("version_$peer" 2>&1 | tr -d "'" | head -n 1)'" >>"$W/peers.tsv"
done
[ -n "$rivals" ] || skip 'no other implementation here'

link_up
meet
crier_late
goodbyes
peer_late
mkdir -p "$(dirname "$MATRIX")"
judge report "$MATRIX" || fail 'no report'
if ! command -v tshark >/dev/null; then
    echo 'skip interop/witness no tshark here'
elif (witnessed) >"$W/witness.log" 2>&1; then
    echo 'ok interop/witness'
else
    echo 'not ok interop/witness'
    grep '^--- failed' "$W/witness.log" | sed 's/^/#   /'
fi
