// Any location behind the gate: static files, a proxied application and what it
// is told, downloads that it hands over, requests within requests, HTTP/2.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';

import { send } from '../lib/client.mjs';
import { startEdge } from '../lib/edge.mjs';
import { freePort } from '../lib/ports.mjs';
import { flip } from '../lib/sso.mjs';
import { until } from '../lib/stack.mjs';

const files = mkdtempSync(join(tmpdir(), 'pforte-files-'));
after(() => rmSync(files, { recursive: true }));
mkdirSync(join(files, 'acme/files'), { recursive: true });
writeFileSync(join(files, 'acme/files/price.txt'), 'for customers only\n');
writeFileSync(join(files, 'invoice.pdf'), '%PDF-1.7 for anna\n');
writeFileSync(join(files, 'theirs.html'), 'before <!--# include virtual="/globex/safe/invoice.pdf" --> after\n');
writeFileSync(join(files, 'page.html'), 'before <!--# include virtual="/acme/inner/x" --> after\n');

// The merchant's own application: it says what it was sent, and once in a while
// hands a download over to nginx.
const shop = { seen: [] };
const merchant = createServer((request, answer) => {
  shop.seen.push(request.url);
  if (request.url.startsWith('/download')) {
    answer.setHeader('X-Accel-Redirect', request.url === '/download-theirs' ? '/globex/safe/invoice.pdf'
      : request.url === '/download-own' ? '/acme/safe/invoice.pdf' : '/acme/vault/invoice.pdf');
    answer.end();
    return;
  }
  answer.setHeader('Content-Type', 'application/json');
  answer.end(JSON.stringify(request.rawHeaders));
});
const port = await freePort();
await new Promise((done) => merchant.listen(port, '127.0.0.1', done));
after(() => merchant.close());

const identity = `
  proxy_set_header X-Pforte-User $pforte_user;
  proxy_set_header X-Pforte-Customer $pforte_customer;
  proxy_set_header X-Pforte-Language $pforte_language;
  proxy_set_header Cookie "";`;

const shopAt = `
  location ^~ /acme/shop/ { pforte required; ${identity} proxy_pass http://127.0.0.1:${port}/; }
  location ^~ /acme/public/ { pforte optional; ${identity} proxy_pass http://127.0.0.1:${port}/; }
  location ^~ /acme/unset/ { pforte off; proxy_pass http://127.0.0.1:${port}/; }`;

const [loose, second] = [await freePort(), await freePort()];
const echo = (address) => `fastcgi_param DOCUMENT_URI $uri; fastcgi_pass ${address};`;

