#!/bin/sh
# crier's clients see what avahi publishes, and see it go
# proves M-5.2-01 M-5.2-16 M-10.1-02 S-4.1-01 S-5.0-01 S-12.0-02 S-4.2-01 S-4.3-02
# proves S-13.1-01 R11 R13 R17
. "$(dirname "$0")/lib.sh"
need_avahi

pair
avahi_start b beta
avahi_spawn b pub avahi-publish -s 'We;ird "näme" \ x.y' \
    --subtype=_special._sub._x-test._tcp _x-test._tcp 8080 \
    'path=/a;b' 'q="x\y' "tab=$(printf '\t')" bool empty= \
    "del=$(printf '\177')" "ff=$(printf '\377')"
wait_for 15 'avahi ready' has "$W/pub.err" '^Established'

name='We\\059ird\\032\\034n\\195\\164me\\034\\032\\\\\\032x\\\.y'
txt='"path=/a;b" "q=\\"x\\\\y" "tab=\\009" "bool" "empty=" "del=\\127"'
txt="$txt \"ff=\\\\255\""
row="^=;s0;IPv4;$name;_x-test._tcp;local;beta.local;10.9.0.2;8080;$txt\$"
wait_for 15 'an = row' crier_sees a "$W/rows.out" "$row" _x-test._tcp
expect "$W/rows.out" "^\\+;s0;IPv4;$name;_x-test._tcp;local\$" 'a + row'
wait_for 15 'the subtype' crier_sees a "$W/sub.out" \
    "^=;s0;IPv4;$name;_x-test._tcp;local;" _special._sub._x-test._tcp

run a 10 "$CRIER" browse -jt _x-test._tcp >"$W/json.out" ||
    fail "browse -jt ended with $?"
expect "$W/json.out" '"event":"add".*"host":"beta.local".*"port":8080' JSON
if command -v python3 >/dev/null 2>&1; then
    python3 - "$W/json.out" <<'END' || fail 'JSON is not what it should be'
import json, sys
events = [e for e in map(json.loads, open(sys.argv[1], encoding="utf-8"))
          if e["event"] in ("add", "update")]
assert events[0]["event"] == "add", events
e = events[-1]
assert e["name"] == 'We;ird "n\u00e4me" \\ x.y', e
assert "10.9.0.2" in e["addresses"], e
assert any(a.startswith("fe80:") and a.endswith("%s0")
           for a in e["addresses"]), e
t = e["txt"]
assert t["path"] == "/a;b" and t["q"] == '"x\\y' and t["tab"] == "\t", t
assert t["bool"] is True and t["empty"] == "" and t["del"] == "\x7f", t
assert t["ff"] == {"base64": "/w=="}, t
END
fi
run a 10 "$CRIER" browse -t >"$W/every.out" || fail "browse -t ended with $?"
expect "$W/every.out" '^We;ird "näme" \\ x\.y .*_x-test\._tcp' \
    'all types, the name as it is'

run a 10 "$CRIER" resolve --all beta.local >"$W/addr.out" ||
    fail "resolve ended with $?"
expect "$W/addr.out" '^10\.9\.0\.2$' 'IPv4 address'
expect "$W/addr.out" "^$(link_local b s0)%s0\$" 'IPv6 address with its link'
run a 10 "$CRIER" resolve -4 beta.local >"$W/addr4.out" ||
    fail "resolve -4 ended with $?"
run a 10 "$CRIER" resolve -a 10.9.0.2 >"$W/ptr.out" ||
    fail "resolve -a ended with $?"
expect "$W/ptr.out" 'beta\.local' 'reverse name'
run a 10 "$CRIER" resolve -T 2 nosuch.local >"$W/none.out" 2>&1
[ $? -eq 1 ] || fail 'resolve of a name that nobody has did not end with 1'
run a 10 "$CRIER" query beta.local A >"$W/query.out" || fail "query: $?"
expect "$W/query.out" 'A[[:space:]]+10\.9\.0\.2$' 'zone-file text'
run a 10 "$CRIER" browse -t _nobody._tcp >"$W/empty.out" 2>&1
[ $? -eq 1 ] || fail 'browse of a type that nobody has did not end with 1'

# Live: it goes, it comes back with other data.
spawn a live "$CRIER" browse -p _x-test._tcp
wait_for 10 'the service, live' has "$W/live.out" "^\\+;s0;IPv[46];$name;"
stop pub
wait_for 6 'the goodbye, live' has "$W/live.out" "^-;s0;IPv[46];$name;"
avahi_spawn b pub2 avahi-publish -s 'Second' _x-test._tcp 81
wait_for 15 'a new service, live' has "$W/live.out" '^\+;s0;IPv[46];Second;'
stop live
wire_clean cap "$(mac a s0)"
pass
