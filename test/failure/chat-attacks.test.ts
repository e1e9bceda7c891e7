import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { SignJWT } from 'jose'
import { request } from 'undici'
import { signToken } from '../../gateway/token-signing.ts'
import { valueAt } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { codes, openTalk, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub, People } from '../kit/chat-hub.ts'
import { conversationEvents, listen } from '../kit/chat-follow.ts'
import { named, nowSeconds, operations, signAt } from '../kit/chat-people.ts'
import type { Person } from '../kit/chat-people.ts'
import { openAcknowledged } from '../kit/socket-client.ts'
import { until } from '../kit/until.ts'

/* What those may try who mean no good: what is another's is to them as if it were not there. */

const everything = `query ($id: ID!) { conversation(id: $id) { id subject status lastPosition lastMessage { body } readMarks { position } messages { nodes { body } } customer { id } } }`

/** The whole answer but for the request's own id. */
const tell = ({ status, data, errors }: Answer) =>
  JSON.stringify({ status, data, errors: errors.map(({ extensions: { requestId: _, ...extensions }, ...error }) => ({ ...error, extensions })) })

/** What a subscription ended with: its code. */
const endCode = (end: unknown) => valueAt(end, '0', 'extensions', 'code')
/** The code that a socket was closed with. */
const closeCode = (end: unknown) => (end instanceof Object && 'code' in end ? end.code : end)

