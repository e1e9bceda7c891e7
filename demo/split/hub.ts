import { existsSync } from 'node:fs'
import { once } from 'node:events'
import { loadConfig } from '../../gateway/config.ts'
import { startChild } from './child.ts'
import { splitFileIn } from './split-file.ts'

/** Runs the hub in front of the subgraphs' processes until it ends or is told to; gives its exit code. */
export const runHub = async (): Promise<number> => {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const file = splitFileIn(loadConfig().dataDir)
  if (!existsSync(file)) throw new Error(`No subgraphs are running: there is no ${file}. npm run split:subgraphs starts them.`)
  process.stdout.write('A token: npm run --silent token -- --role agent --name agent-1\n')
  const hub = startChild('hub', ['gateway/main.ts'], file, 'inherit')
  await Promise.race([stopped, hub.ended])
  await hub[Symbol.asyncDispose]()
  return (await hub.ended) ?? 1
}
