/**
 * JSON with the line of everything in it, so that whoever refuses a part of it can say where it is.
 *
 * Strict: what JSON.parse would refuse is refused here, with line and column, and so is a key that is there twice.
 */
import jsonc, { type Node, type ParseError } from 'jsonc-parser';
import { OptionError } from './option-error.js';

/** Something in a file: its value, and its parts where it has any. */
export interface Located {
  readonly value: unknown;
  readonly line: number;
  /** Of an object. */
  readonly members?: readonly Member[];
  /** Of an array. */
  readonly items?: readonly Located[];
}

export interface Member {
  readonly key: string;
  readonly line: number;
  readonly content: Located;
}

/** What is wrong, by the names that the parser has for it. */
const SENTENCES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is no JSON value (text stands in double quotes)',
  InvalidNumberFormat: 'this is no number',
  PropertyNameExpected: 'a key in double quotes is missing',
  ValueExpected: 'a value is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  CloseBraceExpected: 'a } is missing',
  CloseBracketExpected: 'a ] is missing',
  EndOfFileExpected: 'there is something behind the end',
  InvalidCommentToken: 'there are no comments in JSON',
  UnexpectedEndOfComment: 'there are no comments in JSON',
  UnexpectedEndOfString: 'the text that begins here does not end on its line',
  UnexpectedEndOfNumber: 'this is no number',
  InvalidUnicode: 'there are four hexadecimal digits after \\u',
  InvalidEscapeCharacter: 'this may not follow a backslash',
  InvalidCharacter: 'there is a control character, which is written \\t or \\u0009',
};

/** Throws OptionError, naming the file as `name`. */
export function readJsonText(text: string, name: string): Located {
  const lines = new Lines(text);
  const wrong = (offset: number, sentence: string): OptionError =>
    new OptionError(`${name}:${lines.at(offset)}:${lines.columnAt(offset)}: ${sentence}.`);
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = jsonc.parseTree(text, errors, { disallowComments: true });
  } catch {
    // It calls itself for what is inside of something.
    throw new OptionError(`${name}: this is nested too deeply.`);
  }
  const [first] = errors;
  if (first !== undefined) {
    throw wrong(first.offset, SENTENCES[jsonc.printParseErrorCode(first.error)] ?? 'this is not JSON');
  }
  return locate(root as Node);

  function locate(node: Node): Located {
    const line = lines.at(node.offset);
    if (node.type === 'array') {
      const items = (node.children ?? []).map(locate);
      return { line, items, value: items.map((item) => item.value) };
    }
    if (node.type !== 'object') return { line, value: node.value };
    const members = new Map<string, Member>();
    for (const { children } of node.children ?? []) {
      const [key, content] = children as [Node, Node];
      const name = key.value as string;
      const former = members.get(name);
      if (former !== undefined) throw wrong(key.offset, `${name} is there already, in line ${former.line}`);
      members.set(name, { key: name, line: lines.at(key.offset), content: locate(content) });
    }
    // Not by assignment: '__proto__' is a key like any other.
    const value = Object.fromEntries([...members.values()].map((member) => [member.key, member.content.value]));
    return { line, value, members: [...members.values()] };
  }
}

/** Where in a text the lines begin. */
class Lines {
  readonly #begins = [0];

  constructor(text: string) {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#begins.push(at + 1);
  }

  /** The number of the line, from 1 on, that has the character at `offset`. */
  at(offset: number): number {
    const next = this.#begins.findIndex((begin) => begin > offset);
    return next < 0 ? this.#begins.length : next;
  }

  columnAt(offset: number): number {
    return offset - (this.#begins[this.at(offset) - 1] as number) + 1;
  }
}
