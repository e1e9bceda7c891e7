import type { Opened } from '../fuse/adapters.ts'
import { chooseAdapter } from '../fuse/adapters.ts'
import type { BackendSettings } from '../fuse/settings.ts'
import { startRelay } from '../demo/legacy/relay.ts'
import type { PortKit } from './kit.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Area, Pledge, Samples, Subject, Verdict, WriteLeave } from './pledge.ts'

/** One promise, and whether it was kept. `tookMs` includes everything that was done for it. */
export type Judgement = { readonly area: Area; readonly title: string; readonly verdict: Verdict; readonly tookMs: number }

export type JudgeOptions = {
  readonly settings: BackendSettings
  /** Keys of rows that are there. */
  readonly named: readonly string[]
  /** Null: nothing is written. */
  readonly write: WriteLeave | null
  readonly warn: (message: string) => void
  /** Told of each judgement as it comes. */
  readonly judged?: (judgement: Judgement) => void
}

const defaultPorts: Readonly<Record<string, number>> = { 'http:': 80, 'grpc:': 80, 'mysql:': 3306 }

/** Holds an adapter, in front of the backend that is configured, to every promise of its port. Rejects where the backend can't even be asked for samples. */
export const judgeBackend = async <P>(kit: PortKit<P>, opt: JudgeOptions): Promise<readonly Judgement[]> => {
  const open = chooseAdapter(kit.adapters, opt.settings.protocol, opt.warn)
  const openAt = (url: string): Opened<P> => guard(kit, open({ ...opt.settings, url }), opt.write)
  await using backend = openAt(opt.settings.url)
  const samples = await kit.discover(backend, opt.named, asking())
  const subject: Subject<P> = { settings: opt.settings, backend, samples, write: opt.write, openAt, relayed: (use) => relayed(opt.settings, openAt, use) }
  const judgements: Judgement[] = opt.named.length === 0 ? [] : [judgeNamed(opt.named, samples)]
  for (const pledge of kit.pledges) {
    const judgement = await judgeOne(pledge, subject)
    opt.judged?.(judgement)
    judgements.push(judgement)
  }
  return judgements
}

/** Whoever names a row says that it is there. */
const judgeNamed = (named: readonly string[], samples: Samples): Judgement => {
  const there = new Set(Object.values(samples).flat())
  const missing = named.filter((key) => !there.has(key))
  const verdict = missing.length === 0 ? kept(`${named.length} keys`) : broken(`${told(missing)} are not`)
  return { area: 'absence', title: 'what was named with --sample is there', verdict, tookMs: 0 }
}

/** Whoever was not allowed to write can't, whatever a promise's check would do. */
const guard = <P>(kit: PortKit<P>, backend: Opened<P>, write: WriteLeave | null): Opened<P> =>
  write === null ? { ...kit.readOnly(backend), [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() } : backend

const judgeOne = async <P>(pledge: Pledge<P>, subject: Subject<P>): Promise<Judgement> => {
  const from = performance.now()
  const verdict = await verdictOf(pledge, subject)
  return { area: pledge.area, title: pledge.title, verdict, tookMs: Math.round(performance.now() - from) }
}

const verdictOf = async <P>(pledge: Pledge<P>, subject: Subject<P>): Promise<Verdict> => {
  if (pledge.writes && subject.write === null) return untested('writes: allow it with --write')
  try {
    return await pledge.check(subject)
  } catch (error) {
    return broken(`it failed with ${told(error)}`)
  }
}

/** Why no relay can stand in front of the backend; null where one can. */
const whyNoRelay = ({ url, options }: BackendSettings): string | null =>
  new URL(url).protocol in defaultPorts && !('tls' in options) ? null : 'nothing can stand between two ends of TLS'

const relayed = async <P>(settings: BackendSettings, openAt: (url: string) => Opened<P>, use: Parameters<Subject<P>['relayed']>[0]): Promise<Verdict> => {
  const why = whyNoRelay(settings)
  if (why !== null) return untested(why)
  const url = new URL(settings.url)
  const port = Number(url.port) || (defaultPorts[url.protocol] ?? 80)
  await using relay = await startRelay({ port: 0, to: { host: url.hostname.replace(/^\[|\]$/g, ''), port } })
  Object.assign(url, { hostname: '127.0.0.1', port: String(relay.port) })
  await using backend = openAt(url.href)
  return await use(backend, relay)
}
