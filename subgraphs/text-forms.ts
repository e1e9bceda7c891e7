/* One form for what people write in several: shared by whatever reads text, so that a word is the same wherever it stands. */

/** Zero-width characters, bidirectional controls, joiners, selectors: what no screen shows (Unicode Standard, section 5.21). */
const invisible = /\p{Default_Ignorable_Code_Point}/gu
const apostrophes = /[\u2018\u2019\u02bc\u0060\u00b4]/gu

/** Without what nobody sees. Well-formed. */
export const visibleText = (text: string): string => text.toWellFormed().replaceAll(invisible, '')

/** Visible, one apostrophe however it was typed, full-width as half-width, small letters. May be longer than it was, by up to eighteen times (NFKC). */
export const foldText = (text: string): string => visibleText(text).replaceAll(apostrophes, '\'').normalize('NFKC').toLowerCase()

export const hasHan = (text: string): boolean => /\p{Script=Han}/u.test(text)
