#!/bin/sh
# DHCP clients of dnsmasq as hosts NAME.local, on the link that they are on
#
#     dhcp-script=/etc/crier/dnsmasq.sh
#
# For clients that do not speak Multicast DNS themselves, as guests on a bridge.
# It is called add|old|del MAC ADDRESS [NAME], old also for all leases at the
# start and on SIGHUP: send it one after a restart of crier. It runs as root
# unless dnsmasq has dhcp-scriptuser, who has to be in the group of crier's
# socket then. dnsmasq does the next lease when it has ended, so it ends soon.
exec >/dev/null 2>&1
PATH=$PATH:/usr/local/sbin:/usr/local/bin

# The name is what the client calls itself, its first label here.
name=${4%%.*}
case $1 in
add | old)
    [ -n "$name" ] || exit 0
    timeout 2 crier add --host "$name.local" --address "$3" \
        ${DNSMASQ_INTERFACE:+--interface "$DNSMASQ_INTERFACE"} "dhcp-$3"
    ;;
del)
    timeout 2 crier rm "dhcp-$3"
    ;;
esac
exit 0
