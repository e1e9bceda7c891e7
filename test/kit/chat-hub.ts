import type { TokenClaims } from '../../gateway/token-signing.ts'
import { signToken } from '../../gateway/token-signing.ts'
import { named, openPerson } from './chat-people.ts'
import type { Person, Reached } from './chat-people.ts'
import { reservePostgresql } from './chat-databases.ts'
import type { PostgresqlOfTest } from './chat-databases.ts'
import { startRunningHub } from './running-hub.ts'
import type { RunningHub, RunningHubOptions } from './running-hub.ts'

/** People who come to one hub. Disposing it hangs up for all of them. */
export type People = AsyncDisposable & {
  /** One that the company's own site vouches for. */
  visitor(claims?: Partial<TokenClaims>): Promise<Person>
  agent(departments: readonly string[], name?: string): Promise<Person>
  somebody(claims: TokenClaims): Promise<Person>
  /** With a token that was made elsewhere. */
  withToken(id: string, token: string): Person
}

export const openPeople = (hub: Reached): People => {
  const here = new AsyncDisposableStack()
  const withToken = (id: string, token: string) => here.use(openPerson(hub, id, token))
  const somebody = async (claims: TokenClaims) => withToken(claims.name, await signToken(hub.secret, claims))
  return {
    somebody,
    withToken,
    visitor: (claims = {}) => somebody({ role: 'visitor', name: named('visitor'), ...claims }),
    agent: (departments, name = named('agent')) => somebody({ role: 'agent', name, departments }),
    [Symbol.asyncDispose]: () => here.disposeAsync(),
  }
}

export const reach = (hub: RunningHub): Reached => ({ url: hub.url, ask: hub.ask, secret: hub.secrets.secret })

/** A hub on a database of its own, and people who come to it. */
export type ChatHub = AsyncDisposable & { readonly hub: RunningHub; readonly people: People; readonly database: PostgresqlOfTest }

export const startChatHub = async (opt: RunningHubOptions): Promise<ChatHub> => {
  await using opening = new AsyncDisposableStack()
  const database = opening.use(await reservePostgresql())
  const hub = opening.use(await startRunningHub({ ...opt, database: { ...opt.database, url: database.url } }))
  const people = opening.use(openPeople(reach(hub)))
  const opened = opening.move()
  return { hub, people, database, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The codes of what was refused. */
export const codes = ({ userErrors }: { readonly userErrors: readonly { readonly code: string }[] }) => userErrors.map(({ code }) => code)

/** An agent and a visitor in an active conversation that both of them follow. */
export const openTalk = async (people: People, departmentPath = 'tech/backend') => {
  const [visitor, agent] = [await people.visitor(), await people.agent([departmentPath])]
  const { id, message } = await visitor.start({ departmentPath })
  await agent.change('accept', id)
  const { nodes: [seenFirst] } = await agent.messages(id)
  const [visitorHears, agentHears] = [visitor.follow(id, message.cursor), agent.follow(id, seenFirst?.cursor ?? '')]
  for (const heard of [visitorHears, agentHears]) await heard.until((event) => event['change'] === 'ACCEPTED')
  return { id, visitor, agent, visitorHears, agentHears, first: message }
}

