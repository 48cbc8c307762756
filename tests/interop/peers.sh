# peers.sh - how each implementation is started, asked and ended
#
# For each PEER in $all_peers there are
#
#     lacks_PEER      say why it cannot run here; false if it can
#     up_PEER         publish "PEER page" (mdnsd: "mdnsd") on host PEER.local
#     browse_PEER     print what it finds into $W/PEER.out, see README.md
#     down_PEER       end it in good order, so that it can say goodbye
#     version_PEER    one line
#
# and the variables nr_PEER (last number of its address), says_PEER (does it
# publish?) and tells_PEER: what it can tell of a service: "all"; "names" and
# the sender's address; "host" addresses only; "nothing".
# shellcheck shell=sh disable=SC2034,SC2154

all_peers='crier avahi nss resolved zeroconf bonjour mdns ciao mdnsd'
parts=${INTEROP_PARTS:-$net_dir/../../build/interop}
libs=$(echo "$parts"/root/usr/lib/*-linux-gnu)
nss_libs=$(echo "$parts"/root/lib/*-linux-gnu)
python=/usr/bin/python3 # the system's, which has the system's packages
export PYTHONDONTWRITEBYTECODE=1
python_libs=$parts/root/usr/lib/python3/dist-packages

lacks() { # COMMAND...
    for lacks_what; do
        command -v "$lacks_what" >/dev/null 2>&1 && continue
        echo "no $lacks_what here"
        return 0
    done
    return 1
}

lacks_file() { # FILE PACKAGE
    [ -e "$1" ] && return 1
    echo "no $2 here"
}

# A signal to something that was spawned; no word if it has ended.
tell() { # TAG SIGNAL
    kill "-$2" "$(pid "$1")" 2>/dev/null
}

end() { # TAG: by SIGTERM, with time to say goodbye
    tell "$1" TERM
    within 6 not alive "$1" || tell "$1" KILL
}

address() { # PEER
    eval "echo 10.77.0.\$nr_$1"
}

port() { # PEER
    eval "echo \$((8000 + nr_$1))"
}

# --- crier itself -----------------------------------------------------------

nr_crier=1 says_crier=yes tells_crier=all

lacks_crier() {
    return 1
}
version_crier() {
    "$CRIER" -V | head -n 1
}
# crier_page NODE TAG HOST INSTANCE PORT FROM
crier_page() {
    service "$2" page <<END
name "$4"
type _interop._tcp
port $5
txt  from=$6
txt  path=/
END
    crier_run "$1" "$2" <<END
hostname $3
END
}
up_crier() {
    crier_page crier crierd crier 'crier page' 8001 crier
    within 10 has "$W/crierd.err" 'published "crier page"'
}
browse_crier() {
    spawn crier crier $python "$test_dir/rows.py" crier "$CRIER" browse -j \
        _interop._tcp
}
down_crier() {
    end crierd
}

# --- avahi, and the NSS module beside it ------------------------------------

nr_avahi=2 says_avahi=yes tells_avahi=all

lacks_avahi() {
    lacks avahi-daemon avahi-browse avahi-publish dbus-daemon
}
version_avahi() {
    avahi-daemon --version
}
up_avahi() {
    rm -f "$W/avahi.bus"
    avahi_start avahi avahi
    avahi_spawn avahi avahi-page avahi-publish -s 'avahi page' \
        _interop._tcp 8002 from=avahi path=/
    within 10 has "$W/avahi-page.err" '^Established'
}
browse_avahi() {
    avahi_spawn avahi avahi $python "$test_dir/rows.py" avahi \
        avahi-browse -pr _interop._tcp
}
down_avahi() {
    end avahi-page
    end avahi-avahi
    end avahi-bus
}

nr_nss=2 says_nss=no tells_nss=host # on avahi's host

lacks_nss() {
    lacks_avahi || lacks_file "$nss_libs/libnss_mdns4.so.2" libnss-mdns
}
version_nss() {
    echo 'libnss-mdns 0.15'
}
up_nss() {
    :
}
browse_nss() {
    echo 'hosts: files mdns4' >"$W/nsswitch.conf"
    # shellcheck disable=SC2016
    spawn avahi nss env LD_LIBRARY_PATH="$nss_libs" \
        unshare --mount sh -c '
            mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf &&
            exec "$2" "$3/names.py" libc "$1/hosts"' - "$W" $python "$test_dir"
}
down_nss() {
    tell nss TERM
}

# --- systemd-resolved -------------------------------------------------------

nr_resolved=3 says_resolved=yes tells_resolved=all
resolved=$parts/root/lib/systemd/systemd-resolved
resolvectl=$parts/root/usr/bin/resolvectl

lacks_resolved() {
    lacks dbus-daemon && return
    lacks_file "$resolved" systemd-resolved && return
    [ -d /etc/systemd ] || {
        echo 'no /etc/systemd here'
        return 0
    }
    [ "$(id -u)" -eq 0 ] && grep -q ' 0 *4294967295' /proc/self/uid_map &&
        return 1
    echo 'it wants to be root'
}
version_resolved() {
    LD_LIBRARY_PATH=$libs/systemd "$resolvectl" --version | head -n 1
}
# Settings and names of users are of this host only: mounts in its own space.
up_resolved() {
    rm -f "$W/resolved.bus"
    bus_start resolved
    cp /etc/passwd "$W/resolved.passwd"
    echo 'systemd-resolve:x:0:0::/:' >>"$W/resolved.passwd"
    : >"$W/resolv.conf"
    # shellcheck disable=SC2016
    spawn resolved resolvedd env LD_LIBRARY_PATH="$libs/systemd" \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/resolved.bus" sh -c '
            mount --bind "$1/resolved.passwd" /etc/passwd
            mount --bind "$1/resolv.conf" /etc/resolv.conf
            mount -t tmpfs tmpfs /etc/systemd || exit 1
            mkdir -p /etc/systemd/dnssd /run/systemd /run/dbus
            printf "%s\n" "[Resolve]" MulticastDNS=yes LLMNR=no \
                DNSStubListener=no FallbackDNS= >/etc/systemd/resolved.conf
            printf "%s\n" "[Service]" "Name=resolved page" \
                Type=_interop._tcp Port=8003 \
                "TxtText=from=resolved path=/" >/etc/systemd/dnssd/page.dnssd
            exec "$2"' - "$W" "$resolved"
    within 10 resolvectl_run mdns s0 yes
    within 10 seen cap 'R an resolved(-?[0-9]*)?.local A 120'
}
resolvectl_run() {
    run resolved 10 env LD_LIBRARY_PATH="$libs/systemd" \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/resolved.bus" \
        "$resolvectl" --no-pager "$@" >/dev/null 2>&1
}
browse_resolved() {
    spawn resolved resolved env LD_LIBRARY_PATH="$libs/systemd" \
        DBUS_SYSTEM_BUS_ADDRESS="unix:path=$W/resolved.bus" \
        $python "$test_dir/names.py" resolved "$W/names" "$resolvectl"
}
down_resolved() {
    tell resolved TERM
    end resolvedd
    end resolved-bus
}

# --- python-zeroconf --------------------------------------------------------

nr_zeroconf=4 says_zeroconf=yes tells_zeroconf=all

lacks_zeroconf() {
    PYTHONPATH=$python_libs $python -c 'import zeroconf' 2>/dev/null &&
        return 1
    echo 'no python3-zeroconf here'
}
version_zeroconf() {
    PYTHONPATH=$python_libs $python -c \
        'import zeroconf; print("python-zeroconf", zeroconf.__version__)'
}
up_zeroconf() {
    spawn zeroconf zeroconf env PYTHONPATH="$python_libs" \
        $python "$test_dir/zeroconf_peer.py" zeroconf 'zeroconf page' 8004 10.77.0.4
    within 15 has "$W/zeroconf.out" ' up '
}
browse_zeroconf() {
    tell zeroconf USR2
}
down_zeroconf() {
    end zeroconf
}

# --- packages of npm --------------------------------------------------------

nr_bonjour=5 says_bonjour=yes tells_bonjour=all
nr_mdns=6 says_mdns=yes tells_mdns=all
nr_ciao=7 says_ciao=yes tells_ciao=nothing

lacks_npm() { # PACKAGE
    lacks node || lacks_file "$parts/node_modules/$1/package.json" "$1"
}
version_npm() { # PACKAGE
    sed -n 's/^ *"version": "\(.*\)".*/'"npm ${1##*/}"' \1/p' \
        "$parts/node_modules/$1/package.json"
}
up_npm() { # PEER
    spawn "$1" "$1" env NODE_PATH="$parts/node_modules" node \
        "$test_dir/$1.js" "$1" "$1 page" "$(port "$1")" "$(address "$1")"
    within 15 has "$W/$1.out" ' up |already in use'
}
lacks_bonjour() { lacks_npm bonjour-service; }
version_bonjour() { version_npm bonjour-service; }
up_bonjour() { up_npm bonjour; }
browse_bonjour() { tell bonjour USR2; }
down_bonjour() { end bonjour; }

