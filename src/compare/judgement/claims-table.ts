/**
 * The claims, each with its rule: what textbooks say of multi-process, multi-threaded and event-driven servers, and of the ways
 * to wait for descriptors. Each row judges by the numbers of this comparison alone.
 */
import { figures, percentage, size, time } from '../results/metrics.js';
import type { ConfigurationResults } from '../results/results.js';
import { tied } from '../results/statistics.js';
import { growthOf } from '../suites/descriptors.js';
import { type ClaimResult, holdsIf, type Judged, unknown } from './claims.js';
import { Evidence, isCold, type Measured, median, summary } from './evidence.js';
import { ownLines } from './own-lines.js';

interface Claim extends Pick<ClaimResult, 'id' | 'about' | 'claim' | 'rule' | 'remark'> {
  judge(evidence: Evidence): Judged;
}

const NOT_COMPARED = 'the architectures that it is about were not all compared';
const NO_SWITCH = 'the cost of a switch was not measured (--suite switch does)';
const NO_DESCRIPTORS = 'turns with many descriptors were not measured (--suite descriptors does)';
const NO_BLOCKING = 'no workload with a slow disk was measured (--workload blocking does)';
/** So many times as much is 'high'. */
const HIGH = 2;
const COLD = 'the code of all their engines was not compiled yet when they were measured (--warm-up gives them longer)';
/** Switches are costly when they take more of the processor time of a request than this, and else cheap: between whom ever. */
const COSTLY = 0.1;
const FEW_SWITCHES = 0.1;
/** A tail that is so many times as long is 'blocked'. */
const BLOCKED = 5;

