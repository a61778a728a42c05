// Requests without a pause, a connection for each, and what became of them.
import { sleep } from './stack.mjs';

// Starts `parallel` loops over ask(), which answers or throws; good(answer) says
// whether that was it. stop() ends them and gives the counts.
export function startLoad(ask, { good = ({ status }) => status === 200, parallel = 8 } = {}) {
  const counts = { answered: 0, lost: [], slowest: 0 };
  let on = true;
  const one = async () => {
    const began = performance.now();
    try {
      const answer = await ask();
      if (good(answer)) {
        counts.answered++;
      } else {
        counts.lost.push(`status ${answer.status}`);
      }
    } catch (error) {
      counts.lost.push(error.code ?? error.message);
    }
    counts.slowest = Math.max(counts.slowest, Math.round(performance.now() - began));
  };
  const loops = Array.from({ length: parallel }, async () => {
    while (on) {
      await one();
    }
  });
  return {
    counts,
    async stop() {
      on = false;
      await Promise.all(loops);
      return counts;
    },
  };
}

// Runs the load while during() does its harm, with some time before and after.
export async function underLoad(ask, options, during) {
  const load = startLoad(ask, options);
  await sleep(300);
  await during(load.counts);
  await sleep(500);
  return load.stop();
}

export const told = ({ answered, lost, slowest }) =>
  `${answered} answered, ${lost.length} lost, slowest ${slowest} ms` +
  (lost.length ? ` (${[...new Set(lost)].join(', ')})` : '');
