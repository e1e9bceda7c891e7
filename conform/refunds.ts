import type { Order, OrdersBackend, RefundOutcome, RefundRequest } from '../subgraphs/orders/backend.ts'
import { isThere, madeUp, patiently, quote, tell, whereWritable } from './asking.ts'
import { behindRelay } from './behind-relay.ts'
import type { OrderSamples } from './orders.ts'
import { broken, kept, keptUnless, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

type OrdersSubject = Subject<OrdersBackend, OrderSamples>
type OrdersPromise = PortPromise<OrdersBackend, OrderSamples>

const reason = 'conformance check'

const find = async ({ backend, samples, callMs }: OrdersSubject): Promise<Order | null> => {
  if (samples.refundable === null) return null
  const [row] = await backend.findOrders([samples.refundable], patiently({ callMs }))
  return row != null && isThere(row) ? row : null
}

/** What is refused of an order that nobody has can't be written at all. */
const writing = (check: (subject: OrdersSubject) => Promise<Verdict>) => (subject: OrdersSubject): Promise<Verdict> =>
  whereWritable(() => refundOfNobody(subject), () => check(subject))

const refundOfNobody = (subject: OrdersSubject): Promise<RefundOutcome> =>
  subject.backend.requestRefund({ orderId: madeUp(), amount: null, reason, idempotencyKey: madeUp() }, patiently(subject))

const needsOrder = untested('needs --order with an order that may be refunded')

const told = (outcome: RefundOutcome): string => (outcome.kind === 'refunded' ? `the refund ${outcome.refundId}` : `a refusal with ${outcome.code} of ${outcome.field}`)

const isRefused = (outcome: RefundOutcome, code: string, field: string): boolean =>
  outcome.kind === 'refused' && outcome.code === code && outcome.field === field

/** A digit more than the total has is more than its currency has; 9 in front is more than the order's worth. */
const wrongAmounts = ({ total }: Order): readonly string[] => {
  const [, decimals = ''] = total.amount.split('.')
  const tooFine = decimals === '' ? '0.1' : `0.${'0'.repeat(decimals.length)}1`
  return ['0', '0.00', '-1', `9${total.amount}`, tooFine, '', 'all', '1e2', 'NaN', '9'.repeat(40)]
}

const amounts: OrdersPromise = {
  area: 'refusals',
  title: 'a refund of no amount, a negative one, one above the total or with too many digits is INVALID and changes nothing',
  needs: 'write',
  check: writing(async (subject) => {
    const order = await find(subject)
    if (order === null) return needsOrder
    const complaints: (string | null)[] = []
    for (const amount of wrongAmounts(order)) {
      const request = { orderId: order.id, amount, reason, idempotencyKey: madeUp() }
      const outcome = await subject.backend.requestRefund(request, patiently(subject))
      complaints.push(isRefused(outcome, 'INVALID', 'amount') ? null : `${quote(amount)} of ${order.total.amount} ${order.total.currency} is answered with ${told(outcome)}`)
    }
    const after = await find(subject)
    return keptUnless([...complaints, after?.status === order.status ? null : `the order went from ${order.status} to ${after?.status ?? 'nothing'}`])
  }),
}

const stranger: OrdersPromise = {
  area: 'refusals',
  title: 'a refund of an order that is not there is NOT_FOUND',
  needs: 'write',
  check: writing(async (subject) => {
    const outcome = await refundOfNobody(subject)
    return isRefused(outcome, 'NOT_FOUND', 'orderId') ? kept() : broken(`it is answered with ${told(outcome)}`)
  }),
}

const requestOf = ({ samples }: OrdersSubject, order: Order): RefundRequest => ({ orderId: order.id, amount: null, reason, idempotencyKey: samples.key })

/** The refund is made, and its answer cut off; where nothing can stand between, it is just made.. */
const refundUnheard = async (subject: OrdersSubject, request: RefundRequest): Promise<string> => {
  const lost = await behindRelay(subject, async ({ backend, relay }) => {
    await backend.findOrders([request.orderId], patiently(subject))
    relay.cutNextAnswer(1)
    const heard = await backend.requestRefund(request, patiently(subject)).then(told, tell)
    return kept(heard)
  })
  return lost.kind === 'kept' ? `the answer to the first was cut off: ${lost.detail ?? ''}` : 'no answer was lost, as nothing can stand between'
}

const once: OrdersPromise = {
  area: 'idempotency',
  title: 'a refund whose answer was lost, asked for again with its key, is the first one',
  needs: 'write',
  check: writing(async (subject) => {
    const order = await find(subject)
    if (order === null) return needsOrder
    if (order.status === 'REFUNDED' || order.status === 'CANCELLED') return untested(`order ${order.id} is ${order.status} already`)
    const request = requestOf(subject, order)
    const how = await refundUnheard(subject, request)
    const first = await subject.backend.requestRefund(request, patiently(subject))
    const second = await subject.backend.requestRefund(request, patiently(subject))
    if (first.kind !== 'refunded') return broken(`${how}; asked again, it is answered with ${told(first)}`)
    const isSame = second.kind === 'refunded' && second.refundId === first.refundId
    return isSame ? kept(how) : broken(`the same key gave ${told(first)} and then ${told(second)}`)
  }),
}

/** Repeats the refund of this run, which changes nothing, or makes it where no other check has. */
const afterRefund = async (subject: OrdersSubject, check: (request: RefundRequest) => Promise<Verdict>): Promise<Verdict> => {
  const order = await find(subject)
  if (order === null) return needsOrder
  const request = requestOf(subject, order)
  const made = await subject.backend.requestRefund(request, patiently(subject))
  return made.kind === 'refunded' ? check(request) : untested(`needs a refund, got ${told(made)}`)
}

const otherBody: OrdersPromise = {
  area: 'conflicts',
  title: 'the key of another refund is an IDEMPOTENCY_CONFLICT',
  needs: 'write',
  check: writing((subject) => afterRefund(subject, async (request) => {
    const outcome = await subject.backend.requestRefund({ ...request, reason: `${reason}, another` }, patiently(subject))
    return isRefused(outcome, 'IDEMPOTENCY_CONFLICT', 'idempotencyKey') ? kept() : broken(`it is answered with ${told(outcome)}`)
  })),
}

const twice: OrdersPromise = {
  area: 'conflicts',
  title: 'a second refund of the whole order is a CONFLICT',
  needs: 'write',
  check: writing((subject) => afterRefund(subject, async (request) => {
    const outcome = await subject.backend.requestRefund({ ...request, idempotencyKey: madeUp() }, patiently(subject))
    return isRefused(outcome, 'CONFLICT', 'orderId') ? kept() : broken(`it is answered with ${told(outcome)}`)
  })),
}

export const refundPromises: readonly OrdersPromise[] = [amounts, stranger, once, otherBody, twice]
