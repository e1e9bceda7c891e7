import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { trainIntents } from '../subgraphs/routing/intents/classifier.ts'
import type { IntentExample } from '../subgraphs/intent-examples.ts'
import type { Classified, IntentModel } from '../subgraphs/routing/intents/classifier.ts'
import { openRandom } from '../subgraphs/routing/intents/random.ts'
import { quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import type { Given, Suite } from './suite.ts'

/*
 * How well intents are told apart, and what a question costs. Trains with one file as the hub does, in a worker, and asks the questions of another.
 */

const files = z.object({ train: z.string(), test: z.string(), oos: z.string().optional() })
const rows = z.array(z.object({ text: z.string(), category: z.string() }))

/** BANKING77's, and shown for as many intents only. */
const rightMark = 90.5
const markedIntents = 77
const microsecondsMark = 100
const warmUps = 2_000
const seed = 1

/** A file with the columns `text` and `category` (RFC 4180, with or without a byte order mark). */
const readExamples = async (file: string): Promise<readonly IntentExample[]> => {
  const parsed = rows.safeParse(parse(await readFile(file, 'utf8'), { columns: true, bom: true, skip_empty_lines: true }))
  if (!parsed.success) throw new Error(`${file} has to have a heading and the columns text and category`)
  return parsed.data.map(({ text, category }) => ({ text, intent: category }))
}

type Stalls = { readonly longestMs: () => number; readonly end: () => void }

/** A timer that should tick every millisecond, and how late it was at worst. It also keeps the process alive, which the worker does not. */
const watchStalls = (): Stalls => {
  const seen = { at: performance.now(), longestMs: 0 }
  const timer = setInterval(() => {
    const now = performance.now()
    seen.longestMs = Math.max(seen.longestMs, now - seen.at - 1)
    seen.at = now
  }, 1)
  return { longestMs: () => seen.longestMs, end: () => clearInterval(timer) }
}

type Trained = { readonly model: IntentModel; readonly seconds: number; readonly stallMs: number; readonly coldMs: number; readonly residentMB: number }

const train = async (examples: readonly IntentExample[]): Promise<Trained> => {
  const cacheDirectory = await mkdtemp(join(tmpdir(), 'fuseboard-intents-'))
  const stalls = watchStalls()
  try {
    const before = performance.now()
    await trainIntents(examples, { cacheDirectory })
    const seconds = (performance.now() - before) / 1e3
    const stallMs = stalls.longestMs()
    const [start, resident] = [performance.now(), process.memoryUsage.rss()]
    const model = await trainIntents(examples, { cacheDirectory })
    return { model, seconds, stallMs, coldMs: performance.now() - start, residentMB: (process.memoryUsage.rss() - resident) / 1e6 }
  } finally {
    stalls.end()
    await rm(cacheDirectory, { recursive: true, force: true })
  }
}

/** Each call timed alone. */
const timeEach = (model: IntentModel, texts: readonly string[]): readonly number[] => {
  for (let turn = 0; turn < warmUps; turn += 1) model.classify(texts[turn % texts.length] ?? '')
  const random = openRandom(seed)
  const shuffled = texts.map((text) => ({ text, at: random() })).sort((one, other) => one.at - other.at)
  return shuffled.map(({ text }) => {
    const before = performance.now()
    model.classify(text)
    return (performance.now() - before) * 1e3
  })
}

type Answer = { readonly is: string; readonly said: string | null; readonly score: number; readonly accepted: boolean }

const answerOf = (is: string, { best, scores }: Classified): Answer => ({ is, said: scores[0]?.name ?? null, score: scores[0]?.score ?? 0, accepted: best !== null })

const percent = (part: number, whole: number) => (whole === 0 ? 0 : (100 * part) / whole)
const isRight = ({ is, said }: Answer) => is === said
const rightOf = (answers: readonly Answer[]) => percent(answers.filter(isRight).length, answers.length)

const macroOf = (answers: readonly Answer[]): number => {
  const each = [...Map.groupBy(answers, ({ is }) => is).values()].map(rightOf)
  return each.reduce((sum, one) => sum + one, 0) / Math.max(1, each.length)
}

const bins = 15

/** Expected calibration error: how far scores are from the share that is right, over bins of equal width (Guo et al., 2017), in points of a hundred. */
const calibrationErrorOf = (answers: readonly Answer[]): number => {
  const binned = [...Map.groupBy(answers, ({ score }) => Math.min(bins - 1, Math.floor(score * bins))).values()]
  const gaps = binned.map((bin) => Math.abs(bin.reduce((sum, { score }) => sum + 100 * score, 0) / bin.length - rightOf(bin)) * bin.length)
  return gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, answers.length)
}

