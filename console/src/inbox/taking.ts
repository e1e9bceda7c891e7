import { notifications } from '@mantine/notifications'
import { go } from '../app/route.ts'
import type { Console } from '../console.ts'
import { accept } from '../conversation/actions.ts'
import { currentWords } from '../words/words.ts'
import { listRows } from './inbox.ts'

/** Takes a conversation, and opens it; whoever was too late is told who has it. */
export const take = async (desk: Console, id: string): Promise<boolean> => {
  const outcome = await accept(desk, id)
  if (outcome.is === 'DONE') {
    go({ at: 'INBOX', conversationId: id })
    return true
  }
  const { inbox } = currentWords()
  const holder = desk.desk?.inbox.get().rows.get(id)?.conversation.agent?.displayName
  const lost = holder === undefined ? inbox.lostToSomebody : inbox.lost(holder)
  notifications.show({ color: 'orange', message: { CONFLICT: lost, OVER_CAPACITY: inbox.overCapacity, other: inbox.refused }[outcome.code === 'CONFLICT' || outcome.code === 'OVER_CAPACITY' ? outcome.code : 'other'] })
  return false
}

const tries = 3

/** What is offered goes before what waits. One that another was faster with gives way to the next. */
export const takeLongest = async (desk: Console): Promise<void> => {
  const refused = new Set<string>()
  for (let i = 0; i < tries; i += 1) {
    const inbox = desk.desk?.inbox.get()
    if (!inbox) return
    const [longest] = (['offered', 'waiting'] as const)
      .flatMap((name) => listRows(inbox, { name, department: null }, desk.me.id))
      .filter(({ conversation }) => !refused.has(conversation.id))
    if (!longest) return void notifications.show({ message: currentWords().inbox.nobodyWaits })
    if (await take(desk, longest.conversation.id)) return
    refused.add(longest.conversation.id)
  }
}
