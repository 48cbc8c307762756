#!/bin/bash
# crier into an initramfs made by dracut: this file, start.sh and stop.sh go to
# /usr/lib/dracut/modules.d/90crier, then "dracut --add crier --force".
# Configuration and services are taken along. Debian: with dracut-network.

# Only where it is asked for.
check() {
    require_binaries ip crier || return 1
    return 255
}

depends() {
    echo kernel-network-modules
}

# shellcheck disable=SC2154  # dracut has moddir
install() {
    inst_multiple ip crier
    inst_multiple -o /etc/crier/crier.conf /etc/crier/services/*.service
    inst_hook pre-mount 50 "$moddir/start.sh"
    inst_hook cleanup 50 "$moddir/stop.sh"
}
