/** What the charts show: times that only go on, whatever the clock of a server says, and no more than is kept. */
import { expect, it } from 'vitest';
import { History } from '../../../src/admin/dashboard/history.js';
import { groupsFor, type Moment } from '../../../src/admin/dashboard/panels.js';
import { type Rates, ratesBetween } from '../../../src/metrics/rates.js';
import { fakePoll } from './fake-polls.js';

const panels = groupsFor(fakePoll('event', 1)).flatMap((group) => group.panels);

function moment(second: number): Moment {
  const polled = fakePoll('event', second);
  return { polled, rates: ratesBetween(fakePoll('event', second - 1), polled) as Rates };
}

it('times are those of the page, also where the server was not heard, or its clock is another', () => {
  const history = new History(panels);
  history.add(moment(900), 1);
  history.interrupt(2);
  history.add(moment(20), 3);
  expect(history.times).toEqual([1, 2, 3]);
  for (const panel of panels)
    for (const values of history.of(panel)) expect([values.length, values[1]]).toEqual([3, null]);
});

it('keeps fifteen minutes', () => {
  const history = new History(panels);
  for (let second = 1; second <= 1000; second++) history.interrupt(second);
  expect([history.times.length, history.times[0], history.times.at(-1)]).toEqual([900, 101, 1000]);
});
