/** The request head of a browser that follows a link within a site: 14 fields with Host, about 670 bytes. */
export const BROWSER_FIELDS: ReadonlyArray<readonly [name: string, value: string]> = [
  ['Connection', 'keep-alive'],
  ['sec-ch-ua', '"Chromium";v="130", "Google Chrome";v="130", "Not?A_Brand";v="99"'],
  ['sec-ch-ua-mobile', '?0'],
  ['sec-ch-ua-platform', '"Linux"'],
  ['Upgrade-Insecure-Requests', '1'],
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  ],
  ['Accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8'],
  ['Sec-Fetch-Site', 'same-origin'],
  ['Sec-Fetch-Mode', 'navigate'],
  ['Sec-Fetch-Dest', 'document'],
  ['Referer', 'http://127.0.0.1/articles/index.html'],
  ['Accept-Language', 'en-GB,en;q=0.9'],
  ['Cookie', 'session=0123456789abcdef0123456789abcdef'],
];
