/**
 * Sockets that whoever started this process has opened for it, as systemd does for a .socket unit: LISTEN_FDS, LISTEN_PID
 * and LISTEN_FDNAMES, see sd_listen_fds(3).
 */
import { OptionError } from '../config/option-error.js';
import { closeOnExec, isListeningStream } from '../linux/inherited-sockets.js';

/** SD_LISTEN_FDS_START */
const FIRST_DESCRIPTOR = 3;
const MOST_DESCRIPTORS = 1024;

/** Takes the variables out of the environment, so that no process started from here believes them meant for it. */
function take(environment: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = environment[name];
  delete environment[name];
  return value;
}

/**
 * The descriptors handed over to this process, none where there are none for it. Throws OptionError for one that is no
 * listening stream socket.
 */
export function takeActivation(environment: NodeJS.ProcessEnv, process: number): readonly number[] {
  const forProcess = take(environment, 'LISTEN_PID');
  const count = take(environment, 'LISTEN_FDS');
  const names = take(environment, 'LISTEN_FDNAMES')?.split(':') ?? [];
  if (count === undefined || forProcess !== String(process)) return [];
  if (!/^\d{1,4}$/.test(count) || Number(count) > MOST_DESCRIPTORS) {
    throw new OptionError(`LISTEN_FDS must be a number of descriptors from 0 to ${MOST_DESCRIPTORS}, not '${count}'.`);
  }
  return Array.from({ length: Number(count) }, (_, index) => {
    const descriptor = FIRST_DESCRIPTOR + index;
    if (!isListeningStream(descriptor)) {
      const name = names[index] ? ` ('${names[index]}')` : '';
      throw new OptionError(
        `Descriptor ${descriptor}${name}, handed over by LISTEN_FDS, is no listening stream socket; the .socket unit needs ListenStream= and Accept=no.`,
      );
    }
    closeOnExec(descriptor);
    return descriptor;
  });
}
