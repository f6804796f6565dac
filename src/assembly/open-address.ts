/** An address at which the server listens, with the sockets that it has there, whatever kind of address it is. */

export interface OpenAddress {
  /** As a user writes it. */
  readonly url: string;
  /** Listening sockets: of each, one for every loop, or one for all. */
  readonly sockets: readonly (readonly number[])[];
  /**
   * Lets next to nobody more into the queue, and whoever is in it stays: two find room in an empty one, and others are kept
   * waiting, until `refuse`.
   */
  hold(): void;
  /** Accepts no more, for everybody who has one of the sockets: whoever connects from now on is refused. */
  refuse(): void;
  /** Removes what would outlive this process. */
  abandon(): void;
}
