#!/bin/sh
# crier in an initramfs: from here on this machine is on its links, and the
# scripts behind this one find others, say their installer:
#
#     crier wait -T 60 _installer._tcp && crier browse -t -p -r _installer._tcp
#
# initramfs-tools: /etc/initramfs-tools/scripts/init-premount/crier
# dracut: see module-setup.sh
case ${1-} in
prereqs) exit 0 ;; # asked by initramfs-tools, and needs none
esac

# Links that are up are enough: IPv6 gives each an address. Those that get one
# later are followed.
for crier_link in /sys/class/net/*; do
    read -r crier_type <"$crier_link/type" || continue
    [ "$crier_type" != 1 ] || ip link set dev "${crier_link##*/}" up # Ethernet
done
crier run --detach --pidfile /run/crier.pid ||
    echo 'crier: not started; booting goes on' >&2
