import { z } from 'zod'
import type { Database } from '../../prisma/client.ts'
import { isKeepable, openSql } from '../sql.ts'
import type { Select } from '../sql.ts'
import type { Article, ListedArticle } from './backend.ts'
import type { KeptArticle, Library, Progress, Read, SourceState } from './library.ts'

const number = z.union([z.bigint(), z.number()]).transform(Number)
const time = z.date().transform((date) => date.getTime())

const progress = z.array(z.object({ marker: z.string().nullable(), swept_at: time.nullable() }).transform(({ marker, swept_at: sweptAt }): Progress => ({ marker, sweptAt })))
const ids = z.array(z.object({ id: z.string() }).transform(({ id }) => id))
const places = z.array(z.object({ last_change: number }))

const kept = z.array(
  z
    .object({
      source: z.string(), id: z.string(), change: number, is_gone: z.boolean(), title: z.string(), body: z.string(), url: z.string().nullable(), revision: z.string(),
      updated_at: z.date(), author: z.string().nullable(), tags: z.array(z.string()), place: z.string(), is_restricted: z.boolean(), readers: z.array(z.string()),
    })
    .transform(({ is_gone: isGone, updated_at: updatedAt, is_restricted: isRestricted, readers, ...row }): KeptArticle =>
      ({ ...row, isGone, updatedAt: updatedAt.toISOString(), readers: isRestricted ? readers : null })),
)

const sources = z.array(
  z
    .object({ name: z.string(), last_change: number, synced_at: time.nullable(), failure_code: z.string().nullable() })
    .transform((row): SourceState => ({ name: row.name, lastChange: row.last_change, syncedAt: row.synced_at, failureCode: row.failure_code })),
)

const nothing = z.unknown()
const seconds = (ms: number): number => Math.ceil(ms / 1_000)

const leaseStatement = `
  UPDATE knowledge_source SET leased_by = $2, leased_until = now() + $3::int * interval '1 second'
  WHERE name = $1 AND (leased_by = $2 OR leased_until IS NULL OR leased_until < now()) RETURNING marker, swept_at`

/** The row stays locked until the commit, so that the numbers of changes are in the order of commits. */
const placeStatement = `
  UPDATE knowledge_source SET last_change = last_change + $3::int,
    marker = CASE WHEN $4::bool THEN $5 ELSE marker END, synced_at = coalesce($6::timestamptz, synced_at), swept_at = coalesce($7::timestamptz, swept_at),
    failure_code = CASE WHEN $8::bool THEN $9 ELSE failure_code END
  WHERE name = $1 AND leased_by = $2 AND leased_until > now() RETURNING last_change`

const columns = 'id text, index int, title text, body text, url text, revision text, updated_at timestamptz, author text, tags text[], place text, is_restricted bool, readers text[]'
const written = ['title', 'body', 'url', 'revision', 'updated_at', 'author', 'tags', 'place', 'is_restricted', 'readers'] as const

const writeStatement = `
  INSERT INTO knowledge_article (source, id, change, is_gone, ${written.join(', ')})
  SELECT $1, r.id, $2::bigint + r.index, false, ${written.map((column) => `r.${column}`).join(', ')} FROM jsonb_to_recordset($3::jsonb) AS r(${columns})
  ON CONFLICT (source, id) DO UPDATE SET change = excluded.change, is_gone = false, ${written.map((column) => `${column} = excluded.${column}`).join(', ')}
  WHERE knowledge_article.is_gone OR (${written.map((column) => `knowledge_article.${column}`).join(', ')}) IS DISTINCT FROM (${written.map((column) => `excluded.${column}`).join(', ')})`

const moveStatement = `
  UPDATE knowledge_article a SET change = $2::bigint + r.index, place = r.place, is_restricted = r.is_restricted, readers = r.readers
  FROM jsonb_to_recordset($3::jsonb) AS r(id text, index int, place text, is_restricted bool, readers text[])
  WHERE a.source = $1 AND a.id = r.id AND NOT a.is_gone AND (a.place, a.is_restricted, a.readers) IS DISTINCT FROM (r.place, r.is_restricted, r.readers)`

