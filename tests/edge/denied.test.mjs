// Who is not let in, and how it is told.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';

import { startEdge } from '../lib/edge.mjs';
import { until } from '../lib/stack.mjs';

const { state, app, nginx, get, told, cookie } = await startEdge({
  http: `log_format ids '$request_id $sent_http_x_id';
    access_log ids.log ids;`,
  more: (address) => `
    location ~ "/asked-first(/|$)" {
      set $id $request_id;
      add_header X-Id $id always;
      pforte required;
      fastcgi_pass ${address};
    }
    location ~ "/status(/|$)" { pforte required; pforte_denied 401; fastcgi_pass ${address}; }
    location ~ "/always(/|$)" { pforte required; pforte_denied redirect; fastcgi_pass ${address}; }
    location ~ "/login$" { pforte required; fastcgi_pass ${address}; }
    location ~ "/staff(/|$)" { pforte required; pforte_require scope=staff; fastcgi_pass ${address}; }
    location ~ "/either(/|$)" {
      pforte required;
      pforte_require scope=staff scope=portal group=billing;
      fastcgi_pass ${address};
    }
    location ~ "/any-in(/|$)" {
      satisfy any; allow 127.0.0.1; deny all;
      pforte required; fastcgi_pass ${address};
    }
    location ~ "/any-out(/|$)" {
      satisfy any; deny all;
      pforte required; fastcgi_pass ${address};
    }
    location ~ "/any-optional(/|$)" {
      satisfy any; deny all;
      pforte optional; fastcgi_pass ${address};
    }
    location ~ "/all(/|$)" { deny all; pforte required; fastcgi_pass ${address}; }
    location ~ "/plain(/|$)" { pforte required; error_page 401 =401 /plain.html; fastcgi_pass ${address}; }
    location = /plain.html { pforte off; fastcgi_pass ${address}; }
    location ~ "/mirrored(/|$)" { pforte optional; mirror /acme/secret; fastcgi_pass ${address}; }
  `,
});

