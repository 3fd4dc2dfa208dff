/** Starts a server as a test run does, says where it is, and waits to be killed. */
import { dirname } from 'node:path';
import pg from 'pg';
import { startGuardian } from '../postgresGuardian.js';

const guardian = await startGuardian();
const { url } = await (await fetch(`${guardian.address}/start`, { method: 'POST' })).json();
const client = new pg.Client(url);
await client.connect();
const { rows } = await client.query('SHOW data_directory');
await client.end();
console.log(JSON.stringify({ port: Number(new URL(url).port), folder: dirname(rows[0].data_directory) }));
process.stdin.resume();
