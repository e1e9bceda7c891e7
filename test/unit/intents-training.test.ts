import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { intentExamples, trainAlive } from '../kit/intent-examples.ts'

const questions = intentExamples.map(({ text }) => `${text} please 谢谢`)
const place: { directory: string } = { directory: '' }
const kept = async () => (await readdir(place.directory)).sort()
const listen = () => {
  const said: string[] = []
  const hear = (_: object, message: string) => void said.push(message)
  return { said, log: { info: hear, warn: hear } }
}

describe('training', () => {
  before(async () => {
    place.directory = await mkdtemp(join(tmpdir(), 'fuseboard-intents-'))
  })
  after(() => rm(place.directory, { recursive: true, force: true }))

  it('makes the same of the same examples, in whatever order, and another of others', async () => {
    const [{ model: one }, { model: other }, { model: third }] = await Promise.all([trainAlive(intentExamples), trainAlive(intentExamples.toReversed()), trainAlive(intentExamples.slice(1))])
    assert.equal(one.id, other.id)
    assert.notEqual(one.id, third.id)
    for (const text of questions) assert.deepEqual(one.classify(text), other.classify(text))
  })

  it('leaves the event loop to others', async () => {
    const { ticks } = await trainAlive(Array.from({ length: 20 }, (_, turn) => intentExamples.map(({ text, intent }) => ({ text: `${text} ${turn}`, intent }))).flat())
    assert.ok(ticks >= 20, `${ticks} ticks`)
  })

  it('ends where it is aborted, with the reason, and does not begin where it has been', async () => {
    const reason = new Error('the configuration changed')
    await assert.rejects(trainAlive(intentExamples, { cacheDirectory: null, signal: AbortSignal.abort(reason) }), reason)
    const controller = new AbortController()
    const training = trainAlive(intentExamples, { cacheDirectory: place.directory, signal: controller.signal })
    setTimeout(() => controller.abort(reason), 20)
    await assert.rejects(training, reason)
    assert.deepEqual(await kept(), [])
  })

  it('keeps no process alive', async () => {
    const script = 'import { trainIntents } from \'./subgraphs/routing/intents/classifier.ts\'; void trainIntents([{ text: \'a\', intent: \'b\' }], { cacheDirectory: null }).then(() => process.stdout.write(\'trained\'))'
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: join(import.meta.dirname, '../..') })
    assert.equal(stdout, '')
  })

  it('is kept, and done once for the same examples', async () => {
    const { said, log } = listen()
    const { model: first } = await trainAlive(intentExamples, { cacheDirectory: place.directory, log })
    const { model: second } = await trainAlive(intentExamples.toReversed(), { cacheDirectory: place.directory, log })
    assert.deepEqual(said, ['trained the intents'])
    assert.deepEqual(await kept(), [`${first.id}.intents`])
    for (const text of questions) assert.deepEqual(second.classify(text), first.classify(text))
  })

  it('is done again where what was kept is cut, changed, empty or something else', async () => {
    const [name = ''] = await kept()
    const file = join(place.directory, name)
    const whole = await readFile(file)
    const changed = Buffer.from(whole)
    changed[whole.length - 9] = (changed[whole.length - 9] ?? 0) ^ 1
    for (const broken of [whole.subarray(0, whole.length / 2), changed, Buffer.alloc(0), Buffer.alloc(4), Buffer.from('something else that is longer than any checksum is')]) {
      const { said, log } = listen()
      await writeFile(file, broken)
      const { model } = await trainAlive(intentExamples, { cacheDirectory: place.directory, log })
      assert.deepEqual(said, ['kept intents are broken, and are trained again', 'trained the intents'])
      assert.equal(model.classify('我要退款').best?.name, 'refund')
      assert.deepEqual(await readFile(file), whole)
    }
  })

  it('keeps the last few that were used', async () => {
    const [used = ''] = await kept()
    const long = new Date(0)
    for (const count of [2, 4, 6, 8]) await trainAlive(intentExamples.slice(0, count), { cacheDirectory: place.directory })
    const abandoned = join(place.directory, 'a.b.unfinished')
    await writeFile(abandoned, 'half')
    for (const name of await kept()) await utimes(join(place.directory, name), long, long)
    assert.equal((await kept()).length, 5)
    await trainAlive(intentExamples, { cacheDirectory: place.directory })
    await trainAlive(intentExamples.slice(0, 10), { cacheDirectory: place.directory })
    const names = await kept()
    assert.equal(names.length, 4)
    assert.ok(names.includes(used))
  })

  it('is done where nothing can be kept, and says so', async () => {
    const { said, log } = listen()
    const file = join(place.directory, 'a-file')
    await writeFile(file, '')
    const { model } = await trainAlive(intentExamples, { cacheDirectory: file, log })
    assert.deepEqual(said, ['the trained intents are not kept', 'trained the intents'])
    assert.equal(model.intents.length, 4)
  })
})
