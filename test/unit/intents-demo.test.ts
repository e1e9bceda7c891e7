import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { before, describe, it } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { demoRouting } from '../../demo/company/departments.ts'
import { parseIntentExamples } from '../../subgraphs/intent-examples.ts'
import type { IntentModel } from '../../subgraphs/routing/intents/classifier.ts'
import { trainAlive } from '../kit/intent-examples.ts'

/* The examples that ship, held against questions that were written in other words and are never learned from. */

const folder = path.join(demoRouting, 'intents')
const files = readdirSync(folder).map((file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8') }))
const examples = files.flatMap(({ file, text }) => parseIntentExamples(text, { file, intent: path.basename(file, '.yaml') }))

const heldOut = z
  .object({ questions: z.array(z.object({ text: z.string(), intent: z.string() })), none: z.array(z.string()) })
  .parse(parse(readFileSync(path.join(import.meta.dirname, '../kit/intent-questions.yaml'), 'utf8')))

const share = <T>(all: readonly T[], isSo: (one: T) => boolean): number => all.filter(isSo).length / all.length
const isChinese = (text: string): boolean => /\p{Script=Han}/u.test(text)

describe('the examples that ship', () => {
  let model: IntentModel
  before(async () => {
    model = (await trainAlive(examples)).model
  })

  it('are at least twenty in each language for each intent, none of them twice, and none of the questions', () => {
    for (const { file } of files) {
      const texts = examples.filter(({ intent }) => `${intent}.yaml` === file).map(({ text }) => text)
      assert.ok(texts.filter(isChinese).length >= 20 && texts.filter((text) => !isChinese(text)).length >= 20, file)
    }
    const known = new Set(examples.map(({ text }) => text.toLowerCase()))
    assert.equal(known.size, examples.length)
    assert.deepEqual(heldOut.questions.filter(({ text }) => known.has(text.toLowerCase())), [])
  })

  for (const [language, isOne] of [['Chinese', isChinese], ['English', (text: string) => !isChinese(text)]] as const) {
    it(`tell in ${language} what most questions are about`, () => {
      const questions = heldOut.questions.filter(({ text }) => isOne(text)).map(({ text, intent }) => ({ intent, best: model.classify(text).best?.name ?? null }))
      const right = share(questions, ({ intent, best }) => intent === best)
      assert.ok(right >= 0.75, `${right}`)
    })
  }

  it('tell most of what is about something else', () => {
    const told = share(heldOut.none, (text) => model.classify(text).best === null)
    assert.ok(told >= 0.6, `${told}`)
  })
})
