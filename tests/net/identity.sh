#!/bin/sh
# identity: where each field comes from, what is told of it and what is not
. "$(dirname "$0")/lib.sh"

node a b
wire a:s0 b:s0
addr a s0 10.9.0.1/24
addr b s0 10.9.0.2/24
capture b cap s0
R=$W/root
file() { # PATH: below the faked root, from standard input
    mkdir -p "$(dirname "$R/$1")"
    cat >"$R/$1"
}
# shows FIELD VALUE SOURCE
shows() {
    # shellcheck disable=SC2086
    run a 5 env ${with-} "$CRIER" identity --root "$R" >"$W/id.out" ||
        fail "identity ended with $?"
    expect "$W/id.out" "^$1 +$2 +$3\$" "$1 from $3"
}

# From the last resort to the first source: each outweighs those before.
mkdir "$R"
shows id '[A-Z2-7]{15}' mac
mac_id=$(sed -n 's/^id *\([^ ]*\) .*/\1/p' "$W/id.out")
shows state new default
echo uninitialized | file etc/machine-id
shows id "$mac_id" mac
echo 0123456789abcdef0123456789abcdef | file etc/machine-id
shows id HM2XIZLYY3QGLWW machine-id
file run/cloud-init/instance-data.json <<'JSON'
{"ds": {"meta_data": {"instance-id": "i-0abc"}}, "v1": {"instance_id": "i-0abc"}}
JSON
shows id '[A-Z2-7]{15}' cloud-init
echo 'PowerEdge R640' | file sys/class/dmi/id/product_name
echo 'ds=nocloud;h=web' | file sys/class/dmi/id/product_serial
echo 4C4C4544-0042 | file sys/class/dmi/id/product_uuid
shows model 'PowerEdge R640' dmi
has "$W/id.out" '^serial' && fail 'a serial that is none'
echo ABC1234 | file sys/class/dmi/id/product_serial
shows serial ABC1234 dmi
printf 'pos=6\nrole=witness\nmodel=cred\n' | file run/cred/crier.identity
with=CREDENTIALS_DIRECTORY=/run/cred
shows role witness credential
shows model cred credential
printf 'pos=5\napp=VRX5' |
    file sys/firmware/qemu_fw_cfg/by_name/opt/org.crier/identity/raw
shows pos 5 fw_cfg
shows app VRX5 fw_cfg
printf '\013\005\001\000\002crier:pos=4\000other:app=no\000\000' |
    file sys/firmware/dmi/entries/11-0/raw
printf '\013\005\002\000\002crier:id= OEM-1 \000crier:app=\000\000' |
    file sys/firmware/dmi/entries/11-1/raw
shows id OEM-1 smbios
shows pos 4 smbios
shows app VRX5 fw_cfg
with="$with CRIER_ID_POS=3"
shows pos 3 environment
# shellcheck disable=SC2086
run a 5 env $with "$CRIER" identity --json --root "$R" >"$W/id.out"
expect "$W/id.out" \
    '"event":"identity",.*"field":"pos","value":"3","source":"environment"}' json

# A file of it, for who may not look: what is private only if asked for.
printf 'pos=stale\n' >"$W/id"
# shellcheck disable=SC2086
run a 5 env $with "$CRIER" identity --root "$R" --write "$W/id" ||
    fail "write ended with $?"
[ "$(tr '\n' ' ' <"$W/id")" = \
    'id=OEM-1 app=VRX5 pos=3 role=witness model=cred ' ] || fail 'the file'
run a 5 "$CRIER" identity --root "$R" --write "$W/id.private" --private ||
    fail "write ended with $?"
expect "$W/id.private" '^serial=ABC1234$' 'a private field'
run a 5 "$CRIER" identity --root "$R" --write "$W/none/id" 2>"$W/err" &&
    fail 'a file where no directory is'
expect "$W/err" 'E071: cannot write .*/none/id: No such file' 'why not'

# Told is what is listed, and the file outweighs what the machine finds.
crier_run a c <<END_CONF
hostname alpha
identity yes
identity-file $W/id.private
END_CONF
txt='R an alpha._crier-node._tcp.local TXT [1-9][0-9]* flush'
told() {
    seen cap "$txt $1"
}
wait_for 10 'the record' told '"txtvers=1" "id=OEM-1" "app=VRX5" "pos=4" "state=new" "model=PowerEdge.*R640"$'
has "$W/cap.out" 'ABC1234|4C4C4544' && fail 'what is private was told'
# A change of the file and of the list is told in place.
forget cap
sed -i '/^model/d; s/^pos=.*/pos=2/' "$W/id.private"
echo 'cl=C1
mgmt=8443' >>"$W/id.private"
echo 'identity-fields id pos serial mgmt state model' >>"$W/c.conf"
kill -HUP "$(pid c)"
wait_for 10 'the change' told '"txtvers=1" "id=OEM-1" "pos=2" "state=member".* "serial=ABC1234" "mgmt=8443"$'
wait_for 10 'the port' seen cap \
    'R an alpha._crier-node._tcp.local SRV [1-9][0-9]* flush 0 0 8443 alpha.local'
has "$W/cap.out" 'R an .*_crier-node[^ ]* [A-Z]* 0 ' && fail 'a good-bye'
# A file that goes leaves what the machine knows of itself.
rm "$W/id.private"
forget cap
kill -HUP "$(pid c)"
wait_for 10 'the change' told '"txtvers=1" "id=[A-Z2-7]*" "state=new"'
echo 'identity no' >"$W/c.conf"
kill -HUP "$(pid c)"
wait_for 10 'what takes a restart' has "$W/c.err" 'E060: identity is other'
stop c

# What belongs to one machine in the image of many.
I=$W/image
check() { # STATUS
    check_got=0
    run a 5 "$CRIER" check --image "$I" >"$W/check.out" 2>&1 || check_got=$?
    [ $check_got -eq "$1" ] || fail "check ended with $check_got, not $1"
}
check 2
mkdir -p "$I/etc/crier" "$I/run/crier" "$I/var/lib/dbus" "$I/var/lib/crier"
for f in var/lib/dbus/machine-id etc/machine-id etc/hostname \
    var/lib/crier/name etc/crier/id; do
    echo 0123456789abcdef0123456789abcdef >"$I/$f"
done
printf '%s\n' 'hostname web1' 'state-file /var/lib/crier/name' \
    'identity-file /etc/crier/id' >"$I/etc/crier/crier.conf"
check 1
[ "$(wc -l <"$W/check.out")" -eq 7 ] || fail 'seven things'
for what in /etc/machine-id /var/lib/dbus/machine-id /etc/hostname \
    /run/crier /etc/crier/crier.conf /var/lib/crier/name /etc/crier/id; do
    expect "$W/check.out" "^$what: .*; (empty|make|remove|take)" "$what"
done
rm -r "$I/run/crier" "$I/var/lib/crier/name" "$I/var/lib/dbus/machine-id" \
    "$I/etc/crier/id"
: >"$I/etc/machine-id"
echo localhost >"$I/etc/hostname"
sed -i 's/web1/auto/' "$I/etc/crier/crier.conf"
check 0

# A machine without any.
mkdir "$W/void"
got=0
run a 5 unshare --net "$CRIER" identity --root "$W/void" >"$W/void.out" \
    2>"$W/void.err" || got=$?
[ $got -eq 1 ] || fail "identity of nothing ended with $got"
expect "$W/void.err" '^crier: W213: nothing tells this machine from others' W213
pass
