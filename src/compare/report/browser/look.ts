/** What all plots have in common. */
import type { ScaleOptions } from '@observablehq/plot';

export const LINE_HEIGHT = 28;

export const STYLE = {
  fontFamily: 'system-ui, sans-serif',
  fontSize: '12px',
  background: 'white',
  color: '#222',
  overflow: 'visible',
} as const;

/** Told apart by most people, on paper too (Observable's, and two more). */
const COLOURS = [
  ...['#4269d0', '#efb118', '#ff725c', '#6cc5b0', '#3ca951', '#ff8ab7', '#a463f2', '#97bbf5', '#9c6b4e', '#9498a0'],
  ...['#1b1e23', '#b5179e'],
];

/** The same configuration has the same colour in all plots of a workload. */
export function coloursFor(names: readonly string[]): ScaleOptions {
  const domain = [...new Set(names)];
  return {
    domain,
    range: domain.map((_, index) => COLOURS[index % COLOURS.length] as string),
    // As the legend has it, which knows no dashes.
    tickFormat: (name: string) => (isDashed(domain, name) ? `${name} (dashed)` : name),
  };
}

/** Whether a line is dashed, for its colour has been given away before. */
export function isDashed(names: readonly string[], name: string): boolean {
  return [...new Set(names)].indexOf(name) >= COLOURS.length;
}

export const DASHES = '7 4';
