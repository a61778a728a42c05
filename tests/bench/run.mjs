// The bench: what the gate costs over a plain file and beside peers, what checks of
// links, pages, handoffs and sign-ins cost, what the zone holds. docs/BENCHMARK.md
// tells how to read it.
//
//   BENCH_ROUNDS    rounds of the rows: 11
//   BENCH_SECONDS   seconds of each measurement in them: 1
//   BENCH_ONLY      rows whose names fit this regular expression; "checks of links",
//                   "zone" and "sign-ins" count as names; no handoffs
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fdatasyncSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';

import { Browser, forms, send } from '../lib/client.mjs';
import { claimsFor, handoff, now, tokenFor } from '../lib/sso.mjs';
import { build, sleep } from '../lib/stack.mjs';
import { SESSIONS, SPARE, makeRows, namesOnPostgresql } from './rows.mjs';
import { Stand } from './stand.mjs';
import { median, middle, printChecks, printHandoffs, printMemory, printRows, printSignIns,
  printZone, summary } from './table.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 11);
const seconds = Number(process.env.BENCH_SECONDS ?? 1);
const only = process.env.BENCH_ONLY && new RegExp(process.env.BENCH_ONLY);

const BATCHES = 5;
const BATCH = 2000;
const LINK_LIFE = 240;
const SIGN_IN_SECONDS = 4;
const ZONE_SESSIONS = 100_000;

const say = (text) => process.stderr.write(text);

// ---- the machine

function busy() {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'utf8')
    .split('\n')[0].split(/ +/).slice(1).map(Number);
  const worked = user + nice + system + rest.slice(0, 3).reduce((sum, n) => sum + n, 0);
  return { worked, all: worked + idle + wait };
}

// The share of the processors that others use while the bench waits.
async function disturbance() {
  const before = busy();
  await sleep(2000);
  const after = busy();
  return (after.worked - before.worked) / (after.all - before.all);
}

// Milliseconds until a page of 4 KiB is on the disk.
function diskSync(dir) {
  const fd = openSync(join(dir, 'sync'), 'w');
  const page = Buffer.alloc(4096, 1);
  return median(Array.from({ length: 200 }, () => {
    const began = performance.now();
    writeSync(fd, page);
    fdatasyncSync(fd);
    return performance.now() - began;
  }));
}

// ---- rows

// Each request of the row once: a row that is not answered as it should be would
// measure something else.
async function check(row) {
  const { statuses } = await row.stand.wrk(row.files().own, { first: row.count, base: row.base });
  if (statuses[row.status] !== row.count) {
    throw new Error(`${row.name}: ${JSON.stringify(statuses)}, not ${row.status} ${row.count} times`);
  }
}

async function measure(row, file, status) {
  const seen = await row.stand.wrk(file,
    { base: row.base, ...row.once ? { first: row.count } : { seconds } });
  if (seen.broken > 0 || seen.refused !== (status >= 400 ? seen.requests : 0)) {
    throw new Error(`${row.name}: wrk saw ${JSON.stringify(seen)}`);
  }
  return seen;
}

// What a row is held beside: the plain file, and the responder where it has one.
async function measureFloors(row, files) {
  const plain = await measure(row, files.plain, 200);
  const hello = files.hello && await measure(row, files.hello, 200);
  return { plain: plain.us, ...(hello && { hello: hello.us }) };
}

// A row and its floors by turns, the first of them in every other round.
async function measureRow(row, round) {
  if (row.warm) {
    await check(row);
  }
  const files = row.files();
  const before = round % 2 ? undefined : await measureFloors(row, files);
  const own = await measure(row, files.own, row.status);
  const floors = before ?? await measureFloors(row, files);
  return { ...own, ...floors, ratio: own.us / floors.plain,
    ...(floors.hello && { hellos: own.us / floors.hello }) };
}

async function measureRows(rows) {
  const samples = new Map(rows.map((row) => [row, []]));
  for (const row of rows) {
    await check(row);
  }
  for (let round = 0; round < rounds; round++) {
    say(`round ${round + 1} of ${rounds}\n`);
    for (const row of rows) {
      samples.get(row).push(await measureRow(row, round));
    }
  }
  for (const row of rows) {
    await check(row);
  }
  return rows.map((row) => summary(row, samples.get(row)));
}

