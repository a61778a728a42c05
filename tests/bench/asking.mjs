// Calls of a stack, timed, and the processor's time that they take.
import { readFileSync, readdirSync } from 'node:fs';
import { Agent, request } from 'node:http';

import { onPostgresql } from '../lib/database.mjs';

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

export function asking(stack, { connections = 1 } = {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const database = onPostgresql && /\/\/\/(\w+)\?/.exec(stack.database)[1];

  const one = (path, headers, { method = 'GET', body } = {}) => new Promise((done, fail) => {
    const began = process.hrtime.bigint();
    request(`${stack.base}${path}`, { agent, headers, method }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => done({ ms: Number(process.hrtime.bigint() - began) / 1e6, status: answer.statusCode,
        headers: answer.headers, text: Buffer.concat(parts).toString() }));
    }).on('error', fail).end(body);
  });

  const isOurs = (line) => (onPostgresql && /^postgres: /.test(line) ? line.includes(database)
    : /pforte .* worker /.test(line) && line.includes(stack.state));

  // Processor's time of the application, and of the database's server; ms.
  function spent() {
    let total = 0;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (isOurs(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))) {
          total += Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
        }
      } catch {
        // it has ended meanwhile
      }
    }
    return total;
  }

  return { one, spent, close: () => agent.destroy() };
}