const { state, app, nginx, get, told, cookie } = await startEdge({
  http: `
    map $pforte_user $known { default no; "~." yes; }
    map "$pforte_scope:$pforte_verdict" $door { default closed; portal:valid open; }
    server {
      listen 127.0.0.1:${loose};
      underscores_in_headers on; ignore_invalid_headers off;
      error_page 400 405 /acme/public/refused;
      ${shopAt}
    }
    server {
      listen 127.0.0.1:${second} http2;
      error_page 400 /drawn;
      location = /drawn { internal; return 418; }
      ${shopAt}
      location / { pforte required; root ${files}; }
      location ~ "/sso$" { pforte_sso on; error_page 400 403 410 /refused; root ${files}; try_files /invoice.pdf =404; }
      location = /refused { internal; return 200 "$pforte_refused"; }
    }`,
  more: (address) => `
    ${shopAt}
    location ^~ /acme/files/ { pforte required; root ${files}; autoindex on; }
    location ^~ /acme/vault/ { internal; pforte required; alias ${files}/; }
    location ~ "^/(?<safe>[a-z][a-z0-9-]+)/safe/(?<file>.+)$" {
      internal; pforte required; pforte_tenant $safe; alias ${files}/$file;
    }
    location = /acme/theirs-page { pforte required; ssi on; ssi_types text/plain; alias ${files}/theirs.html; }
    location = /acme/page { pforte optional; ssi on; ssi_types text/plain; alias ${files}/page.html; }
    location = /acme/fixed { pforte off; ssi on; ssi_types text/plain; alias ${files}/page.html; }
    location ^~ /acme/inner/ { pforte required; ${echo(address)} }
    location ^~ /acme/billing/ { pforte required; pforte_require group=accounts; ${echo(address)} }
    location ^~ /acme/theirs/ { pforte required; pforte_tenant globex; ${echo(address)} }
    location = /acme/ask { internal; pforte required; ${echo(address)} }
    location = /acme/ask-billing { internal; pforte required; pforte_require group=accounts; ${echo(address)} }
    location ^~ /acme/asked/ { auth_request /acme/ask; fastcgi_pass ${address}; }
    location ^~ /acme/asked-billing/ { auth_request /acme/ask-billing; fastcgi_pass ${address}; }
    location ^~ /acme/both/ { pforte required; auth_request /acme/no; fastcgi_pass ${address}; }
    location ^~ /acme/either/ { satisfy any; pforte required; auth_request /acme/no; fastcgi_pass ${address}; }
    location = /acme/no { internal; return 403; }
    location ^~ /acme/mapped/ {
      pforte required;
      if ($door = closed) { return 404; }
      set $told "$known $door";
      fastcgi_param DOCUMENT_URI $uri; fastcgi_param TOLD $told; fastcgi_pass ${address};
    }
    location ^~ /acme/named/ { pforte required; root /nowhere; try_files $uri @named; }
    location @named { pforte required; pforte_require group=accounts; ${echo(address)} }
    location ^~ /acme/jumps/ { pforte optional; root /nowhere; try_files $uri @closed; }
    location @closed { pforte required; ${echo(address)} }
    location ^~ /acme/missing/ { pforte optional; root /nowhere; error_page 404 = /acme/inner/instead; }
    location ^~ /acme/rewritten/ { pforte off; rewrite ^/acme/rewritten/(.*)$ /acme/inner/$1 last; }
    location ^~ /acme/index/ { pforte off; alias ${files}/; index none.html /acme/inner/index; }
    location ^~ /acme/wrapped/ { pforte off; add_before_body /acme/inner/before; addition_types *; alias ${files}/; }
    location ^~ /acme/copied/ { pforte optional; mirror /acme/inner/copy; ${echo(address)} }
    location ^~ /acme/after/ { pforte off; post_action /acme/inner/after; return 204; }
    location ^~ /acme/below/ { pforte required; location ~ "[.]php$" { ${echo(address)} } ${echo(address)} }
    location ^~ /acme/limited/ { pforte required; limit_except GET { deny all; } ${echo(address)} }
  `,
});

const html = { Accept: 'text/html' };
const signedIn = { ...html, ...cookie(state.session('acme')) };
const strangers = {
  nobody: html,
  forged: { ...html, ...cookie(flip(state.session('acme'), 40)) },
  'of another tenant': { ...html, ...cookie(state.session('globex')) },
  stale: { ...html, ...cookie(state.session('acme', { age: 2000 })) },
};

beforeEach(() => {
  app.reset();
  shop.seen = [];
});

// Values of all headers that an application could take for that one.
function sent(answer, name) {
  const raw = answer.json;
  return raw.filter((_, i) => i % 2 === 1 &&
    raw[i - 1].toLowerCase().replace(/[^a-z0-9]/g, '-') === name);
}

test('static files are for those who are let in, whole and in part', async () => {
  const path = '/acme/files/price.txt';
  assert.equal((await get(path, signedIn)).text, 'for customers only\n');
  const part = await get(path, { ...signedIn, Range: 'bytes=4-12' });
  assert.equal(part.status, 206);
  assert.equal(part.text, 'customers');
  const { etag } = (await get(path, signedIn)).headers;
  assert.equal((await get(path, { ...signedIn, 'If-None-Match': etag })).status, 304);
  for (const [who, headers] of Object.entries(strangers)) {
    for (const more of [{}, { Range: 'bytes=0-3' }, { 'If-None-Match': etag }, { 'If-None-Match': '*' }]) {
      const answer = await get(path, { ...headers, ...more });
      assert.equal(answer.status, 303, who);
      assert.doesNotMatch(answer.text, /customers/);
    }
    assert.equal((await get('/acme/files/', headers)).status, 303, who);
    assert.equal((await get('/acme/files/none', headers)).status, 303, `${who}: what is there`);
  }
});

