// The rows of the table: what is asked, what must be answered, and beside which
// plain request it is held; those of the application beside the smallest FastCGI
// responder as well. `goal` is the ratio to stay within, `rate` how many a second
// there should be; what is `warm` is asked once before each measurement, so that
// zone or memcached know it.
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';

import { SignJWT } from 'jose';

import { Browser } from '../lib/client.mjs';
import { linkFor, now } from '../lib/sso.mjs';

export const SESSIONS = 10_000;
export const SPARE = 64; // what wrk has on its way when the last is answered

const PLAIN = '/bench/plain/file.txt';
const GATED = '/acme/bench/gated/file.txt';
const ZONE = '/acme/bench/zone/file.txt';
const CACHED = '/acme/bench/cached/file.txt';
const HELLO = '/bench/hello';
const DAY = 86_400;

const time = (seconds) => new Date(seconds * 1000).toISOString().replace(/\.\d+/, '');

// anna's session as a browser has it: cookie name, token, the claims inside.
async function signIn(stand) {
  const browser = new Browser(stand.base);
  const answer = await browser.get(await linkFor(stand.tenant('acme'), 'anna'));
  const cookie = answer.cookies.find(({ name }) => /pf-acme$/.test(name));
  if (!cookie) {
    throw new Error(`anna is not signed in: ${answer.status} ${answer.text}`);
  }
  return { name: cookie.name, claims: stand.inspect('pforte:session:acme', cookie.value) };
}

// Tokens of sessions like anna's. They are good for a day: no row of the bench
// asks the application to renew one.
function tokens(stand, claims, count) {
  return stand.tokens('session', 'acme', 'sid', count,
    { ...claims, iat: time(now()), exp: time(now() + DAY) });
}

// As many sessions in the database as there are tokens.
function insert(stand, made) {
  const columns = Object.keys(stand.sql('SELECT * FROM session LIMIT 1')[0]);
  stand.sql(`CREATE TEMP TABLE made (id TEXT);
    INSERT INTO made VALUES ${made.map((one) => `('${one.name}')`).join()};
    INSERT INTO session (${columns.join()})
      SELECT ${columns.map((column) => (column === 'id' ? 'made.id' : `s.${column}`)).join()}
      FROM (SELECT * FROM session LIMIT 1) s, made;`);
}

// One character in the middle is another one.
function forge({ Cookie: text }) {
  const at = text.length >> 1;
  return { Cookie: text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1) };
}

const nobody = [{}];

// What auth_request asks memcached for.
const remember = (stand) => new Promise((done, fail) => {
  const socket = connect(join(stand.state, 'run/memcached.sock'), () =>
    socket.write('set bench 0 0 300\r\n' + 'x'.repeat(300) + '\r\n'));
  socket.once('data', () => done(socket.destroy()));
  socket.once('error', fail);
});

// What the peers take for a session.
async function credentials({ lua, apache }) {
  const claims = `anna.${now() + DAY}`;
  const mac = createHmac('sha1', lua.secret).update(claims).digest('base64');
  const jwt = await new SignJWT({ sub: 'anna', iat: now(), exp: now() + DAY })
    .setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(apache.secret));
  return { lua: [{ Cookie: `session=${claims}.${mac}` }],
    apache: [{ Authorization: `Bearer ${jwt}` }] };
}

function edge({ one, many, fresh }) {
  const json = { Accept: 'application/json' };
  const forged = many.map((headers) => ({ ...forge(headers), ...json }));
  return [
    { name: 'plain, again', path: PLAIN, asked: one },
    { name: 'gated, same token', path: GATED, asked: one, goal: 1.10 },
    { name: 'gated, 10,000 tokens', path: GATED, asked: many, goal: 1.20 },
    { name: 'gated, first sight', path: GATED, fresh, goal: 1.50 },
    { name: 'zone hit, same session', path: ZONE, asked: one, goal: 1.10, warm: true },
    { name: 'zone hit, 10,000 sessions', path: ZONE, asked: many, goal: 1.20, warm: true },
    { name: 'memcached hit, same session', path: CACHED, asked: one, goal: 1.80, warm: true },
    { name: 'memcached hit, 10,000 sessions', path: CACHED, asked: many, goal: 1.80, warm: true },
    { name: 'gated, same token, both log', path: '/acme/bench/logged/file.txt',
      plain: '/bench/logged/file.txt', asked: one },
    { name: 'nobody: 303', path: GATED, asked: nobody, status: 303 },
    { name: 'forged cookies: 401', path: GATED, asked: forged, status: 401, goal: 1.10 },
    { name: 'auth_request, FastCGI', path: '/bench/asked/file.txt', asked: one },
    { name: 'auth_request, memcached', path: '/bench/remembered/file.txt', asked: one },
    { name: 'auth_request, application', path: '/acme/bench/asked/file.txt', asked: one },
    { name: 'FastCGI hello', path: HELLO, asked: one },
  ];
}

