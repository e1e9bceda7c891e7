import { startRelay } from '../demo/legacy/relay.ts'
import type { Relay } from '../demo/legacy/relay.ts'
import type { Opened } from '../fuse/adapters.ts'
import type { BackendSettings } from '../fuse/settings.ts'
import { untested } from './promise.ts'
import type { Subject, Verdict } from './promise.ts'

/** The backend through a man in the middle that can hang, talk garbage and cut answers off. */
export type BehindRelay<P> = { readonly backend: Opened<P>; readonly relay: Relay }

/** Where the wire connects to when the URL names no port. */
const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'grpc:': 80, 'mysql:': 3306 }

/** Why nothing can stand between the adapter and this backend; null where something can. */
const whyNoRelay = ({ url, options }: BackendSettings): string | null => {
  const { protocol } = new URL(url)
  const isOpen = protocol in usualPorts && (options['tls'] === undefined || options['tls'] === false)
  return isOpen ? null : `nothing can stand in front of ${protocol.slice(0, -1)} over TLS: the certificate is of the backend's own name`
}

/** A relay in front of the real backend and an adapter that goes through it, for as long as `use` takes. */
export const behindRelay = async <P, S>(subject: Subject<P, S>, use: (through: BehindRelay<P>) => Promise<Verdict>): Promise<Verdict> => {
  const why = whyNoRelay(subject.settings)
  if (why !== null) return untested(why)
  const url = new URL(subject.settings.url)
  const to = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || usualPorts[url.protocol]) }
  await using relay = await startRelay({ port: 0, to })
  await using backend = subject.open(settingsThrough(subject.settings, relay.port))
  return await use({ backend, relay })
}

/** The same backend at the relay's port; over HTTP it is still asked for by its own name. */
const settingsThrough = (settings: BackendSettings, port: number): BackendSettings => {
  const direct = new URL(settings.url)
  const origin = `${direct.protocol}//${direct.host}`
  const moved = `${direct.protocol}//127.0.0.1:${port}`
  const move = (value: unknown): unknown => (typeof value === 'string' && value.startsWith(`${origin}/`) ? moved + value.slice(origin.length) : value)
  return {
    ...settings,
    url: moved + settings.url.slice(origin.length),
    headers: direct.protocol === 'http:' ? { host: direct.host, ...settings.headers } : settings.headers,
    options: Object.fromEntries(Object.entries(settings.options).map(([name, value]) => [name, move(value)])),
  }
}
