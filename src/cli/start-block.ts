/** What the command says when it has begun to serve: one tidy block, coloured only on a terminal. */
import picocolors from 'picocolors';
import type { ServerOptions } from '../config/options.js';
import type { Server } from '../server.js';

/** The facts of a running server that the block tells. */
export type Facts = Pick<Server, 'url' | 'root' | 'model' | 'dispatcher' | 'dispatcherReason'>;

/** The block for a stream; NO_COLOR and FORCE_COLOR are respected as picocolors does. */
export function startBlock(
  facts: Facts,
  asked: Pick<ServerOptions, 'dispatcher'>,
  stream: { isTTY?: boolean },
): string {
  const colours = picocolors.createColors(stream.isTTY === true && picocolors.isColorSupported);
  const dispatcher =
    asked.dispatcher === 'auto'
      ? `${facts.dispatcher} ${colours.dim(`(auto: ${facts.dispatcherReason})`)}`
      : facts.dispatcher;
  const rows = [
    ['address', colours.cyan(facts.url)],
    ['serving', facts.root],
    ['model', facts.model],
    ['dispatcher', dispatcher],
    ['process', `${process.pid}`],
  ];
  const lines = rows.map(([name, value]) => `  ${colours.dim((name as string).padEnd(10))}  ${value}`);
  return ['', `  ${colours.bold('Amped is serving')}`, '', ...lines, ''].join('\n').concat('\n');
}
