import type { Logger } from 'pino'
import type { Bus } from '../../bus/bus.ts'
import { Unreachable } from '../../fuse/errors.ts'
import { SourceLost } from '../event-source.ts'
import type { EventSource } from '../event-source.ts'
import { openNewestSource } from '../queue-source.ts'
import type { QueueSource } from '../queue-source.ts'
import { openTurns } from '../turns.ts'
import type { Citation, Citations } from './citing.ts'
import { articlesChanged } from './sync.ts'

export type NoticeEvent = { readonly citationNoticed: Citation }

type Listener = {
  readonly agentId: string
  readonly isReadable: (citation: Citation) => boolean
  readonly source: QueueSource<NoticeEvent>
  /** By citation, the version that they were told of. */
  readonly told: Map<string, string>
}

export type NoticesOptions = {
  readonly citations: Pick<Citations, 'listUnseen'>
  readonly bus: Bus
  readonly log: Logger
  readonly lookMs?: number
}

export type Notices = AsyncDisposable & {
  /** Of what an agent has cited: what changed meanwhile, then what changes. Rejects with `Unreachable` where that can't be told now. */
  listen(agentId: string, isReadable: (citation: Citation) => boolean): Promise<EventSource<NoticeEvent>>
}

const lookEveryMs = 10_000

/** Tells agents that what they cited has changed: whenever articles have, and now and then, as the bus may lose that. Who listens to nothing costs nothing. */
export const openNotices = ({ citations, bus, log, lookMs = lookEveryMs }: NoticesOptions): Notices => {
  const listeners = new Set<Listener>()
  const turns = openTurns(async () => {
    if (listeners.size === 0) return
    try {
      const unseen = Map.groupBy(await citations.listUnseen([...new Set([...listeners].map(({ agentId }) => agentId))]), ({ agentId }) => agentId)
      for (const listener of listeners) tell(listener, unseen.get(listener.agentId) ?? [])
    } catch (error) {
      log[error instanceof Unreachable ? 'debug' : 'error']({ err: error }, 'agents can not be told of changed articles now; that is tried again')
    }
  })
  const end = bus.subscribe(articlesChanged, turns.ask)
  const timer = setInterval(turns.ask, lookMs).unref()
  return {
    listen: async (agentId, isReadable) => {
      const listener: Listener = { agentId, isReadable, source: openNewestSource(keyOf, () => void listeners.delete(listener)), told: new Map() }
      listeners.add(listener)
      try {
        tell(listener, await citations.listUnseen([agentId]))
      } catch (error) {
        await listener.source.return()
        throw error
      }
      return listener.source
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      end()
      for (const { source } of listeners) source.fail(new SourceLost('knowledge'))
      listeners.clear()
      await turns.done()
    },
  }
}

const keyOf = ({ citationNoticed: { id } }: NoticeEvent): string => id

/** What is no longer unseen is forgotten, so that a later change is told of even if it brings an earlier text back. */
const tell = ({ source, told, isReadable }: Listener, unseen: readonly Citation[]): void => {
  const present = new Set(unseen.map(({ id }) => id))
  for (const id of told.keys()) if (!present.has(id)) told.delete(id)
  for (const citation of unseen.filter(isReadable)) {
    if (told.get(citation.id) === citation.version) continue
    told.set(citation.id, citation.version)
    source.push({ citationNoticed: citation })
  }
}
