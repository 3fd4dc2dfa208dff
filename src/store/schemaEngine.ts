import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  bindMigrationAwareSqlAdapterFactory,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm/schema_engine_bg';

/**
 * Runs `work` with Prisma's own schema engine, compiled to WebAssembly and bound to a driver adapter: migrations
 * are applied by the engine that `prisma migrate` would run, and recorded in the same table, without any engine
 * binary. The engine does not close its connections when it is freed, so that is done here.
 */
export async function withSchemaEngine<T>(
  adapter: SqlMigrationAwareDriverAdapterFactory,
  work: (engine: SchemaEngine) => Promise<T>,
  datamodel?: string,
): Promise<T> {
  const { SchemaEngine: Engine } = await loadEngine();
  const opened: SqlDriverAdapter[] = [];
  const connect = adapter.connect.bind(adapter);
  adapter.connect = async () => {
    const connection = await connect();
    opened.push(connection);
    return connection;
  };
  const datamodels: [string, string][] | undefined =
    datamodel === undefined ? undefined : [['schema.prisma', datamodel]];
  const engine = await Engine.new({ datamodels }, () => {}, bindMigrationAwareSqlAdapterFactory(adapter));
  try {
    return await work(engine);
  } finally {
    engine.free();
    for (const connection of opened) await connection.dispose();
  }
}

// Node has WebAssembly, but its types come with the browser's, which nothing else here should see.
type WasmExports = Record<string, () => void>;
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ instance: { exports: WasmExports } }>;
};

/**
 * The engine gives PostgreSQL's lock ten seconds and never takes that timer back, so that every process which
 * migrated would stay for so long. Its timers keep nobody waiting.
 */
function backgroundTimers(imports: string[]): Record<string, unknown> {
  const names = imports.filter((name) => name.startsWith('__wbg_setTimeout'));
  return Object.fromEntries(
    names.map((name) => [name, (fn: () => void, ms: number) => setTimeout(fn, ms >>> 0).unref()]),
  );
}

type EngineModule = typeof import('@prisma/schema-engine-wasm/schema_engine_bg');
let loading: Promise<EngineModule> | undefined;

function loadEngine(): Promise<EngineModule> {
  loading ??= (async () => {
    const module = await import('@prisma/schema-engine-wasm/schema_engine_bg');
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
    const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'));
    // The package's own loader imports the .wasm file as a module, which Node does only behind a flag.
    const glue = module as unknown as { __wbg_set_wasm(exports: WasmExports): void };
    const { instance } = await WebAssembly.instantiate(bytes, {
      './schema_engine_bg.js': { ...glue, ...backgroundTimers(Object.keys(module)) },
    });
    glue.__wbg_set_wasm(instance.exports);
    instance.exports.__wbindgen_start?.();
    return module;
  })();
  return loading;
}
