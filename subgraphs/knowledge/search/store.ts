import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/* The file: SQLite with FTS5, one writer and one reader, each in a thread of its own, which WAL keeps out of each other's way. */

/** Of this layout, and of how texts become tokens: another number begins anew. */
const layout = 1
/** 'FBKS': the file is one of ours. */
const applicationId = 0x46424b53
const cacheKiB = 48_000

const tables = `
  create table remembered (name text primary key, value text not null) without rowid;
  create table access (key integer primary key, readers text not null unique);
  create table granted (reader text not null, access integer not null, primary key (reader, access)) without rowid;
  create table article (
    key integer primary key, id text not null unique, source text not null, title text not null, access integer not null, updated_at real not null, revision text not null,
    digest text not null, sketch blob not null, language text not null, length integer not null, first_passage integer not null, last_passage integer not null
  );
  create index article_by_source on article (source, access);
  create table passage (key integer primary key, article integer not null, access integer not null, source text not null);
  create table passage_text (key integer primary key, text text not null);
  create virtual table terms using fts5(title, headings, body, tags, strong, pairs, content='', contentless_delete=1, tokenize="ascii");
  create virtual table vocabulary using fts5vocab(terms, row);
  insert into terms (terms, rank) values ('hashsize', 8388608);
  pragma application_id = ${applicationId};
  pragma user_version = ${layout};
`

const numberOf = (database: DatabaseSync, sql: string): number => {
  const [value] = Object.values(database.prepare(sql).get() ?? {})
  return typeof value === 'number' ? value : 0
}

const connect = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 5000; pragma cache_size = -${cacheKiB}; pragma temp_store = memory; pragma wal_autocheckpoint = 4000`)
  return database
}

/** Beside a file that was closed in order, how it was then: to read it from one end to the other takes seconds, and is of use only where somebody or something else may have written to it. */
const sealOf = (file: string): string => `${file}.sound`
const describe = (file: string): string => {
  const { size, mtimeMs } = statSync(file)
  return JSON.stringify({ size, mtimeMs: Math.floor(mtimeMs) })
}

/** After the last connection was closed. */
export const seal = (file: string): void => writeFileSync(sealOf(file), describe(file))

/** Breaks the seal: from now on the file changes. */
const unseal = (file: string): boolean => {
  const known = existsSync(sealOf(file)) ? readFileSync(sealOf(file), 'utf8') : null
  rmSync(sealOf(file), { force: true })
  return known === describe(file) && !existsSync(`${file}-wal`)
}

/** Why a file can't be used; null where it can. One that may not be as it was left is read from one end to the other: a page that is broken fails a search much later otherwise. */
const faultOf = (database: DatabaseSync, isSound: boolean): string | null => {
  if (numberOf(database, 'pragma application_id') !== applicationId) return 'it is another file'
  if (numberOf(database, 'pragma user_version') !== layout) return 'it is of another layout'
  // At least what everything begins with is looked at.
  numberOf(database, 'select rowid from terms limit 1')
  if (isSound) return null
  const [found] = Object.values(database.prepare('pragma quick_check(1)').get() ?? {})
  return found === 'ok' ? null : String(found)
}

const openExisting = (file: string): DatabaseSync | string => {
  let database: DatabaseSync | null = null
  try {
    const isSound = unseal(file)
    database = connect(file)
    const fault = faultOf(database, isSound)
    if (fault === null) return database
    database.close()
    return fault
  } catch (error) {
    if (database?.isOpen === true) database.close()
    return error instanceof Error ? error.message : String(error)
  }
}

const begin = (file: string): DatabaseSync => {
  const database = connect(file)
  database.exec(`begin; ${tables} commit`)
  return database
}

/** The last one that was put aside is kept: somebody may want to know what was wrong with it. */
const putAside = (file: string): string => {
  const aside = `${file}.broken`
  for (const end of ['', '-wal', '-shm']) if (existsSync(`${file}${end}`)) renameSync(`${file}${end}`, `${aside}${end}`)
  return aside
}

export type Opened = { readonly database: DatabaseSync; readonly aside: { readonly file: string; readonly why: string } | null }

/** Throws where the file's folder can't be written to. */
export const openForWriting = (file: string): Opened => {
  mkdirSync(path.dirname(file), { recursive: true })
  if (!existsSync(file)) return { database: begin(file), aside: null }
  const existing = openExisting(file)
  if (typeof existing !== 'string') return { database: existing, aside: null }
  const aside = { file: putAside(file), why: existing }
  return { database: begin(file), aside }
}

export const openForReading = (file: string): DatabaseSync => {
  const database = connect(file)
  database.exec('pragma query_only = true')
  return database
}
