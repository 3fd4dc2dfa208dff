import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * What everything is made from, as hashes of contents: a checkout of another branch changes every time stamp
 * and few contents. Each key covers what the step reads, the keys of the steps before it included.
 */
export function readSources(root) {
  const hash = (...parts) =>
    parts.reduce((sum, part) => sum.update(`${part.length}:`).update(part), sha256()).digest('hex');
  const { dependencies, devDependencies, overrides } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  const lock = readIfThere(join(root, 'package-lock.json'));
  // A native addon fits one version of Node's interface on one platform.
  const { platform, arch, versions } = process;
  const wanted = JSON.stringify({
    dependencies,
    devDependencies,
    overrides,
    platform,
    arch,
    abi: versions.modules,
  });
  const installKey = hash(wanted, lock ?? '');

  const schema = readIfThere(join(root, 'prisma', 'schema.prisma'));
  const derivation = readIfThere(join(root, 'scripts', 'derive-schema.js'));
  const generateKey = hash(installKey, schema ?? '', derivation ?? '');

  const files = filesBelow(join(root, 'src'))
    .map((path) => relative(root, path).split(sep).join('/'))
    .sort();
  const own = files.filter((path) => !path.startsWith('src/store/generated/'));
  const texts = own.flatMap((path) => [path, readFileSync(join(root, path))]);
  const compileKey = hash(generateKey, readIfThere(join(root, 'tsconfig.json')) ?? '', ...texts);

  return {
    root,
    hasLock: lock !== null,
    hasSchema: schema !== null,
    files,
    installKey,
    generateKey,
    compileKey,
  };
}

function sha256() {
  return createHash('sha256');
}

/** Every file below a folder; none where there is no such folder. */
export function filesBelow(folder) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [path] : [];
  });
}

export function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
