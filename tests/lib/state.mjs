// A state directory as the application keeps it for the edge: key ring, edge
// records, host index; and tokens sealed with its keys.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import { build } from './nginx.mjs';

export const now = () => Math.floor(Date.now() / 1000);
export const newKey = () => `k4.local.${randomBytes(32).toString('base64url')}`;

const time = (seconds) => new Date(seconds * 1000).toISOString().replace('.000', '');

const pairs = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: (modulusLength) => generateKeyPairSync('rsa', { modulusLength }),
};

// A merchant's key pair: { secret, jwk }, the private and the public JWK, and the
// KeyObjects.
export function merchantKey(kid, alg = 'EdDSA', bits = 2048) {
  const pair = pairs[alg](bits);
  const jwk = (key) => ({ ...key.export({ format: 'jwk' }), kid, alg });
  return { kid, alg, pair, secret: jwk(pair.privateKey), jwk: jwk(pair.publicKey) };
}

class State {
  records = {};

  constructor(dir) {
    this.dir = dir;
    mkdirSync(join(dir, 'edge'));
    mkdirSync(join(dir, 'mint'));
    this.setKeys([newKey()]);
  }

  // As the application does: a new file takes the old one's name.
  write(name, text) {
    const path = join(this.dir, name);
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  remove(name) {
    rmSync(join(this.dir, name));
  }

  setKeys(keys) {
    this.keys = keys;
    this.write('keyring', `${keys.join('\n')}\n`);
  }

  setHosts(hosts) {
    this.write('edge/hosts.json', JSON.stringify(hosts));
  }

  record(tenant, changes = {}) {
    this.records[tenant] = {
      tenant, revision: 1, name: tenant, hosts: [],
      languages: ['de', 'en', 'fr'], default_language: 'de', login_path: '/login',
      cookie_mode: 'lax', secure: false, frame_ancestors: [], sso_keys: [],
      ...this.records[tenant], ...changes,
    };
    this.write(`edge/${tenant}.json`, JSON.stringify(this.records[tenant]));
  }

  // A v4.local token with any claims, sealed with the first key, or `key`.
  seal(assertion, claims, key = this.keys[0]) {
    const ring = join(this.dir, 'mint', 'ring');
    writeFileSync(ring, `${key}\n`);
    return execFileSync(join(build, 'tests/mint'), [ring, assertion],
      { input: JSON.stringify(claims), encoding: 'utf8' }).trim();
  }

  // A session's copy as it lies in memcached under that key, `age` seconds old.
  copy(name, { age = 0, key = this.keys[0], ...row } = {}) {
    return Buffer.from(this.seal(`copy:${name}:${now() - age}`,
      { ended: 0, version: 1, expires: now() + 3600, username: 'anna', ...row }, key), 'hex');
  }

  // A session token; `age` seconds old. Claims that are undefined fall away.
  session(tenant, { age = 0, life = 900, key, ...claims } = {}) {
    return this.seal(`pforte:session:${tenant}`, {
      sid: randomBytes(32).toString('base64url'), version: 1, user: 'usr_anna',
      customer: 'cus_2000', scope: 'portal', groups: ['billing', 'support'],
      iat: time(now() - age), exp: time(now() - age + life), ...claims,
    }, key);
  }

  sso(tenant, { key, iat = now(), exp = now() + 60, ...claims } = {}) {
    return this.seal(`pforte:sso:${tenant}`, {
      aud: `pforte:${tenant}`, sub: 'anna', jti: randomBytes(12).toString('hex'),
      iat: time(iat), exp: time(exp), ...claims,
    }, key);
  }

  link(tenant, { key, iat = now(), exp = now() + 3600, ...claims } = {}) {
    return this.seal(`pforte:link:${tenant}`, {
      contract: 'con_1', jti: randomBytes(12).toString('hex'),
      iat: time(iat), exp: time(exp), ...claims,
    }, key);
  }
}

// acme and globex, in the path form; removed at the end of the test file.
export function makeState() {
  const state = new State(mkdtempSync(join(tmpdir(), 'pforte-state-')));
  state.record('acme');
  state.record('globex');
  after(() => rmSync(state.dir, { recursive: true, force: true }));
  return state;
}
