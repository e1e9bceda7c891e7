import DataLoader from 'dataloader'
import type { FetchContext } from '../context.ts'
import type { RuleBook } from '../rule-book.ts'
import type { Routed, RoutingStore } from './backend.ts'
import type { Router } from './router.ts'

/** What of routing lives as long as its process. */
export type Routes = { readonly store: RoutingStore; readonly route: Router; readonly book: RuleBook }

export type Loaders = Routes & {
  /** By the conversation's id; null where there is none. */
  readonly routed: DataLoader<string, Routed | null>
}

export type Context = FetchContext<Loaders>

export const openLoaders = (routes: Routes): Loaders => ({ ...routes, routed: new DataLoader((ids) => routes.store.findRouted(ids)) })
