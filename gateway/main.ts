import { once } from 'node:events'
import path from 'node:path'
import type { Logger } from 'pino'
import { demoBackends } from '../demo/backends.ts'
import { demoKnowledge, demoRouting } from '../demo/company/departments.ts'
import { demoIdentities } from '../demo/identities.ts'
import { startDemo, writeDemoFile } from '../demo/start.ts'
import { ConfigError, loadConfig, parseBackends, silenceDependencies } from './config.ts'
import type { Config } from './config.ts'
import { watchConfig } from './config-watch.ts'
import { openFaultInjector } from './faults.ts'
import { startHub } from './hub.ts'
import type { Hub, HubOptions } from './hub.ts'
import { openLog } from './log.ts'
import { loadSecrets } from './secrets.ts'
import { sayHello } from './welcome.ts'

/* Start, listen, drain; nothing else. */

type Company = AsyncDisposable & Pick<HubOptions, 'config' | 'faults' | 'identities'>

/** The demo company where nothing is configured; it binds to loopback, and so does the hub in front of it. */
const startCompany = async (config: Config): Promise<Company> => {
  if (config.mode.kind === 'configured') {
    const { controls } = config.demo ?? { controls: null }
    return { config, faults: controls && openFaultInjector(controls), identities: controls ? demoIdentities : [], [Symbol.asyncDispose]: async () => {} }
  }
  const demo = await startDemo({ ports: 'default' })
  const file = await writeDemoFile(path.join(config.dataDir, 'demo.json'), demo)
  const controls = Object.fromEntries(Object.entries(demo.systems).map(([name, { controlUrl }]) => [name, controlUrl]))
  return {
    config: { ...config, backends: parseBackends(demoBackends(demo.systems)), routing: { directory: demoRouting }, knowledge: { ...config.knowledge, ...demoKnowledge } },
    faults: openFaultInjector(controls),
    identities: demoIdentities,
    [Symbol.asyncDispose]: async () => {
      await file[Symbol.asyncDispose]()
      await demo[Symbol.asyncDispose]()
    },
  }
}

const serve = async (config: Config, log: Logger): Promise<void> => {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const secrets = await loadSecrets(config)
  await using company = await startCompany(config)
  await using hub = await startHub({ config: company.config, secrets, log, faults: company.faults, identities: company.identities })
  await using _watching = await watchOwnConfig(config, hub, log)
  await sayHello({ config: company.config, secrets, url: hub.url, log })
  await stopped
  log.info('draining')
}

/** The files that a configuration came from; none where there is none. */
const filesOf = ({ mode, supergraph, persistedOperations }: Config): readonly string[] =>
  mode.kind === 'demo' ? [] : [mode.path, supergraph.file, persistedOperations.file].filter((file) => file !== undefined)

const watchOwnConfig = async (config: Config, hub: Hub, log: Logger): Promise<AsyncDisposable | null> => {
  const reload = async () => {
    const next = loadConfig()
    await hub.reload(next)
    return filesOf(next)
  }
  if (config.mode.kind === 'demo') return null
  return watchConfig({ files: filesOf(config), reload, reloaded: (outcome) => hub.metrics.countReload(outcome), log })
}

const main = async (): Promise<void> => {
  silenceDependencies()
  const config = loadConfig()
  await serve(config, openLog(config))
}

try {
  await main()
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  process.stderr.write(`${error instanceof ConfigError ? message : (stack ?? message)}\n`)
  process.exitCode = 1
}
