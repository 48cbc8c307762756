#!/bin/sh
# avahi's tools see what crier publishes, byte for byte, and see it go
# proves M-8.1-06 M-8.3-01 M-10.1-01 M-16.0-05 S-4.1.1-01 S-6.5-01
# proves S-7.1-02 S-9.0-01 S-12.1-01 W-1035-3.5-01 S-4.1.1-03
# proves S-4.1.1-04 S-4.1.1-05 S-4.1.1-06 S-6.5-04 R13 R15
. "$(dirname "$0")/lib.sh"
need_avahi

pair
service c weird <<'END'
name    "We;ird \"näme\" \\ x.y"
type    _x-test._tcp
port    8080
subtype _special
txt     "path=/a;b"
txt     "q=\"x\\y"
txt     "tab=\009"
txt     "utf=é"
txt     bool
txt     empty=
txt     "nul=a\000b"
txt     "del=\127"
txt     "ff=\255"
END
service c plain <<'END'
type _notxt._udp
port 9
END
avahi_start b beta
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
announced cap 'We;ird.*_x-test._tcp.local'

# The two rows of one service on two families.
name='We\\059ird\\032\\034n\\195\\164me\\034\\032\\\\\\032x\\\.y'
del=$(printf '\177')
txt="\"ff=\\\\255\" \"del=$del\" \"nul=a\\\\000b\" \"empty=\" \"bool\""
txt="$txt \"utf=\\\\195\\\\169\" \"tab=\\\\009\" \"q=\\\\\"x\\\\\\\\y\""
txt="$txt \"path=/a;b\""
v4="^=;s0;IPv4;$name;_x-test._tcp;local;alpha.local;10.9.0.1;8080;$txt\$"
v6="^=;s0;IPv6;$name;_x-test._tcp;local;alpha.local;[^;]*;8080;$txt\$"
wait_for 15 'the service over IPv4' avahi_sees b _x-test._tcp "$v4"
expect "$W/b-browse.out" "$v6" 'the service over IPv6'
wait_for 15 'the subtype' avahi_sees b _special._sub._x-test._tcp "$v4"
wait_for 15 'an empty TXT' avahi_sees b _notxt._udp \
    '^=;s0;IPv4;[^;]*;_notxt._udp;local;alpha.local;10.9.0.1;9;(""|)$'

avahi b 10 avahi-browse -apt -k >"$W/all.out" 2>/dev/null
expect "$W/all.out" ';_x-test._tcp;' 'type enumeration'
expect "$W/all.out" ';_notxt._udp;' 'type enumeration'
if grep -q '_sub' "$W/all.out"; then
    fail 'a subtype was listed among the types'
fi

[ "$(avahi b 10 avahi-resolve -n -4 alpha.local)" = "$(printf \
    'alpha.local\t10.9.0.1')" ] || fail 'avahi-resolve -n'
[ "$(avahi b 10 avahi-resolve -a 10.9.0.1)" = "$(printf \
    '10.9.0.1\talpha.local')" ] || fail 'avahi-resolve -a'
avahi b 10 avahi-resolve -a "$(link_local a s0)" >"$W/reverse.out"
expect "$W/reverse.out" 'alpha.local$' 'IPv6 reverse name'
avahi b 10 avahi-resolve -n -6 ALPHA.local >"$W/upper.out"
expect "$W/upper.out" "$(link_local a s0)\$" 'name in upper case'

# Without -n a service has the host's name.
spawn a plain "$CRIER" publish _plain._tcp 80
wait_for 15 'a service without a name of its own' avahi_sees b _plain._tcp \
    '^=;s0;IPv4;a;_plain._tcp;local;'
stop plain

# A service of `publish`, and its goodbye.
avahi_spawn b watch avahi-browse -pk _pub._tcp
spawn a pub "$CRIER" publish -n 'Pub One' _pub._tcp 80 k=v
wait_for 15 'the published service' has "$W/watch.out" \
    '^\+;s0;IPv4;Pub\\032One;_pub._tcp;local$'
stop pub
wait_for 5 'its goodbye' has "$W/watch.out" \
    '^-;s0;IPv4;Pub\\032One;_pub._tcp;local$'
wait_for 5 'its goodbye over IPv6' has "$W/watch.out" \
    '^-;s0;IPv6;Pub\\032One;_pub._tcp;local$'

avahi_spawn b watch2 avahi-browse -pk _x-test._tcp
wait_for 10 'the service' has "$W/watch2.out" '^\+;s0;IPv4;We'
stop c
wait_for 5 'the goodbye of run' has "$W/watch2.out" '^-;s0;IPv4;We'
wire_clean cap "$(mac a s0)"
pass
