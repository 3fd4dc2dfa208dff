/**
 * npm run bench [-- append|read|chat|retention [sqlite|postgresql]]
 *
 * Every side of a comparison runs in turn within one run on the same table with the same rows; what counts is the
 * ratio. Absolute figures say something about the machine.
 */
import { append } from './append.js';
import { chat } from './chat.js';
import { read } from './read.js';
import { retention } from './retention.js';
import { verdict } from './support.js';

const [section, kind] = process.argv.slice(2);
const kinds = kind === undefined ? ['sqlite', 'postgresql'] : [kind];
if (section === undefined || section === 'append') for (const one of kinds) await append(one);
if (section === undefined || section === 'read') for (const one of kinds) await read(one);
if (section === undefined || section === 'chat') for (const one of kinds) await chat(one);
if (section === undefined || section === 'retention') for (const one of kinds) await retention(one);

verdict();
