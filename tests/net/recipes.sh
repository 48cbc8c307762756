#!/bin/sh
# the recipes of conf/hooks, called as libvirt, Proxmox VE, vm-bhyve and dnsmasq
# call them: with a daemon, without one, and with one that does not answer
. "$(dirname "$0")/lib.sh"

unset CRIER_SOCKET
hooks=$net_dir/../../conf/hooks
mkdir "$W/bin" "$W/pve" "$W/pve/qemu-server" "$W/pve/lxc" "$W/vmm"
ln -s "$CRIER" "$W/bin/crier"
pair
node c
lan lan0 a:v0 c:v0
addr a v0 10.8.0.1/24

# A domain as libvirt gives it, more or less.
cat >"$W/domain.xml" <<'END'
<domain type='kvm' id='3'>
  <name>db one</name>
  <uuid>6f0c9f4e-8a63-4d36-9d1b-0f5d2b6c8a11</uuid>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='KiB'>2097152</memory>
  <vcpu placement='static'>2</vcpu>
  <sysinfo type='smbios'>
    <system><entry name='uuid'>6f0c9f4e-8a63-4d36-9d1b-0f5d2b6c8a11</entry></system>
  </sysinfo>
  <os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><boot dev='hd'/></os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/var/lib/libvirt/images/db.qcow2' index='1'>
        <encryption format='luks'><secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/></encryption>
      </source>
    </disk>
    <interface type='bridge'>
      <mac address='52:54:00:6b:3c:58'/>
      <source bridge='br0'/>
      <target dev='vnet2'/>
      <model type='virtio'/>
    </interface>
    <interface type='network'><mac address='52:54:00:00:00:02'/></interface>
  </devices>
</domain>
END
cat >"$W/pve/qemu-server/101.conf" <<'END'
boot: order=scsi0
cores: 2
name: mail
net0: virtio=BC:24:11:5E:09:AF,bridge=vmbr0,firewall=1
smbios1: uuid=0d2f4a6c-51f4-4ad5-9b7a-2f3c5d6e7f80
hookscript: local:snippets/crier.sh

[before]
name: old-mail
smbios1: uuid=ffffffff-51f4-4ad5-9b7a-2f3c5d6e7f80
END
printf 'arch: amd64\nhostname: ct\nnet0: name=eth0,bridge=vmbr0\n' \
    >"$W/pve/lxc/102.conf"

# hook RECIPE ARGUMENT...: on a, with the standard input of ours. It ends well,
# soon, and says nothing, whatever it is about.
hook() {
    hook_file=$hooks/$1
    shift
    hook_begin=$(now_ms)
    at a env PATH="$W/bin:$PATH" CRIER_PVE="$W/pve" CRIER_VMM="$W/vmm" \
        CRIER_GRACE=2s DNSMASQ_INTERFACE=v0 "$hook_file" "$@" \
        >"$W/hook.out" 2>"$W/hook.err" ||
        fail "$hook_file $* ended with $?"
    hook_ms=$(($(now_ms) - hook_begin))
    [ ! -s "$W/hook.out" ] || fail "$hook_file $* has printed"
    [ ! -s "$W/hook.err" ] || fail "$hook_file $* has complained"
    [ $hook_ms -lt "${LIMIT_MS:-1900}" ] ||
        fail "$hook_file $* took $hook_ms ms"
}
# Each phase that there is, of each.
every_phase() {
    for phase in prepare start started reconnect attach migrate restore; do
        hook libvirt 'db one' $phase begin - <"$W/domain.xml"
    done
    hook libvirt 'db one' stopped end - <"$W/domain.xml"
    hook libvirt 'db one' release end - <"$W/domain.xml"
    for phase in pre-start post-start pre-stop post-stop; do
        hook proxmox.sh 101 $phase </dev/null
    done
    hook vm-bhyve.sh free </dev/null
    hook dnsmasq.sh init </dev/null
    for phase in add old del; do
        hook dnsmasq.sh $phase 52:54:00:00:00:09 10.8.0.90 pc </dev/null
    done
}
every_phase # no daemon at all

crier_run a host <<END
hostname host
END
announced cap host.local

hook libvirt 'db one' prepare begin - <"$W/domain.xml"
hook libvirt 'db one' start begin - <"$W/domain.xml"
hook libvirt 'db one' started begin - <"$W/domain.xml"
vm=_crier-vm._tcp.local
announced cap "db.032one.$vm"
expect "$W/cap.out" "R an db.032one.$vm TXT 4500 flush \"uuid=6f0c9f4e-8a63-4d36-9d1b-0f5d2b6c8a11\" \"mac=52:54:00:6b:3c:58\" \"hv=a\"" 'its TXT'
hook libvirt 'db one' migrate begin - <"$W/domain.xml"
hook libvirt 'db one' stopped end - <"$W/domain.xml"
wait_for 5 'its goodbye' seen cap "R an db.032one.$vm SRV 0 "
hook libvirt 'db one' release end - <"$W/domain.xml"

