/** What the Fetch standard says of Request: each case with what comes of it, as outcomes.mjs tells it. */
import { streamOf, URL_OF_REQUEST } from './outcomes.mjs';

export const REQUESTS = [
  [
    'Request: prototype req',
    ({ Request }) => [Object.getPrototypeOf(Request) === Function.prototype, 'text' in Request.prototype],
    '[true,true]',
  ],
  [
    'Request: init',
    ({ Request }) => {
      const r = new Request(URL_OF_REQUEST);
      return [
        'method',
        'url',
        'destination',
        'referrer',
        'referrerPolicy',
        'mode',
        'credentials',
        'cache',
        'redirect',
        'integrity',
        'keepalive',
        'bodyUsed',
        'duplex',
      ].map((n) => [n, r[n]]);
    },
    '[["method","GET"],["url","http://h/p?q"],["destination",""],["referrer","about:client"],["referrerPolicy",""],["mode","cors"],["credentials","same-origin"],["cache","default"],["redirect","follow"],["integrity",""],["keepalive",false],["bodyUsed",false],["duplex","half"]]',
  ],
  [
    'Request: methods',
    ({ Request }) =>
      ['get', 'Post', 'patch', 'PaTcH', 'options', 'dElEtE', 'CHICKEN', 'head'].map(
        (m) => new Request(URL_OF_REQUEST, { method: m }).method,
      ),
    '["GET","POST","patch","PaTcH","OPTIONS","DELETE","CHICKEN","HEAD"]',
  ],
  [
    'Request: bad methods',
    ({ Request }) =>
      ['', ' GET', 'G T', 'TRACE', 'connect', 'a\u00e9'].map((m) => {
        try {
          return new Request(URL_OF_REQUEST, { method: m }).method;
        } catch (e) {
          return e.name;
        }
      }),
    '["TypeError","TypeError","TypeError","TypeError","TypeError","TypeError"]',
  ],
  [
    'Request: bad enumeration',
    ({ Request }) =>
      ['mode', 'credentials', 'cache', 'redirect', 'referrerPolicy'].map((n) => {
        try {
          new Request(URL_OF_REQUEST, { [n]: 'bad' });
          return 'ok';
        } catch (e) {
          return e.name;
        }
      }),
    '["TypeError","TypeError","TypeError","TypeError","TypeError"]',
  ],
  [
    'Request: modes',
    ({ Request }) =>
      ['navigate', 'same-origin', 'no-cors', 'cors'].map((m) => {
        try {
          return new Request(URL_OF_REQUEST, { mode: m }).mode;
        } catch (e) {
          return e.name;
        }
      }),
    '["TypeError","same-origin","no-cors","cors"]',
  ],
  [
    'Request: only cached',
    ({ Request }) => new Request(URL_OF_REQUEST, { cache: 'only-if-cached' }).cache,
    'throws TypeError',
  ],
  ['Request: window', ({ Request }) => new Request(URL_OF_REQUEST, { window: 'http://x' }).url, 'throws TypeError'],
  ['Request: signal bad', ({ Request }) => new Request(URL_OF_REQUEST, { signal: {} }).url, 'throws TypeError'],
  [
    'Request: signal null',
    ({ Request }) => {
      const c = new AbortController();
      const a = new Request(URL_OF_REQUEST, { signal: c.signal });
      const b = new Request(a, { signal: null });
      c.abort();
      return [a.signal.aborted, b.signal.aborted];
    },
    '[true,false]',
  ],
  [
    'Request: signal own',
    ({ Request }) => {
      const c = new AbortController();
      const a = new Request(URL_OF_REQUEST, { signal: c.signal });
      return a.signal === c.signal;
    },
    'false',
  ],
  [
    'Request: signal reason',
    ({ Request }) => {
      const c = new AbortController();
      const a = new Request(URL_OF_REQUEST, { signal: c.signal });
      c.abort('why');
      return a.signal.reason;
    },
    '"why"',
  ],
  [
    'Request: signal same',
    ({ Request }) => {
      const a = new Request(URL_OF_REQUEST);
      const first = a.signal;
      return first === a.signal;
    },
    'true',
  ],
  [
    'Request: clone signal',
    ({ Request }) => {
      const c = new AbortController();
      const a = new Request(URL_OF_REQUEST, { signal: c.signal });
      const b = a.clone();
      c.abort();
      return [b.signal.aborted, b.signal === a.signal];
    },
    '[true,false]',
  ],
  [
    'Request: aborted',
    ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { signal: AbortSignal.abort('r') });
      return [a.signal.aborted, a.signal.reason];
    },
    '[true,"r"]',
  ],
  [
    'Request: headers guard',
    ({ Request }) => {
      const r = new Request(URL_OF_REQUEST, { headers: { host: 'x', cookie: 'y', 'content-length': '3' } });
      return [...r.headers];
    },
    '[["content-length","3"],["cookie","y"],["host","x"]]',
  ],
  ['Request: body get', ({ Request }) => new Request(URL_OF_REQUEST, { method: 'GET', body: '' }), 'throws TypeError'],
  ['Request: body null get', ({ Request }) => new Request(URL_OF_REQUEST, { body: null }).body, 'null'],
  [
    'Request: take',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      const b = new Request(a);
      return [a.bodyUsed, b.bodyUsed, await b.text(), b.headers.get('content-type')];
    },
    '[true,false,"x","text/plain;charset=UTF-8"]',
  ],
  [
    'Request: take body',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      const b = new Request(a, { body: 'y' });
      return [a.bodyUsed, await b.text()];
    },
    '[false,"y"]',
  ],
  [
    'Request: take used',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      await a.text();
      new Request(a);
    },
    'throws TypeError',
  ],
  [
    'Request: take used body',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      await a.text();
      return new Request(a, { body: 'y' }).text();
    },
    '"y"',
  ],
  [
    'Request: take fail',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      try {
        new Request(a, { method: 'GET' });
      } catch (e) {
        return [e.name, a.bodyUsed];
      }
    },
    '["TypeError",false]',
  ],
  [
    'Request: take fail 2',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      try {
        new Request(a, { headers: [['a']] });
      } catch (e) {
        return [e.name, a.bodyUsed];
      }
    },
    '["TypeError",false]',
  ],
  [
    'Request: take headers',
    ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { headers: { a: 'b' } });
      const b = new Request(a);
      b.headers.set('a', 'c');
      return a.headers.get('a');
    },
    '"b"',
  ],
  [
    'Request: stream no duplex',
    ({ Request }) => new Request(URL_OF_REQUEST, { method: 'POST', body: streamOf('x') }).url,
    'throws TypeError',
  ],
  [
    'Request: stream',
    async ({ Request }) =>
      new Request(URL_OF_REQUEST, { method: 'POST', body: streamOf('x', 'y'), duplex: 'half' }).text(),
    '"xy"',
  ],
  [
    'Request: duplex full',
    async ({ Request }) => new Request(URL_OF_REQUEST, { method: 'POST', body: streamOf('x'), duplex: 'full' }).text(),
    'throws TypeError',
  ],
  [
    'Request: URL',
    ({ Request }) => [
      new Request('http://a/b#frag').url,
      new Request(new URL('http://A:80/b/../c')).url,
      new Request({ toString: () => 'http://z/' }).url,
    ],
    '["http://a/b#frag","http://a/c","http://z/"]',
  ],
  ['Request: credentials', ({ Request }) => new Request('http://u:p@h/').url, 'throws TypeError'],
  ['Request: mailto', ({ Request }) => new Request('mailto:x').url, '"mailto:x"'],
  [
    'Request: referrer',
    ({ Request }) => new Request(URL_OF_REQUEST, { referrer: 'http://x/y' }).referrer,
    '"http://x/y"',
  ],
  ['Request: referrer none', ({ Request }) => new Request(URL_OF_REQUEST, { referrer: '' }).referrer, '""'],
  ['Request: keepalive', ({ Request }) => new Request(URL_OF_REQUEST, { keepalive: 1 }).keepalive, 'true'],
  [
    'Request: integrity',
    ({ Request }) => new Request(new Request(URL_OF_REQUEST, { integrity: 'sha' })).integrity,
    '"sha"',
  ],
  ['Request: init primitive', ({ Request }) => new Request(URL_OF_REQUEST, 1), 'throws TypeError'],
  ['Request: no arguments', ({ Request }) => new Request(), 'throws TypeError'],
  [
    'Request: clone independent',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: streamOf('x', 'y'), duplex: 'half' });
      const b = a.clone();
      return [await a.text(), await b.text()];
    },
    '["xy","xy"]',
  ],
  [
    'Request: take null body',
    async ({ Request }) => {
      const a = new Request(URL_OF_REQUEST, { method: 'POST', body: 'x' });
      const b = new Request(a, { body: null });
      return [a.bodyUsed, await b.text()];
    },
    '[true,"x"]',
  ],
  [
    'Request: duplex full alone',
    ({ Request }) => new Request(URL_OF_REQUEST, { method: 'POST', body: 'x', duplex: 'full' }).url,
    'throws TypeError',
  ],
  [
    'Request: navigations',
    ({ Request }) => {
      const a = new Request(URL_OF_REQUEST);
      return [a.isReloadNavigation, a.isHistoryNavigation];
    },
    '[false,false]',
  ],
  [
    'Request: iterable no duplex',
    ({ Request }) => new Request(URL_OF_REQUEST, { method: 'POST', body: (async function* () {})() }).url,
    'throws TypeError',
  ],
];
