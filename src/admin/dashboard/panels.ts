/** The charts of the page: what each shows, from which numbers, and what it means in one line. */
import type { Polled } from '../../metrics/polled.js';
import type { Rates, Spread } from '../../metrics/rates.js';
import { bytesText, countText, secondsText, shareText } from '../../metrics/readable.js';

/** A poll, and what happened since the one before. */
export interface Moment {
  readonly polled: Polled;
  readonly rates: Rates;
}

/** Colours of the style sheet, by their names there. */
export type Colour = 'blue' | 'orange' | 'green' | 'violet' | 'red' | 'grey';

export interface Series {
  readonly label: string;
  readonly colour: Colour;
  /** Nothing is drawn where it is 0, as it should be. */
  readonly quiet?: boolean;
  /** Undefined where nothing was measured. */
  of(moment: Moment): number | undefined;
}

export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly meaning: string;
  /** A value with its unit. */
  text(value: number | undefined): string;
  readonly series: readonly Series[];
  /** Each lies on top of those that follow. */
  readonly stacked?: boolean;
  readonly logarithmic?: boolean;
  /** Its steps are powers of two. */
  readonly binary?: boolean;
  /** The highest value that there can be. */
  readonly most?: number;
  /** There is something to show also where little is counted (`--metrics off`). */
  readonly basic?: boolean;
  /** Without it the panel is there for every server. */
  isFor?(polled: Polled): boolean;
}

