#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/cli/process.js', import.meta.url);
if (!existsSync(fileURLToPath(built))) {
  console.error('Reeve is not built yet. Run: npm run setup');
  process.exit(2);
}
const { runProcess } = await import(built.href);
await runProcess();
