import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { valueAt } from '../kit/asking.ts'
import { reserveFor, skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { openPeople, openTalk, reach, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import type { Followed } from '../kit/chat-follow.ts'
import { named } from '../kit/chat-people.ts'
import type { Person } from '../kit/chat-people.ts'
import { databases } from '../kit/databases.ts'
import { kindsOfDatabase } from '../kit/chat-stores.ts'
import { startRunningHub, transportNames } from '../kit/running-hub.ts'

/* Whoever was cut off asks for what was missed by the cursor of the last that they heard: nothing is lost, nothing comes twice. */

const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `m${from + index}`)

const sendAll = async (who: Person, id: string, bodies: readonly string[]) => {
  for (const body of bodies) await who.send(id, body)
}

const arrivals = ({ events }: Followed) => events.filter(({ __typename }) => __typename === 'ConversationArrived').map((event) => valueAt(event, 'conversation', 'id'))

for (const transport of transportNames) {
  describe(`a subscription that is resumed, subgraphs ${transport}`, { skip: skipWithoutPostgresql }, () => {
    let chat: ChatHub
    before(async () => {
      chat = await startChatHub({ transport })
    })
    after(() => chat[Symbol.asyncDispose]())

    it('hears everything once and in order, however often it is cut while others talk', async () => {
      const { id, visitor, agent, agentHears } = await openTalk(chat.people)
      agentHears.stop()
      const bodies = numbered(0, 120)
      const talking = sendAll(visitor, id, bodies)
      const heard: unknown[] = []
      const positions: unknown[] = []
      let cursor = agentHears.lastCursor()
      for (let cut = 0; heard.at(-1) !== 'm119'; cut += 1) {
        const following = agent.follow(id, cursor)
        await following.until(() => following.bodies().length >= 7 || following.bodies().at(-1) === 'm119')
        following.stop()
        // What comes between the end and now is not taken, as by a client whose socket was cut.
        heard.push(...following.bodies())
        positions.push(...following.events.map((event) => valueAt(event, 'message', 'position')))
        cursor = following.lastCursor() ?? cursor
        assert.ok(cut < 60)
      }
      await talking
      assert.deepEqual(heard, bodies)
      assert.deepEqual(positions, Array.from({ length: 120 }, (_, index) => index + 5))
    })

    it('replays more than a page, in both ways of counting, while more comes', async () => {
      const { id, visitor, agent, first, agentHears } = await openTalk(chat.people, 'tech/frontend')
      const from = agentHears.lastCursor()
      for (let round = 0; round < 10; round += 1) await Promise.all(numbered(round * 50, round * 50 + 50).map((body, index) => (index % 10 === 0 ? agent.send(id, body, { kind: 'NOTE' }) : visitor.send(id, body))))
      const [agents, visitors] = [agent.follow(id, from), visitor.follow(id, first.cursor)]
      const more = numbered(500, 520)
      await sendAll(visitor, id, more)
      await Promise.all([agents.untilBody('m519'), visitors.untilBody('m519')])
      assert.equal(agents.bodies().length, 520)
      assert.equal(visitors.bodies().length, 470)
      for (const [followed, start] of [[agents, 5], [visitors, 5]] as const) {
        const positions = followed.events.filter(({ __typename }) => __typename === 'MessagePosted').map((event) => valueAt(event, 'message', 'position'))
        assert.deepEqual(positions, positions.map((_, index) => index + start))
      }
      assert.equal(new Set(agents.bodies()).size, 520)
    })

    it('goes on in an inbox after what was heard last', async () => {
      const [visitor, agent] = [await chat.people.visitor(), await chat.people.agent(['marketing'])]
      const first = await agent.followInbox()
      const ids = [(await visitor.start({ departmentPath: 'marketing' })).id]
      await first.until(() => arrivals(first).length === 1)
      first.stop()
      for (let index = 0; index < 5; index += 1) ids.push((await visitor.start({ departmentPath: 'marketing' })).id)
      await visitor.start({ departmentPath: 'hr' })
      await agent.change('accept', ids[1] ?? '')
      await visitor.send(ids[1] ?? '', 'while away')
      const second = await agent.followInbox(first.lastCursor())
      ids.push((await visitor.start({ departmentPath: 'marketing' })).id)
      await second.until(() => arrivals(second).length === 6)
      assert.deepEqual([...arrivals(first), ...arrivals(second)], ids)
      assert.deepEqual(second.bodies(), ['while away'])
    })

    it('has to begin anew with a cursor from beyond the end', async () => {
      const { id, visitor, agent } = await openTalk(chat.people)
      const last = await visitor.send(id, 'to be lost')
      await chat.database.run('UPDATE conversation SET position = position - 1, public_position = public_position - 1 WHERE id = $1', [id])
      for (const [who, cursor] of [[visitor, last.cursor], [agent, (await agent.messages(id)).nodes.at(-1)?.cursor ?? '']] as const) {
        assert.equal(valueAt(await who.follow(id, cursor).ended, '0', 'extensions', 'code'), 'FULL_REFRESH_REQUIRED')
      }
    })
  })
}

for (const kind of kindsOfDatabase) {
  describe(`a hub that is started again on ${kind}`, { skip: databases[kind].skip }, () => {
    it('goes on where everybody left it: with old cursors, nothing lost and nothing twice', async () => {
      await using database = await reserveFor(kind)
      const before_ = { bodies: new Array<unknown>(), cursor: '', inbox: '', id: '' }
      const [visitorName, agentName] = [named('visitor'), named('agent')]
      {
        await using hub = await startRunningHub({ transport: 'in-process', database: database.settings })
        await using people = openPeople(reach(hub))
        const [visitor, agent] = [await people.visitor({ name: visitorName }), await people.agent(['support'], agentName)]
        const inbox = await agent.followInbox()
        const { id, message } = await visitor.start()
        await agent.change('accept', id)
        const heard = visitor.follow(id, message.cursor)
        await heard.until((event) => event['change'] === 'ACCEPTED')
        await agent.send(id, 'heard')
        await heard.untilBody('heard')
        await inbox.untilBody('heard')
        Object.assign(before_, { id, cursor: heard.lastCursor(), inbox: inbox.lastCursor() })
        heard.stop()
        await agent.send(id, 'missed')
        await hub.stopHub()
      }
      await using hub = await startRunningHub({ transport: 'in-process', database: database.settings })
      await using people = openPeople(reach(hub))
      const [visitor, agent] = [await people.visitor({ name: visitorName }), await people.agent(['support'], agentName)]
      const { id } = before_
      const heard = visitor.follow(id, before_.cursor)
      await heard.untilBody('missed')
      const inbox = await agent.followInbox(before_.inbox)
      await agent.send(id, 'new')
      await heard.untilBody('new')
      await inbox.untilBody('new')
      assert.deepEqual([heard.bodies(), inbox.bodies()], [['missed', 'new'], ['missed', 'new']])
      assert.deepEqual((await visitor.messages(id)).nodes.map(({ body }) => body), ['hello', 'heard', 'missed', 'new'])
    })
  })
}
