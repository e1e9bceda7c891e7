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
import type { Topic } from './topics/topic.ts'
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
    const article = publish(id, topic, language, chance)
    id += chance.between(1, 24)
    return article
  }))
}

const languages: readonly Language[] = ['zh', 'en']

/** What not everybody may read: how the company finds out who is at the door, and what its own errors mean. */
const readersOf: ReadonlyMap<Topic | undefined, readonly string[]> = new Map([[accounts.at(-1), ['hr-only']], [apiErrors.at(-4), ['on-call', 'hr-only']]])

const publish = (id: number, topic: Topic, language: Language, chance: Chance): TheirArticle => ({
  id,
  spaceKey: topic.space,
  ...topic[language],
  language,
  path: `/display/${topic.space}/${id}`,
  version: chance.between(1, 23),
  updatedAt: isoTime(presentMs - Math.floor(chance.between(2, 700) * dayMs + chance.fraction() * dayMs)),
  author: chance.pick(authors[language]),
  tags: [spaceTags[topic.space], language],
  readers: readersOf.get(topic) ?? null,
})

const spaceTags: Readonly<Record<Topic['space'], string>> = { SUP: 'support', DEV: 'developers' }
