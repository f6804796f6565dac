/** amped top as a user runs it: into a pipe, and in a terminal that script(1) makes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fakePoll } from '../../admin/dashboard/fake-polls.js';
import { eventually } from '../../models/scripts.js';
import { run, type Started, start } from '../command.js';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));
const SITE = fileURLToPath(new URL('../../../examples/site', import.meta.url));

let server: Started;
let admin: string;
/** Says what `fakePoll` makes up. */
let fake: Server;
let fakeUrl: string;
let answer: 'metrics' | 'text' | 'nothing' | 'forbidden' | 'wild' | 'endless' = 'metrics';

/** Texts that a terminal would obey. */
function wild(second: number) {
  const polled = fakePoll('event', second);
  const each = polled.each?.map((worker) => ({ ...worker, kind: '\x1b[2Jloop', state: '\x9b31mbusy\n' }));
  return { ...polled, model: 'event\x1b]0;title\x07', each };
}

beforeAll(async () => {
  server = await start([SITE, '--port', '0', '--admin', '0']);
  admin = /admin +(http:\S+)/.exec(server.block)?.[1] as string;
  let seconds = 0;
  fake = createServer((_request, response) => {
    if (answer === 'nothing') response.destroy();
    else if (answer === 'endless') response.end(`{"version":"${'x'.repeat(5 * 2 ** 20)}"}`);
    else if (answer === 'wild') response.end(JSON.stringify(wild(seconds++)));
    else if (answer === 'forbidden') response.writeHead(403).end('no');
    else response.end(answer === 'text' ? 'hello' : JSON.stringify(fakePoll('process', seconds++)));
  });
  fake.listen(0, '127.0.0.1');
  await once(fake, 'listening');
  fakeUrl = `http://127.0.0.1:${(fake.address() as { port: number }).port}/`;
});

afterEach(() => {
  answer = 'metrics';
});

afterAll(async () => {
  fake.closeAllConnections();
  fake.close();
  server.process.kill('SIGTERM');
  await server.ended;
});

