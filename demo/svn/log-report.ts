import { z } from 'zod'
import { parseXml } from '../../fuse/wires/xml.ts'
import { escapeXml } from './multistatus.ts'
import type { SvnRepository } from './repository.ts'
import type { ChangedPath } from './changed-paths.ts'

const asked = z.object({
  'log-report': z.object({
    'start-revision': z.string().regex(/^\d+$/).transform(Number),
    limit: z.string().regex(/^\d+$/).transform(Number).default(0),
  }),
})

/** What a client wants to know; throws for what is no log report. `limit` 0: all. */
export const askedLog = (body: Buffer): { readonly from: number; readonly limit: number } => {
  const { 'start-revision': from, limit } = asked.parse(parseXml('svn', body.toString('utf8'), { arrays: [], bareNames: true }))['log-report']
  return { from, limit }
}

/** As mod_dav_svn writes it where it was asked for changed paths and no revision properties. */
export const logReportOf = (repository: SvnRepository, path: string, { from, limit }: { readonly from: number; readonly limit: number }): string => {
  const revisions = historyOf(repository, path).filter((revision) => revision >= from)
  const wanted = limit === 0 ? revisions : revisions.slice(0, limit)
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<S:log-report xmlns:S="svn:" xmlns:D="DAV:">',
    ...wanted.flatMap((revision) => ['<S:log-item>', ...repository.changedPaths(revision).map(writePath), `<D:version-name>${revision}</D:version-name>`, '</S:log-item>']),
    '</S:log-report>',
    '',
  ].join('\n')
}

const writePath = ({ action, path, kind, copy, textMods }: ChangedPath): string => {
  const from = copy === null ? '' : ` copyfrom-path="${escapeXml(`/${copy.path}`)}" copyfrom-rev="${copy.revision}"`
  return `<S:${action}-path${from} node-kind="${kind}" text-mods="${String(textMods)}" prop-mods="false">${escapeXml(`/${path}`)}</S:${action}-path>`
}

/** The revisions that touched a path, followed back through the copies that it came by; ascending. */
const historyOf = (repository: SvnRepository, path: string): readonly number[] => {
  const found: number[] = []
  let name = path
  for (let revision = repository.youngest; revision >= 0; revision -= 1) {
    const changes = repository.changedPaths(revision)
    const isTouched = name === '' || changes.some((change) => change.path === name || change.path.startsWith(`${name}/`) || (change.copy !== null && name.startsWith(`${change.path}/`)))
    if (!isTouched) continue
    found.unshift(revision)
    const copied = changes.find(({ path: to, copy }) => copy !== null && (name === to || name.startsWith(`${to}/`)))
    if (copied?.copy) name = copied.copy.path + name.slice(copied.path.length)
    else if (changes.some(({ path: to, action }) => to === name && action !== 'modified')) break
  }
  return found
}
