#!/bin/sh
# plain resolvers (dig) get a conventional answer, by unicast only
# proves M-6.7-01 M-6.7-02 M-6.7-03 M-6.7-04 M-6.0-17 M-5.5-01 M-11.0-01
# proves M-6.1-01 M-6.5-01 W-6891-6.1.1-01 R20
. "$(dirname "$0")/lib.sh"

pair
service c web <<'END'
name Web
type _http._tcp
port 80
txt  a=b
END
crier_run a c <<'END'
hostname alpha
END
announced cap alpha.local
announced cap Web._http._tcp.local

for group in '224\.0\.0\.251' 'ff02::fb'; do
    wait_for 4 'the announcements to end' seen cap \
        "${group}[^ ]* R an alpha.local A 120" 2
done
for family in 4 6; do
    group='224\.0\.0\.251'
    [ $family = 4 ] || group='ff02::fb'
    forget cap
    ask b s0 family $family -- 'id 4711' 'qd alpha.local A'
    expect "$W/answer.out" ' R hdr id=4711 flags=8400 qd=1 an=[1-9]' 'header'
    expect "$W/answer.out" ' R qd alpha.local A$' 'the question'
    expect "$W/answer.out" ' R an alpha.local A 10 10.9.0.1$' 'the answer'
    expect "$W/answer.out" ' ttl=255 ' 'TTL of the packet'
    expect "$W/answer.out" ' in [^ ]+:5353 ' 'source port'
    if has "$W/answer.out" ' flush '; then
        fail 'cache-flush bit in a legacy answer'
    fi
    ask b s0 family $family -- 'id 4712' 'qd _http._tcp.local PTR'
    expect "$W/answer.out" 'R an _http._tcp.local PTR 10 Web._http' 'PTR'
    ask b s0 family $family -- 'id 4713' 'qd WEB._HTTP._tcp.local SRV'
    expect "$W/answer.out" 'R an .* SRV 10 0 0 80 alpha.local$' 'SRV'
    ask b s0 family $family -- 'id 4714' 'qd Web._http._tcp.local ANY any'
    expect "$W/answer.out" ' SRV 10 ' 'ANY: SRV'
    expect "$W/answer.out" ' TXT 10 "a=b"' 'ANY: TXT'
    # A type that the name does not have.
    ask b s0 family $family -- 'id 4715' 'qd alpha.local TYPE99'
    expect "$W/answer.out" ' R hdr id=4715 flags=8400 qd=1 ' 'negative'
    expect "$W/answer.out" ' NSEC (10|[1-9]) alpha.local A( |$)' 'NSEC'
    # With an OPT record, as dig sends; also more than one question.
    ask b s0 family $family -- 'id 4716' 'qd alpha.local A' \
        'ar . OPT 0 class1232'
    expect "$W/answer.out" ' R ar \. OPT' 'OPT'
    ask b s0 family $family -- 'id 4717' 'qd nobody.local A' && fail \
        'an answer for a name of nobody'
    if seen cap " in [^ ]+ ${group}[^ ]* R "; then
        fail 'a legacy question was answered by multicast'
    fi
done
# Directly to the host.
ask b s0 dst 10.9.0.1 -- 'id 5' 'qd alpha.local A'
expect "$W/answer.out" ' in 10.9.0.1:5353 .* R an alpha.local A 10 ' direct
ask b s0 dst "$(link_local a s0)" -- 'id 6' 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'direct over IPv6'
ask b s0 sport 5353 dst 10.9.0.1 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 120 flush 10.9.0.1' \
    'direct from port 5353'
wire_clean cap "$(mac a s0)"
pass
