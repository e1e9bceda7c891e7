import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { CutArticle } from './messages.ts'

export type Writer = {
  /** All of them or none, with what is to be remembered. */
  put(articles: readonly CutArticle[], remember: Readonly<Record<string, string>>): void
  remove(ids: readonly string[], remember: Readonly<Record<string, string>>): void
}

/** The passages of an article have keys in a row. */
const passagesOfArticle = '(select first_passage from article where key = ?1) and (select last_passage from article where key = ?1)'

const prepare = (database: DatabaseSync) => ({
  remember: database.prepare('insert into remembered (name, value) values (?, ?) on conflict do update set value = excluded.value'),
  find: database.prepare('select key, digest from article where id = ?'),
  findAccess: database.prepare('select key from access where readers = ?'),
  addAccess: database.prepare('insert into access (readers) values (?) returning key'),
  grant: database.prepare('insert into granted (reader, access) values (?, ?)'),
  touch: database.prepare('update article set access = ?, updated_at = ? where key = ?'),
  touchPassages: database.prepare(`update passage set access = ?2 where key between ${passagesOfArticle} and access <> ?2`),
  addArticle: database.prepare(`
    insert into article (id, source, title, access, updated_at, revision, digest, sketch, language, length, first_passage, last_passage, key)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  addPassage: database.prepare('insert into passage (key, article, access, source) values (?, ?, ?, ?)'),
  addText: database.prepare('insert into passage_text (key, text) values (?, ?)'),
  addTerms: database.prepare('insert into terms (rowid, title, headings, body, tags, strong, pairs) values (?, ?, ?, ?, ?, ?, ?)'),
  dropTerms: database.prepare(`delete from terms where rowid between ${passagesOfArticle}`),
  dropTexts: database.prepare(`delete from passage_text where key between ${passagesOfArticle}`),
  dropPassages: database.prepare(`delete from passage where key between ${passagesOfArticle}`),
  dropArticle: database.prepare('delete from article where key = ?'),
  lastPassage: database.prepare('select max(key) as key from passage'),
  lastArticle: database.prepare('select max(key) as key from article'),
})

type Statements = ReturnType<typeof prepare>

/** `access`: keys that are known, by readers. */
type Writing = { readonly statements: Statements; readonly access: Map<string, number> }

const keyOf = (row: Record<string, unknown> | undefined): number => {
  if (typeof row?.['key'] !== 'number') throw new Error('the index gave no key')
  return row['key']
}

/** The readers of an article as one number: many articles share one set. */
const accessOf = ({ statements, access }: Writing, readers: readonly string[]): number => {
  const set = JSON.stringify(readers)
  const before = access.get(set)
  if (before !== undefined) return before
  const known = statements.findAccess.get(set)
  const key = keyOf(known ?? statements.addAccess.get(set))
  if (!known) for (const reader of readers) statements.grant.run(reader, key)
  access.set(set, key)
  return key
}

const drop = (statements: Statements, key: number) => {
  for (const statement of [statements.dropTerms, statements.dropTexts, statements.dropPassages, statements.dropArticle]) statement.run(key)
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array) => new Uint8Array(buffer, byteOffset, byteLength)
const lastOf = (statement: StatementSync): number => Number(statement.get()?.['key'] ?? 0)

const addPassages = (statements: Statements, { source, words, tags, passages }: CutArticle, { key, access, first }: { readonly key: number; readonly access: number; readonly first: number }) => {
  for (const [index, { text, headings, body, strong, pairs }] of passages.entries()) {
    statements.addPassage.run(first + index, key, access, source)
    statements.addText.run(first + index, text)
    statements.addTerms.run(first + index, words, headings, body, tags, strong, pairs)
  }
}

const putOne = (writing: Writing, article: CutArticle) => {
  const { statements } = writing
  const access = accessOf(writing, article.readers)
  const known = statements.find.get(article.id)
  if (known?.['digest'] === article.digest) {
    statements.touchPassages.run(keyOf(known), access)
    statements.touch.run(access, article.updatedAt, keyOf(known))
    return
  }
  if (known) drop(statements, keyOf(known))
  const { id, source, title, language, length, revision, updatedAt, digest, sketch, passages } = article
  const [key, first] = [lastOf(statements.lastArticle) + 1, lastOf(statements.lastPassage) + 1]
  statements.addArticle.run(id, source, title, access, updatedAt, revision, digest, bytesOf(sketch), language, length, first, first + passages.length - 1, key)
  addPassages(statements, article, { key, access, first })
}

export const openWriter = (database: DatabaseSync): Writer => {
  const writing: Writing = { statements: prepare(database), access: new Map() }
  const { statements } = writing
  const inTransaction = (remember: Readonly<Record<string, string>>, work: () => void) => {
    database.exec('begin immediate')
    try {
      work()
      for (const [name, value] of Object.entries(remember)) statements.remember.run(name, value)
      database.exec('commit')
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      writing.access.clear()
      throw error
    }
  }
  return {
    put: (articles, remember) => inTransaction(remember, () => {
      for (const article of articles) putOne(writing, article)
    }),
    remove: (ids, remember) => inTransaction(remember, () => {
      for (const id of ids) {
        const known = statements.find.get(id)
        if (known) drop(statements, keyOf(known))
      }
    }),
  }
}
