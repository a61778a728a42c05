// Who may show answers in a frame: Content-Security-Policy of the module.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pforte-frame-'));
const socket = join(dir, 'socket');

const origins = ['https://www.acme.example', 'https://shop.acme.example:8443'];

const edge = await startEdge({
  http: 'limit_req_zone $uri zone=few:1m rate=1r/m;',
  more: (app) => `
    location ~ "/listed(/|$)" { pforte off; pforte_frame_ancestors on; return 200 "x"; }
    location ~ "/unlisted(/|$)" { pforte required; pforte_frame_ancestors off; fastcgi_pass ${app}; }
    location ~ "/away(/|$)" { pforte required; fastcgi_pass unix:/nowhere; }
    location = /plain { return 200 "x"; }
  `,
  other: `server {
    listen unix:${socket};
    pforte_frame_ancestors on;
    error_page 503 /few.html;
    location / { pforte optional; limit_req zone=few; empty_gif; }
    location = /few.html { internal; return 503 "few"; }
  }`,
});
after(() => rmSync(dir, { recursive: true, force: true }));
edge.state.setHosts({ 'portal.acme.example': 'acme' });
edge.state.record('acme', { frame_ancestors: origins, hosts: ['portal.acme.example'] });
await new Promise((done) => setTimeout(done, 2100)); // the index is followed

const own = `frame-ancestors ${origins.join(' ')}`;
const nobody = "frame-ancestors 'none'";
const session = { ...edge.cookie(edge.state.session('acme')) };

// The lines of the policy, as they were sent.
const policies = ({ rawHeaders }) => rawHeaders.filter((text, i) =>
  i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === 'content-security-policy');

async function framed(path, { headers = {}, ...options } = {}, status = 200, wanted = own) {
  const answer = await edge.get(path, headers, options);
  assert.equal(answer.status, status, path);
  assert.deepEqual(policies(answer), wanted ? [wanted] : [], path);
  return answer;
}

// Status and policies of what the server that is all for frames says to that.
function spoken(text) {
  return new Promise((done, fail) => {
    const line = connect(socket, () => line.write(
      `${text}\r\nHost: portal.acme.example\r\nConnection: close\r\n\r\n`));
    let all = '';
    line.setEncoding('latin1').on('data', (part) => { all += part; }).on('error', fail)
      .on('end', () => done([all.split(' ')[1],
        ...[...all.matchAll(/^Content-Security-Policy: (.*)\r$/gm)].map(([, value]) => value)]));
  });
}

test('F12, X9: every answer of a tenant names its frame ancestors, once', async () => {
  await framed('/acme/', { headers: session });
  await framed('/acme/open');
  await framed('/acme/file', { headers: session });
  await framed('/acme/', {}, 303);
  await framed('/acme/', { method: 'POST', body: '' }, 401);
  await framed('/acme/', { headers: { 'Sec-Fetch-Dest': 'iframe' } }, 401);
  await framed('/acme/', { headers: { Accept: 'application/json' } }, 401);
  await framed('/acme/sso?token=x', {}, 400);
  await framed('/acme/', { headers: session, method: 'HEAD' });
  await framed('/acme/away', { headers: session }, 502);
});

test('F12: a tenant without a list, and who is no tenant, is framed by nobody', async () => {
  await framed('/globex/open', {}, 200, nobody);
  await framed('/nobody/', {}, 404, nobody);
  await framed('/globex/', {}, 303, nobody);
});

test('F12: a changed list counts without a reload', async () => {
  edge.state.record('globex', { frame_ancestors: ['https://www.globex.example'] });
  await new Promise((done) => setTimeout(done, 1100));
  await framed('/globex/open', {}, 200, 'frame-ancestors https://www.globex.example');
  edge.state.record('globex', { frame_ancestors: [] });
  await new Promise((done) => setTimeout(done, 1100));
  await framed('/globex/open', {}, 200, nobody);
});

test('F12: an answer before the gate has it too: a limit, a request that cannot be read', async () => {
  assert.deepEqual(await spoken('GET / HTTP/1.1'), ['200', own]);
  assert.deepEqual(await spoken('GET / HTTP/1.1'), ['503', own]);
  assert.deepEqual(await spoken('GET / HTTP/1.1\r\nContent-Length: x'), ['400', own]);
  assert.deepEqual(await spoken('TRACE / HTTP/1.1'), ['405', own]);
  assert.deepEqual(await spoken('GET /%00 HTTP/1.1'), ['400', nobody]);
});

test('pforte_frame_ancestors says where, else it is where the gate is', async () => {
  await framed('/plain', {}, 200, null);
  await framed('/acme/off', {}, 200, null);
  await framed('/acme/listed');
  await framed('/nobody/listed', {}, 200, nobody);
  await framed('/acme/unlisted', { headers: session }, 200, null);
});

test('an application\'s own policy stands beside it', async () => {
  const theirs = "default-src 'self'; frame-ancestors 'self'";
  edge.app.page = { headers: { 'Content-Security-Policy': theirs }, body: 'x' };
  assert.deepEqual(policies(await edge.get('/acme/open')), [theirs, own]);
  edge.app.reset();
});

test('F12: a file that has not changed is still ruled by the list', async () => {
  const first = await framed('/acme/file', { headers: session });
  const again = await framed('/acme/file',
    { headers: { ...session, 'If-Modified-Since': first.headers['last-modified'] } }, 304);
  assert.equal(again.bytes.length, 0);
});
