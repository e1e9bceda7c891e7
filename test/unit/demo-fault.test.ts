import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { readDemoFile, writeDemoFile } from '../../demo/demo-file.ts'
import { startLegacy } from '../../demo/legacy.ts'

const answer = { status: 200, headers: {}, body: '' }

const makeFolder = async (t: TestContext) => {
  const folder = await mkdtemp(join(tmpdir(), 'fuseboard-demo-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}

const startTwo = async (t: TestContext) => {
  const start = (name: string) => startLegacy({ name, port: 0, handle: () => answer, errorAnswer: answer, garbageAnswer: answer })
  const systems = { logistics: await start('logistics'), crm: await start('crm') }
  t.after(() => Promise.all(Object.values(systems).map((system) => system[Symbol.asyncDispose]())))
  return systems
}

/** Runs the command line; resolves with what it said and its exit code. */
const run = (...args: readonly string[]) => new Promise<{ code: number; out: string; err: string }>((resolve) => {
  const child = execFile(process.execPath, [join(import.meta.dirname, '../../demo/fault.ts'), ...args], (_error, out, err) => {
    resolve({ code: child.exitCode ?? -1, out, err })
  })
})

describe('npm run demo:fault', () => {
  it('sets the fault of the system that it is given, and says so', async (t) => {
    const data = await makeFolder(t)
    const systems = await startTwo(t)
    await using _file = await writeDemoFile(join(data, 'demo.json'), { systems })
    assert.deepEqual(await run('--data', data, 'logistics', 'slow', '450'), { code: 0, out: 'logistics: slow 450 ms.\n', err: '' })
    assert.deepEqual([systems.logistics.notes, systems.crm.notes], [['slow 450 ms'], []])
    assert.equal((await run('--data', data, 'logistics', 'off')).out, 'logistics is well again.\n')
    assert.equal(systems.logistics.fault, 'off')
    assert.equal((await run('--data', data, 'crm', '--lose-next-answer')).out, 'crm loses its next answer.\n')
    assert.deepEqual(systems.crm.notes, ['loses the next answer'])
  })

  it('names what there is where a system or fault is unknown', async (t) => {
    const data = await makeFolder(t)
    const systems = await startTwo(t)
    await using _file = await writeDemoFile(join(data, 'demo.json'), { systems })
    const unknownSystem = await run('--data', data, 'logistic', 'hang')
    assert.deepEqual([unknownSystem.code, unknownSystem.err], [1, 'There is no system logistic; there are logistics, crm.\n'])
    const unknownFault = await run('--data', data, 'logistics', 'explode')
    assert.equal(unknownFault.code, 1)
    assert.match(unknownFault.err, /^the fault is one of hang, slow, error, garbage, refuse, flap, off\n$/)
    assert.match((await run('--data', data, 'logistics', 'slow', 'soon')).err, /^ms is a number\n$/)
    assert.match((await run('--data', data)).err, /^npm run demo:fault/)
    assert.equal(systems.logistics.fault, 'off')
  })

  it('says that no demo is running, without a file and with one that was left behind', async (t) => {
    const data = await makeFolder(t)
    assert.match((await run('--data', data, 'crm', 'hang')).err, /^No demo is running: there is no /)
    const systems = await startTwo(t)
    await using _file = await writeDemoFile(join(data, 'demo.json'), { systems })
    await systems.crm[Symbol.asyncDispose]()
    const { code, err } = await run('--data', data, 'crm', 'hang')
    assert.equal(code, 1)
    assert.match(err, /^No demo is running: nothing answers at http:\/\/127\.0\.0\.1:\d+\.\n$/)
  })
})

describe('demo.json', () => {
  it('names each system with its addresses, and goes when the demo goes', async (t) => {
    const path = join(await makeFolder(t), 'deeper', 'demo.json')
    const systems = await startTwo(t)
    const file = await writeDemoFile(path, { systems })
    const { url, controlUrl } = systems.crm
    assert.deepEqual((await readDemoFile(path))?.['crm'], { url, controlUrl })
    await file[Symbol.asyncDispose]()
    await assert.rejects(access(path), { code: 'ENOENT' })
  })

  it('stays when another demo has written its own in the meantime', async (t) => {
    const path = join(await makeFolder(t), 'demo.json')
    const file = await writeDemoFile(path, { systems: await startTwo(t) })
    await writeFile(path, '{}')
    await file[Symbol.asyncDispose]()
    assert.equal(await readFile(path, 'utf8'), '{}')
  })
})
