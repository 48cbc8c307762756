// say.js - what the JavaScript peers share: arguments and lines of output
//
// A peer is started as PEER.js HOST INSTANCE PORT ADDRESS; README.md has the
// lines that it prints and the signals that it obeys.
'use strict';

const [host, instance, port, address] = process.argv.slice(2);

exports.me = {host, instance, port: Number(port), address};
exports.txt = {from: host, path: '/'};

function say(...words) {
    process.stdout.write(`${Date.now()} ${words.join(' ')}\n`);
}
exports.say = say;

exports.found = (name, target, at, addresses, txt) => {
    const pairs = Object.entries(txt).map(([k, v]) => `${k}=${v}`);

    for (const a of addresses.length !== 0 ? addresses : ['-'])
        say(`+ ${name}|${target}|${at}|${a}|${pairs.sort().join(' ')}`);
};

// again(ask): after 1 s, 2 s more, 4 s more and so on (RFC 6762 section 5.2).
exports.again = (ask, wait = 1000) => {
    setTimeout(() => {
        ask();
        exports.again(ask, 2 * wait);
    }, wait);
};

// browse(): at SIGUSR2. leave(done): at SIGTERM, says goodbye, calls done.
exports.obey = (browse, leave) => {
    process.on('SIGUSR2', () => {
        say('browse');
        browse();
    });
    process.on('SIGTERM', () => leave(() => process.exit(0)));
    setInterval(() => {}, 1000); // some packages leave nothing to wait for
};
