/** A value of what a workload sweeps, as people write it. */
import { size } from '../results/metrics.js';

export function swept(field: string, value: number): string {
  return field === 'fileBytes' ? size(value) : value.toLocaleString('en');
}
