// The directives: what nginx -t says, and a reload under load.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';
import { sanitized, testConfiguration } from '../lib/nginx.mjs';
import { until } from '../lib/stack.mjs';
import { selfSigned } from '../lib/tls.mjs';

const { state, nginx, get, cookie } = await startEdge({ workers: 2 });
const http = `pforte_state ${state.dir};`;

test('a good configuration passes', () => {
  const { ok, text } = testConfiguration({
    http: `${http} pforte off; pforte_denied 401; pforte_session_check off;`,
    server: `
      pforte optional; pforte_tenant acme; pforte_language off;
      location / { pforte required; pforte_require scope=staff group=a.b_c-1; }
      location /a { pforte_tenant $host; pforte_session_check app=/_pforte/session; }
      location /sso { pforte_sso on; }
      location /s/ { pforte_link on; }`,
  });
  assert.ok(ok, text);
});

test('nginx -t names file, line and what to write instead', () => {
  const rows = [
    ['', 'pforte yes;', /invalid value "yes" in "pforte" directive, it must be "off", "optional" or "required"/],
    ['', 'pforte REQUIRED;', /must be "off", "optional" or "required"/],
    ['', 'pforte_denied 403;', /"pforte_denied" directive, it must be "auto", "401" or "redirect"/],
    ['', 'pforte on off;', /invalid number of arguments in "pforte" directive/],
    ['', 'pforte off; pforte off;', /"pforte" directive is duplicate/],
    ['', 'pforte_require admin;', /invalid requirement "admin" in "pforte_require": it is scope=name or group=name/],
    ['', 'pforte_require scope=;', /invalid requirement "scope="/],
    ['', 'pforte_require scope=A;', /invalid requirement "scope=A"/],
    ['', 'pforte_require;', /invalid number of arguments/],
    ['', 'pforte_require scope=a; pforte_require scope=b;', /"pforte_require" directive is duplicate/],
    ['', 'pforte_session_check on;', /invalid parameter "on" in "pforte_session_check": it is "off", or/],
    ['', 'pforte_session_check app=session;', /invalid parameter "app=session"/],
    ['', 'pforte_session_check app=/a app=/b;', /invalid parameter "app=\/b"/],
    ['', 'pforte_session_check off app=/a;', /invalid parameter "off"/],
    ['', 'pforte_tenant api;', /invalid tenant "api" in "pforte_tenant": it is 2 to 31 characters/],
    ['', 'pforte_tenant hosts;', /"healthz" or "hosts"/],
    ['', 'pforte_tenant Acme;', /invalid tenant "Acme"/],
    ['', 'pforte_language de;', /invalid value "de" in "pforte_language" directive, it must be "on" or "off"/],
    ['', 'pforte_frame_ancestors https://a.example;', /"pforte_frame_ancestors" directive, it must be "on" or "off"/],
    ['', 'location / { pforte_sso yes; }', /"pforte_sso" directive, it must be "on" or "off"/],
    ['', 'pforte_sso on;', /"pforte_sso" directive is not allowed here/],
    ['', 'pforte_state /tmp;', /"pforte_state" directive is not allowed here/],
    ['', 'location / { pforte_sso on; pforte required; }', /"pforte required" shuts out those whom/],
    ['', 'location / { pforte_link on; pforte required; }', /"pforte required" shuts out those whom/],
    ['', 'location / { pforte_sso on; pforte_link on; }', /"pforte_sso" and "pforte_link" cannot be on in one location/],
    ['pforte_state /nowhere;', '', /"pforte_state" names "\/nowhere", which is no directory/],
    ['pforte_state /etc/passwd;', '', /"\/etc\/passwd", which is no directory/],
    [`${http} ${http}`, '', /"pforte_state" directive is duplicate/],
    ['-', 'pforte required;', /need "pforte_state" in the http block/],
    ['-', 'location /sso { pforte_sso on; }', /need "pforte_state" in the http block/],
  ];
  for (const [own, server, sentence] of rows) {
    const { ok, text } = testConfiguration({ http: own === '-' ? '' : own || http, server });
    assert.equal(ok, false, server || own);
    assert.match(text, sentence);
    assert.match(text, /\[emerg\].* in \S+nginx\.conf:\d+/, server);
  }
});

