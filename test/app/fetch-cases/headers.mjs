/** What the Fetch standard says of Headers: each case with what comes of it, as outcomes.mjs tells it. */

export const HEADERS = [
  ['Headers: undefined', ({ Headers }) => [...new Headers(undefined)], '[]'],
  ['Headers: null', ({ Headers }) => [...new Headers(null)], 'throws TypeError'],
  ['Headers: number', ({ Headers }) => [...new Headers(1)], 'throws TypeError'],
  ['Headers: string', ({ Headers }) => [...new Headers('ab')], 'throws TypeError'],
  [
    'Headers: array',
    ({ Headers }) => [
      ...new Headers([
        ['a', '1'],
        ['A', '2'],
        ['b', '3'],
      ]),
    ],
    '[["a","1, 2"],["b","3"]]',
  ],
  ['Headers: array bad', ({ Headers }) => [...new Headers([['a']])], 'throws TypeError'],
  ['Headers: array string', ({ Headers }) => [...new Headers(['ab'])], 'throws TypeError'],
  ['Headers: iterator', ({ Headers }) => [...new Headers(new Map([['a', 'b']]))], '[["a","b"]]'],
  [
    'Headers: generator',
    ({ Headers }) => [
      ...new Headers(
        (function* () {
          yield ['a', 'b'];
        })(),
      ),
    ],
    '[["a","b"]]',
  ],
  [
    'Headers: record',
    ({ Headers }) => [...new Headers({ a: null, b: undefined, c: 1 })],
    '[["a","null"],["b","undefined"],["c","1"]]',
  ],
  ['Headers: symbol', ({ Headers }) => new Headers({ [Symbol('x')]: 'y' }), 'throws TypeError'],
  ['Headers: prototype', ({ Headers }) => [...new Headers(Object.create({ a: 'b' }))], '[]'],
  [
    'Headers: iterator null',
    ({ Headers }) => {
      const o = { a: 'b' };
      o[Symbol.iterator] = null;
      return [...new Headers(o)];
    },
    'throws TypeError',
  ],
  [
    'Headers: iterator undefined',
    ({ Headers }) => {
      const o = { a: 'b' };
      o[Symbol.iterator] = undefined;
      return [...new Headers(o)];
    },
    'throws TypeError',
  ],
  [
    'Headers: headers iterator null',
    ({ Headers }) => {
      const o = new Headers({ a: 'b' });
      o[Symbol.iterator] = null;
      return [...new Headers(o)];
    },
    'throws TypeError',
  ],
  ['Headers: trim', ({ Headers }) => new Headers({ a: '\t \r\n x y \n' }).get('a'), '"x y"'],
  ['Headers: nul', ({ Headers }) => new Headers({ a: 'x\0' }), 'throws TypeError'],
  ['Headers: cr', ({ Headers }) => new Headers({ a: 'x\ry' }), 'throws TypeError'],
  ['Headers: Latin-1', ({ Headers }) => new Headers({ a: '\xff' }).get('a').length, '1'],
  ['Headers: wide', ({ Headers }) => new Headers({ a: '\u0100' }), 'throws TypeError'],
  ['Headers: wide name', ({ Headers }) => new Headers({ '\u0100': 'a' }), 'throws TypeError'],
  [
    'Headers: empty value',
    ({ Headers }) => {
      const h = new Headers({ a: '' });
      h.append('a', '');
      return h.get('a');
    },
    '", "',
  ],
  ['Headers: get arguments', ({ Headers }) => new Headers().get(), 'throws TypeError'],
  ['Headers: append arguments', ({ Headers }) => new Headers().append('a'), 'throws TypeError'],
  ['Headers: get bad', ({ Headers }) => new Headers().get('b d'), 'throws TypeError'],
  ['Headers: has bad', ({ Headers }) => new Headers().has(''), 'throws TypeError'],
  ['Headers: delete bad', ({ Headers }) => new Headers().delete('b d'), 'throws TypeError'],
  [
    'Headers: null name',
    ({ Headers }) => {
      const h = new Headers();
      h.append(null, undefined);
      return [...h];
    },
    '[["null","undefined"]]',
  ],
  [
    'Headers: iterator tag',
    ({ Headers }) => [
      Object.prototype.toString.call(new Headers().entries()),
      Headers.prototype.entries === Headers.prototype[Symbol.iterator],
    ],
    '["[object Headers Iterator]",true]',
  ],
  [
    'Headers: iterator prototype',
    ({ Headers }) =>
      Object.getPrototypeOf(Object.getPrototypeOf(new Headers().keys())) ===
      Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())),
    'true',
  ],
  [
    'Headers: live',
    ({ Headers }) => {
      const h = new Headers([
        ['a', '1'],
        ['c', '3'],
      ]);
      const out = [];
      for (const [k] of h) {
        out.push(k);
        if (k === 'a') h.append('b', '2');
      }
      return out;
    },
    '["a","b","c"]',
  ],
  [
    'Headers: live delete',
    ({ Headers }) => {
      const h = new Headers([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]);
      const out = [];
      for (const [k] of h) {
        out.push(k);
        h.delete(k);
      }
      return out;
    },
    '["a","c"]',
  ],
  [
    'Headers: for each arguments',
    ({ Headers }) => {
      const out = [];
      const h = new Headers({ b: '2', a: '1' });
      h.forEach(
        function (v, k, o) {
          out.push([v, k, o === h, this.x]);
        },
        { x: 1 },
      );
      return out;
    },
    '[["1","a",true,1],["2","b",true,1]]',
  ],
  ['Headers: for each bad', ({ Headers }) => new Headers().forEach(), 'throws TypeError'],
  [
    'Headers: cookies',
    ({ Headers }) => {
      const h = new Headers([
        ['set-cookie', 'a=1'],
        ['b', 'x'],
        ['Set-Cookie', 'c=2'],
        ['a', 'y'],
      ]);
      return [[...h], h.getSetCookie(), h.get('set-cookie')];
    },
    '[[["a","y"],["b","x"],["set-cookie","a=1"],["set-cookie","c=2"]],["a=1","c=2"],"a=1, c=2"]',
  ],
  [
    'Headers: set cookie set',
    ({ Headers }) => {
      const h = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ]);
      h.set('set-cookie', 'c');
      return h.getSetCookie();
    },
    '["c"]',
  ],
  [
    'Headers: set order',
    ({ Headers }) => {
      const h = new Headers([
        ['a', '1'],
        ['a', '2'],
        ['b', 'x'],
      ]);
      h.set('A', '3');
      return [...h];
    },
    '[["a","3"],["b","x"]]',
  ],
  [
    'Headers: prototype keys',
    ({ Headers }) => Object.getOwnPropertyNames(Headers.prototype).sort(),
    '["append","constructor","delete","entries","forEach","get","getSetCookie","has","keys","set","values"]',
  ],
  ['Headers: illegal', ({ Headers }) => Headers.prototype.get.call({}, 'a'), 'throws TypeError'],
  [
    'Headers: sort',
    ({ Headers }) => [...new Headers({ 'x-b': '1', 'x-a': '2', accept: '3', 'x-A-b': '4' }).keys()],
    '["accept","x-a","x-a-b","x-b"]',
  ],
];
