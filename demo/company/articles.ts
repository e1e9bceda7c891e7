import { dayMs, isoTime, presentMs } from './calendar.ts'
import { openChance, type Chance } from './chance.ts'
import { accounts } from './topics/accounts.ts'
import { apiErrors } from './topics/api-errors.ts'
import { apiGuides } from './topics/api-guides.ts'
import { delivery } from './topics/delivery.ts'
import { invoices } from './topics/invoices.ts'
import { orderGuides } from './topics/order-guides.ts'
import { refunds } from './topics/refunds.ts'
import { returns } from './topics/returns.ts'
import type { Draft, Topic } from './topics/topic.ts'
import type { Language, TheirArticle } from './types.ts'

const firstId = 98_311

const authors: Readonly<Record<Language, readonly [string, ...string[]]>> = {
  zh: ['陈晓', '周敏', '李浩然'],
  en: ['Nora Lindqvist', 'Tom Baker', 'Chloé Moreau'],
}

/** Sixty topics, each in Chinese and in English: 120 articles. */
export const writeArticles = (): readonly TheirArticle[] => {
  const chance = openChance(98_311)
  const topics = [...refunds, ...delivery, ...apiErrors, ...invoices, ...accounts, ...returns, ...orderGuides, ...apiGuides]
  let id = firstId
  return topics.flatMap((topic) => languages.map((language) => {
    const article = publish(id, topic.space, language, topic[language], chance)
    id += chance.between(1, 24)
    return article
  }))
}

const languages: readonly Language[] = ['zh', 'en']

const publish = (id: number, spaceKey: Topic['space'], language: Language, { title, body }: Draft, chance: Chance): TheirArticle => ({
  id,
  spaceKey,
  title,
  language,
  body,
  path: `/display/${spaceKey}/${id}`,
  version: chance.between(1, 23),
  updatedAt: isoTime(presentMs - Math.floor(chance.between(2, 700) * dayMs + chance.fraction() * dayMs)),
  author: chance.pick(authors[language]),
})
