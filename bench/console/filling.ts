import type { ChatHub } from '../chat/hub.ts'
import { accept, agent, say, start, visitor } from './stage.ts'

/* Thousands of conversations, and one with thousands of messages: by the front door, as visitors and agents make them. */

const atOnce = 32

const forEachOf = async (count: number, run: (index: number) => Promise<unknown>): Promise<void> => {
  const left = Array.from({ length: count }, (_, index) => index).values()
  const work = async () => {
    for (const index of left) await run(index)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

const sentences = [
  'where is my parcel?', '我的快递三天没动了，能帮我查一下吗？', 'Thank you, that works.', 'It says "payment failed" each time that I try, with two cards of two banks; nothing was booked.',
  'SO-2026-000123', '好的', 'See https://example.com/orders/SO-2026-000123 for what I mean.', 'I ordered two of them on Monday.\nOnly one has come, and the box was open.\n\nWhat now?',
] as const

/** Of the length that people write: from a word to a paragraph. */
export const sentenceOf = (index: number): string => `${sentences[index % sentences.length] ?? ''} (${index + 1})`

/** That many conversations which wait, each of a visitor of its own. */
export const fillInbox = (hub: ChatHub, count: number): Promise<void> => forEachOf(count, (index) => start(hub, `v-${index + 1}`, sentenceOf(index)))

/** One that `name` accepted, of `count` messages of both sides. Gives its id. */
export const fillConversation = async (hub: ChatHub, name: string, count: number): Promise<string> => {
  const id = await start(hub, 'talkative', sentenceOf(0))
  await accept(hub, agent(name), id)
  await forEachOf(count - 1, (index) => say(hub, index % 3 === 0 ? agent(name) : visitor('talkative'), id, sentenceOf(index + 1)))
  return id
}
