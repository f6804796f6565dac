/** Every case there is, in the order in which they run. */
import type { Case } from '../case.js';
import { architectures } from './architectures.js';
import { browser } from './browser.js';
import { disk } from './disk.js';
import { handlers } from './handlers.js';
import { idle } from './idle.js';
import { manyFiles } from './many-files.js';
import { oneFile } from './one-file.js';
import { startup } from './startup.js';

export const CASES: readonly Case[] = [
  ...oneFile,
  ...browser,
  idle,
  manyFiles,
  startup,
  ...architectures,
  ...disk,
  ...handlers,
];
