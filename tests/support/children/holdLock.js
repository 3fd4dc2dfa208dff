/** Holds SQLite's write lock until it is told to let go. */
import { once } from 'node:events';
import Sqlite from 'better-sqlite3';

const { path } = JSON.parse(process.argv[2]);
const db = new Sqlite(path);
db.exec('BEGIN IMMEDIATE');
console.log(JSON.stringify('held'));
await once(process.stdin, 'data');
db.exec('ROLLBACK');
db.close();
console.log(JSON.stringify('released'));
process.stdin.destroy();
