/** The classes in which requests are counted. */
import { expect, it } from 'vitest';
import {
  byMethod,
  byStatus,
  METHODS,
  OTHER_METHOD,
  REQUEST_CLASSES,
  requestClass,
} from '../../src/metrics/request-classes.js';

it('each method with each class of statuses has one, and none two', () => {
  const classes = METHODS.flatMap((_, method) => [200, 300, 400, 500].map((status) => requestClass(method, status)));
  expect([...new Set(classes)].sort((a, b) => a - b)).toEqual(Array.from({ length: REQUEST_CLASSES }, (_, at) => at));
  expect(requestClass(0, 299)).toBe(requestClass(0, 200));
  expect(requestClass(OTHER_METHOD, 599)).toBe(REQUEST_CLASSES - 1);
});

it('add up both ways', () => {
  const counts = new Float64Array(REQUEST_CLASSES);
  counts[requestClass(METHODS.indexOf('GET'), 200)] = 5;
  counts[requestClass(METHODS.indexOf('GET'), 404)] = 2;
  counts[requestClass(METHODS.indexOf('POST'), 503)] = 1;
  expect(byMethod(counts)).toEqual({
    ...{ GET: 7, HEAD: 0, OPTIONS: 0, POST: 1, PUT: 0, DELETE: 0, PATCH: 0, other: 0 },
  });
  expect(byStatus(counts, 9)).toEqual({ '1xx': 9, '2xx': 5, '3xx': 0, '4xx': 2, '5xx': 1 });
});
