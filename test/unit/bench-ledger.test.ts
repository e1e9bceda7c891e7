import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openLedger } from '../../bench/chat/ledger.ts'
import type { Kind, Ledger, Side, Told } from '../../bench/chat/ledger.ts'

const conversation = 'c-1'

/** What a flawless hub does with: a visitor's greeting, an agent's note, an agent's answer, a notice of the hub, and thanks. */
const story: readonly { readonly author: Side | null; readonly asVisitor: Told | null; readonly asAgent: Told }[] = [
  say('visitor', 'hello', 'TEXT', 1, 1, 1),
  say('agent', 'rude', 'NOTE', 2, null, null),
  say('agent', 'how can I help', 'TEXT', 4, 2, 3),
  say(null, 'notice', 'SYSTEM', 5, 3, 4),
  say('visitor', 'thanks', 'TEXT', 6, 4, 5),
]

function say(author: Side | null, key: string, kind: Kind, position: number, seq: number | null, publicPosition: number | null) {
  const told = { conversation, key, kind, seq }
  return { author, asVisitor: publicPosition === null ? null : { ...told, position: publicPosition }, asAgent: { ...told, position } }
}

const asVisitor = story.flatMap((message) => message.asVisitor ?? [])
const asAgent = story.map((message) => message.asAgent)

type Played = { readonly visitor?: readonly Told[]; readonly agent?: readonly Told[]; readonly kept?: readonly Told[] }

const sendAll = (ledger: Ledger): void => {
  for (const { author, asVisitor: theirs, asAgent: ours } of story) {
    if (author === null) continue
    ledger.send({ conversation, key: ours.key, kind: ours.kind, author })
    ledger.acknowledge(author === 'agent' || theirs === null ? ours : theirs)
  }
}

const play = ({ visitor = asVisitor, agent = asAgent, kept = asAgent }: Played) => {
  const ledger = openLedger()
  sendAll(ledger)
  for (const message of visitor) ledger.receive('visitor', message)
  for (const message of agent) ledger.receive('agent', message)
  ledger.keep(conversation, kept)
  return ledger.balance()
}

const faultsOf = (played: Played) => [...new Set(play(played).findings.map(({ fault, side }) => `${fault} ${side ?? 'kept'}`))].sort()

const without = (messages: readonly Told[], key: string) => messages.filter((message) => message.key !== key)
const swapped = ([first, second, ...rest]: readonly Told[]) => [second, first, ...rest].filter((message) => message !== undefined)
const changed = (messages: readonly Told[], key: string, change: Partial<Told>) => messages.map((message) => (message.key === key ? { ...message, ...change } : message))
const last = (messages: readonly Told[]) => messages.slice(-1)

describe('the ledger', () => {
  test('balances where each side received all that it should, once and in order', () => {
    assert.deepEqual(play({}), { conversations: 1, sent: 4, acknowledged: 4, received: { visitor: 4, agent: 5 }, findings: [] })
  })

  test('notices a lost message, at its end as well', () => {
    assert.deepEqual(faultsOf({ visitor: without(asVisitor, 'thanks') }), ['lost visitor'])
    assert.deepEqual(faultsOf({ visitor: without(asVisitor, 'how can I help') }), ['gap visitor', 'lost visitor'])
    assert.deepEqual(faultsOf({ agent: without(asAgent, 'rude') }), ['lost agent', 'unkept agent'])
  })

  test('notices a message that neither side received and the database has lost', () => {
    const [visitor, agent] = [without(asVisitor, 'thanks'), without(asAgent, 'thanks')]
    assert.deepEqual(faultsOf({ visitor, agent, kept: agent }), ['lost agent', 'lost visitor'])
  })

  test('notices a doubled message, under its own position and under another', () => {
    assert.deepEqual(faultsOf({ visitor: [...asVisitor, ...last(asVisitor)] }), ['doubled visitor', 'gap visitor'])
    const again = last(asAgent).map((message) => ({ ...message, position: 9, seq: 5 }))
    assert.deepEqual(faultsOf({ agent: [...asAgent, ...again], kept: [...asAgent, ...again] }), ['doubled agent', 'doubled kept', 'misplaced agent'])
  })

  test('notices swapped messages', () => {
    assert.deepEqual(faultsOf({ visitor: swapped(asVisitor) }), ['disordered visitor', 'gap visitor'])
    assert.deepEqual(faultsOf({ agent: swapped(asAgent) }), ['disordered agent', 'unkept agent'])
  })

  test('notices a note that a visitor received', () => {
    const note = asAgent.filter(({ kind }) => kind === 'NOTE')
    assert.deepEqual(faultsOf({ visitor: [...asVisitor, ...note.map((message) => ({ ...message, position: 6 }))] }), ['leaked visitor'])
  })

  test('notices what was never sent', () => {
    const forged = { conversation, key: 'forged', kind: 'TEXT', position: 9, seq: 5 } as const
    assert.deepEqual(faultsOf({ visitor: [...asVisitor, forged] }), ['unsaid visitor'])
  })

  test('notices a message at another place than the acknowledged one', () => {
    assert.deepEqual(faultsOf({ visitor: changed(asVisitor, 'thanks', { position: 8 }) }), ['misplaced visitor'])
  })

  test("notices an author's messages that were acknowledged at places in the wrong order, and one that never was", () => {
    const ledger = openLedger()
    for (const key of ['one', 'two', 'three']) ledger.send({ conversation, key, kind: 'TEXT', author: 'visitor' })
    ledger.acknowledge({ conversation, key: 'one', kind: 'TEXT', position: 2, seq: 2 })
    ledger.acknowledge({ conversation, key: 'two', kind: 'TEXT', position: 1, seq: 1 })
    const faults = ledger.balance().findings.map(({ fault }) => fault)
    assert.deepEqual(faults.filter((fault) => fault !== 'lost').sort(), ['disordered', 'unanswered'])
  })

  test('what was received and not acknowledged is no fault but the missing answer', () => {
    const ledger = openLedger()
    ledger.send({ conversation, key: 'one', kind: 'TEXT', author: 'visitor' })
    for (const side of ['visitor', 'agent'] as const) ledger.receive(side, { conversation, key: 'one', kind: 'TEXT', position: 1, seq: 1 })
    assert.deepEqual(ledger.balance().findings.map(({ fault }) => fault), ['unanswered'])
  })
})
