/**
 * Writes what is made from the tables and is part of the repository: the JSON Schemas of amped.json and of
 * workloads, and the manual page. A test says when they are not in step. Needs a build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { workloadSchemaText } from '../dist/compare/workloads/fields.js';
import { ampedSchemaText } from '../dist/config/amped-json.js';
import { manualPage } from '../dist/config/manual.js';

const root = new URL('..', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

writeFileSync(new URL('amped.schema.json', root), ampedSchemaText());
writeFileSync(new URL('workloads/workload.schema.json', root), workloadSchemaText());
writeFileSync(new URL('docs/amped.1', root), manualPage(version));
