/** The arguments of amped top: what each means, and one sentence for each that means nothing. */
import { expect, it } from 'vitest';
import { readTopArguments } from '../../../src/cli/top/arguments.js';
import { OptionError } from '../../../src/config/option-error.js';

const USUAL = { url: 'http://127.0.0.1:9090/', plain: false, intervalSeconds: 1, count: Number.POSITIVE_INFINITY };

it.each([
  [[], {}],
  [['9191'], { url: 'http://127.0.0.1:9191/' }],
  [['http://10.1.2.3:80'], { url: 'http://10.1.2.3/' }],
  [['localhost:9090'], { url: 'http://localhost:9090/' }],
  [['[::1]:9090'], { url: 'http://[::1]:9090/' }],
  [['--plain', '--interval', '0.5', '--count=3'], { plain: true, intervalSeconds: 0.5, count: 3 }],
  [['--interval', '1', '--interval', '20'], { intervalSeconds: 20 }],
])('%j', (argv, wanted) => {
  expect(readTopArguments(argv)).toEqual({ ...USUAL, ...wanted });
});

it.each([[['-h']], [['--help']], [['9090', '--help']]])('%j asks for help', (argv) => {
  expect(readTopArguments(argv)).toBe('help');
});

it.each([
  [['--plian'], 'There is no option --plian of amped top; did you mean --plain?'],
  [['-x'], 'There is no option -x of amped top; amped top --help lists them all.'],
  [['--plain=yes'], '--plain takes no value.'],
  [['--interval'], '--interval must be a number of seconds from 0.1 to 3600, not "".'],
  [['--interval', '0'], '--interval must be a number of seconds from 0.1 to 3600, not "0".'],
  [['--interval', '1s'], '--interval must be a number of seconds from 0.1 to 3600, not "1s".'],
  [['--count', '1.5'], '--count must be a whole number from 1 on, not "1.5".'],
  [['--count', '0'], '--count must be a whole number from 1 on, not "0".'],
  [['https://x/'], 'ADMIN-URL must be like http://127.0.0.1:9090/ or [HOST:]PORT, not "https://x/".'],
  [['http://x/metrics'], 'ADMIN-URL must be like http://127.0.0.1:9090/ or [HOST:]PORT, not "http://x/metrics".'],
  [['99999'], 'ADMIN-URL must be like http://127.0.0.1:9090/ or [HOST:]PORT, not "99999".'],
  [['9090', '9091'], 'amped top takes one ADMIN-URL, not 2.'],
])('%j is refused', (argv, sentence) => {
  expect(() => readTopArguments(argv)).toThrow(new OptionError(sentence));
});
