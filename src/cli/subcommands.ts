/**
 * What the command does beside serving, by the word that asks for it: only as the first argument. A directory of such a
 * name is served as `amped ./completion`.
 */

export interface Subcommand {
  /** Runs it with the arguments that follow its name; what it gives is the exit code. */
  run(parameters: readonly string[]): number | Promise<number>;
}

/** Each is loaded only when it is asked for. */
export const SUBCOMMANDS: Readonly<Record<string, () => Promise<Subcommand>>> = {
  compare: () => import('./compare.js'),
  completion: () => import('./completion.js'),
  'hash-password': () => import('./hash-password.js'),
  load: () => import('./load.js'),
  show: () => import('./show.js'),
  top: () => import('./top.js'),
};

/** What the first argument asks for, or undefined: then it is for the server. */
export function subcommandOf(first: string | undefined): (() => Promise<Subcommand>) | undefined {
  return first !== undefined && Object.hasOwn(SUBCOMMANDS, first) ? SUBCOMMANDS[first] : undefined;
}
