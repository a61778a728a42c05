// Merchants' keys of every kind: what signs a link, and what does not.
import assert from 'node:assert/strict';
import { createHmac, sign as signBytes } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { startEdge } from '../lib/edge.mjs';
import { claimsFor, flip, sign } from '../lib/sso.mjs';
import { merchantKey } from '../lib/state.mjs';

const { state, nginx, get } = await startEdge();

const html = { Accept: 'text/html' };
const SECOND = 1150; // files are looked at once a second

const keys = {
  ed: merchantKey('ed'),
  ec: merchantKey('ec', 'ES256'),
  rsa: merchantKey('rsa', 'RS256'),
  long: merchantKey('long', 'RS256', 4096),
};
const claims = (more) => claimsFor({ id: 'acme' }, 'anna', more);
const token = ({ secret, alg, kid }, more) => sign(claims(more), { key: secret, alg, kid });
const link = async (text) => get(`/acme/sso?token=${text}`, html);

// header.payload with any signature
function forge(header, signature) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  const input = `${part(header)}.${part(claims())}`;
  return `${input}.${signature(Buffer.from(input)).toString('base64url')}`;
}

state.record('acme', { sso_keys: Object.values(keys).map(({ jwk }) => jwk) });
await sleep(SECOND);

test('X5, F13: EdDSA, ES256 and RS256 of 2048 and 4096 bits sign links', async () => {
  for (const key of Object.values(keys)) {
    const answer = await link(await token(key));
    assert.equal(answer.status, 200, key.kid);
    assert.match(answer.json.params.PFORTE_HANDOFF, /^eyJ/, key.kid);
  }
});

test('X5, F13: a changed signature or claim of any kind is forged', async () => {
  for (const key of Object.values(keys)) {
    const good = await token(key);
    const [head, , tail] = good.split('.');
    const other = (await token(key, { sub: 'mallory' })).split('.')[1];
    const bad = [flip(good, good.length - 20), `${head}.${other}.${tail}`,
      good.slice(0, -4), `${good}AAAA`, `${head}.${other}.`];
    for (const text of bad) {
      const { status } = await link(text);
      assert.ok([400, 403].includes(status), `${key.kid} ${status}`);
    }
  }
});

test('F13: the key record alone decides the algorithm', async () => {
  const rows = [
    ['ES256 with the name of the RSA key', await sign(claims(), { key: keys.ec.secret, alg: 'ES256', kid: 'rsa' })],
    ['RS256 with the name of the EC key', await sign(claims(), { key: keys.rsa.secret, alg: 'RS256', kid: 'ec' })],
    ['EdDSA with the name of the EC key', await sign(claims(), { key: keys.ed.secret, alg: 'EdDSA', kid: 'ec' })],
    ['another RSA key', await sign(claims(), { key: keys.long.secret, alg: 'RS256', kid: 'rsa' })],
    ['none', forge({ alg: 'none', kid: 'rsa' }, () => Buffer.alloc(0))],
    ['PS256', await sign(claims(), { key: keys.rsa.secret, alg: 'PS256', kid: 'rsa' })],
    ['RS512', await sign(claims(), { key: keys.rsa.secret, alg: 'RS512', kid: 'rsa' })],
  ];
  const { publicKey } = keys.rsa.pair;
  const publics = [publicKey.export({ type: 'spki', format: 'pem' }),
    publicKey.export({ type: 'spki', format: 'der' }),
    Buffer.from(keys.rsa.jwk.n, 'base64url'), JSON.stringify(keys.rsa.jwk)];
  for (const secret of publics) {
    rows.push(['HS256 with the public key', forge({ alg: 'HS256', kid: 'rsa' },
      (input) => createHmac('sha256', secret).update(input).digest())]);
  }
  rows.push(['ES256 in DER', forge({ alg: 'ES256', kid: 'ec' },
    (input) => signBytes('sha256', input, keys.ec.pair.privateKey))]);
  for (const [what, text] of rows) {
    assert.equal((await link(text)).status, 403, what);
  }
});

test('X5: a record with a weak or a private key is broken, and changes nothing', async () => {
  const weak = merchantKey('weak', 'RS256', 1024);
  for (const jwk of [weak.jwk, keys.ec.secret, keys.rsa.secret, { ...keys.rsa.jwk, e: 'AQ' },
    { ...keys.ec.jwk, x: keys.ec.jwk.y }, { ...keys.rsa.jwk, alg: 'PS256' }]) {
    const log = nginx.mark();
    state.write('edge/acme.json',
      JSON.stringify({ ...state.records.acme, sso_keys: [keys.ed.jwk, jwk] }));
    await sleep(SECOND);
    assert.equal((await link(await token(keys.rsa))).status, 200);
    assert.match(log(), /acme\.json": key 2: .*the last good one stays/);
  }
  state.record('acme');
  await sleep(SECOND);
});
