import { readFile } from 'node:fs/promises'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { DiffTarget, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm'
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { Migration } from './migrations.ts'

/** All that is said of Prisma's schema engine here: it takes the migrations as they are on disk, and one schema. */
const filters = { externalTables: [], externalEnums: [] }

/** The types of Node.js leave it to those of browsers, which nothing else here needs. */
declare const WebAssembly: {
  instantiate(bytes: Uint8Array, imports: object): Promise<{ readonly instance: { readonly exports: { __wbindgen_start(): void } } }>
}

/** Node.js 24 can import WebAssembly, and warns of it every time; made by hand it is the same, without a word. */
const makeEngine = async (): Promise<typeof SchemaEngine> => {
  const file = new URL('./schema_engine_bg.wasm', import.meta.resolve('@prisma/schema-engine-wasm'))
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': importsOf() })
  engineModule.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return engineModule.SchemaEngine
}

const loaded: { engine: Promise<typeof SchemaEngine> | null } = { engine: null }

/** Once: its module keeps one instance, and views of that one's memory. */
const loadEngine = (): Promise<typeof SchemaEngine> => (loaded.engine ??= makeEngine())

/** What the engine calls. It sets a timer for its own lock and never clears it: that may not keep a process alive that has nothing else to do. */
const importsOf = (): object => {
  const imports: Record<string, unknown> = { ...engineModule }
  for (const [name, call] of Object.entries(imports)) {
    if (!name.startsWith('__wbg_setTimeout') || typeof call !== 'function') continue
    imports[name] = (...args: unknown[]) => unreferenced(Reflect.apply(call, undefined, args))
  }
  return imports
}

const unreferenced = (timer: unknown): unknown => {
  if (timer instanceof Object && 'unref' in timer && typeof timer.unref === 'function') Reflect.apply(timer.unref, timer, [])
  return timer
}

/** Applies what is missing, in order. A failure rejects with the engine's words. */
export const applyMigrations = async (adapter: SqlMigrationAwareDriverAdapterFactory, migrations: readonly Migration[]): Promise<readonly string[]> => {
  await using engine = await openEngine(adapter)
  const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList: listOf(migrations), filters })
  return appliedMigrationNames
}

/**
 * The SQL that leads from what the migrations make to what `schema` (the text of schema.prisma) says; null where nothing is missing.
 * `adapter.connectToShadowDb` gives an empty database to run the migrations in.
 */
export const diffMigrations = async (
  adapter: SqlMigrationAwareDriverAdapterFactory,
  migrations: readonly Migration[],
  schema: string,
): Promise<string | null> => {
  await using engine = await openEngine(adapter, schema)
  const from: DiffTarget = { tag: 'migrations', ...listOf(migrations) }
  const to: DiffTarget = { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] }
  const { exitCode, stdout } = await engine.diff({ from, to, script: true, exitCode: true, filters })
  return exitCode === 2 ? stdout : null
}

/** The engine wants a schema to know the kind of database by. */
const leastSchema = 'datasource db {\n  provider = "postgresql"\n}\n'

const openEngine = async (adapter: SqlMigrationAwareDriverAdapterFactory, schema = leastSchema) => {
  const engine = await loadEngine()
  const opened = await engine.new({ datamodels: [['schema.prisma', schema]] }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapter))
  return {
    applyMigrations: opened.applyMigrations.bind(opened),
    diff: opened.diff.bind(opened),
    [Symbol.asyncDispose]: async () => opened.free(),
  }
}

const listOf = (migrations: readonly Migration[]): MigrationList => ({
  baseDir: import.meta.dirname,
  lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
  shadowDbInitScript: '',
  migrationDirectories: migrations.map(({ name, sql }) => ({
    path: name,
    migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: sql } },
  })),
})
