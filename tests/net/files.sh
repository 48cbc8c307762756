#!/bin/sh
# the files that crier run writes: metrics, hosts, and the name that it came to;
# whole at any time, in the sandbox, on a full disk and in a closed directory
# proves M-9.0-07
. "$(dirname "$0")/lib.sh"

pair
mkdir "$W/out" "$W/disk" "$W/closed"
at a mount -t tmpfs -o size=64k tmpfs "$W/disk"
service c web <<'END'
name Web
type _web._tcp
port 80
END
service c held <<'END'
name Held
type _held._tcp
port 81
check path /nowhere
END
settings() { # SED-SCRIPT, into a file
    sed "${1-}" >"$W/settings" <<END
hostname alpha
alias www
host nas.local 10.9.0.40 fd00::40
metrics-file $W/disk/crier.prom
metrics-every 1s
hosts-file $W/closed/hosts
state-file $W/out/state
END
}
settings
crier_run a c <"$W/settings"
announced cap alpha.local
metrics() {
    at a cat "$W/disk/crier.prom" >"$W/metrics.out" 2>/dev/null
}
counts() { # REGEX
    metrics && has "$W/metrics.out" "^$1\$"
}
for line in 'crier_up 1' 'crier_services\{state="announced"\} 1' \
    'crier_services\{state="held"\} 1' 'crier_iface_up\{iface="s0"\} 1' \
    'crier_clients 0' 'crier_last_reload_success 1' \
    'crier_packets_total\{iface="s0",dir="out",family="ipv4"\} [1-9][0-9]*' \
    'crier_packets_total\{iface="s0",dir="out",family="ipv6"\} [1-9][0-9]*' \
    'crier_malformed_total\{iface="s0",reason="truncated"\} 0' \
    'crier_loop_seconds_max 0\.[0-9][0-9][0-9]' \
    'crier_build_info\{version="[0-9.]*"\} 1'; do
    wait_for 8 "$line" counts "$line"
done

# The format: each metric has its HELP and TYPE in front, a name and a number,
# and no line comes twice.
awk '
    /^# HELP crier_[a-z_]+ [A-Z].*\.$/ { help = $3; next }
    /^# TYPE crier_[a-z_]+ (counter|gauge)$/ { type = $3; next }
    /^crier_[a-z_]+({[a-z]+="[^"]*"(,[a-z]+="[^"]*")*})? [0-9]+([.][0-9]+)?$/ {
        name = $1
        sub(/{.*/, "", name)
        if (name != help || name != type || seen[$1]++)
            print "out of place: " $0
        next
    }
    { print "no such form: " $0 }' "$W/metrics.out" >"$W/format.out"
[ ! -s "$W/format.out" ] || fail 'the format of the metrics'
cp "$W/metrics.out" "$W/last.out"

# What is heard counts by family, what makes no sense by interface and reason.
value() { # REGEX of a metric: its number
    metrics
    sed -n "s/^crier_$1 \([0-9]*\)\$/\1/p" "$W/metrics.out"
}
heard4=$(value 'packets_total{iface="s0",dir="in",family="ipv4"}')
heard6=$(value 'packets_total{iface="s0",dir="in",family="ipv6"}')
send b s0 count 3 -- 'raw 0000000000010000000000004001'
send b s0 family 6 count 2 -- 'raw 0000000000010000000000000003'
wait_for 5 'bad labels' counts \
    'crier_malformed_total\{iface="s0",reason="bad-label"\} 3'
wait_for 5 'truncated ones' counts \
    'crier_malformed_total\{iface="s0",reason="truncated"\} 2'
[ "$(value 'packets_total{iface="s0",dir="in",family="ipv4"}')" -ge \
    $((heard4 + 3)) ] || fail 'not all of IPv4 were counted'
[ "$(value 'packets_total{iface="s0",dir="in",family="ipv6"}')" -ge \
    $((heard6 + 2)) ] || fail 'not all of IPv6 were counted'

# Whoever reads it has all of it.
part() {
    metrics || fail 'the metrics were away for a moment'
    ! tail -n 1 "$W/metrics.out" | grep -q '^crier_last_reload_success 1$'
}
never 3 'half of the metrics' part

# Hosts: ours and those that we publish, with each change.
hosts() {
    has "$W/closed/hosts" "^$1\$"
}
for line in '10.9.0.1 alpha.local alpha' '10.9.0.1 www.local www' \
    '10.9.0.40 nas.local nas' 'fd00::40 nas.local nas'; do
    wait_for 5 "$line" hosts "$line"
done
not hosts 'fe80.*' || fail 'a link-local address'
addr a s0 10.9.0.9/24
wait_for 5 'the new address' hosts '10.9.0.9 alpha.local alpha'

# A closed directory and a full disk: told once, and over when that is.
warned() { # FILE N
    [ "$(grep -c "W221: cannot write .*/$1: " "$W/c.err")" -eq "$2" ]
}
chmod 555 "$W/closed"
at a ip addr del 10.9.0.9/24 dev s0
wait_for 5 'a warning' warned hosts 1
expect "$W/c.err" 'W221: .*/hosts: Permission denied' why
at a dd if=/dev/zero of="$W/disk/filler" bs=1k count=64 2>/dev/null
wait_for 5 'a warning' warned crier.prom 1
expect "$W/c.err" 'W221: .*/crier.prom: No space left on device' why
counts 'crier_up 1' || fail 'the last metrics are gone'
never 2 'said twice' not warned crier.prom 1
at a rm "$W/disk/filler"
chmod 755 "$W/closed"
counter() {
    metrics
    ! cmp -s "$W/metrics.out" "$W/last.out"
}
metrics && cp "$W/metrics.out" "$W/last.out"
ask b s0 -- 'qd alpha.local A'
wait_for 5 'metrics once more' counter
wait_for 35 'the address gone' not hosts '10.9.0.9 alpha.local alpha'
warned hosts 1 || fail 'said twice'

# A reload takes over how often, but no other file.
settings 's:closed/hosts:out/hosts:; s/1s/2s/'
crier_conf c <"$W/settings"
kill -HUP "$(pid c)"
wait_for 5 'a refusal' has "$W/c.err" 'E060: hosts-file .*restart needed'
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
counts 'crier_up 0' || fail 'it is down, and the metrics do not say so'
[ -z "$(at a find "$W/disk" "$W/closed" "$W/out" -name '*.new')" ] ||
    fail 'something was left behind'
[ ! -e "$W/out/state" ] || fail 'there was nothing to remember'

# The name: taken by another host, it comes to the next one, and asks for that
# after a restart.
echo 'hostname alpha' >"$W/settings"
crier_run b rival <"$W/settings"
announced cap alpha.local
settings
crier_run a d <"$W/settings"
announced cap alpha-2.local
wait_for 5 'the state' has "$W/out/state" '^host "alpha" "alpha-2"$'
wait_for 5 'the new name' hosts '10.9.0.1 alpha-2.local alpha-2'
stop d
stop rival
forget cap
settings
crier_run a e <"$W/settings"
announced cap alpha-2.local
not seen cap 'alpha.local' || fail 'asked for the old name'
stop e

# Not if it is to have another name, and not if the file is broken.
forget cap
settings s/alpha/beta/
crier_run a f <"$W/settings"
announced cap beta.local
stop f
forget cap
printf 'host alpha "\nhost alpha a.b\nnonsense\n\000' >"$W/out/state"
settings
crier_run a g <"$W/settings"
announced cap alpha.local
stop g
pass
