/* What people write: made fit to be shown, or refused. */

/**
 * Bidirectional controls, which make text look as what it is not (Unicode Standard Annex 9, section 2), and all else that no screen shows: blank letters,
 * tags, joiners. Variation selectors stay, as names are written with them.
 */
const deceptive = /(?!\p{Variation_Selector})\p{Default_Ignorable_Code_Point}/gu
/** Control characters (C0, DEL, C1), line and paragraph separators. */
const control = /[\p{Cc}\u2028\u2029]/gu

/** One line, as a name or a label is shown among others': no controls, no runs of blanks, at most `max` characters; null where nothing is left. */
export const cleanLine = (text: string, max: number): string | null => {
  const clean = text.toWellFormed().normalize('NFC').replaceAll(control, ' ').replaceAll(deceptive, '').replaceAll(/\s+/gu, ' ').trim()
  const cut = [...clean].slice(0, max).join('').trim()
  return cut.replaceAll(/\p{Variation_Selector}/gu, '') === '' ? null : cut
}

/** What somebody is called among others: their name as a line, and their id where nothing of it can be shown. */
export const nameOf = ({ id, name }: { readonly id: string; readonly name: string }): string => cleanLine(name, 100) ?? id

/**
 * A text of several lines as it was written, but for what no screen shows and no database keeps: controls other than tabs and line breaks. Joiners stay, as
 * scripts and emoji are written with them. Null where nothing but blanks, or what nobody sees, is left.
 */
export const cleanText = (text: string): string | null => {
  const clean = text.toWellFormed().normalize('NFC').replaceAll(/\r\n?/gu, '\n').replaceAll(/[^\P{Cc}\t\n]/gu, '').replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
  return clean.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '').trim() === '' ? null : clean
}

/** As UTF-16 counts it, which is what a client sees. */
export const isTooLong = (text: string, max: number): boolean => text.length > max

/** Words of a search: what is between blanks and controls, which no text has. */
export const wordsOf = (text: string, max: number): readonly string[] => [...new Set(text.toWellFormed().normalize('NFC').split(/[\s\p{Cc}]+/u).filter((word) => word !== ''))].slice(0, max)