lacks_mdns() { lacks_npm multicast-dns; }
version_mdns() { version_npm multicast-dns; }
up_mdns() { up_npm mdns; }
browse_mdns() { tell mdns USR2; }
down_mdns() { end mdns; }

lacks_ciao() { lacks_npm @homebridge/ciao; }
version_ciao() { version_npm @homebridge/ciao; }
up_ciao() { up_npm ciao; }
browse_ciao() { :; }
down_ciao() { end ciao; }

# --- troglobit mdnsd --------------------------------------------------------

nr_mdnsd=8 says_mdnsd=yes tells_mdnsd=names
mdnsd_run="env LD_LIBRARY_PATH=$libs stdbuf -oL $parts/root/usr"

lacks_mdnsd() {
    lacks stdbuf || lacks_file "$parts/root/usr/sbin/mdnsd" mdnsd
}
version_mdnsd() {
    echo "troglobit mdnsd $(LD_LIBRARY_PATH=$libs \
        "$parts/root/usr/sbin/mdnsd" -v)"
}
up_mdnsd() {
    mkdir -p "$W/mdns.d"
    printf 'type _interop._tcp\nname mdnsd\nport 8008\n%s\n%s\n' \
        'txt from=mdnsd' 'txt path=/' >"$W/mdns.d/page.service"
    # shellcheck disable=SC2086
    spawn mdnsd mdnsd-page $mdnsd_run/sbin/mdnsd -n -i s0 -l info \
        "$W/mdns.d"
    within 10 seen cap 'R an mdnsd._interop._tcp.local SRV 120'
}
browse_mdnsd() {
    # shellcheck disable=SC2086
    spawn mdnsd mdnsd $python "$test_dir/rows.py" mquery \
        $mdnsd_run/bin/mquery -i s0 -t 12 _interop._tcp.local.
}
down_mdnsd() {
    end mdnsd-page
}
