import { z } from 'zod'
import { Malformed } from '../errors.ts'
import type { HttpAnswer } from './http.ts'
import { decodeXml, parseXml } from './xml.ts'

/** Subversion's log report (`svn:log-report`, as its own clients ask for it). */

/** One path that a revision changed. `path` is from the repository's root on, whatever folder was asked about. */
export type SvnLogPath = {
  readonly action: 'added' | 'modified' | 'deleted' | 'replaced'
  readonly path: string
  /** Of what is there after the change, or was before it was deleted; null from servers before 1.6. */
  readonly kind: 'file' | 'dir' | null
  /** Came with all that was in it: of what is below, only what was changed on the way is listed. */
  readonly isCopy: boolean
}

export type SvnLogEntry = { readonly revision: number; readonly paths: readonly SvnLogPath[] }

/** From a revision to the youngest, without what people wrote of it. */
export const logReport = (from: number, limit: number): string => [
  '<?xml version="1.0" encoding="utf-8"?>',
  `<S:log-report xmlns:S="svn:"><S:start-revision>${from}</S:start-revision><S:limit>${limit}</S:limit>`,
  '<S:discover-changed-paths/><S:no-revprops/><S:path></S:path></S:log-report>',
].join('')

const actions = ['added', 'modified', 'deleted', 'replaced'] as const
const elements = actions.map((action) => `${action}-path`)

const place = z.union([
  z.string().transform((path): { readonly '#text': string; readonly '@_node-kind'?: string | undefined; readonly '@_copyfrom-path'?: string | undefined } => ({ '#text': path })),
  z.object({ '#text': z.string(), '@_node-kind': z.string().optional(), '@_copyfrom-path': z.string().optional() }),
])

const places = z.array(place).default([])

const item = z
  .object({
    'version-name': z.string().regex(/^\d{1,15}$/).transform(Number),
    'added-path': places, 'modified-path': places, 'deleted-path': places, 'replaced-path': places,
  })
  .transform((told): SvnLogEntry => ({
    revision: told['version-name'],
    paths: actions.flatMap((action) => told[`${action}-path`].map((one): SvnLogPath => ({
      action, path: one['#text'], kind: kindOf(one['@_node-kind']), isCopy: one['@_copyfrom-path'] !== undefined,
    }))),
  }))

const kindOf = (told: string | undefined): SvnLogPath['kind'] => (told === 'file' || told === 'dir' ? told : null)

const report = z.object({
  'log-report': z.preprocess((value) => (value === '' ? {} : value), z.object({ 'log-item': z.array(item).default([]) })),
})

/** Throws `Malformed`, also for revisions that do not ascend from `from` on: whoever follows them would never come to an end. */
export const readLog = (backend: string, answer: HttpAnswer, from: number): readonly SvnLogEntry[] => {
  const xml = parseXml(backend, decodeXml(backend, answer, 'utf-8'), { arrays: ['log-item', ...elements], bareNames: true })
  const parsed = report.safeParse(xml)
  if (!parsed.success) throw new Malformed(backend, `no log report: ${z.prettifyError(parsed.error)}`)
  const entries = parsed.data['log-report']['log-item']
  const isAscending = entries.every(({ revision }, at) => revision >= (at === 0 ? from : (entries[at - 1]?.revision ?? 0) + 1))
  if (!isAscending) throw new Malformed(backend, 'a log whose revisions do not ascend')
  return entries
}
