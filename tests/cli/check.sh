#!/bin/sh
# configuration and service files: all errors at once, with their places
. "$(dirname "$0")/lib.sh"
mkdir "$W/s"
conf() { # configuration from standard input, with our directory
    cat >"$W/conf"
    echo "services $W/s" >>"$W/conf"
}
service() {
    cat >"$W/s/$1.service"
}

conf </dev/null
try 0 check -c "$W/conf"
silent err
says out '0 services, no errors'

printf 'type _http._tcp\nport 80\n' | service web
printf 'name Other\ntype _http._tcp\nport 81\ntxt a=b\n' | service other
printf 'this is no service\n' >"$W/s/readme.txt"
printf 'neither this\n' >"$W/s/.hidden.service"
for how in "check -q" "run -q --check"; do
    # shellcheck disable=SC2086
    try 0 $how -c "$W/conf"
    silent out
    silent err
done
for how in "check" "run --check"; do
    # shellcheck disable=SC2086
    try 0 $how -c "$W/conf"
    says out '2 services, no errors'
done
CRIER_CONFIG=$W/conf
export CRIER_CONFIG
try 0 check
says out '2 services, no errors'
unset CRIER_CONFIG

# What is wrong in several files is told in one run, by check and by run.
printf 'type _http._tcp\nport 99999\ntxt =x\n' | service bad1
printf 'type http\n  prot 80\n' | service bad2
for how in check run; do
    try 2 "$how" -c "$W/conf"
    silent out
    says err "$W/s/bad1.service:2:6: E022: read port \"99999\", expected"
    says err "$W/s/bad1.service:3:5: E023: read txt \"=x\": "
    says err "$W/s/bad2.service:1:6: E020: read type \"http\": "
    says err "$W/s/bad2.service:2:3: E012: unknown key \"prot\"; did you mean \"port\"?"
done
rm "$W"/s/bad*

# Two of one name and type; three names that are one.
printf 'name OTHER\ntype _http._tcp\nport 82\n' | service third
try 2 check -c "$W/conf"
says err "$W/s/third.service: E031: OTHER._http._tcp.local is described twice"
rm "$W/s/third.service"
conf <<'END'
hostname web
alias WEB
END
try 2 check -c "$W/conf"
says err "$W/conf:2:1: E031: WEB.local is described twice"

# More than there is room for.
conf <<'END'
max-services 1
max-records 16
END
i=0
while [ $i -lt 20 ]; do
    printf 'name s%s\ntype _http._tcp\nport 80\n' $i | service s$i
    i=$((i + 1))
done
try 2 check -c "$W/conf"
says err 'E030: no room for '
rm "$W"/s/s*.service

# Missing directories and files.
echo "services $W/none" >"$W/conf"
try 2 check -c "$W/conf"
says err "$W/none: E010: cannot read the directory: No such file"
echo 'port 1' >"$W/conf"
try 2 check -c "$W/conf"
says err "$W/conf:1:1: E012: unknown key \"port\""
try 2 check -c "$W"
says err "$W: E010: cannot read the configuration: Is a directory"

# The samples that are delivered are right.
root=$cli_dir/../..
if [ -f "$root/conf/crier.conf" ]; then
    conf <"$root/conf/crier.conf"
    for file in "$root"/conf/services/*.example; do
        name=$(basename "$file" .service.example)
        cp "$file" "$W/s/$name.service"
    done
    try 0 check -c "$W/conf"
fi

# Configuration out of a pipe that is not written at once.
mkfifo "$W/pipe"
{
    sleep 0.2
    echo 'hostname web'
    sleep 0.2
    echo 'alias www'
    sleep 0.2
    echo 'bogus 1'
} >"$W/pipe" &
try 2 check -c "$W/pipe"
says err "$W/pipe:3:1: E012: unknown key"
wait
