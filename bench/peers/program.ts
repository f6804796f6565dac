/** How a program of bench/ is run: by its arguments, with its usage where that is asked for, and one sentence where it fails. */

/** Runs it and ends the process, with the exit code that `main` gives. `read`: throws an Error whose message is for the user. */
export async function runProgram<Options extends { readonly help: boolean }>(
  read: (words: readonly string[]) => Options,
  usage: string,
  main: (options: Options) => Promise<number>,
): Promise<never> {
  try {
    const options = read(process.argv.slice(2));
    if (!options.help) process.exit(await main(options));
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
