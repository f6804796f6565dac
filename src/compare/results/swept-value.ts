/** Values of what a workload sweeps, as people write them. */
import { headingOf } from '../workloads/swept.js';
import { size } from './metrics.js';

/** The value alone, as in a table. */
export function swept(field: string, value: number): string {
  return field === 'fileBytes' ? size(value) : value.toLocaleString('en');
}

/** The value and what it is of, as in a sentence. */
export function sweptText(field: string, value: number): string {
  const written = swept(field, value);
  return field === 'fileBytes' ? `a ${headingOf(field)} of ${written}` : `${written} ${headingOf(field)}`;
}
