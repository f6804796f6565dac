/**
 * Makes the full runs of docs/results: for each the results as JSON, and the page, and then the list and the
 * tables of them in docs/results/README.md. Names as arguments make only these, and `list` only the list and the tables. Needs a
 * build, a quiet machine and an hour or two.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}docs/results`;
const OTHERS = [
  '--with',
  'nginx,nginx-sendfile-off,apache-prefork,apache-worker,apache-event,lighttpd,node-http,serve',
];

/** The name of each, and how it is asked for. */
const RUNS = {
  site: ['--full', '--seconds', '2s', ...OTHERS, '--workload', 'site', '--suite', 'switch,descriptors'],
  blocking: ['--workload', 'blocking', '--seconds', '3s', '--repetitions', '10'],
  // The workloads single-file and data-set are among its experiments, with other values.
  flash: ['--suite', 'flash', '--repetitions', '3'],
  idle: ['--workload', 'idle', '--seconds', '1s', '--repetitions', '3'],
  connections: ['--workload', 'connections', '--seconds', '1s', '--repetitions', '3'],
  handler: ['--workload', 'handler', '--seconds', '3s', '--repetitions', '3'],
  wan: ['--workload', 'wan', '--seconds', '3s', '--repetitions', '3'],
};

const LIST = 'list';
const asked = process.argv.slice(2);
const unknown = asked.find((name) => name !== LIST && !Object.hasOwn(RUNS, name));
if (unknown !== undefined) {
  console.error(`There is no run ${unknown}; there are ${Object.keys(RUNS).join(', ')}, and ${LIST}.`);
  process.exit(1);
}
for (const name of asked.length > 0 ? asked.filter((one) => one !== LIST) : Object.keys(RUNS)) {
  const outputs = ['json', 'report'].flatMap((form) => [`--${form}`, fileOf(name, form)]);
  console.log(`== ${name}`);
  const words = ['dist/cli/main.js', 'compare', 'examples/site', ...RUNS[name], ...outputs];
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
  if (status !== 0) console.error(`${name} ended with ${status}.`);
}
writeList();

function fileOf(name, form) {
  return `${folder}/${name}.${form === 'json' ? 'json' : 'html'}`;
}

/** The list behind the words of README.md, and the tables of each run behind the list, anew. */
function writeList() {
  const readme = `${folder}/README.md`;
  const [words] = readFileSync(readme, 'utf8').split('\n| run |');
  const made = Object.keys(RUNS).filter((name) => existsSync(fileOf(name, 'json')));
  const rows = made.map((name) => `| ${name} | [page with plots](${name}.html) | [every number](${name}.json) |`);
  const list = rows.length === 0 ? [] : ['', '| run | page | numbers |', '| --- | --- | --- |', ...rows];
  const tables = made.map((name) => `\n${markdownOf(name).replace(/^#/gm, '##').replace('Amped, compared', name)}`);
  writeFileSync(readme, `${[words.trimEnd(), ...list, ...tables].join('\n')}\n`);
}

function markdownOf(name) {
  const words = ['dist/cli/main.js', 'compare', '--from', fileOf(name, 'json'), '--markdown', '-'];
  const { stdout } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' });
  return stdout.trimEnd();
}
