import { foldText } from '../../text-forms.ts'

/* What is read of a text. The same for examples and for questions. */

/** So many characters (UTF-16) of a text are looked at before it is cleaned, and so many after: what somebody wants is said at the beginning. */
const maxRead = 4_000
export const maxCharacters = 1_000

/** Without what nobody sees, full-width as half-width, small letters. Always well-formed. */
export const normalizeText = (text: string): string => foldText(text.slice(0, maxRead)).slice(0, maxCharacters).toWellFormed()

/**
 * Runs of one script each: Han, letters of any other (with their marks and inner apostrophes), digits, and the few signs that tell a question from a
 * complaint. All else only separates. Emoji too: they tell a mood, not a wish, and with few examples a rare one is a false hint.
 */
const runs = /\p{Script=Han}+|[[\p{L}\p{M}]--\p{Script=Han}]+(?:'[[\p{L}\p{M}]--\p{Script=Han}]+)*|\p{N}+|[?!$€£¥%]/gv
const hanFirst = /^\p{Script=Han}/u
const numberFirst = /^\p{N}/u
const letterFirst = /^[\p{L}\p{M}]/u

export type RunKind = 'han' | 'letters' | 'digits' | 'sign'
export type Run = { readonly kind: RunKind; readonly text: string }

const kindOf = (run: string): RunKind => {
  if (hanFirst.test(run)) return 'han'
  if (letterFirst.test(run)) return 'letters'
  return numberFirst.test(run) ? 'digits' : 'sign'
}

/** Numbers of four digits and more are somebody's order or phone: which one says nothing. Shorter ones may be a status or an amount. */
const plain = (kind: RunKind, run: string) => (kind === 'digits' && run.length > 3 ? '0000' : run)

export const splitRuns = (normalized: string): readonly Run[] =>
  (normalized.match(runs) ?? []).map((run) => {
    const kind = kindOf(run)
    return { kind, text: plain(kind, run) }
  })
