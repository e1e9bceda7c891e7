import { Button, Menu } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { useImperativeHandle, useState } from 'react'
import type { Ref } from 'react'
import type { ConversationRowFragment } from '../../gql/graphql.ts'
import { go } from '../app/route.ts'
import { useConsole } from '../console.ts'
import { take } from '../inbox/taking.ts'
import { useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { currentWords, useWords } from '../words/words.ts'
import { reopen } from './actions.ts'
import styles from './conversation-header.module.css'
import { closeAndGoOn } from './ending.ts'
import { Labels } from './labels.tsx'
import { TransferDialog } from './transfer-dialog.tsx'
import type { Transcript } from './transcript.ts'
import type { Console } from '../console.ts'

export type HeaderHandle = { close(): void; transfer(): void; label(): void }

const undoMs = 6_000

/** Closed at once; for a while there is a way back. */
const closeWithUndo = async (desk: Console, id: string) => {
  const outcome = await closeAndGoOn(desk, id)
  const { chat, inbox } = currentWords()
  if (outcome.is !== 'DONE') return void notifications.show({ color: 'orange', message: inbox.refused })
  const shown = `closed/${id}`
  const forget = () => desk.undo.set((was) => (was === undo ? null : was))
  const undo = () => {
    notifications.hide(shown)
    forget()
    void reopen(desk, id).then((undone) => {
      if (undone.is === 'DONE') go({ at: 'INBOX', conversationId: id })
      else notifications.show({ color: 'orange', message: inbox.refused })
    })
  }
  desk.undo.set(() => undo)
  notifications.show({ id: shown, autoClose: undoMs, onClose: forget, message: <span>{chat.closed} <button type="button" className={styles.undo} onClick={undo}>{chat.undo}</button> <kbd>u</kbd></span> })
}

const Facts = ({ conversation, transcript }: { readonly conversation: ConversationRowFragment; readonly transcript: Transcript }) => {
  const { chat, inbox } = useWords()
  const { me } = useConsole()
  const language = useLanguage()
  const { status, department, agent, openedAt, visitor } = conversation
  return (
    <p className={styles.facts}>
      <span data-status={status}>{inbox.statuses[status]}</span>
      <span>{visitor.verified ? `✓ ${chat.verified}` : chat.unverified}</span>
      {department && <span>{department.path}</span>}
      {agent && agent.id !== me.id && <span>{chat.assigned(agent.displayName)}</span>}
      {transcript.queue && <span>{chat.position(transcript.queue.position)}</span>}
      <time dateTime={openedAt} title={exactly(language, openedAt)}>{exactly(language, openedAt)}</time>
    </p>
  )
}

type HeaderProps = { readonly ref: Ref<HeaderHandle>; readonly conversation: ConversationRowFragment; readonly transcript: Transcript }

/** Who it is with, where it stands, and what can be done with it. */
export const ConversationHeader = ({ ref, conversation, transcript }: HeaderProps) => {
  const desk = useConsole()
  const { chat, inbox } = useWords()
  const [isTransferring, setTransferring] = useState(false)
  const [isLabelling, setLabelling] = useState(false)
  const { id, status, visitor, subject } = conversation
  const isOpen = status !== 'CLOSED'
  const isMine = status === 'ACTIVE' && conversation.agent?.id === desk.me.id
  const closeIt = () => void closeWithUndo(desk, id)
  useImperativeHandle(ref, () => ({
    close: () => { if (isMine) closeIt() },
    transfer: () => { if (isOpen) setTransferring(true) },
    label: () => setLabelling(true),
  }))
  return (
    <header className={styles.header}>
      <div className={styles.who}>
        <h2>{visitor.displayName}</h2>
        <span className={styles.subject}>{subject ?? inbox.noSubject}</span>
      </div>
      <div className={styles.actions}>
        {isOpen && !isMine && <Button size="compact-sm" onClick={() => void take(desk, id)}>{chat.accept}</Button>}
        {isMine && <Button size="compact-sm" onClick={closeIt}>{chat.close}</Button>}
        {!isOpen && <Button size="compact-sm" variant="default" onClick={() => void reopen(desk, id)}>{chat.reopen}</Button>}
        <Menu position="bottom-end" withinPortal>
          <Menu.Target><Button size="compact-sm" variant="default" aria-label={chat.actions}>⋯</Button></Menu.Target>
          <Menu.Dropdown>
            <Menu.Item disabled={!isOpen} onClick={() => setTransferring(true)} rightSection={<kbd>t</kbd>}>{chat.transfer}</Menu.Item>
            {/* Closing, the menu gives the focus back: the field comes behind that. */}
            <Menu.Item onClick={() => setTimeout(() => setLabelling(true))} rightSection={<kbd>l</kbd>}>{chat.labels}</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <Facts {...{ conversation, transcript }} />
      <Labels conversation={conversation} isAdding={isLabelling} onAdding={setLabelling} />
      {isTransferring && <TransferDialog {...{ conversation, transcript }} onClose={() => setTransferring(false)} />}
    </header>
  )
}
