import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { packageRoot } from '../../store/packageRoot.js';

/** The family of every text in a drawing; no font of the machine is ever asked for, so pictures are the same everywhere. */
export const FONT_FAMILY = 'Inter';

const FONTS = ['Inter-Regular.otf', 'Inter-SemiBold.otf'];

let ready: Promise<Uint8Array[]> | undefined;

/** The renderer is WebAssembly and loaded with the first picture: a bot that draws none never pays for it. */
async function load(): Promise<Uint8Array[]> {
  const wasm = createRequire(import.meta.url).resolve('@resvg/resvg-wasm/index_bg.wasm');
  const [fonts] = await Promise.all([
    Promise.all(FONTS.map((name) => readFile(join(packageRoot, 'assets', 'fonts', name)))),
    readFile(wasm).then(initWasm),
  ]);
  return fonts;
}

/** A drawing as PNG. */
export async function renderPng(svg: string): Promise<Buffer> {
  ready ??= load();
  const fontBuffers = await ready;
  const renderer = new Resvg(svg, { font: { fontBuffers, defaultFontFamily: FONT_FAMILY } });
  try {
    const image = renderer.render();
    const png = Buffer.from(image.asPng());
    image.free();
    return png;
  } finally {
    renderer.free();
  }
}
