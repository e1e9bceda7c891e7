import { isDeepStrictEqual } from 'node:util'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'

/** What is opened once, at the start: sockets that are bound, keys that tokens were signed with, files, what other processes know this one by. */
const atStartOnly = ['instance', 'host', 'port', 'operator', 'dataDir', 'auth', 'internal', 'stale', 'bus', 'tracing', 'demo', 'mode', 'database', 'sockets', 'executor', 'chat', 'routing', 'knowledge', 'console'] as const satisfies readonly (keyof Config)[]

/** Throws `ConfigError` where `next` differs in what only a restart can change. */
export const refuseRestart = (present: Config, next: Config): void => {
  const changed: string[] = atStartOnly.filter((key) => !isDeepStrictEqual(present[key], next[key]))
  if (present.persistedOperations.cacheBytes !== next.persistedOperations.cacheBytes) changed.push('persistedOperations.cacheBytes')
  if (changed.length > 0) throw new ConfigError(changed.map((key) => `${key}: changes only with a restart`))
}
