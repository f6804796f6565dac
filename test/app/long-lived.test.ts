/** When much lives for long, and when little does again: told once each time. */
import { beforeEach, expect, it } from 'vitest';
import { amountOf, LongLived, MUCH, PATIENCE_MILLISECONDS } from '../../src/app/long-lived.js';

let told: boolean[];
let lives: LongLived;

beforeEach(() => {
  told = [];
  lives = new LongLived((much) => told.push(much));
});

it('is told when it is much, and when it has been little for long', () => {
  for (let stream = 1; stream < MUCH; stream++) lives.begins(1);
  expect(told).toEqual([]);
  lives.begins(1);
  expect(told).toEqual([true]);
  lives.tick(0);
  lives.ends(MUCH / 2 - 1);
  lives.tick(2 * PATIENCE_MILLISECONDS);
  expect(told).toEqual([true]);
  lives.ends(1);
  lives.tick(3 * PATIENCE_MILLISECONDS - 1);
  expect(told).toEqual([true]);
  lives.tick(3 * PATIENCE_MILLISECONDS);
  expect(told).toEqual([true, false]);
  lives.begins(MUCH / 2);
  expect(told).toEqual([true, false, true]);
});

it('what comes and goes between two ticks is much', () => {
  for (let time = 0; time < 5; time++) {
    lives.begins(amountOf(16 * 1024 * 1024));
    lives.ends(amountOf(16 * 1024 * 1024));
    lives.tick(time * (PATIENCE_MILLISECONDS - 1));
  }
  expect(told).toEqual([true]);
});

it('is told of nothing by little', () => {
  lives.begins(amountOf(1024 * 1024));
  lives.tick(0);
  lives.ends(amountOf(1024 * 1024));
  lives.tick(2 * PATIENCE_MILLISECONDS);
  lives.close();
  expect(told).toEqual([]);
});

it('is told at the end', () => {
  lives.begins(MUCH);
  lives.close();
  expect(told).toEqual([true, false]);
});
