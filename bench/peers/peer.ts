/**
 * What the bench needs to know of a server it compares: whether it is there, how to get it when it is not, and the
 * command that serves a directory in the foreground. Starting, pinning, measuring and stopping are the same for all.
 */

/** What a server is asked to serve, and the folder in which it may write its configuration and its temporary files. */
export interface Service {
  /** Served as the root of the site; absolute. */
  readonly directory: string;
  /** A free port of 127.0.0.1. */
  readonly port: number;
  /** An empty folder of this server's own. */
  readonly scratch: string;
  /** How many connections the case opens, so that tables can be sized for it. */
  readonly connections: number;
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
  /** Names of cases it cannot take part in, each with the reason. */
  readonly cannot?: Readonly<Record<string, string>>;
  /** It answers the same bytes whatever is asked, so its body is not compared with the file. */
  readonly fixedAnswer?: boolean;
}
