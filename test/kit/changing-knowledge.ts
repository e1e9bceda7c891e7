import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { foundCompany, openShelf } from '../../demo/company.ts'
import type { Shelf } from '../../demo/company.ts'
import { demoKnowledge } from '../../demo/company/departments.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { patientFuse, startConsoleDesk } from './console-desk.ts'
import type { ConsoleDesk } from './console-desk.ts'
import { until } from './until.ts'

/** A console over a Confluence that changes while the hub reads it. */
export type KnowingDesk = AsyncDisposable & { readonly desk: ConsoleDesk; readonly shelf: Shelf }

/** Resolves when the articles have been read. */
export const startKnowingDesk = async (): Promise<KnowingDesk> => {
  await using opening = new AsyncDisposableStack()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-console-'))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))
  const shelf = openShelf(foundCompany().articles)
  const confluence = opening.use(await startConfluence({ port: 0, company: shelf }))
  const desk = opening.use(await startConsoleDesk({
    database: { dataDir },
    knowledge: { ...demoKnowledge, syncSeconds: 1, sweepMinutes: 1 },
    backends: { confluence: { ...patientFuse, url: confluence.url } },
  }))
  const admin = await desk.chat.people.somebody({ role: 'admin', name: 'reader' })
  await until(async () => JSON.stringify(await admin.get('{ knowledgeSources { name syncedAt } }', {}, 'knowledgeSources')).includes('"name":"confluence","syncedAt":"'))
  const opened = opening.move()
  return { desk, shelf, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