const classifyAll = (model: IntentModel, asked: readonly IntentExample[]) => asked.map(({ text, intent }) => answerOf(intent, model.classify(text)))

const rejectedRow = (measure: string, answers: readonly Answer[]): Row => ({ measure, value: percent(answers.filter(({ accepted }) => !accepted).length, answers.length), unit: '%' })

/** Without questions that fit nowhere: a model that knows half of the intents is asked for the others. */
const halfOf = (examples: readonly IntentExample[]): ReadonlySet<string> => {
  const random = openRandom(seed)
  const intents = [...new Set(examples.map(({ intent }) => intent))].sort().map((intent) => ({ intent, at: random() })).sort((one, other) => one.at - other.at)
  return new Set(intents.slice(0, Math.ceil(intents.length / 2)).map(({ intent }) => intent))
}

const foreignRows = async (model: IntentModel, examples: readonly IntentExample[], asked: readonly IntentExample[], oos: string | undefined): Promise<readonly Row[]> => {
  if (oos !== undefined) return [rejectedRow('out of scope, told at the threshold', classifyAll(model, await readExamples(oos)))]
  const known = halfOf(examples)
  const { model: half } = await train(examples.filter(({ intent }) => known.has(intent)))
  const [own, foreign] = [asked.filter(({ intent }) => known.has(intent)), asked.filter(({ intent }) => !known.has(intent))]
  return [
    rejectedRow('half of the intents held out: theirs, told at the threshold', classifyAll(half, foreign)),
    { measure: 'half of the intents held out: the others right and accepted', value: percent(classifyAll(half, own).filter((answer) => answer.accepted && isRight(answer)).length, own.length), unit: '%' },
  ]
}

const measure = async ({ train: trainFile, test, oos }: z.infer<typeof files>): Promise<Report> => {
  const [examples, asked] = await Promise.all([readExamples(trainFile), readExamples(test)])
  const { model, seconds, stallMs, coldMs, residentMB } = await train(examples)
  const answers = classifyAll(model, asked)
  const times = timeEach(model, asked.map(({ text }) => text))
  const [right, median] = [rightOf(answers), quantile(times, 0.5)]
  return {
    title: `intents: ${examples.length} examples of ${model.intents.length} intents, ${asked.length} questions`,
    rows: [
      { measure: 'right', value: right, unit: '%', ...(model.intents.length === markedIntents && { mark: `≥ ${rightMark} %`, met: right >= rightMark }) },
      { measure: 'right, mean of the intents', value: macroOf(answers), unit: '%' },
      { measure: 'expected calibration error', value: calibrationErrorOf(answers), unit: 'points' },
      { measure: 'threshold', value: model.threshold, unit: '' },
      { measure: 'right and accepted at the threshold, of all', value: percent(answers.filter((answer) => answer.accepted && isRight(answer)).length, answers.length), unit: '%' },
      ...(await foreignRows(model, examples, asked, oos)),
      { measure: 'a question, median', value: median, unit: 'µs', mark: `≤ ${microsecondsMark} µs`, met: median <= microsecondsMark },
      { measure: 'a question, p99', value: quantile(times, 0.99), unit: 'µs' },
      { measure: 'training', value: seconds, unit: 's', mark: '≤ 10 s', met: seconds <= 10 },
      { measure: 'longest stall of the event loop meanwhile', value: stallMs, unit: 'ms' },
      { measure: 'start from the cache', value: coldMs, unit: 'ms' },
      { measure: 'the model', value: model.bytes / 1e6, unit: 'MB' },
      { measure: 'resident memory that a start from the cache adds', value: residentMB, unit: 'MB' },
    ],
  }
}

const intents = async (given: Given): Promise<Report> => {
  const named = files.safeParse(given)
  if (!named.success) throw new Error('intents needs --train FILE and --test FILE: CSV with the columns text and category')
  return measure(named.data)
}

export const intentsSuite: Suite = { options: { train: { type: 'string' }, test: { type: 'string' }, oos: { type: 'string' } }, run: intents }