// ---- handoffs

async function merchantTokens(tenant) {
  const list = [];
  for (let i = 0; i < BATCH + SPARE; i++) {
    list.push(await tokenFor(tenant, 'anna', { exp: now() + LINK_LIFE }));
  }
  return list;
}

function ownTokens(stand, tenant) {
  const time = (at) => new Date(at * 1000).toISOString().replace(/\.\d+/, '');
  const { iat, ...claims } = claimsFor(tenant, 'anna');
  return stand.tokens('sso', tenant.id, 'jti', BATCH + SPARE,
    { ...claims, iat: time(iat), exp: time(iat + LINK_LIFE) }).map(({ token }) => token);
}

async function redeem(stand, name, tokens) {
  const tenant = stand.tenant('acme');
  const file = stand.requests(name, tokens.map((token) => ({ path: handoff(tenant, token) })));
  const seen = await stand.wrk(file, { first: BATCH });
  if (seen.statuses[303] !== BATCH) {
    throw new Error(`${name}: ${JSON.stringify(seen.statuses)}`);
  }
  return seen;
}

async function measureHandoffs(stand) {
  const tenant = stand.tenant('acme');
  const kinds = { 'merchant, JWT EdDSA': [], 'own, v4.local': [] };
  say('handoffs\n');
  for (let i = 0; i < BATCHES; i++) {
    kinds['merchant, JWT EdDSA'].push(
      await redeem(stand, `jwt-${i}`, await merchantTokens(tenant)));
    kinds['own, v4.local'].push(await redeem(stand, `own-${i}`, ownTokens(stand, tenant)));
  }
  return Object.entries(kinds).map(([name, samples]) => ({ name, ...middle(samples) }));
}

// What the check of a merchant's link adds to passing it on, beside what one
// verification of Ed25519 takes; by turns, the tokens over and over.
async function measureChecks(stand) {
  const tokens = await merchantTokens(stand.tenant('acme'));
  const file = (name) => stand.requests(name,
    tokens.map((token) => ({ path: `/acme/bench/${name}?token=${token}` })));
  const [passed, checked] = [file('passed'), file('sso')];
  say('checks of links\n');
  const samples = [];
  for (let i = 0; i < rounds; i++) {
    const plain = await stand.wrk(passed, { seconds });
    const own = await stand.wrk(checked, { seconds });
    if (own.refused > 0 || plain.refused > 0) {
      throw new Error(`links are refused: ${JSON.stringify([plain, own])}`);
    }
    const text = execFileSync(join(build, 'bench/open'), ['20000'], { encoding: 'utf8' });
    const ed25519 = Number(/Ed25519 verification +([\d.]+)/.exec(text)[1]);
    const added = own.us - plain.us;
    samples.push({ passed: plain.us, checked: own.us, added, ed25519, ratio: added / ed25519 });
  }
  const ratios = samples.map(({ ratio }) => ratio);
  return { ...middle(samples), ratio_min: Math.min(...ratios), ratio_max: Math.max(...ratios) };
}

// ---- the zone

const CONTROL_LINES = 500; // below 64 KiB

const tell = (stand, body) => new Promise((done, fail) => {
  request({ socketPath: join(stand.state, 'control.sock'), path: '/', method: 'POST',
    headers: { 'Content-Length': body.length } }, (answer) => {
    answer.resume().on('end', () => (answer.statusCode === 204 ? done() : fail(
      new Error(`pforte_control answers ${answer.statusCode}`))));
  }).on('error', fail).end(body);
});

async function zone(stand) {
  const { text } = await send(`${stand.base}/bench/status`);
  const number = (name) => Number(new RegExp(`^pforte_zone_${name} (\\d+)$`, 'm').exec(text)[1]);
  return { entries: number('entries'), bytes: number('used_bytes'),
    evictions: number('evictions_total') };
}

