#!/bin/sh
# the scripts of conf/initramfs in a root that has crier, a busybox and nothing
# else: links are brought up, the installer is found over IPv6 link-local
# alone, and the way to the real root begins with goodbyes
. "$(dirname "$0")/lib.sh"

need busybox
pair
conf=$(cd "$test_dir/../../conf/initramfs" && pwd)
root=$W/root
mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/run" "$root/sys"
cp "$CRIER" "$root/bin/crier"
cp "$(command -v busybox)" "$root/bin/busybox"
for tool in ip sh sleep; do
    ln -s busybox "$root/bin/$tool"
done
for program in crier busybox; do
    run a 5 chroot "$root" "/bin/$program" --help >"$W/help.out" 2>&1 ||
        skip "$program is not static: $(head -n 1 "$W/help.out")"
done
cp "$conf/start.sh" "$conf/stop.sh" "$root/"
touch "$root/dev/null" "$root/found" "$root/end"
cat >"$root/init" <<'END'
set -u
[ -z "$(sh /start.sh prereqs)" ] || exit 1
sh /start.sh || exit 1
crier wait -T 30 _installer._tcp || exit 1
crier resolve Rack-4 _installer._tcp >/found || exit 1
read -r go </go
sh /stop.sh
[ ! -e /run/crier.pid ] && ! crier status >/dev/null 2>&1 && echo left >/end
END
mkfifo "$root/go"

# Nothing is set up on this host.
at a ip addr flush dev s0
at a ip link set s0 down
service b web <<'END'
name Rack-4
type _installer._tcp
port 8080
END
crier_run b b <<'END'
hostname installer
END
# shellcheck disable=SC2016
spawn a init unshare -m --pid --fork --kill-child sh -c '
    mount --bind /dev/null "$1/dev/null" && mount -t sysfs sysfs "$1/sys" &&
        mount -t proc proc "$1/proc" &&
        exec env -i PATH=/bin "$(command -v chroot)" "$1" /bin/sh /init' - "$root"
wait_for 30 'the installer' has "$root/found" '8080'
expect "$root/found" "$(link_local b s0)%s0" 'its link-local address'
wait_for 10 'the name of this host' seen cap 'R an a.local AAAA 120 flush fe80'
forget cap
echo go >"$root/go"
wait_for 10 'a goodbye' seen cap 'R an a.local AAAA 0 flush'
wait_for 10 'the end of init' has "$root/end" left
pass
