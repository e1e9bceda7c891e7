import { Button, Textarea } from '@mantine/core'
import { useMemo } from 'react'
import { z } from 'zod/mini'
import { AddCustomerNoteDocument } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useFocusInPlace } from '../kit/focus-back.ts'
import { openKept } from '../kit/kept.ts'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import { idle, refusalAt, refusalsElsewhere, withUnsettled } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { failedBy, restoreAttempt, useAttempt } from './use-attempt.ts'
import type { Send } from './use-attempt.ts'
import type { UnsettledAttempt } from './unsettled.ts'
import { AttemptNotice } from './attempt-notice.tsx'
import styles from './customer.module.css'

const wish = z.object({ customerId: z.string(), text: z.string() })
type Note = Readonly<z.infer<typeof wish>>
type NoteForm = { readonly text: string; readonly attempt: Attempt<Note> }

const empty: NoteForm = { text: '', attempt: idle }
/** Each customer's own: what is written about one never shows at another. */
const forms = openKept<NoteForm>(empty, 500)

const begun = ({ key, wanted }: UnsettledAttempt): NoteForm | null => {
  const { data } = wish.safeParse(wanted)
  return data ? { text: data.text, attempt: withUnsettled(data, key) } : null
}

const put = (form: NoteForm, attempt: Attempt<Note>): NoteForm => (attempt.is === 'DONE' ? { text: '', attempt } : { ...form, attempt })

const send: Send<Note> = async (client, { customerId, text }, idempotencyKey) => {
  const { data, error } = await client.mutate({ mutation: AddCustomerNoteDocument, variables: { input: { customerId, text, idempotencyKey } }, fetchPolicy: 'no-cache', errorPolicy: 'all' })
  const payload = data?.addCustomerNote
  if (!payload) return failedBy(error)
  return payload.userErrors.length > 0 ? { is: 'REFUSED', refusals: payload.userErrors } : { is: 'DONE', reference: null }
}

export const NoteForm = ({ customerId, onWritten }: { readonly customerId: string; readonly onWritten: () => void }) => {
  const { client, unsettled } = useConsole()
  const { customer } = useWords()
  const about = `note/${customerId}`
  const store = useMemo(() => restoreAttempt(unsettled.all, about, forms.find(client, customerId), empty, begun), [client, unsettled, about, customerId])
  const { text, attempt } = useStore(store, (form) => form)
  const submit = useAttempt({ about, store, put, send, onSettled: onWritten })
  const refusal = refusalAt(attempt, 'text')
  const isFixed = attempt.is === 'SENDING' || attempt.is === 'UNSURE'
  const field = useFocusInPlace<HTMLTextAreaElement>(attempt.is)
  return (
    <form className={styles.form} onSubmit={(event) => {
      event.preventDefault()
      void submit({ customerId, text: text.trim() })
    }}>
      <Textarea
        ref={field}
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