test('X12: a proxied application learns who is there, from nginx alone', async () => {
  const spellings = ['X-Pforte-User', 'x-pforte-user', 'X_Pforte_User', 'x_pforte_user',
    'X-Pforte_User', 'X_PFORTE-USER', 'X.Pforte.User'];
  const forged = Object.fromEntries(spellings.map((name) => [name, 'usr_root']));
  const more = { 'X-Pforte-Customer': ['cus_1', 'cus_2'], 'X_Pforte_Groups': 'root',
    'X-Pforte-Anything': 'root' };
  for (const base of [nginx.base, `http://127.0.0.1:${loose}`]) {
    const ask = (path, headers) => send(base + path, { headers });
    const anna = await ask('/acme/shop/', { ...signedIn, ...forged, ...more });
    assert.deepEqual(sent(anna, 'x-pforte-user'), ['usr_anna'], base);
    assert.deepEqual(sent(anna, 'x-pforte-customer'), ['cus_2000'], base);
    assert.deepEqual(sent(anna, 'x-pforte-language'), ['de'], base);
    assert.doesNotMatch(anna.text, /root|cus_1|v4\.local/, base);
    for (const [who, headers] of Object.entries(strangers)) {
      const seen = await ask('/acme/public/', { ...headers, ...forged, ...more });
      assert.equal(seen.status, 200);
      assert.deepEqual(sent(seen, 'x-pforte-user'), [], `${who} at ${base}`);
      assert.doesNotMatch(seen.text, /root|cus_1|v4\.local/, base);
    }
    for (const odd of [{ method: 'TRACE' }, { headers: { Host: 'a b' } }]) {
      const { status, text } = await send(`${base}/acme/public/`,
        { ...odd, headers: { ...odd.headers, ...forged, ...more } });
      assert.ok([400, 405].includes(status), `${status} at ${base}`);
      assert.doesNotMatch(text, /root|cus_1/, `${base}: on the way to an error page`);
    }
    const unset = await ask('/acme/unset/', { ...forged, ...more, 'X-Pfortexuser': 'kept' });
    assert.doesNotMatch(unset.text, /root|cus_1/, `${base}: no header is set there`);
    assert.match(unset.text, /kept/);
  }
});

test('nobody else reaches the proxied application, by any method', async () => {
  for (const headers of Object.values(strangers)) {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND']) {
      const { status } = await get('/acme/shop/x', headers, { method });
      assert.equal(status, ['GET', 'HEAD'].includes(method) ? 303 : 401, method);
    }
  }
  assert.deepEqual(shop.seen, []);
});

test('a download that the application hands over is behind the gate, and not there directly',
  async () => {
    const given = await get('/acme/shop/download', signedIn);
    assert.equal(given.status, 200);
    assert.equal(given.text, '%PDF-1.7 for anna\n');
    for (const headers of [signedIn, html]) {
      const direct = await get('/acme/vault/invoice.pdf', headers);
      assert.equal(direct.status, 404);
      assert.doesNotMatch(direct.text, /%PDF-1\.7/);
    }
    for (const [who, headers] of Object.entries(strangers)) {
      assert.equal((await get('/acme/shop/download', headers)).status, 303, who);
      const open = await get('/acme/public/download', headers);
      assert.equal(open.status, 303, `${who}: the inner location is closed, too`);
    }
  });

test('subrequests stay out of what is closed', async () => {
  for (const path of ['/acme/page', '/acme/fixed']) {
    assert.match((await get(path, signedIn)).text, /^before \{.*\} after/, path);
    for (const headers of Object.values(strangers)) {
      app.reset();
      const { status, text } = await get(path, headers);
      assert.equal(status, 200);
      assert.match(text, /^before .* after/s, path);
      assert.equal(app.seen.filter(({ params }) => /inner/.test(params.DOCUMENT_URI)).length, 0);
    }
  }
});

