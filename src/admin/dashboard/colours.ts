/** The colours of the style sheet, for what is painted and not styled. They are read once, and again when they change. */

const read = new Map<string, string>();
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The value of a custom property of the page, such as `blue`. */
export function cssColour(name: string): string {
  let colour = read.get(name);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    read.set(name, colour);
  }
  return colour;
}

/** Calls when light becomes dark, or dark light. */
export function whenRecoloured(call: () => void): void {
  dark.addEventListener('change', () => {
    read.clear();
    call();
  });
}
