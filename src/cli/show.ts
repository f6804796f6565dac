/**
 * `amped show`: a few requests at once in each architecture, drawn in the terminal: who ran, who waited, where control was
 * handed back.
 */
import picocolors from 'picocolors';
import type { ServerOptions } from '../config/options.js';
import { unsupported } from './platform.js';
import { readShowArguments, SHOW_HELP } from './show/arguments.js';
import type { Exhibit } from './show/exhibit.js';
import { findingsOf } from './show/findings.js';
import { pictureOf } from './show/picture.js';
import { legendOf, timelineOf } from './show/timeline.js';
import { wantsColours } from './start-block.js';

const COLUMNS = 80;
/** Also where this file has become part of another. */
const SERVER = new URL('../cli/show/server.js', import.meta.url);

export async function run(parameters: readonly string[]): Promise<number> {
  const asked = readShowArguments(parameters);
  if (asked === 'help') {
    process.stdout.write(SHOW_HELP);
    return 0;
  }
  const reason = unsupported(process);
  if (reason !== undefined) throw new Error(reason);
  const { exhibit, NotHereError } = await import('./show/exhibit.js');
  const colours = picocolors.createColors(wantsColours(process.stdout, process.env));
  const { architectures, requests, latencyMilliseconds, named } = asked;
  const some =
    requests === 1
      ? 'One request, for a file'
      : `${requests} requests at once, every other one for a file in memory, the others for files`;
  const words = `${some} on a disk that takes ${latencyMilliseconds} ms longer for each operation than it would.`;
  process.stdout.write(`\n${wrapped(words, '  ')}\n`);
  // Ctrl+C reaches the server too, and what is under way comes to its end.
  let stopped = false;
  process.on('SIGINT', () => {
    if (stopped) process.exit(130);
    stopped = true;
  });
  // What is under way is given back on the way out.
  process.on('SIGTERM', () => process.exit(143));
  process.stdout.on('error', () => process.exit(0));
  for (const options of architectures) {
    if (stopped) return 130;
    try {
      process.stdout.write(shown(await exhibit(options, requests, SERVER), colours));
    } catch (error) {
      if (named || !(error instanceof NotHereError)) throw error;
      process.stdout.write(`\n${wrapped(`${titleOf(options)}: ${error.message}`, '  ')}\n`);
    }
  }
  return 0;
}

function shown(exhibit: Exhibit, colours: ReturnType<typeof picocolors.createColors>): string {
  const picture = pictureOf(exhibit);
  const lines = timelineOf(picture, colours);
  const findings = findingsOf(picture).map((finding) => wrapped(finding, '    ', '  - '));
  const title = titleOf(exhibit.options, exhibit);
  const legend = colours.dim(wrapped(legendOf(timelineOf(picture, picocolors.createColors(false))), '  '));
  return ['', `  ${colours.bold(title)}`, '', ...lines, '', legend, '', ...findings, ''].join('\n');
}

function titleOf({ model, workers, loops, ...options }: ServerOptions, found?: Exhibit): string {
  if (model !== 'event') return `--model ${model} --workers ${workers}${model === 'process' ? ' --shared-cache' : ''}`;
  const { dispatcher = options.dispatcher, disk = options.disk } = found ?? {};
  return `--model event --dispatcher ${dispatcher} --disk ${disk.split(' ')[0]}${loops > 1 ? ` --loops ${loops}` : ''}`;
}

/** A text in lines that fit. */
function wrapped(text: string, indent: string, first = indent): string {
  const lines = [first];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    const blank = line === indent || line === first;
    if (!blank && line.length + 1 + word.length > COLUMNS) lines.push(indent + word);
    else lines[lines.length - 1] = blank ? line + word : `${line} ${word}`;
  }
  return lines.join('\n');
}