// Peers, each beside the plain file of its own server.
const peers = ({ lua, apache }) => [
  { name: 'nginx Lua, plain', peer: 'lua', path: '/plain/file.txt', asked: nobody },
  { name: 'nginx Lua, HMAC cookie', peer: 'lua', path: '/gated/file.txt', asked: lua },
  { name: 'Apache, plain', peer: 'apache', path: '/plain/file.txt', asked: nobody },
  { name: 'Apache, mod_auth_openidc HS256', peer: 'apache', path: '/gated/file.txt', asked: apache },
].map((row) => ({ ...row, plain: '/plain/file.txt' }));

// Pages of the application that need no database.
function few({ many }) {
  const framed = many.map((headers) => ({ ...forge(headers), 'Sec-Fetch-Dest': 'iframe' }));
  return [
    { name: 'health', path: '/healthz', asked: nobody },
    { name: 'sign-in form', path: '/acme/login', asked: nobody },
    { name: 'forged cookies: 401 page', path: GATED, asked: framed, status: 401 },
  ];
}

const json = { 'Content-Type': 'application/json' };

// Pages and calls that read the database, or write it.
const kept = [
  { name: 'invoices, one session', path: '/acme/invoices', asked: 'one', rate: 4000 },
  { name: 'dashboard, one session', path: '/acme/', asked: 'one', rate: 4000 },
  { name: 'dashboard, 10,000 sessions', path: '/acme/', asked: 'many', rate: 4000 },
  { name: 'API, one customer', path: '/api/v1/customers/K2000', asked: 'key' },
  { name: 'API, list of logins', path: '/api/v1/user-logins', asked: 'key' },
  { name: 'API, POST of a link', path: (contract) =>
    `/api/v1/contracts/${contract}/self-service-token`, asked: 'key', status: 201,
  send: { method: 'POST', headers: json, body: '{"valid_minutes":60}' } },
];

const onPostgresql = (name) => `${name}, PostgreSQL`;
export const namesOnPostgresql = kept.map(({ name }) => onPostgresql(name));

const ofKept = (stand, heads) => {
  const [{ ref }] = stand.sql(`SELECT k.ref FROM contract k JOIN customer c
    ON c.tenant = k.tenant AND c.id = k.customer WHERE c.number = 'K2000' LIMIT 1`);
  return kept.map((row) => ({ ...row, asked: heads[row.asked],
    name: stand.server ? onPostgresql(row.name) : row.name,
    path: typeof row.path === 'string' ? row.path : row.path(ref) }));
};

const besideHello = (rows) => rows.map((row) => ({ ...row, hello: HELLO }));

// Files of requests for wrk: the row's own, and with the same headers those to its
// plain path, and to the responder, if it is held beside that.
function filesOf(stand, row, name, asked) {
  const file = (kind, path, more = {}) => stand.requests(`${kind}-${name}`,
    asked.map((headers) => ({ path, ...more, headers: { ...headers, ...more.headers } })));
  return { own: file('own', row.path, row.send), plain: file('plain', row.plain),
    hello: row.hello && file('hello', row.hello) };
}

// All rows. files() gives the requests of the next measurement, and count is how
// many they are: a row of fresh tokens makes new ones and sends each once.
export async function makeRows(stand) {
  const { name, claims } = await signIn(stand);
  const cookies = (made) => made.map(({ token }) => ({ Cookie: `${name}=${token}` }));
  const made = tokens(stand, claims, SESSIONS);
  insert(stand, made);
  await remember(stand);
  const many = cookies(made);
  const heads = { many, one: many.slice(0, 1),
    key: [{ Authorization: `Bearer ${stand.tenant('acme').api_key}` }],
    fresh: () => cookies(tokens(stand, claims, SESSIONS + SPARE)) };
  const all = stand.server ? besideHello(ofKept(stand, heads))
    : [...edge(heads), ...peers(await credentials(stand.peers)),
      ...besideHello([...few(heads), ...ofKept(stand, heads)])];
  return all.map(({ asked, fresh, peer, ...rest }, i) => {
    const row = { stand, status: 200, plain: PLAIN, once: Boolean(fresh),
      base: stand.peers[peer]?.base, ...rest };
    const fixed = asked && filesOf(stand, row, i, asked);
    return { ...row, count: asked?.length ?? SESSIONS,
      files: () => fixed ?? filesOf(stand, row, i, fresh()) };
  });
}
