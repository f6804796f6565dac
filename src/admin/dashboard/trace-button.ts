/** The button that has the server record what it does for some seconds, and gives the trace to the user as a file. */
import { made, say } from './elements.js';

const SECONDS = 5;

export function prepareTrace(button: HTMLButtonElement): void {
  const label = button.textContent;
  button.addEventListener('click', async () => {
    button.disabled = true;
    say(button, `Recording ${SECONDS} s`);
    const said = await record();
    if (said === 'absent') button.hidden = true;
    say(button, said === 'failed' ? 'No trace: try again' : label);
    button.disabled = false;
  });
}

async function record(): Promise<'done' | 'absent' | 'failed'> {
  try {
    const answer = await fetch(`/trace?seconds=${SECONDS}`, { method: 'POST' });
    if (answer.status === 404) return 'absent';
    if (!answer.ok) return 'failed';
    const url = URL.createObjectURL(await answer.blob());
    const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
    made('a', { href: url, download: `amped-trace-${time}.json` }).click();
    URL.revokeObjectURL(url);
    return 'done';
  } catch {
    return 'failed';
  }
}
