// The database of a state, as its own program sees it: sqlite3 or psql.
//
//   PFORTE_POSTGRESQL   the directory with the socket of a private PostgreSQL
//                       server, which tests/lib/postgresql.mjs starts: tests run
//                       on that, each stack in a database of its own
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { programs } from './postgresql.mjs';

const server = process.env.PFORTE_POSTGRESQL;
export const onPostgresql = Boolean(server);

// For a test of what only SQLite has: its one write lock.
export const sqliteOnly = onPostgresql && 'SQLite has one lock for all who write';

// Debian's psql on the path is a script that looks for this one, and costs more.
const psqlProgram = () => join(programs(), 'psql');

const address = (name, dir) => `postgresql:///${name}?host=${dir}&user=postgres`;

const nameOf = (url) => /\/\/\/(\w+)\?host=([^&]+)/.exec(url).slice(1);

// A new database on the private server, empty or a copy of the one with that address:
// its own address for pforte.conf.
export function newDatabase(dir = server, origin = undefined) {
  const name = `t${randomBytes(6).toString('hex')}`;
  const template = origin ? nameOf(origin)[0] : 'template0';
  psql(address('postgres', dir), `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return address(name, dir);
}

export function dropDatabase(url) {
  const [name, dir] = nameOf(url);
  psql(address('postgres', dir), `DROP DATABASE ${name} WITH (FORCE)`);
}

// By standard input, as texts may be long.
function psql(url, text) {
  return execFileSync(psqlProgram(), ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', '-'],
    { input: text, encoding: 'utf8' });
}

// The last line that names it counts, as in pforte.conf.
export const urlOf = (state) => [...readFileSync(join(state, 'pforte.conf'), 'utf8')
  .matchAll(/^database *= *"(.*)"$/gm)].at(-1)[1];

// Rows of a SELECT; or what a change answers: nothing.
export function sql(state, text) {
  const url = urlOf(state);
  if (url.startsWith('sqlite:')) {
    const out = execFileSync('sqlite3', ['-bail', '-json', '-cmd', '.timeout 5000',
      url.slice('sqlite:'.length)], { input: text, encoding: 'utf8' });
    return out.trim() ? JSON.parse(out) : [];
  }
  if (!/^\s*(SELECT|WITH)\b/i.test(text)) {
    psql(url, text);
    return [];
  }
  return JSON.parse(psql(url, `SELECT COALESCE(json_agg(one), '[]') FROM (${text}) one`));
}

// The names of all tables but the list of migrations.
export function tables(state) {
  const from = urlOf(state).startsWith('sqlite:')
    ? "SELECT name FROM sqlite_master WHERE type = 'table'"
    : "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'";
  return sql(state, `${from} ORDER BY name`).map(({ name }) => name)
    .filter((name) => name !== 'schema_migration' && !name.startsWith('sqlite_'));
}

// Whether nobody holds up whoever else writes.
export function lockIsFree(state) {
  if (!urlOf(state).startsWith('sqlite:')) {
    return true; // there is no lock of all
  }
  try {
    sql(state, 'PRAGMA busy_timeout = 200; BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    return false;
  }
}

// Holds the database's one write lock until release(), or, with a change that
// nobody sees before, until commit(). On PostgreSQL only the rows are locked that
// the change touches.
export async function lock(state, change = '') {
  const url = urlOf(state);
  const [program, args, begin] = url.startsWith('sqlite:')
    ? ['sqlite3', ['-bail', '-cmd', '.timeout 5000', url.slice('sqlite:'.length)], 'BEGIN IMMEDIATE']
    : [psqlProgram(), ['-qAtX', '-v', 'ON_ERROR_STOP=1', '-d', url], 'BEGIN ISOLATION LEVEL SERIALIZABLE'];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const held = new Promise((done) => child.stdout.once('data', done));
  child.stdin.write(`${begin}; ${change} SELECT 'held';\n`);
  await held;
  const end = async (word) => {
    const ended = new Promise((done) => child.once('exit', done));
    child.stdin.end(`${word};\n`);
    await ended;
  };
  return { release: () => end('ROLLBACK'), commit: () => end('COMMIT') };
}
