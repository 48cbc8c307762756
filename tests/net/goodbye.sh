#!/bin/sh
# TERM and INT: every record is withdrawn on every family before the end
# proves M-10.1-01 R24 R30
. "$(dirname "$0")/lib.sh"

pair
for signal in TERM INT; do
    service c$signal web <<'END'
name    "My Web"
type    _http._tcp
subtype _printer
port    80
txt     a=b
END
    forget cap
    crier_run a c$signal <<'END'
hostname alpha
alias    www
END
    announced cap alpha.local
    announced cap 'My\\032Web._http._tcp.local'
    announced cap www.local
    stop c$signal $signal
    for to in '224.0.0.251:5353' '\[ff02::fb\]:5353'; do
        for record in \
            'alpha.local A 0 .*10.9.0.1' 'alpha.local AAAA 0' \
            'www.local A 0' \
            'My\\032Web._http._tcp.local SRV 0' \
            'My\\032Web._http._tcp.local TXT 0' \
            '_http._tcp.local PTR 0 My\\032Web' \
            '_printer._sub._http._tcp.local PTR 0 My\\032Web'; do
            wait_for 4 "goodbye for $record after $signal" \
                seen cap " in [^ ]+ $to R an $record"
        done
    done
done

forget cap
spawn a pub "$CRIER" publish -n Short _short._tcp 7
announced cap Short._short._tcp.local
expect_goodbye() {
    wait_for 4 "goodbye of publish after $1" \
        seen cap 'R an _short._tcp.local PTR 0 Short'
}
stop pub INT
expect_goodbye INT
wire_clean cap "$(mac a s0)"
pass
