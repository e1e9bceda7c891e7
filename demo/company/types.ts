/**
 * What the demo company knows, in a neutral shape: each legacy system writes it in its own way. Times are ISO 8601 in UTC
 * with milliseconds, amounts are whole cents of the order's currency.
 */
export type Company = {
  /** By id, ascending: C-1001 to C-1500. */
  readonly customers: readonly TheirCustomer[]
  /** By `placedAt` and id, ascending: SO-2026-000001 to SO-2026-002000. */
  readonly orders: readonly TheirOrder[]
  /** By order, then by id, ascending. */
  readonly shipments: readonly TheirShipment[]
  /** By id, ascending. */
  readonly articles: readonly TheirArticle[]
}

export type Language = 'zh' | 'en'

/** DIAMOND came after the contract was written: whoever reads it does not know the word. */
export type TheirTier = 'STANDARD' | 'SILVER' | 'GOLD' | 'PLATINUM' | 'DIAMOND'

export type TheirCustomer = {
  readonly id: string
  readonly name: string
  readonly language: Language
  readonly email: string | null
  readonly phone: string | null
  readonly tier: TheirTier
  /** The tier in the customer's language, such as `黄金会员` or `Gold member`. */
  readonly tierWord: string
  readonly registeredAt: string
  /** Oldest first. */
  readonly notes: readonly TheirNote[]
}

export type TheirNote = { readonly text: string; readonly author: string; readonly writtenAt: string }

export type Currency = 'CNY' | 'USD' | 'EUR'

/** ON_HOLD came after the contract was written, as DIAMOND did. */
export type TheirOrderStatus =
  | 'PENDING' | 'PAID' | 'PACKED' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED' | 'REFUNDED' | 'ON_HOLD'

export type TheirOrder = {
  readonly id: string
  readonly customerId: string
  readonly status: TheirOrderStatus
  readonly placedAt: string
  readonly currency: Currency
  /** The sum of `quantity` times `unitCents` over the lines. */
  readonly totalCents: number
  readonly lines: readonly TheirOrderLine[]
}

export type TheirOrderLine = {
  readonly sku: string
  readonly titleZh: string
  readonly titleEn: string
  readonly quantity: number
  readonly unitCents: number
}

export type TheirShipmentStatus =
  | 'LABEL_CREATED' | 'IN_TRANSIT' | 'OUT_FOR_DELIVERY' | 'DELIVERED' | 'EXCEPTION' | 'RETURNED'

export type TheirShipment = {
  /** Such as `SH-2026-000123`. */
  readonly id: string
  readonly orderId: string
  readonly customerId: string
  /** Unique, in the carrier's own form. */
  readonly trackingNumber: string
  /** Such as `顺丰速运` or `DHL`. */
  readonly carrier: string
  readonly status: TheirShipmentStatus
  /** The carrier's own word, such as `派送中`. */
  readonly statusWord: string
  readonly estimatedDelivery: string | null
  /** Newest first. */
  readonly events: readonly TheirShipmentEvent[]
}

export type TheirShipmentEvent = { readonly occurredAt: string; readonly place: string; readonly description: string }

export type TheirArticle = {
  readonly id: number
  /** Such as `SUP` or `DEV`. */
  readonly spaceKey: string
  readonly title: string
  readonly language: Language
  /** Confluence's storage format: XHTML with `ac:` and `ri:` elements and HTML's named entities. */
  readonly body: string
  /** Below the site, such as `/display/SUP/98311`. */
  readonly path: string
  /** From 1. */
  readonly version: number
  readonly updatedAt: string
  readonly author: string
  readonly tags: readonly string[]
  /** The groups that alone may read it; null: everybody who may read its space. */
  readonly readers: readonly string[] | null
}
