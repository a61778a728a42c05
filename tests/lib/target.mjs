// A merchant's server that callbacks go to: http on this machine.
//
//   const target = await startTarget();
//   target.answer = (request, response) => response.writeHead(500).end();
//   const call = await target.call(({ body }) => body.type === 'test');
import { createServer } from 'node:http';
import { after } from 'node:test';

import { until } from './stack.mjs';

class Target {
  calls = []; // { headers, raw, body, at }, in the order of their arrival
  answer = (_, response) => response.writeHead(204).end();

  async start() {
    this.server = createServer(async (request, response) => {
      const raw = Buffer.concat(await request.toArray()).toString();
      this.calls.push({ headers: request.headers, method: request.method, raw,
        body: JSON.parse(raw), path: request.url, at: Date.now() });
      this.answer(request, response);
    });
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.server.unref();
    this.port = this.server.address().port;
    this.url = `http://localhost:${this.port}/hook`;
    after(() => {
      this.server.closeAllConnections();
      this.server.close();
    });
  }

  call(fits = () => true, ms = 30_000) {
    return until('a callback', () => this.calls.find(fits), ms);
  }
}

export async function startTarget() {
  const target = new Target();
  await target.start();
  return target;
}
