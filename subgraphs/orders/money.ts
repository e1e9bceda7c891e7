/** Amounts as decimal text, and as whole minor units ("cents") that backends count in. Text and digits only: no float ever holds money. */

const fractionDigits = new Map<string, number | null>()

/** Digits after the point in an ISO 4217 currency: 2 for CNY, 0 for JPY, 3 for KWD. Null where the code is none. */
export function minorDigits(currency: string): number | null {
  const known = fractionDigits.get(currency)
  if (known !== undefined) return known
  const digits = isCurrency(currency)
    ? new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? null
    : null
  // Only codes that exist are remembered, so that a backend's rubbish can't fill the memory.
  if (digits !== null) fractionDigits.set(currency, digits)
  return digits
}

const currencies = new Set(Intl.supportedValuesOf('currency'))
const isCurrency = (code: string): boolean => currencies.has(code)

const CENTS = /^(-?)0*(\d{1,30})$/

/** `129900` of CNY → `1299.00`; null where the text is no whole number or the currency is none. */
export function centsToDecimal(cents: string, currency: string): string | null {
  const match = CENTS.exec(cents)
  const digits = minorDigits(currency)
  if (match === null || digits === null) return null
  const [, minus = '', figures = ''] = match
  const padded = figures.padStart(digits + 1, '0')
  const whole = padded.slice(0, padded.length - digits)
  const sign = /^0+$/.test(figures) ? '' : minus
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${padded.slice(-digits)}`
}

const DECIMAL = /^(-?)0*(\d{1,20})(?:\.(\d{1,10}))?$/

/** True for decimal text such as `12`, `12.5` or `-0.05`: no exponent, no blanks, no separators. */
export const isDecimal = (text: string): boolean => DECIMAL.test(text)

/** `12.5` in CNY → `1250`; null where the text is no decimal number, finer than the currency, or the currency is none. */
export function decimalToCents(decimal: string, currency: string): string | null {
  const match = DECIMAL.exec(decimal)
  const digits = minorDigits(currency)
  if (match === null || digits === null) return null
  const [, minus = '', whole = '', fraction = ''] = match
  const fine = fraction.replace(/0+$/, '')
  if (fine.length > digits) return null
  const cents = `${whole}${fine.padEnd(digits, '0')}`.replace(/^0+(?=\d)/, '')
  return cents === '0' ? '0' : `${minus}${cents}`
}
