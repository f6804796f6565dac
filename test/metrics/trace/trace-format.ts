/**
 * Chrome's trace-event format, as far as Amped writes it, as a JSON Schema ("Trace Event Format", by the authors of
 * chrome://tracing), and what a schema cannot say: slices of a track nest, flows connect, everything is named.
 */
import { Ajv } from 'ajv';

const number = { type: 'number' } as const;
const where = { pid: { type: 'integer', minimum: 1 }, tid: { type: 'integer', minimum: 1 } } as const;

const SLICE = {
  type: 'object',
  required: ['name', 'cat', 'ph', 'ts', 'dur', 'pid', 'tid', 'args'],
  additionalProperties: false,
  properties: {
    ...where,
    name: { type: 'string', minLength: 1 },
    cat: { enum: ['wait', 'event', 'handler', 'disk', 'node', 'gc'] },
    ph: { const: 'X' },
    ts: { ...number, minimum: 0 },
    dur: { ...number, minimum: 0 },
    args: {
      type: 'object',
      properties: { target: { type: 'string' } },
      additionalProperties: { type: 'integer' },
    },
  },
} as const;

const FLOW = {
  type: 'object',
  required: ['name', 'cat', 'ph', 'id', 'ts', 'pid', 'tid'],
  additionalProperties: false,
  properties: {
    ...where,
    name: { const: 'request' },
    cat: { const: 'request' },
    ph: { enum: ['s', 't', 'f'] },
    id: { type: 'integer', minimum: 1 },
    ts: { ...number, minimum: 0 },
    // 'f' binds to the slice around it, as 's' and 't' do anyway.
    bp: { const: 'e' },
  },
} as const;

const METADATA = {
  type: 'object',
  required: ['name', 'ph', 'pid', 'tid', 'args'],
  additionalProperties: false,
  properties: {
    ...where,
    name: { enum: ['process_name', 'thread_name', 'thread_sort_index'] },
    ph: { const: 'M' },
    args: { type: 'object' },
  },
} as const;

const isTrace = new Ajv({ allErrors: false }).compile({
  type: 'object',
  required: ['displayTimeUnit', 'otherData', 'traceEvents'],
  properties: {
    displayTimeUnit: { enum: ['ms', 'ns'] },
    otherData: { type: 'object', required: ['eventsLost'], additionalProperties: { type: 'string' } },
    traceEvents: {
      type: 'array',
      items: { type: 'object', required: ['ph'], oneOf: [SLICE, FLOW, METADATA] },
    },
  },
});

export interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, number>> & { readonly target?: string };
}

export interface Step {
  readonly ph: 's' | 't' | 'f';
  readonly id: number;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
}

export interface Trace {
  readonly about: Readonly<Record<string, string>>;
  readonly slices: readonly Slice[];
  /** Of each request its steps, in the order of time. */
  readonly flows: ReadonlyMap<number, readonly Step[]>;
  /** The names of the threads, by their identifiers. */
  readonly threads: ReadonlyMap<number, string>;
  readonly processes: ReadonlyMap<number, string>;
}

/** What a file says. Throws when it is no trace in the format, or when it does not hold together. */
export function traceOf(text: string): Trace {
  const json = JSON.parse(text);
  if (!isTrace(json)) throw new Error(`not in the format: ${JSON.stringify(isTrace.errors)}`);
  const events = json.traceEvents as (Slice & Step & { args: { name: string } })[];
  const slices = events.filter(({ ph }) => (ph as string) === 'X');
  const named = (name: string): [number, string][] =>
    events
      .filter((event) => event.name === name)
      .map(({ pid, tid, args }) => [name === 'process_name' ? pid : tid, args.name]);
  const flows = new Map<number, Step[]>();
  for (const step of events.filter(({ ph }) => ['s', 't', 'f'].includes(ph))) {
    flows.set(step.id, [...(flows.get(step.id) ?? []), step]);
  }
  for (const steps of flows.values()) steps.sort((one, other) => one.ts - other.ts);
  const trace = {
    ...{ about: json.otherData as Record<string, string>, slices, flows },
    ...{ threads: new Map(named('thread_name')), processes: new Map(named('process_name')) },
  };
  checkNesting(trace);
  checkFlows(trace);
  for (const { pid, tid } of slices) {
    if (!trace.threads.has(tid) || !trace.processes.has(pid)) throw new Error(`track ${pid}/${tid} has no name`);
  }
  return trace;
}

/** In nanoseconds, so that sums are exact. */
function spanOf({ ts, dur }: Slice): [from: number, to: number] {
  const from = Math.round(ts * 1000);
  return [from, from + Math.round(dur * 1000)];
}

function checkNesting({ slices }: Trace): void {
  const tracks = new Map<number, Slice[]>();
  for (const slice of slices) tracks.set(slice.tid, [...(tracks.get(slice.tid) ?? []), slice]);
  for (const track of tracks.values()) {
    const sorted = track.map((slice) => ({ slice, span: spanOf(slice) }));
    sorted.sort((one, other) => one.span[0] - other.span[0] || other.span[1] - one.span[1]);
    const open: { slice: Slice; span: [number, number] }[] = [];
    for (const one of sorted) {
      while (open.length > 0 && (open.at(-1)?.span[1] as number) <= one.span[0]) open.pop();
      const around = open.at(-1);
      if (around !== undefined && around.span[1] < one.span[1]) {
        throw new Error(`${JSON.stringify(one.slice)} ends after ${JSON.stringify(around.slice)}, in which it began`);
      }
      open.push(one);
    }
  }
}

/** Each begins with one s, ends with one f, and each step is at the beginning of a slice about that request. */
function checkFlows({ slices, flows }: Trace): void {
  const about = new Map(slices.map((slice) => [`${slice.tid} ${slice.ts} ${slice.args.request}`, slice]));
  for (const [id, steps] of flows) {
    const shape = steps.map(({ ph }) => ph).join('');
    if (!/^st*f$/.test(shape)) throw new Error(`the flow of request ${id} is ${shape}`);
    for (const { tid, ts } of steps) {
      if (!about.has(`${tid} ${ts} ${id}`)) throw new Error(`a step of request ${id} at ${ts} is at no slice of it`);
    }
  }
}
