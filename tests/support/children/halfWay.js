/** Changes a database in the way of before there was a log, says so half-way, and waits to be killed. */
import Database from 'better-sqlite3';

const { path } = JSON.parse(process.argv[2]);
const db = new Database(path);
db.exec('PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; CREATE TABLE "Kept" ("text" TEXT)');
db.exec(`INSERT INTO "Kept" VALUES ('before')`);
// More than the cache holds, so that some of it is in the file already.
db.exec('BEGIN');
const insert = db.prepare('INSERT INTO "Kept" VALUES (?)');
for (let i = 0; i < 500; i += 1) insert.run('x'.repeat(2000));
console.log(JSON.stringify('half-way'));
setInterval(() => {}, 1000);
