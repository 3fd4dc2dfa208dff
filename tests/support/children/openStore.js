/** Opens a store when it is told to, and prints what that did. */
import { once } from 'node:events';
import { Store } from '../../../dist/store/store.js';

const target = JSON.parse(process.argv[2]);
console.log(JSON.stringify('ready'));
await once(process.stdin, 'data');
const { store, migrated, restoredGuards } = await Store.open(target);
console.log(JSON.stringify({ migrated, restoredGuards }));
await store.close();
process.stdin.destroy();
