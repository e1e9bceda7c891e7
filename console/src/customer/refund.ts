/* What an agent types as a refund, as decimal text: no float ever holds money. */

export type Money = { readonly amount: string; readonly currency: string }

export type RefundAmount =
  /** As much as the order cost. */
  | { readonly is: 'WHOLE' }
  | { readonly is: 'PART'; readonly amount: string }
  | { readonly is: 'INVALID'; readonly why: 'NO_NUMBER' | 'NOTHING' | 'TOO_FINE' | 'TOO_MUCH' }

const decimal = /^0*(\d{1,20})(?:\.(\d{0,10}))?$/

/** Digits after the point that a currency has; null for one that is unknown. */
export const minorDigits = (currency: string): number | null => {
  if (!Intl.supportedValuesOf('currency').includes(currency)) return null
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? null
}

const toUnits = (whole: string, fraction: string, digits: number): bigint => BigInt(`${whole}${fraction.padEnd(digits, '0')}`)

/** Full-width digits and stops, as Chinese input methods leave them, are those that they stand for. */
const plain = (typed: string) => typed.normalize('NFKC').replaceAll('。', '.').trim()

const invalid = (why: Extract<RefundAmount, { is: 'INVALID' }>['why']): RefundAmount => ({ is: 'INVALID', why })

/** Nothing typed is the whole. Separators of thousands are refused: what a comma means depends on who types it. */
export const parseRefundAmount = (typed: string, total: Money | null): RefundAmount => {
  const text = plain(typed)
  if (text === '') return { is: 'WHOLE' }
  const [matched, whole = '', fraction = ''] = decimal.exec(text) ?? []
  if (matched === undefined) return invalid('NO_NUMBER')
  const fine = fraction.replace(/0+$/, '')
  const digits = (total && minorDigits(total.currency)) ?? Math.max(2, fine.length)
  if (fine.length > digits) return invalid('TOO_FINE')
  const units = toUnits(whole, fine, digits)
  if (units === 0n) return invalid('NOTHING')
  if (total && isLess(total.amount, units, digits)) return invalid('TOO_MUCH')
  return { is: 'PART', amount: digits === 0 ? whole : `${whole}.${fine.padEnd(digits, '0')}` }
}

/** A total that can't be read holds nothing back: the order system decides. */
const isLess = (total: string, units: bigint, digits: number): boolean => {
  const [matched, whole = '', fraction = ''] = decimal.exec(total) ?? []
  if (matched === undefined || fraction.replace(/0+$/, '').length > digits) return false
  return toUnits(whole, fraction.slice(0, digits), digits) < units
}

const isNumeric = (text: string): text is `${number}` => /^-?\d{1,20}(\.\d{1,10})?$/.test(text)

/** As people of that language write it; a number or a currency that is none stays as it came. */
export const formatMoney = (tag: string, { amount, currency }: Money): string => {
  if (!isNumeric(amount) || minorDigits(currency) === null) return `${amount} ${currency}`.trim()
  return new Intl.NumberFormat(tag, { style: 'currency', currency, currencyDisplay: 'code' }).format(amount)
}
