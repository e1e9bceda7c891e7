import { useQuery } from '@apollo/client/react'
import { Button, Modal, Select, Stack, Textarea } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { ColleaguesDocument } from '../../gql/graphql.ts'
import type { ColleaguesQuery, ConversationRowFragment } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useFocusBack } from '../kit/focus-back.ts'
import { useWords } from '../words/words.ts'
import type { Words } from '../words/words.ts'
import { transfer } from './actions.ts'
import styles from './transfer-dialog.module.css'
import type { Transcript } from './transcript.ts'

type DialogProps = { readonly conversation: ConversationRowFragment; readonly transcript: Transcript; readonly onClose: () => void }

/** An agent or a department, in one list: `agent/…` or `department/…`. */
const targetsOf = (data: ColleaguesQuery | undefined, words: Words, me: string) => [
  {
    group: words.chat.toAgent,
    items: (data?.agents ?? []).filter(({ id, availability }) => id !== me && availability === 'ONLINE')
      .map(({ id, displayName, activeConversations, capacity }) => ({ value: `agent/${id}`, label: words.chat.transferAgent(displayName, `${activeConversations}/${capacity}`) })),
  },
  {
    group: words.chat.toDepartment,
    items: (data?.departments ?? []).map(({ path, name, waitingCount }) => ({
      value: `department/${path}`, label: `${path}${name === null || name === path ? '' : ` · ${name}`}${waitingCount === null ? '' : ` (${words.chat.waiting(waitingCount)})`}`,
    })),
  },
].filter(({ items }) => items.length > 0)

const targetIn = (value: string) => {
  const [kind, ...rest] = value.split('/')
  return kind === 'agent' ? { toAgentId: rest.join('/') } : { toDepartmentPath: rest.join('/') }
}

/** What the visitor said last, for whoever takes it over. */
const lastSaid = ({ lines, conversation }: Transcript): string | null =>
  lines.filter((line) => line.kind === 'MESSAGE').findLast(({ message }) => message.author.id === conversation?.visitor.id)?.message.body ?? null

export const TransferDialog = ({ conversation, transcript, onClose }: DialogProps) => {
  const desk = useConsole()
  const words = useWords()
  const { chat, frame, inbox } = words
  const { data } = useQuery(ColleaguesDocument, { fetchPolicy: 'network-only' })
  const [target, setTarget] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [isBusy, setBusy] = useState(false)
  useFocusBack()
  const send = async () => {
    if (target === null || reason.trim() === '') return
    setBusy(true)
    const outcome = await transfer(desk, { conversationId: conversation.id, reason: reason.trim(), ...targetIn(target) })
    setBusy(false)
    if (outcome.is === 'DONE') return onClose()
    notifications.show({ color: 'orange', message: Object.entries(chat.reasons).find(([code]) => code === outcome.code)?.[1] ?? inbox.refused })
  }
  const said = lastSaid(transcript)
  return (
    <Modal opened onClose={onClose} title={chat.transferTitle} closeButtonProps={{ 'aria-label': frame.close }}>
      <form onSubmit={(event) => { event.preventDefault(); void send() }}>
        <Stack>
          <Select label={chat.transferTo} data={targetsOf(data, words, desk.me.id)} value={target} onChange={setTarget} searchable limit={50} required data-autofocus comboboxProps={{ withinPortal: true }} />
          <Textarea label={chat.transferReason} description={chat.transferReasonHint} value={reason} onChange={(event) => setReason(event.target.value)} required autosize minRows={2} maxRows={6} />
          {said !== null && <blockquote className={styles.said}><span>{chat.lastSaid}</span>{said}</blockquote>}
          <Button type="submit" disabled={target === null || reason.trim() === ''} loading={isBusy}>{chat.transfer}</Button>
        </Stack>
      </form>
    </Modal>
  )
}
