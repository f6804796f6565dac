/** Makes Ctrl-C and SIGTERM an exit of the bench, at which everything is undone that must not outlive it. */
export function exitOnSignals(): void {
  process.on('SIGINT', () => process.exit(130));
  process.on('SIGTERM', () => process.exit(143));
}
