/** Whether this computer can run Amped, found out before anything is loaded that would fail less clearly. */

const OLDEST_NODE = 20;
const PROCESSORS = ['x64', 'arm64'];

/** Why it cannot, in one sentence, or undefined when it can. */
export function unsupported(
  host: Pick<NodeJS.Process, 'platform' | 'arch'> & { versions: { node: string } },
): string | undefined {
  if (host.platform !== 'linux') {
    return `Amped runs on Linux only (this is ${host.platform}); README shows how to run it in a container.`;
  }
  if (!PROCESSORS.includes(host.arch)) {
    return `Amped runs on ${PROCESSORS.join(' and ')} processors only (this is ${host.arch}).`;
  }
  if (Number.parseInt(host.versions.node, 10) < OLDEST_NODE) {
    return `Amped needs Node.js ${OLDEST_NODE} or newer (this is ${host.versions.node}).`;
  }
  return undefined;
}
