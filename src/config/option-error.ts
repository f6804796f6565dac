/** What is wrong with an option, in one sentence for the user: it names the option and the values it takes. */
export class OptionError extends Error {
  override name = 'OptionError';
}
