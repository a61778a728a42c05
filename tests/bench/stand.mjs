// What is measured: the demo with one nginx worker and the locations of
// bench.conf.in, a FastCGI responder beside it, and wrk against them.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { send } from '../lib/client.mjs';
import { newDatabase, sql } from '../lib/database.mjs';
import { freePort } from '../lib/ports.mjs';
import { startServer } from '../lib/postgresql.mjs';
import { build, root, until } from '../lib/stack.mjs';

const here = join(root, 'tests/bench');
const FILE_BYTES = 1024;
const TICK_US = 10_000;
const FEW = 100; // answers for which wrk is left its second, as replay.lua does

const readText = (path) => readFileSync(path, 'utf8');

// ---- processes

function processes() {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readText(`/proc/${pid}/stat`);
      const command = readText(`/proc/${pid}/cmdline`).replace(/\0/g, ' ').trim();
      return [{ pid, parent: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1], command }];
    } catch {
      return []; // it ended meanwhile
    }
  });
}

function below(parent, all) {
  return all.filter((one) => one.parent === String(parent))
    .flatMap((one) => [one, ...below(one.pid, all)]);
}

function kindOf(command) {
  return /^nginx/.test(command) ? 'nginx' : /memcached/.test(command) ? 'memcached'
    : /^\S*hello /.test(command) ? 'hello' : /postgres/.test(command) ? 'postgresql'
      : /pforte.* (serve|jobs|worker)\b/.test(command) ? 'app' : undefined;
}

// Microseconds of CPU, user and system, of all threads. The scheduler counts in
// nanoseconds; stat, where there is nothing better, in hundredths of a second.
const exact = existsSync('/proc/self/schedstat');

function cpuOf(pid) {
  if (exact) {
    return readdirSync(`/proc/${pid}/task`).reduce((sum, task) =>
      sum + Number(readText(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]) / 1000, 0);
  }
  const stat = readText(`/proc/${pid}/stat`);
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13);
  return (Number(user) + Number(system)) * TICK_US;
}

const pssOf = (pid) =>
  Number(/^Pss:\s+(\d+)/m.exec(readText(`/proc/${pid}/smaps_rollup`))[1]) / 1024;

// ---- the stand

export class Stand {
  #children = [];
  peers = {};

  // On SQLite and beside the peers; or on a PostgreSQL server of its own, which
  // syncs as in production.
  static async start({ postgresql = false } = {}) {
    const stand = new Stand();
    stand.dir = mkdtempSync(join(tmpdir(), 'pforte-bench-'));
    stand.state = join(stand.dir, 'state');
    process.once('exit', (code) => {
      stand.#kill();
      if (code !== 0) {
        console.error(`what was measured lies in ${stand.dir}`);
      }
    });
    if (postgresql) {
      stand.server = await startServer({ durable: true });
      stand.#children.push(stand.server.child);
    }
    await stand.#startHello();
    await stand.#startDemo();
    if (!postgresql) {
      await stand.#startPeers();
    }
    return stand;
  }