/** What is gone is no longer read by anybody, and so not kept. */
const goneStatement = `
  UPDATE knowledge_article a SET change = $2::bigint + r.index, is_gone = true, title = '', body = '', url = NULL, author = NULL, tags = '{}'
  FROM jsonb_to_recordset($3::jsonb) AS r(id text, index int) WHERE a.source = $1 AND a.id = r.id AND NOT a.is_gone`

const keptColumns = `source, id, change, is_gone, ${written.join(', ')}`

const sourcesStatement = 'SELECT name, last_change, synced_at, failure_code FROM knowledge_source ORDER BY name'

const toReaders = ({ readers }: Pick<Article, 'readers'>) => ({ is_restricted: readers !== null, readers: readers ?? [] })

/** The database keeps no NUL and no half of a character. */
const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '')

const toRow = (article: Article, index: number) => ({
  ...{ id: article.id, index, title: clean(article.title), body: clean(article.body), url: article.url, revision: article.revision, updated_at: article.updatedAt },
  ...{ author: article.author === null ? null : clean(article.author), tags: article.tags.map(clean), place: article.place, ...toReaders(article) },
})

/** Of the same id the last one holds. */
const once = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] => [...new Map(all.filter(({ id }) => isKeepable(id)).map((one) => [one.id, one])).values()]

const iso = (at: number | undefined): string | null => (at === undefined ? null : new Date(at).toISOString())

const keepIn = async (select: Select, source: string, holder: string, read: Read): Promise<boolean> => {
  const articles = once(read.written ?? [])
  const moved = once<ListedArticle>(read.moved ?? [])
  const gone = once((read.gone ?? []).map((id) => ({ id })))
  const count = articles.length + moved.length + gone.length
  const { marker, failureCode } = read
  const [place] = await select(
    places, placeStatement, source, holder, count, marker !== undefined, marker ?? null, iso(read.syncedAt), iso(read.sweptAt), failureCode !== undefined, failureCode ?? null,
  )
  if (!place) return false
  const first = place.last_change - count + 1
  const at = (offset: number) => first + offset
  if (articles.length > 0) await select(nothing, writeStatement, source, at(0), JSON.stringify(articles.map(toRow)))
  if (moved.length > 0) await select(nothing, moveStatement, source, at(articles.length), JSON.stringify(moved.map((one, index) => ({ id: one.id, index, place: one.place, ...toReaders(one) }))))
  if (gone.length > 0) await select(nothing, goneStatement, source, at(articles.length + moved.length), JSON.stringify(gone.map(({ id }, index) => ({ id, index }))))
  return true
}

/** In PostgreSQL, or in PGlite. Does not own the database. */
export const openLibrary = (database: Database): Library => {
  const sql = openSql(database, { name: 'knowledge' })
  return {
    lease: async (source, holder, forMs) => {
      await sql.select(nothing, 'INSERT INTO knowledge_source (name) VALUES ($1) ON CONFLICT (name) DO NOTHING', source)
      return (await sql.select(progress, leaseStatement, source, holder, seconds(forMs)))[0] ?? null
    },
    release: async (source, holder) => {
      await sql.select(nothing, 'UPDATE knowledge_source SET leased_by = NULL, leased_until = NULL WHERE name = $1 AND leased_by = $2', source, holder)
    },
    keep: (source, holder, read) => sql.transaction((select) => keepIn(select, source, holder, read)),
    listKept: (source, after, limit) =>
      sql.select(ids, "SELECT id FROM knowledge_article WHERE source = $1 AND NOT is_gone AND id > coalesce($2, '') ORDER BY id LIMIT $3::int", source, after, limit),
    listChanged: (source, change, limit) =>
      sql.select(kept, `SELECT ${keptColumns} FROM knowledge_article WHERE source = $1 AND change > $2::bigint ORDER BY change LIMIT $3::int`, source, change, limit),
    find: async (source, wanted) => {
      const found = await sql.select(kept, `SELECT ${keptColumns} FROM knowledge_article WHERE source = $1 AND id = ANY($2::text[]) AND NOT is_gone`, source, wanted.filter(isKeepable))
      const byId = new Map(found.map((one) => [one.id, one]))
      return wanted.map((id) => byId.get(id) ?? null)
    },
    listSources: () => sql.select(sources, sourcesStatement),
  }
}
