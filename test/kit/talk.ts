import { SourceLost } from '../../subgraphs/event-source.ts'
import { openQueueSource } from '../../subgraphs/queue-source.ts'
import type { QueueSource } from '../../subgraphs/queue-source.ts'
import type { SmallSubgraph } from './small-hub.ts'

type Said = { readonly said: { readonly text: string; readonly author: { readonly id: string } } }

/** A room where things are said, by people of whom two other subgraphs know more. */
export type Talk = {
  readonly subgraphs: readonly SmallSubgraph[]
  /** To everybody who listens to this room now. */
  say(room: string, text: string, author?: string): void
  /** How many listen to it. */
  listening(room: string): number
  failAll(room: string, error: Error): void
  /** How often a field was resolved; `slowly` counts from its beginning. */
  readonly counts: Record<'text' | 'name' | 'place' | 'slowly', number>
  /** While it is set, the places of people are not answered before it resolves. */
  hold: Promise<unknown> | null
  /** What is thrown instead of the places of people. */
  trouble: Error | null
}

export const openTalk = ({ bound = 100 } = {}): Talk => {
  const rooms = new Map<string, Set<QueueSource<Said>>>()
  const listenersOf = (room: string) => rooms.get(room) ?? new Set()
  const listen = (room: string) => {
    const source: QueueSource<Said> = openQueueSource<Said>(bound, () => listenersOf(room).delete(source))
    rooms.set(room, listenersOf(room).add(source))
    return source
  }
  const close = async () => {
    for (const source of [...rooms.values()].flatMap((one) => [...one])) source.fail(new SourceLost('talk'))
  }
  const talk: Talk = {
    ...{ counts: { text: 0, name: 0, place: 0, slowly: 0 }, hold: null, trouble: null },
    say: (room, text, author = 'p1') => {
      const event = { said: { text, author: { id: author } } }
      for (const source of listenersOf(room)) source.push(event)
    },
    listening: (room) => listenersOf(room).size,
    failAll: (room, error) => {
      for (const source of listenersOf(room)) source.fail(error)
    },
    get subgraphs() {
      return [{ ...talkSubgraph(talk, listen), close }, peopleSubgraph(talk), placesSubgraph(talk)]
    },
  }
  return talk
}

const everybody = '@allow(roles: [VISITOR, AGENT, ANALYST, ADMIN])'

const talkSubgraph = (talk: Talk, listen: (room: string) => QueueSource<Said>): SmallSubgraph => ({
  name: 'talk',
  sdl: `
    type Query { rooms: [String!] ${everybody} slowly(ms: Int!): Int ${everybody} }
    type Mutation { say(room: ID!, text: String!): Boolean ${everybody} }
    type Subscription {
      said(room: ID!): Said! ${everybody}
      secret: Said! @allow(roles: [ADMIN])
    }
    type Said { text: String! author: Person mine: String @personal shout: String again(times: Int = 2): String about: [Thing] }
    union Thing = Person | Note
    type Note { text: String! loud: String }
    type Person @key(fields: "id", resolvable: false) { id: ID! }`,
  resolvers: {
    Query: {
      rooms: () => ['a'],
      slowly: async (_: unknown, { ms }: { ms: number }, { signal }: { signal: AbortSignal }) =>
        new Promise((resolve, reject) => {
          talk.counts.slowly += 1
          if (signal.aborted) reject(new Error('aborted'))
          const timer = setTimeout(() => resolve(ms), ms)
          signal.addEventListener('abort', () => {
            clearTimeout(timer)
            reject(new Error('aborted'))
          })
        }),
    },
    Mutation: {
      say: (_: unknown, { room, text }: { room: string; text: string }) => {
        talk.say(room, text)
        return true
      },
    },
    Subscription: {
      said: { subscribe: (_: unknown, { room }: { room: string }) => listen(room) },
      secret: { subscribe: () => listen('secret'), resolve: ({ said }: Said) => said },
    },
    Said: {
      text: ({ text }: Said['said']) => {
        talk.counts.text += 1
        return text
      },
      mine: (_: unknown, __: unknown, { caller }: { caller: { id: string } }) => caller.id,
      shout: ({ text }: Said['said']) => {
        if (text === 'quiet') throw new Error('it can not be shouted')
        return text.toUpperCase()
      },
      about: ({ author }: Said['said']) => [{ __typename: 'Note', text: 'n' }, null, { __typename: 'Person', ...author }],
      again: ({ text }: Said['said'], { times }: { times: number }) => text.repeat(times),
    },
  },
})

const peopleSubgraph = (talk: Talk): SmallSubgraph => ({
  name: 'people',
  sdl: `type Query { person(id: ID!): Person ${everybody} } type Person @key(fields: "id") { id: ID! name: String ${everybody} }`,
  resolvers: {
    Query: { person: (_: unknown, { id }: { id: string }) => ({ id }) },
    Person: {
      __resolveReference: async ({ id }: { id: string }) => ({ id }),
      name: ({ id }: { id: string }) => {
        talk.counts.name += 1
        return `name of ${id}`
      },
    },
  },
})

const placesSubgraph = (talk: Talk): SmallSubgraph => ({
  name: 'places',
  sdl: `type Query { places: Int ${everybody} } type Person @key(fields: "id") { id: ID! place: String ${everybody} }`,
  resolvers: {
    Query: { places: () => 1 },
    Person: {
      __resolveReference: async ({ id }: { id: string }) => ({ id }),
      place: async ({ id }: { id: string }, _: unknown, { signal }: { signal: AbortSignal }) => {
        talk.counts.place += 1
        if (talk.trouble) throw talk.trouble
        if (talk.hold) await Promise.race([talk.hold, new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('late'))))])
        return `place of ${id}`
      },
    },
  },
})
