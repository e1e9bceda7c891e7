import type { Logger } from 'pino'
import type { Bus } from '../bus/bus.ts'
import type { FuseRegistry } from '../fuse/registry.ts'
import type { Database } from '../prisma/client.ts'
import type { Book } from './book.ts'
import type { RequestContext } from './context.ts'
import type { Cursors } from './cursors.ts'
import type { SubgraphRequest } from './define.ts'
import type { RuleBook } from './rule-book.ts'
import type { SynonymGroups } from './synonym-groups.ts'
import type { BackendSettings, FuseSettings } from '../fuse/settings.ts'

/** A backend as it is configured: how to speak to it, and the fuse in front of it. */
export type ConfiguredBackend = { readonly backend: BackendSettings; readonly fuse: FuseSettings; readonly subgraph: string }

export type FaultName = 'OFF' | 'HANG' | 'SLOW' | 'ERROR' | 'GARBAGE' | 'REFUSE' | 'FLAP'

/** Makes one of the demo company's systems misbehave; false where it has no such system. */
export type FaultInjector = (backend: string, fault: FaultName, ms: number | undefined, signal: AbortSignal) => Promise<boolean>

/** How conversations are kept and who may start them; `fuseboard.example.yaml` explains each. */
export type ChatSettings = {
  /** The sites whose visitors may open a session; any where none is named. */
  readonly sites: readonly string[]
  readonly visitorTokenHours: number
  /** Characters. */
  readonly messageLength: number
  /** How long an agent whose last subscription ended still counts as present. */
  readonly presenceGraceMs: number
  /** Events that wait for one listener before it is cut off. */
  readonly queuedEvents: number
}

/** How the chat does, for the metrics of its process. */
export type ChatMeter = {
  /** One transaction. */
  committed(batch: { readonly commands: number; readonly events: number; readonly ms: number }): void
  /** The hub itself did something with a conversation: placed it, offered it, took it back. */
  placed(what: 'route' | 'open' | 'offer' | 'return'): void
  /** The database could not be asked. */
  unavailable(): void
  /** From now on `read` tells what is so at the moment. */
  watch(read: () => ChatFigures): void
}

/** `behind`: events that are committed and were not delivered here yet. */
export type ChatFigures = { readonly conversationListeners: number; readonly inboxListeners: number; readonly behind: number }

/** How routing does, for the metrics of its process. */
export type RoutingMeter = {
  /** `isDefault`: the default route was taken. `waitedMs`: since the conversation was opened. */
  decided(decision: { readonly isDefault: boolean; readonly waitedMs: number }): void
}

/** How articles are kept and who may read them; `fuseboard.example.yaml` explains each. */
export type KnowledgeSettings = {
  /** Whether this process reads the sources, if no other one does; it searches what others have read all the same. */
  readonly sync: boolean
  readonly syncSeconds: number
  readonly sweepMinutes: number
  readonly access: readonly { readonly source?: string | undefined; readonly place?: string | undefined; readonly readers: readonly string[] }[]
  readonly groups: Readonly<Record<string, readonly string[]>>
}

/** How knowledge does, for the metrics of its process. */
export type KnowledgeMeter = {
  /** So many changes of a source were read and kept. */
  read(source: string, changes: number): void
  /** A source could not be read to the end. */
  failed(source: string): void
  searched(ms: number): void
}

export type AnonymousVisitor = { readonly id: string; readonly name: string; readonly site: string }

/** Signs the token of an anonymous visitor. `expiresAt` is in Unix milliseconds. */
export type SignVisitor = (visitor: AnonymousVisitor, hours: number) => Promise<{ readonly token: string; readonly expiresAt: number }>

/** Asks another subgraph of this hub, as the caller of `context`, and as the gateway would. Null where it did not answer. */
export type AskSubgraph = (subgraph: string, request: SubgraphRequest, context: RequestContext) => Promise<Readonly<Record<string, unknown>> | null>

/** What a subgraph is given when it is opened; it imports no setting. */
export type Environment = {
  readonly backends: readonly ConfiguredBackend[]
  readonly registry: FuseRegistry
  readonly cursors: Cursors
  readonly log: Logger
  /** Null but where the demo company runs. */
  readonly faults: FaultInjector | null
  /** The other processes of this hub, whose fuses `status` gathers. */
  readonly peers: readonly string[]
  readonly internalKey: string
  /** This process, as others know it. */
  readonly instance: string
  readonly bus: Bus
  /** What the hub keeps itself. */
  readonly database: Database
  readonly chat: ChatSettings
  /** Which department takes what, and how. */
  readonly rules: RuleBook
  readonly chatMeter: ChatMeter
  readonly routingMeter: RoutingMeter
  readonly knowledge: KnowledgeSettings
  /** Words that stand for each other. */
  readonly synonyms: Book<SynonymGroups>
  readonly knowledgeMeter: KnowledgeMeter
  /** Where this process may keep files of its own. */
  readonly dataDir: string
  readonly signVisitor: SignVisitor
  readonly ask: AskSubgraph
}