hook proxmox.sh 101 pre-start </dev/null
hook proxmox.sh 101 post-start </dev/null
hook proxmox.sh 102 post-start </dev/null
hook proxmox.sh 103 post-start </dev/null
announced cap "mail.$vm"
announced cap "ct.$vm"
announced cap "103.$vm"
expect "$W/cap.out" "R an mail.$vm TXT 4500 flush \"vmid=101\" \"uuid=0d2f4a6c-51f4-4ad5-9b7a-2f3c5d6e7f80\" \"hv=a\"" 'its TXT'
hook proxmox.sh 101 pre-stop </dev/null
hook proxmox.sh 101 post-stop </dev/null
wait_for 5 'its goodbye' seen cap "R an mail.$vm SRV 0 "

# The device comes after the script, and again after a reboot.
hook vm-bhyve.sh free </dev/null
: >"$W/vmm/free"
announced cap "free.$vm"
rm "$W/vmm/free"
hook vm-bhyve.sh free </dev/null
: >"$W/vmm/free"
never 4 'it went at a reboot' seen cap "R an free.$vm SRV 0 "
rm "$W/vmm/free"
wait_for 10 'its goodbye' seen cap "R an free.$vm SRV 0 "

spawn c cap2 "$PEER" capture v0
wait_for 10 'a capture' grep -q ready "$W/cap2.out"
hook dnsmasq.sh add 52:54:00:00:00:09 10.8.0.90 pc.example.org </dev/null
announced cap2 pc.local
expect "$W/cap2.out" 'R an pc.local A 120 flush 10.8.0.90' 'its address'
seen cap ' R .*pc.local' && fail 'it is told on another link'
hook dnsmasq.sh old 52:54:00:00:00:09 10.8.0.90 laptop </dev/null
announced cap2 laptop.local
hook dnsmasq.sh del 52:54:00:00:00:09 10.8.0.90 laptop </dev/null
wait_for 5 'its goodbye' seen cap2 'R an laptop.local A 0 flush 10.8.0.90'
hook dnsmasq.sh add 52:54:00:00:00:0a 10.8.0.91 </dev/null # without a name

# A real dnsmasq with a real client.
if command -v dnsmasq >/dev/null && command -v udhcpc >/dev/null; then
    # shellcheck disable=SC2016
    printf '#!/bin/sh\n[ "$1" != bound ] || exec ip addr add "$ip/24" dev v0\n' \
        >"$W/udhcpc"
    chmod +x "$W/udhcpc"
    spawn a dnsmasq env PATH="$W/bin:$PATH" dnsmasq --no-daemon \
        --conf-file=/dev/null --user=root --port=0 --interface=v0 --bind-interfaces \
        --dhcp-range=10.8.0.100,10.8.0.110,1h \
        --dhcp-leasefile="$W/leases" --dhcp-script="$hooks/dnsmasq.sh" \
        --dhcp-authoritative --no-ping
    wait_for 10 'dnsmasq' has "$W/dnsmasq.err" 'DHCP, IP range'
    spawn c udhcpc udhcpc -f -R -i v0 -x hostname:guest1 -s "$W/udhcpc"
    announced cap2 guest1.local
    expect "$W/cap2.out" 'R an guest1.local A 120 flush 10\.8\.0\.1[01]' address
    run c 5 "$CRIER" resolve -s none guest1.local >"$W/resolve.out" ||
        fail 'the client is not resolved'
    stop udhcpc # which gives its lease back
    wait_for 10 'its goodbye' seen cap2 'R an guest1.local A 0 flush'
    # What it knew before it started.
    stop dnsmasq
    echo "$(($(date +%s) + 3000)) 02:00:00:00:00:07 10.8.0.107 kept *" \
        >"$W/leases"
    spawn a dnsmasq2 env PATH="$W/bin:$PATH" dnsmasq --no-daemon \
        --conf-file=/dev/null --user=root --port=0 --interface=v0 --bind-interfaces \
        --dhcp-range=10.8.0.100,10.8.0.110,1h \
        --dhcp-leasefile="$W/leases" --dhcp-script="$hooks/dnsmasq.sh"
    announced cap2 kept.local
    stop dnsmasq2
else
    echo 'no dnsmasq with a DHCP client here to run its recipe'
fi

# A daemon that listens and does not answer costs two seconds, no more.
kill -STOP "$(pid host)"
LIMIT_MS=3900
hook libvirt 'db one' started begin - <"$W/domain.xml"
hook proxmox.sh 101 post-start </dev/null
hook dnsmasq.sh add 52:54:00:00:00:09 10.8.0.90 pc </dev/null
kill -CONT "$(pid host)"
stop host
LIMIT_MS=1900
every_phase # it is gone, its socket perhaps not
pass
