/** Holds SQLite's write lock, as somebody with a forgotten shell would, until it is told to let go. */
import { once } from 'node:events';
import Sqlite from 'better-sqlite3';

const database = new Sqlite(JSON.parse(process.argv[2]), { timeout: 10_000 });
database.exec('BEGIN IMMEDIATE');
console.log(JSON.stringify('held'));
await once(process.stdin, 'data');
database.exec('ROLLBACK');
database.close();
console.log(JSON.stringify('released'));
process.stdin.destroy();
