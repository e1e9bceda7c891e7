import type { BackendSettings } from '../fuse/settings.ts'
import type { Judged, Report } from './port.ts'

export const count = (judged: readonly Judged[], kind: Judged['verdict']['kind']): number => judged.filter(({ verdict }) => verdict.kind === kind).length

const words = ({ verdict }: Judged): string => {
  if (verdict.kind !== 'kept') return verdict.why
  return verdict.detail ?? ''
}

const cut = (ids: readonly string[]): string => (ids.length > 3 ? `${ids.slice(0, 3).join(', ')}, …` : ids.join(', '))

/** Printable text alone: what a backend says must not steer the terminal. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')

/** The table that a person reads. */
export const printTable = ({ backend, protocol, url, samples, failure, judged }: Report): string => {
  const head = `${backend}: ${protocol} at ${url}`
  if (failure !== null) return `${printable(head)}\nNothing could be judged: ${printable(failure)}\n`
  const lines = judged.map((one, at) => {
    const area = judged[at - 1]?.area === one.area ? '' : one.area
    const told = words(one)
    return printable(`${area.padEnd(15)} ${one.verdict.kind.padEnd(8)} ${one.title}${told === '' ? '' : ` (${told})`}`)
  })
  const found = samples.length === 0 ? 'no samples: name some with --sample ID,ID' : `${samples.length} samples: ${printable(cut(samples))}`
  const sum = `${count(judged, 'kept')} kept, ${count(judged, 'broken')} broken, ${count(judged, 'untested')} untested`
  return [printable(head), found, '', ...lines, '', sum, ''].join('\n')
}

/** Credentials of a backend's configuration, wherever they turn up in a text, give way to `***`: headers, the query, and options that are called so. */
export const openMask = ({ headers, options, url }: BackendSettings): ((text: string) => string) => {
  const values = [...Object.values(headers), ...new URL(url).searchParams.values(), ...secretsIn(options)]
  // What stands after `Bearer` may turn up alone.
  const secrets = [...new Set(values.flatMap((value) => [value, ...value.split(/\s+/)]))].filter((text) => text.length >= 6 && !/^(bearer|basic|digest)$/i.test(text))
  const written = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret.toWellFormed())])
  const longestFirst = written.toSorted((one, other) => other.length - one.length)
  return (text) => longestFirst.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
}

const secretsIn = (options: unknown, isSecret = false): readonly string[] => {
  if (typeof options === 'string') return isSecret ? [options] : []
  if (typeof options !== 'object' || options === null) return []
  return Object.entries(options).flatMap(([name, value]) => secretsIn(value, isSecret || /pass|secret|token|key|auth|credential|private/i.test(name)))
}
