// Free ports of the loopback interface, below those that the kernel gives to
// whoever connects: between the look and the use nobody else comes by one.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const FIRST = 10_240, LAST = 32_000;

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    const look = () => server.listen(randomInt(FIRST, LAST), '127.0.0.1');
    server.on('error', (error) => error.code === 'EADDRINUSE' ? look() : reject(error));
    server.on('listening', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
    look();
  });
}