  async #startHello() {
    const socket = join(this.dir, 'hello.sock');
    this.#children.push(spawn(join(build, 'bench/hello'), [socket], { stdio: 'inherit' }));
    await until('hello', () => existsSync(socket));
  }

  async #startDemo() {
    const files = join(this.dir, 'files');
    const extra = join(this.dir, 'bench.conf');
    const port = await freePort();
    mkdirSync(files);
    writeFileSync(join(files, 'file.txt'), 'x'.repeat(FILE_BYTES));
    writeFileSync(extra, readText(join(here, 'bench.conf.in')).replaceAll('@FILES@', files)
      .replaceAll('@STATE@', this.state).replaceAll('@HELLO@', join(this.dir, 'hello.sock')));
    const said = [];
    this.demoProcess = spawn(join(root, 'conf/dev/run.sh'), [this.state, String(port)], {
      cwd: root, detached: true, stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PFORTE_BUILD: build, PFORTE_EXTRA: extra, PFORTE_NGINX_WORKERS: '1',
        ...(this.server && { PFORTE_DATABASE: newDatabase(this.server.dir) }) },
    });
    this.demoProcess.stderr.on('data', (part) => said.push(part));
    await until('the demo', () => {
      if (this.demoProcess.exitCode !== null) {
        throw new Error(`the demo does not start:\n${Buffer.concat(said)}`);
      }
      return existsSync(join(this.state, 'demo.json'));
    }, 60_000);
    this.base = `http://127.0.0.1:${port}`;
    this.demo = JSON.parse(readText(join(this.state, 'demo.json')));
  }

  // Other gates, each before the same file with a server of its own.
  async #startPeers() {
    for (const [kind, program, ...args] of [['lua', 'nginx'], ['apache', 'apache2', '-DFOREGROUND']]) {
      const peer = { kind, secret: randomBytes(32).toString('hex'), port: await freePort() };
      const conf = join(this.dir, `${kind}.conf`);
      writeFileSync(conf, readText(join(here, `${kind}.conf.in`))
        .replaceAll('@DIR@', this.dir).replaceAll('@FILES@', join(this.dir, 'files'))
        .replaceAll('@PORT@', peer.port).replaceAll('@SECRET@', peer.secret)
        .replaceAll('@USER@', process.getuid() === 0 ? 'user root;' : ''));
      const child = spawn(program, [...args, kind === 'lua' ? '-c' : '-f', conf],
        { stdio: ['ignore', 'ignore', 'inherit'] });
      this.#children.push(child);
      peer.pid = child.pid;
      peer.base = `http://127.0.0.1:${peer.port}`;
      this.peers[kind] = peer;
      await until(program, () => send(`${peer.base}/plain/file.txt`).catch(() => false));
    }
  }

  #find() {
    const all = processes();
    const mine = [this.demoProcess, ...this.#children]
      .flatMap(({ pid }) => [...all.filter((one) => one.pid === String(pid)), ...below(pid, all)]);
    const peerOf = (pid) => Object.values(this.peers).find((peer) =>
      [String(peer.pid), ...below(peer.pid, all).map((one) => one.pid)].includes(pid))?.kind;
    this.processes = mine
      .map((one) => ({ ...one, kind: peerOf(one.pid) ?? kindOf(one.command) }))
      .filter(({ kind }) => kind);
  }

  tenant(id) {
    return this.demo.tenants.find((tenant) => tenant.id === id);
  }

  // Microseconds so far, by kind of process.
  cpu() {
    return this.#sum(cpuOf);
  }

  // Mebibytes, what is shared divided among those who share it; hello is ours.
  memory() {
    const { hello, lua, apache, ...rest } = this.#sum(pssOf);
    return rest;
  }

  #sum(measure) {
    const sums = {};
    for (const { pid, kind } of this.processes) {
      sums[kind] = (sums[kind] ?? 0) + measure(pid);
    }
    return sums;
  }

  sql(text) {
    return sql(this.state, text);
  }

  // The claims of a token that our key sealed.
  inspect(assertion, token) {
    const key = readText(join(this.state, 'keyring')).split('\n')
      .find((line) => line.startsWith('k4.local.'));
    return JSON.parse(execFileSync(join(build, 'pforte'), ['token', 'inspect', '--key', key,
      '--assertion', assertion, token], { encoding: 'utf8' }));
  }

  // Tokens of ours with those claims, one of them random: [{ name, token }].
  tokens(purpose, tenant, claim, count, claims) {
    const out = execFileSync(join(build, 'bench/tokens'),
      [join(this.state, 'keyring'), purpose, tenant, claim, String(count)],
      { input: JSON.stringify(claims), encoding: 'utf8', maxBuffer: 1 << 30 });
    return out.trim().split('\n').map((line) => {
      const [name, token] = line.split(' ');
      return { name, token };
    });
  }

  // A file of requests for wrk: each { method, path, headers, body }.
  requests(name, list) {
    const path = join(this.dir, `${name}.requests`);
    writeFileSync(path, list.map(({ method = 'GET', path: at, headers = {}, body }) =>
      [method, at, ...Object.entries(headers).map(([key, value]) => `${key}: ${value}`),
        ...(body ? [`=${body}`] : [])].join('\t')).join('\n') + '\n');
    return path;
  }

  // Runs wrk for so long, or until so many answers; resolves with what it saw, and
  // the CPU of everybody meanwhile.
  async wrk(file, { first = 0, seconds = first < FEW ? 1 : 3600, connections = 16, gap = 0,
    base = this.base }) {
    this.#find(); // a connection to the database may be newer than the stand
    const before = this.cpu();
    const seen = await run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`,
      '-s', join(here, 'replay.lua'), base, '--', file,
      ...(first ? [`first=${first}`] : []), ...(gap ? [`gap=${gap}`] : [])]);
    const after = this.cpu();
    const cpu = Object.fromEntries(Object.keys(after)
      .map((kind) => [kind, (after[kind] - before[kind]) / seen.requests]));
    return { ...seen, rate: seen.requests / seen.seconds, cpu,
      us: Object.values(cpu).reduce((sum, us) => sum + us, 0) };
  }

  async stop() {
    const ended = new Promise((done) => this.demoProcess.once('exit', done));
    this.demoProcess.kill('SIGTERM');
    await ended;
    await this.server?.remove();
    this.#kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  // At the end, or as far as it came.
  #kill() {
    for (const child of this.#children) {
      child.kill('SIGTERM');
    }
    try {
      process.kill(-this.demoProcess?.pid, 'SIGKILL');
    } catch {
      // nobody is left
    }
  }
}

// The last line that the program says, as JSON.
function run(program, args) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (part) => { text += part; });
    child.on('error', fail);
    child.on('close', (code) => {
      const line = text.trim().split('\n').at(-1);
      if (code !== 0 || !line.startsWith('{')) {
        fail(new Error(`${program} ended with ${code}: ${text}`));
        return;
      }
      done(JSON.parse(line));
    });
  });
}
