import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import type { SubmitEvent } from 'react'
import type { ConversationRowFragment } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useFocusBack } from '../kit/focus-back.ts'
import { useWords } from '../words/words.ts'
import { addLabel, removeLabel } from './actions.ts'
import type { Outcome } from './actions.ts'
import styles from './labels.module.css'

type LabelsProps = { readonly conversation: ConversationRowFragment; readonly isAdding: boolean; readonly onAdding: (isAdding: boolean) => void }

/** What a conversation is marked with; one more is typed in its place. */
export const Labels = ({ conversation: { id, labels }, isAdding, onAdding }: LabelsProps) => {
  const desk = useConsole()
  const { chat, inbox } = useWords()
  const tell = (outcome: Outcome) => {
    if (outcome.is === 'REFUSED') notifications.show({ color: 'orange', message: outcome.code === 'INVALID' ? chat.reasons.INVALID : inbox.refused })
  }
  const add = (label: string) => {
    if (label !== '') void addLabel(desk, id, label).then(tell)
    onAdding(false)
  }
  if (labels.length === 0 && !isAdding) return null
  return (
    <ul className={styles.labels} aria-label={chat.labels}>
      {labels.map((label) => (
        <li key={label}>{label}<button type="button" aria-label={chat.removeLabel(label)} onClick={() => void removeLabel(desk, id, label).then(tell)}>×</button></li>
      ))}
      {isAdding && <li className={styles.adding}><LabelField onAdd={add} onLeave={() => onAdding(false)} /></li>}
    </ul>
  )
}

const LabelField = ({ onAdd, onLeave }: { readonly onAdd: (label: string) => void; readonly onLeave: () => void }) => {
  const { chat } = useWords()
  const [text, setText] = useState('')
  useFocusBack()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onAdd(text.trim())
  }
  return (
    <form onSubmit={submit}>
      <input autoFocus value={text} aria-label={chat.addLabel} placeholder={chat.addLabel} onChange={(event) => setText(event.target.value)} onBlur={onLeave}
        onKeyDown={(event) => { if (event.key === 'Escape') onLeave() }} />
    </form>
  )
}
