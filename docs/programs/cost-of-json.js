/**
 * What it costs Node to echo JSON of 1 MiB that is one string, without any server: CPU time of each step, in milliseconds, as
 * the program has it (user) and as the kernel has it, most of all for new pages (system).
 *
 * node docs/programs/cost-of-json.js [TIMES]
 */
const TIMES = Number(process.argv[2] ?? 50);
const BYTES = 1_048_576;
const body = Buffer.from(`{"text":"${'x'.repeat(BYTES - 11)}"}`);
const place = Buffer.allocUnsafeSlow(BYTES);
const value = JSON.parse(body.toString('latin1'));

measure('bytes to new bytes', () => Buffer.allocUnsafeSlow(BYTES).set(body));
measure('bytes to bytes that were there', () => place.set(body));
measure('TextDecoder.decode', () => new TextDecoder().decode(body));
measure('JSON.parse', () => JSON.parse(body.toString('latin1')));
measure('JSON.stringify', () => JSON.stringify(value));
measure('text to bytes that were there', () => place.write(value.text, 'latin1'));

function measure(step, run) {
  for (let time = 0; time < TIMES / 5; time++) run();
  const before = process.cpuUsage();
  for (let time = 0; time < TIMES; time++) run();
  const { user, system } = process.cpuUsage(before);
  const each = (microseconds) => (microseconds / 1000 / TIMES).toFixed(2);
  console.log(`${step}: ${each(user)} user, ${each(system)} system`);
}