// What so many sessions more take.
async function measureZone(stand) {
  const before = await zone(stand);
  for (let i = 0; i < ZONE_SESSIONS; i += CONTROL_LINES) {
    await tell(stand, Array.from({ length: CONTROL_LINES },
      () => `changed ${randomBytes(32).toString('hex')} 1`).join('\n'));
  }
  const after = await zone(stand);
  return { sessions: after.entries - before.entries, mib: (after.bytes - before.bytes) / 2 ** 20,
    evictions: after.evictions - before.evictions };
}

// ---- sign-ins

async function signInRequest(stand) {
  const browser = new Browser(stand.base);
  const page = await browser.get('/acme/login');
  const { username, password } = stand.tenant('acme').users[0];
  const fields = new URLSearchParams({ ...forms(page.text)[0].hidden, username, password });
  return { method: 'POST', path: '/acme/login', body: String(fields),
    headers: { Cookie: browser.jar.header(`${stand.base}/acme/login`),
      'Content-Type': 'application/x-www-form-urlencoded' } };
}

// Pages at an easy pace, alone and while as many sign in as can, in turns.
async function measureSignIns(stand, row) {
  const page = row.files().own;
  const signIn = stand.requests('sign-in', [await signInRequest(stand)]);
  const { statuses } = await stand.wrk(signIn, { first: 1, connections: 1 });
  if (statuses[303] !== 1) {
    throw new Error(`sign-in: ${JSON.stringify(statuses)}`);
  }
  say('sign-ins\n');
  const easy = { seconds: SIGN_IN_SECONDS, connections: 8, gap: 20 };
  const many = { seconds: SIGN_IN_SECONDS, connections: 4 };
  const samples = { alone: [], beside: [], calm: [], meanwhile: [] };
  for (let round = 0; round < rounds; round++) {
    samples.calm.push(await stand.wrk(page, easy));
    const [meanwhile, beside] = await Promise.all([stand.wrk(page, easy), stand.wrk(signIn, many)]);
    samples.meanwhile.push(meanwhile);
    samples.beside.push(beside);
    samples.alone.push(await stand.wrk(signIn, many));
  }
  const harm = median(samples.meanwhile.map(({ p99 }, i) => p99 / samples.calm[i].p99));
  return { harm, ...Object.fromEntries(Object.entries(samples)
    .map(([name, list]) => [name, middle(list.map(({ us, rate, p50, p99 }) => ({ us, rate, p50, p99 })))])) };
}

// ---- all of it

async function everything(stand, second) {
  const before = await disturbance();
  const load = loadavg()[0];
  const sync = diskSync(stand.dir);
  const rows = [...await makeRows(stand), ...(second ? await makeRows(second) : [])];
  const result = {
    date: new Date().toISOString(),
    machine: { processors: cpus().length, model: cpus()[0].model, kernel: release(), sync_ms: sync },
    settings: { rounds, seconds, sessions: SESSIONS, nginx_workers: 1 },
    rows: await measureRows(rows.filter(({ name }) => !only || only.test(name))),
  };
  if (!only || only.test('checks of links')) {
    result.checks = await measureChecks(stand);
  }
  if (!only || only.test('zone')) {
    result.zone = await measureZone(stand);
  }
  if (!only || only.test('sign-ins')) {
    result.signIns = await measureSignIns(stand, rows.find(({ name }) => /^dashboard, one/.test(name)));
  }
  if (!only) {
    result.handoffs = await measureHandoffs(stand);
    result.memory = stand.memory();
    result.sessions = stand.sql('SELECT count(*) AS n FROM session')[0].n;
  }
  result.disturbance = { load, before, after: await disturbance() };
  return result;
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => process.exit(1)); // the stand goes with us
}
const stand = await Stand.start();
const second = !only || namesOnPostgresql.some((name) => only.test(name))
  ? await Stand.start({ postgresql: true }) : undefined;
const result = await everything(stand, second);
await stand.stop();
await second?.stop();

mkdirSync(join(build, 'bench'), { recursive: true });
writeFileSync(join(build, 'bench/result.json'), `${JSON.stringify(result, null, 2)}\n`);
printRows(result);
printChecks(result);
printZone(result);
if (result.signIns) {
  printSignIns(result);
}
if (!only) {
  printHandoffs(result);
  printMemory(result);
}