describe('the chat under attack', { skip: skipWithoutPostgresql }, () => {
  let chat: ChatHub
  let people: People
  before(async () => {
    chat = await startChatHub({ transport: 'in-process', chat: { presenceGraceMs: 0 } })
    people = chat.people
  })
  after(() => chat[Symbol.asyncDispose]())

  /** Everything that takes the id of a conversation. */
  const attempts = (person: Person): Readonly<Record<string, (id: string) => Promise<Answer>>> => ({
    read: (id) => person.ask(everything, { id }),
    send: (id) => person.ask(operations.send, { input: { conversationId: id, body: 'x', clientMessageId: 'c' } }),
    note: (id) => person.ask(operations.send, { input: { conversationId: id, body: 'x', clientMessageId: 'n', kind: 'NOTE' } }),
    'an empty message': (id) => person.ask(operations.send, { input: { conversationId: id, body: ' ', clientMessageId: 'c' } }),
    typing: (id) => person.ask(operations.typing, { id, typing: true }),
    markRead: (id) => person.ask(operations.markRead, { id, position: 1 }),
    'markRead beyond the end': (id) => person.ask(operations.markRead, { id, position: 1_000 }),
    accept: (id) => person.ask(operations.accept, { id }),
    transfer: (id) => person.ask(operations.transfer, { input: { conversationId: id, reason: 'x' } }),
    'transfer without a reason': (id) => person.ask(operations.transfer, { input: { conversationId: id, reason: '' } }),
    'transfer to nobody': (id) => person.ask(operations.transfer, { input: { conversationId: id, reason: 'x', toAgentId: 'nobody' } }),
    close: (id) => person.ask(operations.close, { id }),
    reopen: (id) => person.ask(operations.reopen, { id }),
    rate: (id) => person.ask(operations.rate, { id, score: 5 }),
    'rate with too much': (id) => person.ask(operations.rate, { id, score: 50 }),
    labels: (id) => person.ask(operations.addLabels, { id, labels: ['x'] }),
    'no label': (id) => person.ask(operations.removeLabels, { id, labels: [''] }),
  })

  it('answers for another\'s conversation exactly as for one that does not exist, whatever is asked of it', async () => {
    const { id, first } = await openTalk(people)
    const unknown = randomUUID()
    for (const attacker of [await people.visitor(), await people.agent(['sales']), await people.agent([]), await people.somebody({ role: 'analyst', name: named('analyst'), departments: ['hr'] })]) {
      for (const [name, attempt] of Object.entries(attempts(attacker))) {
        const [theirs, none] = [await attempt(id), await attempt(unknown)]
        assert.equal(tell(theirs), tell(none), `${attacker.id}: ${name}`)
        assert.doesNotMatch(theirs.text, /hello/)
      }
      for (const cursor of [null, first.cursor]) {
        const [theirs, none] = [attacker.follow(id, cursor), attacker.follow(unknown, cursor)]
        const [one, two] = [await theirs.ended, await none.ended]
        assert.notEqual(endCode(one), undefined)
        assert.equal(endCode(one), endCode(two))
        assert.equal(valueAt(one, '0', 'message'), valueAt(two, '0', 'message'))
        assert.deepEqual([theirs.events, none.events], [[], []])
      }
    }
  })

  it('takes ids that can be none for ids of nothing', async () => {
    const [visitor, agent] = [await people.visitor(), await people.agent(['support'])]
    const { id } = await visitor.start()
    const hostile = ['', '1', id.toUpperCase(), `${id} `, `{${id}}`, id.replaceAll('-', ''), '\0', 'a\0b', '\ud800', '%', '"', '\'; DROP TABLE message; --', '../..', '💥'.repeat(50), 'x'.repeat(10_000)]
    for (const one of hostile) {
      for (const attacker of [visitor, agent]) {
        const answers = await Promise.all(Object.values(attempts(attacker)).map((attempt) => attempt(one)))
        for (const { status, text } of answers) assert.ok(status === 200 && !text.includes('INTERNAL_SERVER_ERROR'), `${JSON.stringify(one)}: ${text}`)
        assert.equal(endCode(await attacker.follow(one).ended), 'BAD_USER_INPUT')
      }
      const other = await agent.ask(operations.transfer, { input: { conversationId: id, reason: 'x', toAgentId: one } })
      assert.equal(valueAt(other.data, 'transferConversation', 'userErrors', 0, 'code'), 'NOT_FOUND', `${JSON.stringify(one)}: ${other.text}`)
      for (const filter of [{ customerId: one }, { label: one }, { text: one }]) {
        const list = await agent.ask('query ($filter: ConversationFilter) { conversations(filter: $filter) { nodes { id } } }', { filter })
        assert.ok(list.errors.every(({ extensions }) => extensions['code'] === 'BAD_USER_INPUT'), `${JSON.stringify(filter)}: ${list.text}`)
      }
      const replies = await agent.ask('query ($search: String) { cannedReplies(search: $search) { id } }', { search: one })
      assert.deepEqual(replies.errors, [], replies.text)
      const started = await visitor.ask(operations.start, { input: { body: 'x', clientMessageId: randomUUID(), orderId: one } })
      for (const { extensions } of started.errors) assert.notEqual(extensions['code'], 'INTERNAL_SERVER_ERROR', started.text)
    }
    assert.equal((await visitor.messages(id)).nodes.length, 1)
  })

  it('lists nothing of anybody else to a visitor, and refuses what is for agents', async () => {
    await openTalk(people)
    const visitor = await people.visitor()
    const nodes = await visitor.get('{ conversations(filter: { text: "hello", mine: false }) { nodes { id } } }', {}, 'conversations', 'nodes')
    assert.deepEqual(nodes, [])
    for (const query of ['{ inboxCounts { waiting } }', '{ agents { id } }', '{ cannedReplies { id } }', 'mutation { setAvailability(availability: ONLINE) { id } }', '{ conversations(filter: { label: "vip" }) { nodes { id } } }']) {
      const answer = await visitor.ask(query)
      assert.equal(answer.errors[0]?.extensions['code'], 'FORBIDDEN', `${query}: ${answer.text}`)
    }
    const inbox = listen(visitor.client, 'subscription { inboxEvents { __typename } }', {}, 'inboxEvents')
    assert.equal(endCode(await inbox.ended), 'FORBIDDEN')
  })

  it('posts for a visitor as the visitor, and neither as an agent nor as the hub', async () => {
    const { id, visitor, agent } = await openTalk(people)
    const said = await agent.send(id, 'I am here', { clientMessageId: 'agent-1' })
    const replayed = await visitor.trySend(id, 'I am here', { clientMessageId: 'agent-1' })
    assert.deepEqual([replayed.deduplicated, replayed.message?.author.id], [false, visitor.id])
    assert.notEqual(replayed.message?.id, said.id)
    for (const kind of ['NOTE', 'SYSTEM']) assert.deepEqual(codes(await visitor.trySend(id, 'x', { kind })), ['FORBIDDEN'])
    assert.deepEqual(codes(await agent.trySend(id, 'x', { kind: 'SYSTEM' })), ['FORBIDDEN'])
    const colleague = await people.agent(['tech'])
    assert.deepEqual(codes(await colleague.trySend(id, 'x')), ['CONFLICT'])
    const namesake = await people.somebody({ role: 'visitor', name: agent.id })
    assert.equal(valueAt(await namesake.ask(everything, { id }), 'data', 'conversation'), null, 'a visitor of an agent\'s name is no agent')
  })

  it('moves and closes nothing for a colleague who does not have it', async () => {
    const { id } = await openTalk(people)
    const colleague = await people.agent(['tech'])
    await colleague.get('{ me { id } }', {})
    for (const more of [{}, { toAgentId: colleague.id }, { toDepartmentPath: 'tech' }]) assert.deepEqual(codes(await colleague.tryChange('transfer', id, more)), ['FORBIDDEN'])
    assert.deepEqual(codes(await colleague.tryChange('close', id)), ['FORBIDDEN'])
    assert.deepEqual(codes(await colleague.tryChange('accept', id)), ['CONFLICT'])
  })

  it('marks nothing as read that is not there', async () => {
    const { id, visitor, agent } = await openTalk(people)
    for (const person of [visitor, agent]) {
      for (const position of [-1, 0, 5, 2_147_483_647]) assert.deepEqual(codes(await person.tryChange('markRead', id, { position })), ['INVALID'], `${position}`)
      assert.deepEqual(await person.get('query ($id: ID!) { conversation(id: $id) { readMarks { position } } }', { id }, 'conversation', 'readMarks'), [])
    }
  })

  it('takes no cursor that was not given for this list and to those who count so', async () => {
    const [one, two] = [await openTalk(people), await openTalk(people)]
    const [agents, visitors] = [(await one.agent.messages(one.id)).nodes[0]?.cursor ?? '', one.first.cursor]
    const list = await one.visitor.get('{ conversations { pageInfo { endCursor } } }', {}, 'conversations', 'pageInfo', 'endCursor')
    const inbox = await one.agent.followInbox()
    const { id: waiting } = await one.visitor.start({ departmentPath: 'tech/backend' })
    const arrived = await inbox.until((event) => valueAt(event, 'conversation', 'id') === waiting)
    const transplanted = [two.first.cursor, agents, String(list), String(arrived['cursor']), 'x', '', visitors.slice(0, -2), `${visitors.slice(0, 4)}AAAA${visitors.slice(8)}`, 'A'.repeat(5_000)]
    for (const cursor of transplanted) {
      assert.equal(endCode(await one.visitor.follow(one.id, cursor).ended), 'FULL_REFRESH_REQUIRED', cursor)
      const page = await one.visitor.ask(operations.messages, { id: one.id, after: cursor })
      assert.equal(page.errors[0]?.extensions['code'], 'BAD_USER_INPUT', page.text)
    }
    for (const cursor of [visitors, String(arrived['cursor']), two.first.cursor]) assert.equal(endCode(await one.agent.follow(one.id, cursor).ended), 'FULL_REFRESH_REQUIRED')
    const inboxed = listen(one.agent.client, 'subscription ($after: String) { inboxEvents(after: $after) { __typename } }', { after: agents }, 'inboxEvents')
    assert.equal(endCode(await inboxed.ended), 'FULL_REFRESH_REQUIRED')
    const stranger = await people.visitor()
    await stranger.start()
    const others = await stranger.ask('query ($after: String) { conversations(after: $after) { nodes { id } } }', { after: list })
    assert.equal(others.errors[0]?.extensions['code'], 'BAD_USER_INPUT')
  })

  it('ends with a token: neither a request nor a socket outlives it', async () => {
    const claims = { role: 'visitor', name: named('brief') } as const
    const visitor = await people.somebody(claims)
    const { id, message } = await visitor.start()
    const token = await signAt(chat.hub.secrets.secret, claims, nowSeconds(), nowSeconds() + 2)
    const brief = people.withToken(claims.name, token)
    const heard = brief.follow(id, message.cursor)
    await visitor.send(id, 'in time')
    await heard.untilBody('in time')
    const end = await heard.ended
    assert.equal(closeCode(end), 4403)
    assert.equal((await brief.ask('{ me { id } }')).errors[0]?.extensions['code'], 'UNAUTHENTICATED')
    const late = await brief.client.ask({ query: '{ me { id } }' }).then(() => null, (error: unknown) => error)
    assert.equal(closeCode(late), 4403)
  })

  it('ends what is open with an earlier token, once a later one names the department no more', async () => {
    const name = named('agent')
    const at = nowSeconds() - 100
    const [earlier, later] = await Promise.all([['tech', 'sales'], ['sales']].map((departments, index) => signAt(chat.hub.secrets.secret, { role: 'agent', name, departments }, at + index)))
    const [before_, after_] = [people.withToken(name, earlier ?? ''), people.withToken(name, later ?? '')]
    const visitor = await people.visitor()
    const [tech, sales] = [await visitor.start({ departmentPath: 'tech' }), await visitor.start({ departmentPath: 'sales' })]
    const { nodes: [first] } = await before_.messages(tech.id)
    const { nodes: [second] } = await before_.messages(sales.id)
    const [lost, kept] = [before_.follow(tech.id, first?.cursor ?? ''), before_.follow(sales.id, second?.cursor ?? '')]
    const inbox = await before_.followInbox()
    for (const { id } of [tech, sales]) await visitor.send(id, 'before')
    for (const heard of [lost, kept]) await heard.untilBody('before')
    assert.equal(await after_.get('{ me { id } }', {}, 'me', 'id'), name)
    assert.equal(endCode(await lost.ended), 'FORBIDDEN')
    assert.equal(await before_.get(everything, { id: tech.id }, 'conversation'), null)
    assert.deepEqual(codes(await before_.tryChange('accept', tech.id)), ['NOT_FOUND'])
    const unseen = await visitor.start({ departmentPath: 'tech', body: 'unseen' })
    await visitor.send(sales.id, 'after')
    await kept.untilBody('after')
    await inbox.untilBody('after')
    assert.equal(inbox.events.some((event) => valueAt(event, 'conversation', 'id') === unseen.id), false)
  })

  it('ends a colleague\'s subscription when the conversation goes out of their sight', async () => {
    const { id, visitor, agent, agentHears } = await openTalk(people, 'tech/backend')
    const colleague = await people.agent(['tech/backend'])
    const { nodes: [first] } = await colleague.messages(id)
    const watching = colleague.follow(id, first?.cursor ?? '')
    await watching.until((event) => event['change'] === 'ACCEPTED')
    await agent.change('transfer', id, { toDepartmentPath: 'hr', reason: 'private' })
    await visitor.send(id, 'in private')
    for (const heard of [watching, agentHears]) {
      assert.equal(endCode(await heard.ended), 'FORBIDDEN')
      assert.deepEqual(heard.bodies(), [])
    }
    assert.equal(await agent.get(everything, { id }, 'conversation'), null)
  })

  /** Who is called so by their token, under an id that is plain. */
  const withName = async (role: 'visitor' | 'agent', name: string) => {
    const id = named(role)
    const token = await new SignJWT({ role, name, departments: ['support'] }).setProtectedHeader({ alg: 'HS256' }).setSubject(id).setAudience('fuseboard').setIssuedAt()
      .setExpirationTime('1h').sign(new TextEncoder().encode(chat.hub.secrets.secret))
    return people.withToken(id, token)
  }

  it('knows nobody by an id with a control in it', async () => {
    for (const name of ['a\0', '\ud800', 'a\nb']) assert.equal((await (await people.somebody({ role: 'visitor', name })).ask('{ me { id } }')).status, 401)
    assert.equal((await (await people.visitor({ customer: 'C-1001\0' })).ask('{ me { id } }')).status, 401)
  })

  it('shows no controls and no reversed text in names and labels', async () => {
    const evil = 'A\u0000\u0007d\u202Emin\u2066\u200B\u2028x'
    const visitor = await withName('visitor', evil)
    const { id } = await visitor.start({ subject: evil, body: `a\u0000\u202Eb\tc\nd`, departmentPath: 'support' })
    const agent = await withName('agent', evil)
    await agent.change('addLabels', id, { labels: [evil] })
    await agent.change('accept', id)
    const shown = `query ($id: ID!) { me { displayName agent { displayName } } agents { displayName }
      conversation(id: $id) { subject labels agent { displayName } visitor { displayName } lastMessage { body author { displayName } } } }`
    const seen = await agent.get(shown, { id })
    assert.doesNotMatch(JSON.stringify(seen), /\\u0000|\\u0007|[\u202e\u2066\u200b\u2028]/)
    assert.equal(valueAt(seen, 'conversation', 'lastMessage', 'body'), 'ab\tc\nd')
    assert.deepEqual(valueAt(seen, 'me'), { displayName: 'A dmin x', agent: { displayName: 'A dmin x' } })
    const hidden = await visitor.tryStart({ body: '\u202E\u0000 ' })
    assert.deepEqual(codes(hidden), ['INVALID'])
    for (const clientMessageId of ['', ' ', 'a\u0000', 'half \udc00', 'x'.repeat(101)]) {
      assert.equal((await visitor.ask(operations.send, { input: { conversationId: id, body: 'x', clientMessageId } })).errors[0]?.extensions['code'], 'BAD_USER_INPUT')
    }
    const session = await visitor.get('mutation ($name: String) { openVisitorSession(site: "shop", displayName: $name) { visitor { displayName } } }', { name: evil }, 'openVisitorSession', 'visitor', 'displayName')
    assert.equal(session, 'A dmin x')
    const lone = await visitor.send(id, 'half \ud83d of it')
    assert.match(lone.body, /^half . of it$/)
  })

  it('refuses a body of a megabyte, by both doors', async () => {
    const { id, visitor } = await openTalk(people)
    const big = 'x'.repeat(1_048_576)
    const { statusCode, body } = await request(chat.hub.url, {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${visitor.token}` },
      body: JSON.stringify({ query: operations.send, variables: { input: { conversationId: id, body: big, clientMessageId: 'big' } } }),
    })
    await body.dump()
    assert.equal(statusCode, 413)
    await using raw = await openAcknowledged(chat.hub.url, visitor.token)
    raw.send({ type: 'subscribe', id: 'big', payload: { query: operations.send, variables: { input: { conversationId: id, body: big, clientMessageId: 'big' } } } })
    assert.equal((await raw.closed)[0], 1009)
    assert.deepEqual(codes(await visitor.trySend(id, 'x'.repeat(10_001))), ['INVALID'])
    assert.equal((await visitor.messages(id)).nodes.length, 1)
  })

  it('tells a flood of typing twice a second at the most', async () => {
    const { id, visitor, agentHears } = await openTalk(people)
    const startedAt = performance.now()
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 20 }, (_, index) => visitor.ask(operations.typing, { id, typing: index % 2 === 0 })))
    }
    await visitor.send(id, 'done')
    await agentHears.untilBody('done')
    const told = agentHears.events.filter((event) => event['__typename'] === 'TypingChanged').length
    const halfSeconds = (performance.now() - startedAt) / 500
    assert.ok(told >= 1 && told <= 2 * (halfSeconds + 1), `${told} in ${halfSeconds} half seconds`)
  })

  it('lets ten thousand subscriptions of one socket be no more than its bound, and goes on', async () => {
    const { id, visitor, first } = await openTalk(people)
    const other = await people.visitor()
    const elsewhere = await other.start()
    await using raw = await openAcknowledged(chat.hub.url, visitor.token)
    const heard = other.follow(elsewhere.id, elsewhere.message.cursor)
    for (let index = 0; index < 10_000; index += 1) {
      raw.send({ type: 'subscribe', id: `${index}`, payload: { query: conversationEvents, variables: { id, after: first.cursor } } })
    }
    const refused = { count: 0 }
    while (refused.count < 9_900) {
      const message = await raw.next()
      if (message['type'] === 'error') refused.count += 1
      if (message['type'] === 'error') assert.equal(valueAt(message, 'payload', 0, 'extensions', 'code'), 'OVERLOADED')
    }
    await other.send(elsewhere.id, 'still there')
    await heard.untilBody('still there')
    raw.socket.terminate()
    await raw.closed
    await until(async () => (await visitor.ask('{ me { id } }')).errors.length === 0)
  })

  it('signs nobody in with a token that was made up', async () => {
    const { id } = await openTalk(people)
    const forged = people.withToken('x', await signToken('another secret that is long enough for it', { role: 'admin', name: 'x' }))
    assert.equal((await forged.ask(everything, { id })).status, 401)
    assert.equal(closeCode(await forged.follow(id).ended), 4403)
  })
})
