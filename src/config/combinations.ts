/**
 * Options that do not go together, each refused with one sentence, and values that follow from other options.
 *
 * Only what was named is refused: a default is nobody's wish.
 */
import { MOST_ORIGINS } from '../site/cors.js';
import { OptionError } from './option-error.js';
import type { OptionName, ServerOptions } from './options.js';
import { ANY_ORIGIN } from './origins.js';
import { NONE } from './table/application.js';

/** What the user calls an option. */
export type Spelling = (name: OptionName) => string;

type Model = ServerOptions['model'];

/** The options that are for some models only. */
const MODELS_OF: Partial<Record<OptionName, readonly Model[]>> = {
  dispatcher: ['event'],
  loops: ['event'],
  loopsIn: ['event'],
  workers: ['process', 'thread'],
  minSpare: ['process', 'thread'],
  maxSpare: ['process', 'thread'],
  keepAliveRequests: ['process', 'thread'],
  sharedCache: ['process'],
  helpers: ['event'],
  stallWarningMilliseconds: ['event'],
};

const WHAT_IT_DOES: Readonly<Record<Model, string>> = {
  process: 'the workers of the process model wait in blocking system calls',
  thread: 'the workers of the thread model wait in blocking system calls and always share one cache',
  event: 'each loop of the event model serves thousands of connections',
};

/** Apache's KeepAliveTimeout: a worker that waits for an idle client serves nobody else. */
const BLOCKING_KEEP_ALIVE_MILLISECONDS = 5_000;

/** Throws OptionError for what does not go together. `named`: the options that somebody has named. */
export function checkCombinations(
  options: ServerOptions,
  named: ReadonlySet<OptionName>,
  spelling: Spelling,
  hasHandler = false,
): void {
  const { model } = options;
  for (const [name, models] of Object.entries(MODELS_OF) as [OptionName, readonly Model[]][]) {
    if (!named.has(name) || models.includes(model)) continue;
    throw new OptionError(
      `${spelling(name)} goes with ${spelling('model')} ${models.join(' or ')} only; ${WHAT_IT_DOES[model]}.`,
    );
  }
  checkApplication(options, named, spelling, hasHandler);
  if (options.inject.workerThrowMilliseconds > 0 && model === 'event' && options.loops === 1) {
    throw new OptionError(`${spelling('inject')} worker-throw needs workers: another model, or more than one loop.`);
  }
  checkLog(options, named, spelling);
  checkListen(options, spelling);
  checkDisk(options, named, spelling);
  checkSpare(options, named, spelling);
  checkCors(options, spelling);
}

function checkLog(options: ServerOptions, named: ReadonlySet<OptionName>, spelling: Spelling): void {
  if (!named.has('accessLogFile') || options.accessLog !== 'off') return;
  throw new OptionError(
    `${spelling('accessLogFile')} goes with ${spelling('accessLog')} common, combined or json only, not off.`,
  );
}

function checkCors({ corsOrigins, corsCredentials }: ServerOptions, spelling: Spelling): void {
  const all = corsOrigins.includes(ANY_ORIGIN);
  if (all && corsOrigins.length > 1) {
    throw new OptionError(`${spelling('corsOrigins')} goes with ${ANY_ORIGIN} or with origins, not with both.`);
  }
  if (corsOrigins.length > MOST_ORIGINS) {
    throw new OptionError(
      `${spelling('corsOrigins')} goes with at most ${MOST_ORIGINS} origins, not ${corsOrigins.length}.`,
    );
  }
  if (!corsCredentials) return;
  if (corsOrigins.length === 0) {
    throw new OptionError(`${spelling('corsCredentials')} goes with ${spelling('corsOrigins')} only.`);
  }
  // Any site could read with its visitors' passwords; and browsers refuse it.
  if (all) {
    throw new OptionError(
      `${spelling('corsCredentials')} goes with named origins only, not with ${ANY_ORIGIN}: name them with ${spelling('corsOrigins')}.`,
    );
  }
}

