/** What the command says when it has begun to serve: one tidy block, coloured only on a terminal. */
import picocolors from 'picocolors';
import type { ServerOptions } from '../config/options.js';
import type { Server } from '../server.js';

const NAME_WIDTH = 'dispatcher'.length;

/** The facts of a running server that the block tells. */
export type Facts = Pick<Server, 'url' | 'root' | 'model' | 'dispatcher' | 'dispatcherReason'>;

/** Whether colours are welcome: only on a terminal that can show them, and not where NO_COLOR is set (https://no-color.org). */
export function wantsColours(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
}

/** The block, ending in an empty line. `asked` is what the options said: why a dispatcher was chosen is told if it was. */
export function startBlock(facts: Facts, asked: Pick<ServerOptions, 'dispatcher'>, coloured: boolean): string {
  const colours = picocolors.createColors(coloured);
  const dispatcher =
    asked.dispatcher === 'auto'
      ? `${facts.dispatcher} ${colours.dim(`(auto: ${facts.dispatcherReason})`)}`
      : facts.dispatcher;
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['address', colours.cyan(facts.url)],
    ['serving', facts.root],
    ['model', facts.model],
    ['dispatcher', dispatcher],
    ['process', String(process.pid)],
  ];
  const lines = rows.map(([name, value]) => `  ${colours.dim(name.padEnd(NAME_WIDTH))}  ${value}`);
  return ['', `  ${colours.bold('Amped is serving.')}`, '', ...lines, '', ''].join('\n');
}
