/**
 * Headers of the Fetch standard (https://fetch.spec.whatwg.org/#headers-class): a list of names, in lower case, and values.
 *
 * Lists are short: looking through one costs less than a Map, and the list of a request that came before is shared by all
 * that look at it until somebody changes theirs. What is stored can always be written into a head as it is: a name is a token,
 * a value has no control characters (which is stricter than the standard: RFC 9110 5.5).
 */

import { exposeInterface } from './interface.js';

/** Names and values by turns. */
export type FieldList = readonly string[];

/** Whether a script may change them. */
export type Guard = 'none' | 'immutable';

/** What headers are made of, and what a script may give for them. */
export type HeadersSource = Headers | Iterable<Iterable<string>> | Readonly<Record<string, string>>;

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const AROUND = /^[\t\r\n ]+|[\t\r\n ]+$/g;
const SET_COOKIE = 'set-cookie';

/** Names as scripts write them, with what they mean: programs use few. */
const KNOWN_NAMES = new Map<string, string>();
const MOST_KNOWN_NAMES = 256;

const NO_FIELDS: FieldList = [];

/** The fields of headers, names and values by turns; not to be changed. */
export let fieldsOf: (headers: Headers) => FieldList;
/** Headers over a list that nobody changes any more. */
export let headersOver: (fields: FieldList, guard?: Guard) => Headers;

export class Headers {
  #fields: string[];
  /** The list is somebody else's too: it is copied before it is changed. */
  #shared: boolean;
  #guard: Guard = 'none';

  static {
    fieldsOf = (headers) => headers.#fields;
    headersOver = (fields, guard = 'none') => {
      const headers = new Headers();
      headers.#fields = fields as string[];
      headers.#guard = guard;
      return headers;
    };
  }

  constructor(source?: HeadersSource | null) {
    this.#fields = NO_FIELDS as string[];
    this.#shared = true;
    if (source === undefined) return;
    if (source === null || (typeof source !== 'object' && typeof source !== 'function')) {
      throw new TypeError('Headers are made of headers, a sequence of pairs or an object.');
    }
    if (source instanceof Headers && Object.hasOwn(source, Symbol.iterator) === false) {
      this.#fields = source.#fields;
      source.#shared = true;
      return;
    }
    if ((source as Iterable<unknown>)[Symbol.iterator] != null) {
      for (const pair of source as Iterable<Iterable<string>>) {
        if (typeof pair !== 'object' || pair === null) throw new TypeError('A header is a pair of a name and a value.');
        const parts = [...pair];
        if (parts.length !== 2) throw new TypeError('A header is a pair of a name and a value.');
        this.append(parts[0] as string, parts[1] as string);
      }
      return;
    }
    for (const name of Reflect.ownKeys(source)) {
      const property = Reflect.getOwnPropertyDescriptor(source, name);
      if (property?.enumerable !== true) continue;
      if (typeof name !== 'string') throw new TypeError('The name of a header is a string.');
      this.append(name, (source as Record<string, string>)[name] as string);
    }
  }

  append(name: string, value: string): void {
    // biome-ignore lint/complexity/noArguments: one that is undefined and one that is absent are two things.
    if (arguments.length < 2) throw tooFew(2);
    const known = nameOf(name);
    const text = valueFrom(value);
    this.#own().push(known, text);
  }

