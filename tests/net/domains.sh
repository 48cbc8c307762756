#!/bin/sh
# whatever the domain and the user's language: names are asked on the link,
# in UTF-8, as they are, and no unicast DNS server hears of them
# proves S-4.1.3-01 S-4.1.3-02 S-11.0-02 M-3.0-06 M-12.0-01 M-22.1-04 M-21.0-03
. "$(dirname "$0")/lib.sh"

pair
# A server that the system's resolver would ask.
mkdir "$W/etc"
echo 'nameserver 10.9.0.2' >"$W/etc/resolv.conf"
echo 'search local example.com' >>"$W/etc/resolv.conf"
at a mount --bind "$W/etc/resolv.conf" /etc/resolv.conf 2>/dev/null ||
    at a mount --bind "$W/etc" /etc || skip 'cannot set /etc/resolv.conf'

# A domain of rich text, and an instance in it.
domain='Building\0322\044\0321st\032Floor\195\164.example.com'
spawn a c "$CRIER" browse -j \
    -d 'Building 2, 1st Floorä.example.com' _http._tcp
wait_for 5 'a question on the link' seen cap \
    ' Q qd _http\._tcp\.Building.*2.*1st.*Floor\\195\\164\.example\.com PTR'
send b s0 -- 'flags 8400' "an _http._tcp.$domain PTR 120 X._http._tcp.$domain" \
    "ar X._http._tcp.$domain SRV 120 flush 0 0 80 h.local" \
    "ar X._http._tcp.$domain TXT 120 flush a=1" \
    'ar h.local A 120 flush 10.9.0.2'
wait_for 5 'the service' has "$W/c.out" '"domain":"Building.* Floorä.example.com'
stop c

# All reserved domains, and others, in another language.
LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8
export LC_ALL LANG
crier_run a d <<'END'
hostname IZGARA
END
announced cap IZGARA.local
for name in nas www.example.com 34.12.254.169.in-addr.arpa \
    1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa; do
    run a 5 "$CRIER" query -T 1 "$name" >"$W/query.out" 2>&1
    run a 5 "$CRIER" resolve -T 1 "$name" >"$W/resolve.out" 2>&1
done
wait_for 3 'one label is a name in local' seen cap ' Q qd nas\.local A( |$)'
wait_for 3 'the reverse name' seen cap ' Q qd 34.12.254.169.in-addr.arpa '
run a 8 "$CRIER" resolve -T 3 izgara >"$W/own.out" 2>&1
expect "$W/own.out" '^10\.9\.0\.1$' 'the own name whatever the case'

# Nothing went to port 53. The control: it would have been seen.
if seen cap ':53 '; then
    fail 'a unicast DNS server was asked'
fi
run b 5 "$PEER" send s0 dst 10.9.0.1 dport 53 -- 'flags 0100' \
    'qd www.example.com A' || fail 'cannot send'
wait_for 5 'the control packet' seen cap ':53 Q '
pass
