#!/bin/sh
# Guests of vm-bhyve (FreeBSD) as services of type _crier-vm._tcp
#
# Copy to the guest's directory and name it in its configuration:
#
#     cp vm-bhyve.sh /vm/GUEST/crier.sh
#     echo 'prestart="crier.sh"' >>/vm/GUEST/GUEST.conf
#
# It is called GUEST before each start and reboot. There is no such script for
# the end: the service goes when the guest's device has been gone for as long as
# a reboot takes.
exec >/dev/null 2>&1
PATH=$PATH:/usr/local/sbin:/usr/local/bin

guest=$1
timeout 2 crier add -n "$guest" --grace "${CRIER_GRACE:-30s}" \
    --while-path "${CRIER_VMM:-/dev/vmm}/$guest" \
    "$(printf 'vm-%.60s' "$guest")" _crier-vm._tcp 0 "hv=$(uname -n)"
exit 0