test('every directive and variable of the module is in the manual, and no other', () => {
  const source = (name) =>
    readFileSync(new URL(`../../ngx_module/ngx_http_pforte_${name}.c`, import.meta.url), 'utf8');
  const manual = readFileSync(new URL('../../docs/DIRECTIVES.md', import.meta.url), 'utf8');
  const named = (text, from) => [...text.matchAll(from)].map(([, name]) => name).sort();
  assert.deepEqual(named(manual, /^### (pforte\w*)$/gm),
    named(source('module'), /^ {4}\{ ngx_string\("(pforte\w*)"\),$/gm));
  assert.deepEqual(named(manual, /^\| `\$(pforte_\w+)` \|/gm),
    named(source('variables'), /^ {4}\{ ngx_string\("(pforte_\w+)"\),/gm));
});

test('reloads and key rolls under load fail no request', async () => {
  const old = state.session('acme');
  let running = true;
  let done = 0;
  const failed = [];
  const load = async () => {
    while (running) {
      try {
        const { status } = await get('/acme/trust', cookie(old));
        if (status !== 200) {
          failed.push(status);
        }
      } catch (error) {
        failed.push(error.code ?? error.message);
      }
      done++;
    }
  };
  const clients = Array.from({ length: 4 }, load);
  try {
    for (let i = 0; i < 4; i++) {
      await nginx.reload();
      state.setKeys([...state.keys].reverse());
      state.record('acme', { revision: i + 2 });
      const before = done;
      await until('requests behind it', () => done >= before + 15);
    }
  } finally {
    running = false;
    await Promise.all(clients);
  }
  assert.deepEqual(failed, []);
});

const size = () => nginx.workers.reduce((sum, pid) => sum +
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]), 0);

// Sanitizers keep what was freed.
test('many requests leave no memory behind', { skip: sanitized }, async () => {
  const round = async (from) => {
    for (let i = from; i < from + 400; i++) {
      await get(`/acme/trust?${i}`, cookie(token));
    }
  };
  const token = state.session('acme');
  await round(0);
  const before = size();
  await round(1000);
  assert.ok(size() - before < 2048, `${before} kB, then ${size()} kB`);
});

test('X12: hosts, tenants, keys and tokens that nobody knows leave none either', { skip: sanitized },
  async () => {
    const text = (bytes) => randomBytes(bytes).toString('base64url');
    const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const kinds = [
      (i) => ['/nobody/trust', { Host: `h${i}.example` }],
      (i) => [`/t${i}/trust`],
      (i) => [`/acme/sso?token=${part({ alg: 'EdDSA', kid: `k${i}` })}.${part({})}.${text(64)}`],
      () => ['/acme/trust', cookie(`v4.local.${text(120)}.${part({ kid: `k4.lid.${text(33)}` })}`)],
      () => ['/acme/trust', cookie(text(200))],
    ];
    const round = async (from) => {
      for (let i = from; i < from + 500; i++) {
        const statuses = await Promise.all(kinds.map(async (kind) => (await get(...kind(i))).status));
        assert.deepEqual(statuses, [404, 404, 403, 303, 303]);
      }
    };
    await round(0);
    const before = size();
    await round(1000);
    assert.ok(size() - before < 1024, `${before} kB, then ${size()} kB`);
  });

test('X9: the example for frames passes nginx -t', () => {
  const share = new URL('../..', import.meta.url).pathname;
  const keys = selfSigned(state.dir, 'portal.example');
  const example = (name) => readFileSync(`${share}conf/${name}`, 'utf8')
    .replaceAll('/usr/share/pforte', share).replaceAll('/etc/ssl/pforte/fullchain.pem', keys.cert)
    .replaceAll('/etc/ssl/pforte/key.pem', keys.key).replaceAll(/listen .*443 /g, 'listen 127.0.0.1:1 ')
    .replace('listen 127.0.0.1:1 ssl http2;\n', '');
  const { ok, text } = testConfiguration({ http: `${http}
    include ${share}conf/http.conf; pforte_memcached off;
    upstream pforte_pages { server unix:/p; }
    upstream pforte_passwords { server unix:/q; }
    ${example('embed.conf')}` });
  assert.ok(ok, text);
});
