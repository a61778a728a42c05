// The whole of Pforte for a test: conf/dev/run.sh in a state directory of its
// own, on a free port, stopped at the end of the file. With PFORTE_BASE_URL and
// PFORTE_DEMO_JSON set the tests go to that running server instead.
//
//   const stack = await startStack();
//   const anna = stack.user('anna');
//   await stack.browser().signIn('acme', anna.username, anna.password);
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync,
  writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { Browser, send } from './client.mjs';
import { freePort } from './ports.mjs';
import { dropDatabase, lock, lockIsFree, onPostgresql, sql } from './database.mjs';
import { copyDemo, makeDemo } from './demo.mjs';
import { describe } from './openapi.mjs';
import { linkFor } from './sso.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const build = resolve(root, process.env.PFORTE_BUILD ?? 'build');

const START_MS = 120_000;
const STOP_MS = 60_000;

// What must not stand in any log.
const alarming = [
  /\[(alert|emerg|crit)\]/, /ERROR: \w+Sanitizer/, /LeakSanitizer/, /runtime error:/,
];

export { sleep };

// Waits until ready() gives something true, and returns it.
export async function until(what, ready, ms = 30_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await ready();
    if (value) {
      return value;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${ms} ms for ${what}`);
    }
    await sleep(20);
  }
}

class Demo {
  constructor(base, demo) {
    this.base = base;
    this.demo = demo;
  }

  tenant(id) {
    return this.demo.tenants.find((tenant) => tenant.id === id);
  }

  user(username) {
    return this.demo.tenants.flatMap(({ users }) => users)
      .find((user) => user.username === username);
  }

  // One of a tenant's staff by role: { username, password, role }.
  staff(tenant, role) {
    return this.tenant(tenant).staff.find((one) => one.role === role);
  }

  // A browser in which staff of that role are signed in to the back office.
  async office(tenant, role = 'owner', headers = {}) {
    const browser = this.browser(headers);
    const { username, password } = this.staff(tenant, role);
    const page = await browser.get(`/${tenant}/admin/login`);
    const answer = await browser.submit(page, { username, password }, { action: /admin\/login$/ });
    if (answer.status !== 303) {
      assert.fail(`${username} is not signed in, but gets ${answer.status}\n${this.lately()}\n${answer.text}`);
    }
    return browser;
  }

  // What the application and nginx complained of last, where logs can be read.
  lately() {
    return '';
  }

  browser(headers) {
    return new Browser(this.base, headers);
  }

  get(path, options) {
    return send(this.base + path, options);
  }

  // A browser in which the user is signed in, by a merchant's link.
  async signedIn(tenant, username, claims = {}, headers = {}) {
    const browser = this.browser(headers);
    const answer = await browser.get(await linkFor(this.tenant(tenant), username, claims));
    assert.equal(answer.status, 303, `${username} is not signed in: ${answer.text}`);
    return browser;
  }

  // The REST API with a tenant's key; body is an object, or text as it is.
  api(tenant, method, path, body, headers = {}) {
    const json = body !== undefined && { 'Content-Type': 'application/json' };
    return send(`${this.base}/api/v1${path}`, {
      method,
      body: typeof body === 'object' ? JSON.stringify(body) : body,
      headers: { Authorization: `Bearer ${this.tenant(tenant).api_key}`, ...json, ...headers },
    });
  }
}

// A stack somebody else runs: nothing of its processes or files can be touched.
class Foreign extends Demo {
  own = false;
  skip = 'the server is not ours: PFORTE_BASE_URL is set';
}

class Stack extends Demo {
  own = true;
  skip = false;
  moved = 0;

  constructor(base, demo, state, child, { mayEnd = false, database, clock = false }) {
    super(base, demo);
    this.clock = clock;
    this.state = state;
    this.child = child;
    this.mayEnd = mayEnd;
    this.database = database;
  }

  // The last lines of a log, or all of it.
  log(name) {
    return readFileSync(join(this.state, 'log', name), 'utf8');
  }

  lately() {
    return ['app.log', 'nginx.log'].flatMap((name) => this.log(name).split('\n')
      .filter((line) => /(?:Z |\[)(?:warn|error|crit|alert|emerg)/.test(line)).slice(-3).map((line) => line.slice(0, 300))).join('\n');
  }

  // What was added to a log since mark() was called for it.
  mark(name) {
    const from = this.log(name).length;
    return () => this.log(name).slice(from);
  }

  // Rows of a SELECT in the database, or a change of it.
  sql(text) {
    return sql(this.state, text);
  }

  // From now on no row of the table can be changed, until the answer is called.
  breakUpdates(table) {
    if (!onPostgresql) {
      this.sql(`CREATE TRIGGER broken BEFORE UPDATE ON ${table}
        BEGIN SELECT RAISE(ABORT, 'broken'); END`);
      return () => this.sql('DROP TRIGGER broken');
    }
    this.sql(`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql
      AS 'BEGIN RAISE check_violation; END'`);
    this.sql(`CREATE TRIGGER broken BEFORE UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION broken()`);
    return () => this.sql('DROP FUNCTION broken CASCADE');
  }

  lock(change) {
    return lock(this.state, change);
  }

  // The stack's own jobs stand still while a test plays with others, but not where
  // they hold the database's lock.
  async withoutJobs(body) {
    const { pid } = this.process(/pforte.* jobs$/);
    await until('the jobs to stand still', async () => {
      process.kill(pid, 'SIGSTOP');
      const still = lockIsFree(this.state);
      if (!still) {
        process.kill(pid, 'SIGCONT');
        await sleep(50);
      }
      return still;
    });
    try {
      await body();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  }

  // Moves the time of the application, its jobs and commands by so many seconds,
  // once more with each call; only with the option "clock". nginx and memcached
  // keep the machine's: what the application seals now is from the future for
  // them, so that nobody gets in through nginx by a session of the moved time.
  moveTime(seconds) {
    assert.ok(this.clock, 'startStack({ clock: true }) makes time movable');
    this.moved += seconds;
    const file = join(this.state, 'clock');
    writeFileSync(`${file}.new`, `${this.moved}\n`);
    renameSync(`${file}.new`, file);
  }

  // Unix seconds as the application has them.
  now() {
    return Math.floor(Date.now() / 1000) + this.moved;
  }

  pforte(...args) {
    return execFileSync(join(build, 'pforte'),
      ['--config', join(this.state, 'pforte.conf'), ...args], { encoding: 'utf8' });
  }

  // A v4.local token of ours with any claims.
  mint(assertion, claims) {
    return execFileSync(join(build, 'tests/mint'), [join(this.state, 'keyring'), assertion],
      { input: JSON.stringify(claims), encoding: 'utf8' }).trim();
  }

  // The claims of a token that one of our keys sealed.
  inspect(assertion, token) {
    for (const key of readFileSync(join(this.state, 'keyring'), 'utf8').split('\n')) {
      if (!key.startsWith('k4.local.')) {
        continue;
      }
      try {
        return JSON.parse(execFileSync(join(build, 'pforte'), ['token', 'inspect',
          '--key', key, '--assertion', assertion, token],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      } catch {
        // the next key
      }
    }
    throw new Error(`no key of ours opens ${token}`);
  }

  // The running processes of the stack: { pid, parent, name, command }.
  processes() {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap(readProcess);
    const found = [];
    const add = (parent) => {
      for (const one of all.filter((other) => other.parent === parent)) {
        found.push(one);
        add(one.pid);
      }
    };
    add(this.child.pid);
    return found;
  }

  // Workers of the pool: pages or passwords, or of both.
  workers(pool = '') {
    return this.processes().filter(({ command }) =>
      command.startsWith('pforte ') && command.includes(` worker ${pool}`));
  }

  process(pattern) {
    const found = this.processes().find(({ command }) => pattern.test(command));
    assert.ok(found, `no process for ${pattern} in\n` +
      this.processes().map(({ pid, command }) => `${pid} ${command}`).join('\n'));
    return found;
  }

  get supervisor() {
    return this.process(/pforte.* serve$/).pid;
  }

  get nginx() {
    return this.process(/^nginx: master/).pid;
  }

  get memcached() {
    return this.process(/^\S*memcached /).pid;
  }

  // Only with the option "keeper". SIGKILL: it gets no time to say goodbye.
  stopMemcached() {
    writeFileSync(`${this.memcachedSocket}.off`, '');
    process.kill(this.memcached, 'SIGKILL');
  }

  async startMemcached() {
    rmSync(`${this.memcachedSocket}.off`, { force: true });
    await until('memcached', () => new Promise((resolve) => {
      const socket = connect(this.memcachedSocket, () => socket.end('version\r\n'));
      socket.on('data', () => resolve(true));
      socket.on('error', () => resolve(false));
    }));
  }

  get memcachedSocket() {
    return join(this.state, 'run/memcached.sock');
  }

  async stop() {
    const code = await end(this.child);
    const alarms = this.alarms();
    if (alarms.length === 0 && !process.env.PFORTE_KEEP) {
      rmSync(this.state, { recursive: true, force: true });
      if (this.database) {
        dropDatabase(this.database);
      }
    }
    assert.deepEqual(alarms, [], `alarms in ${this.state}/log`);
    assert.ok([0, 143].includes(code) || (this.mayEnd && code === 1), `run.sh ended with ${code}`);
  }

  alarms(state = this.state) {
    const dir = join(state, 'log');
    return readdirSync(dir).flatMap((name) =>
      readFileSync(join(dir, name), 'utf8').split('\n')
        .filter((line) => alarming.some((alarm) => alarm.test(line)))
        .map((line) => `${name}: ${line}`));
  }
}

function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      .replace(/\0/g, ' ').trim();
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return command ? [{ pid: Number(pid), parent: Number(parent), command }] : [];
  } catch {
    return []; // it ended meanwhile
  }
}

// Ends run.sh by SIGTERM, at last by SIGKILL to its whole group.
async function end(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    const late = sleep(STOP_MS, false, { ref: false });
    if (!await Promise.race([ended.then(() => true), late])) {
      killGroup(child);
      throw new Error(`run.sh did not end within ${STOP_MS} ms after SIGTERM`);
    }
  }
  return child.exitCode ?? 128 + 15;
}

function killGroup(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nobody is left
  }
}

// What run.sh is told.
function environment({ extra = '', options = '', keeper = false, url = '', database = '' }) {
  const { PATH, ...rest } = process.env;
  return {
    ...rest,
    PATH: keeper ? `${join(root, 'tests/lib/keeper')}:${PATH}` : PATH,
    PFORTE_BUILD: build,
    PFORTE_EXTRA: extra,
    PFORTE_OPTIONS: options,
    PFORTE_URL: url,
    PFORTE_DATABASE: database,
  };
}

async function launch(state, port, options) {
  const log = [];
  const child = spawn(join(root, 'conf/dev/run.sh'), [state, String(port)], {
    cwd: root, detached: true, stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(options),
  });
  const kill = () => killGroup(child);
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => log.push(part));
  }
  await until('demo.json', () => {
    if (child.exitCode !== null) {
      throw new Error(`run.sh ended with ${child.exitCode}:\n${Buffer.concat(log)}`);
    }
    return existsSync(join(state, 'demo.json'));
  }, START_MS);
  return child;
}

// Makes the state before the start, for what no API can do yet: prepare(state).
function prepareState(state, url, prepare, database) {
  makeDemo(state, { url, database });
  prepare(state);
}

// From here on every answer of the API is held against its description.
async function describeApi(base) {
  describe(base, (await send(`${base}/api/v1/openapi.json`)).json);
}

// The lines for pforte.conf with the one more that the option "clock" stands for.
function withClock(state, options) {
  if (!options.clock) {
    return options;
  }
  const file = join(state, 'options');
  const lines = options.options ? readFileSync(options.options, 'utf8') : '';
  writeFileSync(file, `${lines}\ntest_clock = true\n`);
  return { ...options, options: file };
}

// Starts a stack and stops it after the last test of the file. Options:
//   prepare(state)  changes the state before anything runs
//   options         a file with more lines for pforte.conf
//   url             what browsers type, if that is another address
//   extra           a file to include in nginx's server block
//   database        its address, where that is not the usual one
//   clock           moveTime() moves the application's time
//   keeper          memcached can be stopped and started again
//   mayEnd          a test ends one of the programs, and so all of it
export async function startStack({ prepare, ...options } = {}) {
  if (process.env.PFORTE_BASE_URL) {
    const demo = JSON.parse(readFileSync(process.env.PFORTE_DEMO_JSON, 'utf8'));
    await describeApi(process.env.PFORTE_BASE_URL);
    return new Foreign(process.env.PFORTE_BASE_URL, demo);
  }
  const state = mkdtempSync(join(tmpdir(), 'pforte-test-'));
  const port = await freePort();
  options.database ??= copyDemo(state);
  if (prepare) {
    prepareState(state, options.url ?? `http://127.0.0.1:${port}`, prepare, options.database);
  }
  const child = await launch(state, port, withClock(state, options));
  const demo = JSON.parse(readFileSync(join(state, 'demo.json'), 'utf8'));
  const stack = new Stack(`http://127.0.0.1:${port}`, demo, state, child, options);
  after(() => stack.stop());
  await describeApi(stack.base);
  return stack;
}
