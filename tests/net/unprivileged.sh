#!/bin/sh
# an ordinary user without any capability runs every part of it
# proves M-15.1-01 R11
. "$(dirname "$0")/lib.sh"
need setpriv

pair
user='setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all'
# shellcheck disable=SC2086
run a 5 $user true 2>/dev/null || skip 'cannot become another user here'
chmod 755 "$W"
cp "$CRIER" "$W/crier" && chmod 755 "$W/crier"
service c web <<'END'
name Web
type _http._tcp
port 80
END
crier_conf c <<'END'
hostname alpha
END
# shellcheck disable=SC2086
spawn a c $user "$W/crier" run -c "$W/c.conf"
announced cap alpha.local
ask b s0 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'an answer'
ask b s0 dst 10.9.0.1 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.0.1' 'direct unicast'
# The clients as well.
as_user() {
    # shellcheck disable=SC2086
    run b 10 $user "$W/crier" browse -prt _http._tcp >"$W/rows.out" &&
        has "$W/rows.out" \
            '^=;s0;IPv4;Web;_http._tcp;local;alpha.local;10.9.0.1;80'
}
wait_for 15 'the service' as_user
stop c
wait_for 4 'a goodbye' seen cap 'R an alpha.local A 0 flush'
pass
