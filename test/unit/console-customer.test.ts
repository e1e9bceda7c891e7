import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { idle, refusalAt, refusalsElsewhere, withOutcome, withSending, withUnsettled } from '../../console/src/customer/attempt.ts'
import type { Attempt, Outcome } from '../../console/src/customer/attempt.ts'
import { readOrders, readProfile, readShipments } from '../../console/src/customer/readings.ts'
import { formatMoney, parseRefundAmount } from '../../console/src/customer/refund.ts'
import type { Failure } from '../../console/src/graphql/failure.ts'

const yuan = { amount: '1299.00', currency: 'CNY' }

describe('a refund as it is typed', () => {
  test('nothing typed is the whole', () => {
    assert.deepEqual(parseRefundAmount('  ', yuan), { is: 'WHOLE' })
  })

  for (const [typed, amount] of [['12', '12.00'], ['12.5', '12.50'], ['0012.50', '12.50'], ['1299', '1299.00'], ['１２．５', '12.50'], ['12。5', '12.50'], ['7.', '7.00'], ['0.010', '0.01']] as const) {
    test(`${typed} is ${amount}`, () => assert.deepEqual(parseRefundAmount(typed, yuan), { is: 'PART', amount }))
  }

  for (const [typed, why] of [
    ['1,299', 'NO_NUMBER'], ['-5', 'NO_NUMBER'], ['1e3', 'NO_NUMBER'], ['0x10', 'NO_NUMBER'], ['.5', 'NO_NUMBER'], ['NaN', 'NO_NUMBER'], ['1 2', 'NO_NUMBER'], ['0.00', 'NOTHING'], ['1.005', 'TOO_FINE'],
    ['1299.01', 'TOO_MUCH'], ['99999999999999999999', 'TOO_MUCH'],
  ] as const) {
    test(`${typed} is refused: ${why}`, () => assert.deepEqual(parseRefundAmount(typed, yuan), { is: 'INVALID', why }))
  }

  test('a currency without small coins takes none, one with three takes three', () => {
    assert.deepEqual(parseRefundAmount('100', { amount: '500', currency: 'JPY' }), { is: 'PART', amount: '100' })
    assert.deepEqual(parseRefundAmount('100.5', { amount: '500', currency: 'JPY' }), { is: 'INVALID', why: 'TOO_FINE' })
    assert.deepEqual(parseRefundAmount('1.005', { amount: '2.000', currency: 'KWD' }), { is: 'PART', amount: '1.005' })
  })

  test('without a total that can be read, the order system decides what is too much', () => {
    assert.deepEqual(parseRefundAmount('5', null), { is: 'PART', amount: '5.00' })
    assert.deepEqual(parseRefundAmount('5', { amount: 'much', currency: 'CNY' }), { is: 'PART', amount: '5.00' })
  })

  test('every amount of cents is the same number afterwards, also where a float could not hold it', () => {
    fc.assert(fc.property(fc.bigInt(1n, 10n ** 18n), (cents) => {
      const text = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`
      assert.deepEqual(parseRefundAmount(text, { amount: text, currency: 'CNY' }), { is: 'PART', amount: text })
      assert.deepEqual(parseRefundAmount(`${cents / 100n + 1n}`, { amount: text, currency: 'CNY' }), { is: 'INVALID', why: 'TOO_MUCH' })
    }))
  })

  test('money is written to the last coin, and what is no money as it came', () => {
    assert.match(formatMoney('en', { amount: '9007199254740993.01', currency: 'USD' }), /9,007,199,254,740,993\.01/)
    assert.equal(formatMoney('en', { amount: '<b>1</b>', currency: 'USD' }), '<b>1</b> USD')
    assert.equal(formatMoney('en', { amount: '12.00', currency: 'not one' }), '12.00 not one')
  })
})

type Wish = { readonly amount: string }
const same = (a: Wish, b: Wish) => a.amount === b.amount
const keys = () => {
  let made = 0
  return () => `key-${++made}`
}
const failed = (code: string): Outcome => ({ is: 'FAILED', code })
const sent = (was: Attempt<Wish>, wish: Wish, makeKey: () => string) => {
  const sending = withSending(was, wish, same, makeKey)
  assert.ok(sending)
  return sending
}

describe('something that must be done once', () => {
  test('a retry after an answer that never came has the same key and asks for the same, whatever has been typed since', () => {
    const makeKey = keys()
    const first = sent(idle, { amount: '1' }, makeKey)
    const unsure = withOutcome<Wish>(first, first.key, failed('BACKEND_TIMEOUT'))
    assert.equal(unsure.is, 'UNSURE')
    const second = sent(unsure, { amount: '2' }, makeKey)
    assert.deepEqual([second.key, second.wanted], [first.key, { amount: '1' }])
  })

  test('what a reload cut off is sent again as it was, under its key', () => {
    const again = sent(withUnsettled<Wish>({ amount: '1' }, 'key-of-before'), { amount: '2' }, keys())
    assert.deepEqual([again.key, again.wanted, again.unsure], ['key-of-before', { amount: '1' }, true])
  })

  test('what may have been done stays unsure, also when the retry is held back', () => {
    const makeKey = keys()
    const first = sent(idle, { amount: '1' }, makeKey)
    const again = sent(withOutcome<Wish>(first, first.key, failed('HUB_UNREACHABLE')), { amount: '1' }, makeKey)
    assert.equal(withOutcome<Wish>(again, again.key, failed('FUSE_OPEN')).is, 'UNSURE')
  })

  test('what never left may be changed, and is another thing then', () => {
    const makeKey = keys()
    const first = sent(idle, { amount: '1' }, makeKey)
    const held = withOutcome<Wish>(first, first.key, failed('FUSE_OPEN'))
    assert.equal(held.is, 'HELD_BACK')
    assert.equal(sent(held, { amount: '1' }, makeKey).key, first.key)
    assert.notEqual(sent(held, { amount: '2' }, makeKey).key, first.key)
  })

  test('the same again after it was done, or refused, is a new thing with a new key', () => {
    const makeKey = keys()
    const first = sent(idle, { amount: '1' }, makeKey)
    const done = withOutcome<Wish>(first, first.key, { is: 'DONE', reference: 'R-1' })
    assert.notEqual(sent(done, { amount: '1' }, makeKey).key, first.key)
    const refused = withOutcome<Wish>(first, first.key, { is: 'REFUSED', refusals: [] })
    assert.notEqual(sent(refused, { amount: '1' }, makeKey).key, first.key)
  })

  test('it is sent once at a time, and an answer to something else changes nothing', () => {
    const first = sent(idle, { amount: '1' }, keys())
    assert.equal(withSending<Wish>(first, { amount: '1' }, same, keys()), null)
    assert.equal(withOutcome<Wish>(first, 'another', { is: 'DONE', reference: null }), first)
  })

  test('a refusal is shown at its field, and what has none beside the form', () => {
    const at = { message: 'too much', field: ['input', 'amount'], code: 'INVALID' } as const
    const order = { message: 'gone', field: ['input', 'orderId'], code: 'NOT_FOUND' } as const
    const bare = { message: 'no', field: null, code: 'CONFLICT' } as const
    const refused: Attempt<Wish> = { is: 'REFUSED', refusals: [at, order, bare] }
    assert.equal(refusalAt(refused, 'amount'), at)
    assert.equal(refusalAt(refused, 'reason'), null)
    assert.deepEqual(refusalsElsewhere(refused, ['amount', 'reason']), [order, bare])
  })
})

const timeout: Failure = { code: 'BACKEND_TIMEOUT', backend: 'crm', retryAfterMs: null, requestId: null, path: [] }
const customerOf = (known: boolean | null, profile: null) => ({ __typename: 'Query', customer: { __typename: 'Customer', id: 'C-1', known, profile } }) as const

describe('what an answer has for a block', () => {
  test('a customer whom the CRM does not know is an answer; one of whom it says nothing is none', () => {
    assert.deepEqual(readProfile(customerOf(false, null), []), { is: 'ANSWER', value: { is: 'UNKNOWN' }, source: null })
    assert.deepEqual(readProfile(customerOf(null, null), [timeout]), { is: 'SILENT' })
    assert.deepEqual(readProfile(customerOf(null, null), []), { is: 'ANSWER', value: { is: 'UNTOLD' }, source: null })
    assert.deepEqual(readProfile(undefined, [timeout]), { is: 'SILENT' })
  })

  test('a list with a row that can not be read keeps its place', () => {
    const data = { __typename: 'Query', order: { __typename: 'Order', id: 'SO-1', shipments: [null] } } as const
    assert.deepEqual(readShipments(data, [timeout]), { is: 'ANSWER', value: { rows: [null] }, source: null })
    assert.deepEqual(readShipments({ ...data, order: { ...data.order, shipments: null } }, [timeout]), { is: 'SILENT' })
  })

  test('a customer without orders has an empty list, and one who is nobody\'s too', () => {
    assert.deepEqual(readOrders({ __typename: 'Query', customer: null }, []), { is: 'ANSWER', value: { rows: [], hasMore: false, total: 0 }, source: null })
    assert.deepEqual(readOrders({ __typename: 'Query', customer: null }, [timeout]), { is: 'SILENT' })
  })
})