test('auth_request asks a closed location, and is asked beside one', async () => {
  const rows = [
    ['/acme/asked/', 200, 401], ['/acme/asked-billing/', 403, 401],
    ['/acme/both/', 403, 303], ['/acme/either/', 200, 401],
  ];
  for (const [path, inside, outside] of rows) {
    assert.equal((await get(path, signedIn)).status, inside, path);
    for (const [who, headers] of Object.entries(strangers)) {
      const { status } = await get(path, headers);
      assert.ok(status === outside || (path === '/acme/either/' && status === 403), `${path} ${who} ${status}`);
    }
  }
  const direct = await get('/acme/ask', signedIn);
  assert.equal(direct.status, 404);
  const accounts = { ...html, ...cookie(state.session('acme', { groups: ['accounts'] })) };
  assert.equal((await get('/acme/asked-billing/', accounts)).status, 200);
});

test('a location of another tenant is not opened by a way inside nginx', async () => {
  assert.equal((await get('/acme/theirs/x', signedIn)).status, 303);
  assert.match((await get('/acme/shop/download-own', signedIn)).text, /%PDF-1\.7/);
  const both = { ...html, Cookie: `${signedIn.Cookie}; pf-globex=${state.session('globex')}` };
  assert.match((await get('/acme/shop/download-theirs', both)).text, /%PDF-1\.7/);
  assert.equal((await get('/acme/shop/download-theirs', signedIn)).status, 303);
  const page = await get('/acme/theirs-page', signedIn);
  assert.match(page.text, /^before .* after/s);
  assert.doesNotMatch(page.text, /%PDF-1\.7/);
});

test('redirects inside nginx, try_files and error_page meet the gate of where they lead', async () => {
  for (const path of ['/acme/jumps/x', '/acme/missing/x', '/acme/rewritten/x']) {
    const seen = await told(path, signedIn);
    assert.equal(seen.status, 200, path);
    assert.doesNotMatch(seen.DOCUMENT_URI, /error/, path);
    for (const [who, headers] of Object.entries(strangers)) {
      app.reset();
      const answer = await get(path, headers);
      assert.ok([303, 401].includes(answer.status), `${path} ${who}: ${answer.status}`);
      assert.equal(app.seen.filter(({ params }) => !/error/.test(params.DOCUMENT_URI)).length, 0, path);
    }
  }
  assert.equal((await get('/acme/named/x', strangers.nobody)).status, 303);
  assert.equal((await get('/acme/named/x', signedIn)).status, 403);
});

test('variables in map, if and set tell the gate\'s own words', async () => {
  assert.equal((await told('/acme/mapped/', signedIn)).TOLD, 'yes open');
  for (const headers of Object.values(strangers)) {
    assert.equal((await get('/acme/mapped/', headers)).status, 404);
  }
});

test('limit_except and the gate: both must agree', async () => {
  assert.equal((await get('/acme/limited/', signedIn)).status, 200);
  assert.equal((await get('/acme/limited/', signedIn, { method: 'POST' })).status, 403);
  assert.equal((await get('/acme/limited/', html)).status, 303);
  assert.ok([401, 403].includes((await get('/acme/limited/', html, { method: 'OPTIONS' })).status));
});

test('X12: no other way inside nginx leads past the gate', async () => {
  const inner = () => app.seen.filter(({ params }) => /inner|below/.test(params.DOCUMENT_URI));
  for (const path of ['/acme/index/', '/acme/wrapped/invoice.pdf', '/acme/copied/x', '/acme/after/',
    '/acme/below/', '/acme/below/x.php']) {
    for (const headers of Object.values(strangers)) {
      await get(path, headers);
    }
    await get('/acme/limited/', signedIn); // by now the others were answered
    assert.deepEqual(inner(), [], path);
    await get(path, signedIn);
    await until(path, () => inner().length === 1);
    app.reset();
  }
});

