import type { BackendSettings } from './settings.ts'

/** An adapter that is open; disposing it closes its connections. */
export type Opened<P> = P & AsyncDisposable

/** Connects nothing yet; a backend need not be up when its adapter is opened. */
export type OpenAdapter<P> = (settings: BackendSettings) => Opened<P>

/** The adapters of one port, by protocol name. */
export type Adapters<P> = Readonly<Record<string, OpenAdapter<P>>> & { readonly jsonrpc: OpenAdapter<P> }

/** The adapter registered under `protocol`; JSON-RPC 2.0, with a warning, where nobody registered it. */
export const chooseAdapter = <P>(adapters: Adapters<P>, protocol: string, warn: (message: string) => void): OpenAdapter<P> => {
  const registered = Object.hasOwn(adapters, protocol) ? adapters[protocol] : undefined
  if (registered) return registered
  const known = Object.keys(adapters).toSorted().join(', ')
  warn(`no adapter is registered for the protocol "${protocol}" (there are: ${known}); speaking JSON-RPC 2.0`)
  return adapters.jsonrpc
}
