/** How the server is watched from outside. */
import { readListen } from '../address.js';
import { option } from '../option.js';
import { text } from '../option-kinds.js';

export const watching = {
  admin: option({
    flag: 'admin',
    kind: text('ADDRESS', 'off, PORT, HOST:PORT or [IPV6]:PORT (such as 9090 or 127.0.0.1:9090)', isAdminAddress),
    initial: 'off',
    description: 'where health and metrics are: [HOST:]PORT, of 127.0.0.1 unless told otherwise',
    fixed: true,
  }),
};

function isAdminAddress(value: string): boolean {
  const address = readListen(value);
  return value === 'off' || (address !== undefined && 'port' in address);
}
