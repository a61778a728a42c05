// The rows of the requirements that no test title names. A title names its rows
// first: "F13: …", "G24, G25: …", "B20–B28: …".
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const REQUIREMENTS = process.env.PFORTE_REQUIREMENTS
    ?? '../shared/docs/REQUIREMENTS.md';

// Letters of the sources; the oddities (O) are no requirements.
const ROW = /^\|\s*([FBAPGX]\d+)\s*\|\s*(.*?)\s*\|/;
const NAMES = '[FBAPGX]\\d+(?:\\s*(?:,|–|-)\\s*[FBAPGX]\\d+)*';

// test.skip and test.todo prove nothing.
const TITLES = {
    '.mjs': new RegExp(
        `\\b(?:test|it|describe|suite)(?:\\.only)?\\(\\s*['"\`](${NAMES}):`,
        'g'),
    '.c': new RegExp(`"(${NAMES}): `, 'g'),
};

function* files(directory) {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
        const path = join(directory, entry.name);
        if (entry.isDirectory() && entry.name !== 'node_modules') {
            yield* files(path);
        } else if (entry.isFile()) {
            yield path;
        }
    }
}

// "G24, G26–G28" -> G24, G26, G27, G28
function* expand(names) {
    for (const part of names.split(',')) {
        const [first, last = first] = part.split(/[–-]/).map((s) => s.trim());
        for (let n = Number(first.slice(1)); n <= Number(last.slice(1)); n++) {
            yield first[0] + n;
        }
    }
}

function namedRows() {
    const named = new Set();
    for (const path of files('tests')) {
        const titles = TITLES[path.slice(path.lastIndexOf('.'))];
        if (!titles) {
            continue;
        }
        for (const [, names] of readFileSync(path, 'utf8').matchAll(titles)) {
            for (const row of expand(names)) {
                named.add(row);
            }
        }
    }
    return named;
}

if (!existsSync(REQUIREMENTS)) {
    console.log(`${REQUIREMENTS} is absent: no rows to compare with `
        + '(PFORTE_REQUIREMENTS names another file)');
    process.exit(0);
}

const rows = readFileSync(REQUIREMENTS, 'utf8').split('\n')
    .map((line) => ROW.exec(line)).filter(Boolean);
const known = new Set(rows.map(([, id]) => id));
const named = namedRows();
const open = rows.filter(([, id]) => !named.has(id));

for (const [, id, text] of open) {
    console.log(`${id.padEnd(5)} ${text}`);
}
for (const id of named) {
    if (!known.has(id)) {
        console.log(`${id.padEnd(5)} is named by a test, but is no row`);
    }
}
console.log(`${rows.length - open.length} of ${rows.length} rows are named `
    + `by tests, ${open.length} are open`);
