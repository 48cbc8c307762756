#!/bin/sh
# the log: syslog where standard error leads nowhere, never waiting, and no more
# lines than the rate allows
. "$(dirname "$0")/lib.sh"

pair
own_dev a
logged() {
    has "$W/syslogd.out" "$1"
}

# Without standard error: to syslog, and to that which comes after it.
syslogd a
crier_conf c <<'END'
hostname alpha
END
# shellcheck disable=SC2016
spawn a c sh -c 'exec "$1" run -c "$2" 2>&-' - "$CRIER" "$W/c.conf"
announced cap alpha.local
wait_for 5 'a line' logged "<30>crier\\[[0-9]*\\]: published alpha.local on s0\$"
[ ! -s "$W/c.err" ] || fail 'and to standard error'
stop syslogd
rm "$W/dev/log"
syslogd a
printf 'type _web._tcp\nport x\n' | service c web
kill -HUP "$(pid c)"
wait_for 5 'an error' logged '<27>crier.*: .*/web.service:2:6: E022: read port "x"'
wait_for 5 'what it means' logged '<27>crier.*: E061: not reloaded'
rm "$W/c.services/web.service"

# A syslogd that does not read, or is gone, does not stop it.
kill -STOP "$(pid syslogd)"
i=0
while [ $i -lt 60 ]; do
    kill -HUP "$(pid c)"
    i=$((i + 1))
    nap
done
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'an answer'
kill -CONT "$(pid syslogd)"
stop syslogd
kill -HUP "$(pid c)"
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'an answer'
stop c
[ "$status" -eq 0 ] || fail "ended with $status"

# Also a wrong configuration is told there.
rm "$W/dev/log"
syslogd a
echo 'bogus 1' | crier_conf d
# shellcheck disable=SC2016
run a 5 sh -c '"$1" run -c "$2" 2>/dev/null' - "$CRIER" "$W/d.conf"
[ $? -eq 2 ] || fail 'started with a wrong configuration'
wait_for 5 'what is wrong' logged '<27>crier.*: .*/d.conf:1:1: E012: unknown key'

# The rate: ten lines for one of a second.
i=0
while [ $i -lt 30 ]; do
    printf 'name N%s\ntype _n._tcp\nport 1\n' $i | service e $i
    i=$((i + 1))
done
printf 'hostname epsilon\nlog stderr\nlog-rate 1\n' >"$W/settings"
crier_run a e <"$W/settings"
left() {
    awk '/W222: / { n += $3 } END { exit n < 15 }' "$W/e.err"
}
wait_for 20 'word of lines left out' left
grep -v W222 "$W/e.err" >"$W/lines.out"
[ "$(wc -l <"$W/lines.out")" -lt 30 ] || fail 'too many lines'
stop e
[ "$status" -eq 0 ] || fail "ended with $status"

# What another host causes by claiming our names: ten lines of it at once,
# however high the rate; another host has its own ten.
forget cap
{
    printf 'hostname phi\nlog stderr\nlog-rate 10000\non-conflict keep-trying\n'
    echo "services $W/e.services"
} >"$W/settings"
crier_run a f <"$W/settings"
all_there() {
    [ "$(grep -c 'published "N' "$W/f.err")" -eq 30 ]
}
wait_for 20 'all services' all_there
claims() { # ADDRESS NUMBER...: the names of services, with other data
    claims_by=$1
    shift
    for claims_i; do
        send b s0 src "$claims_by" -- 'flags 8400' \
            "an N$claims_i._n._tcp.local SRV 120 flush 0 0 9 other.local"
    done
}
of_peer() { # ADDRESS: lines that name it
    grep -c " $1 " "$W/f.err"
}
# shellcheck disable=SC2046
claims 10.9.0.2 $(seq 0 24)
enough() {
    [ "$(of_peer 10.9.0.2)" -ge 10 ]
}
wait_for 10 'lines about it' enough
claims 10.9.0.77 25 26
wait_for 10 'lines about another peer' has "$W/f.err" ' 10.9.0.77 '
[ "$(of_peer 10.9.0.2)" -le 13 ] || fail 'too many lines by one peer'
left_by_peer() {
    has "$W/f.err" 'W222: [0-9]+ lines left out'
}
wait_for 20 'how many were left out' left_by_peer
stop f

# A pipe that nobody reads.
mkfifo "$W/fifo"
# shellcheck disable=SC2016
spawn a g sh -c 'exec 9<>"$3"; exec "$1" run -v -c "$2" 2>"$3"' - "$CRIER" \
    "$W/e.conf" "$W/fifo"
forget cap
announced cap epsilon.local
i=0
while [ $i -lt 400 ]; do
    kill -USR1 "$(pid g)"
    i=$((i + 1))
done
printf 'hostname epsilon\nlog stderr\nlog-rate 10000\n' | crier_conf e
kill -HUP "$(pid g)"
i=0
while [ $i -lt 60 ]; do
    kill -USR1 "$(pid g)"
    i=$((i + 1))
    nap
done
ask b s0 -- 'qd epsilon.local A'
expect "$W/answer.out" 'R an epsilon.local A 10 10.9.0.1' 'an answer'
stop g
[ "$status" -eq 0 ] || fail "ended with $status"
pass
