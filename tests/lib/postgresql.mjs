// A private PostgreSQL server in a temporary directory, listening on a socket
// there alone. As a program it runs a command beside one:
//   node tests/lib/postgresql.mjs node --test tests/app/
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = '/usr/lib/postgresql';
export const programs = () => join(home, readdirSync(home).sort((a, b) => b - a)[0], 'bin');

// It refuses to run as root.
function somebody() {
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {};
}

function makeCluster(who) {
  const dir = mkdtempSync(join(tmpdir(), 'pforte-postgresql-'));
  const data = join(dir, 'data');
  mkdirSync(data);
  chmodSync(dir, 0o755);
  for (const path of who.uid === undefined ? [] : [dir, data]) {
    chownSync(path, who.uid, who.gid);
  }
  execFileSync(join(programs(), 'initdb'), ['-D', data, '-U', 'postgres', '-E', 'UTF8', '--locale=C',
    '--auth=trust', '--no-sync'], { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  return dir;
}

class Server {
  constructor(dir, who, durable) {
    Object.assign(this, { dir, who, durable });
  }

  async start() {
    const options = {
      listen_addresses: '', unix_socket_directories: this.dir, unix_socket_permissions: '0777',
      max_connections: 200, log_min_messages: 'panic',
      shared_buffers: '512MB', // of it is taken what is used; docs/OPERATIONS.md
      random_page_cost: '1.1', // of a disk that need not seek; docs/OPERATIONS.md
      ...(this.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    };
    this.child = spawn(join(programs(), 'postgres'), ['-D', join(this.dir, 'data'),
      ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...this.who, cwd: this.dir, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
    for (let i = 0; i < 400; i++) {
      try {
        execFileSync(join(programs(), 'pg_isready'), ['-q', '-h', this.dir, '-U', 'postgres'],
          { stdio: 'ignore' });
        return this;
      } catch {
        await new Promise((done) => setTimeout(done, 50));
      }
    }
    throw new Error('PostgreSQL does not start');
  }

  // 'SIGINT' sends away whoever is connected, 'SIGQUIT' is a crash.
  async stop(signal = 'SIGINT') {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await ended;
  }

  // All of its processes, so that it hangs, or goes on.
  signal(name) {
    const children = execFileSync('pgrep', ['-P', String(this.child.pid)], { encoding: 'utf8' });
    for (const pid of [this.child.pid, ...children.trim().split('\n').map(Number)]) {
      process.kill(pid, name);
    }
  }

  async remove() {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

// durable: it syncs, as in production.
export async function startServer({ durable = false } = {}) {
  const who = somebody();
  return new Server(makeCluster(who), who, durable).start();
}

async function beside(server, [program, ...args]) {
  const child = spawn(program, args, { stdio: 'inherit',
    env: { ...process.env, PFORTE_POSTGRESQL: server.dir } });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (status) => done(status ?? 1));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await startServer();
  try {
    process.exitCode = await beside(server, process.argv.slice(2));
  } finally {
    await server.remove();
  }
}
