/** How the page of a comparison looks: light, readable, and the same on paper. */

export const PAGE_STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 66rem; padding: 1rem 1.5rem 4rem; background: #fff; color: #222;
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.9rem; margin: 1rem 0 0.25rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 0.5rem; border-top: 1px solid #ccc; padding-top: 1.25rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.25rem; }
p, ol { margin: 0.5rem 0; max-width: 48rem; }
.facts { color: #555; font-size: 0.9rem; }
.remark { border-left: 4px solid #c60; padding-left: 0.75rem; }
.verdict { background: #eef3ff; border: 1px solid #c5d3f5; border-radius: 6px; padding: 0.75rem 1rem; margin: 1rem 0; }
pre { background: #f4f4f4; border: 1px solid #ddd; border-radius: 4px; padding: 0.5rem 0.75rem; overflow-x: auto;
  font: 0.85rem/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; min-width: 0; break-inside: avoid; }
figure.wide { grid-column: 1 / -1; }
figcaption { font-weight: 600; margin-bottom: 0.25rem; }
figure svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; margin: 0.75rem 0; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding-bottom: 0.25rem; }
th, td { padding: 0.25rem 0.6rem; border-bottom: 1px solid #ddd; text-align: right; vertical-align: top; }
th:first-child { text-align: left; font-weight: 600; white-space: nowrap; }
thead th { border-bottom: 2px solid #888; font-weight: 600; }
.claims td, .claims th, .texts td, .texts th { text-align: left; }
.claims th { white-space: normal; }
.claims th:first-child { min-width: 13rem; }
.holds { color: #16702e; font-weight: 600; }
.not { color: #b3261e; font-weight: 600; }
.unknown { color: #555; }
summary { cursor: pointer; font-weight: 600; margin-top: 1rem; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  .scroll { overflow: visible; }
  h2 { break-after: avoid; }
  table { font-size: 7.5pt; }
  th, td { padding: 0.1rem 0.3rem; }
}
`;
