/** The classes in which requests are counted: by method, and by the first digit of the status. */

/** By method; those that no server of files or of an interface has (TRACE, and whatever else a client makes up) are `other`. */
export const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'other'] as const;
/** Interim responses (1xx) are counted beside them: they end no request. */
export const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

export type RequestMethods = Readonly<Record<(typeof METHODS)[number], number>>;
export type RequestStatuses = Readonly<Record<'1xx' | (typeof STATUS_CLASSES)[number], number>>;

/** One count for each method and status class. */
export const REQUEST_CLASSES = METHODS.length * STATUS_CLASSES.length;
/** Where those of a request that could not be understood are counted. */
export const OTHER_METHOD = METHODS.length - 1;

/** Which of the counts: the method by its place in METHODS, and a final status, from 200 to 599. */
export function requestClass(method: number, status: number): number {
  return method * STATUS_CLASSES.length + ((status / 100) | 0) - 2;
}

/** What has been counted, by method: of each the sum of its status classes. */
export function byMethod(counts: ArrayLike<number>): RequestMethods {
  return Object.fromEntries(
    METHODS.map((name, method) => [name, sumOf(STATUS_CLASSES.map((_, status) => classCount(counts, method, status)))]),
  ) as RequestMethods;
}

/** What has been counted, by status class; `interim`: the responses before the final ones. */
export function byStatus(counts: ArrayLike<number>, interim: number): RequestStatuses {
  const final = STATUS_CLASSES.map((name, status) => [
    name,
    sumOf(METHODS.map((_, method) => classCount(counts, method, status))),
  ]);
  return { '1xx': interim, ...Object.fromEntries(final) } as RequestStatuses;
}

function classCount(counts: ArrayLike<number>, method: number, status: number): number {
  return counts[method * STATUS_CLASSES.length + status] as number;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
