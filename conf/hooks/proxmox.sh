#!/bin/sh
# Guests of Proxmox VE as services of type _crier-vm._tcp
#
# Copy to a storage with snippets and set it for each guest:
#
#     cp proxmox.sh /var/lib/vz/snippets/crier.sh
#     qm set VMID --hookscript local:snippets/crier.sh     (pct set ... too)
#
# It is called VMID PHASE. A failure before the start would stop the guest from
# starting, and the others hold up the task, so the end is always good and soon.
exec >/dev/null 2>&1
PATH=$PATH:/usr/local/sbin:/usr/local/bin

vmid=$1 phase=$2
case $phase in
post-start)
    # Its name, and where a virtual machine has one, the UUID that it sees. What
    # stands behind "[" is about snapshots.
    pve=${CRIER_PVE:-/etc/pve}
    conf=$(sed '/^\[/,$d' "$pve/qemu-server/$vmid.conf" ||
        sed '/^\[/,$d' "$pve/lxc/$vmid.conf")
    name=$(printf '%s\n' "$conf" | sed -n 's/^\(host\)\{0,1\}name: *//p' |
        head -n 1)
    uuid=$(printf '%s\n' "$conf" |
        sed -n 's/^smbios1:.*uuid=\([0-9A-Fa-f-]*\).*/\1/p')
    timeout 2 crier add -n "${name:-$vmid}" "vm-$vmid" _crier-vm._tcp 0 \
        "vmid=$vmid" ${uuid:+"uuid=$uuid"} "hv=$(uname -n)"
    ;;
post-stop)
    timeout 2 crier rm "vm-$vmid"
    ;;
esac
exit 0
