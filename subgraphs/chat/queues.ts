import type { Logger } from 'pino'
import type { ChatStore } from './backend.ts'
import type { Before, ChatEvent } from './conversation.ts'
import type { Live } from './live.ts'

/** Where somebody who waits stands, and how long it may take: told to whoever listens whenever it has changed. */
export type Queues = Disposable & {
  /** To be called with each event that was committed. */
  observe(event: ChatEvent): void
  /** Of somebody at that place of a department's queue. Null where too little has happened to tell. */
  estimateMs(departmentPath: string, place: number): number | null
}

export type QueuesOptions = { readonly store: Pick<ChatStore, 'listQueue'>; readonly live: Pick<Live, 'tell' | 'isHeard'>; readonly log: Logger; readonly now?: () => number }

/** A queue is looked at once for all that moved it within this time. */
const restMs = 200
/** Whoever stands further behind is not told. */
const maxPlaces = 1_000
/** The pace of a queue is that of so many acceptances, none older than an hour. */
const kept = 20
const fewest = 3
const hourMs = 3_600_000

/** The department in whose queue it is. What is offered may come back, and keeps its place until somebody has accepted it. */
const queueOf = ({ status, routedAt, departmentPath }: Before): string | null => ((status === 'WAITING' || status === 'OFFERED') && routedAt !== null ? departmentPath : null)

export const openQueues = ({ store, live, log, now = Date.now }: QueuesOptions): Queues => {
  const looking = new Map<string, NodeJS.Timeout>()
  const told = new Map<string, number>()
  const accepted = new Map<string, number[]>()

  const estimateMs = (departmentPath: string, place: number): number | null => {
    const times = (accepted.get(departmentPath) ?? []).filter((at) => at > now() - hourMs)
    const [first] = times
    return first === undefined || times.length < fewest ? null : Math.round(((now() - first) / times.length) * place)
  }
  const look = async (departmentPath: string) => {
    looking.delete(departmentPath)
    const ids = await store.listQueue(departmentPath, maxPlaces)
    ids.forEach((id, index) => {
      const position = index + 1
      if (!live.isHeard(id)) return void told.delete(id)
      if (told.get(id) === position) return
      told.set(id, position)
      const item = { kind: 'QUEUE', position, estimatedWaitMs: estimateMs(departmentPath, position) } as const
      live.tell(id, item, item)
    })
  }
  const lookSoon = (departmentPath: string) => {
    if (looking.has(departmentPath)) return
    const run = () => look(departmentPath).catch((error: unknown) => log.warn({ err: error }, 'a queue can not be looked at now'))
    looking.set(departmentPath, setTimeout(() => void run(), restMs).unref())
  }
  return {
    estimateMs,
    observe: ({ kind, before, conversation, at }) => {
      const waited = before ? queueOf(before) : null
      const waits = queueOf(conversation)
      if (waited !== null && kind === 'ACCEPTED') accepted.set(waited, [...(accepted.get(waited) ?? []), at].slice(-kept))
      if (waits === null) told.delete(conversation.id)
      if (waited === waits) return
      if (waited !== null) lookSoon(waited)
      if (waits !== null) lookSoon(waits)
    },
    [Symbol.dispose]: () => {
      for (const timer of looking.values()) clearTimeout(timer)
    },
  }
}