// ---- requests as no browser writes them ----

function raw(text) {
  return new Promise((done, fail) => {
    let answer = '';
    const socket = dial(nginx.port, '127.0.0.1', () => socket.write(text));
    socket.setTimeout(3000, () => socket.destroy(new Error(`no answer to ${text}`)));
    socket.on('data', (part) => { answer += part; });
    socket.on('end', () => done(answer)).on('error', fail);
  });
}

const request = (lines, { target = '/acme/files/price.txt', method = 'GET', end = '' } = {}) =>
  raw(`${[`${method} ${target} HTTP/1.1`, 'Connection: close', ...lines].join('\r\n')}\r\n\r\n${end}`);

const statuses = (answer) => [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, code]) => Number(code));

test('X12: a request that two servers could read in two ways is none', async () => {
  const { Cookie } = signedIn;
  const inner = 'GET /acme/inner/second HTTP/1.1\r\nHost: h\r\n\r\n';
  const rows = [
    [['Host: a', 'Host: b', `Cookie: ${Cookie}`]], [['Host: a/b', `Cookie: ${Cookie}`]],
    [['Host: h', 'X-A: b', ` Cookie: ${Cookie}`]], [['Host: h', 'Cookie: a=b;', ` ${Cookie}`]],
    [['Host: h', 'X-Pforte-User : usr_root']], [['Host: h', 'X-A: b\rX-Pforte-User: usr_root']],
    [['Host: h', 'X-A: b\0c']],
    [['Host: h', 'Content-Length: 5', 'Transfer-Encoding: chunked'], { method: 'POST', end: `0\r\n\r\n${inner}` }],
    [['Host: h', 'Content-Length: 0', `Content-Length: ${inner.length}`], { method: 'POST', end: inner }],
    [['Host: h', 'Transfer-Encoding: xchunked'], { method: 'POST', end: inner }],
    [['Host: h', 'Transfer-Encoding: identity', 'Content-Length: 0'], { method: 'POST', end: inner }],
  ];
  for (const [lines, more] of rows) {
    const [status, ...others] = statuses(await request(lines, more));
    assert.ok([400, 501].includes(status), `${JSON.stringify(lines)}: ${status}`);
    assert.deepEqual(others, [], JSON.stringify(lines));
  }
  assert.deepEqual(app.seen.filter(({ params }) => /inner/.test(params.DOCUMENT_URI)), []);
  assert.deepEqual(statuses(await request(['Host: h', `Cookie: ${Cookie}`])), [200]);
  assert.deepEqual(statuses(await request(['Host: h', 'Cookie: a=b', `Cookie: ${Cookie}`])), [200]);
  assert.deepEqual(statuses(await request(['Host: h', `Cookie: ${Cookie}`, `Cookie: ${Cookie}`, 'Accept: text/html'])), [303]);
});

test('X1: an address with a host in it is of that host, whatever Host says', async () => {
  state.setHosts({ 'kunden.acme.example': 'acme', 'portal.globex.example': 'globex' });
  const ask = (host, asked) => request([`Host: ${host}`, 'Accept: text/html', `Cookie: ${signedIn.Cookie}`],
    { target: `http://${asked}/acme/inner/x` });
  await until('the hosts', async () => (await ask('x.example', 'portal.globex.example')).includes(' 303 '));
  assert.deepEqual(statuses(await ask('kunden.acme.example', 'portal.globex.example')), [303]);
  assert.deepEqual(statuses(await ask('portal.globex.example', 'kunden.acme.example')), [200]);
  state.setHosts({});
});

// ---- HTTP/2 ----

async function overH2(rows) {
  const client = connect(`http://127.0.0.1:${second}`);
  const ask = (headers) => new Promise((done, fail) => {
    const stream = client.request({ ':method': 'GET', ...headers });
    let text = '', head;
    stream.on('response', (found) => { head = found; });
    stream.on('data', (part) => { text += part; });
    stream.on('end', () => done({ status: head[':status'], headers: head, text }));
    stream.on('error', fail);
    stream.end();
  });
  const answers = await Promise.all(rows.map(ask));
  client.close();
  return answers;
}

