import { chooseAdapter } from '../fuse/adapters.ts'
import type { Adapters, Opened } from '../fuse/adapters.ts'
import type { Fuse } from '../fuse/fuse.ts'
import type { ConfiguredBackend, Environment } from './environment.ts'

export type FusedBackend<P> = { readonly name: string; readonly backend: Opened<P>; readonly fuse: Fuse }

/** Opens the adapter that a backend's protocol names, and the fuse in front of it. */
const openBackend = <P>(environment: Environment, adapters: Adapters<P>, { backend: settings, fuse }: ConfiguredBackend): FusedBackend<P> => {
  const open = chooseAdapter(adapters, settings.protocol, (message) => environment.log.warn({ backend: settings.name }, message))
  return {
    name: settings.name,
    backend: open(settings),
    fuse: environment.registry.open({ backend: settings.name, protocol: settings.protocol, settings: fuse }),
  }
}

/** Every backend that is configured for a subgraph. */
export const openBackends = <P>(environment: Environment, subgraph: string, adapters: Adapters<P>): readonly FusedBackend<P>[] =>
  environment.backends.filter((one) => one.subgraph === subgraph).map((one) => openBackend(environment, adapters, one))

/** The one backend of a subgraph that has one. Throws where none, or several, are configured for it. */
export const openOnlyBackend = <P>(environment: Environment, subgraph: string, adapters: Adapters<P>): FusedBackend<P> => {
  const [only, ...others] = environment.backends.filter((one) => one.subgraph === subgraph)
  if (!only || others.length > 0) throw new Error(`backends.${subgraph}: expected one backend, found ${others.length + (only ? 1 : 0)}`)
  return openBackend(environment, adapters, only)
}