describe('into a pipe', () => {
  it('writes what the server counts, a line each time beneath a heading', async () => {
    const ended = run(['top', admin, '--interval', '0.3', '--count', '3']);
    let loading = true;
    const load = (async () => {
      while (loading) await (await fetch(server.url)).arrayBuffer();
    })();
    const { code, stdout, stderr } = await ended;
    loading = false;
    await load;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [heading, ...lines] = stdout.trimEnd().split('\n');
    expect(heading).toMatch(/^ +time requests\/s bytes out\/s .* longest turn$/);
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^\d\d:\d\d:\d\d +[\d.]+( k)? /);
    // Of three intervals under load, one at least saw some of it.
    expect(lines.some((line) => Number.parseFloat(line.slice(9)) > 0)).toBe(true);
    expect(stdout).not.toContain('\x1b');
  });

  it('ends quietly when nobody reads on', () => {
    const command = `"${process.execPath}" "${MAIN}" top ${admin} --interval 0.1 | head -n 2; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 15_000 });
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(stdout).toMatch(/\n0\n$/);
  });

  it('repeats its heading', async () => {
    const { stdout } = await run(['top', fakeUrl, '--interval', '0.1', '--count', '21']);
    const headings = stdout.split('\n').flatMap((line, index) => (line.includes('requests/s') ? [index] : []));
    expect(headings).toEqual([0, 21]);
  });

  it('says when the server goes away, behind its last line', async () => {
    const child = spawn(process.execPath, [MAIN, 'top', fakeUrl, '--interval', '0.1']);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      answer = 'nothing';
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([1, `The server at ${fakeUrl} has gone away.\n`]);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d .*\n$/m);
  });
});

describe('refuses with a sentence', () => {
  it('what does not answer', async () => {
    const stderr =
      'Nothing answers at http://127.0.0.1:1/; a server tells its numbers there when it is started with --admin.\n';
    expect(await run(['top', '1'])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('what is no Amped', async () => {
    answer = 'text';
    const stderr = `What answers at ${fakeUrl} is not the admin listener of Amped.\n`;
    expect(await run(['top', fakeUrl])).toEqual({ code: 1, stdout: '', stderr });
    // The site itself is none either.
    expect((await run(['top', server.url])).stderr).toBe(
      `What answers at ${server.url} is not the admin listener of Amped.\n`,
    );
  });

  it('what says more than there is to say', async () => {
    answer = 'endless';
    const stderr = `What answers at ${fakeUrl} says more than 4 MiB, which is more than Amped has to say.\n`;
    expect(await run(['top', fakeUrl])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('a name that the listener does not answer to', async () => {
    answer = 'forbidden';
    const stderr = `The admin listener at ${fakeUrl} does not answer to this name; use its address, or the name given to --admin.\n`;
    expect(await run(['top', fakeUrl])).toEqual({ code: 1, stdout: '', stderr });
  });

  it('an option that there is not; and shows its help', async () => {
    expect((await run(['top', '--every', '2'])).code).toBe(1);
    const { code, stdout } = await run(['top', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: amped top \[ADMIN-URL\] \[OPTIONS\]\n/);
  });
});

/** What a terminal shows once this has been written to it: its alternate screen, and what is on the ordinary one. */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

const hasScript = spawnSync('script', ['--version']).error === undefined;
if (!hasScript) console.log("The screen of amped top is not tested: script is missing, Debian's package bsdutils.");
else describe('in a terminal', inTerminal);

function inTerminal(): void {
  let terminal: ChildProcess | undefined;
  let shown = '';

  afterEach(() => terminal?.kill('SIGKILL'));

  /** Runs it in a terminal of 100 columns and 30 rows; what is typed goes to its standard input. */
  function open(parameters: string, environment: NodeJS.ProcessEnv = {}): Promise<number> {
    shown = '';
    const command = `stty cols 100 rows 30; exec "${process.execPath}" "${MAIN}" top ${parameters}`;
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', NO_COLOR: '', ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    terminal = child;
    child.stdout.setEncoding('utf8').on('data', (text) => {
      shown += text;
    });
    return once(child, 'close').then(([code]) => code as number);
  }

  const frames = (): number => shown.split('\x1b[H').length - 1;

  it('draws again and again until q, and gives the terminal back', async () => {
    const ended = open(`${fakeUrl} --interval 0.1`);
    await eventually(() => frames() >= 3);
    terminal?.stdin?.write('q');
    expect(await ended).toBe(0);
    expect(shown.startsWith(ENTER)).toBe(true);
    expect(shown.endsWith(LEAVE)).toBe(true);
    expect(shown).toContain('\x1b[1mAmped 0.1.0\x1b[22m');
    expect(shown).toContain('process 12 (4724)');
  });

  it('what is told has no power over the terminal', async () => {
    answer = 'wild';
    expect(await open(`${fakeUrl} --interval 0.1 --count 2`, { NO_COLOR: '1' })).toBe(0);
    expect(shown).toContain('event]0;title');
    expect(shown).not.toContain('\x1b]');
    expect(shown).not.toContain('\x1b[2J');
    expect(shown).not.toContain('\x07');
  });

  it('p and Tab turn the page', async () => {
    const ended = open(`${fakeUrl} --interval 0.1`, { NO_COLOR: '1' });
    const last = (): string => shown.split('\x1b[H').at(-1) ?? '';
    await eventually(() => last().includes('p shows more'));
    terminal?.stdin?.write('p');
    await eventually(() => last().includes('page faults'));
    expect(last()).not.toContain('process 12');
    terminal?.stdin?.write('\t');
    await eventually(() => last().includes('process 12'));
    terminal?.stdin?.write('q');
    expect(await ended).toBe(0);
  });

  it('Ctrl+C ends it too', async () => {
    const ended = open(`${fakeUrl} --interval 0.1`);
    await eventually(() => frames() >= 1);
    terminal?.stdin?.write('\x03');
    expect(await ended).toBe(130);
    expect(shown.endsWith(LEAVE)).toBe(true);
  });

  it('SIGTERM ends it too; NO_COLOR is honoured', async () => {
    const ended = open(`${fakeUrl} --interval 0.1`, { NO_COLOR: '1' });
    await eventually(() => frames() >= 1);
    // script(1) is the parent of the shell, which has become the command.
    const children = spawnSync('ps', ['--ppid', String(terminal?.pid), '-o', 'pid='], { encoding: 'utf8' });
    process.kill(Number(children.stdout), 'SIGTERM');
    expect(await ended).toBe(143);
    expect(shown.endsWith(LEAVE)).toBe(true);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
    expect(shown).not.toMatch(/\x1b\[\d+m/);
  });

  it('after the end of the server its last numbers stay, and a sentence', async () => {
    const ended = open(`${fakeUrl} --interval 0.1`);
    await eventually(() => frames() >= 1);
    answer = 'nothing';
    expect(await ended).toBe(1);
    const [, rest] = shown.split(LEAVE);
    expect(rest).toMatch(/^ +time requests\/s .*\r\n\d\d:\d\d:\d\d .*\r\n/);
    expect(rest?.endsWith(`The server at ${fakeUrl} has gone away.\r\n`)).toBe(true);
  });

  it('a terminal that can do nothing gets lines', async () => {
    expect(await open(`${fakeUrl} --interval 0.1 --count 1`, { TERM: 'dumb' })).toBe(0);
    expect(shown).not.toContain('\x1b');
    expect(shown).toMatch(/^ +time requests\/s /);
  });
}
