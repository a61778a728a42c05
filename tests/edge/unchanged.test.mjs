// nginx with the module loaded and off answers as nginx without it: byte for
// byte, and in its error log.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect as connectH2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startApplication } from '../lib/fcgi.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { freePort } from '../lib/ports.mjs';
import { makeState } from '../lib/state.mjs';

const files = mkdtempSync(join(tmpdir(), 'pforte-plain-'));
after(() => rmSync(files, { recursive: true }));
mkdirSync(join(files, 'folder'));
writeFileSync(join(files, 'a.txt'), 'x'.repeat(3000));
writeFileSync(join(files, 'index.html'), '<p><!--# include virtual="/a.txt" --></p>');
writeFileSync(join(files, 'gone.html'), 'gone\n');

const app = await startApplication();
const backend = createServer((request, answer) => {
  answer.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT');
  answer.setHeader('Set-Cookie', ['a=b', 'c=d']);
  request.on('data', () => {}).on('end', () => answer.end(`${request.method} ${request.url} ` +
    JSON.stringify(request.rawHeaders.filter((_, i, all) => !/host/i.test(all[i - i % 2])))));
});
const backendPort = await freePort();
await new Promise((done) => backend.listen(backendPort, '127.0.0.1', done));
after(() => backend.close());
const nobody = await freePort();

const server = `
  root ${files};
  error_page 404 /gone.html;
  location = /ssi.html { ssi on; rewrite ^ /index.html break; }
  location /proxy/ { proxy_pass http://127.0.0.1:${backendPort}; }
  location /fcgi/ { fastcgi_param DOCUMENT_URI $uri; fastcgi_param A $arg_token; fastcgi_pass unix:${app.path}; }
  location /dead/ { proxy_pass http://127.0.0.1:${nobody}; }
  location /deny/ { deny all; }
  location /moved/ { return 301 /a.txt; }
  location /named/ { try_files $uri @named; }
  location @named { return 200 "named $request_uri $request\\n"; }
  location /any/ { satisfy any; deny all; auth_request /no; }
  location = /no { internal; return 401; }
  location /large { client_max_body_size 10; proxy_pass http://127.0.0.1:${backendPort}; }
`;

const get = (path, ...lines) => request('GET', path, ...lines);
const request = (method, path, ...lines) => [`${method} ${path} HTTP/1.1`, 'Host: h.example',
  'Connection: close', ...lines, '', ''].join('\r\n');

const requests = [
  get('/a.txt'), get('/a.txt', 'Range: bytes=10-19,30-'), get('/a.txt', 'Range: bytes=9999-'),
  get('/a.txt', 'If-None-Match: *'), get('/a.txt', 'Accept-Encoding: gzip'), request('HEAD', '/a.txt'),
  get('/folder'), get('/none'), get('/none?token=abc', 'Referer: http://x/s/abc'), get('/ssi.html'),
  get('/moved/x'), get('/named/x?token=abc'), get('/deny/x?token=abc', 'Referer: http://x/?token=abc'),
  get('/any/x'), get('/proxy/x?token=v4.local.abc', 'X-Pforte-User: root', 'Cookie: pf-acme=x; pf-acme=y'),
  get('/fcgi/x?token=eyJabc.d.e', 'X-Pforte-User: root'), get('/dead/x?token=abc'),
  request('POST', '/proxy/x', 'Content-Length: 5') + 'a=b&c',
  request('POST', '/fcgi/x', 'Transfer-Encoding: chunked') + '3\r\nabc\r\n0\r\n\r\n',
  request('POST', '/large', 'Content-Length: 11') + '12345678901',
  request('POST', '/a.txt', 'Content-Length: 0'), request('OPTIONS', '/a.txt'),
  request('PROPFIND', '/proxy/x'), request('TRACE', '/'), get('/a%2e%2e/x'), get('/%zz'),
  'GET /a.txt HTTP/9.9\r\n\r\n', 'nonsense\r\n\r\n', 'GET /a.txt\r\n',
  get('/a.txt', 'Bad Header: x'), get('/a.txt', 'X_Pforte_User: x'), `GET /${'x'.repeat(9000)} HTTP/1.1\r\n\r\n`,
  get('/a.txt', `Cookie: ${'x'.repeat(9000)}`), get('/a.txt', 'Host: second'),
  get('/a.txt').replace('Connection: close', 'Connection: keep-alive') + get('/none'),
];