test('HTTP/2: the same gate for each of many streams of one connection', async () => {
  const path = '/acme/files/price.txt';
  const cookies = [signedIn.Cookie, strangers.forged.Cookie, 'a=b'];
  const rows = Array.from({ length: 30 }, (_, i) =>
    ({ ':path': path, cookie: cookies[i % 3], accept: 'text/html' }));
  const answers = await overH2(rows);
  answers.forEach((answer, i) => {
    assert.equal(answer.status, i % 3 === 0 ? 200 : 303, String(i));
    assert.equal(answer.text === 'for customers only\n', i % 3 === 0);
  });
  assert.equal(answers[1].headers.location, '/acme/login?next=/files/price.txt');
});

test('HTTP/2: cookie crumbs are one cookie line, two session cookies are none', async () => {
  const [name, token] = signedIn.Cookie.split('=');
  const [crumbs, twice, problem, options] = await overH2([
    { ':path': '/acme/files/price.txt', cookie: ['a=b', `${name}=${token}`, 'c=d'] },
    { ':path': '/acme/files/price.txt', cookie: [`${name}=${token}`, `${name}=${token}`] },
    { ':path': '/acme/files/price.txt', accept: 'application/json' },
    { ':path': '/acme/files/price.txt', ':method': 'OPTIONS', accept: 'text/html' },
  ]);
  assert.equal(crumbs.status, 200);
  assert.equal(twice.status, 303);
  assert.equal(problem.status, 401);
  assert.equal(JSON.parse(problem.text).code, 'unauthorised');
  assert.equal(options.status, 401);
});

test('HTTP/2: identity and tokens are what they are over HTTP/1', async () => {
  const log = nginx.mark();
  const good = state.sso('acme');
  const bad = flip(good, 60);
  const [anna, refused, through] = await overH2([
    { ':path': '/acme/shop/', cookie: signedIn.Cookie, 'x-pforte-user': 'usr_root', 'x_pforte_user': 'usr_root' },
    { ':path': `/acme/sso?token=${bad}`, referer: `https://a.example/?token=${bad}` },
    { ':path': `/acme/sso?token=${good}` },
  ]);
  assert.deepEqual(sent({ json: JSON.parse(anna.text) }, 'x-pforte-user'), ['usr_anna']);
  assert.doesNotMatch(anna.text, /usr_root/);
  assert.equal(refused.text, 'forged');
  assert.match(through.text, /%PDF-1\.7/);
  assert.match(log(), /link refused.*request: "GET \/acme\/sso\?token=\*\*\* HTTP\/2\.0".*referrer: "https:\/\/a\.example\/\?token=\*\*\*"/);
  assert.ok(!log().includes(bad.slice(-20)));
});

// :path twice, after a Referer: nginx answers 400 before it has put a request line
// together.
test('F13: HTTP/2 without a request line, but with a link in its Referer, gets its error page', async () => {
  const text = (s) => Buffer.concat([Buffer.of(s.length), Buffer.from(s)]);
  const frame = (type, flags, stream, payload) => {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, payload]);
  };
  for (const referer of ['https://a.example/?b=c', 'https://a.example/?token=abcdef']) {
    const headers = Buffer.concat([Buffer.of(0x82, 0x86, 0x84, 0x0f, 0x24), text(referer),
      Buffer.of(0x04), text('/x')]);
    const socket = dial(second, '127.0.0.1').on('error', () => {});
    let answer = '';
    socket.on('data', (data) => { answer += data.toString('latin1'); });
    socket.write(Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      frame(4, 0, 0, Buffer.alloc(0)), frame(1, 5, 1, headers)]));
    await until('an answer', () => /\x03(\d{3})/.test(answer));
    assert.match(answer, /\x03418/, referer);
    socket.destroy();
  }
});
