// bonjour.js - a service and a browser of npm bonjour-service; see say.js
'use strict';
const {Bonjour} = require('bonjour-service');
const {me, txt, say, found, obey, again} = require('./say');

const bonjour = new Bonjour({}, (e) => say('error', e.message));
const service = bonjour.publish({
    name: me.instance, type: 'interop', port: me.port, txt,
    host: `${me.host}.local`,
});

// It gives up a name that is taken; there is no event for that.
service.on('up', () => say('up', service.name));

function browse() {
    const browser = bonjour.find({type: 'interop'}, (s) =>
        found(s.name, s.host, s.port, s.addresses, s.txt));

    browser.on('down', (s) => say('-', s.name));
    again(() => browser.update()); // it asks once by itself
}

obey(browse, (done) => bonjour.unpublishAll(done));
