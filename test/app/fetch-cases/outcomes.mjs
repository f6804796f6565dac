/** Runs cases: what comes of each is its result as JSON, or the name of the error. */
export const URL_OF_REQUEST = 'http://h/p?q';

export function streamOf(...parts) {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
}

/** Of those whose outcome is another one than it should be: what it was. */
export async function unexpected(cases, classes) {
  const found = [];
  for (const [title, run, expected] of cases) {
    const outcome = await outcomeOf(run, classes);
    if (outcome !== expected) found.push(`${title}: ${outcome}, not ${expected}`);
  }
  return found;
}

async function outcomeOf(run, classes) {
  try {
    return JSON.stringify(await run(classes)) ?? 'undefined';
  } catch (error) {
    return `throws ${error.name}`;
  }
}
