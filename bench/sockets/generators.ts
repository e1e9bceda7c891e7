import { fork } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import type { z } from 'zod'
import { onLeaving } from '../leaving.ts'
import { arrivals, closed, loop, opened, reply, started } from './commands.ts'
import type { Command, CommandOf, Loop, Opened } from './commands.ts'

type Asked<K extends Command['kind']> = Omit<CommandOf<K>, 'kind'>

/** A load generator in a process of its own: a process may open some 20,000 files, and its work must not be the hub's. */
export type Generator = AsyncDisposable & {
  open(asked: Asked<'open'>): Promise<Opened>
  start(asked: Asked<'start'>): Promise<z.output<typeof started>>
  closedLoop(asked: Asked<'closedLoop'>): Promise<Loop>
  openLoop(asked: Asked<'openLoop'>): Promise<Loop>
  arrivals(asked: Asked<'arrivals'>): Promise<z.output<typeof arrivals>>
  close(): Promise<z.output<typeof closed>>
}

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (error: Error) => void }

export const startGenerator = (): Generator => {
  const child = fork(path.join(import.meta.dirname, 'generator.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit')
  const left = onLeaving(() => child.kill('SIGKILL'))
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let over = false
  child.on('message', (told) => {
    const { id, result, error } = reply.parse(told)
    const asker = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) asker?.resolve(result)
    else asker?.reject(new Error(`the generator: ${error}`))
  })
  child.once('exit', (code, signal) => {
    over = true
    for (const { reject } of waiting.values()) reject(new Error(`the generator ended: ${code ?? signal}`))
  })
  const ask = async <T>(schema: z.ZodType<T>, command: Command): Promise<T> => {
    if (over) throw new Error('the generator has ended')
    lastId += 1
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    waiting.set(lastId, { resolve, reject })
    child.send({ id: lastId, command })
    return schema.parse(await promise)
  }
  return {
    open: (asked) => ask(opened, { kind: 'open', ...asked }),
    start: (asked) => ask(started, { kind: 'start', ...asked }),
    closedLoop: (asked) => ask(loop, { kind: 'closedLoop', ...asked }),
    openLoop: (asked) => ask(loop, { kind: 'openLoop', ...asked }),
    arrivals: (asked) => ask(arrivals, { kind: 'arrivals', ...asked }),
    close: () => ask(closed, { kind: 'close' }),
    [Symbol.asyncDispose]: async () => {
      if (!over) child.kill('SIGKILL')
      await exited
      left()
    },
  }
}
