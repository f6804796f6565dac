/**
 * The script of the load client's process. Here, and not beside it: the command is put into `dist/chunks`, and seen from there
 * the way is the same as from this folder.
 */
export const CLIENT_ENTRY = new URL('../compare/load/client-process.js', import.meta.url);
