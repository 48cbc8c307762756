#!/bin/sh
# too many, too large, and nothing there: each has its message
. "$(dirname "$0")/lib.sh"
mkdir "$W/s" "$W/void"
conf() { # lines from standard input
    {
        cat
        echo "services $W/s"
    } >"$W/conf"
}
lines() { # COUNT TEXT, %N in it is the number
    seq 1 "$1" | while read -r n; do
        echo "$2" | sed "s/%N/$n/"
    done
}

# Lists of a service file, and of the configuration.
{
    printf 'type _http._tcp\nport 80\n'
    lines 17 'cname www%N'
} >"$W/s/a.service"
{
    printf 'type _http._tcp\nport 80\n'
    lines 17 'interface eth%N'
} >"$W/s/b.service"
conf </dev/null
try 2 check -c "$W/conf"
says err "$W/s/a.service:19:1: E015: cname: more than 16 names"
says err "$W/s/b.service:19:1: E015: interface: more than 16 times"
rm "$W"/s/*
lines 17 'guest-socket /run/guest%N name a type _b._tcp' | conf
try 2 check -c "$W/conf"
says err "$W/conf:17:1: E015: guest-socket: more than 16 times"

# The TXT record that fills the largest packet, and one too large for it.
large() { # BYTES of the last string
    printf 'name %063d\ntype _http._tcp\nport 80\n' 0
    lines 34 "txt %N=$(printf '%0252d' 0)"
    printf 'txt %0*d\n' "$1" 0
}
conf </dev/null
large 100 >"$W/s/a.service"
try 0 check -c "$W/conf"
large 170 >"$W/s/a.service"
try 2 check -c "$W/conf"
says err 'local does not fit a packet of 9000 bytes; shorten its txt'
says err "$W/s/a.service: E032: "
rm "$W"/s/*

# No directory to save in; what cannot be saved.
echo 'services none' >"$W/conf"
CRIER_CONFIG=$W/conf
export CRIER_CONFIG
try 2 add web _http._tcp 80 --save
says err 'E070: no directory for service files: the configuration has none'
echo "services $W/s" >"$W/conf"
for words in 'htp 80' '_http._tcp bad' '_http._tcp 80 a=b =x'; do
    # shellcheck disable=SC2086
    try 2 add web $words --save
    grep -Eq '^crier: E02[0-9]: read (type "htp": |port "bad", |txt "=x": )' \
        "$W/err" || fail 'what is wrong?'
    [ -z "$(ls "$W/s")" ] || fail 'it is saved'
done
for option in '--lease 5s' '--while-pid 1' '--while-path /' '--grace 1s'; do
    # shellcheck disable=SC2086
    refused 'what is saved stays: no --lease, --while-pid, --while-path or' \
        add web _http._tcp 80 --save $option
done
refused '--address makes a host, and --save is for services' \
    add nas --save --host nas --address 10.0.0.1
unset CRIER_CONFIG
