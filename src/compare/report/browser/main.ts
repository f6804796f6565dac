/**
 * Draws the plots of a comparison's page, in the browser: each figure says which plot it wants and of what. The numbers are in
 * the page.
 */
import type { Results } from '../../results/results.js';
import { barsOf, distributionOf } from './bars.js';
import { descriptorsPlot, sweepPlot, switchPlot } from './lines.js';

const WIDEST = 1040;
/** Two figures stand side by side. */
const HALF = 500;

const results = JSON.parse(document.getElementById('results')?.textContent ?? '{}') as Results;

for (const figure of document.querySelectorAll<HTMLElement>('figure[data-plot]')) {
  const { plot = '', workload = '0', metric = '' } = figure.dataset;
  const drawn = draw(plot, Number(workload), metric, figure.classList.contains('wide') ? WIDEST : HALF);
  const title = figure.querySelector('figcaption')?.textContent ?? plot;
  drawn.setAttribute('role', 'img');
  drawn.setAttribute('aria-label', title);
  figure.append(drawn);
}
document.documentElement.dataset.plotted = 'true';

// What is folded away on a screen has to be on paper.
addEventListener('beforeprint', () => {
  for (const details of document.querySelectorAll('details')) details.open = true;
});

function draw(plot: string, index: number, metric: string, width: number): SVGSVGElement | HTMLElement {
  const workload = results.workloads[index];
  if (plot === 'switch' && results.suites.switch !== undefined) return switchPlot(results.suites.switch, width);
  if (plot === 'descriptors' && results.suites.descriptors !== undefined) {
    return descriptorsPlot(results.suites.descriptors, width);
  }
  if (workload === undefined) throw new Error(`There is no workload ${index}.`);
  if (plot === 'distribution') return distributionOf(workload, width);
  if (plot === 'bars') return barsOf(workload, metric, width);
  if (plot === 'sweep') return sweepPlot(workload, metric, width);
  throw new Error(`There is no plot ${plot}.`);
}
