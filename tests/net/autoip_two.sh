#!/bin/sh
# two interfaces of one host: on one link they get two addresses and keep
# them; on two links neither hears of the other
# proves L-3.4-01 L-3.4-02
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib_autoip.sh"

node a switch b
wire a:s0 switch:p0
wire a:s1 switch:p1
at switch ip link add lan type bridge forward_delay 0
at switch ip link set p0 master lan
at switch ip link set p1 master lan
at switch ip link set lan up
wire a:s2 b:s0
arp_watch switch frames lan
autoip a one s0 --start 169.254.7.7
autoip a two s1 --start 169.254.7.7
autoip a far s2 --start 169.254.7.8
bound one
first=$address
bound two
[ "$address" != "$first" ] || fail "both have $first"
bound far
[ "$address" = 169.254.7.8 ] || fail "no conflict there: $address"

# Somebody asks for one of them: only its own interface answers, so that the
# other one does not look like a thief.
arp switch lan request $stranger 169.254.50.50 "$first"
wait_for 3 'an answer' seen frames ' reply .* 169.254.50.50$'
arp switch lan reply $stranger 169.254.7.8 169.254.50.50
never 3 'a conflict' said far '(defended|lost)'
never 3 'a quarrel' said one '(defended|lost)'
not said two '(defended|lost)' || fail 'a quarrel'
arp b s0 reply $stranger 169.254.7.8 169.254.50.50
wait_for 3 'a defence' said far defended
pass
