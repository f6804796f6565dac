/** The table of a run of attacks, as Markdown. */
import { percentile } from './normal-client.js';
import type { Round } from './round.js';

export function reportOf(rounds: readonly Round[]): string {
  return [
    '| model | attack | connections | requests | failed | p50, p99, max ms | loop away ms | memory before, most, after MiB | descriptors before, most, after |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rounds.map(row),
    ...rounds.flatMap(({ model, attack, remarks }) => remarks.map((remark) => `\n${model}, ${attack}: ${remark}`)),
  ].join('\n');
}

function row({
  model,
  attack,
  connected,
  latencies,
  failures,
  awayMilliseconds,
  memoryBytes,
  descriptors,
}: Round): string {
  const milliseconds = [0.5, 0.99, 1].map((share) => percentile(latencies, share).toFixed(1));
  const memory = [memoryBytes.before, memoryBytes.most, memoryBytes.after].map((bytes) =>
    (bytes / 1_048_576).toFixed(1),
  );
  const cells = [
    ...[
      model,
      attack,
      connected,
      latencies.length + failures,
      failures,
      milliseconds.join(', '),
      awayMilliseconds ?? 'not told',
      memory.join(', '),
    ],
    [descriptors.before, descriptors.most, descriptors.after].join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}
