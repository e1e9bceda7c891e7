import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { centsToDecimal, decimalToCents, isDecimal, minorDigits } from '../../subgraphs/orders/money.ts'

describe('whole minor units as decimal text', () => {
  const both: readonly (readonly [string, string, string])[] = [
    ['129900', 'CNY', '1299.00'], ['5', 'CNY', '0.05'], ['0', 'CNY', '0.00'], ['-5', 'CNY', '-0.05'],
    ['1299', 'JPY', '1299'], ['0', 'JPY', '0'],
    ['1299', 'KWD', '1.299'], ['1', 'KWD', '0.001'], ['-123456', 'USD', '-1234.56'],
    // Past 2^53, where a float would have lost the last digits.
    ['9007199254740993', 'CNY', '90071992547409.93'], ['12345678901234567890', 'EUR', '123456789012345678.90'],
  ]
  for (const [cents, currency, decimal] of both) {
    test(`${cents} of ${currency} is ${decimal}, and back`, () => {
      assert.equal(centsToDecimal(cents, currency), decimal)
      assert.equal(decimalToCents(decimal, currency), cents)
    })
  }

  test('leading zeros and a negative zero are read as what they mean', () => {
    assert.equal(centsToDecimal('000129900', 'CNY'), '1299.00')
    assert.equal(centsToDecimal('-000', 'CNY'), '0.00')
  })

  for (const cents of ['', '12,5O', '12.50', '1e3', ' 5', '5 ', '+5', '--5', '０', '5\n', 'NaN', '9'.repeat(31)]) {
    test(`${JSON.stringify(cents)} is no number of cents`, () => assert.equal(centsToDecimal(cents, 'CNY'), null))
  }

  for (const currency of ['', 'RMB', 'cny', 'CNY ', 'XYZ', '¥', 'constructor']) {
    test(`${JSON.stringify(currency)} is no currency`, () => {
      assert.equal(minorDigits(currency), null)
      assert.equal(centsToDecimal('5', currency), null)
      assert.equal(decimalToCents('5', currency), null)
    })
  }
})

describe('decimal text as whole minor units', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['12.5', 'CNY', '1250'], ['0012.50', 'CNY', '1250'], ['12', 'CNY', '1200'], ['1.10000', 'CNY', '110'],
    ['-0.00', 'CNY', '0'], ['1.00', 'JPY', '1'],
    ['1.005', 'CNY', null], ['1.5', 'JPY', null], ['0.0001', 'KWD', null],
  ]
  for (const [decimal, currency, cents] of cases) {
    test(`${decimal} in ${currency} is ${String(cents)}`, () => assert.equal(decimalToCents(decimal, currency), cents))
  }

  for (const text of ['', '.', '1.', '.5', '1e2', '1,5', ' 1', '1 ', '+1', '0x1', '1_000', '９', 'Infinity', '1\n', '9'.repeat(21)]) {
    test(`${JSON.stringify(text)} is no decimal number`, () => {
      assert.equal(isDecimal(text), false)
      assert.equal(decimalToCents(text, 'CNY'), null)
    })
  }
})
