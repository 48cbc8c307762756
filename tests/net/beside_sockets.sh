#!/bin/sh
# sockets of every kind that other responders have on port 5353: crier starts
# beside each, hears multicast, and takes no unicast away from it
# proves M-15.1-01 M-15.1-02
. "$(dirname "$0")/lib.sh"

pair
crier_conf c <<'END'
hostname alpha
END
answers() {
    ask b s0 wait 300 -- 'qd alpha.local A' &&
        has "$W/answer.out" 'R an alpha.local A 10 10.9.0.1'
}
for reuse in addr both; do
    for order in before after; do
        tag=$reuse-$order
        forget cap
        [ $order = after ] || listener a "$tag" s0 reuse $reuse
        spawn a "c-$tag" "$CRIER" run -c "$W/c.conf"
        announced cap alpha.local
        [ $order = before ] || listener a "$tag" s0 reuse $reuse
        wait_for 5 "an answer beside $tag" answers
        wait_for 4 "multicast at $tag" seen "$tag" 'Q qd alpha.local A'
        # The other socket's unicast: a late-comer's once crier has noticed.
        if [ $order = before ]; then
            forget "$tag"
            send b s0 dst 10.9.0.1 mac "$(mac a s0)" sport 40000 -- \
                'qd unicast.local A'
            wait_for 5 "unicast at $tag" seen "$tag" 'qd unicast.local A'
        fi
        stop "$tag"
        stop "c-$tag"
    done
done

# Port-only sharing: crier either starts beside it or tells what is wrong.
listener a port s0 reuse port
forget cap
spawn a c-port "$CRIER" run -c "$W/c.conf"
told() {
    seen cap 'R an alpha.local A 120 flush 10.9.0.1' ||
        has "$W/c-port.err" '5353|[Pp]ort'
}
wait_for 10 'an announcement or a reason' told
stop c-port
stop port
# An exclusive owner of the port on one family: said, and the other works.
listener a none s0 reuse none join no
forget cap
spawn a c-none "$CRIER" run -c "$W/c.conf"
wait_for 10 'a reason' has "$W/c-none.err" '5353|[Pp]ort|in use'
wait_for 10 'the other family' seen cap \
    ' in \[fe80[^ ]+ [^ ]+ R an alpha.local AAAA 120 flush'
stop c-none
pass
