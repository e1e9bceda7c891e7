import { request } from './commands.ts'
import type { Command } from './commands.ts'
import { openCrowd } from './crowd.ts'

/* The load generator's own process: does what `generators.ts` tells it by IPC, and ends with it. */

const crowd = openCrowd()

const obey = async (command: Command): Promise<unknown> => {
  switch (command.kind) {
    case 'open': return crowd.open(command)
    case 'start': return crowd.start(command)
    case 'closedLoop': return crowd.closedLoop(command)
    case 'openLoop': return crowd.openLoop(command)
    case 'arrivals': return crowd.arrivals(command)
    case 'close': return crowd.close()
  }
}

process.on('message', (told) => {
  const { id, command } = request.parse(told)
  obey(command).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.message : String(error) }),
  )
})
process.on('disconnect', () => process.exit())
