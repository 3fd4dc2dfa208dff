/** Opens the database, waits for a word, takes from shared limits many times at once, and prints how often it may. */
import { once } from 'node:events';
import { SharedStates } from '../../../dist/guards/sharedStates.js';
import { Store } from '../../../dist/store/store.js';

const { target, times, wishes, now } = JSON.parse(process.argv[2]);
const { store } = await Store.open(target, 20_000);
const states = new SharedStates(store, 'acme');
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');
const answers = await Promise.all(Array.from({ length: times }, () => states.take(wishes, now)));
const told = await states.tell('told', 60_000, now);
console.log(JSON.stringify({ granted: answers.filter((refused) => refused === null).length, told }));
await store.close();
process.stdin.destroy();
