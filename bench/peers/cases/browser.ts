/** Requests as browsers send them: a long head, once always the same and once different every time. */
import { BROWSER_FIELDS } from '../browser-head.js';
import { type Case, LOAD_COLUMNS } from '../case.js';
import { KIBIBYTE, writeText } from '../files.js';
import { measureLoad, warmUp } from '../measure.js';
import { benchFile } from '../project.js';
import type { Load } from '../wrk.js';

const CONNECTIONS = 64;
const FILES = 1000;

export const browser: readonly Case[] = [
  withLoad('browser-head', '1 KiB, the head of a browser (14 fields), the same every time', {
    path: '/0.txt',
    connections: CONNECTIONS,
    fields: BROWSER_FIELDS,
  }),
  withLoad('browser-changing', `1 KiB, the head of a browser, its path (${FILES} files) and cookie new every time`, {
    path: '/0.txt',
    connections: CONNECTIONS,
    fields: BROWSER_FIELDS,
    script: [benchFile('wrk', 'changing.lua'), String(FILES)],
  }),
];

function withLoad(name: string, title: string, load: Load): Case {
  return {
    name,
    title: `${title}, ${CONNECTIONS} keep-alive connections`,
    columns: LOAD_COLUMNS,
    compared: 'cpu',
    connections: CONNECTIONS,
    files: FILES,
    path: load.path,
    prepare(folder) {
      for (let number = 0; number < FILES; number++) writeText(folder, `${number}.txt`, KIBIBYTE);
    },
    async measure(server, times) {
      await warmUp(server, load, times);
      return measureLoad(server, load, times);
    },
  };
}
