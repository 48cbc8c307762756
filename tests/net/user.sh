#!/bin/sh
# started as root it goes on as a user, shut into an empty directory, and still
# follows links and addresses that come later
# proves R11
. "$(dirname "$0")/lib.sh"
need setpriv

pair
run a 5 setpriv --reuid 65534 --clear-groups true 2>/dev/null ||
    skip 'cannot become another user here'
cat >"$W/passwd" <<'END'
root:x:0:0:root:/root:/bin/sh
crierx:x:0:0::/:
crier:x:4711:4712::/nowhere:/bin/false
twelve:x:12:34::/:
END
at a mount --bind "$W/passwd" /etc/passwd
mkdir "$W/empty"
is() { # TAG UID GID: it is that user in all ways, and in no group
    for is_line in "Uid:	$2	$2	$2	$2" "Gid:	$3	$3	$3	$3" 'Groups:	 ' \
        'CapPrm:	0000000000000000' 'CapEff:	0000000000000000'; do
        grep -qx "$is_line" "/proc/$(pid "$1")/status" ||
            fail "$1: not $is_line"
    done
}

# With what comes after the drop: a link, an address, a name to defend.
printf 'hostname alpha\nuser crier\nchroot %s\n' "$W/empty" | crier_conf c
spawn a c "$CRIER" run -c "$W/c.conf"
announced cap alpha.local
is c 4711 4712
[ "$(readlink "/proc/$(pid c)/root")" = "$W/empty" ] || fail 'no chroot'
[ "$(readlink "/proc/$(pid c)/cwd")" = "$W/empty" ] || fail 'not in the chroot'
node d
wire a:s1 d:s1
addr a s1 10.9.1.1/24
addr d s1 10.9.1.2/24
capture d capd s1
wait_for 10 'the new link' seen capd 'R an alpha.local A 120 flush 10.9.1.1'
ask d s1 dst 10.9.1.1 -- 'qd alpha.local A'
expect "$W/answer.out" 'R an alpha.local A 10 10.9.1.1' 'direct unicast'
addr a s0 10.9.0.9/24
wait_for 10 'the new address' seen cap 'R an alpha.local A 120 flush 10.9.0.9'
at a ip addr del 10.9.0.9/24 dev s0
stop c
[ "$status" -eq 0 ] || fail "ended with $status"
wait_for 4 'a goodbye' seen cap 'R an alpha.local A 0 flush 10.9.0.1'

# By number: of the file, of nobody, and without the file. sandbox off keeps
# none of root's rights either.
number() { # TAG USER UID GID
    forget cap
    printf 'hostname alpha\nsandbox off\nuser %s\n' "$2" | crier_conf c
    spawn a "$1" "$CRIER" run -c "$W/c.conf"
    announced cap alpha.local
    is "$1" "$3" "$4"
    stop "$1"
}
number n1 12 12 34
number n2 65533 65533 65533
at a umount /etc/passwd
at a mount --bind "$W/empty" /etc
number n3 12 12 12

# What cannot be is said.
refused() { # TAG REGEX
    ended "$1"
    [ "$status" -eq 4 ] || fail "$1 ended with $status"
    expect "$W/$1.err" "$2" 'the reason'
}
echo 'user crier' | crier_conf c
spawn a nobody "$CRIER" run -c "$W/c.conf"
refused nobody 'E046: user: "crier" is not in /etc/passwd'
echo "chroot $W/nowhere" | crier_conf c
spawn a nowhere "$CRIER" run -c "$W/c.conf"
refused nowhere 'E047: chroot: cannot enter ".*/nowhere": No such file'

# Another user cannot and need not change: one key is ignored, the other not.
chmod 755 "$W" "$W/empty"
cp "$CRIER" "$W/crier" && chmod 755 "$W/crier"
user='setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all'
forget cap
printf 'hostname alpha\nuser crier\n' | crier_conf c
# shellcheck disable=SC2086
spawn a same $user "$W/crier" run -c "$W/c.conf"
announced cap alpha.local
is same 65534 65534
stop same
echo "chroot $W/empty" | crier_conf c
# shellcheck disable=SC2086
spawn a noroot $user "$W/crier" run -c "$W/c.conf"
refused noroot 'E047: chroot: cannot enter ".*/empty": Operation not permitted'
pass
