import type { FuseState } from '../../gql/graphql.ts'
import { iconOf } from './icon.ts'
import { worstOf } from './order.ts'

const iconLink = (): HTMLLinkElement => {
  const found = document.querySelector('link[rel="icon"]')
  if (found instanceof HTMLLinkElement) return found
  const made = document.createElement('link')
  made.rel = 'icon'
  document.head.append(made)
  return made
}

export const setFavicon = (state: FuseState) => {
  const link = iconLink()
  const href = iconOf(state)
  link.type = 'image/svg+xml'
  if (link.getAttribute('href') !== href) link.setAttribute('href', href)
}

type Fuses = { get(): ReadonlyMap<string, { readonly state: FuseState }>; subscribe(listener: () => void): () => void }

/** Keeps the icon as the fuses are. Gives back what ends it. */
export const followWorst = (fuses: Fuses): (() => void) => {
  const show = () => setFavicon(worstOf(fuses.get().values()))
  show()
  return fuses.subscribe(show)
}
