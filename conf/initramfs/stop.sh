#!/bin/sh
# crier leaves the initramfs, with goodbyes: the real system has its own
#
# initramfs-tools: /etc/initramfs-tools/scripts/init-bottom/crier
# dracut: see module-setup.sh
case ${1-} in
prereqs) exit 0 ;;
esac

if read -r crier_pid 2>/dev/null </run/crier.pid; then
    rm -f /run/crier.pid
    kill "$crier_pid" 2>/dev/null
    for crier_try in 1 2 3; do
        kill -0 "$crier_pid" 2>/dev/null || break
        [ "$crier_try" = 3 ] || sleep 1
    done
fi
