/* What a key means to whoever writes, input methods included. Pure. */

export type KeyPress = {
  readonly key: string
  readonly keyCode: number
  readonly shiftKey: boolean
  readonly isComposing: boolean
  /** ms, on the clock of `lastCompositionEnd`. */
  readonly timeStamp: number
}

/** Safari's Enter that commits comes after `compositionend`, with this code, and at once. */
const committingKeyCode = 229
const committingMs = 100

/**
 * The key belongs to an input method. No flag that `compositionstart` sets: a value that is replaced in the middle ends a composition without `compositionend`.
 * Late, 229 is an Enter like any other: Chrome on macOS sends it with Pinyin.
 */
export const isOfInputMethod = ({ isComposing, keyCode, timeStamp }: KeyPress, lastCompositionEnd: number): boolean =>
  isComposing || (keyCode === committingKeyCode && timeStamp - lastCompositionEnd < committingMs)

/** Enter sends; with Shift it breaks the line. */
export const sends = (press: KeyPress, lastCompositionEnd: number): boolean =>
  (press.key === 'Enter' || press.keyCode === 13) && !press.shiftKey && !isOfInputMethod(press, lastCompositionEnd)
