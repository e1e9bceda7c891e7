import { z } from 'zod'
import type { Bus } from '../../bus/bus.ts'
import type { ReadMark } from './backend.ts'
import type { Actor } from './conversation.ts'
import type { Live } from './live.ts'

/** What happens and is never told again: who is typing, how far somebody has read, which agent is something else now. Whoever is away has missed it. */
export type Signals = AsyncDisposable & {
  /** Told on once in a while, however often it is said; what is not said again is over by itself. */
  setTyping(conversationId: string, participant: Actor, what: Typing): void
  readTo(mark: ReadMark, before: ReadMark | null): void
  /** To every inbox, also those that are open at other processes. */
  agentChanged(agent: Actor): void
}

/** `isPublic`: whether the visitor is told: what somebody writes who can only write a note is none of theirs. */
export type Typing = { readonly typing: boolean; readonly isPublic: boolean }

const subject = 'chat.signals'
const actor = z.object({ kind: z.enum(['VISITOR', 'AGENT', 'BOT']), id: z.string(), name: z.string() })
const signal = z.discriminatedUnion('kind', [
  z.object({ instance: z.string(), kind: z.literal('TYPING'), conversationId: z.string(), participant: actor, typing: z.boolean(), isPublic: z.boolean() }),
  z.object({
    instance: z.string(), kind: z.literal('READ'), conversationId: z.string(), participant: actor,
    position: z.int(), publicPosition: z.int(), isPublic: z.boolean(),
  }),
  z.object({ instance: z.string(), kind: z.literal('AGENT'), agent: actor }),
])

type Signal = z.infer<typeof signal>

/** Without another word somebody has stopped typing after this. */
const typingMs = 6_000
/** Changes of mind sooner than this after the last one are not told. */
const restMs = 500
/** So many may be typing at once in one process; more are not told of. */
const maxTyping = 20_000

type Typist = { readonly timer: NodeJS.Timeout; readonly since: number; readonly isPublic: boolean }

export const openSignals = (live: Pick<Live, 'tell' | 'tellInboxes'>, bus: Bus, instance: string, now: () => number = Date.now): Signals => {
  const typing = new Map<string, Typist>()
  const end = bus.subscribe(subject, (message) => {
    const told = signal.parse(message)
    if (told.instance !== instance) tellHere(live, told)
  })
  const tell = (told: Signal) => {
    tellHere(live, told)
    if (bus.reachesOthers) bus.publish(subject, told)
  }
  const tellTyping = (conversationId: string, participant: Actor, what: Typing) => tell({ instance, kind: 'TYPING', conversationId, participant, ...what })

  const stop = (key: string, conversationId: string, participant: Actor) => {
    const typist = typing.get(key)
    if (!typist) return
    clearTimeout(typist.timer)
    typing.delete(key)
    tellTyping(conversationId, participant, { typing: false, isPublic: typist.isPublic })
  }
  return {
    setTyping: (conversationId, participant, { typing: is, isPublic }) => {
      const key = JSON.stringify([conversationId, participant.kind, participant.id])
      const typist = typing.get(key)
      if (!typist && (!is || typing.size >= maxTyping)) return
      // Who begins and stops again at once stops when the rest is over, so that a flood is told of twice a second at the most.
      const endsIn = is ? typingMs : Math.max(0, restMs - (now() - (typist?.since ?? 0)))
      if (!is && endsIn === 0) return stop(key, conversationId, participant)
      if (typist) clearTimeout(typist.timer)
      typing.set(key, { timer: setTimeout(stop, endsIn, key, conversationId, participant).unref(), since: typist?.since ?? now(), isPublic: typist?.isPublic ?? isPublic })
      if (!typist) tellTyping(conversationId, participant, { typing: true, isPublic })
    },
    readTo: ({ conversationId, participant, position, publicPosition }, before) => {
      if (before?.position === position) return
      // Where only notes were read, nothing changes for the visitor.
      tell({ instance, kind: 'READ', conversationId, participant, position, publicPosition, isPublic: before?.publicPosition !== publicPosition })
    },
    agentChanged: (agent) => tell({ instance, kind: 'AGENT', agent }),
    [Symbol.asyncDispose]: async () => {
      for (const { timer } of typing.values()) clearTimeout(timer)
      end()
    },
  }
}

const tellHere = (live: Pick<Live, 'tell' | 'tellInboxes'>, told: Signal): void => {
  if (told.kind === 'AGENT') return live.tellInboxes({ kind: 'AGENT', agent: told.agent })
  const { conversationId, participant } = told
  if (told.kind === 'TYPING') {
    const item = { kind: 'TYPING', participant, typing: told.typing } as const
    return live.tell(conversationId, item, told.isPublic ? item : null)
  }
  const read = (position: number) => ({ kind: 'READ', participant, position }) as const
  live.tell(conversationId, read(told.position), told.isPublic ? read(told.publicPosition) : null)
}
