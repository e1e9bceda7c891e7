import { Button, Textarea } from '@mantine/core'
import { useMemo } from 'react'
import { AddCustomerNoteDocument } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { openKept } from '../kit/kept.ts'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import { idle, refusalAt, refusalsElsewhere } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { failedBy, useAttempt } from './use-attempt.ts'
import type { Send } from './use-attempt.ts'
import { AttemptNotice } from './attempt-notice.tsx'
import styles from './customer.module.css'

type Note = { readonly customerId: string; readonly text: string }
type NoteForm = { readonly text: string; readonly attempt: Attempt<Note> }

/** Each customer's own: what is written about one never shows at another. */
const forms = openKept<NoteForm>({ text: '', attempt: idle }, 500)

const put = (form: NoteForm, attempt: Attempt<Note>): NoteForm => (attempt.is === 'DONE' ? { text: '', attempt } : { ...form, attempt })

const send: Send<Note> = async (client, { customerId, text }, idempotencyKey) => {
  const { data, error } = await client.mutate({ mutation: AddCustomerNoteDocument, variables: { input: { customerId, text, idempotencyKey } }, fetchPolicy: 'no-cache', errorPolicy: 'all' })
  const payload = data?.addCustomerNote
  if (!payload) return failedBy(error)
  return payload.userErrors.length > 0 ? { is: 'REFUSED', refusals: payload.userErrors } : { is: 'DONE', reference: null }
}

export const NoteForm = ({ customerId, onWritten }: { readonly customerId: string; readonly onWritten: () => void }) => {
  const { client } = useConsole()
  const { customer } = useWords()
  const store = useMemo(() => forms.find(client, customerId), [client, customerId])
  const { text, attempt } = useStore(store, (form) => form)
  const submit = useAttempt(store, put, send, onWritten)
  const refusal = refusalAt(attempt, 'text')
  const isFixed = attempt.is === 'SENDING' || attempt.is === 'UNSURE'
  return (
    <form className={styles.form} onSubmit={(event) => {
      event.preventDefault()
      void submit({ customerId, text: text.trim() })
    }}>
      <Textarea
        label={customer.newNote} placeholder={customer.newNoteHint} size="sm" autosize minRows={1} maxRows={6} value={text} readOnly={isFixed}
        error={refusal && customer.refused(customer.refusals[refusal.code], refusal.message)}
        onChange={(event) => {
          const { value } = event.currentTarget
          store.set((form) => ({ text: value, attempt: form.attempt.is === 'DONE' || form.attempt.is === 'REFUSED' ? idle : form.attempt }))
        }}
      />
      <AttemptNotice attempt={attempt} done={customer.noteAdded} unsure={customer.noteUnsure} heldBack={customer.noteHeldBack} elsewhere={refusalsElsewhere(attempt, ['text'])} />
      {(text.trim() !== '' || isFixed) && (
        <Button type="submit" size="compact-sm" loading={attempt.is === 'SENDING'} className={styles.submit}>
          {attempt.is === 'UNSURE' || attempt.is === 'HELD_BACK' ? customer.sendAgain : customer.addNote}
        </Button>
      )}
    </form>
  )
}
