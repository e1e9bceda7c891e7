import { startSmallHub } from './small-hub.ts'
import type { SmallHub, SmallHubOptions } from './small-hub.ts'
import type { RawSocket } from './socket-client.ts'
import { openTalk } from './talk.ts'
import type { Talk } from './talk.ts'

export const said = 'subscription ($room: ID!) { said(room: $room) { text } }'

/** The message that subscribes to a room. */
export const subscribe = (id: string, room = 'a', query = said) => ({ type: 'subscribe', id, payload: { query, variables: { room } } })

/** A hub in front of rooms, and an agent's token. */
export type TalkHub = { readonly hub: SmallHub; readonly talk: Talk; readonly token: string } & AsyncDisposable

export const openTalkHub = async (opt: SmallHubOptions = {}, bound?: number): Promise<TalkHub> => {
  const talk = openTalk(bound === undefined ? {} : { bound })
  const hub = await startSmallHub(talk.subgraphs, opt)
  return { hub, talk, token: await hub.token(), [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose]() }
}

/** What a socket is closed with. */
export const codeOf = async (raw: RawSocket): Promise<number> => (await raw.closed)[0]
