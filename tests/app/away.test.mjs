// The application is away: what people and programs are told, and what is not
// asked twice.
import assert from 'node:assert/strict';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { merchantPlace } from '../lib/place.mjs';
import { flip, handoff, linkFor, now, tokenFor } from '../lib/sso.mjs';
import { startStack, until } from '../lib/stack.mjs';

const { extra } = merchantPlace((dir) => `location ^~ /acme/own/ { pforte required; alias ${dir}/; }`);
const stack = await startStack({ extra });
const own = { skip: stack.skip };

// Nobody listens while during() runs.
async function away(during) {
  const sockets = ['pages.sock', 'passwords.sock'].map((name) => join(stack.state, 'run', name));
  for (const path of sockets) {
    renameSync(path, `${path}.away`);
    writeFileSync(path, ''); // as if who had listened there were gone
  }
  try {
    await during();
  } finally {
    sockets.forEach((path) => renameSync(`${path}.away`, path));
  }
}

test('the application is away: every page and refusal says so, and when to come back', own, async () => {
  const token = await tokenFor(stack.tenant('acme'), 'anna');
  const html = { headers: { Accept: 'text/html' } };
  const asked = [
    ['/acme/login', html], ['/acme/', { ...html, method: 'POST', body: '' }],
    ['/nobody/', html], ['/static/none', html], ['/acme/reset/secret', html],
    [handoff(stack.tenant('acme'), token), html],
    [handoff(stack.tenant('acme'), flip(token, token.length - 5)), html],
    ['/acme/', { headers: { 'Sec-Fetch-Dest': 'iframe', 'Sec-Fetch-Mode': 'navigate' } }],
  ];
  await away(async () => {
    for (const [path, options] of asked) {
      const answer = await stack.get(path, options);
      if (answer.status === 303) { // the refusal needs nobody
        continue;
      }
      assert.equal(answer.status, 503, path);
      assert.equal(answer.headers['retry-after'], '5', path);
      assert.match(answer.text, /<html lang="en"|Pforte|lang=/, path);
      assert.doesNotMatch(answer.text, /nginx/, path);
    }
  });
  assert.equal((await stack.get(await linkFor(stack.tenant('acme'), 'anna'))).status, 303);
});

test('the application is away: programs get a problem', own, async () => {
  await away(async () => {
    const answer = await stack.api('acme', 'GET', '/customers/K2000');
    assert.equal(answer.status, 503);
    assert.equal(answer.type, 'application/problem+json');
    assert.equal(answer.headers['retry-after'], '5');
    assert.equal(answer.json.code, 'unavailable');
    assert.equal(answer.json.status, 503);
    assert.match(answer.json.request_id, /^[0-9a-f]{32}$/);
  });
});

test('F13: no log line has the secret of a link that met nobody', own, async () => {
  const log = stack.mark('nginx.log');
  await away(async () => {
    await stack.get('/acme/login?x=/reset/not-to-be-seen');
    await stack.get('/acme/sso/?token=not-to-be-seen');
  });
  assert.match(log(), /connect\(\) to unix:/);
  assert.doesNotMatch(log(), /not-to-be-seen/);
});

test('a hanging application: nothing is asked twice, a gated file waits five seconds', own, async () => {
  const browser = await stack.signedIn('acme', 'anna');
  const assertion = 'pforte:session:acme';
  assert.equal((await browser.get('/acme/own/page.html')).status, 200);
  const claims = stack.inspect(assertion, browser.jar.get('pf-acme'));
  const time = (at) => new Date(at * 1000).toISOString().replace('.000Z', 'Z');
  const old = stack.mint(assertion, { ...claims, iat: time(now() - 500), exp: time(now() + 400) });
  const link = await linkFor(stack.tenant('acme'), 'bruno');
  const workers = stack.workers('pages').map(({ pid }) => pid);
  const log = stack.mark('app.log');
  workers.forEach((pid) => process.kill(pid, 'SIGSTOP'));
  try {
    const began = Date.now();
    const slow = stack.get(link);
    const file = await stack.get('/acme/own/page.html', { headers: { Cookie: `pf-acme=${old}` } });
    const took = Date.now() - began;
    assert.equal(file.status, 200);
    assert.ok(took > 4000 && took < 8000, `${took} ms`);
    workers.forEach((pid) => process.kill(pid, 'SIGCONT'));
    assert.equal((await slow).status, 303);
  } finally {
    workers.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }
  await until('the log line', () => /GET acme \/sso /.test(log()));
  assert.equal(log().match(/GET acme \/sso /g).length, 1, log());
});

test('pages are not compressed, style sheets are', own, async () => {
  const headers = { 'Accept-Encoding': 'gzip' };
  const browser = await stack.signedIn('acme', 'anna');
  const page = await browser.get('/acme/', { headers });
  assert.equal(page.status, 200);
  assert.equal(page.headers['content-encoding'], undefined);
  const [, style] = page.text.match(/href="(\/static\/[0-9a-f]{16}\/[^"]+\.css)"/);
  assert.equal((await stack.get(style, { headers })).headers['content-encoding'], 'gzip');
});