const html = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const json = { Accept: 'application/json' };
const fetched = { 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty', Accept: '*/*' };
const navigated = { ...html, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };
const framed = { ...html, 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' };

beforeEach(() => app.reset());

// What a refused request got: login, problem, frame or page.
function kindOf(answer) {
  if (answer.status === 303) {
    return 'login';
  }
  return answer.type === 'application/problem+json' ? 'problem'
    : answer.json.params.PFORTE_DENIED;
}

test('X12: pforte_denied auto tells each asker in its own way', async () => {
  const rows = [
    ['GET', '/acme/', html, 'login'],
    ['GET', '/acme/', navigated, 'login'],
    ['GET', '/acme/', {}, 'login'],
    ['GET', '/acme/', json, 'problem'],
    ['GET', '/acme/', fetched, 'problem'],
    ['GET', '/acme/', framed, 'frame'],
    ['POST', '/acme/', navigated, 'page'],
    ['POST', '/acme/', json, 'problem'],
    ['PUT', '/acme/', {}, 'page'],
    ['POST', '/acme/', framed, 'frame'],
    ['GET', '/acme/', { Accept: 'text/html;q=0.5, application/json' }, 'problem'],
    ['GET', '/acme/', { Accept: 'application/json;q=0.5, text/html' }, 'login'],
  ];
  for (const [method, path, headers, kind] of rows) {
    const answer = await get(path, headers, { method });
    const row = `${method} ${path} ${JSON.stringify(headers)}`;
    assert.equal(kindOf(answer), kind, row);
    assert.equal(answer.status, kind === 'login' ? 303 : 401, row);
    assert.equal(answer.headers['cache-control'], 'no-store', row);
    assert.equal(answer.headers['www-authenticate'], undefined, row);
  }
});

test('X12: a path under /api/ gets a problem', async () => {
  const pinned = { Host: 'kunden.acme.example' };
  state.setHosts({ 'kunden.acme.example': 'acme' });
  await new Promise((done) => setTimeout(done, 1100));
  const answer = await get('/api/v1/x', { ...html, ...pinned });
  state.setHosts({});
  assert.equal(kindOf(answer), 'problem');
});

test('the problem has the shape of the application\'s', async () => {
  const answer = await get('/acme/', json);
  const { request_id, ...rest } = answer.json;
  assert.match(request_id, /^[0-9a-f]{32}$/);
  assert.deepEqual(rest, {
    type: 'urn:pforte:problem:unauthorised', title: 'You are not signed in', status: 401,
    detail: 'Please sign in to see this page.', code: 'unauthorised',
  });
  const head = await get('/acme/', json, { method: 'HEAD' });
  assert.equal(head.status, 401);
  assert.equal(head.text, '');
  const posted = await get('/acme/', json, { method: 'POST', body: 'x'.repeat(100_000) });
  assert.equal(posted.json.code, 'unauthorised');
});

test('a problem, the log and every other place name one request id, no two requests the same',
  async () => {
    const seen = [];
    for (const path of ['/acme/', '/acme/asked-first', '/acme/', '/acme/asked-first']) {
      const answer = await get(path, json);
      const line = await until('the line of the log', () => readFileSync(join(nginx.dir, 'ids.log'), 'utf8')
        .split('\n').find((one) => one.startsWith(answer.json.request_id)));
      assert.equal(line.split(' ')[1], answer.headers['x-id'] ?? '-', path);
      assert.equal(answer.headers['x-id'] ?? answer.json.request_id, answer.json.request_id);
      seen.push(answer.json.request_id);
    }
    assert.equal(new Set(seen).size, seen.length);
  });

test('the error location knows tenant, verdict, kind and status, and gets no body', async () => {
  const seen = await told('/acme/form?a=b', { ...html, ...cookie('v4.local.AAAA') },
    { method: 'POST', body: 'password=secret' });
  assert.equal(seen.status, 401);
  assert.equal(seen.DOCUMENT_URI, '/_pforte/error');
  assert.equal(seen.PFORTE_TENANT, 'acme');
  assert.equal(seen.PFORTE_PREFIX, '/acme');
  assert.equal(seen.PFORTE_VERDICT, 'malformed');
  assert.equal(seen.PFORTE_DENIED, 'page');
  assert.equal(seen.PFORTE_STATUS_CODE, '401');
  assert.equal(seen.body, '');
  const uri = await told('/acme/plain', framed);
  assert.equal(uri.DOCUMENT_URI, '/plain.html');
  assert.equal(uri.PFORTE_DENIED, 'frame');
  assert.equal(uri.PFORTE_VERDICT, 'none');
});

test('the way to the login page keeps path, query and language', async () => {
  const rows = [
    ['/acme/invoices', '/acme/login?next=/invoices'],
    ['/acme/', '/acme/login?next=/'],
    ['/acme', '/acme/login'],
    ['/acme/invoices?status=open&page=2', '/acme/login?next=/invoices?status%3Dopen%26page%3D2'],
    ['/acme/invoices?language=fr', '/acme/login?next=/invoices?language%3Dfr'],
    ['/acme/a+b', '/acme/login'],
    ['/acme//evil.example', '/acme/login'],
    ['/acme/%2f%2fevil.example', '/acme/login'],
    ['/acme/./x', '/acme/login'],
    ['/acme/a/../x', '/acme/login'],
    ['/x/../acme/x', '/acme/login'],
    ['/acme/\\evil.example', '/acme/login'],
    ['/acme/x?next=//evil.example', '/acme/login'],
    ['/acme/x?a=%0d%0aSet-Cookie:a=b', '/acme/login'],
    [`/acme/${'x'.repeat(300)}`, '/acme/login'],
    ['/acme/always', '/acme/login?next=/always'],
  ];
  for (const [path, location] of rows) {
    const answer = await nginx.raw(path, html);
    assert.equal(answer.statusCode, 303, path);
    assert.equal(answer.headers.location, location, path);
    assert.equal(answer.headers['set-cookie']?.length ?? 0, /language/.test(path) ? 1 : 0, path);
  }
  const next = new URL((await get('/acme/x?a=b&c=d', html)).headers.location, 'http://h')
    .searchParams.get('next');
  assert.equal(next, '/x?a=b&c=d');
});

test('a login page that is closed itself does not redirect to itself', async () => {
  for (const path of ['/acme/login', '/acme/login?next=/', '/acme/login?x']) {
    const seen = await told(path, html);
    assert.equal(seen.status, 401);
    assert.equal(seen.PFORTE_DENIED, 'page');
  }
});

test('pforte_denied 401 leaves all to error_page, redirect sends all to the login', async () => {
  for (const [headers, kind] of [[html, 'page'], [json, 'problem'], [framed, 'frame']]) {
    const seen = await told('/acme/status', headers);
    assert.equal(seen.status, 401);
    assert.equal(seen.DOCUMENT_URI, '/_pforte/error');
    assert.equal(seen.PFORTE_DENIED, kind);
  }
  for (const headers of [html, json, framed, fetched]) {
    assert.equal((await get('/acme/always', headers)).status, 303);
  }
  const posted = await get('/acme/always', html, { method: 'POST', body: 'a=b' });
  assert.equal(posted.status, 303);
  assert.equal(posted.headers.location, '/acme/login');
});

test('X12, X6: pforte_require lets in whom every kind of rule allows', async () => {
  const rows = [
    ['/acme/staff', {}, 403],
    ['/acme/staff', { scope: 'staff' }, 200],
    ['/acme/either', {}, 200],
    ['/acme/either', { scope: 'staff' }, 200],
    ['/acme/either', { scope: 'contract' }, 403],
    ['/acme/either', { groups: ['support'] }, 403],
    ['/acme/either', { groups: ['billing2', 'xbilling'] }, 403],
    ['/acme/either', { groups: [] }, 403],
  ];
  for (const [path, claims, status] of rows) {
    const headers = { ...html, ...cookie(state.session('acme', claims)) };
    const answer = await get(path, headers);
    assert.equal(answer.status, status, `${path} ${JSON.stringify(claims)}`);
    if (status === 403) {
      assert.equal(answer.json.params.PFORTE_DENIED, 'page');
      assert.equal(answer.json.params.PFORTE_STATUS_CODE, '403');
      const problem = await get(path, { ...headers, ...json });
      assert.equal(problem.json.code, 'forbidden');
    }
  }
  assert.equal((await get('/acme/staff', html)).status, 303);
});

test('X12: OPTIONS and other methods are no way in', async () => {
  for (const method of ['OPTIONS', 'HEAD', 'DELETE', 'PATCH', 'PROPFIND', 'TRACEX']) {
    const answer = await get('/acme/', html, { method });
    assert.ok(method === 'HEAD' ? answer.status === 303 : answer.status === 401,
      `${method} ${answer.status}`);
  }
  assert.equal(app.seen.filter(({ params }) => params.DOCUMENT_URI !== '/_pforte/error').length, 0);
  const preflight = { Origin: 'https://x.example', 'Access-Control-Request-Method': 'GET' };
  assert.equal((await get('/acme/', { ...preflight, ...html }, { method: 'OPTIONS' })).status, 401);
});

test('X12: paths written in another way do not slip past', async () => {
  const rows = ['/acme/./', '/acme/open/../', '/%61cme/', '//acme/', '/acme/%2e/', '/x/../acme/',
    '/acme/open%2f..%2f', '/acme/?/open', '/acme/%3f/', '/acme#/open', '/acme/opener'];
  for (const path of rows) {
    const answer = await nginx.raw(path, html);
    assert.equal(answer.statusCode, 303, path);
  }
  // "/open" at the end is a location that is open, and says so
  assert.equal((await told('/acme/x/open', html)).PFORTE_VERDICT, 'none');
});

test('with satisfy any only a passed check opens', async () => {
  const signedIn = { ...html, ...cookie(state.session('acme')) };
  const opened = await get('/acme/any-in', html);
  assert.equal(opened.status, 200);
  assert.equal(opened.headers['cache-control'], undefined);
  assert.equal((await get('/acme/any-out', html)).headers['cache-control'], 'no-store');
  assert.equal((await get('/acme/any-out', html)).status, 401);
  assert.equal((await get('/acme/any-out', json)).status, 401);
  assert.equal((await get('/acme/any-out', signedIn)).status, 200);
  assert.equal((await get('/acme/any-optional', html)).status, 403);
  assert.equal((await get('/acme/any-optional', signedIn)).status, 403);
  assert.equal((await get('/acme/all', signedIn)).status, 403);
});

test('subrequests live on what the main request found', async () => {
  const answer = await get('/acme/mirrored', cookie(state.session('acme')));
  assert.equal(answer.status, 200);
  for (let i = 0; i < 50 && app.seen.length < 2; i++) {
    await new Promise((done) => setTimeout(done, 10));
  }
  const mirrored = app.seen.find(({ params }) => params.DOCUMENT_URI === '/acme/secret');
  assert.equal(mirrored.params.PFORTE_VERDICT, 'valid');
  assert.equal(mirrored.params.PFORTE_USER, 'usr_anna');
});

test('a refusal is one line for the log, and no line of it has a token', async () => {
  const log = nginx.mark();
  const token = state.session('globex');
  await get('/acme/', { ...html, ...cookie(token) });
  assert.match(log(), /\[info\].*denied with 401, tenant "acme", session: forged/);
  assert.ok(!log().includes(token.slice(9, 60)));
});
