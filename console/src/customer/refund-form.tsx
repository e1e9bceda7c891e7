import { Button, TextInput } from '@mantine/core'
import { useMemo, useState } from 'react'
import { z } from 'zod/mini'
import { RequestRefundDocument } from '../../gql/graphql.ts'
import { useConsole } from '../console.ts'
import { useFocusInPlace } from '../kit/focus-back.ts'
import { openKept } from '../kit/kept.ts'
import { useStore } from '../store.ts'
import type { Store } from '../store.ts'
import { tagOf, useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import { AttemptNotice } from './attempt-notice.tsx'
import { idle, refusalAt, refusalsElsewhere, withUnsettled } from './attempt.ts'
import type { Attempt } from './attempt.ts'
import { formatMoney, parseRefundAmount } from './refund.ts'
import type { Money } from './refund.ts'
import { failedBy, restoreAttempt, useAttempt } from './use-attempt.ts'
import type { Send } from './use-attempt.ts'
import type { UnsettledAttempt } from './unsettled.ts'
import styles from './customer.module.css'

const wish = z.object({ orderId: z.string(), amount: z.nullable(z.string()), reason: z.string() })
type Refund = Readonly<z.infer<typeof wish>>
type RefundForm = { readonly isOpen: boolean; readonly isChecked: boolean; readonly amount: string; readonly reason: string; readonly attempt: Attempt<Refund> }

const empty: RefundForm = { isOpen: false, isChecked: false, amount: '', reason: '', attempt: idle }
const forms = openKept<RefundForm>(empty, 500)

/** Of an order, in what is kept over a reload. */
export const aboutRefund = (orderId: string) => `refund/${orderId}`

const begun = ({ key, wanted }: UnsettledAttempt): RefundForm | null => {
  const { data } = wish.safeParse(wanted)
  return data ? { isOpen: true, isChecked: true, amount: data.amount ?? '', reason: data.reason, attempt: withUnsettled(data, key) } : null
}

const put = (form: RefundForm, attempt: Attempt<Refund>): RefundForm => {
  if (attempt.is === 'DONE') return { ...empty, attempt }
  return { ...form, attempt, isChecked: attempt.is === 'SENDING' || attempt.is === 'UNSURE' }
}

const send: Send<Refund> = async (client, { orderId, amount, reason }, idempotencyKey) => {
  const input = { orderId, reason, idempotencyKey, ...(amount === null ? {} : { amount }) }
  const { data, error } = await client.mutate({ mutation: RequestRefundDocument, variables: { input }, fetchPolicy: 'no-cache', errorPolicy: 'all' })
  const payload = data?.requestRefund
  if (!payload) return failedBy(error)
  return payload.userErrors.length > 0 ? { is: 'REFUSED', refusals: payload.userErrors } : { is: 'DONE', reference: payload.refundId }
}

export type RefundProps = { readonly orderId: string; readonly total: Money | null; readonly isOver: boolean; readonly onRefunded: () => void }

/** Amount and reason, a second look, then it is sent; what became of it stays to be read. */
export const Refund = ({ orderId, total, isOver, onRefunded }: RefundProps) => {
  const { client, unsettled } = useConsole()
  const { customer } = useWords()
  const about = aboutRefund(orderId)
  const store = useMemo(() => restoreAttempt(unsettled.all, about, forms.find(client, orderId), empty, begun), [client, unsettled, about, orderId])
  const form = useStore(store, (one) => one)
  const submit = useAttempt({ about, store, put, send, onSettled: onRefunded })
  const { attempt } = form
  const place = useFocusInPlace<HTMLDivElement>(`${form.isOpen} ${form.isChecked}`)
  const done = attempt.is !== 'DONE' || attempt.reference === null ? customer.refundDoneBare : customer.refundDone(attempt.reference)
  return (
    <div ref={place} tabIndex={-1} className={styles.refund}>
      {!form.isOpen && !isOver && <Button size="compact-sm" variant="default" onClick={() => store.set(() => ({ ...empty, isOpen: true }))}>{customer.refund}</Button>}
      {form.isOpen && !form.isChecked && <RefundFields store={store} form={form} orderId={orderId} total={total} />}
      {form.isOpen && form.isChecked && <RefundCheck store={store} form={form} orderId={orderId} total={total} onSend={submit} />}
      <AttemptNotice attempt={attempt} done={done} unsure={customer.refundUnsure} heldBack={customer.refundHeldBack} elsewhere={refusalsElsewhere(attempt, ['amount', 'reason'])} />
    </div>
  )
}

type StepProps = { readonly store: Store<RefundForm>; readonly form: RefundForm; readonly orderId: string; readonly total: Money | null }

const RefundFields = ({ store, form, orderId, total }: StepProps) => {
  const { customer, frame } = useWords()
  const tag = tagOf(useLanguage())
  const [isTried, setTried] = useState(false)
  const amount = parseRefundAmount(form.amount, total)
  const isMissing = form.reason.trim() === ''
  const refusedAt = (field: string) => {
    const refusal = refusalAt(form.attempt, field)
    return refusal && customer.refused(customer.refusals[refusal.code], refusal.message)
  }
  const change = (part: Partial<Pick<RefundForm, 'amount' | 'reason'>>) =>
    store.set((was) => ({ ...was, ...part, attempt: was.attempt.is === 'REFUSED' ? idle : was.attempt }))
  return (
    <form className={styles.form} aria-label={customer.refundOf(orderId)} onSubmit={(event) => {
      event.preventDefault()
      setTried(true)
      if (amount.is !== 'INVALID' && !isMissing) store.set((was) => ({ ...was, isChecked: true }))
    }}>
      <TextInput
        label={customer.refundAmount} size="sm" inputMode="decimal" autoComplete="off" rightSection={total && <span className={styles.currency}>{total.currency}</span>} rightSectionWidth={48}
        description={total ? customer.refundWhole(formatMoney(tag, total)) : customer.refundWholeUntold} value={form.amount}
        error={amount.is === 'INVALID' ? customer.amountWrong[amount.why] : refusedAt('amount')} onChange={(event) => change({ amount: event.currentTarget.value })}
      />
      <TextInput
        label={customer.refundReason} size="sm" placeholder={customer.refundReasonHint} value={form.reason} maxLength={500}
        error={isTried && isMissing ? customer.reasonMissing : refusedAt('reason')} onChange={(event) => change({ reason: event.currentTarget.value })}
      />
      <div className={styles.buttons}>
        <Button type="submit" size="compact-sm">{customer.refundCheck}</Button>
        <Button size="compact-sm" variant="subtle" onClick={() => store.set(() => empty)}>{frame.cancel}</Button>
      </div>
    </form>
  )
}

/** So that an Enter too many confirms nothing. */
const takeFocus = (element: HTMLElement | null) => element?.focus()

const RefundCheck = ({ store, form, orderId, total, onSend }: StepProps & { readonly onSend: (wanted: Refund) => Promise<void> }) => {
  const { customer } = useWords()
  const tag = tagOf(useLanguage())
  const amount = parseRefundAmount(form.amount, total)
  if (amount.is === 'INVALID') return null
  const part = amount.is === 'PART' ? amount.amount : null
  const shown = part === null ? total : { amount: part, currency: total?.currency ?? '' }
  const question = shown === null ? customer.refundConfirmWhole(orderId) : customer.refundConfirm(formatMoney(tag, shown), orderId)
  const isFixed = form.attempt.is === 'SENDING' || form.attempt.is === 'UNSURE'
  return (
    <div className={styles.check} role="group" aria-label={question}>
      <p ref={takeFocus} tabIndex={-1} className={styles.question}>{question}</p>
      <p className={styles.reason}>{form.reason}</p>
      <div className={styles.buttons}>
        <Button size="compact-sm" color="red.9" loading={form.attempt.is === 'SENDING'} onClick={() => void onSend({ orderId, amount: part, reason: form.reason.trim() })}>
          {form.attempt.is === 'UNSURE' ? customer.sendAgain : customer.refundNow}
        </Button>
        {!isFixed && <Button size="compact-sm" variant="subtle" onClick={() => store.set((was) => ({ ...was, isChecked: false }))}>{customer.refundBack}</Button>}
      </div>
    </div>
  )
}