const speak = (port, text) => new Promise((done, fail) => {
  const parts = [];
  const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'));
  socket.setTimeout(8000, () => socket.destroy(new Error(`no answer: ${text}`)));
  socket.on('data', (part) => parts.push(part));
  socket.on('end', () => socket.end());
  socket.on('close', () => done(Buffer.concat(parts).toString('latin1')));
  socket.on('error', fail);
});

async function overH2(port, path) {
  const client = connectH2(`http://127.0.0.1:${port}`);
  const stream = client.request({ ':path': path, ':authority': 'h.example' });
  let head, text = '';
  stream.on('response', (found) => { head = { ...found }; });
  for await (const part of stream) {
    text += part;
  }
  client.close();
  delete head.date;
  return JSON.stringify([head, text]);
}

const h2Paths = ['/a.txt', '/none?token=abc', '/proxy/x', '/moved/', '/deny/s/abc'];

// What differs between two runs of one nginx.
const plain = (text, { dir, port, second }) => text
  .replaceAll(dir, 'DIR').replaceAll(String(port), 'PORT').replaceAll(String(second), 'SECOND')
  .replace(/^Date: .*\r\n/gm, '')
  .replace(/boundary=\d+|--\d{20}(--)?/g, 'boundary')
  .replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /gm, '').replace(/\] \d+#\d+: (\*\d+ )?/g, '] ');

// Lines about processes are of starting, not of answering.
const lines = (text) => text.split('\n')
  .filter((line) => line && !/\[notice\]|http2" directive is deprecated|signal/.test(line)).sort();

async function run(parts) {
  const second = await freePort();
  const nginx = await startNginx({ ...parts, server,
    http: `${parts.http ?? ''} server { listen 127.0.0.1:${second} http2; ${server} }` });
  const own = { dir: nginx.dir, port: nginx.port, second };
  const answers = [];
  for (const text of requests) {
    answers.push(plain(await speak(nginx.port, text), own));
  }
  for (const path of h2Paths) {
    answers.push(plain(await overH2(second, path), own));
  }
  return { answers, log: lines(plain(nginx.log, own)), access: nginx.accessLog };
}

const asked = [...requests.map((text) => text.slice(0, 60)), ...h2Paths];

function same(found, wanted) {
  wanted.answers.forEach((answer, i) => assert.equal(found.answers[i], answer, asked[i]));
  assert.deepEqual(found.log, wanted.log);
  const shown = ({ access }) => access.replace(/\[[^\]]*\]/g, '');
  assert.equal(shown(found), shown(wanted));
}

test('X12: loaded and used nowhere, the module changes no answer and no line of a log', async () => {
  const without = await run({ module: false });
  assert.ok(without.log.some((line) => /token=abc/.test(line)), 'the requests leave lines');
  assert.ok(without.answers.every((answer, i) => answer.length > 10 || /^GET|nonsense/.test(asked[i])));
  same(await run({}), without);
});

test('X12: with a state and pforte off answers are the same, too', async () => {
  const state = makeState();
  const without = await run({ module: false });
  const off = await run({ http: `pforte_state ${state.dir}; pforte_zone pforte:1m; pforte off;` });
  // what a client says of itself, and the tokens in the lines of a log, are all
  const told = (text) => text.replace('"X-Pforte-User","root"', '"X-Pforte-User",""')
    .replace('"HTTP_X_PFORTE_USER":"root"', '"HTTP_X_PFORTE_USER":""')
    .replace(/(token=|\/s\/)[\w.]+/g, '$1***');
  without.answers.forEach((answer, i) => {
    const lengths = (text) => text.replace(/^Content-Length: .*\r\n|^[0-9a-f]+\r\n/gm, '');
    assert.equal(lengths(told(off.answers[i])), lengths(told(answer)), asked[i]);
  });
  assert.deepEqual(off.log.map(told), without.log.map(told));
});
