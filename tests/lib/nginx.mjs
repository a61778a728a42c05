// nginx with the module, for one test file: started with a configuration that
// stands in the test, on a free port, from a directory of its own.
//
//   const nginx = await startNginx({ http: '…', server: '…' });
//   await nginx.get('/acme/');
//
// At the end of the file it is stopped, and any alert in its log is a failure.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { send } from './client.mjs';
import { freePort } from './ports.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const build = resolve(root, process.env.PFORTE_BUILD ?? 'build');

const own = join(build, 'sbin/nginx');
const program = process.env.PFORTE_NGINX ?? (existsSync(own) ? own : 'nginx');

const alarming = /\[(alert|emerg)\]|Sanitizer|runtime error:|SUMMARY:/;

// A module built with ASan needs its library loaded first: the build notes
// which. A worker that ends before it served anything looks like a leak of nginx
// itself (its connections, which no timer points to yet).
const note = join(build, 'nginx.preload');
const preload = process.env.PFORTE_NGINX_PRELOAD ??
  (existsSync(note) ? readFileSync(note, 'utf8').trim() : '');
export const sanitized = preload !== '';

// With a clock, the name of a file, nginx's time is as many seconds off as it says.
export function environment({ clock } = {}) {
  const libraries = clock ? `${preload} ${join(build, 'tests/clock.so')}`.trim() : preload;
  return { ...process.env, ...(clock && { PFORTE_CLOCK: clock }),
    ...(libraries && { LD_PRELOAD: libraries }), ...(preload && {
    ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? 'detect_leaks=1:fast_unwind_on_malloc=0',
    LSAN_OPTIONS: `suppressions=${root}tests/lib/lsan.supp:print_suppressions=0`,
    UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? 'print_stacktrace=1',
  }) };
}

function configuration(dir, port, { http = '', server = '', main = '', workers = 1, module = true }) {
  const temp = ['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi']
    .map((name) => `${name}_temp_path ${dir}/temp/${name};`).join('\n    ');
  return `
${module ? `load_module ${build}/ngx_http_pforte_module.so;` : ''}
${process.getuid() === 0 ? 'user root;' : ''}
daemon off;
worker_processes ${workers};
worker_shutdown_timeout 5s;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log info;
${main}
events {
    worker_connections 512;
}
http {
    ${temp}
    access_log ${dir}/access.log;
    ${http}
    server {
        listen 127.0.0.1:${port};
        ${server}
    }
}
`;
}

const alarmsIn = (log) => log.split('\n').filter((line) => alarming.test(line));

class Nginx {
  alarms = [];

  constructor(dir, port, child) {
    Object.assign(this, { dir, port, child, base: `http://127.0.0.1:${port}` });
  }

  get(path, options) {
    return send(this.base + path, options);
  }

  // A request whose path is sent as it is written; the URL class would tidy it.
  raw(path, headers = {}, method = 'GET') {
    return new Promise((done, fail) => {
      request({ host: '127.0.0.1', port: this.port, path, headers, method, agent: false },
        (answer) => done(answer.resume())).on('error', fail).end();
    });
  }

  // What the error log got since the call of mark().
  mark() {
    const from = this.log.length;
    return () => this.log.slice(from);
  }

  get log() {
    return readFileSync(join(this.dir, 'error.log'), 'utf8');
  }

  // The error log up to now, which then begins anew: for runs of hours, whose log
  // is too long for one string. Its alarms count at the end all the same.
  async takeLog() {
    const old = join(this.dir, 'error.log.old');
    renameSync(join(this.dir, 'error.log'), old);
    this.child.kill('SIGUSR1');
    await sleep(500);
    const text = readFileSync(old, 'utf8');
    rmSync(old);
    this.alarms.push(...alarmsIn(text));
    return text;
  }

  get accessLog() {
    return readFileSync(join(this.dir, 'access.log'), 'utf8');
  }

  // The processes that serve now.
  get workers() {
    return readFileSync(`/proc/${this.child.pid}/task/${this.child.pid}/children`, 'utf8')
      .trim().split(' ').map(Number);
  }

  // New workers from the same configuration; resolves when the old are gone.
  async reload() {
    const old = this.workers;
    this.child.kill('SIGHUP');
    for (let i = 0; i < 300; i++) {
      await sleep(20);
      const now = this.workers;
      if (now.length > 0 && !now.some((pid) => old.includes(pid))) {
        return;
      }
    }
    throw new Error('the old workers do not leave');
  }

  async stop() {
    if (this.stopped) {
      return;
    }
    this.stopped = true;
    const ended = new Promise((done) => this.child.once('exit', done));
    if (this.child.exitCode === null) {
      this.child.kill('SIGQUIT');
      const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    }
    const alarms = [...this.alarms, ...alarmsIn(this.log)];
    if (alarms.length === 0 && !process.env.PFORTE_KEEP) {
      rmSync(this.dir, { recursive: true, force: true });
    }
    assert.deepEqual(alarms, [], `alarms in ${this.dir}/error.log`);
  }
}

function prepare(parts, port) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-edge-'));
  mkdirSync(join(dir, 'temp'));
  writeFileSync(join(dir, 'nginx.conf'), configuration(dir, port, parts));
  return dir;
}

// What `nginx -t`, or -T, says: { ok, text, dump }.
export function testConfiguration(parts, how = '-t') {
  const dir = prepare(parts, 1);
  const { status, stderr, stdout } = spawnSync(program,
    [how, '-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')],
    { env: environment(), encoding: 'utf8' });
  rmSync(dir, { recursive: true, force: true });
  return { ok: status === 0, text: stderr, dump: stdout };
}

async function answers(port, child) {
  for (let i = 0; i < 500; i++) {
    if (child.exitCode !== null) {
      return false;
    }
    try {
      await send(`http://127.0.0.1:${port}/`, { method: 'OPTIONS', timeout: 2000 });
      return true;
    } catch {
      await sleep(10);
    }
  }
  return false;
}

export async function startNginx(parts) {
  const port = await freePort();
  const dir = prepare(parts, port);
  const child = spawn(program, ['-p', dir, '-e', join(dir, 'error.log'),
    '-c', join(dir, 'nginx.conf')], { env: environment(parts), stdio: 'inherit' });
  process.once('exit', () => child.kill('SIGTERM'));
  if (!await answers(port, child)) {
    child.kill('SIGTERM');
    const log = join(dir, 'error.log');
    throw new Error(`nginx does not start:\n${existsSync(log) && readFileSync(log, 'utf8')}`);
  }
  const nginx = new Nginx(dir, port, child);
  after(() => nginx.stop());
  return nginx;
}
