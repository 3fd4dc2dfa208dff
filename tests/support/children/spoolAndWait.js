/** Adopts what lies in a spool, puts events behind it, says how many there are, and waits to be killed. */
import { Spool } from '../../../dist/audit/writer/spool.js';

const { folder, tenant, drafts } = JSON.parse(process.argv[2]);
const spool = new Spool(folder, tenant, 1024 * 1024);
spool.adopt();
spool.append(drafts);
console.log(JSON.stringify(spool.status.count));
process.stdin.resume();
