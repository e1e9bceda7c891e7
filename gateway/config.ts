import { existsSync } from 'node:fs'
import path from 'node:path'
import type { ConfiguredBackend } from '../subgraphs/environment.ts'
import { readConfigFile } from './config-file.ts'
import type { ConfigFile, Env, Where } from './config-file.ts'
import { describeMistake } from './config-mistakes.ts'
import { configSchema, subgraphOf } from './config-schema.ts'
import type { ParsedConfig } from './config-schema.ts'

export type { Env } from './config-file.ts'

/** Where the configuration came from. Without one the demo company is what there is to serve. */
export type ConfigMode = { readonly kind: 'demo' } | { readonly kind: 'configured'; readonly path: string }

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

export type Config = DeepReadonly<Omit<ParsedConfig, 'backends'>> & {
  readonly mode: ConfigMode
  readonly backends: readonly ConfiguredBackend[]
}

/** One mistake a line: where it is, what was expected, what was found. Ends the start. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[], opt: ErrorOptions = {}) {
    super(`the configuration can't be used:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`, opt)
    this.name = 'ConfigError'
    this.mistakes = mistakes
  }
}

/** Apollo's gateway would start an exporter of telemetry, unless its own variable forbids it before it is constructed. */
export const silenceDependencies = (): void => {
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1'
  process.env['NODE_ENV'] = 'production'
}

/**
 * The one frozen configuration, of `FUSEBOARD_CONFIG` or else `./fuseboard.yaml`, and of the environment, which wins.
 * Throws `ConfigError` where a named file is missing or anything in it is wrong.
 */
export const loadConfig = ({ env = process.env, cwd = process.cwd() }: { env?: Env; cwd?: string } = {}): Config => {
  const found = configPath(env, cwd)
  const file = found === null ? null : openFile(found, cwd, env)
  const source = { file, value: withEnvironment(file?.value ?? {}, env), variableOf: (where: Where) => variableOf(where, env) }
  const result = configSchema.safeParse(source.value)
  if (!result.success) throw new ConfigError(result.error.issues.flatMap((issue) => describeMistake(issue, source)))
  const { backends, ...rest } = result.data
  const mode: ConfigMode = found === null ? { kind: 'demo' } : { kind: 'configured', path: found }
  const { console, dataDir, knowledge, persistedOperations, routing, supergraph } = rest
  const places = { dataDir: path.resolve(cwd, dataDir), persistedOperations: fromCwd(cwd, persistedOperations), supergraph: fromCwd(cwd, supergraph), routing: directoryFromCwd(routing, cwd), console: directoryFromCwd(console, cwd), knowledge: synonymsFromCwd(knowledge, cwd) }
  return deepFreeze({ ...rest, ...places, mode, backends: toBackends(backends) })
}

const fromCwd = <T extends { readonly file?: string | undefined }>(cwd: string, named: T): T =>
  named.file === undefined ? named : { ...named, file: path.resolve(cwd, named.file) }

const synonymsFromCwd = ({ synonyms, ...knowledge }: ParsedConfig['knowledge'], cwd: string): ParsedConfig['knowledge'] =>
  synonyms === undefined ? knowledge : { ...knowledge, synonyms: path.resolve(cwd, synonyms) }

const directoryFromCwd = <T extends { readonly directory?: string | undefined }>(named: T, cwd: string): T =>
  named.directory === undefined ? named : { ...named, directory: path.resolve(cwd, named.directory) }

/** This process's environment, for a child process that is to read another configuration. */
export const environmentFor = (configFile: string): Env => ({ ...process.env, FUSEBOARD_CONFIG: configFile })

/** A file that is named has to be there; the one that is not may be missing, and then there is no configuration. */
const configPath = (env: Env, cwd: string): string | null => {
  const named = env['FUSEBOARD_CONFIG']
  if (named !== undefined && named !== '') return path.resolve(cwd, named)
  const usual = path.join(cwd, 'fuseboard.yaml')
  return existsSync(usual) ? usual : null
}

const openFile = (found: string, cwd: string, env: Env): ConfigFile => {
  const relative = path.relative(cwd, found)
  const file = readConfigFile(found, relative.startsWith('..') ? found : relative, env)
  if ('mistakes' in file) throw new ConfigError(file.mistakes)
  return file
}

/** What the environment may say, and the place in the file that it wins over. */
const variables: readonly (readonly [name: string, where: readonly string[]])[] = [
  ['PORT', ['port']],
  ['FUSEBOARD_INSTANCE', ['instance']],
  ['FUSEBOARD_DATA', ['dataDir']],
  ['DATABASE_URL', ['database', 'url']],
  ['FUSEBOARD_LOG', ['logLevel']],
  ['FUSEBOARD_EXECUTOR', ['executor']],
  ['FUSEBOARD_SECRET', ['auth', 'secret']],
  ['FUSEBOARD_INTERNAL_SECRET', ['internal', 'secret']],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', ['tracing', 'endpoint']],
  ['OTEL_SERVICE_NAME', ['tracing', 'serviceName']],
  ['OTEL_TRACES_SAMPLER_ARG', ['tracing', 'sampleRatio']],
]

const isGiven = (env: Env, name: string) => env[name] !== undefined && env[name] !== ''

const variableOf = (where: Where, env: Env): string | null =>
  variables.find(([name, at]) => isGiven(env, name) && at.join('.') === where.join('.'))?.[0] ?? null

const withEnvironment = (value: unknown, env: Env): unknown =>
  variables.filter(([name]) => isGiven(env, name)).reduce((config, [name, where]) => put(config, where, env[name]), value)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where the file has something other than a map on the way, it stays as it is: a mistake must not be covered up. */
const put = (config: unknown, [key, ...rest]: readonly string[], value: unknown): unknown => {
  if (key === undefined) return value
  const map = config ?? {}
  return isRecord(map) ? { ...map, [key]: put(map[key], rest, value) } : config
}

const toBackends = (backends: ParsedConfig['backends']): readonly ConfiguredBackend[] =>
  Object.entries(backends).flatMap(([name, configured]) => {
    const { subgraph: _, protocol, url, headers, timeZone, charset, maxResponseBytes, options, ...fuse } = configured
    const subgraph = subgraphOf(name, configured)
    const backend = { name, protocol, url, headers, timeZone, charset, maxResponseBytes, options }
    return subgraph === undefined ? [] : [{ subgraph, backend, fuse }]
  })

/** Backends in the words of `fuseboard.yaml`, with every default filled in. Throws ZodError; no file is named. */
export const parseBackends = (backends: unknown): readonly ConfiguredBackend[] =>
  deepFreeze(toBackends(configSchema.parse({ backends }).backends))

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}
