// Samples to figures, figures to a table that people read.

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = sorted.length >> 1;
  return sorted.length % 2 ? sorted[at] : (sorted[at - 1] + sorted[at]) / 2;
}

// The median of every number in the samples, also of those one level below.
export function middle(samples) {
  return Object.fromEntries(Object.entries(samples[0]).map(([key, value]) => {
    const all = samples.map((sample) => sample[key]);
    return [key, typeof value === 'number' ? median(all) : middle(all)];
  }));
}

export function summary({ name, goal, rate: wanted }, samples) {
  const range = (of) => [Math.min(...samples.map(of)), Math.max(...samples.map(of))];
  const { statuses, ...figures } = middle(samples);
  return { name, goal, wanted, ...figures, ratio_range: range(({ ratio }) => ratio),
    hellos_range: figures.hellos && range(({ hellos }) => hellos), samples };
}

const kinds = ['nginx', 'app', 'postgresql', 'memcached', 'hello', 'lua', 'apache'];
const fixed = (value, digits = 2) => value.toFixed(digits);
const whole = (value) => Math.round(value).toLocaleString('en');
const verdict = (good) => (good ? 'met' : 'MISSED');

// Left-aligned the first column, right-aligned the others.
function print(head, lines) {
  const all = [head, ...lines].map((line) => line.map((cell) => String(cell ?? '')));
  const widths = head.map((_, i) => Math.max(...all.map((line) => line[i].length)));
  const text = (line) => line.map((cell, i) =>
    (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ').trimEnd();
  console.log(['', text(all[0]), '-'.repeat(text(all[0]).length), ...all.slice(1).map(text)]
    .join('\n'));
}

// "18.1 + 40.2 app": whose CPU it was, but for what is nearly nothing.
const shares = (cpu) => kinds.filter((kind) => cpu[kind] >= 0.5)
  .map((kind) => `${kind} ${fixed(cpu[kind], 1)}`).join(' + ');

function aim({ goal, wanted, ratio, rate }) {
  if (goal) {
    return `≤ ${fixed(goal)} ${verdict(ratio <= goal)}`;
  }
  return wanted ? `≥ ${whole(wanted)}/s ${verdict(rate >= wanted)}` : '';
}

export function printRows({ rows, machine, settings, disturbance }) {
  console.log(`${machine.processors} processors ${machine.model}, ` +
    `${settings.rounds} rounds of ${settings.seconds} s; others used ` +
    `${whole(100 * disturbance.before)} % of the machine before and ` +
    `${whole(100 * disturbance.after)} % after; disk sync ${fixed(machine.sync_ms)} ms`);
  const range = (ends) => ends?.map((end) => fixed(end)).join('–');
  print(['request', 'µs CPU', 'ratio', 'min–max', '÷ hello', 'min–max', 'req/s', 'p50 ms', 'p99 ms',
    'goal', 'of which'],
  rows.map((row) => [row.name, fixed(row.us, 1), fixed(row.ratio), range(row.ratio_range),
    row.hellos && fixed(row.hellos), range(row.hellos_range), whole(row.rate), fixed(row.p50),
    fixed(row.p99), aim(row), shares(row.cpu)]));
}

export function printChecks({ checks: row }) {
  if (row) {
    print(['link of a merchant', 'µs passed on', 'µs checked', 'added', 'µs Ed25519', 'ratio',
      'min–max', 'goal'], [['check at the edge', fixed(row.passed, 1), fixed(row.checked, 1),
      fixed(row.added, 1), fixed(row.ed25519, 1), fixed(row.ratio),
      `${fixed(row.ratio_min)}–${fixed(row.ratio_max)}`, aim({ goal: 1.3, ratio: row.ratio })]]);
  }
}

export function printZone({ zone: row }) {
  if (row) {
    print(['zone', 'MiB', 'evicted', 'goal'], [[`${whole(row.sessions)} sessions more`,
      fixed(row.mib, 1), row.evictions, `≤ 20 ${verdict(row.mib <= 20 && row.evictions === 0)}`]]);
  }
}

export function printHandoffs({ handoffs }) {
  print(['handoff', 'µs CPU', 'handoffs/s', 'p50 ms', 'p99 ms', 'goal', 'of which'],
    handoffs.map((row) => [row.name, whole(row.us), whole(row.rate), fixed(row.p50),
      fixed(row.p99), `≥ 1,500/s, ≤ 50 ms ${verdict(row.rate >= 1500 && row.p99 <= 50)}`,
      shares(row.cpu)]));
}

export function printSignIns({ signIns: { alone, beside, calm, harm, meanwhile } }) {
  print(['sign-in by password', 'µs CPU', '/s', 'p50 ms', 'p99 ms', 'goal'], [
    ['sign-ins alone', whole(alone.us), fixed(alone.rate, 1), fixed(alone.p50), fixed(alone.p99), ''],
    ['sign-ins beside pages', '', fixed(beside.rate, 1), fixed(beside.p50), fixed(beside.p99), ''],
    ['dashboard alone', whole(calm.us), whole(calm.rate), fixed(calm.p50), fixed(calm.p99), ''],
    ['dashboard beside sign-ins', '', whole(meanwhile.rate), fixed(meanwhile.p50),
      fixed(meanwhile.p99), `p99 ≤ twice: ${fixed(harm)} in a round ${verdict(harm <= 2)}`],
  ]);
}

export function printMemory({ memory, sessions }) {
  const all = Object.values(memory).reduce((sum, mib) => sum + mib, 0);
  print([`memory with ${whole(sessions)} sessions`, 'MiB PSS', 'goal'],
    [...Object.entries(memory).map(([kind, mib]) => [kind, fixed(mib, 1), '']),
      ['all', fixed(all, 1), `≤ 100 ${verdict(all <= 100)}`]]);
}
