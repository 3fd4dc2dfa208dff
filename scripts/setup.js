/**
 * Makes a checkout ready to run: packages, the Prisma clients of both databases, the compiled program. It runs
 * before every start, test and check, so it does only what is needed, and says nothing when that is nothing.
 *
 *   node scripts/setup.js [--build] [--verbose]
 *
 * `--build` compiles in any case; `--verbose` shows what the tools print. It needs nothing but Node itself.
 */
const OLDEST = [20, 19];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
  process.stderr.write(
    `Reeve needs Node ${OLDEST.join('.')} or newer, and this is Node ${process.versions.node}.\n` +
      'Install a newer one from https://nodejs.org or your system, for example: nvm install 22\n',
  );
  process.exitCode = 1;
} else {
  // Not imported above: an old Node would stop at the first thing it does not know, without the words above.
  import('./setup/setUp.js')
    .then(({ setUp }) => setUp(process.argv.slice(2)))
    .then((status) => {
      process.exitCode = status;
    });
}
