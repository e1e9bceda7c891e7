import { once } from 'node:events'
import path from 'node:path'
import { loadConfig } from '../../gateway/config.ts'
import { subgraphModules } from '../../subgraphs/index.ts'
import { startDemo, writeDemoFile } from '../start.ts'
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { openSplitFile } from './split-file.ts'
import type { SplitFile } from './split-file.ts'

/** Asks the others for their fuses, and so is started when it is known where they are. */
const last = 'status'

const urlOf = (line: string): string => {
  const url = /http:\S+/.exec(line)?.[0]
  if (url === undefined) throw new Error(`a subgraph printed no URL: ${line}`)
  return url
}

/** What keeps data of its own stays in the hub where that is PGlite, which is for one process; and so does `status`, as nobody asks the hub for its fuses. */
const keepers: readonly string[] = ['chat', 'routing', 'knowledge', 'status']

const listApart = (hasPostgresql: boolean): readonly string[] =>
  subgraphModules.map(({ name }) => name).filter((name) => hasPostgresql || !keepers.includes(name))

/** Starts each subgraph's process, writing down where each is. Rejects where one of them does not come up. */
const startAll = async (names: readonly string[], file: SplitFile, children: AsyncDisposableStack): Promise<readonly Child[]> => {
  const served = new Map<string, string>()
  const start = async (name: string): Promise<Child> => {
    // Ctrl-C may have come meanwhile: nothing is started that nobody would end.
    if (children.disposed) throw new Error('the others are being ended')
    const child = children.use(startChild(name, ['subgraphs/main.ts', name], file.path))
    served.set(name, urlOf(await child.firstLine))
    return child
  }
  const others = await Promise.all(names.filter((name) => name !== last).map(start))
  await file.write(served)
  const all = names.includes(last) ? [...others, await start(last)] : others
  await file.write(served)
  for (const [name, url] of served) process.stdout.write(`${name.padEnd(10)} ${url}\n`)
  process.stdout.write('All of them are up; npm run split:hub starts the hub. Ctrl-C ends them.\n')
  return all
}

/** Runs the demo company and one process for each subgraph until Ctrl-C or SIGTERM; gives the exit code. */
export const runSubgraphs = async ({ ports }: { readonly ports: 'default' | 'any' }): Promise<number> => {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]).then(() => null)
  const { dataDir, database } = loadConfig()
  await using demo = await startDemo({ ports })
  await using _demoFile = await writeDemoFile(path.join(dataDir, 'demo.json'), demo)
  await using file = await openSplitFile(dataDir, demo)
  await using children = new AsyncDisposableStack()
  const all = (await Promise.race([startAll(listApart(database.url !== undefined), file, children), stopped])) ?? []
  const early = await Promise.race([stopped, ...all.map(({ ended, name }) => ended.then(() => name))])
  if (early === null) return 0
  process.stderr.write(`${early} has ended by itself; so the others end too\n`)
  return 1
}