const CLAIMS: readonly Claim[] = [
  {
    id: 'process-simple',
    about: 'multi-process',
    claim: 'Multi-process servers are simple to program.',
    rule: 'Holds if what only this architecture needs has fewer lines than what only the event-driven one needs (asynchronous disk reads included).',
    remark: 'Lines are all that can be counted; what is hard about them cannot.',
    judge() {
      const [process, event] = [ownLines('process'), ownLines('event')];
      if (process === undefined || event === undefined) return unknown('the program is not there as it was compiled');
      return holdsIf(process < event, `${figures(process)} lines against ${figures(event)}`);
    },
  },
  {
    id: 'process-memory',
    about: 'multi-process',
    claim: 'Multi-process servers use much memory.',
    rule: `Holds if they take at least ${HIGH} times the memory (PSS) of one event loop.`,
    remark:
      'Every process here has a JavaScript engine of its own, which takes more than a process written in C would.',
    judge: (evidence) => moreMemory(evidence, 'process'),
  },
  {
    id: 'process-switches',
    about: 'multi-process',
    claim: 'Switching between processes is costly.',
    rule: `Holds if the switches of a request, at what one costs between processes that touch 16 to 64 KiB, take more than ${percentage(COSTLY)} of its processor time.`,
    judge: (evidence) => switches(evidence, 'process', (share) => share > COSTLY),
  },
  {
    id: 'process-state',
    about: 'multi-process',
    claim: 'Sharing state between processes is hard and costly.',
    rule: 'Holds if processes with one shared cache need more processor time a request than processes with a cache each. Cannot be told where they are tied.',
    remark: 'What it saves is memory for the contents of files, which are held once.',
    judge(evidence) {
      const [own, together] = [evidence.of('process'), evidence.of('process/shared')];
      const [alone, shared] = [summary(own, 'cpu'), summary(together, 'cpu')];
      if (alone === undefined || shared === undefined) return unknown(NOT_COMPARED);
      if (isCold(own, together)) return unknown(COLD);
      const measured = `${time(shared.median)} with a shared cache against ${time(alone.median)}`;
      if (tied(alone, shared)) return unknown(`they are tied: ${measured}`);
      return holdsIf(shared.median > alone.median, measured);
    },
  },
  {
    id: 'thread-switches',
    about: 'multi-threaded',
    claim: 'Switching between threads is cheap.',
    rule: `Holds if the switches of a request, at what one costs between threads that touch 16 to 64 KiB, take at most ${percentage(COSTLY)} of its processor time.`,
    judge: (evidence) => switches(evidence, 'thread', (share) => share <= COSTLY),
  },
  {
    id: 'thread-memory',
    about: 'multi-threaded',
    claim: 'Threads share memory, so that they need less of it than processes.',
    rule: 'Holds if threads take less than 90 % of the memory (PSS) of as many processes. Cannot be told where they are tied.',
    remark: 'Each thread has a JavaScript heap of its own: what is shared is the program and the cache.',
    judge(evidence) {
      const [thread, process] = [evidence.of('thread'), evidence.of('process')];
      const [ofThreads, ofProcesses] = [summary(thread, 'memory'), summary(process, 'memory')];
      if (ofThreads === undefined || ofProcesses === undefined || thread?.workers !== process?.workers) {
        return unknown(NOT_COMPARED);
      }
      const measured = `${size(ofThreads.median)} against ${size(ofProcesses.median)}, ${thread?.workers} of each`;
      if (tied(ofThreads, ofProcesses)) return unknown(`they are tied: ${measured}`);
      return holdsIf(ofThreads.median < 0.9 * ofProcesses.median, measured);
    },
  },
  {
    id: 'thread-harder',
    about: 'multi-threaded',
    claim: 'Multi-threaded servers are harder to implement.',
    rule: 'Holds if what only this architecture needs (the lock and the shared cache among it) has more lines than what only the multi-process one needs.',
    remark: 'Lines are all that can be counted; what is hard about them cannot.',
    judge() {
      const [thread, process] = [ownLines('thread'), ownLines('process')];
      if (process === undefined || thread === undefined) return unknown('the program is not there as it was compiled');
      return holdsIf(thread > process, `${figures(thread)} lines against ${figures(process)}`);
    },
  },
  {
    id: 'thread-synchronisation',
    about: 'multi-threaded',
    claim: 'Threads need synchronisation.',
    rule: 'Holds if a lock is taken at least once in ten requests; how long it is waited for is what that costs.',
    judge(evidence) {
      const thread = evidence.of('thread');
      const locks = median(thread, 'lockAcquisitions');
      if (locks === undefined) return unknown(NOT_COMPARED);
      const waits = median(thread, 'lockWait') ?? 0;
      const contended = median(thread, 'lockContended') ?? 0;
      const measured = `taken ${figures(locks)} times a request, ${percentage(contended)} of it contended, ${time(waits)} waited a request`;
      return holdsIf(locks >= 0.1, measured);
    },
  },
  {
    id: 'event-memory',
    about: 'event-driven',
    claim: 'Event-driven servers have one address space and need less memory.',
    rule: `Holds if both threads and processes take at least ${HIGH} times the memory (PSS) of one event loop.`,
    judge(evidence) {
      const loop = evidence.event();
      const event = median(loop, 'memory');
      const others = [median(evidence.of('thread'), 'memory'), median(evidence.of('process'), 'memory')];
      const [thread, process] = others;
      if (event === undefined || thread === undefined || process === undefined) return unknown(NOT_COMPARED);
      const measured = `${size(event)}${unusual(loop)}; threads ${size(thread)}, processes ${size(process)}`;
      return holdsIf(Math.min(thread, process) >= HIGH * event, measured);
    },
  },
  {
    id: 'event-switches',
    about: 'event-driven',
    claim: 'Event-driven servers need no context switches.',
    rule: `Holds if a request takes less than ${FEW_SWITCHES} voluntary switches, and less than a tenth of those of threads.`,
    judge(evidence) {
      const [event, thread] = [evidence.event(), evidence.of('thread')];
      const [own, ofThreads] = [median(event, 'voluntarySwitches'), median(thread, 'voluntarySwitches')];
      if (own === undefined || ofThreads === undefined) return unknown(NOT_COMPARED);
      const change = median(event, 'handlerChange');
      const instead = change === undefined ? '' : `; from one handler to the next it takes ${time(change)}`;
      const measured = `${figures(own)} a request${unusual(event)}, threads ${figures(ofThreads)}${instead}`;
      return holdsIf(own < FEW_SWITCHES && own * 10 <= Math.max(ofThreads, FEW_SWITCHES), measured);
    },
  },
  {
    id: 'event-synchronisation',
    about: 'event-driven',
    claim: 'Event-driven servers need no synchronisation.',
    rule: 'Holds if one event loop takes no lock.',
    judge(evidence) {
      const event = evidence.event();
      if (event === undefined) return unknown(NOT_COMPARED);
      const locks = median(event, 'lockAcquisitions') ?? 0;
      const measured = locks === 0 ? 'no lock is taken: there is none' : `${figures(locks)} locks a request`;
      return holdsIf(locks === 0, `${measured}${unusual(event)}`);
    },
  },
  {
    id: 'event-blocked',
    about: 'event-driven',
    claim: 'A blocking read stops an event-driven server.',
    rule: `Holds if the p99 of requests for what is in memory, beside others that read from the disk, is at least ${BLOCKED} times as long with --disk blocking as with threads, and a stall of the loop is at least as long as an operation of the disk.`,
    judge(evidence) {
      const blocking = evidence.beside('event/epoll/blocking') ?? evidence.beside('event/io_uring/blocking');
      const thread = evidence.beside('thread');
      const [p99, ofThreads] = [median(blocking, 'p99'), median(thread, 'p99')];
      if (p99 === undefined || ofThreads === undefined) return unknown(NO_BLOCKING);
      const stall = median(blocking, 'longestStall') ?? 0;
      const measured = `p99 ${time(p99)}, with threads ${time(ofThreads)}; longest stall ${time(stall)}`;
      const isBlocked = p99 >= BLOCKED * ofThreads;
      // Warm they would be faster yet.
      if (!isBlocked && isCold(thread)) return unknown(COLD);
      return holdsIf(isBlocked && stall >= evidence.diskSeconds(), measured);
    },
  },
  {
    id: 'event-asynchronous',
    about: 'event-driven',
    claim: 'Asynchronous reads of the disk mend that.',
    rule: `Holds if the same p99 with helpers or io_uring is at most a ${BLOCKED}th of that with --disk blocking.`,
    judge(evidence) {
      const blocking = median(
        evidence.beside('event/epoll/blocking') ?? evidence.beside('event/io_uring/blocking'),
        'p99',
      );
      const mended = [evidence.beside('event/epoll/helpers'), evidence.beside('event/io_uring')].flatMap((one) => {
        const p99 = median(one, 'p99');
        return one === undefined || p99 === undefined ? [] : [{ name: one.name, p99 }];
      });
      const [best] = mended.sort((one, other) => one.p99 - other.p99);
      if (blocking === undefined || best === undefined) return unknown(NO_BLOCKING);
      return holdsIf(
        best.p99 * BLOCKED <= blocking,
        `p99 ${time(best.p99)} with ${best.name} against ${time(blocking)}`,
      );
    },
  },
  {
    id: 'epoll-scales',
    about: 'dispatchers',
    claim: 'epoll scales better than poll and select.',
    rule: 'Holds if, from the fewest to the most descriptors watched with as few of them ready, a turn of epoll grows less than a tenth as much as turns of both others.',
    judge(evidence) {
      const results = evidence.suites.descriptors;
      if (results === undefined) return unknown(NO_DESCRIPTORS);
      const [epoll, poll, select] = ['epoll', 'poll', 'select'].map((name) => growthOf(results, name));
      if (epoll === undefined || poll === undefined || select === undefined) {
        return unknown('so many descriptors could not be had');
      }
      const measured = `with 1,000 times as many a turn takes ${figures(epoll)} times as long with epoll, ${figures(poll)} with poll, ${figures(select)} with select`;
      return holdsIf(epoll * 10 <= Math.min(poll, select), measured);
    },
  },
];

