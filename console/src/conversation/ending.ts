import { go } from '../app/route.ts'
import type { Console } from '../console.ts'
import { listRows } from '../inbox/inbox.ts'
import { close } from './actions.ts'
import type { Outcome } from './actions.ts'

/** Closes a conversation, puts it away, and opens the next of the agent's own. */
export const closeAndGoOn = async (desk: Console, id: string): Promise<Outcome> => {
  const outcome = await close(desk, id)
  if (outcome.is !== 'DONE') return outcome
  const inbox = desk.desk?.inbox.get()
  const [next] = inbox ? listRows(inbox, { name: 'mine', department: null }, desk.me.id).filter(({ conversation }) => conversation.id !== id) : []
  desk.talks.leave(id)
  go({ at: 'INBOX', conversationId: next?.conversation.id ?? null })
  return outcome
}
