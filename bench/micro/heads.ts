/** The request heads that are measured: wrk's, and a browser's. */
import { BROWSER_FIELDS } from '../peers/browser-head.js';

export const SMALL_HEAD = 'GET /1kib.txt HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n';

export const BROWSER_HEAD = [
  'GET /1kib.txt HTTP/1.1',
  'Host: 127.0.0.1:8080',
  ...BROWSER_FIELDS.map(([name, value]) => `${name}: ${value}`),
  '',
  '',
].join('\r\n');