/** Every claim, judged. */
export function judgeClaims(measured: Measured): ClaimResult[] {
  const evidence = new Evidence(measured);
  return CLAIMS.map(({ judge, ...claim }) => ({ ...claim, ...judge(evidence) }));
}

/** The name of an event loop that is another one than the usual. */
function unusual(event: ConfigurationResults | undefined): string {
  return event === undefined || ['event', 'event/epoll', 'event/io_uring'].includes(event.name)
    ? ''
    : ` (${event.name})`;
}

function moreMemory(evidence: Evidence, model: 'process' | 'thread'): Judged {
  const [own, event] = [evidence.of(model), evidence.event()];
  const [memory, ofEvent] = [median(own, 'memory'), median(event, 'memory')];
  if (memory === undefined || ofEvent === undefined) return unknown(NOT_COMPARED);
  const times = memory / ofEvent;
  return holdsIf(
    times >= HIGH,
    `${size(memory)} of ${own?.workers} against ${size(ofEvent)}${unusual(event)}: ${figures(times)} times`,
  );
}

/** How much of a request its switches take, judged by one yardstick whoever changes places. */
function switches(evidence: Evidence, model: 'process' | 'thread', holds: (share: number) => boolean): Judged {
  const own = evidence.of(model);
  const [count, cpu] = [median(own, 'voluntarySwitches'), median(own, 'cpu')];
  if (count === undefined || cpu === undefined) return unknown(NOT_COMPARED);
  const rows = evidence.suites.switch?.rows ?? [];
  const row = rows.find(({ workingSet }) => workingSet >= 16 * 1024) ?? rows[0];
  const cost = row?.[model]?.median;
  if (cost === undefined) return unknown(NO_SWITCH);
  const share = (count * cost) / cpu;
  // Warm it would be a larger one yet.
  if (isCold(own) && share <= COSTLY) return unknown(COLD);
  const other = model === 'thread' ? 'process' : 'thread';
  const ofOther = row?.[other]?.median;
  const beside =
    ofOther === undefined ? '' : ` (between ${other === 'thread' ? 'threads' : 'processes'} ${time(ofOther)})`;
  const measured = `${figures(count)} switches a request of ${time(cost)} each${beside}: ${percentage(share)} of ${time(cpu)}`;
  return holdsIf(holds(share), measured);
}
