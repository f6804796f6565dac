/** The button that has the server record what it does for some seconds, and gives the trace to the user as a file. */
import { element, made, say } from './elements.js';

const SECONDS = 5;
const OUTCOMES = {
  done: 'The trace is downloaded',
  failed: 'No trace: try again',
  absent: 'This server records no traces',
} as const;

/** Its words are told to who does not see them too. It stays where the focus is: a button that is disabled loses it. */
export function prepareTrace(button: HTMLButtonElement): void {
  const label = button.textContent;
  const status = element('trace-status');
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    const recording = `Recording ${SECONDS} s`;
    say(button, recording);
    say(status, recording);
    const outcome = await record();
    say(button, outcome === 'failed' ? 'No trace: try again' : label);
    say(status, OUTCOMES[outcome]);
    button.removeAttribute('aria-disabled');
    if (outcome === 'absent') button.hidden = true;
  });
}

async function record(): Promise<keyof typeof OUTCOMES> {
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
