/** A server with an admin listener beside it, which ends when the server has ended. */
import { startAdmin } from '../admin/admin-listener.js';
import { readListen } from '../config/address.js';
import type { Server } from './serving.js';

/** Where the admin listener listens unless told otherwise: not on the network. */
const LOOPBACK = '127.0.0.1';

/** Starts it at `address`, [HOST:]PORT. When it cannot, the server is closed too, and the reason is thrown. */
export async function withAdmin(server: Server, address: string): Promise<Server> {
  const { host = LOOPBACK, port } = readListen(address) as { host: string | undefined; port: number };
  const admin = await startAdmin(host, port, server).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  const ending = (ended: Promise<void>): Promise<void> => ended.finally(() => admin.close());
  return {
    ...server,
    // Another one after a reload.
    get root() {
      return server.root;
    },
    get ready() {
      return server.ready;
    },
    adminUrl: admin.url,
    drain: () => ending(server.drain()),
    close: () => ending(server.close()),
  };
}
