#!/bin/sh
# "rejoin 2s": membership reports leave again and again, of both families,
# for switches that forget who listens; with "rejoin 0" none does
. "$(dirname "$0")/lib.sh"

pair
reports() { # FAMILY
    case $1 in
    4) seen cap ' member .*e00000fb' ;;
    6) seen cap ' member .*ff0200000000000000000000000000fb' ;;
    esac
}
crier_run a c <<'END'
hostname alpha
rejoin   2s
END
announced cap alpha.local
for family in 4 6; do
    wait_for 5 "the first report of IPv$family" reports $family
done
for _ in 1 2; do
    forget cap
    for family in 4 6; do
        wait_for 6 "a report of IPv$family again" reports $family
    done
done
stop c

crier_run a d <<'END'
hostname alpha
rejoin   0
END
forget cap
announced cap alpha.local
for family in 4 6; do
    wait_for 5 "the first report of IPv$family" reports $family
done
# The kernel says it again by itself for a second or so.
settled() {
    settled_now=$(grep -c ' member ' "$W/cap.out")
    if [ "$settled_now" != "$settled_was" ]; then
        settled_was=$settled_now
        settled_at=$(($(now_ms) + 2500))
        return 1
    fi
    [ "$(now_ms)" -gt "$settled_at" ]
}
settled_was=none settled_at=0
wait_for 30 'quiet' settled
forget cap
never 5 'a report without rejoin' seen cap ' member '
alive d || fail 'crier has ended'
stop d
pass
