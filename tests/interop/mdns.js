// mdns.js - a responder and a browser on npm multicast-dns; see say.js
//
// The package only packs, sends and unpacks. This is what programs built on
// it do: answer questions for fixed records, say them twice at the start,
// collect what answers bring. No probes: it cannot lose a name.
'use strict';
const mdns = require('multicast-dns')();
const {me, txt, say, found, obey, again} = require('./say');

const type = '_interop._tcp.local';
const full = `${me.instance}.${type}`;
const host = `${me.host}.local`;
const mine = [
    {name: type, type: 'PTR', ttl: 4500, data: full},
    {name: full, type: 'SRV', ttl: 120, flush: true,
        data: {port: me.port, target: host}},
    {name: full, type: 'TXT', ttl: 4500, flush: true,
        data: Object.entries(txt).map(([k, v]) => `${k}=${v}`)},
    {name: host, type: 'A', ttl: 120, flush: true, data: me.address},
];

function lower(name) {
    return name.toLowerCase();
}

function answers(q) {
    return (a) => lower(a.name) === lower(q.name)
        && (q.type === 'ANY' || q.type === a.type);
}

mdns.on('query', (query) => {
    const hit = mine.filter((a) => query.questions.some((q) => answers(q)(a)));

    if (hit.length !== 0)
        mdns.respond({answers: hit,
            additionals: mine.filter((a) => !hit.includes(a))});
});

mdns.on('ready', () => {
    mdns.respond(mine);
    setTimeout(() => mdns.respond(mine, () => say('up', me.instance)), 1000);
});

// --- the browser ---

const instances = new Map(); // full name: has it been found?
const records = new Map(); // name and type: newest data

function complete(name) {
    const srv = records.get(`${name} SRV`);
    const list = records.get(`${name} TXT`);
    const a = srv && records.get(`${lower(srv.target)} A`);

    if (!srv)
        mdns.query(name, 'SRV');
    if (!list)
        mdns.query(name, 'TXT');
    if (srv && !a)
        mdns.query(srv.target, 'A');
    if (!a || !list)
        return;
    const pairs = [].concat(list).map((b) => b.toString().split('='));
    const got = [instances.get(name).label, srv.target, srv.port, [a],
        Object.fromEntries(pairs)];
    const text = JSON.stringify(got);

    if (instances.get(name).said !== text)
        found(...got);
    instances.get(name).said = text;
}

function hear(response) {
    for (const rr of response.answers.concat(response.additionals)) {
        if (rr.type === 'PTR' && lower(rr.name) === type) {
            const name = lower(rr.data);
            const label = rr.data.slice(0, -type.length - 1);

            if (rr.ttl === 0 && instances.delete(name))
                say('-', label);
            else if (rr.ttl !== 0 && !instances.has(name))
                instances.set(name, {label});
        } else if (['SRV', 'TXT', 'A'].includes(rr.type) && rr.ttl !== 0) {
            records.set(`${lower(rr.name)} ${rr.type}`, rr.data);
        }
    }
    for (const name of instances.keys())
        complete(name);
}

function browse() {
    mdns.on('response', hear);
    mdns.query(type, 'PTR');
    again(() => mdns.query(type, 'PTR'));
}

obey(browse, (done) =>
    mdns.respond(mine.map((a) => ({...a, ttl: 0})), done));
