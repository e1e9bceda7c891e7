import type { Language } from '../types.ts'

/** One article in both languages. `body`: Confluence's storage format. */
export type Topic = Readonly<Record<Language, Draft>> & { readonly space: 'SUP' | 'DEV' }

export type Draft = { readonly title: string; readonly body: string }

type Text = readonly [title: string, ...body: string[]]

export const topic = (space: Topic['space'], zh: Text, en: Text): Topic =>
  ({ space, zh: draft(zh), en: draft(en) })

const draft = ([title, ...body]: Text): Draft => ({ title, body: body.join('') })
