// Runs the test files of some suites, several at once, as most of them wait more
// than they compute, and the longest first, so that none of them is left over.
//
//   node tests/lib/pool.mjs edge app postgresql:app browser
//
// A suite is a folder of tests/; "postgresql:" runs it on a private server. What a
// file says is printed when it is through, with a line of its own, and the sums at
// the end.
//
//   PFORTE_JOBS   so many files at once; two a processor, twelve at most
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { startServer } from './postgresql.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const JOBS = Number(process.env.PFORTE_JOBS ?? Math.min(2 * availableParallelism(), 12));
const LIMIT_MS = 30 * 60_000; // whoever takes longer hangs

// The longest files, the longest first; all others follow in any order. The end of
// a run names them anew.
const longest = [
  'browser/pages', 'app/mail_relay', 'app/callbacks', 'app/reset', 'app/sign_in_time',
  'browser/walk', 'app/idempotency', 'app/registration', 'app/office_settings', 'app/contacts',
  'app/jobs', 'app/mail', 'app/members_api', 'browser/brand', 'browser/office', 'app/audit',
  'app/jwks', 'app/language', 'edge/tenants', 'browser/frame', 'browser/csrf', 'edge/thousand',
  'app/office', 'app/gate', 'app/mail_many', 'app/portal',
].map((name) => `tests/${name}.test.mjs`);

const place = ({ file }) => (longest.indexOf(file) + 1 || longest.length + 1);

function filesOf(suite) {
  const [, database, folder] = /^(?:(postgresql):)?(\w+)$/.exec(suite) ?? [];
  const names = folder ? readdirSync(join(root, 'tests', folder)) : [];
  const files = names.filter((name) => name.endsWith('.test.mjs'))
    .map((name) => ({ file: `tests/${folder}/${name}`, database }));
  if (files.length === 0) {
    throw new Error(`${suite} has no tests`);
  }
  return files;
}

// ---- one file ----

const counted = ['tests', 'pass', 'fail', 'cancelled', 'skipped', 'todo'];

// The sums that the reporter writes last, and the text without them.
function takeSums(text) {
  const sums = Object.fromEntries(counted.map((name) =>
    [name, Number(new RegExp(`^[#ℹ] ${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)]));
  const rest = text.replace(/^(?:TAP version 13|1\.\.\d+|[#ℹ] (?:suites|duration_ms|tests|pass|fail|cancelled|skipped|todo) [\d.]+)\n/gm, '');
  return { sums, rest };
}

const running = new Set();

function run({ file, database }, server) {
  const { PFORTE_POSTGRESQL: _, ...env } = process.env;
  const child = spawn(process.execPath,
    [`--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`, file],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'],
      env: database ? { ...env, PFORTE_POSTGRESQL: server.dir } : env });
  const said = [];
  const began = Date.now();
  const late = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS);
  running.add(child);
  child.stdout.on('data', (part) => said.push(part));
  child.stderr.on('data', (part) => said.push(part));
  child.once('exit', () => setTimeout(() => { // what it left behind holds nobody up
    child.stdout.destroy();
    child.stderr.destroy();
  }, 5000).unref());
  return new Promise((done) => {
    child.once('close', (code, signal) => {
      clearTimeout(late);
      running.delete(child);
      const { sums, rest } = takeSums(Buffer.concat(said).toString());
      const good = code === 0 && sums.tests > 0;
      sums.fail ||= good ? 0 : 1; // it ended before its tests could say so
      done({ name: database ? `${file} on ${database}` : file, sums, rest, good,
        end: signal ?? code, ms: Date.now() - began });
    });
  });
}

// ---- all of them ----

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function tell({ name, sums, rest, good, end, ms }) {
  process.stdout.write(`# ${name}\n${rest}`);
  console.log(`# ${good ? 'passed' : `FAILED (${end})`} ${name}: ${sums.pass} of ${sums.tests}, ` +
    `${sums.skipped} skipped, ${seconds(ms)}\n`);
}

function tellSums(results, ms) {
  console.log('# the longest:');
  for (const one of results.slice().sort((a, b) => b.ms - a.ms).slice(0, 12)) {
    console.log(`#   ${seconds(one.ms)} ${one.name}`);
  }
  for (const { name } of results.filter(({ good }) => !good)) {
    console.log(`# FAILED ${name}`);
  }
  for (const name of counted) {
    console.log(`# ${name} ${results.reduce((sum, { sums }) => sum + sums[name], 0)}`);
  }
  console.log(`# duration_ms ${ms}`);
}

let stopped = false;

async function runAll(files, server) {
  const waiting = files.slice().sort((a, b) => place(a) - place(b));
  const results = [];
  const began = Date.now();
  await Promise.all(Array.from({ length: JOBS }, async () => {
    while (waiting.length > 0 && !stopped) {
      const result = await run(waiting.shift(), server);
      results.push(result);
      tell(result);
    }
  }));
  tellSums(results, Date.now() - began);
  return !stopped && results.every(({ good }) => good);
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopped = true;
    running.forEach((child) => child.kill(signal));
  });
}

const files = process.argv.slice(2).flatMap(filesOf);
if (files.length === 0) {
  throw new Error('usage: node tests/lib/pool.mjs SUITE...');
}
const server = files.some(({ database }) => database) ? await startServer() : undefined;
try {
  process.exitCode = await runAll(files, server) ? 0 : 1;
} finally {
  await server?.remove();
}
