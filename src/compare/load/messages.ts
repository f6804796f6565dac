/** What the load client and whoever has started it say to each other. */
import type { LoadPlan } from './plan.js';
import type { LoadProgress, LoadResult } from './result.js';

export type ToClient = { readonly plan: LoadPlan } | { readonly enough: true };

export type FromClient =
  | { readonly progress: LoadProgress }
  | { readonly result: LoadResult }
  /** A sentence for the user. */
  | { readonly error: string };
