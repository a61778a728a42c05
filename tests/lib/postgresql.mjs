// Runs a command beside a private PostgreSQL server, which lives in a temporary
// directory and listens on a socket there alone:
//   node tests/lib/postgresql.mjs node --test tests/app/
// PFORTE_POSTGRESQL_DURABLE=1 lets it sync, for tests that take its power away.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [versions] = [readdirSync('/usr/lib/postgresql').sort((a, b) => b - a)];
const bin = join('/usr/lib/postgresql', versions[0], 'bin');
const dir = mkdtempSync(join(tmpdir(), 'pforte-postgresql-'));
const data = join(dir, 'data');

// It refuses to run as root.
const root = process.getuid() === 0;
const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
const who = root ? { uid: id('-u'), gid: id('-g') } : {};
mkdirSync(data);
if (root) {
  chownSync(dir, who.uid, who.gid);
  chownSync(data, who.uid, who.gid);
}
chmodSync(dir, 0o755);

execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-E', 'UTF8', '--locale=C',
  '--auth=trust', '--no-sync'], { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });

const options = {
  listen_addresses: '', unix_socket_directories: dir, unix_socket_permissions: '0777',
  max_connections: 200, shared_buffers: '64MB', log_min_messages: 'fatal',
  ...(process.env.PFORTE_POSTGRESQL_DURABLE
    ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
};
const server = spawn(join(bin, 'postgres'), ['-D', data,
  ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
{ ...who, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'], detached: true });

async function answers() {
  for (let i = 0; i < 200; i++) {
    try {
      execFileSync(join(bin, 'pg_isready'), ['-q', '-h', dir, '-U', 'postgres'], { stdio: 'ignore' });
      return;
    } catch {
      await new Promise((done) => setTimeout(done, 50));
    }
  }
  throw new Error('PostgreSQL does not start');
}

async function end() {
  const ended = new Promise((done) => server.once('exit', done));
  server.kill('SIGINT'); // whoever is connected is sent away
  await ended;
  rmSync(dir, { recursive: true, force: true });
}

let code = 1;
try {
  await answers();
  const [program, ...args] = process.argv.slice(2);
  const child = spawn(program, args, { stdio: 'inherit',
    env: { ...process.env, PFORTE_POSTGRESQL: dir,
      PFORTE_POSTGRESQL_PID: String(server.pid) } });
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => child.kill(signal));
  }
  code = await new Promise((done) => child.once('exit', (status) => done(status ?? 1)));
} finally {
  await end();
}
process.exit(code);
