// Runs the test files of some suites, several at once, as most of them wait more
// than they compute, and the longest first, so that none of them is left over.
//
//   node tests/lib/pool.mjs edge app postgresql:app browser
//
// A suite is a folder of tests/; "postgresql:" runs it on a private server. What a
// file says is printed when it is through, with a line of its own, and the sums at
// the end.
//
//   PFORTE_JOBS   so many files at once; three a processor, twelve at most
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { makeDemos, removeDemos } from './demo.mjs';
import { startServer } from './postgresql.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = resolve(root, process.env.PFORTE_BUILD ?? 'build');
const JOBS = Number(process.env.PFORTE_JOBS ?? Math.min(3 * availableParallelism(), 12));
const LIMIT_MS = 30 * 60_000; // whoever takes longer hangs

// The longest files, the longest first; all others follow in any order. The end of
// a run names them anew.
const longest = [
  'browser/pages', 'browser/first_order', 'app/sign_in_time', 'browser/walk', 'app/mail_relay', 'app/reset', 'app/callbacks',
  'browser/brand', 'app/invoice_runs', 'browser/office', 'browser/csrf', 'app/reminders', 'app/audit',
  'browser/people', 'app/registration', 'browser/contacts', 'app/idempotency', 'app/office_settings',
  'app/contacts', 'app/jobs', 'app/mail', 'app/members_api', 'app/jwks', 'app/language', 'edge/tenants',
  'browser/frame', 'edge/thousand', 'app/office', 'app/gate', 'app/mail_many', 'app/portal',
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

// The seconds that all processes computed which we waited for, or which they did.
function computed() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(13, 15);
  return (Number(user) + Number(system)) / 100;
}

let toldOf = 0;

// What has come to that since the last call: the work of the file that just ended.
function newlyComputed() {
  const before = toldOf;
  toldOf = computed();
  return toldOf - before;
}

// Files of tests/fault have the disk as it is; a sanitizer wants to be loaded first.
const quickDisk = join(build, 'tests/nosync.so');
const loaded = (file) => file.startsWith('tests/fault/') || !existsSync(quickDisk) ||
  existsSync(join(build, 'nginx.preload')) ? {} : { LD_PRELOAD: quickDisk };

const running = new Set();

function run({ file, database }, server) {
  const { PFORTE_POSTGRESQL: _, ...env } = process.env;
  const child = spawn(process.execPath,
    [`--test-reporter=${process.stdout.isTTY ? 'spec' : 'tap'}`, file],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, ...loaded(file), PFORTE_DEMOS: demos,
        ...(database && { PFORTE_POSTGRESQL: server.dir }) } });
  const said = [];
  const began = Date.now();
  const late = setTimeout(() => child.kill('SIGTERM'), LIMIT_MS);
  running.add(child);
  child.stdout.on('data', (part) => said.push(part));
  child.stderr.on('data', (part) => said.push(part));
  let work = 0;
  child.once('exit', () => {
    work = newlyComputed();
    setTimeout(() => { // what it left behind holds nobody up
      child.stdout.destroy();
      child.stderr.destroy();
    }, 5000).unref();
  });
  return new Promise((done) => {
    child.once('close', (code, signal) => {
      clearTimeout(late);
      running.delete(child);
      const { sums, rest } = takeSums(Buffer.concat(said).toString());
      const good = code === 0 && sums.tests > 0;
      sums.fail ||= good ? 0 : 1; // it ended before its tests could say so
      done({ name: database ? `${file} on ${database}` : file, sums, rest, good,
        end: signal ?? code, ms: Date.now() - began, work });
    });
  });
}

// ---- all of them ----

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

function tell({ name, sums, rest, good, end, ms, work }) {
  process.stdout.write(`# ${name}\n${rest}`);
  console.log(`# ${good ? 'passed' : `FAILED (${end})`} ${name}: ${sums.pass} of ${sums.tests}, ` +
    `${sums.skipped} skipped, ${seconds(ms)}, ${work.toFixed(1)} s of them computing\n`);
}

// What failed, and why, as it was said where it happened.
const failuresOf = ({ rest }) => rest.match(/^ *not ok .*\n *---\n[^]*?\n *\.\.\.$/gm) ?? [];

// The first of a file's failures, which others follow from at times, in few words.
function inShort(one) {
  const [first, ...others] = failuresOf(one);
  if (!first) {
    return `it ended with ${one.end}`;
  }
  const [, name] = /not ok \d+ - (.*)/.exec(first);
  const [, line] = /location: '.*?(:\d+):\d+'/.exec(first) ?? [];
  const [, why] = /^ *error: ([^]*?)\n *\w+: /m.exec(first) ?? [];
  return `${name}${line ?? ''}: ${(why ?? '').replace(/^\|-/, '').replace(/\s+/g, ' ').slice(0, 700)}${
    others.length ? ` (and ${others.length} more)` : ''}`;
}

function tellSums(results, ms) {
  console.log('# the longest, and how long they computed:');
  for (const one of results.slice().sort((a, b) => b.ms - a.ms).slice(0, 20)) {
    console.log(`#   ${seconds(one.ms)} ${one.work.toFixed(1)} s ${one.name}`);
  }
  const failed = results.filter(({ good }) => !good);
  for (const one of failed) {
    console.log(`# FAILED ${one.name}`);
    failuresOf(one).forEach((failure) => console.log(failure.replace(/^/gm, '#   ')));
  }
  console.log(`# duration_ms ${ms}`);
  console.log(counted.map((name) =>
    `# ${name} ${results.reduce((sum, { sums }) => sum + sums[name], 0)}`).join('\n'));
  failed.forEach((one) => console.log(`# FAILED ${one.name}: ${inShort(one)}`));
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
const demos = makeDemos(server?.dir);
try {
  process.exitCode = await runAll(files, server) ? 0 : 1;
} finally {
  removeDemos(demos);
  await server?.remove();
}
console.log(`# computed ${computed().toFixed(0)} s, the database server with them`);
