/** HTML from values: what comes from elsewhere is text and nothing else. */

/** Text as it may stand in an element or an attribute in double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function element(name: string, content: string, attributes: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`);
  return `<${name}${written.join('')}>${content}</${name}>`;
}

export function paragraph(text: string): string {
  return element('p', escaped(text));
}

/** The first cell of each row is its heading; `kind`: by what class it is known. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  caption = '',
  kind = '',
): string {
  const head = element('tr', headings.map((heading) => element('th', escaped(heading), { scope: 'col' })).join(''));
  const body = rows.map(([first = '', ...others]) =>
    element(
      'tr',
      element('th', escaped(first), { scope: 'row' }) + others.map((cell) => element('td', escaped(cell))).join(''),
    ),
  );
  const title = caption === '' ? '' : element('caption', escaped(caption));
  const whole = `${title}${element('thead', head)}${element('tbody', body.join('\n'))}`;
  return element('div', element('table', whole, kind === '' ? {} : { class: kind }), {
    class: 'scroll',
    tabindex: '0',
  });
}

export function figure(caption: string, data: Readonly<Record<string, string>>, wide = false): string {
  const attributes = Object.fromEntries(Object.entries(data).map(([key, value]) => [`data-${key}`, value]));
  return element('figure', element('figcaption', escaped(caption)), { ...attributes, ...(wide && { class: 'wide' }) });
}

/** Data for a script of the same page. */
export function json(identifier: string, value: unknown): string {
  // The text must not end the element.
  const text = JSON.stringify(value).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="${identifier}">${text}</script>`;
}
