// ciao.js - a service of npm @homebridge/ciao, which cannot browse; see say.js
'use strict';
const ciao = require('@homebridge/ciao');
const {me, txt, say, obey} = require('./say');

const responder = ciao.getResponder({interface: 's0'});
const service = responder.createService({
    name: me.instance, type: 'interop', port: me.port, txt,
    hostname: me.host,
});

service.on('name-change', (name) => say('up', name));
service.on('hostname-change', (name) => say('host', name));
service.advertise().then(
    () => say('up', me.instance),
    (e) => say('error', e.message));

obey(() => {}, (done) => responder.shutdown().then(done));
