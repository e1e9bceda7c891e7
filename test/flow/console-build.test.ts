import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildConsole } from '../../console/building/build-console.ts'

const project = path.join(import.meta.dirname, '../..')

describe('building the console', () => {
  let root = ''
  const lockFile = () => path.join(root, 'package-lock.json')
  const source = () => path.join(root, 'console/src/main.tsx')
  const dist = () => path.join(root, 'console/dist')
  const build = () => buildConsole({ root: path.join(root, 'console'), lockFile: lockFile() })
  const write = (text: string) => writeFile(source(), `document.body.title = ${JSON.stringify(text.repeat(2_000))}\n`)

  before(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'fuseboard-building-'))
    for (const name of ['index.html', 'vite.config.ts']) await cp(path.join(project, 'console', name), path.join(root, 'console', name))
    await cp(path.join(project, 'package.json'), path.join(root, 'package.json'))
    await symlink(path.join(project, 'node_modules'), path.join(root, 'node_modules'))
    await writeFile(lockFile(), '{}')
    await cp(path.join(project, 'console/src/main.tsx'), source())
    await write('一')
  })

  after(() => rm(root, { recursive: true, force: true }))

  const currentOf = async (): Promise<string> => /[\da-f]{32}/.exec(await readFile(path.join(dist(), 'current.json'), 'utf8'))?.[0] ?? ''
  const folders = async () => (await readdir(dist())).filter((name) => name !== 'current.json').toSorted()

  it('makes a page that leaves room for the hub, and files that are compressed already', async () => {
    const built = await build()
    assert.deepEqual([built.outcome, built.build], ['built', await currentOf()])
    const folder = path.join(dist(), await currentOf())
    const page = await readFile(path.join(folder, 'index.html'), 'utf8')
    for (const place of ['nonce="__CSP_NONCE__"', 'lang="__LANG__"', ' data-mantine-color-scheme="__COLOR_SCHEME__"']) assert.ok(page.includes(place), place)
    assert.doesNotMatch(page, /<style|style=|<script(?![^>]* src="\/)/)
    const script = path.join(folder, /src="\/(assets\/[^"]+)"/.exec(page)?.[1] ?? '')
    const [plain, brotli, gzip] = await Promise.all(['', '.br', '.gz'].map((ending) => readFile(`${script}${ending}`)))
    assert.ok(plain && brotli && gzip && brotli.length < plain.length / 2)
    assert.deepEqual([brotliDecompressSync(brotli).equals(plain), gunzipSync(gzip).equals(plain)], [true, true])
  })

  it('is not done again for the same sources, whatever their times', async () => {
    await utimes(source(), new Date(0), new Date(0))
    assert.deepEqual(await build(), { outcome: 'kept', build: await currentOf() })
  })

  it('is done again when a source has changed, and keeps the build before for the hub that serves it', async () => {
    const before = await currentOf()
    await write('二')
    assert.equal((await build()).outcome, 'built')
    assert.notEqual(await currentOf(), before)
    assert.deepEqual(await folders(), [before, await currentOf()].toSorted())
  })

  it('is done again when a package has changed, and forgets the builds before the last', async () => {
    const before = await currentOf()
    await writeFile(lockFile(), '{ "lockfileVersion": 3 }')
    assert.equal((await build()).outcome, 'built')
    assert.deepEqual(await folders(), [before, await currentOf()].toSorted())
  })

  it('fails with the place of a mistake, and leaves what was there as it was', async () => {
    const before = [await currentOf(), await folders()]
    await writeFile(source(), 'const broken = <h1\n')
    await assert.rejects(build(), /main\.tsx:\d+:\d+/)
    assert.deepEqual([await currentOf(), await folders()], before)
  })

  it('of two that are done at once ends with one whole build', async () => {
    await write('三')
    const both = await Promise.all([build(), build()])
    assert.deepEqual(both.map((one) => one.build), [await currentOf(), await currentOf()])
    assert.ok((await readdir(path.join(dist(), await currentOf()))).includes('index.html'))
    assert.deepEqual((await folders()).filter((name) => name.startsWith('.new-')), [])
  })

  it('is done again where what holds is lost', async () => {
    await rm(path.join(dist(), await currentOf(), 'index.html'))
    assert.equal((await build()).outcome, 'built')
    await writeFile(path.join(dist(), 'current.json'), '{')
    assert.equal((await build()).outcome, 'built')
    assert.deepEqual(await build(), { outcome: 'kept', build: await currentOf() })
  })
})
