import { chat } from './chat.ts'
import { customer } from './customer.ts'
import { frame } from './frame.ts'
import { fuses } from './fuses.ts'
import { guide } from './guide.ts'
import { inbox } from './inbox.ts'
import { language, useLanguage } from './language.ts'
import type { Language } from './language.ts'

/*
 * Every word that people read, by part of the console and by language. Both languages of a part have the same keys: the compiler holds them to it.
 */

const wordsOf = (one: Language) => ({ frame: frame[one], inbox: inbox[one], chat: chat[one], customer: customer[one], guide: guide[one], fuses: fuses[one] })

const all = { en: wordsOf('en'), zh: wordsOf('zh') }

export type Words = ReturnType<typeof wordsOf>

export const useWords = (): Words => all[useLanguage()]
export const currentWords = (): Words => all[language.get()]