  delete(name: string): void {
    // biome-ignore lint/complexity/noArguments: one that is undefined and one that is absent are two things.
    if (arguments.length < 1) throw tooFew(1);
    const known = nameOf(name);
    const fields = this.#own();
    for (let at = this.#find(known); at >= 0; at = this.#find(known)) fields.splice(at, 2);
  }

  get(name: string): string | null {
    // biome-ignore lint/complexity/noArguments: one that is undefined and one that is absent are two things.
    if (arguments.length < 1) throw tooFew(1);
    const known = nameOf(name);
    const at = this.#find(known);
    return at < 0 ? null : combined(this.#fields, known, at);
  }

  getSetCookie(): string[] {
    const cookies: string[] = [];
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === SET_COOKIE) cookies.push(fields[at + 1] as string);
    return cookies;
  }

  has(name: string): boolean {
    // biome-ignore lint/complexity/noArguments: one that is undefined and one that is absent are two things.
    if (arguments.length < 1) throw tooFew(1);
    return this.#find(nameOf(name)) >= 0;
  }

  set(name: string, value: string): void {
    // biome-ignore lint/complexity/noArguments: one that is undefined and one that is absent are two things.
    if (arguments.length < 2) throw tooFew(2);
    const known = nameOf(name);
    const text = valueFrom(value);
    const fields = this.#own();
    const first = this.#find(known);
    if (first < 0) {
      fields.push(known, text);
      return;
    }
    fields[first + 1] = text;
    for (let at = fields.length - 2; at > first; at -= 2) if (fields[at] === known) fields.splice(at, 2);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    if (typeof callback !== 'function') throw new TypeError('forEach takes a function.');
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  entries(): IterableIterator<[string, string]> {
    return new HeadersIterator(() => this.#sorted(), entryOf) as unknown as IterableIterator<[string, string]>;
  }

  keys(): IterableIterator<string> {
    return new HeadersIterator(
      () => this.#sorted(),
      ([name]) => name,
    ) as unknown as IterableIterator<string>;
  }

  values(): IterableIterator<string> {
    return new HeadersIterator(
      () => this.#sorted(),
      ([, value]) => value,
    ) as unknown as IterableIterator<string>;
  }

  declare [Symbol.iterator]: () => IterableIterator<[string, string]>;

  get [Symbol.toStringTag](): string {
    return 'Headers';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): unknown {
    return Object.assign(Object.create({ constructor: Headers }), Object.fromEntries(this));
  }

  #find(name: string): number {
    const fields = this.#fields;
    for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return at;
    return -1;
  }

  /** The list, when it may be changed. */
  #own(): string[] {
    if (this.#guard === 'immutable') throw new TypeError('These headers cannot be changed.');
    if (this.#shared) {
      this.#fields = this.#fields.slice();
      this.#shared = false;
    }
    return this.#fields;
  }

  /** Sorted by name, the values of one name combined; cookies stay apart. */
  #sorted(): [string, string][] {
    const fields = this.#fields;
    const pairs: [string, string][] = [];
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] as string;
      if (name === SET_COOKIE) pairs.push([name, fields[at + 1] as string]);
      else if (fields.indexOf(name) === at || this.#find(name) === at) pairs.push([name, combined(fields, name, at)]);
    }
    return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  }
}

// The same function under both names, as the standard says.
Object.defineProperty(Headers.prototype, Symbol.iterator, {
  value: Headers.prototype.entries,
  writable: true,
  configurable: true,
});
exposeInterface(Headers.prototype);

type Entry = [name: string, value: string];

function entryOf(entry: Entry): Entry {
  return entry;
}

/** What is changed meanwhile is seen, as the standard wants it. */
class HeadersIterator<Item> {
  readonly #sorted: () => Entry[];
  readonly #itemOf: (entry: Entry) => Item;
  #index = 0;

  constructor(sorted: () => Entry[], itemOf: (entry: Entry) => Item) {
    this.#sorted = sorted;
    this.#itemOf = itemOf;
  }

  next(): { done: boolean; value: Item | undefined } {
    const entry = this.#sorted()[this.#index++];
    return entry === undefined ? { done: true, value: undefined } : { done: false, value: this.#itemOf(entry) };
  }

  get [Symbol.toStringTag](): string {
    return 'Headers Iterator';
  }
}

// That of all iterators: it says that each is iterable itself.
Object.setPrototypeOf(HeadersIterator.prototype, Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]())));
exposeInterface(HeadersIterator.prototype);

function tooFew(least: number): TypeError {
  return new TypeError(`It takes ${least === 1 ? 'an argument' : `${least} arguments`} at least.`);
}

/** All values of a name whose first is at `at`. */
function combined(fields: FieldList, name: string, first: number): string {
  let value = fields[first + 1] as string;
  for (let at = first + 2; at < fields.length; at += 2) if (fields[at] === name) value += `, ${fields[at + 1]}`;
  return value;
}

function nameOf(name: string): string {
  const known = KNOWN_NAMES.get(name);
  if (known !== undefined) return known;
  const text = `${name}`;
  if (!TOKEN.test(text)) throw new TypeError(`${JSON.stringify(text)} is no name of a header.`);
  const lower = text.toLowerCase();
  if (KNOWN_NAMES.size < MOST_KNOWN_NAMES) KNOWN_NAMES.set(text, lower);
  return lower;
}

function valueFrom(value: string): string {
  const text = `${value}`;
  const trimmed = isPadded(text) ? text.replace(AROUND, '') : text;
  if (!VALUE.test(trimmed)) throw new TypeError('The value of a header has a character that none may have.');
  return trimmed;
}

function isPadded(text: string): boolean {
  return text.length > 0 && (text.charCodeAt(0) <= 0x20 || text.charCodeAt(text.length - 1) <= 0x20);
}
