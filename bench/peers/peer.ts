/**
 * What the bench needs to know of a server it compares: whether it is there, how to get it when it is not, and the
 * command that serves a directory in the foreground. Starting, pinning, measuring and stopping are the same for all.
 */

/** What a case asks of a server. */
export interface Demand {
  /** The case's name. */
  readonly name: string;
  /** How many connections it opens. */
  readonly connections: number;
  /** How many different files it asks for. */
  readonly files: number;
  /** The disk takes 20 milliseconds longer for each operation: only who can inject that takes part. */
  readonly slowDisk?: true;
  /** An application is asked, and no files. */
  readonly application?: true;
  /** The server and the page cache that holds its files have so much memory. */
  readonly memoryBytes?: number;
  /** It may read from the disk so often in a second. */
  readonly readsPerSecond?: number;
}

/** What a server is asked to serve, and the folder in which it may write its configuration and its temporary files. */
export interface Service {
  /** Served as the root of the site; absolute. */
  readonly directory: string;
  /** A free port of 127.0.0.1. */
  readonly port: number;
  /** An empty folder of this server's own. */
  readonly scratch: string;
  /** So that tables can be sized for it. */
  readonly demand: Demand;
}

export interface Peer {
  readonly name: string;
  /** Its configuration in a few words, printed beneath the tables. */
  readonly configuration: string;
  /** The absolute path of its program, or undefined when it is not installed. */
  find(): string | undefined;
  /** A command or a sentence that says how to get it. */
  readonly install: string;
  /** The argument that makes the program print its version. */
  readonly versionArgument?: string;
  /** Writes what configuration it needs; the answer is the command, program first, that serves until SIGTERM. */
  command(program: string, service: Service): readonly string[];
  /** The reason why it cannot take part in a case; undefined when it can. */
  cannot?(demand: Demand): string | undefined;
  /** It takes part only where somebody names it. */
  readonly onRequest?: true;
  /** It serves an application, and no files. */
  readonly application?: true;
  /** It can have a slow disk. */
  readonly slowsDisk?: true;
  /** It answers the same bytes whatever is asked, so its body is not compared with the file. */
  readonly fixedAnswer?: boolean;
}
