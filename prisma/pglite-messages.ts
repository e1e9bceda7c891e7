/*
 * What the hub's thread and PGlite's tell each other. PGlite is one session that its connections have one after the other: a message of one that was
 * given up is not heard any more.
 */

export type ToPglite =
  /** Begins a connection: what the one before left open is undone. */
  | { readonly kind: 'begin'; readonly connection: number }
  /** Bytes of PostgreSQL's protocol, whole messages. */
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'close' }

export type FromPglite =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'begun'; readonly connection: number }
  | { readonly kind: 'bytes'; readonly connection: number; readonly bytes: Uint8Array<ArrayBuffer> }
