/** Metrics as text: what each format says, and that Prometheus's own checker agrees. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Metric, openMetricsText, prometheusText } from '../../src/metrics/exposition.js';

const METRICS: readonly Metric[] = [
  { type: 'counter', name: 'bytes_sent', help: 'Bytes that went out', samples: [{ value: 12 }] },
  {
    type: 'gauge',
    name: 'build_info',
    help: 'A back\\slash and a line\nbreak',
    samples: [{ labels: { path: 'a"b\\c\nd', empty: '' }, value: 1 }],
  },
  {
    type: 'histogram',
    name: 'wait_seconds',
    help: 'How long',
    buckets: [
      { atMost: 0.001, count: 2 },
      { atMost: 0.5, count: 0 },
      { atMost: Number.POSITIVE_INFINITY, count: 3 },
    ],
    sum: 7.25,
  },
];

describe('the text format of Prometheus', () => {
  it('has a help, a type and its samples for each; buckets add up', () => {
    expect(prometheusText(METRICS)).toBe(
      [
        '# HELP bytes_sent_total Bytes that went out.',
        '# TYPE bytes_sent_total counter',
        'bytes_sent_total 12',
        '# HELP build_info A back\\\\slash and a line\\nbreak.',
        '# TYPE build_info gauge',
        'build_info{path="a\\"b\\\\c\\nd",empty=""} 1',
        '# HELP wait_seconds How long.',
        '# TYPE wait_seconds histogram',
        'wait_seconds_bucket{le="0.001"} 2',
        'wait_seconds_bucket{le="0.5"} 2',
        'wait_seconds_bucket{le="+Inf"} 5',
        'wait_seconds_sum 7.25',
        'wait_seconds_count 5',
        '',
      ].join('\n'),
    );
  });
});

describe('OpenMetrics', () => {
  it('calls the family of a counter without _total, and says where it ends', () => {
    const text = openMetricsText(METRICS);
    expect(text).toContain('# TYPE bytes_sent counter\nbytes_sent_total 12\n');
    expect(text.endsWith('# EOF\n')).toBe(true);
  });
});

it('promtool finds nothing wrong', (context) => {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    context.skip('promtool is not installed (Debian package: prometheus)');
  }
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: prometheusText(METRICS), encoding: 'utf8' });
  expect(`${checked.stdout}${checked.stderr}`).toBe('');
  expect(checked.status).toBe(0);
});