export interface Group {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const perSecond = (value: number | undefined): string => `${countText(value)}/s`;
const bytesPerSecond = (value: number | undefined): string => `${bytesText(value)}/s`;
const processors = (value: number | undefined): string => (value === undefined ? countText(value) : shareText(value));

function series(label: string, colour: Colour, of: Series['of']): Series {
  return { label, colour, of };
}

function quiet(label: string, colour: Colour, of: Series['of']): Series {
  return { label, colour, quiet: true, of };
}

/** Three percentiles of what was measured in the interval. */
function percentiles(of: (moment: Moment) => Spread | undefined): Series[] {
  return [
    series('p50', 'green', (moment) => of(moment)?.p50),
    series('p90', 'blue', (moment) => of(moment)?.p90),
    series('p99', 'orange', (moment) => of(moment)?.p99),
  ];
}

/** How much of a request's time a part takes on average: parts that are rare count little. */
function part(label: string, name: string, colour: Colour): Series {
  return series(label, colour, ({ rates }) => {
    const { parts, latency } = rates;
    const measured = parts[name];
    if (latency === undefined) return undefined;
    return measured === undefined ? 0 : (measured.mean * measured.perSecond) / latency.perSecond;
  });
}

const TRAFFIC: readonly Panel[] = [
  {
    id: 'requests',
    basic: true,
    title: 'Requests',
    meaning: 'Answers that have gone out, and how many of them told of an error.',
    text: perSecond,
    series: [
      series('all', 'blue', ({ rates }) => rates.requests),
      quiet('4xx', 'orange', ({ rates }) => rates.statuses['4xx']),
      quiet('5xx', 'red', ({ rates }) => rates.statuses['5xx']),
    ],
  },
  {
    id: 'latency',
    title: 'Latency',
    meaning: 'From the receipt of a request to the completion of its send; 1 in 100 takes longer than p99.',
    text: secondsText,
    logarithmic: true,
    series: percentiles(({ rates }) => rates.latency),
  },
  {
    id: 'parts',
    title: 'Where the time goes',
    meaning: 'The average request, in its parts: waiting its turn, being read, handled, on the disk, being sent.',
    text: secondsText,
    stacked: true,
    series: [
      part('queue', 'queue', 'grey'),
      part('parse', 'parse', 'violet'),
      part('handle', 'handle', 'blue'),
      part('disk', 'disk', 'red'),
      part('send', 'send', 'green'),
    ],
    isFor: ({ latency }) => latency !== undefined,
  },
  {
    id: 'bytes',
    title: 'Bytes',
    meaning: 'What clients send and what they are sent, heads included.',
    text: bytesPerSecond,
    binary: true,
    series: [
      series('out', 'blue', ({ rates }) => rates.bytesOut),
      series('in', 'orange', ({ rates }) => rates.bytesIn),
    ],
    isFor: ({ bytesOut }) => bytesOut !== undefined,
  },
  {
    id: 'connections',
    title: 'Connections',
    meaning: 'Open to clients; idle ones wait for their next request, those in the backlog to be accepted.',
    text: countText,
    series: [
      series('open', 'blue', ({ polled }) => polled.connectionsOpen),
      series('idle', 'green', ({ polled }) => polled.connectionsIdle),
      quiet('in the backlog', 'orange', ({ polled }) => polled.waiting),
    ],
  },
  {
    id: 'in-progress',
    title: 'Requests in progress',
    meaning: 'Received and not yet answered: in one thread of control many at once, in a worker that blocks one.',
    text: countText,
    series: [series('now', 'blue', ({ polled }) => polled.requestsInProgress)],
    isFor: ({ requestsInProgress }) => requestsInProgress !== undefined,
  },
];

const COST: readonly Panel[] = [
  {
    id: 'processor',
    basic: true,
    title: 'Processor',
    meaning:
      'Time in our code (user) and in the kernel on our behalf (system); 100 % is one processor, busy all the time.',
    text: processors,
    stacked: true,
    series: [
      series('user', 'blue', ({ rates }) => rates.user),
      series('system', 'orange', ({ rates }) => rates.system),
    ],
    isFor: (polled) => polled.process !== undefined,
  },
  {
    id: 'memory',
    basic: true,
    title: 'Memory',
    meaning:
      'PSS shares what processes have in common among them, RSS counts it once for each; the cache is a part of both.',
    text: bytesText,
    binary: true,
    series: [
      series('PSS', 'blue', ({ polled }) => polled.process?.pss),
      series('RSS', 'grey', ({ polled }) => polled.process?.rss),
      series('cache', 'green', ({ polled }) => polled.cache?.bytes),
    ],
    isFor: (polled) => polled.process !== undefined,
  },
  {
    id: 'switches',
    basic: true,
    title: 'Context switches',
    meaning: 'Voluntary: a thread waits and another runs. Involuntary: the kernel takes the processor away.',
    text: perSecond,
    series: [
      series('voluntary', 'blue', ({ rates }) => rates.voluntary),
      series('involuntary', 'orange', ({ rates }) => rates.involuntary),
    ],
    isFor: (polled) => polled.process !== undefined,
  },
  {
    id: 'faults',
    basic: true,
    title: 'Page faults',
    meaning: 'A page of memory was not there yet. Minor: the kernel had it at hand. Major: it came from the disk.',
    text: perSecond,
    series: [
      series('minor', 'blue', ({ rates }) => rates.minorFaults),
      quiet('major', 'red', ({ rates }) => rates.majorFaults),
    ],
    isFor: (polled) => polled.process?.minorFaults !== undefined,
  },
  {
    id: 'time',
    title: 'Time of those who serve',
    meaning: 'All together, in handlers or waiting; stalled: in handlers for more than 10 ms without a break.',
    text: processors,
    series: [
      series('handling', 'blue', ({ rates }) => rates.time.handlers),
      series('waiting', 'green', ({ rates }) => rates.time.waiting),
      quiet('stalled', 'red', ({ rates }) => rates.time.stalled),
    ],
    isFor: ({ time }) => time !== undefined,
  },
  {
    id: 'system-calls',
    title: 'System calls',
    meaning: 'How often a request asks something of the kernel, on average.',
    text: (value) => `${countText(value)} a request`,
    series: [
      series('calls', 'blue', ({ rates }) => {
        const calls = Object.values(rates.systemCalls).reduce((sum, count) => sum + count, 0);
        return rates.requests === 0 ? undefined : calls / rates.requests;
      }),
    ],
    isFor: ({ systemCalls }) => systemCalls !== undefined,
  },
  {
    id: 'hits',
    title: 'Cache hits',
    meaning: 'Of the files that were asked for, the share that was in memory: the others cost a look at the disk.',
    text: shareText,
    most: 1,
    series: [series('hits', 'green', ({ rates }) => rates.hits)],
    isFor: ({ cache }) => cache !== undefined,
  },
  {
    id: 'evictions',
    title: 'Cache evictions',
    meaning: 'Files that had to make room for others: many mean that the cache is too small.',
    text: perSecond,
    series: [series('evictions', 'orange', ({ rates }) => rates.evictions)],
    isFor: ({ cache }) => cache !== undefined,
  },
  {
    id: 'collections',
    title: 'Garbage collection',
    meaning: 'How long the JavaScript engine stopped its thread to tidy its memory.',
    text: secondsText,
    series: [
      series('longest', 'orange', ({ rates }) => rates.collections?.most ?? 0),
      series('average', 'blue', ({ rates }) => rates.collections?.mean ?? 0),
    ],
    isFor: ({ collections }) => collections !== undefined,
  },
];

const isEventDriven = ({ model }: Polled): boolean => model === 'event';

const LOOPS: readonly Panel[] = [
  {
    id: 'turn',
    basic: true,
    title: 'Time of a turn',
    meaning:
      'How long a loop was away from its dispatcher: meanwhile it serves nobody else, and a long one is a stall.',
    text: secondsText,
    logarithmic: true,
    series: [
      series('p50', 'green', ({ rates }) => rates.away?.p50),
      series('p99', 'blue', ({ rates }) => rates.away?.p99),
      series('longest', 'red', ({ rates }) => rates.away?.most),
    ],
    isFor: isEventDriven,
  },
  {
    id: 'events',
    title: 'Events a turn',
    meaning: 'How many events the dispatcher took in one wait: the busier the server, the more, and the cheaper each.',
    text: countText,
    series: [
      series('average', 'blue', ({ rates }) => rates.eventsPerTurn?.mean),
      series('p99', 'orange', ({ rates }) => rates.eventsPerTurn?.p99),
    ],
    isFor: ({ eventsPerTurn }) => eventsPerTurn !== undefined,
  },
  {
    id: 'kinds',
    title: 'Kinds of event',
    meaning:
      'What the dispatcher told its handlers of: requests received, sends and disk reads completed, new connections.',
    text: perSecond,
    series: [
      series('receipts', 'blue', ({ rates }) => rates.events.receipts),
      series('sends', 'green', ({ rates }) => rates.events.sends),
      quiet('disk reads', 'red', ({ rates }) => rates.events.diskReads),
      quiet('accepts', 'violet', ({ rates }) => rates.events.accepts),
    ],
    isFor: ({ events }) => events !== undefined,
  },
  {
    id: 'change',
    title: 'From handler to handler',
    meaning: 'From one handler giving control back to the start of the next: what a context switch is to threads.',
    text: secondsText,
    logarithmic: true,
    series: percentiles(({ rates }) => rates.handlerChange),
    isFor: ({ handlerChange }) => handlerChange !== undefined,
  },
  {
    id: 'helpers',
    title: 'Helpers of the disk',
    meaning: 'Reads that wait for a helper thread to be free.',
    text: countText,
    series: [series('waiting', 'orange', ({ polled }) => polled.helpers?.queued)],
    isFor: ({ helpers }) => helpers !== undefined,
  },
  {
    id: 'helper-wait',
    title: 'Wait for a helper',
    meaning: 'How long a read waited until a helper thread took it up.',
    text: secondsText,
    logarithmic: true,
    series: percentiles(({ rates }) => rates.helperWait),
    isFor: ({ helpers }) => helpers?.wait !== undefined,
  },
];

const WAITING: readonly Panel[] = [
  {
    id: 'busy',
    basic: true,
    title: 'Busy workers',
    meaning: 'Workers that have a connection, of all there are: when every one is busy, others wait in the backlog.',
    text: countText,
    series: [
      series('busy', 'orange', ({ polled }) => polled.busy),
      series('all', 'grey', ({ polled }) => polled.workers),
    ],
    isFor: (polled) => !isEventDriven(polled),
  },
  {
    id: 'lock',
    basic: true,
    title: 'Lock of the cache',
    meaning: 'How often a worker took the lock of the shared cache, and how often it had to wait for another.',
    text: perSecond,
    series: [
      series('taken', 'blue', ({ rates }) => rates.lockTaken),
      quiet('waited for', 'red', ({ rates }) => rates.lockContended),
    ],
    isFor: ({ lock }) => lock !== undefined,
  },
];

const GROUPS: readonly Group[] = [
  { title: 'Traffic', panels: TRAFFIC },
  { title: 'The loop and its dispatcher', panels: LOOPS },
  { title: 'Workers that wait', panels: WAITING },
  { title: 'What it costs', panels: COST },
];

/** The groups that a server has something to show in. */
export function groupsFor(polled: Polled): Group[] {
  const shows = ({ isFor, basic }: Panel): boolean =>
    (isFor === undefined || isFor(polled)) && (polled.sampled !== 0 || basic === true);
  return GROUPS.map(({ title, panels }) => ({ title, panels: panels.filter(shows) })).filter(
    ({ panels }) => panels.length > 0,
  );
}
