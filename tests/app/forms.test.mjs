// Forms and addresses as nobody's browser sends them.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';

import { forms } from '../lib/client.mjs';
import { startStack } from '../lib/stack.mjs';

const stack = await startStack();

// A sign-in form with its token, sent with any body.
async function post(body, headers = {}, complete = true) {
  const browser = stack.browser();
  const page = await browser.get('/acme/login');
  const { form_token } = forms(page.text)[0].hidden;
  const token = complete ? `form_token=${form_token}&` : '';
  return browser.send('/acme/login', {
    method: 'POST', body: Buffer.concat([Buffer.from(token), Buffer.from(body)]),
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
  });
}

const isPage = (answer, status, what) => {
  assert.equal(answer.status, status, `${what}: ${answer.status}`);
  assert.equal(answer.type, 'text/html', what);
  assert.equal(answer.cookie('pf-acme'), undefined, what);
  assert.match(answer.text, /<h1>/, what);
};

test('more than a form may have is 413', async () => {
  isPage(await post(`username=${'x'.repeat(9000)}`), 413, '9 kB');
  isPage(await post(`username=${'x'.repeat(1_100_000)}`), 413, '1.1 MB');
});

test('another media type is 415', async () => {
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain', '']) {
    isPage(await post('username=x&password=y', { 'Content-Type': type }), 415, type);
  }
});

test('what is no form is 400', async () => {
  const bad = {
    'UTF-8 cut short': 'username=%c3', 'overlong UTF-8': 'username=%c0%af',
    'a surrogate': 'username=%ed%a0%80', 'raw bytes': Buffer.from([0x75, 0x3d, 0xff, 0xfe]),
    'NUL': 'username=a%00b', 'a bad escape': 'username=%zz', 'half an escape': 'username=%4',
    'a field twice': 'username=a&username=b', 'the token twice': 'form_token=x',
    'too many fields': Array.from({ length: 2000 }, (_, i) => `f${i}=1`).join('&').slice(0, 8000),
  };
  for (const [what, body] of Object.entries(bad)) {
    isPage(await post(body), 400, what);
  }
});

test('control characters in a name are refused at the field', async () => {
  for (const name of ['a%0Ab', 'a%1Bb', 'a%7Fb', 'a%C2%85b', 'a%E2%80%AEb']) {
    const answer = await post(`username=${name}&password=x`);
    isPage(answer, 422, name);
  }
});

test('what is typed comes back as text, never as markup', async () => {
  const answer = await post(`username=${encodeURIComponent('"><script>x</script>{{csrf}}&lt;')}` +
    '&password=x');
  isPage(answer, 422, 'markup');
  assert.doesNotMatch(answer.text, /<script/);
  assert.match(answer.text, /\{\{csrf\}\}/);
});

test('fields that no form has are no harm', async () => {
  const answer = await post('username=x&password=y&tenant=globex&user=anna&session=1');
  isPage(answer, 422, 'more fields');
});

test('very long names and passwords are refused at the field', async () => {
  isPage(await post(`username=${'x'.repeat(300)}&password=y`), 422, 'name');
  isPage(await post(`username=x&password=${'y'.repeat(2000)}`), 422, 'password');
});

test('an empty body is an old form', async () => {
  isPage(await post('', {}, false), 403, 'empty');
});

// Bytes as they are, and the answer's first line.
function raw(bytes) {
  const { hostname, port } = new URL(stack.base);
  return new Promise((resolve, reject) => {
    const socket = connect(port, hostname, () => socket.write(bytes));
    let answer = '';
    const finish = () => {
      socket.destroy();
      resolve(answer.split('\r\n')[0]);
    };
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (part) => {
      answer += part.toString('latin1');
      if (answer.includes('\n')) {
        finish();
      }
    });
    socket.on('error', reject);
    socket.on('close', finish);
  });
}

test('a body in chunks is a form like any other', async () => {
  const browser = stack.browser();
  const page = await browser.get('/acme/login');
  const { form_token } = forms(page.text)[0].hidden;
  const body = `form_token=${form_token}&username=x&password=y`;
  const answer = await raw('POST /acme/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n' +
    `Cookie: ${browser.jar.header(page.url)}\r\n` +
    'Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n' +
    `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 422\b/);
});

test('requests that are none get an answer or a closed door, never a 5xx', async () => {
  const bad = [
    'GET /acme/login\r\n\r\n', 'GET  /acme/login HTTP/1.1\r\n\r\n', '\x00\x01\x02\r\n\r\n',
    'GET /acme/login HTTP/1.1\r\n\r\n', 'GET /acme/\x00login HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET http://[::1/acme/login HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /acme/login HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n',
    'POST /acme/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /acme/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET /acme/login HTTP/1.1\r\nHost: x\r\nCookie: ${'a=b; '.repeat(8000)}\r\n\r\n`,
    'SSTP_DUPLEX_POST /acme/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  ];
  for (const bytes of bad) {
    const line = await raw(bytes);
    assert.match(line, /^(<!DOCTYPE html>|HTTP\/1\.1 (4\d\d|50[15]) )/, bytes.slice(0, 60));
  }
  assert.equal((await stack.get('/healthz')).status, 200);
});

test('arguments that cannot be read are ignored on pages', async () => {
  const anna = await stack.signedIn('acme', 'anna');
  for (const query of ['%ff', 'a=%zz', '&&&', '=', 'a=1&a=2', 'language', `x=${'y'.repeat(4000)}`]) {
    const answer = await anna.get(`/acme/?${query}`);
    assert.equal(answer.status, 200, query);
  }
});
