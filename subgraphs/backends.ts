import { createHash } from 'node:crypto'
import { chooseAdapter } from '../fuse/adapters.ts'
import type { Adapters, Opened } from '../fuse/adapters.ts'
import type { Fuse } from '../fuse/fuse.ts'
import type { ConfiguredBackend, Environment } from './environment.ts'

export type FusedBackend<P> = {
  readonly name: string
  readonly backend: Opened<P>
  readonly fuse: Fuse
  /** Closes the fuse and the connections behind it. */
  readonly close: () => Promise<void>
}

/** Short, as it is part of each key: what was read through other settings is another source's. */
const sourceOf = (settings: ConfiguredBackend['backend']): string =>
  `${settings.name} ${createHash('sha256').update(JSON.stringify(settings)).digest('base64url').slice(0, 12)}`

/** Opens the adapter that a backend's protocol names, and the fuse in front of it. */
const openBackend = <P>(environment: Environment, adapters: Adapters<P>, { backend: settings, fuse: fuseSettings }: ConfiguredBackend): FusedBackend<P> => {
  const { name, protocol, url } = settings
  const fuse = environment.registry.open({ backend: name, protocol, url, settings: fuseSettings, source: sourceOf(settings) })
  try {
    const backend = chooseAdapter(adapters, protocol, (message) => environment.log.warn({ backend: name }, message))(settings)
    const close = async () => {
      await fuse[Symbol.asyncDispose]()
      await backend[Symbol.asyncDispose]()
    }
    return { name, backend, fuse, close }
  } catch (error) {
    void fuse[Symbol.asyncDispose]()
    throw error
  }
}

/** Every backend that is configured for a subgraph. Where one can't be opened, none is. */
export const openBackends = <P>(environment: Environment, subgraph: string, adapters: Adapters<P>): readonly FusedBackend<P>[] => {
  const opened: FusedBackend<P>[] = []
  try {
    for (const one of environment.backends) if (one.subgraph === subgraph) opened.push(openBackend(environment, adapters, one))
    return opened
  } catch (error) {
    for (const one of opened) void one.close()
    throw error
  }
}

/** The one backend of a subgraph that has one. Throws where none, or several, are configured for it. */
export const openOnlyBackend = <P>(environment: Environment, subgraph: string, adapters: Adapters<P>): FusedBackend<P> => {
  const [only, ...others] = environment.backends.filter((one) => one.subgraph === subgraph)
  if (!only || others.length > 0) throw new Error(`backends.${subgraph}: expected one backend, found ${others.length + (only ? 1 : 0)}`)
  return openBackend(environment, adapters, only)
}