function checkApplication(
  { app, watch }: ServerOptions,
  named: ReadonlySet<OptionName>,
  spelling: Spelling,
  hasHandler: boolean,
): void {
  if (watch && app === NONE) {
    throw new OptionError(
      hasHandler
        ? `${spelling('watch')} and fetch do not go together, since only a module can be loaded anew; name one: ${spelling('app')}.`
        : `${spelling('watch')} goes with an application only, such as app.js; changes of files are seen without it.`,
    );
  }
  if (app !== NONE && hasHandler)
    throw new OptionError(`fetch and ${spelling('app')} do not go together; name one of them.`);
  if ((app !== NONE || hasHandler) && named.has('root')) {
    throw new OptionError(
      `${spelling('root')} and ${hasHandler ? 'fetch' : spelling('app')} do not go together; the files beside an application are ${spelling('static')}.`,
    );
  }
  // The files would be behind the password, and the application not.
  if ((app !== NONE || hasHandler) && named.has('users')) {
    throw new OptionError(
      `${spelling('users')} goes with files alone; an application asks for names and passwords itself.`,
    );
  }
  for (const name of ['static', 'handlerTimeoutMilliseconds', 'stallWarningMilliseconds'] as const) {
    if (app === NONE && !hasHandler && named.has(name)) {
      throw new OptionError(`${spelling(name)} goes with an application only, such as app.js.`);
    }
  }
}

/** The same address twice: the second one would find the first in its place. */
function checkListen({ listen }: ServerOptions, spelling: Spelling): void {
  const twice = listen.find((address, index) => !/(^|:)0$/.test(address) && listen.indexOf(address) !== index);
  if (twice !== undefined) throw new OptionError(`${spelling('listen')} names ${twice} twice.`);
}

function checkDisk({ model, disk, inject }: ServerOptions, named: ReadonlySet<OptionName>, spelling: Spelling): void {
  if (model !== 'event' && disk !== 'blocking') {
    throw new OptionError(
      `${spelling('disk')} ${disk} goes with ${spelling('model')} event only, the others have blocking; ${WHAT_IT_DOES[model]}.`,
    );
  }
  // `auto` has helpers where the kernel has no ring.
  if (named.has('helpers') && disk !== 'helpers' && disk !== 'auto') {
    throw new OptionError(`${spelling('helpers')} goes with ${spelling('disk')} helpers or auto only, not ${disk}.`);
  }
  if (inject.helperCrashPercent > 0 && disk !== 'helpers') {
    throw new OptionError(
      `${spelling('inject')} helper-crash goes with ${spelling('disk')} helpers only, not ${disk}.`,
    );
  }
}

function checkSpare(
  { workers, minSpare, maxSpare }: ServerOptions,
  named: ReadonlySet<OptionName>,
  spelling: Spelling,
): void {
  for (const name of ['minSpare', 'maxSpare'] as const) {
    const value = name === 'minSpare' ? minSpare : maxSpare;
    if (named.has(name) && value > workers) {
      throw new OptionError(
        `${spelling(name)} must be at most ${workers}, which is ${spelling('workers')}, not ${value}.`,
      );
    }
  }
  if (named.has('minSpare') && named.has('maxSpare') && minSpare > maxSpare) {
    throw new OptionError(
      `${spelling('minSpare')} must be at most ${maxSpare}, which is ${spelling('maxSpare')}, not ${minSpare}.`,
    );
  }
}

/** What follows from the other options where it was not named. */
export function follow(options: ServerOptions, named: ReadonlySet<OptionName>): ServerOptions {
  const { model, workers } = options;
  // The disk of the models that block.
  const disk = model !== 'event' && options.disk === 'auto' ? 'blocking' : options.disk;
  let { keepAliveTimeoutMilliseconds, minSpare, maxSpare } = options;
  if (model !== 'event' && !named.has('keepAliveTimeoutMilliseconds')) {
    keepAliveTimeoutMilliseconds = BLOCKING_KEEP_ALIVE_MILLISECONDS;
  }
  if (minSpare > 0 && maxSpare === 0) maxSpare = Math.min(workers, 2 * minSpare);
  if (maxSpare > 0 && minSpare === 0) minSpare = Math.max(1, Math.floor(maxSpare / 2));
  let { corsOrigins } = options;
  if (options.cors && !corsOrigins.includes(ANY_ORIGIN)) corsOrigins = [...corsOrigins, ANY_ORIGIN];
  return { ...options, disk, keepAliveTimeoutMilliseconds, minSpare, maxSpare, corsOrigins };
}
